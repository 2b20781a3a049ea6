//! Which blocks are free: exact best fit, and of blocks of one size the one that became free last.
//!
//! ```text
//!   victim   one free block that stands in no list: mostly what is left of the last one that was cut
//!   heads    a list for each size below 32 KiB; two levels of bits say which have any
//!   trees    for larger sizes, two for each power of two: digital trees, one ring for each size
//! ```
//!
//! The lists run through the free blocks themselves. The index decides; `raw_memory` reads and writes.
#![forbid(unsafe_code)]

use core::mem::offset_of;

use super::arena_table::ArenaTable;
use super::layout::{HEADER, WORD};
use super::raw_memory::{set_word, word};

pub(super) const LEFT: usize = HEADER;
pub(super) const RIGHT: usize = HEADER + WORD;
pub(super) const NEXT: usize = HEADER + 2 * WORD;
pub(super) const PREVIOUS: usize = HEADER + 3 * WORD;

/// Sizes in words that have a list of their own.
pub(super) const LISTS: usize = 4096;
/// Two trees for each power of two from LISTS words on.
pub(super) const TREES: usize = 2 * (usize::BITS as usize - LARGE_LOG);
/// What is left of a block becomes the victim from here on: the recorded allocations of five programs take the fewest
/// instructions so (256 and 1024 take more).
const REST_FOR_VICTIM: usize = 512;

/// The power of two of the smallest size in a tree.
pub(super) const LARGE_LOG: usize = (LISTS * WORD).trailing_zeros() as usize;

/// What is known of the free blocks of a pool. All zero is an index without blocks.
#[repr(C)]
pub(super) struct Index {
    pub(super) victim: usize,
    pub(super) victim_bytes: usize,
    /// The short way takes requests of less data; 0 if the pool's sizes are unusual.
    pub(super) small_data: usize,
    /// The pool's sizes when they were looked at last.
    pub(super) quantum: usize,
    pub(super) minblock: usize,
    /// The least size of a block with these.
    pub(super) floor: usize,
    pub(super) summary: u64,
    pub(super) tree_bits: u128,
    /// What the program's `alloc` gave for the index, and how many bytes; 0 if it is memory of the system's.
    pub(super) lent: usize,
    pub(super) lent_bytes: usize,
    pub(super) arenas: ArenaTable,
    pub(super) bits: [u64; LISTS / 64],
    /// From here on most pools use only what is next: with small blocks alone, no other page than the first.
    pub(super) heads: [usize; LISTS],
    pub(super) trees: [usize; TREES],
}

const _: () = {
    /// Blocks of this size are found without another page of the index.
    const FIRST_PAGE_BLOCK: usize = 2816;
    assert!(offset_of!(Index, heads) + FIRST_PAGE_BLOCK / WORD * WORD < 4096, "the index of a small pool is one page");
};

/// A free list that is not what it was made.
pub(super) struct BrokenList {
    /// The block where that shows.
    pub(super) block: usize,
}

impl Index {
    /// Adds a free block.
    #[inline(always)]
    pub(super) fn add(&mut self, block: usize, bytes: usize) {
        if self.victim == 0 || bytes == self.victim_bytes || (bytes >= LISTS * WORD && bytes > self.victim_bytes) {
            return self.replace_victim(block, bytes);
        }
        self.list(block, bytes);
    }

    /// Adds what is left of a block that was cut: the next requests are likely to be cut from it, if it is no crumb.
    #[inline(always)]
    pub(super) fn add_rest(&mut self, block: usize, bytes: usize) {
        if bytes >= self.victim_bytes || bytes >= REST_FOR_VICTIM {
            self.replace_victim(block, bytes);
        } else {
            self.list(block, bytes);
        }
    }

    /// Adds a free block as the victim.
    #[inline(always)]
    pub(super) fn replace_victim(&mut self, block: usize, bytes: usize) {
        // The victim is the newest block of its size, so it comes into the lists before a newer one of that size.
        let (listed, listed_bytes) = (self.victim, self.victim_bytes);
        self.set_victim(block, bytes);
        if listed != 0 {
            self.list(listed, listed_bytes);
        }
    }

