//! The fast path of `poolalloc`, `poolfree` and `poolrealloc`: what nearly every call does, in the fewest steps.
//!
//! Every figure that is read from the heap is checked before it is used, as in the slow path; where something is not as
//! usual, nothing has been changed yet, and another path does the call, or says what is wrong. What is less usual stands
//! in functions of their own that are gone to at the end of a call, so that the most usual keeps all it needs in
//! registers.
#![allow(unsafe_code, reason = "what was checked in a few steps is a block")]

use super::block::Block;
use super::fast_index::Best;
use super::index::Index;
use super::layout::{
    ALLOC_MAGIC, FREE_MAGIC, HEADER, MINIMUM, NOT_MAGIC, is_free_tail, is_tail, slack_of, words_between,
};
use super::pool_pointer::Record;
use super::spot::Spot;

/// How far a call has come.
pub(super) enum Outcome {
    /// It is done, with this data.
    Done(usize),
    /// Nothing has changed: the best block is in a list, and not as near as usual. So many bytes are needed.
    Listed(usize),
    /// A free block of some size has been taken out of the index; the front of so many bytes is to be allocated.
    Cut(usize, usize, usize),
    /// Nothing has changed: this block is to be freed, with its size, and joined with its neighbours.
    Joined(usize, usize),
    /// Nothing has changed: the data is in another arena than that of the last time.
    OtherArena,
    /// Nothing has changed: what is asked for is large, or only large blocks are left.
    Large,
    /// Nothing has changed: this block is to be copied to a new one. It cannot grow where it is.
    Copied,
    /// Nothing has changed: the slow path.
    Slow,
}

/// Allocates from a list near the size, or from the victim where no list has any.
#[inline(always)]
pub(super) fn allocate(pool: Record<'_>, index: &mut Index<'_>, data: usize) -> Outcome {
    let Some(needed) = index.small_block_bytes(pool, data) else { return Outcome::Large };
    let (head, size) = match index.best(needed) {
        Best::Listed(head, size) => (head, size),
        Best::Victim => {
            // SAFETY: no block has 0 bytes.
            let Some(victim) = (unsafe { index.victim.at_least(needed) }) else { return Outcome::Large };
            return allocate_from_victim(pool, index, victim, needed, data);
        }
        Best::Large => return Outcome::Large,
    };
    if !is_free(head, size) || !index.take_head_nearby(head, size) {
        return Outcome::Listed(needed);
    }
    if is_worth_a_cut(index, size, needed) {
        return Outcome::Cut(head.address(), size, needed);
    }
    // SAFETY: the index has a free block of this size there, and its header says so.
    Outcome::Done(finish(pool, index, unsafe { block_of(head, size) }, data))
}

/// True if a block has the header of a free one of this size.
#[inline(always)]
pub(super) fn is_free(block: Spot<'_>, size: usize) -> bool {
    block.magic() == FREE_MAGIC && block.bytes() == size
}

/// A block that is listed as one of this size.
///
/// # Safety
///
/// The index has it so: it was a block of this size when it came to the index, and stays one until it is taken. Where the
/// program has written a link in freed memory that leads to a header of its own making, so many bytes lie in an arena.
#[inline(always)]
unsafe fn block_of(spot: Spot<'_>, size: usize) -> Block<'_> {
    // SAFETY: as the caller promises.
    unsafe { Block::assume(spot.address(), size) }
}

/// True if what is too much of a small block becomes a free one.
#[inline(always)]
fn is_worth_a_cut(index: &Index<'_>, size: usize, needed: usize) -> bool {
    // A slack that the tail cannot say is far more than a quarter of a small block.
    size.wrapping_sub(needed) >= index.floor().max(needed >> 2)
}

#[inline(always)]
fn allocate_from_victim<'heap>(
    pool: Record<'_>,
    index: &mut Index<'heap>,
    block: Block<'heap>,
    needed: usize,
    data: usize,
) -> Outcome {
    if !is_free(block.spot(), block.bytes()) {
        return Outcome::Slow;
    }
    if !is_worth_a_cut(index, block.bytes(), needed) {
        index.no_victim();
        return Outcome::Done(finish(pool, index, block, data));
    }
    // SAFETY: needed is the size of a block, and what is left has no less than the floor.
    let (front, rest) = unsafe { block.split_unchecked(needed) };
    rest.make(FREE_MAGIC);
    index.set_victim(rest);
    Outcome::Done(finish(pool, index, front, data))
}

