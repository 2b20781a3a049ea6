//! What is known of the past of a pool, and stands in no field of it: calls that failed, and the most there was.
//!
//! The fast path keeps none of it. The bytes of arenas change where an arena comes, which is seen each time; those of
//! blocks are seen at the end of a call that got an arena or failed, and when somebody asks.
#![forbid(unsafe_code)]

/// It stands in the index, for as long as that stays the pool's. All zero is a pool that was never used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks {
    /// Calls that returned nil, and left a reason.
    pub(super) failed_calls: u64,
    /// The most bytes of arenas.
    pub(super) most_arena_bytes: usize,
    /// The most bytes of allocated blocks that were seen.
    pub(super) most_seen_bytes: usize,
}

impl Marks {
    pub(super) const NONE: Marks = Marks { failed_calls: 0, most_arena_bytes: 0, most_seen_bytes: 0 };

    /// So many bytes of arenas there are now.
    pub(super) fn see_arenas(&mut self, bytes: usize) {
        self.most_arena_bytes = self.most_arena_bytes.max(bytes);
    }

    /// So many bytes of allocated blocks there are now.
    pub(super) fn see_allocated(&mut self, bytes: usize) {
        self.most_seen_bytes = self.most_seen_bytes.max(bytes);
    }

    pub(super) fn count_failed(&mut self) {
        self.failed_calls = self.failed_calls.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every sequence of five numbers below four, against the greatest of what came so far.
    #[test]
    fn a_mark_is_the_most_that_was_seen() {
        for sequence in 0..4_usize.pow(5) {
            let numbers = (0..5).map(|place| sequence / 4_usize.pow(place) % 4);
            let (mut marks, mut most) = (Marks::NONE, 0);
            for number in numbers {
                most = most.max(number);
                marks.see_arenas(number);
                marks.see_allocated(3 - number);
                assert_eq!(marks.most_arena_bytes, most);
                assert!(marks.most_seen_bytes >= 3 - number && marks.failed_calls == 0);
            }
        }
    }

    #[test]
    fn failed_calls_do_not_begin_again() {
        let mut marks = Marks { failed_calls: u64::MAX - 1, ..Marks::NONE };
        marks.count_failed();
        marks.count_failed();
        assert_eq!(marks.failed_calls, u64::MAX);
    }
}
