//! The heap between two callbacks: free blocks made, joined, cut, and counted.
#![forbid(unsafe_code)]

use super::block::Block;
use super::damage::{Damage, Fault, Findings, Stop};
use super::flags::Flags;
use super::index::Index;
use super::layout::{ALLOC_MAGIC, DEAD_MAGIC, FREE_MAGIC, NOT_MAGIC, Sizes, UNALLOC_MAGIC};
use super::pool_pointer::Record;
use super::room::Room;

/// The memory of a pool, and what is known of it, between two callbacks: nothing here calls the program.
pub(super) struct Heap<'heap> {
    pub(super) pool: Record<'heap>,
    pub(super) index: &'heap mut Index<'heap>,
    pub(super) sizes: Sizes,
    pub(super) flags: Flags,
    /// True if the index says what stands in the arenas.
    pub(super) is_index_known: bool,
    pub(super) findings: &'heap mut Findings,
}

impl<'heap> Heap<'heap> {
    /// Notes what is wrong.
    #[cold]
    pub(super) fn found(&mut self, damage: Damage) -> Stop {
        self.findings.damage = Some(damage);
        Stop
    }

    /// The pool came upon a block that is damaged.
    #[cold]
    pub(super) fn found_block(&mut self, block: usize, fault: Fault) -> Stop {
        self.found(Damage::Block { block, fault })
    }

    /// The pool came upon an arena that is damaged.
    #[cold]
    pub(super) fn found_arena(&mut self, room: Room<'heap>, fault: Fault) -> Stop {
        self.found(Damage::Arena { start: room.start(), end: room.end(), fault })
    }

