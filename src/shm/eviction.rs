//! Buffers that go without being asked to: nobody wants them again, or they never come back.

use crate::life::{Dispensable, Event, State, dispensable};
use crate::limits;
use crate::wayland::ShmGlobal;

use super::arenas::Kept;
use super::buffer::Buffer;
use super::kind::Kind;
use super::{Display, Handle, Notice};

/// True for what a program may have forgotten: an overlay, or a label.
fn is_forgettable<H>(buffer: &Buffer<H>) -> bool {
    !buffer.kind.wants_scrolling() && !buffer.state.is_held() && !buffer.state.is_referenced()
}

impl<H: Handle> Display<H> {
    /// After a new buffer was made: where so many are held, the oldest is not going to be released.
    pub(super) fn give_up_if_too_many(&mut self, shm: ShmGlobal<'_>, kind: &Kind) {
        loop {
            let choice = self.choose(kind);
            let too_many = choice.has_too_many_held();
            let Some(index) = choice.oldest_held().filter(|_| too_many) else { break };
            if !self.give_up(index) {
                return;
            }
            // On a dead connection nothing is released, and nobody is to blame.
            if !shm.connection_has_failed() && self.warned_groups.is_news(kind.group()) {
                self.notices.push(Notice::NeverReleased { group: kind.group(), count: choice.held_count() - 1 });
            }
        }
        if self.holdings.held_count > limits::HELD_MAX {
            if let Some(index) = self.most_dispensable() {
                self.give_up(index);
            }
        }
    }

    /// After a purge: what a compositor still holds of closed windows is bounded.
    pub(super) fn give_up_condemned(&mut self) {
        while self.holdings.has_too_many_condemned() {
            match self.most_dispensable() {
                Some(index) if self.give_up(index) => {}
                _ => break,
            }
        }
    }

    /// When the last window is gone, or its last buffer is released, nothing is kept for it: not its memory files either,
    /// and a compositor that will never release what a closed window has shown is not waited for. Where programs keep
    /// references they may have begun to draw what was purged, and it is waited for.
    pub(super) fn drop_what_is_left(&mut self) {
        let is_left = |buffer: &Buffer<H>| buffer.state == State::HeldCondemned || is_forgettable(buffer);
        if !H::HAS_REFERENCES
            && self.holdings.condemned_count > 0
            && (0..self.buffers.places()).all(|index| self.buffers.at(index).is_none_or(is_left))
        {
            for index in 0..self.buffers.places() {
                if self.buffers.at(index).is_some_and(|buffer| buffer.state == State::HeldCondemned) {
                    self.apply(index, Event::Abandon);
                }
            }
        }
        self.drop_arenas_of_nothing();
    }

    /// Where there is no buffer, there is no memory file.
    pub(super) fn drop_arenas_of_nothing(&mut self) {
        if self.live_bytes == 0 {
            self.arenas.drop_empty(&mut self.notices);
        }
    }

    /// Gives up all that was purged: something could not be had. What the program has not purged it may still draw.
    pub(super) fn give_up_all_condemned(&mut self) {
        for index in 0..self.buffers.places() {
            if self.buffers.at(index).is_some_and(|buffer| buffer.state == State::HeldCondemned) {
                self.apply(index, Event::Abandon);
            }
        }
    }

    /// What is held and can be given up: the purged first, then the oldest.
    fn most_dispensable(&self) -> Option<usize> {
        let ranked = (0..self.buffers.places()).filter_map(|index| Some((self.dispensability(index)?, index)));
        ranked.min_by_key(|(why, index)| (*why, self.handed_out_at(*index))).map(|(_, index)| index)
    }

    fn dispensability(&self, index: usize) -> Option<Dispensable> {
        let buffer = self.buffers.at(index).filter(|buffer| buffer.state.is_held())?;
        dispensable(buffer.state, self.was_handed_out_last(index))
    }

    /// True if no buffer of the same group was handed out later.
    fn was_handed_out_last(&self, index: usize) -> bool {
        let Some(buffer) = self.buffers.at(index) else { return false };
        let mut next = self.buffers.first_tagged(buffer.kind.group());
        while let Some(other) = next {
            if self.handed_out_at(other) > buffer.handed_out_at {
                return false;
            }
            next = self.buffers.next_tagged(other);
        }
        true
    }

    /// False if that could not be done.
    fn give_up(&mut self, index: usize) -> bool {
        self.apply(index, Event::Abandon);
        self.buffers.at(index).is_none()
    }

    fn handed_out_at(&self, index: usize) -> u64 {
        self.buffers.at(index).map_or(0, |buffer| buffer.handed_out_at)
    }

    /// Looks at some places in turn, so that a call costs the same however many buffers there are.
    pub(super) fn expire_some(&mut self, most: usize) {
        let places = self.buffers.places();
        for _ in 0..most.min(places) {
            let index = self.sweep.advance(places);
            let Some(buffer) = self.buffers.at(index) else { continue };
            if self.requests - buffer.handed_out_at <= limits::REQUESTS_UNTIL_IDLE_GOES {
                continue;
            }
            let goes = match buffer.state {
                State::Idle if buffer.kind.wants_scrolling() => false,
                State::Idle => self.sweep.has_too_many_with(buffer.picture.bytes()),
                state => state.is_going(),
            };
            if goes {
                self.apply(index, Event::Expire);
            }
        }
    }

    /// Destroys what is idle and not wanted soon, and gives all free memory back: something could not be had.
    ///
    /// What stays: the group that asks, whose outdated buffers the program may still read, and what scrolls and is not
    /// outdated.
    pub(super) fn let_go_of_idle(&mut self, group: u64) {
        for index in 0..self.buffers.places() {
            let goes = |buffer: &Buffer<H>| {
                buffer.kind.group() != group && (!buffer.kind.wants_scrolling() || buffer.state.is_going())
            };
            if self.buffers.at(index).is_some_and(goes) {
                self.apply(index, Event::Expire);
            }
        }
        self.arenas.drop_empty(&mut self.notices);
        self.arenas.trim(Kept { bytes: 0, picture_bytes: 0 }, usize::MAX, &mut self.notices);
    }
}
