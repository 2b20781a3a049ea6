//! What the short way does with the index: the usual cases, each in the fewest steps.
//!
//! Sizes are below those of trees. Links are checked before they are followed; where one is broken, nothing has been
//! changed yet, and the long way says so.
#![forbid(unsafe_code)]

use super::index::{Index, LISTS, NEXT, PREVIOUS, clear_links, lowest};
use super::layout::{FREE_MAGIC, MINIMUM, WORD};
use super::raw_memory::{set_word, word};

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

    /// True if the pool's sizes are usual, and those that were looked at last.
    #[inline(always)]
    pub(super) fn has_sizes(&self, quantum: usize, minblock: usize) -> bool {
        quantum == self.quantum && minblock == self.minblock && self.quantum != 0
    }

    /// Remembers the sizes of the pool if they are usual.
    pub(super) fn remember_sizes(&mut self, quantum: usize, minblock: usize) {
        let usual = quantum.is_power_of_two() && (WORD..8192).contains(&quantum) && minblock < 8192;
        self.quantum = if usual { quantum } else { 0 };
        self.minblock = minblock;
        self.floor = minblock.max(MINIMUM);
    }

    #[inline(always)]
    pub(super) fn victim_bytes(&self) -> usize {
        self.victim_bytes
    }

    #[inline(always)]
    pub(super) fn is_victim(&self, block: usize) -> bool {
        block == self.victim
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
        let list = (bytes / WORD) % LISTS;
        let next = word(block.wrapping_add(NEXT));
        if next == 0 {
            self.clear_bit(list);
        } else if self.arenas.holds(next) && word(next.wrapping_add(PREVIOUS)) == block {
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

    /// The newest block of exactly this size, if none else is wanted; 0 if there is none in a list.
    #[inline(always)]
    pub(super) fn exact(&self, needed: usize) -> usize {
        let head = self.heads[(needed / WORD) % LISTS];
        if self.victim_bytes == needed { 0 } else { head }
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
        let list = (bytes / WORD) % LISTS;
        let next = word(block.wrapping_add(NEXT));
        if next != 0 && !self.arenas.holds(next) {
            return None;
        }
        if self.heads[list] == block {
            if next == 0 {
                self.clear_bit(list);
            } else if word(next.wrapping_add(PREVIOUS)) == block {
                set_word(next.wrapping_add(PREVIOUS), 0);
            } else {
                return None;
            }
            self.heads[list] = next;
            return Some(false);
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
