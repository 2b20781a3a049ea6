//! How much the compositor holds.

use crate::life::State;
use crate::limits;

/// What the compositor holds.
#[derive(Debug)]
pub(super) struct Holdings {
    pub(super) held_count: usize,
    pub(super) condemned_count: usize,
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

    pub(super) fn has_too_many_condemned(&self) -> bool {
        self.condemned_count > limits::CONDEMNED_MAX
            || (self.condemned_count > 1 && self.condemned_bytes > limits::CONDEMNED_BYTES_MAX)
    }
}
