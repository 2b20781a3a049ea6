//! Scrolling a buffer, and giving back what its ring does not need while it does not scroll.

use crate::limits;
use crate::os;
use crate::scroll::{BadStep, Motion, Operation, Plan, Step};
use crate::units::Span;

use super::arenas::Arenas;
use super::buffer::Buffer;
use super::display::{Display, NEVER, Settings};
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
        let outcome = self.try_scroll(key, rows, margins_and_kept, settings);
        if outcome.is_err() {
            // The program may move the pixels itself.
            if let Some(record) = self.buffers.get_mut(key).and_then(|buffer| buffer.record.as_mut()) {
                record.lose_track();
            }
        }
        outcome
    }

    fn try_scroll(
        &mut self,
        key: Key,
        rows: i32,
        margins_and_kept: [i32; 4],
        settings: &Settings,
    ) -> Result<(), Refusal> {
        let buffer = self.buffers.get_mut(key).ok_or(Refusal::NotHandedOut)?;
        let step = Step::new(buffer.kind.size.rows(), rows, margins_and_kept).map_err(Refusal::BadStep)?;
        if buffer.ring.is_none() || settings.pool_bytes_max == 0 {
            return Err(Refusal::NotScrollable);
        }
        if !buffer.state.is_held() {
            return Err(Refusal::NotHandedOut);
        }
        match buffer.scroll(&mut self.arenas, &step, settings.clears_exposed) {
            Ok(copied_bytes) => {
                if copied_bytes > 0 {
                    self.copied.count_carried(copied_bytes);
                }
                self.rest_due_at_ms = self.rest_due_at_ms.min(buffer.rests_at_ms());
                Ok(())
            }
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

    /// Gives one step of the memory back that rings hold and do not use: beside the view, if it has not scrolled for
    /// some time. Returns the bytes.
    #[inline(never)]
    pub(super) fn rest_rings(&mut self) -> usize {
        if self.rest_due_at_ms == NEVER {
            return 0;
        }
        let now_ms = os::milliseconds();
        if now_ms < self.rest_due_at_ms {
            return 0;
        }
        self.rest_due_at_ms = NEVER;
        for index in 0..self.buffers.places() {
            let Some(buffer) = self.buffers.at_mut(index).filter(|buffer| !buffer.has_rested) else { continue };
            let kept = buffer.used_span(now_ms);
            let given_bytes = self.arenas.trim_around(buffer.range, kept, &mut self.notices);
            if given_bytes > 0 {
                self.rest_due_at_ms = now_ms;
                return given_bytes;
            }
            buffer.has_rested = now_ms >= buffer.rests_at_ms();
            if !buffer.has_rested {
                self.rest_due_at_ms = self.rest_due_at_ms.min(buffer.rests_at_ms());
            }
        }
        0
    }
}

impl<H: Handle> Buffer<H> {
    /// From when on nothing of its ring is in use but the view.
    pub(super) fn rests_at_ms(&self) -> u64 {
        self.scrolled_at_ms + limits::MILLISECONDS_UNTIL_RING_RESTS
    }

    /// What of its memory is in use.
    fn used_span(&self, now_ms: u64) -> Span {
        match self.ring {
            Some(ring) if now_ms < self.rests_at_ms() => {
                Span::new(self.range.span().start, ring.used_rows() * self.kind.size.row_bytes())
            }
            _ => self.view_span(),
        }
    }

    /// First what can fail, then what changes pixels: a scroll that fails has changed nothing. Returns the bytes that
    /// were copied.
    fn scroll(&mut self, arenas: &mut Arenas, step: &Step, clears_exposed: bool) -> Result<usize, Failure> {
        let Some(ring) = self.ring else { return Ok(0) };
        let mut plan = ring.plan(step, true);
        if !self.may_show_at(plan.ring.offset()) {
            plan = ring.plan(step, false);
        }
        if plan.motion != Motion::InPlace {
            self.prepare(arenas, plan.ring.offset())?;
        }
        if let Some(record) = &mut self.record {
            record.note_scroll(&self.handle, step);
        }
        let copied_bytes = self.carry_out(arenas, &plan, clears_exposed);
        self.ring = Some(plan.ring);
        self.offsets.switch_to(plan.ring.offset());
        self.offsets.current_mut().images.reset();
        self.count_scroll();
        Ok(copied_bytes)
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

    /// Returns the bytes that were copied.
    fn carry_out(&self, arenas: &Arenas, plan: &Plan, clears_exposed: bool) -> usize {
        let mut copied_rows = 0;
        let mapping = arenas.space(self.range).mapping();
        let row_bytes = self.kind.size.row_bytes();
        let start = self.range.span().start;
        for operation in plan.operations() {
            match operation {
                Operation::Copy { from, to, rows } => {
                    copied_rows += rows;
                    mapping.copy(start + from * row_bytes, start + to * row_bytes, rows * row_bytes);
                }
                Operation::Zero { from, rows } if clears_exposed => {
                    mapping.zero(Span::new(start + from * row_bytes, rows * row_bytes));
                }
                Operation::Zero { .. } => {}
            }
        }
        copied_rows * row_bytes
    }
}
