//! One buffer.

use alloc::boxed::Box;
use core::ffi::c_void;

use crate::life::{State, returned_age};
use crate::pixman::pixman_image_t;
use crate::scroll::Ring;
use crate::units::{PictureSize, Span};
use crate::wayland::{wl_buffer, wl_shm_pool};

use super::Handle;
use super::arenas::{Arenas, Range};
use super::catching_up::Record;
use super::display::Wanted;
use super::letting_go::Holdings;
use super::offsets::Offsets;

/// A picture in a range of an arena, with what stands for it in Wayland and pixman.
#[derive(Debug)]
pub(super) struct Buffer<H> {
    // Dropped in this order: objects that name the memory, then what the face keeps. The range is given back by hand.
    pub(super) offsets: Offsets,
    pub(super) handle: H,
    pub(super) kind: Kind,
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
    /// None while there is no other buffer like it.
    pub(super) record: Option<Box<Record>>,
}

/// What a request must agree in with a buffer to get it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) group: u64,
    pub(super) size: PictureSize,
    pub(super) image_count: usize,
    /// Asked for, whether it was to be had or not.
    pub(super) wants_scrolling: bool,
}

impl Kind {
    /// True if it is what a program asks for: then that needs no check, because this was checked.
    #[inline]
    pub(super) fn is_wanted(&self, wanted: &Wanted) -> bool {
        self.group == wanted.group
            && self.size.width == wanted.width
            && self.size.height == wanted.height
            && self.wants_scrolling == wanted.wants_scrolling
            && self.image_count == wanted.image_count
    }
}

/// What a face shows of a buffer. Addresses are valid until the next call that scrolls it, or that it goes in.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Width, height and stride.
    pub size: PictureSize,
    /// The first pixel.
    pub pixels: *mut c_void,
    /// What to attach.
    pub buffer: *mut wl_buffer,
    /// The images over the pixels.
    pub images: *mut *mut pixman_image_t,
    /// How many.
    pub image_count: usize,
    /// True if it can scroll.
    pub is_scrollable: bool,
    /// The pool that the pixels are in.
    pub pool: *mut wl_shm_pool,
    /// Where the pixels begin in the pool, in bytes.
    pub offset_in_pool: usize,
    /// The first byte of the buffer's memory, of which the pixels are a part.
    pub memory: *mut c_void,
    /// Bytes of that memory.
    pub memory_bytes: usize,
}

impl<H: Handle> Buffer<H> {
    /// Enters a state, and shows it.
    #[inline(always)]
    pub(super) fn enter(&mut self, state: State, holdings: &mut Holdings) {
        holdings.change(self.state, state, self.range.span().bytes);
        self.state = state;
        self.handle.show(state.is_held(), state.is_going());
    }

    /// Is handed out, if it is idle and what is asked for. None: nothing has happened.
    #[inline(always)]
    pub(super) fn hand_out_again(&mut self, wanted: &Wanted, request: u64, holdings: &mut Holdings) -> Option<()> {
        if self.state != State::Idle || !self.kind.is_wanted(wanted) {
            return None;
        }
        self.enter(State::Held, holdings);
        self.hand_out(request, true);
        Some(())
    }

    /// Is handed out by a request.
    #[inline(always)]
    pub(super) fn hand_out(&mut self, request: u64, was_last: bool) {
        self.handed_out_at = request;
        self.objects_made_since_request = 0;
        let age = self.handle.age();
        self.handle.set_age(returned_age(age, was_last));
    }
}

impl<H> Buffer<H> {
    /// The first byte of the view, counted from the start of the range.
    pub(super) fn view_offset_bytes(&self) -> usize {
        self.ring.map_or(0, |ring| ring.offset() * self.kind.size.row_bytes())
    }

    /// The bytes of the view, counted from the start of the arena.
    pub(super) fn view_span(&self) -> Span {
        Span::new(self.range.span().start + self.view_offset_bytes(), self.kind.size.bytes())
    }

    pub(super) fn view(&mut self, arenas: &Arenas) -> View {
        let mapping = arenas.space(self.range).mapping();
        let memory = self.range.span();
        let view = self.view_span();
        let objects = self.offsets.current_mut();
        View {
            size: self.kind.size,
            pixels: mapping.address(view.start),
            buffer: objects.buffer.as_c(),
            images: objects.images.as_c(),
            image_count: self.kind.image_count,
            is_scrollable: self.ring.is_some(),
            pool: arenas.pool(self.range).as_c(),
            offset_in_pool: view.start,
            memory: mapping.address(memory.start),
            memory_bytes: memory.bytes,
        }
    }
}
