//! The buffers of one `wl_shm`.

use crate::life::{Candidate, Choice, Effect, Event, returned_age};
use crate::limits;
use crate::units::PictureSize;
use crate::wayland::{ShmGlobal, wl_buffer};

use super::arenas::Arenas;
use super::buffer::{Buffer, Kind, View};
use super::table::{Key, Table};
use super::{Failure, Handle, Notice, Notices};

/// All buffers that a program has asked for with one `wl_shm`.
///
/// Dropping it destroys them all, whoever holds them: the end of a program.
#[derive(Debug)]
pub struct Display<H: Handle> {
    // Dropped in this order: buffers lie in arenas.
    pub(super) buffers: Table<Buffer<H>>,
    pub(super) arenas: Arenas,
    pub(super) notices: Notices,
    /// Requests so far.
    pub(super) requests: u64,
    /// Bytes of all views.
    pub(super) live_bytes: usize,
    /// How many buffers are held.
    pub(super) held_count: usize,
    /// Where the search for expired buffers goes on.
    sweep_index: usize,
    warned_groups: WarnedGroups,
    pub(super) has_warned_of_scrolling: bool,
}

/// Groups whose compositor has been complained about.
#[derive(Debug)]
struct WarnedGroups {
    groups: [u64; limits::WARNED_GROUPS_MAX],
    count: usize,
}

/// What a program wants.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// The group that the buffer belongs to (the cookie in shm.h).
    pub group: u64,
    /// Its size.
    pub size: PictureSize,
    /// True if it is to be scrolled.
    pub wants_scrolling: bool,
    /// How many images over the same pixels.
    pub image_count: usize,
}

/// What a program has set for all its buffers.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The most memory behind a buffer that scrolls; 0: nothing scrolls.
    pub pool_bytes_max: usize,
    /// False: exposed rows keep what stood there.
    pub clears_exposed: bool,
}

impl<H: Handle> Default for Display<H> {
    fn default() -> Self {
        Self::new()
    }
}

impl<H: Handle> Display<H> {
    /// No buffers yet.
    pub const fn new() -> Display<H> {
        Display {
            buffers: Table::new(),
            arenas: Arenas::new(),
            notices: Notices::new(),
            requests: 0,
            live_bytes: 0,
            held_count: 0,
            sweep_index: 0,
            warned_groups: WarnedGroups { groups: [0; limits::WARNED_GROUPS_MAX], count: 0 },
            has_warned_of_scrolling: false,
        }
    }

    /// Hands out an idle buffer of the group, or a new one. `make_handle` is called for a new one, with its key.
    pub fn request(
        &mut self,
        shm: ShmGlobal<'_>,
        request: &Request,
        settings: &Settings,
        make_handle: &mut dyn FnMut(Key) -> Option<H>,
    ) -> Result<Key, Failure> {
        self.requests += 1;
        let kind = Kind {
            group: request.group,
            size: request.size,
            image_count: request.image_count,
            wants_scrolling: request.wants_scrolling,
        };
        self.apply_to_group(kind.group, Event::NextRequest);
        self.expire_some();
        let choice = self.choose(&kind);
        self.supersede_surplus(&choice, &kind);
        let key = match choice.reuse() {
            Some(index) => self.reuse(index),
            None => {
                self.abandon_if_too_many(&choice);
                self.make(shm, kind, settings, make_handle)?
            }
        };
        self.rest_ring(key);
        self.trim(limits::GIVE_BACK_STEP_BYTES);
        Ok(key)
    }

    /// The compositor gives a buffer back.
    pub fn release(&mut self, key: Key, released: *mut wl_buffer) {
        // Only the object that stands for the view now was attached last; another one was given back before.
        let is_current = |buffer: &Buffer<H>| buffer.offsets.current().buffer.as_c() == released;
        if self.buffers.get(key).is_some_and(is_current) {
            self.apply(key.index(), Event::Release);
        } else {
            self.notices.push(Notice::StrayRelease);
        }
    }

    /// Destroys the buffers of a group; those that are held, when they are released.
    pub fn purge(&mut self, group: u64) {
        self.apply_to_group(group, Event::Purge);
        self.arenas.drop_empty(&mut self.notices);
        self.trim(usize::MAX);
    }

    /// What the face shows of a buffer.
    pub fn view(&mut self, key: Key) -> Option<View> {
        self.buffers.get_mut(key).map(|buffer| buffer.view(&self.arenas))
    }

    /// What the face keeps for a buffer.
    pub fn handle(&self, key: Key) -> Option<&H> {
        self.buffers.get(key).map(|buffer| &buffer.handle)
    }

    /// What there is to say since this was called last.
    pub fn take_notices(&mut self) -> Notices {
        core::mem::take(&mut self.notices)
    }

    fn choose(&self, kind: &Kind) -> Choice {
        let mut choice = Choice::new();
        let mut next = self.buffers.next_tagged(kind.group, 0);
        while let Some(index) = next {
            if let Some(candidate) = self.candidate(index, kind) {
                choice.consider(candidate);
            }
            next = self.buffers.next_tagged(kind.group, index + 1);
        }
        choice
    }

    /// A buffer of the group as the choice sees it.
    fn candidate(&self, index: usize, kind: &Kind) -> Option<Candidate> {
        let buffer = self.buffers.at(index)?;
        Some(Candidate {
            index,
            state: buffer.state,
            is_match: buffer.kind == *kind,
            age: buffer.handle.age(),
            handed_out_at: buffer.handed_out_at,
        })
    }

