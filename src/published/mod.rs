//! What this process tells others of its pools and buffers: records of the statistics page, taken, written and given back.
//!
//! A record is written by one thread at a time, by whoever holds what it is about. There is none where there is no page,
//! or no room on it; then nothing is told. Numbers are written in one piece each, without waiting for anybody.
#![forbid(unsafe_code)]

mod field;
mod snapshot;

use core::sync::atomic::{AtomicU64, Ordering, fence};

pub(crate) use field::record_field;
pub use field::{Field, Number};
pub use snapshot::{Snapshot, used_count};

use crate::os;
use crate::statistics_page::{HEADER_BYTES, Kind, RECORD_BYTES, RECORD_COUNT};

const CELL_BYTES: usize = size_of::<AtomicU64>();
const RECORD_CELLS: usize = RECORD_BYTES / CELL_BYTES;
/// Behind its head: where all records of ours have a name, if they have one.
const NAME_CELL: usize = 1;
const NAME_BYTES: usize = 32;

/// A record that belongs to something, until [`Record::end`].
#[derive(Clone, Copy, Debug)]
pub struct Record(&'static [AtomicU64; RECORD_CELLS]);

impl Record {
    /// Begins a record: `fill` writes what is to be there when others see it first; the rest is 0. None: there is no page,
    /// or no room.
    #[inline]
    pub fn begin(kind: Kind, fill: impl FnOnce(Record)) -> Option<Record> {
        let record = Record::take()?;
        fill(record);
        record.publish(kind);
        Some(record)
    }

    /// A record that nobody sees yet.
    #[inline(never)]
    fn take() -> Option<Record> {
        os::with_statistics_page(|mut page| {
            let number = page.take()?;
            let record = Record::at(page.cells, number)?;
            for cell in &record.0[1..] {
                cell.store(0, Ordering::Relaxed);
            }
            Some(record)
        })?
    }

    fn publish(self, kind: Kind) {
        let generation = (self.head() >> 32).wrapping_add(1);
        self.0[0].store((generation << 32 | u64::from(kind as u32)).to_le(), Ordering::Release);
    }

    /// What it was about has gone.
    pub fn end(self) {
        os::with_statistics_page(|page| {
            let head = self.head().wrapping_add(1 << 32);
            self.0[0].store(head.to_le(), Ordering::Relaxed);
            // Whoever sees what the next one writes sees this too.
            fence(Ordering::Release);
            page.numbers.give_back(self.number_on(page.cells));
        });
    }

    /// Which one it is.
    pub fn number(self) -> u32 {
        let number = os::with_statistics_page(|page| self.number_on(page.cells));
        number.and_then(|number| u32::try_from(number).ok()).unwrap_or(0)
    }

    /// Writes a text, as much as there is room for behind the head, with a 0 at its end.
    pub fn set_name(self, name: &[u8]) {
        for (place, cell) in self.0[NAME_CELL..NAME_CELL + NAME_BYTES / CELL_BYTES].iter().enumerate() {
            let bytes = name[..name.len().min(NAME_BYTES - 1)].iter().skip(place * CELL_BYTES).take(CELL_BYTES);
            let text = bytes.enumerate().fold(0, |text, (byte, value)| text | u64::from(*value) << (byte * 8));
            cell.store(u64::to_le(text), Ordering::Relaxed);
        }
    }

    /// What stands in a field.
    #[inline(always)]
    pub fn get<N: Number>(self, field: Field<N>) -> N {
        N::in_cell(self.cell(field.offset()), field.offset())
    }

    /// Says what is so now.
    #[inline(always)]
    pub fn set<N: Number>(self, field: Field<N>, value: N) {
        let cell = &self.0[field.offset() / CELL_BYTES % RECORD_CELLS];
        let value = value.put_in_cell(|| self.cell(field.offset()), field.offset());
        cell.store(value.to_le(), Ordering::Relaxed);
    }

    /// Counts.
    #[inline(always)]
    pub fn add<N: Number>(self, field: Field<N>, more: N) {
        self.set(field, self.get(field).plus(more));
    }

    /// Counts what leaves: whoever sees that, and looks then, sees that it had come.
    #[inline(always)]
    pub fn add_leaving(self, field: Field<u64>, more: u64) {
        let cell = &self.0[field.offset() / CELL_BYTES % RECORD_CELLS];
        cell.store(self.get(field).wrapping_add(more).to_le(), Ordering::Release);
    }

    /// Says the most there was.
    #[inline(always)]
    pub fn raise(self, field: Field<u64>, value: u64) {
        if self.get(field) < value {
            self.set(field, value);
        }
    }

    fn head(self) -> u64 {
        self.cell(0)
    }

    #[inline(always)]
    fn cell(self, offset: usize) -> u64 {
        u64::from_le(self.0[offset / CELL_BYTES % RECORD_CELLS].load(Ordering::Relaxed))
    }

    fn at(cells: &'static os::StatisticsCells, number: usize) -> Option<Record> {
        let start = (HEADER_BYTES + number * RECORD_BYTES) / CELL_BYTES;
        Some(Record(cells.get(start..start + RECORD_CELLS)?.try_into().ok()?))
    }

    fn number_on(self, cells: &'static os::StatisticsCells) -> usize {
        let bytes = self.0.as_ptr().addr().wrapping_sub(cells.as_ptr().addr());
        bytes.wrapping_sub(HEADER_BYTES) / RECORD_BYTES % RECORD_COUNT
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::statistics_page::{GroupRecord, PoolRecord};

    const FREES: Field<u64> = record_field!(PoolRecord, frees);
    const PEAK: Field<u64> = record_field!(PoolRecord, peak_bytes);
    const WIDTH: Field<u32> = record_field!(GroupRecord, width);
    const HEIGHT: Field<u32> = record_field!(GroupRecord, height);

    #[test]
    fn a_record_is_written_and_ends() {
        let mut is_seen_too_soon = true;
        let record = Record::begin(Kind::Group, |record| {
            is_seen_too_soon = record.head() >> 32 & 1 == 1;
            record.set_name(b"a name that is longer than there is room for");
            record.set(WIDTH, 3);
        });
        let record = record.expect("a page can be made");
        assert!(!is_seen_too_soon);
        let number = record.number();
        assert_eq!(record.0[0].load(Ordering::Relaxed).to_le_bytes()[0], 2);
        assert_eq!(record.head() >> 32 & 1, 1);
        let name: std::vec::Vec<u8> =
            record.0[1..5].iter().flat_map(|cell| cell.load(Ordering::Relaxed).to_ne_bytes()).collect();
        assert_eq!(&name, b"a name that is longer than ther\0");
        record.add(HEIGHT, 5);
        record.add(HEIGHT, 6);
        assert_eq!((record.get(WIDTH), record.get(HEIGHT)), (3, 11));
        record.end();
        assert_eq!(record.head() >> 32 & 1, 0);
        let next = Record::begin(Kind::Pool, |_| {}).expect("there is room");
        if next.number() == number {
            assert_eq!((next.get(WIDTH), next.get(FREES)), (0, 0));
        }
        next.raise(PEAK, 5);
        next.raise(PEAK, 4);
        next.add_leaving(FREES, 2);
        assert_eq!((next.get(PEAK), next.get(FREES)), (5, 2));
        next.end();
    }
}
