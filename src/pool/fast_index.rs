//! What the fast path does with the index: the usual cases, each in the fewest steps.
//!
//! Sizes are below those of trees. Links are checked before they are followed; where one is broken, nothing has been
//! changed yet, and the slow path says so.
#![forbid(unsafe_code)]

use super::block::Block;
use super::index::Index;
use super::layout::{FREE_MAGIC, LISTS, MINIMUM, OVERHEAD, WORD};
use super::numbers::bytes;
use super::pool_pointer::Record;
use super::spot::{NEXT, PREVIOUS, Spot};
use crate::os;

/// Quanta and least sizes below are usual.
const MOST_USUAL: usize = 8192;

/// Where the best block is.
pub(super) enum Best<'heap> {
    /// It is the victim.
    Victim,
    /// It is the first in a list, and has so many bytes.
    Listed(Spot<'heap>, usize),
    /// No block in a list is large enough, and the victim is not the best.
    Large,
}

impl<'heap> Index<'heap> {
    /// Where the best block of a size below those of trees is.
    #[inline(always)]
    pub(super) fn best(&self, needed: usize) -> Best<'heap> {
        let wanted = (needed / WORD) % LISTS;
        if self.summary >> (wanted / 64) == 0 {
            return self.victim_or_large(needed);
        }
        let Some((head, bytes)) = self.first_listed(wanted) else { return self.victim_or_large(needed) };
        // Also of equal size: then the victim is newer.
        if needed <= self.victim.bytes() && self.victim.bytes() <= bytes {
            return Best::Victim;
        }
        Best::Listed(head, bytes)
    }

    #[inline(always)]
    fn victim_or_large(&self, needed: usize) -> Best<'heap> {
        let is_best = needed <= self.victim.bytes() && self.victim.bytes() <= self.least_large();
        if is_best { Best::Victim } else { Best::Large }
    }

    /// The size of a block for so many bytes, if that is below those of trees, and the pool's sizes are usual.
    #[inline(always)]
    pub(super) fn small_block_bytes(&self, pool: Record<'_>, data: usize) -> Option<usize> {
        if data >= self.small_data { None } else { self.rounded(pool, data) }
    }

    /// The size of a block for so many bytes, if the pool's sizes are usual.
    #[inline(always)]
    pub(super) fn block_bytes(&self, pool: Record<'_>, data: usize) -> Option<usize> {
        if self.small_data == 0 || data > usize::MAX / 2 { None } else { self.rounded(pool, data) }
    }

    /// What was sensible the last time still is.
    #[inline(always)]
    fn rounded(&self, pool: Record<'_>, data: usize) -> Option<usize> {
        let least = data.wrapping_add(OVERHEAD).max(self.floor);
        self.has_sizes_of(pool).then(|| least.wrapping_add(self.below_quantum) & self.whole_quanta)
    }

    /// The quantum, if the pool's sizes are usual.
    #[inline(always)]
    pub(super) fn usual_quantum(&self, pool: Record<'_>) -> Option<usize> {
        (self.small_data != 0 && self.has_sizes_of(pool)).then_some(self.quantum)
    }

    #[inline(always)]
    fn has_sizes_of(&self, pool: Record<'_>) -> bool {
        bytes(pool.quantum_long()) == self.quantum && bytes(pool.minblock_long()) == self.minblock
    }

    /// Remembers the sizes of the pool if they are usual.
    pub(super) fn remember_sizes(&mut self, quantum: usize, minblock: usize) {
        let is_usual = quantum.is_power_of_two() && (WORD..MOST_USUAL).contains(&quantum) && minblock < MOST_USUAL;
        // Where a checker of memory watches, no path is fast: it is told of each block.
        let may_be_fast = is_usual && os::memory_checker().is_none();
        self.small_data = if may_be_fast { LISTS * WORD - OVERHEAD - quantum } else { 0 };
        self.quantum = quantum;
        self.minblock = minblock;
        self.below_quantum = quantum.wrapping_sub(1);
        self.whole_quanta = quantum.wrapping_neg();
        self.floor = minblock.max(MINIMUM);
    }

    /// The least size of a block.
    #[inline(always)]
    pub(super) fn floor(&self) -> usize {
        self.floor
    }

    /// The block that stands in no list.
    #[inline(always)]
    pub(super) fn victim(&self) -> Option<Block<'heap>> {
        self.victim.get()
    }

    #[inline(always)]
    pub(super) fn is_victim(&self, address: usize) -> bool {
        address == self.victim.address()
    }

    /// True if a free block of this size comes into a list, and the victim stays.
    #[inline(always)]
    pub(super) fn is_for_list(&self, bytes: usize) -> bool {
        bytes < LISTS * WORD && !self.victim.is_none() && bytes != self.victim.bytes()
    }

    /// Where all blocks have one size, the tail of one is known before its header has come, and both are fetched together.
    #[inline(always)]
    pub(super) fn fetch_likely_tail(&self, data: usize) {
        os::fetch_early(data.wrapping_add(self.likely_bytes).wrapping_sub(OVERHEAD));
    }

    /// Takes out the first block of a list, if it and the next one lie in the arena that was looked at last.
    #[inline(always)]
    pub(super) fn take_head_nearby(&mut self, block: Spot<'heap>, bytes: usize) -> bool {
        let next = block.get(NEXT);
        match self.arenas.recent_listed(or_else(next, block.address())) {
            Some(linked) => self.unlink_head(block, next == 0, linked, bytes),
            None => false,
        }
    }

    /// The same, wherever they lie.
    #[inline(always)]
    pub(super) fn take_head(&mut self, block: Spot<'heap>, bytes: usize) -> bool {
        let next = block.get(NEXT);
        match self.arenas.listed(or_else(next, block.address()), bytes) {
            Some(linked) => self.unlink_head(block, next == 0, linked, bytes),
            None => false,
        }
    }

    /// Without a branch that asks for the end of the list: many lists have one block only, and no processor can foretell
    /// which. Where there is no next block, the block itself stands for it.
    #[inline(always)]
    fn unlink_head(&mut self, block: Spot<'heap>, is_last: bool, linked: Spot<'heap>, bytes: usize) -> bool {
        let back = if is_last { 0 } else { block.address() };
        // The first block of a list follows none: one that follows itself would stay the first.
        if block.get(PREVIOUS) != 0 || linked.get(PREVIOUS) != back {
            return false;
        }
        linked.set(PREVIOUS, 0);
        let list = (bytes / WORD) % LISTS;
        let left = self.bits[list / 64] & !(u64::from(is_last) << (list % 64));
        self.bits[list / 64] = left;
        if left == 0 {
            self.summary &= !(1 << (list / 64));
        }
        self.heads[list] = if is_last { None } else { Some(linked) };
        true
    }

    /// The newest block in the list of a size.
    #[inline(always)]
    fn head(&self, bytes: usize) -> Option<Spot<'heap>> {
        self.heads[(bytes / WORD) % LISTS]
    }

    /// Takes out a block that says it is free, if it is one of this size. None: it is not, and nothing has changed.
    /// True: it was the victim, in whose place another must come.
    #[inline(always)]
    pub(super) fn take_right(&mut self, block: Spot<'heap>, bytes: usize) -> Option<bool> {
        let is_as_said = bytes % WORD == 0 && block.magic() == FREE_MAGIC && block.bytes() == bytes;
        if is_as_said || self.is_victim(block.address()) { self.take_free(block, bytes) } else { None }
    }

    /// The same of a block whose header was looked at.
    #[inline(always)]
    pub(super) fn take_free(&mut self, block: Spot<'heap>, bytes: usize) -> Option<bool> {
        if self.is_victim(block.address()) {
            return (bytes == self.victim.bytes()).then_some(true);
        }
        if Some(block) == self.grown().map(Block::spot) {
            return self.take_grown(bytes);
        }
        if bytes >= LISTS * WORD {
            return self.take_large(block, bytes);
        }
        let next = block.get(NEXT);
        let linked = self.arenas.listed(or_else(next, block.address()), bytes)?;
        if self.head(bytes) == Some(block) {
            return self.unlink_head(block, next == 0, linked, bytes).then_some(false);
        }
        let previous = self.arenas.spot(block.get(PREVIOUS))?;
        if previous.get(NEXT) != block.address() || previous.bytes() != bytes {
            return None;
        }
        if next != 0 {
            if linked.get(PREVIOUS) != block.address() {
                return None;
            }
            linked.set(PREVIOUS, previous.address());
        }
        previous.set(NEXT, next);
        Some(false)
    }
}

impl Index<'_> {
    /// The same of the large block that was joined last.
    #[inline(always)]
    fn take_grown(&mut self, bytes: usize) -> Option<bool> {
        if self.grown().is_none_or(|grown| grown.bytes() != bytes) {
            return None;
        }
        self.no_grown();
        Some(false)
    }
}

/// An address, or another if it is 0: without a branch.
#[inline(always)]
fn or_else(address: usize, other: usize) -> usize {
    address | other & usize::from(address == 0).wrapping_neg()
}
