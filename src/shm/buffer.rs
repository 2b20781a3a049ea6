//! One buffer.

use alloc::boxed::Box;

use crate::life::{State, returned_age};
use crate::limits;
use crate::os;
use crate::scroll::Ring;
use crate::units::{Picture, Span};

use super::account::Account;
use super::arenas::{Arenas, Range};
use super::holdings::Holdings;
use super::kind::{Kind, SINGLE_USE_GROUP};
use super::objects::make_objects;
use super::offsets::Offsets;
use super::record::Record;
use super::{Failure, Handle};

/// A picture in a range of an arena, with what stands for it in Wayland and pixman.
#[derive(Debug)]
pub(super) struct Buffer<H> {
    // Dropped in this order: objects that name the memory, then what the face keeps. The range is given back by hand.
    pub(super) offsets: Offsets,
    pub(super) handle: H,
    pub(super) kind: Kind,
    pub(super) picture: Picture,
    pub(super) state: State,
    /// The number of the request that handed it out last.
    pub(super) handed_out_at: u64,
    pub(super) range: Range,
    /// None if it does not scroll.
    pub(super) ring: Option<Ring>,
    /// By the clock.
    pub(super) scrolled_at_ms: u64,
    /// True if nothing of the ring but the view is resident.
    pub(super) has_rested: bool,
    pub(super) objects_made_since_request: u32,
    /// How many references the program has said that it keeps.
    pub(super) references: u32,
    /// None while there is no other buffer like it.
    pub(super) record: Option<Box<Record>>,
    /// What is counted of it.
    pub(super) account: Account,
}

impl<H: Handle> Buffer<H> {
    /// Enters a state, and shows it.
    pub(super) fn enter(&mut self, state: State, holdings: &mut Holdings) {
        holdings.change(&mut self.account, self.state, state, self.range.span().bytes);
        self.state = state;
        self.handle.show(state.is_held(), state.is_going());
    }

    /// The fast path of a request: it is cached, and is held from now on.
    #[inline(always)]
    fn take_cached(&mut self, state: State, holdings: &mut Holdings) {
        holdings.take_cached(&mut self.account);
        self.state = state;
        self.handle.show(true, false);
    }

    /// The fast path of a release: it is held, and cached from now on.
    #[inline(always)]
    pub(super) fn give_back_to_cache(&mut self, state: State, holdings: &mut Holdings) {
        holdings.give_back_to_cache(&mut self.account);
        self.state = state;
        self.handle.show(false, false);
    }

    /// True if it goes when it is released. Of a face that has no such buffers, the group may be any.
    #[inline(always)]
    pub(super) fn is_used_once(&self) -> bool {
        H::HAS_REFERENCES && self.kind.group() == SINGLE_USE_GROUP
    }

    /// Is handed out, if it is idle and what is asked for. Its age; None: nothing has happened.
    #[inline(always)]
    pub(super) fn hand_out_again(&mut self, kind: &Kind, request: u64, holdings: &mut Holdings) -> Option<u32> {
        if self.handle.is_taken_by_hand() {
            return None;
        }
        if H::HAS_REFERENCES && self.state == State::Referenced && self.kind == *kind {
            self.take_cached(State::HeldReferenced, holdings);
        } else if self.state == State::Idle && self.kind == *kind {
            self.take_cached(State::Held, holdings);
        } else {
            return None;
        }
        Some(self.hand_out(request, true))
    }

    /// Is handed out by a request. Its age.
    #[inline(always)]
    pub(super) fn hand_out(&mut self, request: u64, was_last: bool) -> u32 {
        self.handed_out_at = request;
        self.objects_made_since_request = 0;
        let age = returned_age(self.handle.age(), was_last, H::KNOWS_SINGLE_FRAMES);
        self.handle.set_age(age);
        self.account.told.tell_age(age);
        age
    }

    /// From when on nothing of its ring is in use but the view.
    pub(super) fn rests_at_ms(&self) -> u64 {
        self.scrolled_at_ms + limits::MILLISECONDS_UNTIL_RING_RESTS
    }

    /// What of its memory is in use.
    pub(super) fn used_span(&self, now_ms: u64) -> Span {
        match self.ring {
            Some(ring) if now_ms < self.rests_at_ms() => {
                Span::new(self.range.span().start, ring.used_rows() * self.picture.row_bytes())
            }
            _ => self.view_span(),
        }
    }

    /// Its ring is in use.
    pub(super) fn count_scroll(&mut self) {
        self.scrolled_at_ms = os::milliseconds();
        self.has_rested = false;
    }

    /// True if there are objects for this offset, or new ones are within the limit.
    pub(super) fn may_show_at(&self, row: usize) -> bool {
        self.offsets.has(row) || self.objects_made_since_request < limits::NEW_WL_BUFFERS_PER_REQUEST
    }

    /// Makes sure of the pages that the view is to lie on from this row of its ring on, and of its objects there.
    pub(super) fn prepare(&mut self, arenas: &mut Arenas, row: usize) -> Result<(), Failure> {
        let offset_bytes = row * self.picture.row_bytes();
        let view = Span::new(self.range.span().start + offset_bytes, self.picture.bytes());
        arenas.space_mut(self.range).reach(view)?;
        if self.offsets.has(row) {
            return Ok(());
        }
        if !self.offsets.reserve() {
            return Err(Failure::Memory);
        }
        let listener = self.handle.listener();
        let count = self.kind.image_count();
        let objects = make_objects(arenas, self.range, offset_bytes, &self.picture, count, listener)?;
        self.offsets.insert(row, objects);
        self.objects_made_since_request += 1;
        Ok(())
    }
}

impl<H> Buffer<H> {
    /// The first byte of the view, counted from the start of the range.
    pub(super) fn view_offset_bytes(&self) -> usize {
        self.ring.map_or(0, |ring| ring.offset() * self.picture.row_bytes())
    }

    /// The bytes of the view, counted from the start of the arena.
    pub(super) fn view_span(&self) -> Span {
        Span::new(self.range.span().start + self.view_offset_bytes(), self.picture.bytes())
    }
}
