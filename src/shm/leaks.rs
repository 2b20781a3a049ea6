//! What loses buffers, or keeps them for long: counted, and said once for each group.

use crate::limits;
use crate::os;

use super::{Display, Handle, Notice, Settings};

/// How a buffer was taken once more while it was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taking {
    /// The program has kept it by a reference already, since it was handed out, and has added another one.
    ByReference,
    /// The program has written that it has a buffer that it was not handed out. It is about to be handed out.
    ByHand,
}

impl<H: Handle> Display<H> {
    /// A buffer was taken once more while it was held.
    #[cold]
    #[inline(never)]
    pub(super) fn count_taken_twice(&mut self, index: usize, how: Taking) {
        let Some(buffer) = self.buffers.at_mut(index) else { return };
        buffer.account.taken_twice += 1;
        let account = buffer.account;
        if let Some(counts) = self.holdings.counts_mut(&account) {
            counts.taken_twice += 1;
        }
        let Some(group) = self.holdings.groups.number(account.group) else { return };
        if self.warned_of_taking.is_news(group) {
            self.notices.push(Notice::TakenTwice { group, how });
        }
    }

    /// A buffer was handed out: if more of its group are held than the program or its user finds right, that is said.
    pub(super) fn warn_of_many_held(&mut self, index: usize, settings: &Settings) {
        let Some(account) = self.buffers.at(index).map(|buffer| buffer.account) else { return };
        let Some(counts) = self.holdings.counts_mut(&account) else { return };
        counts.held_limit = settings.held_max as u64;
        let count = usize::try_from(counts.held).unwrap_or(usize::MAX);
        if count <= settings.held_max {
            return;
        }
        let Some(group) = self.holdings.groups.number(account.group) else { return };
        if self.warned_of_holding.is_news(group) {
            let since_ns = self.holdings.groups.oldest_hold_ns(account.group).unwrap_or(0);
            let oldest_ms = os::nanoseconds().saturating_sub(since_ns) / 1_000_000;
            self.notices.push(Notice::ManyHeld { group, count, most: settings.held_max, oldest_ms });
        }
    }

    /// Buffers that are used once are not counted against what a group may hold: a program has as many as it shows at a
    /// time, each on a surface of its own.
    pub(super) fn note_held_limit_of_used_once(&mut self, index: usize) {
        let Some(account) = self.buffers.at(index).map(|buffer| buffer.account) else { return };
        if let Some(counts) = self.holdings.counts_mut(&account) {
            counts.held_limit = limits::HELD_MAX as u64;
        }
    }
}