    /// Lets go of what the choice leaves, and ages what it passes over.
    fn supersede_surplus(&mut self, choice: &Choice, kind: &Kind) {
        let chosen = choice.reuse();
        let mut next = self.buffers.next_tagged(kind.group, 0);
        while let Some(index) = next {
            next = self.buffers.next_tagged(kind.group, index + 1);
            let Some(candidate) = self.candidate(index, kind) else { continue };
            if choice.is_surplus(chosen, &candidate) {
                self.apply(index, Event::Supersede);
            } else if candidate.is_match
                && Some(index) != chosen
                && let Some(buffer) = self.buffers.at_mut(index)
            {
                buffer.handle.set_age(candidate.age.saturating_add(1));
            }
        }
    }

    fn reuse(&mut self, index: usize) -> Key {
        self.apply(index, Event::Reuse);
        let key = self.buffers.key_at(index).expect("invariant S5: a chosen buffer exists");
        let requests = self.requests;
        if let Some(buffer) = self.buffers.at_mut(index) {
            buffer.handed_out_at = requests;
            buffer.requests_since_scroll += 1;
            buffer.objects_made_since_request = 0;
            let age = buffer.handle.age();
            buffer.handle.set_age(returned_age(age));
        }
        key
    }

    /// A compositor that holds more than it can need is not going to release the oldest.
    fn abandon_if_too_many(&mut self, choice: &Choice) {
        let oldest = choice.oldest_held().filter(|_| choice.held_count() >= limits::HELD_PER_GROUP_MAX);
        let oldest = oldest.or_else(|| if self.held_count >= limits::HELD_MAX { self.oldest_held() } else { None });
        let Some(oldest) = oldest else { return };
        let group = self.buffers.at(oldest).map_or(0, |buffer| buffer.kind.group);
        self.apply(oldest, Event::Abandon);
        self.warn_never_released(group);
    }

    fn oldest_held(&self) -> Option<usize> {
        let is_held = |index: &usize| self.buffers.at(*index).is_some_and(|buffer| buffer.state.is_held());
        (0..self.buffers.places()).filter(is_held).min_by_key(|index| self.handed_out_at(*index))
    }

    fn handed_out_at(&self, index: usize) -> u64 {
        self.buffers.at(index).map_or(u64::MAX, |buffer| buffer.handed_out_at)
    }

    fn warn_never_released(&mut self, group: u64) {
        let warned = &mut self.warned_groups;
        if warned.groups[..warned.count].contains(&group) {
            return;
        }
        if let Some(place) = warned.groups.get_mut(warned.count) {
            *place = group;
            warned.count += 1;
            self.notices.push(Notice::NeverReleased { group });
        }
    }

    /// Looks at two places in turn, so that a call costs the same however many buffers there are.
    fn expire_some(&mut self) {
        for _ in 0..2.min(self.buffers.places()) {
            self.sweep_index = (self.sweep_index + 1) % self.buffers.places();
            let index = self.sweep_index;
            let unasked = self.requests.saturating_sub(self.handed_out_at(index));
            let is_kept = |buffer: &Buffer<H>| buffer.kind.wants_scrolling && buffer.state.is_current();
            if unasked > limits::REQUESTS_UNTIL_IDLE_GOES && !self.buffers.at(index).is_none_or(is_kept) {
                self.apply(index, Event::Expire);
            }
        }
    }

    /// Destroys what is idle and not wanted soon, and gives all free memory back: something could not be had.
    ///
    /// What stays: the group that asks, whose outdated buffers the program may still read, and for each other group
    /// the buffer handed out last, if it scrolls.
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
        self.arenas.trim(0, usize::MAX, &mut self.notices);
    }

    fn apply_to_group(&mut self, group: u64, event: Event) {
        let mut next = self.buffers.next_tagged(group, 0);
        while let Some(index) = next {
            self.apply(index, event);
            next = self.buffers.next_tagged(group, index + 1);
        }
    }

    /// Lets something happen to a buffer, and does what `life` says about it.
    fn apply(&mut self, index: usize, event: Event) {
        let Some(buffer) = self.buffers.at_mut(index) else { return };
        let (state, effect) = buffer.state.after(event);
        if state != buffer.state {
            self.held_count -= usize::from(buffer.state.is_held());
            self.held_count += usize::from(state.is_held());
            buffer.state = state;
            buffer.handle.show(state.is_held(), state.is_going());
        }
        match effect {
            Effect::None => {}
            Effect::Stray => self.notices.push(Notice::StrayRelease),
            Effect::Destroy | Effect::Abandon => self.remove(index, effect == Effect::Abandon),
        }
    }

    fn remove(&mut self, index: usize, leaves_memory: bool) {
        let Some(buffer) = self.buffers.take_at(index) else { return };
        let range = buffer.range;
        self.live_bytes -= buffer.kind.size.bytes();
        drop(buffer);
        if leaves_memory {
            self.arenas.leave(range, &mut self.notices);
        } else {
            self.arenas.give_back(range, &mut self.notices);
        }
    }

    fn trim(&mut self, most_bytes: usize) {
        let kept_bytes = limits::KEPT_FREE_BYTES + self.live_bytes / limits::KEPT_FREE_DIVISOR;
        self.arenas.trim(kept_bytes, most_bytes, &mut self.notices);
    }
}
