//! Buffers come back, and groups of them go: what the compositor and the program let go of.

use crate::life::{Effect, Event, State};
use crate::os::probes;
use crate::wayland::wl_buffer;

use super::buffer::Buffer;
use super::display::NEVER;
use super::{Display, Handle, Key, Notice, Taking};

impl<H: Handle> Display<H> {
    /// The fast path, for what a compositor mostly gives back: a buffer in use. False: nothing has happened.
    #[inline(always)]
    pub fn release_fast(&mut self, key: Key, released: *mut wl_buffer) -> bool {
        let Some(buffer) = self.buffers.get_mut(key) else { return false };
        let is_usual = match buffer.state {
            State::Held => !buffer.is_used_once(),
            State::HeldReferenced => H::HAS_REFERENCES && !buffer.is_used_once(),
            _ => false,
        };
        if !is_usual || buffer.offsets.current().buffer.as_c() != released {
            return false;
        }
        let idle =
            if H::HAS_REFERENCES && buffer.state == State::HeldReferenced { State::Referenced } else { State::Idle };
        buffer.give_back_to_cache(idle, &mut self.holdings);
        probes::buffer_release(buffer.handle.address(), buffer.kind.group_word());
        if self.rest_due_at_ms != NEVER || !self.memory_rests {
            self.tidy_if_due();
        }
        true
    }

    /// The compositor gives a buffer back, whatever state it is in.
    pub fn release(&mut self, key: Key, released: *mut wl_buffer) {
        let Some(buffer) = self.buffers.get_mut(key) else { return self.count_stray_release() };
        // Only the object that stands for the view now was attached last; another one was given back before.
        let is_current = buffer.offsets.current().buffer.as_c() == released;
        if is_current && buffer.is_used_once() {
            self.apply(key.index(), Event::Purge);
        }
        self.end_hold(key, is_current);
        self.tidy();
    }

    /// The program gives a buffer back that it has not attached.
    pub fn take_back(&mut self, key: Key) {
        if self.buffers.get(key).is_some_and(Buffer::is_used_once) {
            self.apply(key.index(), Event::Purge);
        }
        self.end_hold(key, true);
        self.tidy();
    }

    /// A face says that the program has taken a buffer that it gets as if it had not.
    pub fn note_taken_by_hand(&mut self, key: Key) {
        self.count_taken_twice(key.index(), Taking::ByHand);
    }

    fn end_hold(&mut self, key: Key, is_current: bool) {
        let Some(buffer) = self.buffers.get_mut(key) else { return };
        let (state, effect) = buffer.state.after(Event::Release);
        if effect == Effect::Stray || !is_current {
            self.holdings.groups.count(buffer.account.group, |counts| counts.double_releases += 1);
            return self.count_stray_release();
        }
        buffer.account.releases = buffer.account.releases.wrapping_add(1);
        if buffer.state.is_condemned() && !buffer.is_used_once() {
            self.holdings.groups.count(buffer.account.group, |counts| counts.late_releases += 1);
        }
        match effect {
            Effect::None => {
                probes::buffer_release(buffer.handle.address(), buffer.kind.group_word());
                buffer.enter(state, &mut self.holdings);
            }
            _ => {
                probes::buffer_release(buffer.handle.address(), buffer.kind.group_word());
                self.apply(key.index(), Event::Release);
                self.drop_what_is_left();
                // Its window is closed, and it was waited for.
                self.trim(usize::MAX);
            }
        }
    }

    /// The program keeps a buffer, until it has let go as often.
    pub fn add_reference(&mut self, key: Key) {
        let Some(buffer) = self.buffers.get_mut(key) else { return };
        buffer.references = buffer.references.saturating_add(1);
        let is_twice = buffer.account.references_of_hold > 0;
        buffer.account.references_of_hold = buffer.account.references_of_hold.saturating_add(1);
        if buffer.references == 1 {
            self.apply(key.index(), Event::Reference);
        }
        if is_twice {
            self.count_taken_twice(key.index(), Taking::ByReference);
        }
        self.tell_references(key);
    }

    /// The program lets go once. Where it does so more often than it has said that it keeps the buffer, the buffer is not
    /// wanted again.
    pub fn drop_reference(&mut self, key: Key) {
        let Some(buffer) = self.buffers.get_mut(key) else { return };
        if buffer.references == 0 {
            self.apply(key.index(), Event::Purge);
            return self.drop_what_is_left();
        }
        buffer.references -= 1;
        buffer.account.references_of_hold = buffer.account.references_of_hold.saturating_sub(1);
        if buffer.references == 0 {
            self.apply(key.index(), Event::LetGo);
            self.drop_what_is_left();
        }
        self.tell_references(key);
    }

    fn tell_references(&self, key: Key) {
        if let Some(buffer) = self.buffers.get(key) {
            buffer.account.told.tell_references(buffer.references, buffer.account.taken_twice);
        }
    }

    /// Destroys the buffers of a group; those that are held, when they are released.
    pub fn purge(&mut self, group: u64) {
        self.apply_to_group(group, Event::Purge);
        self.retained.drop_group(group);
        self.give_up_condemned();
        self.drop_what_is_left();
        self.trim(usize::MAX);
        if !self.copy_statistics.is_nothing() {
            self.notices.push(Notice::Copied(self.copy_statistics));
        }
    }
}