    /// The block at an address, if one can be there.
    #[inline]
    pub(super) fn block(&self, address: usize) -> Option<Block<'heap>> {
        self.index.arenas.block(address)
    }

    /// Puts a block that is neither allocated nor free among the free ones.
    #[inline]
    pub(super) fn add_free(&mut self, block: Block<'heap>) {
        block.make(FREE_MAGIC);
        self.pool.set_curfree(self.pool.curfree().wrapping_add(block.bytes()));
        self.index.add(block);
    }

    /// Takes a free block out of the index.
    #[inline]
    pub(super) fn take_free(&mut self, block: Block<'heap>) -> Result<(), Stop> {
        self.unlist(block)?;
        self.take_unlisted(block);
        Ok(())
    }

    /// Takes a free block out of the index. It still says that it is free.
    #[inline]
    pub(super) fn unlist(&mut self, block: Block<'heap>) -> Result<(), Stop> {
        match self.index.remove(block.spot(), block.bytes()) {
            Ok(()) => Ok(()),
            Err(broken) => Err(self.found_block(broken.block, "corrupt free list")),
        }
    }

    /// Takes the free ones of two blocks out of the index, or neither.
    #[inline]
    pub(super) fn unlist_both(&mut self, lower: Option<Block<'heap>>, upper: Option<Block<'heap>>) -> Result<(), Stop> {
        let lower = lower.filter(|block| block.is_free());
        if let Some(lower) = lower {
            self.unlist(lower)?;
        }
        let Some(upper) = upper.filter(|block| block.is_free()) else { return Ok(()) };
        let Err(broken) = self.index.remove(upper.spot(), upper.bytes()) else { return Ok(()) };
        if let Some(lower) = lower {
            self.index.add(lower);
        }
        Err(self.found_block(broken.block, "corrupt free list"))
    }

    /// Makes a free block that stands in no list one that is neither allocated nor free.
    #[inline]
    pub(super) fn take_unlisted(&mut self, block: Block<'heap>) {
        self.pool.set_curfree(self.pool.curfree().wrapping_sub(block.bytes()));
        block.set_magic(UNALLOC_MAGIC);
    }

    /// Joins two neighbours that stand in no list. What comes of it is neither allocated nor free.
    #[inline]
    pub(super) fn join(&mut self, lower: Block<'heap>, upper: Block<'heap>) -> Block<'heap> {
        if lower.is_free() {
            self.take_unlisted(lower);
        }
        if upper.is_free() {
            self.take_unlisted(upper);
        }
        let joined = lower.with(upper);
        // What was a header or a tail is none any more: freeing the upper block again is noticed.
        lower.forget_tail();
        upper.set_magic(NOT_MAGIC);
        upper.spot().set_bytes(NOT_MAGIC);
        joined.make(UNALLOC_MAGIC);
        joined
    }

    /// Joins a block with what lies beside it.
    #[inline]
    pub(super) fn join_all(
        &mut self,
        lower: Option<Block<'heap>>,
        block: Block<'heap>,
        upper: Option<Block<'heap>>,
    ) -> Block<'heap> {
        let joined = lower.map_or(block, |lower| self.join(lower, block));
        upper.map_or(joined, |upper| self.join(joined, upper))
    }

    /// Makes a block that is neither allocated nor free an allocated one of `data` bytes; what is too much becomes free.
    /// Returns what is allocated.
    #[inline]
    pub(super) fn cut(&mut self, block: Block<'heap>, data: usize, is_pinned: bool) -> Block<'heap> {
        let mut kept = block;
        if let Some(needed) = self.sizes.block(data).filter(|needed| *needed < block.bytes()) {
            if self.sizes.splits(block.bytes(), needed, data) {
                let (front, rest) = block.split(needed);
                rest.make(FREE_MAGIC);
                self.pool.set_curfree(self.pool.curfree().wrapping_add(rest.bytes()));
                self.index.add_rest(rest);
                kept = front;
                kept.spot().set_bytes(needed);
            }
        }
        kept.set_magic(ALLOC_MAGIC);
        kept.set_data(data, is_pinned);
        kept
    }

    /// Cuts the front off an allocated block as a free one, if that is worth it. Returns the block that stays.
    pub(super) fn free_front(&mut self, block: Block<'heap>, skip: usize, data: usize) -> Block<'heap> {
        let front = self.sizes.front(block.bytes(), skip, data);
        if front == 0 {
            return block;
        }
        let (front, stays) = block.split(front);
        stays.make(UNALLOC_MAGIC);
        self.add_free(front);
        stays
    }

    /// Of a pool that has no arenas any more.
    pub(super) fn forget_counters(&self) {
        self.pool.set_cursize(0);
        self.pool.set_curfree(0);
        self.pool.set_curalloc(0);
        self.pool.set_nfree(0);
        self.pool.set_lastcompact(0);
        self.pool.set_arenalist(0);
    }

    #[inline]
    pub(super) fn count_allocated(&self, bytes: usize) {
        self.pool.set_curalloc(self.pool.curalloc().wrapping_add(bytes));
    }

    #[inline]
    pub(super) fn count_freed(&self, bytes: usize) {
        self.pool.set_curalloc(self.pool.curalloc().wrapping_sub(bytes));
    }
}

/// A block that the program has passed, and that was checked: valid for the heap that finds it again.
#[derive(Clone, Copy)]
pub(super) struct Passed {
    pub(super) block: usize,
    /// What the program passed.
    pub(super) data: usize,
    /// How many bytes the program asked for when it got that.
    pub(super) data_bytes: usize,
}

impl Passed {
    #[inline]
    pub(super) fn new(block: Block<'_>, data: usize) -> Passed {
        let data_bytes = block.data_bytes().saturating_sub(data - block.data());
        Passed { block: block.address(), data, data_bytes }
    }
}

/// Makes an allocated block one that is never used again. The first bytes stay: tags of the program live there.
pub(super) fn bury(block: Block<'_>, user_data: usize) {
    let end = block.data() + block.data_bytes();
    block.set_magic(DEAD_MAGIC);
    let from = user_data + BURIED_FROM;
    block.fill(from, end.saturating_sub(from), BURIED);
}

/// Fills freed blocks that are never used again.
pub(super) const BURIED: u8 = 0xDA;
/// So many bytes of a buried block keep what they held.
pub(super) const BURIED_FROM: usize = 8;

/// Fills arenas that a pool gives back.
pub(super) const MARK_GIVEN_BACK: u8 = 0xFF;

/// True if an allocated or buried block may not be moved.
pub(super) fn must_stay(block: Block<'_>) -> bool {
    block.magic() == DEAD_MAGIC || block.is_pinned()
}
