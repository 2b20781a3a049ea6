//! How much free memory stays resident for the next buffers.

use crate::limits;

/// What sizes a program has asked for lately.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reserve {
    largest_lately_bytes: usize,
    last_bytes: usize,
}

impl Reserve {
    /// Nothing was made yet.
    pub const fn new() -> Reserve {
        Reserve { largest_lately_bytes: 0, last_bytes: 0 }
    }

    /// A picture of `bytes` bytes was made.
    pub fn count_made(&mut self, bytes: usize) {
        let faded_bytes = self.largest_lately_bytes - self.largest_lately_bytes / limits::RESERVE_FADES_BY;
        self.largest_lately_bytes = faded_bytes.max(bytes);
        self.last_bytes = bytes;
    }

    /// The size of the last picture that was made.
    pub fn last_bytes(&self) -> usize {
        self.last_bytes
    }

    /// Free bytes that stay, beside pictures of `live_bytes` bytes.
    ///
    /// While each size is new, the next may be as large as the largest lately was; it and its predecessor, which is
    /// still shown, both miss what the present sizes do not take.
    pub fn kept_bytes(&self, live_bytes: usize, sizes_are_changing: bool) -> usize {
        let missing_bytes = if sizes_are_changing { self.largest_lately_bytes - self.last_bytes } else { 0 };
        let resting_bytes = (live_bytes / limits::KEPT_FREE_DIVISOR).min(limits::KEPT_FREE_BYTES);
        missing_bytes.saturating_mul(2).saturating_add(resting_bytes)
    }
}
