//! How much the compositor holds.

use crate::life::State;
use crate::limits;
use crate::os;
use crate::scroll::Motion;
use crate::units::Picture;

use super::account::Account;
use super::groups::Groups;

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

    /// The fast path of a request: a cached buffer is handed out, the only one of its group.
    #[inline(never)]
    pub(super) fn take_cached(&mut self, account: &mut Account) {
        self.held_count = self.held_count.wrapping_add(1);
        account.gets = account.gets.wrapping_add(1);
        account.references_of_hold = 0;
        account.told.tell_taken_from_cache(account.gets);
        self.groups.take_cached(account);
    }

    /// The fast path of a release: a buffer that is not given up is held no longer.
    #[inline(never)]
    pub(super) fn give_back_to_cache(&mut self, account: &mut Account) {
        // Cannot wrap: who is counted out was counted in.
        self.held_count = self.held_count.wrapping_sub(1);
        account.releases = account.releases.wrapping_add(1);
        account.told.tell_given_back_to_cache(account.releases);
        self.groups.give_back_to_cache(account);
    }

    /// A buffer of so many bytes goes from one state to another; a new one begins as Gone.
    #[inline(never)]
    pub(super) fn change(&mut self, account: &mut Account, from: State, to: State, bytes: usize) {
        // As above. Each request and each release that has no fast path comes by here.
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

    /// The same in what is counted of its group, and told.
    fn account_for(&mut self, account: &mut Account, from: State, to: State, bytes: usize) {
        if to == State::Gone {
            account.told.end();
        }
        if to.is_held() && !from.is_held() {
            let now_ns = os::coarse_nanoseconds();
            self.groups.begin_hold(account.group, account.place, now_ns);
            account.gets = account.gets.wrapping_add(1);
            account.references_of_hold = 0;
            account.told.tell_taken(to, now_ns, account.gets);
        } else if from.is_held() && !to.is_held() {
            self.groups.end_hold(account.group, account.place);
            account.told.tell_given_back(to, account.releases);
        } else {
            account.told.tell_state(to);
        }
        let Some(counts) = self.groups.counts_mut(account.group) else { return };
        // As above: who is counted out was counted in.
        counts.cached = counts.cached.wrapping_add(u64::from(to.is_cached())).wrapping_sub(u64::from(from.is_cached()));
        if from != State::Gone && to != State::Gone {
            if to.is_held() && !from.is_held() {
                counts.faults_avoided = counts.faults_avoided.wrapping_add(account.pages);
            }
            return self.groups.tell_holds(account.group);
        }
        self.account_for_life(account.group, to == State::Gone, bytes);
    }

    /// A buffer was made, or goes.
    #[inline(never)]
    fn account_for_life(&mut self, group: usize, is_gone: bool, bytes: usize) {
        self.groups.count(group, |counts| {
            if is_gone {
                counts.destroyed += 1;
                counts.file_bytes -= bytes as u64;
            } else {
                counts.created += 1;
                counts.file_bytes += bytes as u64;
            }
        });
        if is_gone {
            self.groups.leave(group);
        }
    }

    /// A new buffer was made, and so many of its pages were there.
    pub(super) fn count_made(&mut self, account: &Account, picture: &Picture, pages_there: usize) {
        self.groups.count(account.group, |counts| {
            counts.width = picture.width.unsigned_abs();
            counts.height = picture.height.unsigned_abs();
            counts.faults_avoided = counts.faults_avoided.wrapping_add(pages_there as u64);
        });
    }

    /// The view of a buffer was moved, or its rows, and so much was copied.
    pub(super) fn count_scroll(&mut self, account: &Account, motion: Motion, copied_bytes: usize) {
        let Some(counts) = self.groups.counts_mut(account.group) else { return };
        counts.scrolls += u64::from(motion != Motion::InPlace);
        counts.wraps += u64::from(motion == Motion::Wrap);
        counts.copied_bytes = counts.copied_bytes.wrapping_add(copied_bytes as u64);
        self.groups.tell_scrolls(account.group);
    }

    /// So much was copied into a buffer.
    pub(super) fn count_copied(&mut self, account: &Account, bytes: usize) {
        let Some(counts) = self.groups.counts_mut(account.group) else { return };
        counts.copied_bytes = counts.copied_bytes.wrapping_add(bytes as u64);
        self.groups.tell_scrolls(account.group);
    }

    pub(super) fn has_too_many_condemned(&self) -> bool {
        self.condemned_count > limits::CONDEMNED_MAX
            || (self.condemned_count > 1 && self.condemned_bytes > limits::CONDEMNED_BYTES_MAX)
    }
}