    /// Forgets all blocks, and where the arenas were.
    pub(super) fn clear(&mut self) -> ArenaTable {
        self.forget_blocks();
        (self.small_data, self.quantum, self.minblock, self.floor) = (0, 0, 0, 0);
        self.arenas.take()
    }

    /// Forgets all blocks.
    pub(super) fn forget_blocks(&mut self) {
        for group in 0..self.bits.len() {
            if self.bits[group] != 0 {
                self.heads[group * 64..(group + 1) * 64].fill(0);
                self.bits[group] = 0;
            }
        }
        if self.tree_bits != 0 {
            self.trees.fill(0);
        }
        (self.victim, self.victim_bytes, self.summary, self.tree_bits) = (0, 0, 0, 0);
    }

    /// True if what a free block says of the lists, the lists say of it.
    pub(super) fn agrees(&self, block: usize, bytes: usize) -> bool {
        if block == self.victim {
            return bytes == self.victim_bytes && !has_links(block);
        }
        if bytes >= LISTS * WORD {
            return self.agrees_large(block, bytes);
        }
        let (next, previous) = (word(block + NEXT), word(block + PREVIOUS));
        let is_linked = |other: usize, back: usize| self.arenas.has_word(other) && word(other + back) == block;
        let is_behind = if previous == 0 { self.heads[bytes / WORD] == block } else { is_linked(previous, NEXT) };
        is_behind && (next == 0 || is_linked(next, PREVIOUS)) && !has_children(block)
    }

    /// Takes a free block out.
    #[inline]
    pub(super) fn remove(&mut self, block: usize, bytes: usize) -> Result<(), BrokenList> {
        if block == self.victim {
            self.no_victim();
            return Ok(());
        }
        if bytes < LISTS * WORD { self.unlist_small(block, bytes) } else { self.unlist_large(block, bytes) }
    }

    /// The smallest free block of at least `bytes` bytes, the newest of several, and its size. It stays where it is.
    #[inline]
    pub(super) fn find(&self, bytes: usize) -> Result<Option<(usize, usize)>, BrokenList> {
        let small = self.find_small(bytes);
        if self.victim_bytes < bytes {
            return if small.is_some() { Ok(small) } else { self.find_large(bytes) };
        }
        let victim = (self.victim, self.victim_bytes);
        // Also of equal size: then the victim is newer.
        match small {
            Some((_, found)) if found < self.victim_bytes => Ok(small),
            Some(_) => Ok(Some(victim)),
            None => Ok(self.find_large_below(bytes, self.victim_bytes)?.or(Some(victim))),
        }
    }

    fn find_large_below(&self, bytes: usize, limit: usize) -> Result<Option<(usize, usize)>, BrokenList> {
        if limit < LISTS * WORD || self.tree_bits == 0 {
            return Ok(None);
        }
        Ok(self.find_large(bytes)?.filter(|(_, found)| *found < limit))
    }

    #[inline]
    pub(super) fn find_small(&self, bytes: usize) -> Option<(usize, usize)> {
        let wanted = bytes / WORD;
        if wanted >= LISTS {
            return None;
        }
        let here = self.bits[wanted / 64] & u64::MAX << (wanted % 64);
        let list = if here != 0 {
            wanted / 64 * 64 + lowest(here)
        } else {
            let above = self.summary & u64::MAX.checked_shl(shift(wanted / 64 + 1)).unwrap_or(0);
            if above == 0 {
                return None;
            }
            let group = lowest(above);
            group * 64 + lowest(self.bits[group])
        };
        Some((self.heads[list], list * WORD))
    }

    #[inline(always)]
    pub(super) fn list(&mut self, block: usize, bytes: usize) {
        if bytes >= LISTS * WORD {
            return self.list_large(block, bytes);
        }
        self.list_small(block, bytes);
    }

