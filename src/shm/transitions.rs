//! What `life` says of a buffer is done.

use crate::life::{Effect, Event, State};

use super::arenas::Range;
use super::buffer::Buffer;
use super::retained::Retained;
use super::{Display, Handle, Notice};

impl<H: Handle> Display<H> {
    /// Lets something happen to all buffers of a group.
    pub(super) fn apply_to_group(&mut self, group: u64, event: Event) {
        let mut next = self.buffers.first_tagged(group);
        while let Some(index) = next {
            next = self.buffers.next_tagged(index);
            self.apply(index, event);
        }
    }

    /// Lets something happen to a buffer, and does what `life` says about it.
    #[inline(never)]
    pub(super) fn apply(&mut self, index: usize, event: Event) {
        let Some(buffer) = self.buffers.at_mut(index) else { return };
        let (state, effect) = buffer.state.after(event);
        if effect == Effect::Retain {
            return self.retain(index);
        }
        if effect == Effect::Abandon {
            self.holdings.groups.count(buffer.account.group, |counts| counts.abandoned += 1);
        }
        if state != buffer.state {
            buffer.enter(state, &mut self.holdings);
            if state.is_condemned() {
                // Its time runs from now on, however long ago it was asked for.
                buffer.handed_out_at = self.requests;
            }
        }
        match effect {
            Effect::None | Effect::Retain => {}
            Effect::Stray => self.count_stray_release(),
            Effect::Destroy | Effect::Abandon => self.remove(index, effect == Effect::Abandon),
        }
    }

    #[cold]
    #[inline(never)]
    pub(super) fn count_stray_release(&mut self) {
        self.stray_releases += 1;
        self.notices.push(Notice::StrayRelease { count: self.stray_releases });
    }

    /// Leaves a held buffer's memory to the compositor, and keeps what the program has a pointer to. Where that cannot be
    /// done, the buffer stays as it is.
    fn retain(&mut self, index: usize) {
        let Some(held) = self.buffers.at(index).filter(|_| self.retained.reserve()) else { return };
        let Ok(memory) = self.arenas.replace(held.range, held.view_span()) else { return };
        let Some(mut buffer) = self.buffers.take_at(index) else { return };
        self.live_bytes -= buffer.picture.bytes();
        self.holdings.groups.count(buffer.account.group, |counts| counts.abandoned += 1);
        self.holdings.change(&mut buffer.account, buffer.state, State::Gone, buffer.range.span().bytes);
        let Buffer { offsets, mut handle, kind, range, .. } = buffer;
        handle.show_given_up(&memory);
        self.retained.keep(Retained::new(offsets.into_images(), handle, kind.group(), memory));
        self.leave(range);
    }

    /// Leaves memory to the compositor.
    fn leave(&mut self, range: Range) {
        self.abandoned += 1;
        self.notices.push(Notice::Abandoned { count: self.abandoned });
        self.arenas.leave(range, &mut self.notices);
    }

    fn remove(&mut self, index: usize, leaves_memory: bool) {
        let Some(buffer) = self.buffers.take_at(index) else { return };
        let range = buffer.range;
        self.live_bytes -= buffer.picture.bytes();
        drop(buffer);
        if leaves_memory {
            self.leave(range);
        } else {
            self.arenas.give_back(range, &mut self.notices);
            self.memory_rests = false;
        }
    }
}
