//! What the short way does with the index: the usual cases, each in the fewest steps.
//!
//! Sizes are below those of trees. Links are checked before they are followed; where one is broken, nothing has been
//! changed yet, and the long way says so.
#![forbid(unsafe_code)]

use super::calls::bytes;
use super::index::{Index, LISTS, NEXT, PREVIOUS, clear_links, lowest};
use super::layout::{FREE_MAGIC, MINIMUM, OVERHEAD, WORD};
use super::raw_memory::{PoolPointer, set_word, word};

/// Quanta and least sizes below are usual.
const MOST_USUAL: usize = 8192;

impl Index {
    /// As `find`, for sizes below those of trees; 0 where trees come in.
    #[inline(always)]
    pub(super) fn choose(&self, needed: usize) -> (usize, usize) {
        let wanted = (needed / WORD) % LISTS;
        let here = self.bits[wanted / 64] >> (wanted % 64);
        let list = if here != 0 {
            wanted + lowest(here)
        } else {
            let above = (self.summary >> (wanted / 64)) & !1;
            if above == 0 {
                if self.victim_bytes >= needed && (self.tree_bits == 0 || self.victim_bytes < LISTS * WORD) {
                    return (self.victim, self.victim_bytes);
                }
                return (0, 0);
            }
            let group = (wanted / 64 + lowest(above)) % 64;
            group * 64 + lowest(self.bits[group])
        };
        let bytes = list * WORD;
        if self.victim_bytes >= needed && self.victim_bytes <= bytes {
            return (self.victim, self.victim_bytes);
        }
        (self.heads[list % LISTS], bytes)
    }

    /// The size of a block for so many bytes, if that is below those of trees, and the pool's sizes are usual.
    #[inline(always)]
    pub(super) fn small_block_bytes(&self, pool: PoolPointer, data: usize) -> Option<usize> {
        if data >= self.small_data { None } else { self.rounded(pool, data) }
    }

    /// The size of a block for so many bytes, if the pool's sizes are usual.
    #[inline(always)]
    pub(super) fn block_bytes(&self, pool: PoolPointer, data: usize) -> Option<usize> {
        if self.small_data == 0 || data > usize::MAX / 2 { None } else { self.rounded(pool, data) }
    }

    /// What was sensible the last time still is.
    #[inline(always)]
    fn rounded(&self, pool: PoolPointer, data: usize) -> Option<usize> {
        let quantum = self.quantum;
        let is_unchanged = bytes(pool.quantum_long()) == quantum && bytes(pool.minblock_long()) == self.minblock;
        let least = data.wrapping_add(OVERHEAD).max(self.floor);
        is_unchanged.then(|| least.wrapping_add(quantum).wrapping_sub(1) & quantum.wrapping_neg())
    }

    /// Remembers the sizes of the pool if they are usual.
    pub(super) fn remember_sizes(&mut self, quantum: usize, minblock: usize) {
        let is_usual = quantum.is_power_of_two() && (WORD..MOST_USUAL).contains(&quantum) && minblock < MOST_USUAL;
        self.small_data = if is_usual { LISTS * WORD - OVERHEAD - quantum } else { 0 };
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

    /// True if no list has a block that is large enough, no tree a better one than the victim, and that is large enough.
    /// False says nothing.
    #[inline(always)]
    pub(super) fn must_use_victim(&self, needed: usize) -> bool {
        let lists_above = self.summary >> (needed / WORD / 64 % 64);
        lists_above == 0 && self.victim_bytes >= needed && (self.victim_bytes < LISTS * WORD || self.tree_bits == 0)
    }

    /// True if a free block of this size comes into a list, and the victim stays.
    #[inline(always)]
    pub(super) fn is_for_list(&self, bytes: usize) -> bool {
        bytes < LISTS * WORD && bytes < self.victim_bytes
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

    /// Takes out the first block of a list.
    #[inline(always)]
    pub(super) fn take_head(&mut self, block: usize, bytes: usize) -> bool {
        let next = word(block.wrapping_add(NEXT));
        (next == 0 || self.arenas.holds(next)) && self.unlink_head(block, next, bytes)
    }

    /// The same, if the next one lies in the arena that was looked at last.
    #[inline(always)]
    pub(super) fn take_head_nearby(&mut self, block: usize, bytes: usize) -> bool {
        let next = word(block.wrapping_add(NEXT));
        (next == 0 || self.arenas.holds_recently(next)) && self.unlink_head(block, next, bytes)
    }

    #[inline(always)]
    fn unlink_head(&mut self, block: usize, next: usize, bytes: usize) -> bool {
        let list = (bytes / WORD) % LISTS;
        if next == 0 {
            self.clear_bit(list);
        } else if word(next.wrapping_add(PREVIOUS)) == block {
            set_word(next.wrapping_add(PREVIOUS), 0);
        } else {
            return false;
        }
        self.heads[list] = next;
        true
    }

    /// A list has become empty.
    #[inline(always)]
    pub(super) fn clear_bit(&mut self, list: usize) {
        self.bits[list / 64] &= !(1 << (list % 64));
        if self.bits[list / 64] == 0 {
            self.summary &= !(1 << (list / 64));
        }
    }

    /// The newest block in the list of a size; 0 if there is none.
    #[inline(always)]
    pub(super) fn head(&self, bytes: usize) -> usize {
        self.heads[(bytes / WORD) % LISTS]
    }

    /// True if the first block of a list is what it should be, and the newest of its size: the victim would be newer.
    #[inline(always)]
    pub(super) fn is_exact(&self, head: usize, bytes: usize) -> bool {
        self.victim_bytes != bytes && word(head) == FREE_MAGIC && word(head.wrapping_add(WORD)) == bytes
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
            return self.unlink_head(block, next, bytes).then_some(false);
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
