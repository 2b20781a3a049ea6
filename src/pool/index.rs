//! Which blocks are free: exact best fit, and of blocks of one size the one that became free last.
//!
//! ```text
//!   victim   one free block that stands in no list: mostly what is left of the last one that was cut
//!   grown    a large free block that stands in no tree: the one that was last joined with what was freed
//!   heads    a list for each size below 32 KiB; two levels of bits say which have any
//!   trees    for larger sizes, 32 for each power of two: digital trees, one ring for each size
//! ```
//!
//! The lists run through the free blocks themselves. What the index has of them are spots: they were in an arena when they
//! came, and an arena goes when none lies in it, or together with the index. What stands in a free block is an address
//! until it was checked.
#![forbid(unsafe_code)]

use core::mem::offset_of;

use super::arena_table::ArenaTable;
use super::block::Block;
use super::layout::{LISTS, WORD};
use super::loose::Loose;
use super::marks::Marks;
use super::spot::{NEXT, PREVIOUS, Spot};
use super::told::Told;
use super::tree_bits::{TREES, TreeBits};

/// What is left of a block becomes the victim from here on: the recorded allocations of five programs take the fewest
/// instructions so (256 and 1024 take more).
const REST_FOR_VICTIM: usize = 512;

/// Bytes of a line of a cache, on most machines.
pub(super) const LINE_BYTES: usize = 64;
/// In so many different lines of a page indexes begin, one after the other; with more, a small pool would use two pages.
pub(super) const LINES: usize = 6;

/// What is known of the free blocks of a pool, between two callbacks. All zero is an index without blocks.
#[repr(C)]
pub(super) struct Index<'heap> {
    // One line of a cache, and the half of another, are what most calls use, beside bits and heads.
    pub(super) victim: Loose<'heap>,
    /// The fast path takes requests of less data; 0 if the pool's sizes are unusual.
    pub(super) small_data: usize,
    /// The pool's sizes when they were looked at last.
    pub(super) quantum: usize,
    pub(super) minblock: usize,
    /// The least size of a block with these.
    pub(super) floor: usize,
    pub(super) summary: u64,
    /// What others are told of the pool, if they are.
    pub(super) told: Option<Told>,
    /// What is added to a size, and then kept of it, to make it whole quanta.
    pub(super) below_quantum: usize,
    pub(super) whole_quanta: usize,
    pub(super) arenas: ArenaTable<'heap>,
    /// The size of the block that was freed last, but for those that melt into the victim: `fetch_likely_tail`.
    pub(super) likely_bytes: usize,
    grown: Loose<'heap>,
    /// No large block outside of the victim has fewer bytes than this says, inverted: 0 says that there is none.
    least_large_inverted: usize,
    /// Tells the pool, and its lock, from others: `system_lock::mark_to_keep`.
    pub(super) owner: usize,
    /// What the program's `alloc` gave for the index, and how many bytes; 0 if it is memory of the system's.
    pub(super) lent: usize,
    pub(super) lent_bytes: usize,
    /// On the first page, so that a small pool stays in one; behind what the fast paths use.
    pub(super) marks: Marks,
    pub(super) bits: [u64; LISTS / 64],
    /// From here on most pools use only what is next: with small blocks alone, no other page than the first.
    /// A head has the bytes of its list behind it, before the end of an arena, whatever its header says.
    pub(super) heads: [Option<Spot<'heap>>; LISTS],
    pub(super) tree_bits: TreeBits,
    pub(super) trees: [Option<Spot<'heap>>; TREES],
}

const _: () = {
    /// Blocks of this size are found without another page of the index.
    const FIRST_PAGE_BLOCK: usize = 2816;
    assert!(
        offset_of!(Index, heads) + FIRST_PAGE_BLOCK / WORD * WORD + (LINES - 1) * LINE_BYTES < 4096,
        "the index of a small pool is one page"
    );
};

/// A free list that is not what it was made.
pub(super) struct BrokenList {
    /// The block where that shows.
    pub(super) block: usize,
}

/// A free block, and its size.
pub(super) type Sized<'heap> = (Spot<'heap>, usize);

impl<'heap> Index<'heap> {
    /// Adds a free block.
    #[inline(always)]
    pub(super) fn add(&mut self, block: Block<'heap>) {
        let bytes = block.bytes();
        if self.victim.is_none() || bytes == self.victim.bytes() {
            return self.replace_victim(block);
        }
        if bytes >= LISTS * WORD {
            return self.replace_grown(block);
        }
        self.list_small(block);
    }

