//! Which blocks are free: exact best fit, and of blocks of one size the one that became free last.
//!
//! ```text
//!   victim   one free block that stands in no list: the largest lately; most requests are cut from it
//!   heads    a list for each size below 32 KiB; two levels of bits say which have any
//!   trees    for larger sizes, two for each power of two: digital trees, one ring for each size
//! ```
//!
//! The lists run through the free blocks themselves. The index decides; `raw_memory` reads and writes.
#![forbid(unsafe_code)]

use super::arena_table::ArenaTable;
use super::layout::{HEADER, WORD};
use super::raw_memory::{set_word, word};

const LEFT: usize = HEADER;
const RIGHT: usize = HEADER + WORD;
const NEXT: usize = HEADER + 2 * WORD;
const PREVIOUS: usize = HEADER + 3 * WORD;
/// Only in blocks that stand in a tree, which are large.
const PARENT: usize = HEADER + 4 * WORD;

/// Sizes in words that have a list of their own.
const LISTS: usize = 4096;
/// Two trees for each power of two from LISTS words on.
const TREES: usize = 2 * (usize::BITS as usize - LARGE_LOG);
/// The power of two of the smallest size in a tree.
const LARGE_LOG: usize = (LISTS * WORD).trailing_zeros() as usize;
/// The parent of a tree's root.
const NO_PARENT: usize = 1;

/// What is known of the free blocks of a pool. All zero is an index without blocks.
#[repr(C)]
pub(super) struct Index {
    victim: usize,
    victim_bytes: usize,
    summary: u64,
    tree_bits: u128,
    bits: [u64; LISTS / 64],
    trees: [usize; TREES],
    heads: [usize; LISTS],
    pub(super) arenas: ArenaTable,
}

/// A free list that is not what it was made.
pub(super) struct BrokenList {
    /// The block where that shows.
    pub(super) block: usize,
}

impl Index {
    /// Adds a free block.
    #[inline]
    pub(super) fn add(&mut self, block: usize, bytes: usize) {
        if bytes < self.victim_bytes {
            return self.list(block, bytes);
        }
        // The victim is the newest block of its size, so it comes into the lists before a newer one of that size.
        let (former, former_bytes) = (self.victim, self.victim_bytes);
        self.victim = block;
        self.victim_bytes = bytes;
        clear_links(block);
        if former != 0 {
            self.list(former, former_bytes);
        }
    }

    /// Forgets all blocks, and where the arenas were.
    pub(super) fn clear(&mut self) -> ArenaTable {
        for group in 0..self.bits.len() {
            if self.bits[group] != 0 {
                self.heads[group * 64..(group + 1) * 64].fill(0);
                self.bits[group] = 0;
            }
        }
        self.trees.fill(0);
        (self.victim, self.victim_bytes, self.summary, self.tree_bits) = (0, 0, 0, 0);
        self.arenas.take()
    }

    /// Takes a free block out.
    #[inline]
    pub(super) fn remove(&mut self, block: usize, bytes: usize) -> Result<(), BrokenList> {
        if block == self.victim {
            self.victim = 0;
            self.victim_bytes = 0;
            return Ok(());
        }
        if bytes < LISTS * WORD { self.unlist_small(block, bytes) } else { self.unlist_large(block, bytes) }
    }

    /// The smallest free block of at least `bytes` bytes, the newest of several, and its size. It stays where it is.
    #[inline]
    pub(super) fn find(&self, bytes: usize) -> Option<(usize, usize)> {
        let small = self.find_small(bytes);
        if self.victim_bytes >= bytes {
            // Also of equal size: then the victim is newer.
            match small {
                Some((_, found)) if found < self.victim_bytes => small,
                Some(_) => Some((self.victim, self.victim_bytes)),
                None => self.find_large_below(bytes, self.victim_bytes).or(Some((self.victim, self.victim_bytes))),
            }
        } else {
            small.or_else(|| self.find_large(bytes))
        }
    }

