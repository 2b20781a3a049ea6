//! The buffers of one `wl_shm`.

use crate::life::{Candidate, Choice, Effect, Event, State};
use crate::limits;
use crate::os;
use crate::placement::Reserve;
use crate::units::PictureSize;
use crate::wayland::{ShmGlobal, wl_buffer};

use super::arenas::{Arenas, Range};
use super::buffer::{Buffer, Kind, View};
use super::letting_go::{Holdings, Sweep, WarnedGroups};
use super::relics::Relics;
use super::table::{Key, Table};
use super::{Copied, Failure, Handle, Notice, Notices};

/// All buffers that a program has asked for with one `wl_shm`.
///
/// Dropping it destroys them all, whoever holds them: the end of a program.
#[derive(Debug)]
pub struct Display<H: Handle> {
    // Dropped in this order: buffers lie in arenas.
    pub(super) buffers: Table<Buffer<H>>,
    pub(super) arenas: Arenas,
    pub(super) relics: Relics<H>,
    pub(super) notices: Notices,
    /// Requests so far.
    pub(super) requests: u64,
    /// After so many requests the housekeeping is to be done.
    housekeeping_due_at: u64,
    /// The number of the last request that made a buffer.
    pub(super) made_at: u64,
    has_made: bool,
    /// True if the view of the buffer last handed out has been moved, which is not shown yet.
    has_moved: bool,
    /// What the next buffers may need.
    pub(super) reserve: Reserve,
    /// What was copied.
    pub(super) copied: Copied,
    /// When the next ring may have memory to give back that it does not use, by the clock; NEVER: none has.
    pub(super) rest_due_at_ms: u64,
    /// True if there is no free memory to give back.
    pub(super) memory_rests: bool,
    /// The place of the buffer that was handed out last.
    last_index: usize,
    /// Bytes of all views.
    pub(super) live_bytes: usize,
    /// What the compositor has.
    pub(super) holdings: Holdings,
    stray_releases: u64,
    abandoned: u64,
    /// The search for forgotten buffers.
    pub(super) sweep: Sweep,
    pub(super) warned_groups: WarnedGroups,
    pub(super) has_warned_of_scrolling: bool,
    /// True from a warning that there is no room to scroll in until there was some again.
    pub(super) has_warned_of_plain: bool,
}

/// No time at all.
pub(super) const NEVER: u64 = u64::MAX;