/// Allocates the best block, wherever it lies.
///
/// # Safety
///
/// The outcome was [`Outcome::Listed`] in this call, with what is needed for so much data, and nothing was done since.
#[inline(always)]
pub(super) unsafe fn allocate_listed(pool: Record<'_>, index: &mut Index<'_>, data: usize, needed: usize) -> Outcome {
    let (head, size) = match index.best(needed) {
        Best::Listed(head, size) => (head, size),
        Best::Victim | Best::Large => return Outcome::Slow,
    };
    if !is_free(head, size) || !index.take_head(head, size) {
        return Outcome::Slow;
    }
    // SAFETY: the index had a free block of this size there, and its header says so.
    let block = unsafe { block_of(head, size) };
    if is_worth_a_cut(index, size, needed) {
        return Outcome::Done(allocate_front(pool, index, block, needed, data));
    }
    Outcome::Done(finish(pool, index, block, data))
}

/// Allocates the front of a free block.
///
/// # Safety
///
/// The outcome was [`Outcome::Cut`] in this call: a free block has been taken out of the index, and nothing was done since.
#[inline(always)]
pub(super) unsafe fn allocate_cut(
    pool: Record<'_>,
    index: &mut Index<'_>,
    (block, size): (usize, usize),
    needed: usize,
    data: usize,
) -> usize {
    // SAFETY: as the caller promises.
    allocate_front(pool, index, unsafe { Block::assume(block, size) }, needed, data)
}

#[inline(always)]
fn allocate_front<'heap>(
    pool: Record<'_>,
    index: &mut Index<'heap>,
    block: Block<'heap>,
    needed: usize,
    data: usize,
) -> usize {
    // SAFETY: needed is the size of a block, and what is left is worth a cut: no less than the floor.
    let (front, rest) = unsafe { block.split_unchecked(needed) };
    rest.make(FREE_MAGIC);
    index.add_rest(rest);
    finish(pool, index, front, data)
}

/// Makes a block an allocated one, and counts it.
#[inline(always)]
fn finish(pool: Record<'_>, index: &Index<'_>, block: Block<'_>, data: usize) -> usize {
    count_allocated(pool, index, block.bytes());
    if let Some(told) = index.told {
        told.count_allocated();
    }
    // SAFETY: what is allocated has the size that was reckoned for the data, or more, but for less than a quarter.
    unsafe { make_allocated(block, data) }
}

/// Makes a block an allocated one. Its data.
///
/// # Safety
///
/// It has the size that was reckoned for so much data, or more, but no more than a tail can say.
#[inline(always)]
pub(super) unsafe fn make_allocated(block: Block<'_>, data: usize) -> usize {
    block.set_magic(ALLOC_MAGIC);
    block.spot().set_bytes(block.bytes());
    // SAFETY: as the caller promises.
    unsafe { block.set_data_unchecked(data) };
    block.data()
}

#[inline(always)]
pub(super) fn count_allocated(pool: Record<'_>, index: &Index<'_>, bytes: usize) {
    pool.set_curfree(pool.curfree().wrapping_sub(bytes));
    pool.set_curalloc(pool.curalloc().wrapping_add(bytes));
    if let Some(told) = index.told {
        told.say_more_is_allocated(pool.curalloc());
    }
}

#[inline(always)]
fn count_freed(pool: Record<'_>, index: &Index<'_>, bytes: usize) {
    pool.set_nfree(pool.nfree().wrapping_add(1));
    pool.set_curfree(pool.curfree().wrapping_add(bytes));
    pool.set_curalloc(pool.curalloc().wrapping_sub(bytes));
    if let Some(told) = index.told {
        told.say_less_is_allocated(pool.curalloc());
        told.count_freed();
    }
}

/// Frees a block between allocated ones, or right before the victim.
#[inline(always)]
pub(super) fn release(pool: Record<'_>, index: &mut Index<'_>, data: usize) -> Outcome {
    index.fetch_likely_tail(data);
    let Some(words_behind) = index.arenas.recent_words_behind(data) else { return Outcome::OtherArena };
    let Some(block) = checked(index, data, words_behind) else { return Outcome::Slow };
    if follows_free(index, block) {
        return Outcome::Joined(block.address(), block.bytes());
    }
    let size = block.bytes();
    if index.is_victim(block.end()) {
        let total = size.wrapping_add(index.victim.bytes());
        // SAFETY: the victim is a block of so many bytes, which begins where this one ends.
        let joined = unsafe { Block::assume(block.address(), total) };
        joined.make(FREE_MAGIC);
        index.set_victim(joined);
    } else {
        index.likely_bytes = size;
        if block.magic_behind() == FREE_MAGIC || !index.is_for_list(size) {
            return Outcome::Joined(block.address(), size);
        }
        block.make(FREE_MAGIC);
        index.list_small(block);
    }
    count_freed(pool, index, size);
    Outcome::Done(data)
}

/// True if the block before this one is free: its tail stands right before.
#[inline(always)]
fn follows_free(index: &Index<'_>, block: Block<'_>) -> bool {
    block.follows_free() && block.address() != index.arenas.recent_first()
}