    /// Adds what is left of a block that was cut: the next requests are likely to be cut from it, if it is no crumb.
    #[inline(always)]
    pub(super) fn add_rest(&mut self, block: Block<'heap>) {
        if block.bytes() >= self.victim.bytes() || block.bytes() >= REST_FOR_VICTIM {
            self.replace_victim(block);
        } else {
            self.list(block);
        }
    }

    /// Adds a free block as the victim.
    #[inline(always)]
    pub(super) fn replace_victim(&mut self, block: Block<'heap>) {
        // The victim is the newest block of its size, so it comes into the lists before a newer one of that size.
        let victim = self.victim;
        self.set_victim(block);
        if let Some(former) = victim.get() {
            self.list(former);
        }
    }

    /// Adds a large free block, with which what is freed next is likely to be joined.
    fn replace_grown(&mut self, block: Block<'heap>) {
        // As with the victim. One of the victim's size is newer than this, so it does not come here.
        self.list_grown();
        self.set_grown(block);
    }

    pub(super) fn set_grown(&mut self, block: Block<'heap>) {
        self.note_large(block.bytes());
        self.grown = Loose::new(block);
        block.spot().clear_links();
    }

    /// What was joined last comes into its tree.
    pub(super) fn list_grown(&mut self) {
        if let Some((block, bytes)) = self.grown.get().map(Block::sized) {
            self.grown = Loose::NONE;
            self.list_large(block, bytes);
        }
    }

