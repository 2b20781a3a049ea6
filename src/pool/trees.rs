//! The large free blocks of the index: digital trees, 32 for each power of two, with a ring for each size.
//!
//! A node's children differ in the next bit of their sizes, from the top; all sizes below a child share that bit. The
//! node itself may be any of them. The oldest block of a size stands in the tree, the newer ones in a ring behind it.
//! The program may have written over links in its freed memory: each is checked before it is followed.
#![forbid(unsafe_code)]

use super::index::{BrokenList, Index, See, Sized, is_broken_at};
use super::layout::{LISTS, WORD};
use super::spot::{LEFT, Link, NEXT, PARENT, PREVIOUS, RIGHT, Spot, address_of};
use super::tree_bits::{TREES, digits_of, tree_of};

/// The parent of a tree's root.
pub(super) const NO_PARENT: usize = 1;
/// No way down is longer: each step uses up a bit of the size. What is longer goes in a circle.
const DEEPEST: usize = usize::BITS as usize;

impl<'heap> Index<'heap> {
    pub(super) fn list_large(&mut self, block: Spot<'heap>, bytes: usize) {
        block.set(LEFT, 0);
        block.set(RIGHT, 0);
        block.set(NEXT, block.address());
        block.set(PREVIOUS, block.address());
        block.set(PARENT, NO_PARENT);
        self.note_large(bytes);
        let tree = tree_of(bytes);
        let Some(mut node) = self.trees[tree] else {
            self.trees[tree] = Some(block);
            self.tree_bits.add(tree);
            return;
        };
        let mut digits = digits_of(bytes, tree);
        for _ in 0..DEEPEST {
            if node.bytes() == bytes {
                return self.join_ring(node, block);
            }
            let side = child_side(digits);
            digits <<= 1;
            if node.get(side) == 0 {
                node.set(side, block.address());
                return block.set(PARENT, node.address());
            }
            // A broken link: the block stays outside, and whoever wants to take it out notices that.
            let Some(child) = self.child(node, side) else { return };
            node = child;
        }
    }

    /// False: what it says of the tree and its ring is not so, and nothing has changed.
    pub(super) fn unlist_large(&mut self, block: Spot<'heap>, bytes: usize) -> Result<bool, BrokenList> {
        let parent = block.get(PARENT);
        let Some((previous, next)) = self.ring_neighbours(block) else { return Ok(false) };
        let tree = tree_of(bytes);
        let place = match parent {
            0 if next == block || self.trees[tree] == Some(block) => return Ok(false),
            0 => Place::Ring,
            _ => match self.place_in_tree(block, parent, tree) {
                Some(place) => place,
                None => return Ok(false),
            },
        };
        // The oldest of its size stands in the tree: then the second oldest, which is before it in the ring.
        let heir = match place {
            Place::Ring => None,
            _ if previous == block => self.take_leaf_below(block)?,
            _ => Some(previous),
        };
        previous.set(NEXT, next.address());
        next.set(PREVIOUS, previous.address());
        match place {
            Place::Ring => return Ok(true),
            Place::Root => {
                self.trees[tree] = heir;
                if heir.is_none() {
                    self.tree_bits.remove(tree);
                }
            }
            Place::Below(parent, side) => parent.set(side, address_of(heir)),
        }
        if let Some(heir) = heir {
            heir.set(PARENT, block.get(PARENT));
            self.inherit(block, heir);
        }
        Ok(true)
    }

    /// The same, for a caller that only asks whether it is out.
    #[inline(never)]
    pub(super) fn take_large(&mut self, block: Spot<'heap>, bytes: usize) -> Option<bool> {
        matches!(self.unlist_large(block, bytes), Ok(true)).then_some(false)
    }

    /// The blocks before and behind one in its ring, if they say so too: itself, if there is no other.
    #[inline(always)]
    fn ring_neighbours(&self, block: Spot<'heap>) -> Option<(Spot<'heap>, Spot<'heap>)> {
        let address = block.address();
        let (next, previous) = (block.get(NEXT), block.get(PREVIOUS));
        if next == address && previous == address {
            return Some((block, block));
        }
        let previous = self.spot_if(previous, |before| before.get(NEXT) == address)?;
        let next = self.spot_if(next, |after| after.get(PREVIOUS) == address)?;
        Some((previous, next))
    }

    /// The children of a block become its heir's.
    fn inherit(&self, block: Spot<'heap>, heir: Spot<'heap>) {
        for side in [LEFT, RIGHT] {
            let child = block.get(side);
            heir.set(side, child);
            if let Some(child) = self.arenas.spot(child) {
                child.set(PARENT, heir.address());
            }
        }
    }

