//! The large free blocks of the index: digital trees, two for each power of two, with a ring for each size.
//!
//! A node's children differ in the next bit of their sizes, from the top; all sizes below a child share that bit. The
//! node itself may be any of them. The oldest block of a size stands in the tree, the newer ones in a ring behind it.
//! The program may have written over links in its freed memory: each is checked before it is followed.
#![forbid(unsafe_code)]

use super::index::{
    BrokenList, Index, LARGE_LOG, LEFT, LISTS, NEXT, PREVIOUS, RIGHT, clear_links, has_children, is_broken_at, shift,
    size_of_block,
};
use super::layout::{HEADER, WORD};
use super::raw_memory::{set_word, word};

/// Only in blocks that stand in a tree, which are large.
const PARENT: usize = HEADER + 4 * WORD;
/// The parent of a tree's root.
const NO_PARENT: usize = 1;

impl Index {
    pub(super) fn list_large(&mut self, block: usize, bytes: usize) {
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
                return self.join_ring(node, block);
            }
            let side = child_offset(digits);
            digits <<= 1;
            if word(node + side) == 0 {
                set_word(node + side, block);
                return set_word(block + PARENT, node);
            }
            node = self.child(node, side);
            if node == 0 {
                // A broken link: the block stays outside, and whoever wants to take it out notices that.
                return;
            }
        }
    }

    pub(super) fn unlist_large(&mut self, block: usize, bytes: usize) -> Result<(), BrokenList> {
        let (next, previous, parent) = (word(block + NEXT), word(block + PREVIOUS), word(block + PARENT));
        let is_linked = |other: usize, back: usize| self.arenas.has_word(other) && word(other + back) == block;
        if !is_linked(previous, NEXT) || !is_linked(next, PREVIOUS) {
            return Err(BrokenList { block });
        }
        let tree = tree_of(bytes);
        let is_whole =
            if parent == 0 { next != block && self.trees[tree] != block } else { self.is_in_tree(block, parent, tree) };
        if !is_whole {
            return Err(BrokenList { block });
        }
        set_word(previous + NEXT, next);
        set_word(next + PREVIOUS, previous);
        if parent == 0 {
            return Ok(());
        }
        // The oldest of its size stands in the tree: then the second oldest, which is before it in the ring.
        let heir = if previous == block { self.take_leaf_below(block) } else { previous };
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

    pub(super) fn find_large(&self, bytes: usize) -> Option<(usize, usize)> {
        let tree = if bytes < LISTS * WORD { 0 } else { tree_of(bytes) };
        let found = if bytes < LISTS * WORD { None } else { self.find_in_tree(tree, bytes) };
        let node = found.or_else(|| {
            let from = if bytes < LISTS * WORD { 0 } else { tree + 1 };
            let above = self.tree_bits & u128::MAX.checked_shl(shift(from)).unwrap_or(0);
            (above != 0).then(|| self.smallest_below(self.trees[above.trailing_zeros() as usize]))
        })?;
        // The newest of its size; where the ring is broken, the node itself, which cannot be taken out of it.
        let newest = word(node + NEXT);
        let is_linked = self.arenas.has_word(newest) && word(newest + PREVIOUS) == node;
        Some((if is_linked { newest } else { node }, size_of_block(node)))
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
            let (right, next) = (self.child(node, RIGHT), self.child(node, child_offset(digits)));
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
        match self.child(node, LEFT) {
            0 => self.child(node, RIGHT),
            left => left,
        }
    }

    /// Takes some leaf below a node out of the tree. 0 if there is none.
    fn take_leaf_below(&self, node: usize) -> usize {
        let (mut place, mut leaf) = (0, 0);
        let mut above = node;
        loop {
            let side = if self.child(above, RIGHT) != 0 { RIGHT } else { LEFT };
            let below = self.child(above, side);
            if below == 0 {
                break;
            }
            (place, leaf, above) = (above + side, below, below);
        }
        if place != 0 {
            set_word(place, 0);
        }
        leaf
    }

    /// Puts a block behind the one that stands in the tree: the newest first. Nothing, if the ring is broken.
    fn join_ring(&self, node: usize, block: usize) {
        let newest = word(node + NEXT);
        if !self.arenas.has_word(newest) || word(newest + PREVIOUS) != node {
            return;
        }
        set_word(block + PARENT, 0);
        set_word(block + NEXT, newest);
        set_word(block + PREVIOUS, node);
        set_word(newest + PREVIOUS, block);
        set_word(node + NEXT, block);
    }

    /// The child on one side, if it says that it is; 0 otherwise. The program may have written over links.
    fn child(&self, node: usize, side: usize) -> usize {
        let child = word(node + side);
        if child != 0 && self.arenas.has_word(child) && word(child + PARENT) == node { child } else { 0 }
    }

    /// True if what a block of a tree says of its parent and its children, they say of it.
    fn is_in_tree(&self, block: usize, parent: usize, tree: usize) -> bool {
        let is_parent = if parent == NO_PARENT {
            self.trees[tree] == block
        } else {
            self.arenas.has_word(parent) && (word(parent + LEFT) == block || word(parent + RIGHT) == block)
        };
        let is_child = |side: usize| word(block + side) == 0 || self.child(block, side) != 0;
        is_parent && is_child(LEFT) && is_child(RIGHT)
    }

    /// Through the tree without a stack: down the left side, then to the right of where one came from.
    pub(super) fn visit_tree(&self, tree: usize, see: &mut dyn FnMut(usize, usize) -> bool) -> bool {
        let (mut node, mut from) = (self.trees[tree], NO_PARENT);
        if !self.is_in_tree(node, word(node + PARENT), tree) {
            return is_broken_at(node, see);
        }
        while node != NO_PARENT {
            if from == word(node + PARENT) && !self.visit_ring(node, tree, see) {
                return false;
            }
            let (left, right, parent) = (word(node + LEFT), word(node + RIGHT), word(node + PARENT));
            let (next, is_down) = if from == parent && left != 0 {
                (left, true)
            } else if from != right && right != 0 && (from == parent || from == left) {
                (right, true)
            } else {
                (parent, false)
            };
            if (is_down && !self.is_child(next, node)) || (left != 0 && left == right) {
                return is_broken_at(node, see);
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

    fn is_child(&self, child: usize, parent: usize) -> bool {
        self.arenas.has_word(child) && word(child + PARENT) == parent
    }
}

fn consider(node: usize, bytes: usize, best: &mut Option<usize>, best_bytes: &mut usize) {
    let found = size_of_block(node);
    if found >= bytes && found < *best_bytes {
        *best = Some(node);
        *best_bytes = found;
    }
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