    /// Puts a free block into the list of its size.
    #[inline(always)]
    pub(super) fn list_small(&mut self, block: usize, bytes: usize) {
        let list = (bytes / WORD) % LISTS;
        let head = self.heads[list];
        // Without a branch that asks for an empty list, see `unlink_head`: then the block itself is written, and again.
        set_word(or_else(head, block).wrapping_add(PREVIOUS), block);
        set_word(block.wrapping_add(LEFT), 0);
        set_word(block.wrapping_add(RIGHT), 0);
        set_word(block.wrapping_add(NEXT), head);
        set_word(block.wrapping_add(PREVIOUS), 0);
        self.bits[list / 64] |= 1 << (list % 64);
        self.summary |= 1 << (list / 64);
        self.heads[list] = block;
    }

    #[inline]
    fn unlist_small(&mut self, block: usize, bytes: usize) -> Result<(), BrokenList> {
        let list = bytes / WORD;
        let next = word(block + NEXT);
        if next != 0 && !(self.arenas.has_word(next) && word(next + PREVIOUS) == block) {
            return Err(BrokenList { block });
        }
        if self.heads[list] == block {
            if word(block + PREVIOUS) != 0 {
                return Err(BrokenList { block });
            }
            self.heads[list] = next;
            if next != 0 {
                set_word(next + PREVIOUS, 0);
                return Ok(());
            }
            self.bits[list / 64] &= !(1 << (list % 64));
            if self.bits[list / 64] == 0 {
                self.summary &= !(1 << (list / 64));
            }
            return Ok(());
        }
        let previous = word(block + PREVIOUS);
        if !self.arenas.has_word(previous) || word(previous + NEXT) != block {
            return Err(BrokenList { block });
        }
        set_word(previous + NEXT, next);
        if next != 0 {
            set_word(next + PREVIOUS, previous);
        }
        Ok(())
    }

    /// Calls `see` with every free block and the size that the index has it under, until it says false.
    pub(super) fn visit(&self, see: &mut dyn FnMut(usize, usize) -> bool) -> bool {
        if self.victim != 0 && (!see(self.victim, self.victim_bytes) || has_links(self.victim)) {
            return is_broken_at(self.victim, see);
        }
        let groups = (0..self.bits.len()).filter(|group| self.bits[*group] != 0);
        let lists = groups.flat_map(|group| group * 64..(group + 1) * 64);
        lists.into_iter().all(|list| self.visit_list(list, see))
            && (0..TREES).filter(|tree| self.trees[*tree] != 0).all(|tree| self.visit_tree(tree, see))
    }

    fn visit_list(&self, list: usize, see: &mut dyn FnMut(usize, usize) -> bool) -> bool {
        let (mut block, mut before) = (self.heads[list], 0);
        while block != 0 {
            if !see(block, list * WORD) || word(block + PREVIOUS) != before || has_children(block) {
                return is_broken_at(block, see);
            }
            before = block;
            block = word(block + NEXT);
        }
        true
    }
}

/// Tells the visitor where a list is broken. Always false.
pub(super) fn is_broken_at(block: usize, see: &mut dyn FnMut(usize, usize) -> bool) -> bool {
    see(block, 0);
    false
}

#[inline]
pub(super) fn clear_links(block: usize) {
    set_word(block.wrapping_add(LEFT), 0);
    set_word(block.wrapping_add(RIGHT), 0);
    set_word(block.wrapping_add(NEXT), 0);
    set_word(block.wrapping_add(PREVIOUS), 0);
}

fn has_links(block: usize) -> bool {
    [LEFT, RIGHT, NEXT, PREVIOUS].iter().any(|link| word(block + link) != 0)
}

pub(super) fn has_children(block: usize) -> bool {
    word(block + LEFT) != 0 || word(block + RIGHT) != 0
}

pub(super) fn size_of_block(block: usize) -> usize {
    word(block + WORD)
}

pub(super) fn lowest(bits: u64) -> usize {
    bits.trailing_zeros() as usize
}

pub(super) fn shift(bits: usize) -> u32 {
    u32::try_from(bits).unwrap_or(u32::MAX)
}

/// An address, or another if it is 0: without a branch.
#[inline(always)]
pub(super) fn or_else(address: usize, other: usize) -> usize {
    address | other & usize::from(address == 0).wrapping_neg()
}

