//! How much the compositor holds.

use crate::life::State;
use crate::limits;
use crate::os;
use crate::scroll::Motion;
use crate::units::Picture;

use super::account::Account;
use super::groups::{GroupCounts, Groups};

/// What the compositor holds.
#[derive(Debug)]
pub(super) struct Holdings {
    pub(super) groups: Groups,
    pub(super) held_count: usize,
    pub(super) condemned_count: usize,
    condemned_bytes: usize,
}

impl Holdings {
    pub(super) const fn new() -> Holdings {
        Holdings { groups: Groups::new(), held_count: 0, condemned_count: 0, condemned_bytes: 0 }
    }

    /// A buffer of so many bytes goes from one state to another; a new one begins as Gone.
    #[inline(always)]
    pub(super) fn change(&mut self, account: &mut Account, from: State, to: State, bytes: usize) {
        // Cannot wrap: who is counted out was counted in. Each request and each release comes by here.
        self.held_count =
            self.held_count.wrapping_add(usize::from(to.is_held())).wrapping_sub(usize::from(from.is_held()));
        if from == State::HeldCondemned {
            self.condemned_count -= 1;
            self.condemned_bytes -= bytes;
        }
        if to == State::HeldCondemned {
            self.condemned_count += 1;
            self.condemned_bytes += bytes;
        }
        self.account_for(account, from, to, bytes);
    }

    /// The same in what is counted of its group.
    #[inline(always)]
    fn account_for(&mut self, account: &mut Account, from: State, to: State, bytes: usize) {
        if to.is_held() && !from.is_held() {
            self.groups.begin_hold(account.group, account.place, os::nanoseconds());
            account.gets = account.gets.wrapping_add(1);
            account.references_of_hold = 0;
        } else if from.is_held() && !to.is_held() {
            self.groups.end_hold(account.group, account.place);
        }
        let Some(group) = self.groups.at_mut(account.group) else { return };
        let counts = &mut group.counts;
        // As above: who is counted out was counted in.
        counts.cached = counts.cached.wrapping_add(u64::from(to.is_cached())).wrapping_sub(u64::from(from.is_cached()));
        if from == State::Gone {
            counts.created += 1;
            counts.file_bytes += bytes as u64;
        } else if to.is_held() && !from.is_held() {
            counts.faults_avoided = counts.faults_avoided.wrapping_add(account.pages);
        }
        if to == State::Gone {
            counts.destroyed += 1;
            counts.file_bytes -= bytes as u64;
            self.groups.leave(account.group);
        }
    }

    /// What is counted of a buffer's group.
    #[inline(always)]
    pub(super) fn counts_mut(&mut self, account: &Account) -> Option<&mut GroupCounts> {
        self.groups.at_mut(account.group).map(|group| &mut group.counts)
    }

    /// A new buffer was made, and so many of its pages were there.
    pub(super) fn count_made(&mut self, account: &Account, picture: &Picture, pages_there: usize) {
        let Some(counts) = self.counts_mut(account) else { return };
        counts.width = picture.width.unsigned_abs();
        counts.height = picture.height.unsigned_abs();
        counts.faults_avoided = counts.faults_avoided.wrapping_add(pages_there as u64);
    }

    /// A buffer is left to the compositor.
    pub(super) fn count_abandoned(&mut self, account: &Account) {
        if let Some(counts) = self.counts_mut(account) {
            counts.abandoned += 1;
        }
    }

    /// The view of a buffer was moved, or its rows, and so much was copied.
    pub(super) fn count_scroll(&mut self, account: &Account, motion: Motion, copied_bytes: usize) {
        let Some(counts) = self.counts_mut(account) else { return };
        counts.scrolls += u64::from(motion != Motion::InPlace);
        counts.wraps += u64::from(motion == Motion::Wrap);
        counts.copied_bytes = counts.copied_bytes.wrapping_add(copied_bytes as u64);
    }

    /// So much was copied into a buffer.
    pub(super) fn count_copied(&mut self, account: &Account, bytes: usize) {
        if let Some(counts) = self.counts_mut(account) {
            counts.copied_bytes = counts.copied_bytes.wrapping_add(bytes as u64);
        }
    }

    pub(super) fn has_too_many_condemned(&self) -> bool {
        self.condemned_count > limits::CONDEMNED_MAX
            || (self.condemned_count > 1 && self.condemned_bytes > limits::CONDEMNED_BYTES_MAX)
    }
}