    fn find_large_below(&self, bytes: usize, limit: usize) -> Option<(usize, usize)> {
        if limit < LISTS * WORD || self.tree_bits == 0 {
            return None;
        }
        self.find_large(bytes).filter(|(_, found)| *found < limit)
    }

    #[inline]
    fn find_small(&self, bytes: usize) -> Option<(usize, usize)> {
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

    #[inline]
    fn list(&mut self, block: usize, bytes: usize) {
        if bytes >= LISTS * WORD {
            return self.list_large(block, bytes);
        }
        let list = bytes / WORD;
        let head = self.heads[list];
        clear_links(block);
        set_word(block + NEXT, head);
        if head == 0 {
            self.bits[list / 64] |= 1 << (list % 64);
            self.summary |= 1 << (list / 64);
        } else {
            set_word(head + PREVIOUS, block);
        }
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
            self.heads[list] = next;
            if next == 0 {
                self.bits[list / 64] &= !(1 << (list % 64));
                self.summary &= !(u64::from(self.bits[list / 64] == 0) << (list / 64));
            } else {
                set_word(next + PREVIOUS, 0);
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

    fn list_large(&mut self, block: usize, bytes: usize) {
        clear_links(block);
        set_word(block + NEXT, block);
        set_word(block + PREVIOUS, block);
        set_word(block + PARENT, NO_PARENT);
        let tree = tree_of(bytes);
        let mut node = self.trees[tree];
        if node == 0 {
            self.trees[tree] = block;
            self.tree_bits |= 1 << tree;
            return;
        }
        let mut digits = digits_of(bytes, tree);
        loop {
            if size_of_block(node) == bytes {
                return join_ring(node, block);
            }
            let child = node + child_offset(digits);
            digits <<= 1;
            match self.known(word(child)) {
                0 => {
                    set_word(child, block);
                    return set_word(block + PARENT, node);
                }
                below => node = below,
            }
        }
    }

    fn unlist_large(&mut self, block: usize, bytes: usize) -> Result<(), BrokenList> {
        let (next, previous, parent) = (word(block + NEXT), word(block + PREVIOUS), word(block + PARENT));
        let is_linked = |other: usize, back: usize| self.arenas.has_word(other) && word(other + back) == block;
        if !is_linked(previous, NEXT) || !is_linked(next, PREVIOUS) {
            return Err(BrokenList { block });
        }
        set_word(previous + NEXT, next);
        set_word(next + PREVIOUS, previous);
        if parent == 0 {
            return Ok(());
        }
        if !self.is_in_tree(block, parent, tree_of(bytes)) {
            return Err(BrokenList { block });
        }
        // The oldest of its size stands in the tree: then the second oldest, which is before it in the ring.
        let heir = if previous == block { self.take_leaf_below(block) } else { previous };
        let tree = tree_of(bytes);
        if parent == NO_PARENT {
            self.trees[tree] = heir;
            if heir == 0 {
                self.tree_bits &= !(1 << tree);
            }
        } else if word(parent + LEFT) == block {
            set_word(parent + LEFT, heir);
        } else {
            set_word(parent + RIGHT, heir);
        }
        if heir != 0 {
            set_word(heir + PARENT, parent);
            for child in [LEFT, RIGHT] {
                let below = word(block + child);
                set_word(heir + child, below);
                if below != 0 {
                    set_word(below + PARENT, heir);
                }
            }
        }
        Ok(())
    }

    fn find_large(&self, bytes: usize) -> Option<(usize, usize)> {
        let tree = if bytes < LISTS * WORD { 0 } else { tree_of(bytes) };
        let found = if bytes < LISTS * WORD { None } else { self.find_in_tree(tree, bytes) };
        let node = found.or_else(|| {
            let from = if bytes < LISTS * WORD { 0 } else { tree + 1 };
            let above = self.tree_bits & u128::MAX.checked_shl(shift(from)).unwrap_or(0);
            (above != 0).then(|| self.smallest_below(self.trees[above.trailing_zeros() as usize]))
        })?;
        // The newest of its size.
        Some((word(node + NEXT), size_of_block(node)))
    }

    /// The node of the smallest size that is large enough, in the tree that the size itself belongs to.
    fn find_in_tree(&self, tree: usize, bytes: usize) -> Option<usize> {
        let mut best = None;
        let mut best_bytes = usize::MAX;
        let mut larger_side = 0;
        let mut digits = digits_of(bytes, tree);
        let mut node = self.trees[tree];
        while node != 0 {
            consider(node, bytes, &mut best, &mut best_bytes);
            let (right, next) = (self.known(word(node + RIGHT)), self.known(word(node + child_offset(digits))));
            if right != 0 && right != next {
                larger_side = right;
            }
            digits <<= 1;
            node = next;
        }
        // All sizes on the larger side of the last fork are large enough.
        while larger_side != 0 {
            consider(larger_side, bytes, &mut best, &mut best_bytes);
            larger_side = self.lower_child(larger_side);
        }
        best
    }

    fn smallest_below(&self, root: usize) -> usize {
        let (mut best, mut best_bytes) = (None, usize::MAX);
        let mut node = root;
        while node != 0 {
            consider(node, 0, &mut best, &mut best_bytes);
            node = self.lower_child(node);
        }
        best.unwrap_or(root)
    }

    fn lower_child(&self, node: usize) -> usize {
        match self.known(word(node + LEFT)) {
            0 => self.known(word(node + RIGHT)),
            left => left,
        }
    }

    /// Takes some leaf below a node out of the tree. 0 if there is none.
    fn take_leaf_below(&self, node: usize) -> usize {
        let lower_place = |node: usize| if self.known(word(node + RIGHT)) != 0 { node + RIGHT } else { node + LEFT };
        let mut place = lower_place(node);
        if self.known(word(place)) == 0 {
            return 0;
        }
        loop {
            let leaf = word(place);
            let below = lower_place(leaf);
            if self.known(word(below)) == 0 {
                set_word(place, 0);
                return leaf;
            }
            place = below;
        }
    }

    /// A link of a tree, if it leads into an arena; 0 otherwise. The program may have written over it.
    fn known(&self, node: usize) -> usize {
        if node != 0 && self.arenas.has_word(node) { node } else { 0 }
    }

    /// True if what a block of a tree says of its parent and its children, they say of it.
    fn is_in_tree(&self, block: usize, parent: usize, tree: usize) -> bool {
        let is_parent = if parent == NO_PARENT {
            self.trees[tree] == block
        } else {
            self.known(parent) != 0 && (word(parent + LEFT) == block || word(parent + RIGHT) == block)
        };
        let is_child = |child: usize| child == 0 || (self.known(child) != 0 && word(child + PARENT) == block);
        is_parent && is_child(word(block + LEFT)) && is_child(word(block + RIGHT))
    }

    /// Calls `see` with every free block and the size that the index has it under, until it says false.
    pub(super) fn visit(&self, see: &mut dyn FnMut(usize, usize) -> bool) -> bool {
        if self.victim != 0 && !see(self.victim, self.victim_bytes) {
            return false;
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

    /// Through the tree without a stack: down the left side, then to the right of where one came from.
    fn visit_tree(&self, tree: usize, see: &mut dyn FnMut(usize, usize) -> bool) -> bool {
        let (mut node, mut from) = (self.trees[tree], NO_PARENT);
        if !self.is_in_tree(node, word(node + PARENT), tree) {
            return is_broken_at(node, see);
        }
        while node != NO_PARENT {
            if from == word(node + PARENT) && !self.visit_ring(node, tree, see) {
                return false;
            }
            let (left, right, parent) = (word(node + LEFT), word(node + RIGHT), word(node + PARENT));
            let next = if from == parent && left != 0 {
                left
            } else if from != right && right != 0 && (from == parent || from == left) {
                right
            } else {
                parent
            };
            let is_known = next == NO_PARENT || (next == parent || self.is_child(next, node, see));
            if !is_known {
                return false;
            }
            from = node;
            node = next;
        }
        true
    }

    /// The blocks of one size: the links of each are looked at before they are followed.
    fn visit_ring(&self, node: usize, tree: usize, see: &mut dyn FnMut(usize, usize) -> bool) -> bool {
        let bytes = size_of_block(node);
        let mut block = node;
        loop {
            if !see(block, bytes) || tree_of(bytes) != tree {
                return is_broken_at(block, see);
            }
            let next = word(block + NEXT);
            let is_member = block == node || (!has_children(block) && word(block + PARENT) == 0);
            if !is_member || !self.arenas.has_word(next) || word(next + PREVIOUS) != block {
                return is_broken_at(block, see);
            }
            if next == node {
                return true;
            }
            block = next;
        }
    }

    fn is_child(&self, child: usize, parent: usize, see: &mut dyn FnMut(usize, usize) -> bool) -> bool {
        (self.arenas.has_word(child) && word(child + PARENT) == parent) || is_broken_at(child, see)
    }
}

/// Tells the visitor where a list is broken. Always false.
fn is_broken_at(block: usize, see: &mut dyn FnMut(usize, usize) -> bool) -> bool {
    see(block, 0);
    false
}

fn consider(node: usize, bytes: usize, best: &mut Option<usize>, best_bytes: &mut usize) {
    let found = size_of_block(node);
    if found >= bytes && found < *best_bytes {
        *best = Some(node);
        *best_bytes = found;
    }
}

/// Puts a block behind the one that stands in the tree: the newest first.
fn join_ring(node: usize, block: usize) {
    let newest = word(node + NEXT);
    set_word(block + PARENT, 0);
    set_word(block + NEXT, newest);
    set_word(block + PREVIOUS, node);
    set_word(newest + PREVIOUS, block);
    set_word(node + NEXT, block);
}

#[inline]
fn clear_links(block: usize) {
    for link in [LEFT, RIGHT, NEXT, PREVIOUS] {
        set_word(block + link, 0);
    }
}

fn has_children(block: usize) -> bool {
    word(block + LEFT) != 0 || word(block + RIGHT) != 0
}

fn size_of_block(block: usize) -> usize {
    word(block + WORD)
}

/// The tree for a size: two for each power of two.
fn tree_of(bytes: usize) -> usize {
    let log = (usize::BITS - 1 - bytes.leading_zeros()) as usize;
    2 * (log - LARGE_LOG) + (bytes >> (log - 1) & 1)
}

/// The bits of a size below those that all sizes of its tree share, from the top.
fn digits_of(bytes: usize, tree: usize) -> usize {
    let shared_bits = usize::BITS as usize - (tree / 2 + LARGE_LOG) + 1;
    bytes.checked_shl(shift(shared_bits)).unwrap_or(0)
}

fn child_offset(digits: usize) -> usize {
    if digits >> (usize::BITS - 1) == 0 { LEFT } else { RIGHT }
}

fn lowest(bits: u64) -> usize {
    bits.trailing_zeros() as usize
}

fn shift(bits: usize) -> u32 {
    u32::try_from(bits).unwrap_or(u32::MAX)
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
                summary: 0,
                tree_bits: 0,
                bits: [0; LISTS / 64],
                trees: [0; TREES],
                heads: [0; LISTS],
                arenas: ArenaTable::empty(),
            });
            assert!(index.arenas.reserve());
            assert!(index.arenas.add(Extent { start, end: start + memory.len() * WORD }));
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
            assert_eq!(self.index.find(bytes), expected, "the newest of the smallest size from {bytes} on");
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
