//! Buffers come back, and groups of them go: what the compositor and the program let go of.

use crate::life::{Effect, Event, State};
use crate::wayland::wl_buffer;

use super::display::NEVER;
use super::{Display, Handle, Key, Notice};

impl<H: Handle> Display<H> {
    /// The fast path, for what a compositor mostly gives back: a buffer in use. False: nothing has happened.
    #[inline(always)]
    pub fn release_fast(&mut self, key: Key, released: *mut wl_buffer) -> bool {
        let Some(buffer) = self.buffers.get_mut(key) else { return false };
        let (State::Idle, Effect::None) = buffer.state.after(Event::Release) else { return false };
        if buffer.offsets.current().buffer.as_c() != released {
            return false;
        }
        buffer.enter(State::Idle, &mut self.holdings);
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
        match buffer.state.after(Event::Release) {
            (_, Effect::Stray) => self.count_stray_release(),
            _ if !is_current => self.count_stray_release(),
            (state, Effect::None) => buffer.enter(state, &mut self.holdings),
            _ => {
                self.apply(key.index(), Event::Release);
                self.drop_what_is_left();
                // Its window is closed, and it was waited for.
                self.trim(usize::MAX);
            }
        }
        self.tidy();
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
