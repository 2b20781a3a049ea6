//! What the statistics page says of a pool: its record, from the first use of the pool until that is reset or destroyed.
//!
//! Blocks are counted as the program gets and gives them: what is resized stays one block, and what a call takes for a
//! while is none. The fast paths say what changes with each block; the rest is said at the end of a slow call.
#![forbid(unsafe_code)]

use super::pool_pointer;
use crate::published::{Field, Record, record_field};
use crate::statistics_page::{Kind, PoolRecord};

const FREES: Field<u64> = record_field!(PoolRecord, frees);
const ALLOCS: Field<u64> = record_field!(PoolRecord, allocs);
const FAILS: Field<u64> = record_field!(PoolRecord, fails);
const ARENA_BYTES: Field<u64> = record_field!(PoolRecord, arena_bytes);
const ALLOCATED_BYTES: Field<u64> = record_field!(PoolRecord, allocated_bytes);
const BLOCK_BYTES: Field<u64> = record_field!(PoolRecord, block_bytes);
const PEAK_BYTES: Field<u64> = record_field!(PoolRecord, peak_bytes);
const LIMIT_BYTES: Field<u64> = record_field!(PoolRecord, limit_bytes);
const LARGEST_FREE_BYTES: Field<u64> = record_field!(PoolRecord, largest_free_bytes);
const ARENAS: Field<u64> = record_field!(PoolRecord, arenas);
const MOVES: Field<u64> = record_field!(PoolRecord, moves);
const SET_ASIDE: Field<u64> = record_field!(PoolRecord, set_aside);

/// A record that is a pool's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told(Record);

impl Told {
    /// None: nobody is told of this pool.
    pub(super) fn begin(pool: pool_pointer::Record<'_>) -> Option<Told> {
        let mut name = [0; 31];
        let length = pool.copy_name(&mut name);
        let record = Record::begin(Kind::Pool, |record| {
            record.set_name(&name[..length]);
            record.set(LIMIT_BYTES, wide(pool.maxsize()));
        });
        record.map(Told)
    }

    pub(super) fn end(self) {
        self.0.end();
    }

    /// The program has got a block.
    #[inline(always)]
    pub(super) fn count_allocated(self) {
        self.0.add(ALLOCS, 1);
    }

    /// The program has given a block back.
    #[inline(always)]
    pub(super) fn count_freed(self) {
        self.0.add_leaving(FREES, 1);
    }

    #[inline(always)]
    pub(super) fn say_more_is_allocated(self, allocated: usize) {
        self.0.raise(PEAK_BYTES, wide(allocated));
        self.say_less_is_allocated(allocated);
    }

    pub(super) fn count_moved(self) {
        self.0.add(MOVES, 1);
    }

    pub(super) fn count_set_aside(self, blocks: usize) {
        self.0.add(SET_ASIDE, wide(blocks));
    }

    pub(super) fn say_fails(self, calls: u64) {
        self.0.set(FAILS, calls);
    }

    pub(super) fn say_limit(self, bytes: usize) {
        self.0.set(LIMIT_BYTES, wide(bytes));
    }

    pub(super) fn say_all_blocks(self, bytes: usize) {
        self.0.set(BLOCK_BYTES, wide(bytes));
    }

    pub(super) fn say_largest_free(self, bytes: usize) {
        self.0.set(LARGEST_FREE_BYTES, wide(bytes));
    }

    /// False: that was known.
    pub(super) fn say_arenas(self, count: usize, bytes: usize) -> bool {
        let (count, bytes) = (wide(count), wide(bytes));
        let is_new = self.0.get(ARENAS) != count || self.0.get(ARENA_BYTES) != bytes;
        self.0.set(ARENAS, count);
        self.0.set(ARENA_BYTES, bytes);
        is_new
    }

    #[inline(always)]
    pub(super) fn say_less_is_allocated(self, allocated: usize) {
        self.0.set(ALLOCATED_BYTES, wide(allocated));
    }
}

#[inline(always)]
fn wide(number: usize) -> u64 {
    // As wide or narrower on every machine.
    u64::try_from(number).unwrap_or(u64::MAX)
}