/// What a program asks for, not yet checked.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The group that the buffer belongs to (the cookie in shm.h).
    pub group: u64,
    /// In pixels.
    pub width: i32,
    /// In rows.
    pub height: i32,
    /// True if it is to be scrolled.
    pub wants_scrolling: bool,
    /// How many images over the same pixels.
    pub image_count: usize,
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
            relics: Relics::new(),
            notices: Notices::new(),
            requests: 0,
            housekeeping_due_at: limits::REQUESTS_BETWEEN_HOUSEKEEPING,
            made_at: 0,
            has_made: false,
            has_moved: false,
            reserve: Reserve::new(),
            copied: Copied::new(),
            rest_due_at_ms: NEVER,
            memory_rests: true,
            last_index: 0,
            live_bytes: 0,
            holdings: Holdings::new(),
            stray_releases: 0,
            abandoned: 0,
            sweep: Sweep::new(),
            warned_groups: WarnedGroups::new(),
            has_warned_of_scrolling: false,
            has_warned_of_plain: false,
        }
    }

    /// The shortest way, for who asks for the same as the last time: the only buffer of its group is idle, so there is
    /// nothing to choose or to supersede, nor to check. None: nothing has happened. So it is every so often, for the
    /// housekeeping.
    #[inline(always)]
    pub fn request_again(&mut self, wanted: &Wanted) -> Option<&H> {
        if self.requests >= self.housekeeping_due_at || self.wants_trim() {
            return None;
        }
        let request = self.requests + 1;
        let (index, buffer) = self.buffers.only_mut()?;
        buffer.hand_out_again(wanted, request, &mut self.holdings)?;
        self.requests = request;
        self.last_index = index;
        Some(&buffer.handle)
    }

    /// The same for who asks for several buffers in turn.
    pub fn request_only(&mut self, wanted: &Wanted) -> Option<&H> {
        self.buffers.find_only(wanted.group);
        self.request_again(wanted)
    }

    /// Does the housekeeping if it is due. True if that was done and there is nothing to say: `request_again` may do now.
    #[inline(never)]
    pub fn keep_house(&mut self) -> bool {
        if self.requests < self.housekeeping_due_at {
            return false;
        }
        self.housekeeping_due_at = self.requests + limits::REQUESTS_BETWEEN_HOUSEKEEPING;
        self.expire_some(limits::EXPIRY_STEP_HOUSEKEEPING);
        self.tidy();
        self.notices.is_empty()
    }

    /// Hands out an idle buffer of the group, or a new one. `make_handle` is called for a new one, with its key.
    pub fn request(
        &mut self,
        shm: ShmGlobal<'_>,
        request: &Request,
        settings: &Settings,
        make_handle: &mut dyn FnMut(Key) -> Option<H>,
    ) -> Result<Key, Failure> {
        (self.has_made, self.has_moved) = (false, false);
        self.requests += 1;
        let kind = Kind {
            group: request.group,
            size: request.size,
            image_count: request.image_count,
            wants_scrolling: request.wants_scrolling,
        };
        self.apply_to_group(kind.group, Event::NextRequest);
        self.expire_some(limits::EXPIRY_STEP);
        self.end_frame(kind.group);
        let choice = self.choose(&kind);
        self.supersede_surplus(&choice, &kind);
        let key = match choice.reuse() {
            Some(index) => self.reuse(index, &choice),
            None => {
                self.has_made = true;
                let made = self.make(shm, kind, settings, make_handle);
                // What failed may have left a memory file.
                self.drop_arenas_of_nothing();
                let key = made?;
                self.give_up_if_too_many(shm, &kind);
                key
            }
        };
        self.last_index = key.index();
        self.begin_frame(key.index(), choice.last_match().is_some());
        if !self.has_made && self.made_at + 1 == self.requests {
            self.trim_after_resizing();
        }
        self.tidy();
        Ok(key)
    }

    /// Gives some memory back that is not in use, if there is any.
    #[inline(never)]
    fn tidy(&mut self) {
        let given_bytes = self.rest_rings();
        self.trim(limits::GIVE_BACK_STEP_BYTES.saturating_sub(given_bytes));
    }

    /// The same where there is mostly nothing to do yet.
    #[inline(never)]
    fn tidy_if_due(&mut self) {
        if !self.memory_rests || os::milliseconds() >= self.rest_due_at_ms {
            self.tidy();
        }
    }

    /// The shortest way, for what a compositor mostly gives back: a buffer in use. False: nothing has happened.
    #[inline(always)]
    pub fn release_shortly(&mut self, key: Key, released: *mut wl_buffer) -> bool {
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

    /// The compositor gives a buffer back.
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
        self.relics.drop_group(group);
        self.give_up_condemned();
        self.drop_what_is_left();
        self.trim(usize::MAX);
        if !self.copied.is_nothing() {
            self.notices.push(Notice::Copied(self.copied));
        }
    }

    /// True if there is nothing of it: no buffer, nothing that the program has a pointer to, and no memory file. Then its
    /// connection may end.
    pub fn is_bare(&self) -> bool {
        self.live_bytes == 0 && self.relics.is_empty() && self.arenas.is_empty()
    }

    /// What the face shows of a buffer.
    pub fn view(&mut self, key: Key) -> Option<View> {
        self.buffers.get_mut(key).map(|buffer| buffer.view(&self.arenas))
    }

    /// What the face keeps for a buffer.
    pub fn handle(&self, key: Key) -> Option<&H> {
        self.buffers.get(key).map(|buffer| &buffer.handle)
    }

    /// What there is to say since this was called last; mostly nothing.
    pub fn take_notices(&mut self) -> Option<Notices> {
        if self.notices.is_empty() { None } else { Some(core::mem::take(&mut self.notices)) }
    }

    /// The key of the buffer whose handle this is.
    pub fn find(&self, is_it: impl Fn(&H) -> bool) -> Option<Key> {
        let is_handle_of = |index: &usize| self.buffers.at(*index).is_some_and(|buffer| is_it(&buffer.handle));
        let index = Some(self.last_index).filter(is_handle_of);
        self.buffers.key_at(index.or_else(|| (0..self.buffers.places()).find(is_handle_of))?)
    }

    /// True if the buffer of the last request is not where C was told.
    pub fn has_moved(&self) -> bool {
        self.has_made || self.has_moved
    }

    pub(super) fn choose(&self, kind: &Kind) -> Choice {
        let mut choice = Choice::new();
        let mut next = self.buffers.first_tagged(kind.group);
        while let Some(index) = next {
            next = self.buffers.next_tagged(index);
            if let Some(candidate) = self.candidate(index, kind) {
                choice.consider(candidate);
            }
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
            picture_bytes: buffer.kind.size.bytes(),
            age: buffer.handle.age(),
            handed_out_at: buffer.handed_out_at,
        })
    }

    /// Lets go of what the choice leaves, and ages what it passes over.
    fn supersede_surplus(&mut self, choice: &Choice, kind: &Kind) {
        let chosen = choice.reuse();
        let mut next = self.buffers.first_tagged(kind.group);
        while let Some(index) = next {
            next = self.buffers.next_tagged(index);
            let Some(candidate) = self.candidate(index, kind) else { continue };
            if choice.is_surplus(chosen, &candidate) {
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
        self.apply(index, Event::Reuse);
        let key = self.buffers.key_at(index).expect("invariant S5: a chosen buffer exists");
        let was_last = choice.was_last(index);
        if let Some(buffer) = self.buffers.at_mut(index) {
            buffer.hand_out(self.requests, was_last);
        }
        if !was_last && self.catch_up(index, choice.last_match()) {
            self.set_age(index, 0);
            self.has_moved = true;
        }
        key
    }

    fn apply_to_group(&mut self, group: u64, event: Event) {
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
        if state != buffer.state {
            buffer.enter(state, &mut self.holdings);
            if state == State::HeldCondemned {
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
    fn count_stray_release(&mut self) {
        self.stray_releases += 1;
        self.notices.push(Notice::StrayRelease { count: self.stray_releases });
    }

    /// Leaves memory to the compositor.
    pub(super) fn leave(&mut self, range: Range) {
        self.abandoned += 1;
        self.notices.push(Notice::Abandoned { count: self.abandoned });
        self.arenas.leave(range, &mut self.notices);
    }

    fn remove(&mut self, index: usize, leaves_memory: bool) {
        let Some(buffer) = self.buffers.take_at(index) else { return };
        let range = buffer.range;
        self.live_bytes -= buffer.kind.size.bytes();
        drop(buffer);
        if leaves_memory {
            self.leave(range);
        } else {
            self.arenas.give_back(range, &mut self.notices);
            self.memory_rests = false;
        }
    }
}
