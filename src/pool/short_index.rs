//! What the short way does with the index: the usual cases, each in the fewest steps.
//!
//! Sizes are below those of trees. Links are checked before they are followed; where one is broken, nothing has been
//! changed yet, and the long way says so.
#![forbid(unsafe_code)]

use super::index::{Index, LISTS, NEXT, PREVIOUS, clear_links, lowest, or_else};
use super::layout::{FREE_MAGIC, MINIMUM, OVERHEAD, WORD};
use super::numbers::bytes;
use super::pool_pointer::Record;
use super::raw_memory::{set_word, word};
use crate::os;

/// Quanta and least sizes below are usual.
const MOST_USUAL: usize = 8192;

impl Index {
    /// The best block in a list near the size, and its size; 0 if there is none, or the victim is better.
    #[inline(always)]
    pub(super) fn choose_near(&self, needed: usize) -> (usize, usize) {
        let wanted = (needed / WORD) % LISTS;
        let here = self.bits[wanted / 64] >> (wanted % 64);
        let list = (wanted + lowest(here)) % LISTS;
        let is_victim_better = self.victim_bytes >= needed && self.victim_bytes <= list * WORD;
        if here == 0 || is_victim_better { (0, 0) } else { (self.heads[list], list * WORD) }
    }

    /// As `find`, for sizes below those of trees; 0 where trees come in.
    #[inline(always)]
    pub(super) fn choose(&self, needed: usize) -> (usize, usize) {
        let (block, bytes) = self.choose_near(needed);
        if block != 0 {
            return (block, bytes);
        }
        match self.find_small(needed) {
            Some((block, bytes)) if self.victim_bytes < needed || self.victim_bytes > bytes => (block, bytes),
            None if self.victim_bytes >= LISTS * WORD && self.tree_bits != 0 => (0, 0),
            _ if self.victim_bytes >= needed => (self.victim, self.victim_bytes),
            _ => (0, 0),
        }
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
        let quantum = self.quantum;
        let is_unchanged = bytes(pool.quantum_long()) == quantum && bytes(pool.minblock_long()) == self.minblock;
        let least = data.wrapping_add(OVERHEAD).max(self.floor);
        is_unchanged.then(|| least.wrapping_add(quantum).wrapping_sub(1) & quantum.wrapping_neg())
    }

    /// Remembers the sizes of the pool if they are usual.
    pub(super) fn remember_sizes(&mut self, quantum: usize, minblock: usize) {
        let is_usual = quantum.is_power_of_two() && (WORD..MOST_USUAL).contains(&quantum) && minblock < MOST_USUAL;
        // Where a checker of memory watches, no way is short: it is told of each block.
        let may_be_short = is_usual && os::memory_checker().is_none();
        self.small_data = if may_be_short { LISTS * WORD - OVERHEAD - quantum } else { 0 };
        self.quantum = quantum;
        self.minblock = minblock;
        self.floor = minblock.max(MINIMUM);
    }

    /// The least size of a block.
    #[inline(always)]
    pub(super) fn floor(&self) -> usize {
        self.floor
    }

    /// The victim and its size.
    #[inline(always)]
    pub(super) fn victim(&self) -> (usize, usize) {
        (self.victim, self.victim_bytes)
    }

    #[inline(always)]
    pub(super) fn is_victim(&self, block: usize) -> bool {
        block == self.victim
    }

    /// True if some list may have a block that is large enough; false if none has.
    #[inline(always)]
    pub(super) fn has_lists_for(&self, needed: usize) -> bool {
        self.summary >> (needed / WORD / 64 % 64) != 0
    }

    /// True if the victim is the best block, where no list has one. False says nothing.
    #[inline(always)]
    pub(super) fn is_victim_best(&self, needed: usize) -> bool {
        self.victim_bytes >= needed && (self.victim_bytes < LISTS * WORD || self.tree_bits == 0)
    }

