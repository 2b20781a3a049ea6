//! Memory that is not in use goes back to the system, in steps: what rings do not need, and what is free.

use crate::limits;
use crate::os;

use super::arenas::Kept;
use super::display::NEVER;
use super::{Display, Handle};

impl<H: Handle> Display<H> {
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
