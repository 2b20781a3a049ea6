//! How much was copied, for whoever wants to know what scrolling costs.

use core::fmt;

/// Counts since the display's first buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CopyStatistics {
    caught_up_bytes: u64,
    caught_up_count: u64,
    carried_bytes: u64,
    carried_count: u64,
}

impl CopyStatistics {
    pub(super) const fn new() -> CopyStatistics {
        CopyStatistics { caught_up_bytes: 0, caught_up_count: 0, carried_bytes: 0, carried_count: 0 }
    }

    /// A buffer was brought up to date.
    pub(super) fn count_caught_up(&mut self, bytes: usize) {
        self.caught_up_bytes = self.caught_up_bytes.wrapping_add(bytes as u64);
        self.caught_up_count = self.caught_up_count.wrapping_add(1);
    }

    /// A scroll copied pixels: it kept rows, or carried the view.
    pub(super) fn count_carried(&mut self, bytes: usize) {
        self.carried_bytes = self.carried_bytes.wrapping_add(bytes as u64);
        self.carried_count = self.carried_count.wrapping_add(1);
    }

    /// True if nothing was copied.
    pub(super) fn is_nothing(&self) -> bool {
        *self == CopyStatistics::new()
    }
}

impl fmt::Display for CopyStatistics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "copied so far: {} bytes to bring {} buffers up to date, {} bytes to carry {} views",
            self.caught_up_bytes, self.caught_up_count, self.carried_bytes, self.carried_count
        )
    }
}