/// Frees a block, and joins it with free neighbours, wherever these stand.
///
/// # Safety
///
/// The outcome was [`Outcome::Joined`] in this call: it is a block that has been checked, and nothing was done since.
#[inline(always)]
pub(super) unsafe fn release_joined(pool: Record<'_>, index: &mut Index<'_>, address: usize, size: usize) -> Outcome {
    // SAFETY: as the caller promises.
    let block = unsafe { Block::assume(address, size) };
    let Some(before_bytes) = free_bytes_before(index, block) else { return Outcome::Slow };
    let Some(after_bytes) = free_bytes_behind(index, block) else { return Outcome::Slow };
    // SAFETY: they lie beside it, which was checked.
    let taken = unsafe { take_neighbours(index, block, before_bytes, after_bytes) };
    let Some((joined, has_victim)) = taken else { return Outcome::Slow };
    if before_bytes != 0 {
        block.set_magic(NOT_MAGIC);
    }
    joined.make(FREE_MAGIC);
    if has_victim {
        index.set_victim(joined);
    } else {
        index.add(joined);
    }
    count_freed(pool, index, size);
    Outcome::Done(address)
}

/// Takes the free blocks beside a block out of the index, of so many bytes or none. Returns all of it as one block, and
/// whether one was the victim, in whose place another must come. None: nothing has changed.
///
/// # Safety
///
/// So many bytes lie beside the block in its arena; a block begins behind it.
#[inline(always)]
pub(super) unsafe fn take_neighbours<'heap>(
    index: &mut Index<'heap>,
    block: Block<'heap>,
    before_bytes: usize,
    after_bytes: usize,
) -> Option<(Block<'heap>, bool)> {
    let total = block.bytes().wrapping_add(before_bytes).wrapping_add(after_bytes);
    // SAFETY: as the caller promises; what is no multiple of a word is refused before it is used.
    let joined = unsafe { Block::assume(block.address().wrapping_sub(before_bytes), total) };
    let mut has_victim = false;
    if before_bytes != 0 {
        has_victim = index.take_right(joined.spot(), before_bytes)?;
    }
    if after_bytes != 0 {
        // SAFETY: as the caller promises.
        let behind = unsafe { Spot::assume(block.end()) };
        match index.take_free(behind, after_bytes) {
            Some(was_victim) => has_victim |= was_victim,
            None => {
                if before_bytes != 0 && !has_victim {
                    // SAFETY: the block before, as above.
                    put_back(index, unsafe { Block::assume(joined.address(), before_bytes) });
                }
                return None;
            }
        }
    }
    Some((joined, has_victim))
}

/// The size of the free block before this one; 0 if it is not free. None: something is wrong.
#[inline(always)]
pub(super) fn free_bytes_before(index: &Index<'_>, block: Block<'_>) -> Option<usize> {
    let tail = block.tail_before();
    let first = index.arenas.recent_first();
    if !is_free_tail(tail) || block.address() == first {
        return Some(0);
    }
    let bytes = block.bytes_before();
    let is_there = bytes <= block.address().wrapping_sub(first) && bytes >= MINIMUM;
    (is_there && is_tail(tail, block.address().wrapping_sub(bytes), bytes)).then_some(bytes)
}

/// The size of the free block behind this one; 0 if it is not free. None: something is wrong.
#[inline(always)]
pub(super) fn free_bytes_behind(index: &Index<'_>, block: Block<'_>) -> Option<usize> {
    if block.magic_behind() != FREE_MAGIC {
        return Some(0);
    }
    let words_behind = index.arenas.recent_words_behind(block.end().wrapping_add(HEADER))?;
    // SAFETY: a block can begin there, says the table.
    let bytes = unsafe { Spot::assume(block.end()) }.bytes();
    if words_between(MINIMUM, bytes) >= words_behind {
        return None;
    }
    // SAFETY: one of so many bytes, too.
    let after = unsafe { Block::assume(block.end(), bytes) };
    is_tail(after.tail(), after.address(), bytes).then_some(bytes)
}

#[cold]
fn put_back<'heap>(index: &mut Index<'heap>, block: Block<'heap>) {
    index.add(block);
}

/// A block that is as it should be. None if it takes the slow path.
#[inline(always)]
pub(super) fn checked<'heap>(_index: &Index<'heap>, data: usize, words_behind: usize) -> Option<Block<'heap>> {
    // SAFETY: the data of a block can begin here, says the table of arenas.
    let spot: Spot<'heap> = unsafe { Spot::assume(data.wrapping_sub(HEADER)) };
    let size = spot.bytes();
    if spot.magic() != ALLOC_MAGIC || words_between(MINIMUM, size) >= words_behind {
        return None;
    }
    // SAFETY: one of this size, too.
    let block = unsafe { Block::assume(spot.address(), size) };
    let tail = block.tail();
    let is_whole =
        block.tail_bytes() == size && is_tail(tail, block.address(), size) && block.has_guard(slack_of(tail));
    is_whole.then_some(block)
}
