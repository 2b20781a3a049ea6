//! Reading a record of the process's own page.
#![forbid(unsafe_code)]

use core::sync::atomic::{AtomicU64, Ordering};

use super::field::{Field, Number};
use crate::limits::STATISTICS_COPIES_MAX;
use crate::os;
use crate::statistics_page::{HEADER_BYTES, Kind, RECORD_BYTES};

const CELL_BYTES: usize = size_of::<u64>();
const RECORD_CELLS: usize = RECORD_BYTES / CELL_BYTES;
const NAME_BYTES: usize = 32;

/// A record as it was.
pub struct Snapshot([u64; RECORD_CELLS]);

/// How many records were ever in use; 0 if there is no page.
pub fn used_count() -> u32 {
    let count = os::look_at_statistics_page(|page| page.numbers.used_count());
    count.and_then(|count| u32::try_from(count).ok()).unwrap_or(0)
}

impl Snapshot {
    /// The record with this number. None: it belongs to nothing.
    pub fn of(number: u32) -> Option<Snapshot> {
        let number = usize::try_from(number).ok()?;
        let copy = os::look_at_statistics_page(|page| {
            if number >= page.numbers.used_count() {
                return None;
            }
            let start = (HEADER_BYTES + number * RECORD_BYTES) / CELL_BYTES;
            let cells = page.cells.get(start..start + RECORD_CELLS)?;
            let mut copy = Snapshot([0; RECORD_CELLS]);
            // Until it is the same twice.
            let _ = (0..=STATISTICS_COPIES_MAX).find(|_| !copy.read(cells));
            Some(copy)
        });
        copy.flatten().filter(|record| record.0[0] >> 32 & 1 == 1)
    }

    /// True if that changes it.
    #[inline(never)]
    fn read(&mut self, cells: &[AtomicU64]) -> bool {
        let mut is_changed = false;
        // From the start on: what leaves stands before what comes.
        for (known, cell) in self.0.iter_mut().zip(cells) {
            let value = u64::from_le(cell.load(Ordering::Acquire));
            is_changed |= value != *known;
            *known = value;
        }
        is_changed
    }

    /// True if it is about such a thing.
    pub fn is(&self, kind: Kind) -> bool {
        self.0[0] & u64::from(u32::MAX) == u64::from(kind as u32)
    }

    /// What stands in a field.
    pub fn get<N: Number>(&self, field: Field<N>) -> N {
        N::in_cell(self.0[field.offset() / CELL_BYTES % RECORD_CELLS], field.offset())
    }

    /// Its name, with a 0 at the end.
    pub fn name(&self) -> [u8; NAME_BYTES] {
        let mut name = [0; NAME_BYTES];
        for (bytes, cell) in name.chunks_exact_mut(CELL_BYTES).zip(&self.0[1..]) {
            bytes.copy_from_slice(&cell.to_le_bytes());
        }
        name
    }
}
