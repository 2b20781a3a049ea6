//! What goes without being asked to: buffers that nobody wants again, and buffers that never come back.

use crate::life::{Dispensable, Event, State, dispensable};
use crate::limits;
use crate::wayland::ShmGlobal;

use super::arenas::Kept;
use super::buffer::{Buffer, Kind};
use super::display::Display;
use super::{Handle, Notice};

/// What the compositor holds.
#[derive(Debug)]
pub(super) struct Holdings {
    held_count: usize,
    condemned_count: usize,
    condemned_bytes: usize,
}

impl Holdings {
    pub(super) const fn new() -> Holdings {
        Holdings { held_count: 0, condemned_count: 0, condemned_bytes: 0 }
    }

    /// A buffer of so many bytes goes from one state to another; a new one begins as Gone.
    #[inline(always)]
    pub(super) fn change(&mut self, from: State, to: State, bytes: usize) {
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
    }

    fn has_too_many_condemned(&self) -> bool {
        self.condemned_count > limits::CONDEMNED_MAX
            || (self.condemned_count > 1 && self.condemned_bytes > limits::CONDEMNED_BYTES_MAX)
    }
}

/// Groups whose compositor has been complained about.
#[derive(Debug)]
pub(super) struct WarnedGroups {
    groups: [u64; limits::WARNED_GROUPS_MAX],
    count: usize,
}

impl WarnedGroups {
    pub(super) const fn new() -> WarnedGroups {
        WarnedGroups { groups: [0; limits::WARNED_GROUPS_MAX], count: 0 }
    }

    /// True the first time, as long as there is room to remember it.
    fn is_news(&mut self, group: u64) -> bool {
        if self.groups[..self.count].contains(&group) {
            return false;
        }
        let Some(place) = self.groups.get_mut(self.count) else { return false };
        *place = group;
        self.count += 1;
        true
    }
}

/// Goes round all buffers, some places at a time, and counts what seems to be forgotten.
#[derive(Debug)]
pub(super) struct Sweep {
    index: usize,
    forgotten: Forgotten,
    /// What the last whole round has found.
    last_forgotten: Forgotten,
}

#[derive(Clone, Copy, Debug)]
struct Forgotten {
    count: usize,
    bytes: usize,
}

impl Forgotten {
    const NONE: Forgotten = Forgotten { count: 0, bytes: 0 };

    fn is_too_much(self) -> bool {
        self.count > limits::FORGOTTEN_MAX || self.bytes > limits::FORGOTTEN_BYTES_MAX
    }
}

impl Sweep {
    pub(super) const fn new() -> Sweep {
        Sweep { index: 0, forgotten: Forgotten::NONE, last_forgotten: Forgotten::NONE }
    }

    /// The next place.
    fn advance(&mut self, places: usize) -> usize {
        self.index += 1;
        if self.index >= places {
            self.index = 0;
            self.last_forgotten = self.forgotten;
            self.forgotten = Forgotten::NONE;
        }
        self.index
    }

    /// Counts one that seems to be forgotten. True if there are too many, and this one may go.
    fn has_too_many_with(&mut self, bytes: usize) -> bool {
        if self.last_forgotten.is_too_much() {
            self.last_forgotten.count -= usize::from(self.last_forgotten.count > 0);
            self.last_forgotten.bytes = self.last_forgotten.bytes.saturating_sub(bytes);
            return true;
        }
        self.forgotten.count += 1;
        self.forgotten.bytes = self.forgotten.bytes.saturating_add(bytes);
        false
    }
}

/// True for what a program may have forgotten: an overlay, or a label.
fn is_forgettable<H>(buffer: &Buffer<H>) -> bool {
    !buffer.kind.wants_scrolling && !buffer.state.is_held()
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
            if !shm.connection_has_failed() && self.warned_groups.is_news(kind.group) {
                self.notices.push(Notice::NeverReleased { group: kind.group, count: choice.held_count() - 1 });
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
    /// and a compositor that will never release what a closed window has shown is not waited for.
    pub(super) fn drop_what_is_left(&mut self) {
        let is_left = |buffer: &Buffer<H>| buffer.state == State::HeldCondemned || is_forgettable(buffer);
        if self.holdings.condemned_count > 0
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
        let mut next = self.buffers.first_tagged(buffer.kind.group);
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
                State::Idle if buffer.kind.wants_scrolling => false,
                State::Idle => self.sweep.has_too_many_with(buffer.kind.size.bytes()),
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
                buffer.kind.group != group && (!buffer.kind.wants_scrolling || buffer.state.is_going())
            };
            if self.buffers.at(index).is_some_and(goes) {
                self.apply(index, Event::Expire);
            }
        }
        self.arenas.drop_empty(&mut self.notices);
        self.arenas.trim(Kept { bytes: 0, picture_bytes: 0 }, usize::MAX, &mut self.notices);
    }

    /// Gives free memory beyond a reserve back.
    pub(super) fn trim(&mut self, most_bytes: usize) {
        // Who purges wants the memory gone, whatever sizes there were lately.
        let sizes_are_changing = self.sizes_are_changing() && most_bytes < usize::MAX;
        let given_bytes = self.trim_beyond(sizes_are_changing, most_bytes);
        self.memory_rests = given_bytes == 0 && most_bytes > 0 && !sizes_are_changing;
    }

    /// The same at once, when a size is asked for again.
    pub(super) fn trim_after_resizing(&mut self) {
        self.trim_beyond(false, limits::GIVE_BACK_AFTER_RESIZING_BYTES);
    }

    fn trim_beyond(&mut self, sizes_are_changing: bool, most_bytes: usize) -> usize {
        let kept = Kept {
            bytes: self.reserve.kept_bytes(self.live_bytes, sizes_are_changing),
            picture_bytes: self.reserve.last_bytes(),
        };
        self.arenas.trim(kept, most_bytes, &mut self.notices)
    }

    fn sizes_are_changing(&self) -> bool {
        self.requests - self.made_at < limits::REQUESTS_UNTIL_MEMORY_RESTS
    }

    /// True if there may be free memory to give back.
    pub(super) fn wants_trim(&self) -> bool {
        !self.memory_rests && !self.sizes_are_changing()
    }
}