    #[inline(always)]
    pub(super) fn grown(&self) -> Option<Block<'heap>> {
        self.grown.get()
    }

    #[inline(always)]
    pub(super) fn no_grown(&mut self) {
        self.grown = Loose::NONE;
    }

    /// Nothing stands outside the lists.
    #[inline(always)]
    pub(super) fn no_victim(&mut self) {
        self.victim = Loose::NONE;
    }

    /// Makes what a victim has become the victim.
    #[inline(always)]
    pub(super) fn set_victim(&mut self, block: Block<'heap>) {
        self.victim = Loose::new(block);
        block.spot().clear_links();
    }

    /// Forgets all that is known of a pool but its past: all blocks, and where the arenas were.
    pub(super) fn clear(&mut self) -> ArenaTable<'heap> {
        self.forget_blocks();
        (self.small_data, self.quantum, self.minblock, self.floor) = (0, 0, 0, 0);
        self.arenas.take()
    }

    /// Forgets all blocks.
    pub(super) fn forget_blocks(&mut self) {
        for group in 0..self.bits.len() {
            if self.bits[group] != 0 {
                self.heads[group * 64..(group + 1) * 64].fill(None);
                self.bits[group] = 0;
            }
        }
        if !self.tree_bits.is_none() {
            self.trees.fill(None);
        }
        self.no_victim();
        self.no_grown();
        self.tree_bits = TreeBits::NONE;
        (self.summary, self.least_large_inverted) = (0, 0);
    }

    /// True if what a free block says of the lists, the lists say of it.
    pub(super) fn agrees(&self, block: Spot<'heap>, bytes: usize) -> bool {
        if block.address() == self.victim.address() {
            return bytes == self.victim.bytes() && !block.has_links();
        }
        if block.address() == self.grown.address() {
            return bytes == self.grown.bytes() && !block.has_links();
        }
        if bytes >= LISTS * WORD {
            return self.agrees_large(block, bytes);
        }
        let (next, previous) = (block.get(NEXT), block.get(PREVIOUS));
        let is_behind = match previous {
            0 => self.heads[bytes / WORD] == Some(block),
            _ => self.spot_if(previous, |before| before.get(NEXT) == block.address()).is_some(),
        };
        let is_ahead = next == 0 || self.spot_if(next, |after| after.get(PREVIOUS) == block.address()).is_some();
        is_behind && is_ahead && !block.has_children()
    }

    /// What can be a free block at this address, if it also says something.
    #[inline(always)]
    pub(super) fn spot_if(&self, address: usize, says: impl FnOnce(Spot<'heap>) -> bool) -> Option<Spot<'heap>> {
        self.arenas.spot(address).filter(|spot| says(*spot))
    }

    /// Takes a free block out.
    #[inline]
    pub(super) fn remove(&mut self, block: Spot<'heap>, bytes: usize) -> Result<(), BrokenList> {
        if block.address() == self.victim.address() {
            self.no_victim();
            return Ok(());
        }
        if block.address() == self.grown.address() {
            self.no_grown();
            return Ok(());
        }
        let is_removed =
            if bytes < LISTS * WORD { self.unlist_small(block, bytes) } else { self.unlist_large(block, bytes)? };
        if is_removed { Ok(()) } else { Err(BrokenList { block: block.address() }) }
    }

    /// The smallest free block of at least `bytes` bytes, the newest of several, and its size. It stays where it is.
    #[inline]
    pub(super) fn find(&self, bytes: usize) -> Result<Option<Sized<'heap>>, BrokenList> {
        let small = self.find_small(bytes);
        let victim = self.victim.get().map(Block::sized).filter(|(_, found)| *found >= bytes);
        if victim.is_none() {
            return if small.is_some() { Ok(small) } else { self.find_large(bytes) };
        }
        // Also of equal size: then the victim is newer.
        match small {
            Some((_, found)) if found < self.victim.bytes() => Ok(small),
            Some(_) => Ok(victim),
            None => Ok(self.find_large_below(bytes, self.victim.bytes())?.or(victim)),
        }
    }

    /// The same of the large blocks outside of the victim.
    fn find_large(&self, bytes: usize) -> Result<Option<Sized<'heap>>, BrokenList> {
        let in_tree = if self.tree_bits.is_none() { None } else { self.find_in_trees(bytes)? };
        let grown = self.grown.get().map(Block::sized).filter(|(_, found)| *found >= bytes);
        // Also of equal size: then it is newer.
        let is_grown_better = in_tree.is_none_or(|(_, found)| found >= self.grown.bytes());
        Ok(if is_grown_better { grown.or(in_tree) } else { in_tree })
    }

    fn find_large_below(&self, bytes: usize, limit: usize) -> Result<Option<Sized<'heap>>, BrokenList> {
        if limit <= self.least_large() {
            return Ok(None);
        }
        Ok(self.find_large(bytes)?.filter(|(_, found)| *found < limit))
    }

    /// No large block outside of the victim has fewer bytes; the most there are if there is none.
    #[inline(always)]
    pub(super) fn least_large(&self) -> usize {
        !self.least_large_inverted
    }

    /// Another of so many bytes.
    #[inline(always)]
    pub(super) fn note_large(&mut self, bytes: usize) {
        self.least_large_inverted = self.least_large_inverted.max(!bytes);
    }

    /// None has fewer bytes, as was just found.
    #[inline(always)]
    pub(super) fn know_least_large(&mut self, bytes: usize) {
        let is_none = self.tree_bits.is_none() && self.grown.is_none();
        self.least_large_inverted = if is_none { 0 } else { !bytes };
    }

    #[inline(always)]
    pub(super) fn list(&mut self, block: Block<'heap>) {
        if block.bytes() >= LISTS * WORD {
            if block.bytes() == self.grown.bytes() {
                self.list_grown();
            }
            return self.list_large(block.spot(), block.bytes());
        }
        self.list_small(block);
    }

    /// Calls `see` with every free block and the size that the index has it under, until it says false.
    pub(super) fn visit(&self, see: &mut See<'_, 'heap>) -> bool {
        for (loose, bytes) in [self.victim, self.grown].into_iter().filter_map(Loose::get).map(Block::sized) {
            if !see(loose, bytes) || loose.has_links() {
                return is_broken_at(loose, see);
            }
        }
        let groups = (0..self.bits.len()).filter(|group| self.bits[*group] != 0);
        let lists = groups.flat_map(|group| group * 64..(group + 1) * 64);
        lists.into_iter().all(|list| self.visit_list(list, see))
            && (0..TREES).all(|tree| self.trees[tree].is_none_or(|root| self.visit_tree(tree, root, see)))
    }
}

/// Sees a free block and its size. False: no more.
pub(super) type See<'see, 'heap> = dyn FnMut(Spot<'heap>, usize) -> bool + 'see;

/// Tells the visitor where a list is broken. Always false.
pub(super) fn is_broken_at<'heap>(block: Spot<'heap>, see: &mut See<'_, 'heap>) -> bool {
    see(block, 0);
    false
}

pub(super) fn lowest(bits: u64) -> usize {
    bits.trailing_zeros() as usize
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