    pub(super) fn find_in_trees(&self, bytes: usize) -> Result<Option<Sized<'heap>>, BrokenList> {
        let tree = if bytes < LISTS * WORD { 0 } else { tree_of(bytes) };
        let found = if bytes < LISTS * WORD { None } else { self.find_in_tree(tree, bytes)? };
        let node = match found {
            Some(node) => node,
            None => {
                let from = if bytes < LISTS * WORD { 0 } else { tree + 1 };
                let next = self.tree_bits.first_from(from);
                let Some(root) = next.and_then(|next| self.trees[next % TREES]) else { return Ok(None) };
                self.smallest_below(root)?
            }
        };
        let found_bytes = node.bytes();
        if found_bytes < bytes.max(LISTS * WORD) {
            return Err(BrokenList { block: node.address() });
        }
        // The newest of its size; where the ring is broken, the node itself, which cannot be taken out of it.
        let newest = self.ring_neighbours(node).map(|(_, newest)| newest);
        Ok(Some((newest.unwrap_or(node), found_bytes)))
    }

    /// The node of the smallest size that is large enough, in the tree that the size itself belongs to.
    fn find_in_tree(&self, tree: usize, bytes: usize) -> Result<Option<Spot<'heap>>, BrokenList> {
        let mut best = (None, usize::MAX);
        let mut larger_side = None;
        let mut digits = digits_of(bytes, tree);
        let mut place = self.trees[tree];
        for _ in 0..DEEPEST {
            let Some(node) = place else { break };
            consider(node, bytes, &mut best);
            let side = child_side(digits);
            if side == LEFT && node.get(RIGHT) != 0 {
                larger_side = Some(node);
            }
            digits <<= 1;
            place = self.child(node, side);
        }
        if let Some(node) = place {
            return Err(BrokenList { block: node.address() });
        }
        // All sizes on the larger side of the last fork are large enough.
        let larger_side = larger_side.and_then(|fork| self.child(fork, RIGHT));
        self.consider_lower(larger_side, bytes, &mut best)?;
        Ok(best.0)
    }

    /// The size of the largest node in a tree: it is the root, or of the larger ones below it.
    pub(super) fn largest_in_tree(&self, tree: usize) -> usize {
        let (mut place, mut most) = (self.trees[tree % TREES], 0);
        for _ in 0..DEEPEST {
            let Some(node) = place else { break };
            most = most.max(node.bytes());
            place = self.child(node, RIGHT).or_else(|| self.child(node, LEFT));
        }
        most
    }

    fn smallest_below(&self, root: Spot<'heap>) -> Result<Spot<'heap>, BrokenList> {
        let mut best = (None, usize::MAX);
        self.consider_lower(Some(root), 0, &mut best)?;
        Ok(best.0.unwrap_or(root))
    }

    /// Considers a node and the smaller ones below it.
    fn consider_lower(
        &self,
        root: Option<Spot<'heap>>,
        bytes: usize,
        best: &mut Best<'heap>,
    ) -> Result<(), BrokenList> {
        let mut place = root;
        for _ in 0..DEEPEST {
            let Some(node) = place else { return Ok(()) };
            consider(node, bytes, best);
            place = self.child(node, LEFT).or_else(|| self.child(node, RIGHT));
        }
        match place {
            None => Ok(()),
            Some(node) => Err(BrokenList { block: node.address() }),
        }
    }

    /// Takes some leaf below a node out of the tree, if there is one.
    fn take_leaf_below(&self, node: Spot<'heap>) -> Result<Option<Spot<'heap>>, BrokenList> {
        let mut leaf = None;
        let mut above = node;
        for _ in 0..DEEPEST {
            let right = self.child(above, RIGHT);
            let side = if right.is_some() { RIGHT } else { LEFT };
            let Some(below) = right.or_else(|| self.child(above, LEFT)) else {
                return Ok(leaf.map(|(parent, side, leaf): (Spot<'heap>, Link, Spot<'heap>)| {
                    parent.set(side, 0);
                    leaf
                }));
            };
            leaf = Some((above, side, below));
            above = below;
        }
        Err(BrokenList { block: above.address() })
    }

    /// Puts a block behind the one that stands in the tree: the newest first. Nothing, if the ring is broken.
    fn join_ring(&self, node: Spot<'heap>, block: Spot<'heap>) {
        let is_linked = |newest: Spot<'heap>| newest.get(PREVIOUS) == node.address();
        let Some(newest) = self.spot_if(node.get(NEXT), is_linked) else { return };
        block.set(PARENT, 0);
        block.set(NEXT, newest.address());
        block.set(PREVIOUS, node.address());
        newest.set(PREVIOUS, block.address());
        node.set(NEXT, block.address());
    }

    /// The child on one side, if it says that it is. The program may have written over links.
    #[inline(always)]
    fn child(&self, node: Spot<'heap>, side: Link) -> Option<Spot<'heap>> {
        match node.get(side) {
            0 => None,
            child => self.spot_if(child, |child| child.get(PARENT) == node.address()),
        }
    }

    /// Where a block of a tree stands, if what it says of its parent and its children, they say of it.
    fn place_in_tree(&self, block: Spot<'heap>, parent: usize, tree: usize) -> Option<Place<'heap>> {
        let is_root = self.trees[tree] == Some(block);
        let place = match parent {
            NO_PARENT => is_root.then_some(Place::Root)?,
            _ if is_root => return None,
            _ => {
                let parent = self.arenas.spot(parent)?;
                let is_child_there = |side: &Link| parent.get(*side) == block.address();
                Place::Below(parent, [LEFT, RIGHT].into_iter().find(is_child_there)?)
            }
        };
        let is_child = |side: Link| block.get(side) == 0 || self.child(block, side).is_some();
        (is_child(LEFT) && is_child(RIGHT)).then_some(place)
    }

    /// Through the tree without a stack: down the left side, then to the right of where one came from.
    pub(super) fn visit_tree(&self, tree: usize, root: Spot<'heap>, see: &mut See<'_, 'heap>) -> bool {
        if self.place_in_tree(root, root.get(PARENT), tree).is_none() {
            return is_broken_at(root, see);
        }
        let (mut node, mut from) = (root, NO_PARENT);
        loop {
            let (left, right, parent) = (node.get(LEFT), node.get(RIGHT), node.get(PARENT));
            if from == parent && !self.visit_ring(node, tree, see) {
                return false;
            }
            if left != 0 && left == right {
                return is_broken_at(node, see);
            }
            let below = if from == parent && left != 0 {
                Some(LEFT)
            } else if from != right && right != 0 && (from == parent || from == left) {
                Some(RIGHT)
            } else {
                None
            };
            let next = match below {
                Some(side) => self.child(node, side),
                None if parent == NO_PARENT => return true,
                None => self.arenas.spot(parent),
            };
            let Some(next) = next else { return is_broken_at(node, see) };
            from = node.address();
            node = next;
        }
    }

    /// The blocks of one size: the links of each are looked at before they are followed.
    fn visit_ring(&self, node: Spot<'heap>, tree: usize, see: &mut See<'_, 'heap>) -> bool {
        let bytes = node.bytes();
        let mut block = node;
        loop {
            if !see(block, bytes) || bytes < LISTS * WORD || tree_of(bytes) != tree {
                return is_broken_at(block, see);
            }
            let is_member = block == node || (!block.has_children() && block.get(PARENT) == 0);
            let next = self.spot_if(block.get(NEXT), |next| next.get(PREVIOUS) == block.address());
            let Some(next) = next.filter(|_| is_member) else { return is_broken_at(block, see) };
            if next == node {
                return true;
            }
            block = next;
        }
    }

    /// True if what a free block says of the tree and its ring, they say of it.
    pub(super) fn agrees_large(&self, block: Spot<'heap>, bytes: usize) -> bool {
        let address = block.address();
        let (next, parent) = (block.get(NEXT), block.get(PARENT));
        let tree = tree_of(bytes);
        let is_placed = if parent == 0 {
            next != address && self.trees[tree] != Some(block) && !block.has_children()
        } else {
            self.place_in_tree(block, parent, tree).is_some()
        };
        is_placed && self.ring_neighbours(block).is_some()
    }
}

/// Where a large free block stands.
#[derive(Clone, Copy)]
enum Place<'heap> {
    Root,
    Below(Spot<'heap>, Link),
    /// Behind another of its size.
    Ring,
}

/// The node that fits best so far, and its size.
type Best<'heap> = (Option<Spot<'heap>>, usize);

fn consider<'heap>(node: Spot<'heap>, bytes: usize, best: &mut Best<'heap>) {
    let found = node.bytes();
    if found >= bytes && found < best.1 {
        *best = (Some(node), found);
    }
}

fn child_side(digits: usize) -> Link {
    if digits >> (usize::BITS - 1) == 0 { LEFT } else { RIGHT }
}
