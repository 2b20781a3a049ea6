//! Requests: a buffer is handed out.

use crate::life::{Choice, Event};
use crate::limits;
use crate::os::{self, probes};
use crate::wayland::ShmGlobal;

use super::buffer::Buffer;
use super::kind::Kind;
use super::{Display, Failure, Handle, Key, Settings, Taking};

impl<H: Handle> Display<H> {
    /// The fast path, for who asks for the same as the last time: the only buffer of its group is idle, so there is
    /// nothing to choose or to supersede, nor to check. None: nothing has happened. So it is every Nth time, for the
    /// housekeeping.
    #[inline(always)]
    pub fn request_again(&mut self, kind: &Kind) -> Option<&H> {
        if self.requests >= self.housekeeping_due_at || self.wants_trim() {
            return None;
        }
        let request = self.requests + 1;
        let (index, buffer) = self.buffers.only_mut()?;
        let age = buffer.hand_out_again(kind, request, &mut self.holdings)?;
        probes::buffer_get(buffer.handle.address(), kind.group_word(), kind.width(), kind.height(), age);
        self.requests = request;
        self.last_index = index;
        Some(&buffer.handle)
    }

    /// The same for who asks for several buffers in turn.
    pub fn request_only(&mut self, kind: &Kind) -> Option<&H> {
        self.buffers.find_only(kind.group());
        self.request_again(kind)
    }

    /// The slow path: hands out an idle buffer of the group, or a new one. `make_handle` is called for a new one, with its key.
    pub fn request(
        &mut self,
        shm: ShmGlobal<'_>,
        kind: &Kind,
        settings: &Settings,
        make_handle: &mut dyn FnMut(Key) -> Option<H>,
    ) -> Result<Key, Failure> {
        (self.has_made, self.has_moved) = (false, false);
        self.requests += 1;
        self.date_holds(kind.group());
        self.apply_to_group(kind.group(), Event::NextRequest);
        self.expire_some(limits::EXPIRY_STEP);
        self.end_frame(kind.group());
        let choice = self.choose(kind);
        self.supersede_surplus(&choice, kind, settings);
        let key = match choice.reuse() {
            Some(index) => self.reuse(index, &choice),
            None => {
                self.has_made = true;
                let made = self.make(shm, (*kind, kind.group_name()), settings, make_handle);
                // What failed may have left a memory file.
                self.drop_arenas_of_nothing();
                let key = made?;
                self.give_up_if_too_many(shm, kind);
                key
            }
        };
        self.last_index = key.index();
        self.warn_of_many_held(shm, key.index(), settings);
        self.begin_frame(key.index(), choice.last_match());
        if !self.has_made && self.made_at + 1 == self.requests {
            self.trim_after_resizing();
        }
        self.tell_of_hand_out(key, kind);
        self.tidy();
        Ok(key)
    }

    /// Hands out a new buffer that is used once. `make_handle` is called with its key.
    pub fn request_once(
        &mut self,
        shm: ShmGlobal<'_>,
        kind: &Kind,
        settings: &Settings,
        make_handle: &mut dyn FnMut(Key) -> Option<H>,
    ) -> Result<Key, Failure> {
        (self.has_made, self.has_moved) = (true, false);
        self.requests += 1;
        self.expire_some(limits::EXPIRY_STEP);
        let once = (kind.for_single_use(), kind.group_name_for_single_use());
        let made = self.make(shm, once, settings, make_handle);
        self.drop_arenas_of_nothing();
        let key = made?;
        self.give_up_if_too_many(shm, kind);
        self.note_held_limit_of_used_once(key.index());
        self.last_index = key.index();
        self.tell_of_hand_out(key, kind);
        self.tidy();
        Ok(key)
    }

    /// What the fast path has handed out is held since now, if not longer.
    fn date_holds(&mut self, group: u64) {
        let mut next = self.buffers.first_tagged(group);
        while let Some(index) = next {
            next = self.buffers.next_tagged(index);
            if !self.holdings.groups.has_undated_hold(index) {
                continue;
            }
            let now_ns = os::coarse_nanoseconds();
            self.holdings.groups.date_hold(index, now_ns);
            if let Some(buffer) = self.buffers.at(index) {
                buffer.account.told.tell_held_since(now_ns);
            }
        }
    }

    /// A tracer hears of it.
    fn tell_of_hand_out(&self, key: Key, kind: &Kind) {
        if let Some(Buffer { handle, .. }) = self.buffers.get(key) {
            probes::buffer_get(handle.address(), kind.group_word(), kind.width(), kind.height(), handle.age());
        }
    }

    /// Lets go of what the choice leaves, and ages what it passes over.
    fn supersede_surplus(&mut self, choice: &Choice, kind: &Kind, settings: &Settings) {
        let chosen = choice.reuse();
        let mut next = self.buffers.first_tagged(kind.group());
        while let Some(index) = next {
            next = self.buffers.next_tagged(index);
            let Some(candidate) = self.candidate(index, kind) else { continue };
            if !candidate.is_match && settings.outdated_go_at_once {
                self.apply(index, Event::Purge);
            } else if choice.is_surplus(chosen, &candidate) {
                self.apply(index, Event::Supersede);
            } else if candidate.is_match && Some(index) != chosen {
                self.set_age(index, candidate.age.saturating_add(1));
            }
        }
    }

    fn set_age(&mut self, index: usize, age: u32) {
        if let Some(buffer) = self.buffers.at_mut(index) {
            buffer.handle.set_age(age);
        }
    }

    fn reuse(&mut self, index: usize, choice: &Choice) -> Key {
        self.last_index = index;
        if self.buffers.at(index).is_some_and(|buffer| buffer.handle.is_taken_by_hand()) {
            self.count_taken_twice(index, Taking::ByHand);
        }
        self.apply(index, Event::HandOut);
        let key = self.buffers.key_at(index).expect("invariant S5: a chosen buffer exists");
        let was_last = choice.was_last(index);
        if let Some(buffer) = self.buffers.at_mut(index) {
            buffer.hand_out(self.requests, was_last);
        }
        if !was_last && self.catch_up(index, choice.last_match()) {
            self.set_age(index, 0);
            self.has_moved = true;
            if let Some(buffer) = self.buffers.at(index) {
                buffer.account.told.tell_age(0);
            }
        }
        key
    }
}
