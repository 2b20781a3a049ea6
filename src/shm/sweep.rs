//! The search for buffers that the program has forgotten.

use crate::limits;

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
    pub(super) fn advance(&mut self, places: usize) -> usize {
        self.index += 1;
        if self.index >= places {
            self.index = 0;
            self.last_forgotten = self.forgotten;
            self.forgotten = Forgotten::NONE;
        }
        self.index
    }

    /// Counts one that seems to be forgotten. True if there are too many, and this one may go.
    pub(super) fn has_too_many_with(&mut self, bytes: usize) -> bool {
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