#[cfg(test)]
mod tests {
    use std::boxed::Box;
    use std::collections::BTreeMap;
    use std::vec::Vec;

    use super::*;
    use crate::pool::arena_table::Extent;

    /// Blocks of all sizes at some distance, in memory of the test's own: only their headers and links are used.
    struct Store {
        index: Box<Index>,
        memory: Vec<usize>,
        free: Vec<usize>,
        /// The naive model: for each size the blocks, the newest last.
        model: BTreeMap<usize, Vec<usize>>,
    }

    const BLOCK_WORDS: usize = 16;

    impl Store {
        fn new(blocks: usize) -> Store {
            let mut memory = std::vec![0; (blocks + 1) * BLOCK_WORDS];
            let start = memory.as_mut_ptr().expose_provenance();
            let free = (0..blocks).map(|block| start + block * BLOCK_WORDS * WORD).collect();
            // Too large for a stack in some builds, and all zero is an empty index.
            let mut index: Box<Index> = Box::new(Index {
                victim: 0,
                victim_bytes: 0,
                small_data: 0,
                quantum: 0,
                minblock: 0,
                floor: 0,
                summary: 0,
                tree_bits: 0,
                lent: 0,
                lent_bytes: 0,
                arenas: ArenaTable::empty(),
                bits: [0; LISTS / 64],
                heads: [0; LISTS],
                trees: [0; TREES],
            });
            assert!(index.arenas.reserve());
            index.arenas.add(Extent { start, end: start + memory.len() * WORD });
            Store { index, memory, free, model: BTreeMap::new() }
        }

        fn add(&mut self, bytes: usize) {
            let Some(block) = self.free.pop() else { return };
            set_word(block + WORD, bytes);
            self.index.add(block, bytes);
            self.model.entry(bytes).or_default().push(block);
        }

        fn find_and_remove(&mut self, bytes: usize) {
            let expected = self.model.range(bytes..).next().map(|(size, blocks)| (*blocks.last().unwrap(), *size));
            assert_eq!(
                self.index.find(bytes).ok().flatten(),
                expected,
                "the newest of the smallest size from {bytes} on"
            );
            if let Some((block, size)) = expected {
                self.remove(block, size);
            }
        }

        fn remove(&mut self, block: usize, size: usize) {
            assert!(self.index.remove(block, size).is_ok());
            let blocks = self.model.get_mut(&size).unwrap();
            blocks.retain(|other| *other != block);
            if blocks.is_empty() {
                self.model.remove(&size);
            }
            self.free.push(block);
        }

        fn remove_any(&mut self, number: usize) {
            let count = self.model.values().map(Vec::len).sum::<usize>().max(1);
            let blocks = self.model.iter().flat_map(|(size, blocks)| blocks.iter().map(|block| (*block, *size)));
            if let Some((block, size)) = blocks.collect::<Vec<_>>().get(number % count).copied() {
                self.remove(block, size);
            }
        }

        fn check(&self) {
            let mut seen = 0;
            assert!(self.index.visit(&mut |block, bytes| {
                seen += 1;
                self.model.get(&bytes).is_some_and(|blocks| blocks.contains(&block))
            }));
            assert_eq!(seen, self.model.values().map(Vec::len).sum::<usize>());
            assert!(!self.memory.is_empty());
        }
    }

    #[test]
    fn agrees_with_a_map_of_stacks() {
        for seed in 1..=40_u64 {
            let mut store = Store::new(200);
            let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let mut below = |limit: usize| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                usize::try_from(state >> 33).unwrap() % limit
            };
            for _ in 0..3000 {
                let size = match below(4) {
                    0 => 64 + below(40) * 8,
                    1 => below(6000) * 8 + 64,
                    2 => 32_768 + below(30) * 8 * 512,
                    _ => (8 + below(1 << 20)) * 8,
                };
                match below(5) {
                    0 | 1 => store.add(size),
                    2 | 3 => store.find_and_remove(size),
                    _ => store.remove_any(below(1000)),
                }
            }
            store.check();
        }
    }
}
