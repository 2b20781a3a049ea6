//! Scrolling a buffer.

use crate::os::probes;
use crate::scroll::{BadStep, Motion, Operation, Plan, Step};
use crate::units::Span;

use super::arenas::Arenas;
use super::buffer::Buffer;
use super::{Display, Failure, Handle, Key, Notice, Settings};

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
            self.lose_track(key);
        }
        outcome
    }

    /// A scroll is refused: the program may move the pixels itself.
    #[cold]
    #[inline(never)]
    fn lose_track(&mut self, key: Key) {
        if let Some(record) = self.buffers.get_mut(key).and_then(|buffer| buffer.record.as_mut()) {
            record.lose_track();
        }
    }

    fn try_scroll(
        &mut self,
        key: Key,
        rows: i32,
        margins_and_kept: [i32; 4],
        settings: &Settings,
    ) -> Result<(), Refusal> {
        let buffer = self.buffers.get_mut(key).ok_or(Refusal::NotHandedOut)?;
        let step = Step::new(buffer.picture.rows(), rows, margins_and_kept).map_err(Refusal::BadStep)?;
        if buffer.ring.is_none() || settings.pool_bytes_max == 0 {
            return Err(Refusal::NotScrollable);
        }
        if !buffer.state.is_held() {
            return Err(Refusal::NotHandedOut);
        }
        match buffer.scroll(&mut self.arenas, &step, settings.clears_exposed) {
            Ok((motion, copied_bytes)) => {
                self.holdings.count_scroll(&buffer.account, motion, copied_bytes);
                let [_, top_rows, _, bottom_rows] = margins_and_kept;
                probes::scroll(buffer.handle.address(), rows, top_rows, bottom_rows, copied_bytes);
                if copied_bytes > 0 {
                    self.copy_statistics.count_carried(copied_bytes);
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
}

impl<H: Handle> Buffer<H> {
    /// First what can fail, then what changes pixels: a scroll that fails has changed nothing. Returns how
    /// the view went, and the bytes that were copied.
    fn scroll(&mut self, arenas: &mut Arenas, step: &Step, clears_exposed: bool) -> Result<(Motion, usize), Failure> {
        let Some(ring) = self.ring else { return Ok((Motion::InPlace, 0)) };
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
        if plan.motion == Motion::Wrap {
            probes::wrap(self.handle.address(), ring.offset(), plan.ring.offset(), plan.ring.extent());
        }
        self.ring = Some(plan.ring);
        self.offsets.switch_to(plan.ring.offset());
        self.offsets.current_mut().images.reset();
        self.count_scroll();
        Ok((plan.motion, copied_bytes))
    }

    /// Returns the bytes that were copied.
    fn carry_out(&self, arenas: &Arenas, plan: &Plan, clears_exposed: bool) -> usize {
        let mut copied_rows = 0;
        let mapping = arenas.space(self.range).mapping();
        let row_bytes = self.picture.row_bytes();
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
