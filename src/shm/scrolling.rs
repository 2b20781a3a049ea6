//! Scrolling a buffer, and giving back what its ring does not need while it does not scroll.

use crate::limits;
use crate::scroll::{BadStep, Motion, Operation, Plan, Step};
use crate::units::Span;

use super::arenas::Arenas;
use super::buffer::Buffer;
use super::display::{Display, Settings};
use super::make::make_objects;
use super::table::Key;
use super::{Failure, Handle, Notice};

/// Why a buffer was not scrolled. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It does not scroll.
    NotScrollable,
    /// It is not in the program's hands.
    NotHandedOut,
    /// The arguments make no sense.
    BadStep(BadStep),
    /// Memory or objects are not to be had.
    Failed,
}

impl<H: Handle> Display<H> {
    /// Scrolls a buffer by `rows`; the numbers are those of `shm_scroll`, in its order.
    pub fn scroll(
        &mut self,
        key: Key,
        rows: i32,
        margins_and_kept: [i32; 4],
        settings: &Settings,
    ) -> Result<(), Refusal> {
        let arenas = &mut self.arenas;
        let buffer = self.buffers.get_mut(key).ok_or(Refusal::NotHandedOut)?;
        let step = Step::new(buffer.kind.size.rows(), rows, margins_and_kept).map_err(Refusal::BadStep)?;
        if buffer.ring.is_none() || settings.pool_bytes_max == 0 {
            return Err(Refusal::NotScrollable);
        }
        if !buffer.state.is_held() {
            return Err(Refusal::NotHandedOut);
        }
        match buffer.scroll(arenas, &step, settings.clears_exposed) {
            Ok(()) => Ok(()),
            Err(failure) => {
                if !self.has_warned_of_scrolling {
                    self.has_warned_of_scrolling = true;
                    self.notices.push(Notice::ScrollFailed { failure });
                }
                Err(Refusal::Failed)
            }
        }
    }

    /// True if scrolling this buffer can succeed.
    pub fn can_scroll(&self, key: Key, settings: &Settings) -> bool {
        settings.pool_bytes_max > 0 && self.buffers.get(key).is_some_and(|buffer| buffer.ring.is_some())
    }

    /// Gives one step of a ring's memory outside the view back, if it has not scrolled for long. Returns the bytes.
    pub(super) fn rest_ring(&mut self, key: Key) -> usize {
        let Some(buffer) = self.buffers.get_mut(key) else { return 0 };
        if !buffer.wants_rest() {
            return 0;
        }
        let given_bytes = self.arenas.trim_around(buffer.range, buffer.view_span(), &mut self.notices);
        buffer.has_rested = given_bytes == 0;
        given_bytes
    }
}

impl<H: Handle> Buffer<H> {
    /// True if its ring holds memory that it has not used for long.
    pub(super) fn wants_rest(&self) -> bool {
        self.ring.is_some() && !self.has_rested && self.requests_since_scroll >= limits::REQUESTS_UNTIL_RING_RESTS
    }

    /// First what can fail, then what changes pixels: a scroll that fails has changed nothing.
    fn scroll(&mut self, arenas: &mut Arenas, step: &Step, clears_exposed: bool) -> Result<(), Failure> {
        let Some(ring) = self.ring else { return Ok(()) };
        let mut plan = ring.plan(step, true);
        if !self.may_show_at(plan.ring.offset()) {
            plan = ring.plan(step, false);
        }
        self.prepare(arenas, &plan)?;
        self.carry_out(arenas, &plan, clears_exposed);
        self.ring = Some(plan.ring);
        self.offsets.switch_to(plan.ring.offset());
        self.offsets.current_mut().images.reset();
        self.requests_since_scroll = 0;
        self.has_rested = false;
        Ok(())
    }

    /// True if there are objects for this offset, or new ones are within the limit.
    fn may_show_at(&self, row: usize) -> bool {
        self.offsets.has(row) || self.objects_made_since_request < limits::NEW_WL_BUFFERS_PER_REQUEST
    }

    /// Makes sure of the pages that the view moves over, and of its objects there.
    fn prepare(&mut self, arenas: &mut Arenas, plan: &Plan) -> Result<(), Failure> {
        if plan.motion == Motion::InPlace {
            return Ok(());
        }
        let row = plan.ring.offset();
        let offset_bytes = row * self.kind.size.row_bytes();
        let view = Span::new(self.range.span().start + offset_bytes, self.kind.size.bytes());
        arenas.space_mut(self.range).reach(view)?;
        if self.offsets.has(row) {
            return Ok(());
        }
        if !self.offsets.reserve() {
            return Err(Failure::Memory);
        }
        let listener = self.handle.listener();
        let count = self.kind.image_count;
        let objects = make_objects(arenas, self.range, offset_bytes, &self.kind.size, count, listener)?;
        self.offsets.insert(row, objects);
        self.objects_made_since_request += 1;
        Ok(())
    }

    fn carry_out(&self, arenas: &Arenas, plan: &Plan, clears_exposed: bool) {
        let mapping = arenas.space(self.range).mapping();
        let row_bytes = self.kind.size.row_bytes();
        let start = self.range.span().start;
        for operation in plan.operations() {
            match operation {
                Operation::Copy { from, to, rows } => {
                    mapping.copy(start + from * row_bytes, start + to * row_bytes, rows * row_bytes);
                }
                Operation::Zero { from, rows } if clears_exposed => {
                    mapping.zero(Span::new(start + from * row_bytes, rows * row_bytes));
                }
                Operation::Zero { .. } => {}
            }
        }
    }
}
