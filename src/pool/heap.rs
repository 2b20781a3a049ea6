//! Blocks: made, marked, joined, cut.
#![forbid(unsafe_code)]

use super::damage::{Damage, Fault, Findings, Stop};
use super::flags::Flags;
use super::index::Index;
use super::layout::{
    ALIGN_MAGIC, ALLOC_MAGIC, ARENA, DEAD_MAGIC, FREE_MAGIC, GUARD, HEADER, NOT_MAGIC, OVERHEAD, SLACK_MAX, Sizes,
    TAIL, UNALLOC_MAGIC, WORD, slack_of, tail_word,
};
use super::pool_pointer::Record;
use super::raw_memory::{self as memory, set_four_bytes, set_word, spot, word};

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

impl Heap<'_> {
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

    /// Puts a block that is neither allocated nor free, and whose size is set, among the free ones.
    #[inline]
    pub(super) fn add_free(&mut self, block: usize) {
        self.make_free(block);
        self.index.add(spot(block), size_of(block));
    }

    /// Makes it free, and counts it, but nobody finds it yet.
    #[inline]
    fn make_free(&mut self, block: usize) {
        let bytes = size_of(block);
        set_word(block, FREE_MAGIC);
        set_tail(block, bytes, 0, false);
        self.pool.set_curfree(self.pool.curfree().wrapping_add(bytes));
    }

    /// Takes a free block out of the index.
    #[inline]
    pub(super) fn take_free(&mut self, block: usize) -> Result<(), Stop> {
        self.unlist(block)?;
        self.take_unlisted(block);
        Ok(())
    }

    /// Takes a free block out of the index. It still says that it is free.
    #[inline]
    pub(super) fn unlist(&mut self, block: usize) -> Result<(), Stop> {
        match self.index.remove(spot(block), size_of(block)) {
            Ok(()) => Ok(()),
            Err(broken) => Err(self.found_block(broken.block, "corrupt free list")),
        }
    }

    /// Takes the free ones of two blocks out of the index, or neither.
    #[inline]
    pub(super) fn unlist_both(&mut self, lower: Option<usize>, upper: Option<usize>) -> Result<(), Stop> {
        let lower = lower.filter(|block| word(*block) == FREE_MAGIC);
        if let Some(lower) = lower {
            self.unlist(lower)?;
        }
        let Some(upper) = upper.filter(|block| word(*block) == FREE_MAGIC) else { return Ok(()) };
        let Err(broken) = self.index.remove(spot(upper), size_of(upper)) else { return Ok(()) };
        if let Some(lower) = lower {
            self.index.add(spot(lower), size_of(lower));
        }
        Err(self.found_block(broken.block, "corrupt free list"))
    }

    /// Makes a free block that stands in no list one that is neither allocated nor free.
    #[inline]
    pub(super) fn take_unlisted(&mut self, block: usize) {
        self.pool.set_curfree(self.pool.curfree().wrapping_sub(size_of(block)));
        set_word(block, UNALLOC_MAGIC);
    }

    /// Joins two neighbours that stand in no list; the lower one is the block then, and neither allocated nor free.
    #[inline]
    pub(super) fn join(&mut self, lower: usize, upper: usize) -> usize {
        if word(lower) == FREE_MAGIC {
            self.take_unlisted(lower);
        }
        if word(upper) == FREE_MAGIC {
            self.take_unlisted(upper);
        }
        let bytes = size_of(lower) + size_of(upper);
        // What was a header or a tail is none any more: freeing the upper block again is noticed.
        set_word(upper - TAIL, NOT_MAGIC);
        set_word(upper, NOT_MAGIC);
        set_word(upper + WORD, NOT_MAGIC);
        set_word(lower, UNALLOC_MAGIC);
        set_size(lower, bytes);
        lower
    }

    /// Makes a block that is neither allocated nor free an allocated one of `data` bytes; what is too much becomes free.
    #[inline]
    pub(super) fn cut(&mut self, block: usize, data: usize, is_pinned: bool) {
        let size = size_of(block);
        let mut bytes = size;
        if let Some(needed) = self.sizes.block(data).filter(|needed| *needed < size) {
            if self.sizes.splits(size, needed, data) {
                let rest = block + needed;
                set_word(rest, UNALLOC_MAGIC);
                set_word(rest + WORD, size - needed);
                self.make_free(rest);
                self.index.add_rest(spot(rest), size - needed);
                set_word(block + WORD, needed);
                bytes = needed;
            }
        }
        set_word(block, ALLOC_MAGIC);
        set_data(block, bytes, data, is_pinned);
    }

    /// Cuts the front off an allocated block as a free one, if that is worth it. Returns the block that stays.
    pub(super) fn free_front(&mut self, block: usize, skip: usize, data: usize) -> usize {
        let size = size_of(block);
        let front = self.sizes.front(size, skip, data);
        if front == 0 {
            return block;
        }
        let stays = block + front;
        set_word(stays, UNALLOC_MAGIC);
        set_size(stays, size - front);
        set_word(block, UNALLOC_MAGIC);
        set_size(block, front);
        self.add_free(block);
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

/// The size of a block, from its header.
#[inline]
pub(super) fn size_of(block: usize) -> usize {
    word(block + WORD)
}

/// Where the tail of a block stands.
#[inline]
pub(super) fn tail_of(block: usize) -> usize {
    block.wrapping_add(size_of(block)).wrapping_sub(TAIL)
}

/// Where the data of a block begins.
#[inline]
pub(super) fn data_of(block: usize) -> usize {
    block + HEADER
}

/// The block behind a block.
#[inline]
pub(super) fn next_of(block: usize) -> usize {
    block.wrapping_add(size_of(block))
}

/// The first block of an arena.
pub(super) fn first_block(arena: usize) -> usize {
    arena + ARENA
}

/// How many bytes the program asked for, with what lies before them in an aligned block.
#[inline]
pub(super) fn data_bytes(block: usize) -> usize {
    size_of(block).wrapping_sub(slack_of(word(tail_of(block))))
}

/// True if an allocated block must stay where it is: it was aligned.
pub(super) fn is_pinned(block: usize) -> bool {
    let bytes = size_of(block);
    let tail = word(tail_of(block));
    let plain = tail_word(block, bytes, slack_of(tail), false);
    let pinned = tail_word(block, bytes, slack_of(tail), true);
    (tail == pinned && tail != plain) || word(data_of(block)) == ALIGN_MAGIC
}

/// Where what the program sees of a block begins: behind the words that align it.
pub(super) fn user_data_of(block: usize) -> usize {
    let end = data_of(block) + data_bytes(block);
    let mut data = data_of(block);
    while data + WORD <= end && word(data) == ALIGN_MAGIC {
        data += WORD;
    }
    data
}

/// Sets the size of a block, at both of its ends.
#[inline]
pub(super) fn set_size(block: usize, bytes: usize) {
    set_word(block + WORD, bytes);
    set_tail(block, bytes, 0, false);
}

#[inline]
fn set_tail(block: usize, bytes: usize, slack: usize, is_pinned: bool) {
    let tail = block + bytes - TAIL;
    set_word(tail, tail_word(block, bytes, slack, is_pinned));
    set_word(tail + WORD, bytes);
}

/// Sets how many bytes of an allocated block the program asked for, and the guard behind them.
#[inline]
pub(super) fn set_data(block: usize, bytes: usize, data: usize, is_pinned: bool) {
    // A slack that the tail cannot say comes to the program.
    let data = data.max(bytes.saturating_sub(SLACK_MAX)).min(bytes - OVERHEAD);
    set_tail(block, bytes, bytes - data, is_pinned);
    set_guard(data_of(block) + data, block + bytes - TAIL);
}

#[inline]
fn set_guard(from: usize, tail: usize) {
    if tail - from >= 4 {
        return set_four_bytes(from, guard_at(from));
    }
    for address in from..tail {
        memory::set_byte(address, GUARD[address % 4]);
    }
}

/// Four guard bytes as they stand from an address on.
#[inline]
pub(super) fn guard_at(address: usize) -> [u8; 4] {
    let turn = u32::try_from(address % 4).unwrap_or(0) * 8;
    u32::from_le_bytes(GUARD).rotate_right(turn).to_le_bytes()
}

/// Marks freed memory, as the original does: words of 32 bits that say who marked, and how far from where it began.
pub(super) fn mark(from: usize, bytes: usize, signature: u8) {
    let whole = bytes / 4 * 4;
    for offset in (0..whole).step_by(4) {
        let low = u32::try_from(offset & 0xFFFF_FFFF).unwrap_or(0);
        set_four_bytes(from + offset, (u32::from(signature) << 24 ^ low).to_ne_bytes());
    }
    memory::fill(from + whole, bytes - whole, signature);
}

/// Makes an allocated block one that is never used again.
pub(super) fn bury(block: usize, user_data: usize) {
    let end = data_of(block) + data_bytes(block);
    set_word(block, DEAD_MAGIC);
    // The first bytes stay: tags of the program live there.
    if end > user_data + BURIED_FROM {
        memory::fill(user_data + BURIED_FROM, end - user_data - BURIED_FROM, BURIED);
    }
}

/// Fills freed blocks that are never used again.
pub(super) const BURIED: u8 = 0xDA;
/// So many bytes of a buried block keep what they held.
pub(super) const BURIED_FROM: usize = 8;

/// True if an allocated or buried block may not be moved.
pub(super) fn must_stay(block: usize) -> bool {
    word(block) == DEAD_MAGIC || is_pinned(block)
}