    /// True if a free block of this size comes into a list, and the victim stays.
    #[inline(always)]
    pub(super) fn is_for_list(&self, bytes: usize) -> bool {
        bytes < LISTS * WORD && self.victim != 0 && bytes != self.victim_bytes
    }

    /// Nothing stands outside the lists.
    #[inline(always)]
    pub(super) fn no_victim(&mut self) {
        self.victim = 0;
        self.victim_bytes = 0;
    }

    /// Makes what a victim has become the victim.
    #[inline(always)]
    pub(super) fn set_victim(&mut self, block: usize, bytes: usize) {
        self.victim = block;
        self.victim_bytes = bytes;
        clear_links(block);
    }

    /// Takes out the first block of a list, if it and the next one lie in the arena that was looked at last.
    #[inline(always)]
    pub(super) fn take_head_nearby(&mut self, block: usize, bytes: usize) -> bool {
        let next = word(block.wrapping_add(NEXT));
        let linked = or_else(next, block);
        self.arenas.holds_recently(linked) && self.unlink_head(block, next, linked, bytes)
    }

    /// The same, wherever they lie.
    #[inline(always)]
    pub(super) fn take_head(&mut self, block: usize, bytes: usize) -> bool {
        let next = word(block.wrapping_add(NEXT));
        let linked = or_else(next, block);
        self.arenas.holds(linked) && self.unlink_head(block, next, linked, bytes)
    }

    /// Without a branch that asks for the end of the list: many lists have one block only, and no processor can foretell
    /// which. Where there is no next block, the block itself stands for it.
    #[inline(always)]
    fn unlink_head(&mut self, block: usize, next: usize, linked: usize, bytes: usize) -> bool {
        let is_last = next == 0;
        let back = if is_last { 0 } else { block };
        // The first block of a list follows none: one that follows itself would stay the first.
        if word(block.wrapping_add(PREVIOUS)) != 0 || word(linked.wrapping_add(PREVIOUS)) != back {
            return false;
        }
        set_word(linked.wrapping_add(PREVIOUS), 0);
        let list = (bytes / WORD) % LISTS;
        let left = self.bits[list / 64] & !(u64::from(is_last) << (list % 64));
        self.bits[list / 64] = left;
        if left == 0 {
            self.summary &= !(1 << (list / 64));
        }
        self.heads[list] = next;
        true
    }

    /// The newest block in the list of a size; 0 if there is none.
    #[inline(always)]
    pub(super) fn head(&self, bytes: usize) -> usize {
        self.heads[(bytes / WORD) % LISTS]
    }

    /// Takes out a block that says it is free, if it is one of this size. None: it is not, and nothing has changed.
    /// True: it was the victim, in whose place another must come.
    #[inline(always)]
    pub(super) fn take_right(&mut self, block: usize, bytes: usize) -> Option<bool> {
        if block == self.victim {
            return (bytes == self.victim_bytes).then_some(true);
        }
        if bytes >= LISTS * WORD
            || bytes % WORD != 0
            || word(block) != FREE_MAGIC
            || word(block.wrapping_add(WORD)) != bytes
        {
            return None;
        }
        let next = word(block.wrapping_add(NEXT));
        if next != 0 && !self.arenas.holds(next) {
            return None;
        }
        if self.head(bytes) == block {
            return self.unlink_head(block, next, or_else(next, block), bytes).then_some(false);
        }
        let previous = word(block.wrapping_add(PREVIOUS));
        if !self.arenas.holds(previous)
            || word(previous.wrapping_add(NEXT)) != block
            || word(previous.wrapping_add(WORD)) != bytes
        {
            return None;
        }
        if next != 0 {
            if word(next.wrapping_add(PREVIOUS)) != block {
                return None;
            }
            set_word(next.wrapping_add(PREVIOUS), previous);
        }
        set_word(previous.wrapping_add(NEXT), next);
        Some(false)
    }
}
