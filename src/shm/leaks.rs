//! What loses buffers, or keeps them for long: counted, and said once for each group.

use crate::limits;
use crate::os;
use crate::wayland::ShmGlobal;

use super::{Display, Handle, Notice, Settings, Taking};

impl<H: Handle> Display<H> {
    /// A buffer was taken once more while it was held.
    #[cold]
    #[inline(never)]
    pub(super) fn count_taken_twice(&mut self, index: usize, how: Taking) {
        let Some(buffer) = self.buffers.at_mut(index) else { return };
        buffer.account.taken_twice += 1;
        let account = buffer.account;
        account.told.tell_references(buffer.references, account.taken_twice);
        self.holdings.groups.count(account.group, |counts| counts.taken_twice += 1);
        let Some(group) = self.holdings.groups.number(account.group) else { return };
        if self.warned_of_taking.is_news(group) {
            self.notices.push(Notice::TakenTwice { group, how });
        }
    }

    /// A buffer was handed out: if more of its group are held than the program or its user finds right, that is said.
    pub(super) fn warn_of_many_held(&mut self, shm: ShmGlobal<'_>, index: usize, settings: &Settings) {
        let Some(account) = self.buffers.at(index).map(|buffer| buffer.account) else { return };
        self.note_held_limit(account.group, settings.held_max);
        let Some(counts) = self.holdings.groups.counts_mut(account.group) else { return };
        let count = usize::try_from(counts.held).unwrap_or(usize::MAX);
        // On a dead connection nothing is released, and nobody is to blame.
        if count <= settings.held_max || shm.connection_has_failed() {
            return;
        }
        let Some(group) = self.holdings.groups.number(account.group) else { return };
        if self.warned_of_holding.is_news(group) {
            let since_ns = self.holdings.groups.oldest_hold_ns(account.group).unwrap_or(0);
            let oldest_ms = os::coarse_nanoseconds().saturating_sub(since_ns) / 1_000_000;
            self.notices.push(Notice::ManyHeld { group, count, most: settings.held_max, oldest_ms });
        }
    }

    /// Buffers that are used once are not counted against what a group may hold: a program has as many as it shows at a
    /// time, each on a surface of its own.
    pub(super) fn note_held_limit_of_used_once(&mut self, index: usize) {
        let Some(account) = self.buffers.at(index).map(|buffer| buffer.account) else { return };
        self.note_held_limit(account.group, limits::HELD_MAX);
    }

    fn note_held_limit(&mut self, group: usize, held_max: usize) {
        let held_limit = held_max as u64;
        if self.holdings.groups.counts_mut(group).is_some_and(|counts| counts.held_limit != held_limit) {
            self.holdings.groups.count(group, |counts| counts.held_limit = held_limit);
        }
    }
}
