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
pub(super) const PARENT: usize = HEADER + 4 * WORD;
/// The parent of a tree's root.
pub(super) const NO_PARENT: usize = 1;
/// No way down is longer: each step uses up a bit of the size. What is longer goes in a circle.
const DEEPEST: usize = usize::BITS as usize;

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
        for _ in 0..DEEPEST {
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
        // The oldest of its size stands in the tree: then the second oldest, which is before it in the ring.
        let heir = if parent != 0 && previous == block { self.take_leaf_below(block)? } else { previous };
        set_word(previous + NEXT, next);
        set_word(next + PREVIOUS, previous);
        if parent == 0 {
            return Ok(());
        }
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

    pub(super) fn find_large(&self, bytes: usize) -> Result<Option<(usize, usize)>, BrokenList> {
        let tree = if bytes < LISTS * WORD { 0 } else { tree_of(bytes) };
        let found = if bytes < LISTS * WORD { None } else { self.find_in_tree(tree, bytes)? };
        let node = match found {
            Some(node) => node,
            None => {
                let from = if bytes < LISTS * WORD { 0 } else { tree + 1 };
                let above = self.tree_bits & u128::MAX.checked_shl(shift(from)).unwrap_or(0);
                if above == 0 {
                    return Ok(None);
                }
                self.smallest_below(self.trees[above.trailing_zeros() as usize])?
            }
        };
        let found_bytes = size_of_block(node);
        if found_bytes < bytes.max(LISTS * WORD) {
            return Err(BrokenList { block: node });
        }
        // The newest of its size; where the ring is broken, the node itself, which cannot be taken out of it.
        let newest = word(node + NEXT);
        let is_linked = self.arenas.has_word(newest) && word(newest + PREVIOUS) == node;
        Ok(Some((if is_linked { newest } else { node }, found_bytes)))
    }

    /// The node of the smallest size that is large enough, in the tree that the size itself belongs to.
    fn find_in_tree(&self, tree: usize, bytes: usize) -> Result<Option<usize>, BrokenList> {
        let mut best = (None, usize::MAX);
        let mut larger_side = 0;
        let mut digits = digits_of(bytes, tree);
        let mut node = self.trees[tree];
        for _ in 0..DEEPEST {
            if node == 0 {
                break;
            }
            consider(node, bytes, &mut best);
            let (right, next) = (self.child(node, RIGHT), self.child(node, child_offset(digits)));
            if right != 0 && right != next {
                larger_side = right;
            }
            digits <<= 1;
            node = next;
        }
        if node != 0 {
            return Err(BrokenList { block: node });
        }
        // All sizes on the larger side of the last fork are large enough.
        self.consider_lower(larger_side, bytes, &mut best)?;
        Ok(best.0)
    }

    fn smallest_below(&self, root: usize) -> Result<usize, BrokenList> {
        let mut best = (None, usize::MAX);
        self.consider_lower(root, 0, &mut best)?;
        Ok(best.0.unwrap_or(root))
    }

    /// Considers a node and the smaller ones below it.
    fn consider_lower(&self, root: usize, bytes: usize, best: &mut Best) -> Result<(), BrokenList> {
        let mut node = root;
        for _ in 0..DEEPEST {
            if node == 0 {
                return Ok(());
            }
            consider(node, bytes, best);
            node = self.lower_child(node);
        }
        if node == 0 { Ok(()) } else { Err(BrokenList { block: node }) }
    }

    fn lower_child(&self, node: usize) -> usize {
        match self.child(node, LEFT) {
            0 => self.child(node, RIGHT),
            left => left,
        }
    }

    /// Takes some leaf below a node out of the tree. 0 if there is none.
    fn take_leaf_below(&self, node: usize) -> Result<usize, BrokenList> {
        let (mut place, mut leaf) = (0, 0);
        let mut above = node;
        for _ in 0..DEEPEST {
            let side = if self.child(above, RIGHT) != 0 { RIGHT } else { LEFT };
            let below = self.child(above, side);
            if below == 0 {
                if place != 0 {
                    set_word(place, 0);
                }
                return Ok(leaf);
            }
            (place, leaf, above) = (above + side, below, below);
        }
        Err(BrokenList { block: above })
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
    #[inline(always)]
    fn child(&self, node: usize, side: usize) -> usize {
        let child = word(node + side);
        if child != 0 && self.arenas.holds(child) && word(child + PARENT) == node { child } else { 0 }
    }

    /// True if what a block of a tree says of its parent and its children, they say of it.
    fn is_in_tree(&self, block: usize, parent: usize, tree: usize) -> bool {
        let is_parent = if parent == NO_PARENT {
            self.trees[tree] == block
        } else {
            self.trees[tree] != block
                && self.arenas.has_word(parent)
                && (word(parent + LEFT) == block || word(parent + RIGHT) == block)
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
            if !see(block, bytes) || bytes < LISTS * WORD || tree_of(bytes) != tree {
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

    /// True if what a free block says of the tree and its ring, they say of it.
    pub(super) fn agrees_large(&self, block: usize, bytes: usize) -> bool {
        let (next, previous, parent) = (word(block + NEXT), word(block + PREVIOUS), word(block + PARENT));
        let is_linked = |other: usize, back: usize| self.arenas.has_word(other) && word(other + back) == block;
        let tree = tree_of(bytes);
        let is_placed = if parent == 0 {
            next != block && self.trees[tree] != block && !has_children(block)
        } else {
            self.is_in_tree(block, parent, tree)
        };
        is_linked(previous, NEXT) && is_linked(next, PREVIOUS) && is_placed
    }

    fn is_child(&self, child: usize, parent: usize) -> bool {
        self.arenas.has_word(child) && word(child + PARENT) == parent
    }
}

/// The node that fits best so far, and its size.
type Best = (Option<usize>, usize);

fn consider(node: usize, bytes: usize, best: &mut Best) {
    let found = size_of_block(node);
    if found >= bytes && found < best.1 {
        *best = (Some(node), found);
    }
}

/// The tree for a size: two for each power of two.
pub(super) fn tree_of(bytes: usize) -> usize {
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
