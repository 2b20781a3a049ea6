//! Which records of the statistics page belong to something.
#![forbid(unsafe_code)]

use crate::statistics_page::RECORD_COUNT;

/// The numbers of records. Those that were given back come first again.
pub struct RecordNumbers {
    used_count: usize,
    taken_count: usize,
    free_count: usize,
    free: [u16; RECORD_COUNT],
}

const _: () = assert!(RECORD_COUNT <= u16::MAX as usize);

impl RecordNumbers {
    pub(super) const fn new() -> RecordNumbers {
        RecordNumbers { used_count: 0, taken_count: 0, free_count: 0, free: [0; RECORD_COUNT] }
    }

    /// A number that nobody has. None: there is none any more.
    pub fn take(&mut self) -> Option<usize> {
        let number = if let Some(count) = self.free_count.checked_sub(1) {
            self.free_count = count;
            usize::from(self.free[count])
        } else if self.used_count < RECORD_COUNT {
            self.used_count += 1;
            self.used_count - 1
        } else {
            return None;
        };
        self.taken_count += 1;
        Some(number)
    }

    /// Gives back what [`Self::take`] has given.
    pub fn give_back(&mut self, number: usize) {
        let (Ok(small), Some(place)) = (u16::try_from(number), self.free.get_mut(self.free_count)) else { return };
        *place = small;
        self.free_count += 1;
        self.taken_count = self.taken_count.saturating_sub(1);
    }

    /// From here on none was ever taken.
    pub fn used_count(&self) -> usize {
        self.used_count
    }

    /// True if nobody has one.
    pub fn are_all_free(&self) -> bool {
        self.taken_count == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_given_out_once_at_a_time() {
        let mut numbers = RecordNumbers::new();
        for expected in 0..RECORD_COUNT {
            assert_eq!(numbers.take(), Some(expected));
        }
        assert_eq!(numbers.take(), None);
        assert_eq!(numbers.used_count(), RECORD_COUNT);
        for number in [7, 0, RECORD_COUNT - 1] {
            numbers.give_back(number);
        }
        assert!(!numbers.are_all_free());
        assert_eq!([numbers.take(), numbers.take(), numbers.take()], [Some(RECORD_COUNT - 1), Some(0), Some(7)]);
        assert_eq!(numbers.take(), None);
        (0..RECORD_COUNT).for_each(|number| numbers.give_back(number));
        assert!(numbers.are_all_free());
    }
}
