//! What there is in a pool, counted. Between the first block and the last no callback runs, so all of it is of one time.
#![forbid(unsafe_code)]

use super::damage::Stop;
use super::heap::Heap;
use super::inspection::inspect;
use super::layout::OVERHEAD;
use super::parts::{Part, PartKind};
use super::pool_pointer::PoolPointer;

/// Blocks of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many there are.
    pub blocks: usize,
    /// How many bytes, with what stands before and behind each.
    pub bytes: usize,
}

/// What there is in a pool. All zero: a pool that was never used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Arenas.
    pub arenas: usize,
    /// What `alloc` has given for them, in bytes.
    pub arena_bytes: usize,
    /// Blocks that the program has.
    pub allocated: Tally,
    /// Bytes of these that the program asked for.
    pub asked_bytes: usize,
    /// Bytes of these that are neither that nor header or tail.
    pub slack_bytes: usize,
    /// Blocks that can be given out.
    pub free: Tally,
    /// The largest of these.
    pub largest_free_bytes: usize,
    /// Blocks that were freed, and are never given out again.
    pub buried: Tally,
    /// Damaged ones that are never given out again.
    pub set_aside: Tally,
    /// Calls that returned nil, and left a reason.
    pub failed_calls: u64,
    /// The most that `arena_bytes` was.
    pub most_arena_bytes: usize,
    /// The most that the bytes of allocated blocks were whenever that was looked at.
    pub most_seen_bytes: usize,
}

impl Tally {
    fn add(&mut self, bytes: usize) {
        self.blocks += 1;
        self.bytes += bytes;
    }
}

impl Statistics {
    fn add(&mut self, part: &Part) {
        match part.kind {
            PartKind::Arena => self.arenas += 1,
            PartKind::Allocated => {
                self.allocated.add(part.bytes);
                self.asked_bytes += part.asked_bytes;
                self.slack_bytes += part.bytes.saturating_sub(OVERHEAD + part.asked_bytes);
            }
            PartKind::Free => {
                self.free.add(part.bytes);
                self.largest_free_bytes = self.largest_free_bytes.max(part.bytes);
            }
            PartKind::Buried => self.buried.add(part.bytes),
            PartKind::SetAside => self.set_aside.add(part.bytes),
            PartKind::InWork => {}
        }
    }
}

impl Heap<'_> {
    /// Counts all that can be reached. Of an arena that is damaged, what lies before that; the first damage is noted.
    fn count_all(&mut self) -> Statistics {
        let mut statistics = Statistics::default();
        let mut first_damage = None;
        for place in (0..self.index.arenas.count()).rev() {
            let start = self.index.arenas.at(place).start();
            if self.count_arena(start, &mut statistics).is_err() {
                first_damage = first_damage.or(self.findings.damage);
            }
        }
        self.findings.damage = first_damage;
        let marks = &mut self.index.marks;
        marks.see_arenas(self.pool.cursize());
        marks.see_allocated(self.pool.curalloc());
        Statistics {
            arena_bytes: self.pool.cursize(),
            failed_calls: marks.failed_calls,
            most_arena_bytes: marks.most_arena_bytes,
            most_seen_bytes: marks.most_seen_bytes,
            ..statistics
        }
    }

    fn count_arena(&mut self, start: usize, statistics: &mut Statistics) -> Result<(), Stop> {
        let Some((arena, mut trail)) = self.arena_part(start, usize::MAX)? else { return Ok(()) };
        let mut next = Some(arena);
        while let Some(part) = next {
            statistics.add(&part);
            next = self.next_part(&mut trail)?;
        }
        Ok(())
    }
}

/// The work of `poolstats`. Also true if not all of the pool was counted, which was said then.
pub fn statistics(pool: PoolPointer<'_>) -> (Statistics, bool) {
    let counted = inspect(pool, "poolstats", |call| {
        let statistics = call.heap().count_all();
        let is_damaged = call.findings.damage.is_some();
        call.tell();
        Ok(Some((statistics, is_damaged)))
    });
    counted.unwrap_or((Statistics::default(), true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(kind: PartKind, bytes: usize, asked_bytes: usize) -> Part {
        Part { kind, is_pinned: false, arena: 0, start: 0, bytes, data: 0, asked_bytes }
    }

    #[test]
    fn every_kind_is_counted_by_itself() {
        let mut statistics = Statistics::default();
        for bytes in [64, 128, 96] {
            statistics.add(&part(PartKind::Allocated, bytes, bytes - OVERHEAD - 5));
            statistics.add(&part(PartKind::Free, bytes * 2, 0));
            statistics.add(&part(PartKind::Buried, bytes * 3, 1));
            statistics.add(&part(PartKind::SetAside, bytes * 4, 0));
            statistics.add(&part(PartKind::InWork, bytes * 5, 0));
            statistics.add(&part(PartKind::Arena, 4096, 0));
        }
        let tally = |times: usize| Tally { blocks: 3, bytes: 288 * times };
        let expected = Statistics {
            arenas: 3,
            allocated: tally(1),
            asked_bytes: 288 - 3 * (OVERHEAD + 5),
            slack_bytes: 15,
            free: tally(2),
            largest_free_bytes: 256,
            buried: tally(3),
            set_aside: tally(4),
            ..Statistics::default()
        };
        assert_eq!(statistics, expected);
    }
}
