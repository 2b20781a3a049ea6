//! The short way of `poolalloc` and `poolfree`: what nearly every call does, in one piece.
//!
//! Every figure that is read from the heap is checked before it is used, as in the long way; where something is not as
//! usual, nothing has been changed yet, and the long way does the call, or says what is wrong.
#![forbid(unsafe_code)]

use super::calls::bytes;
use super::heap::guard_at;
use super::index::{self, Index};
use super::layout::{
    ALLOC_MAGIC, FREE_MAGIC, HEADER, MINIMUM, NOT_MAGIC, OVERHEAD, TAIL, WORD, is_free_tail, is_tail, slack_of,
    tail_word,
};
use super::raw_memory::{PoolPointer, four_bytes, set_four_bytes, set_word, word};

/// Sizes below have lists of their own.
const SMALL: usize = index::LISTS * WORD;

/// The data of a new block; 0 if it takes the long way.
#[inline(always)]
pub(super) fn allocate(pool: PoolPointer, index: &mut Index, data: usize) -> usize {
    // What was sensible the last time still is.
    if data >= SMALL || !index.has_sizes(bytes(pool.quantum_long()), bytes(pool.minblock_long())) {
        return 0;
    }
    let (mask, floor) = (index.quantum.wrapping_sub(1), index.floor);
    let needed = data.wrapping_add(OVERHEAD).max(floor).wrapping_add(mask) & !mask;
    if needed >= SMALL {
        return 0;
    }
    let block = index.exact(needed);
    if block != 0 {
        if word(block) != FREE_MAGIC || word(block.wrapping_add(WORD)) != needed || !index.take_head(block, needed) {
            return 0;
        }
        return finish(pool, block, needed, data);
    }
    let (block, size) = index.choose(needed);
    if block == 0 || !index.is_victim(block) {
        return allocate_listed(pool, index, block, size, needed, data);
    }
    if word(block) != FREE_MAGIC || word(block.wrapping_add(WORD)) != size {
        return 0;
    }
    // A slack that the tail cannot say is far more than a quarter of a small block.
    let extra = size.wrapping_sub(needed);
    if extra < needed >> 2 || extra < floor {
        index.no_victim();
        return finish(pool, block, size, data);
    }
    index.set_victim(cut_off(block, needed, extra), extra);
    finish(pool, block, needed, data)
}

#[inline(never)]
fn allocate_listed(
    pool: PoolPointer,
    index: &mut Index,
    block: usize,
    size: usize,
    needed: usize,
    data: usize,
) -> usize {
    if block == 0 || word(block) != FREE_MAGIC || word(block.wrapping_add(WORD)) != size {
        return 0;
    }
    let floor = index.floor;
    let extra = size.wrapping_sub(needed);
    if !index.take_head(block, size) {
        return 0;
    }
    let mut kept = size;
    // A slack that the tail cannot say is far more than a quarter of a small block.
    if extra >= needed >> 2 && extra >= floor {
        kept = needed;
        index.add(cut_off(block, needed, extra), extra);
    }
    finish(pool, block, kept, data)
}

/// Makes what lies behind the first `needed` bytes a free block of `extra` bytes.
#[inline(always)]
fn cut_off(block: usize, needed: usize, extra: usize) -> usize {
    let rest = block.wrapping_add(needed);
    set_word(rest, FREE_MAGIC);
    set_word(rest.wrapping_add(WORD), extra);
    set_tail(rest, extra, 0);
    rest
}

/// Makes the first `kept` bytes an allocated block, and counts it.
#[inline(always)]
fn finish(pool: PoolPointer, block: usize, kept: usize, data: usize) -> usize {
    set_word(block, ALLOC_MAGIC);
    set_word(block.wrapping_add(WORD), kept);
    let slack = kept.wrapping_sub(data);
    // Where there is room for less than four bytes, the tail comes over the rest.
    let end = block.wrapping_add(HEADER).wrapping_add(data);
    set_four_bytes(end, guard_at(end));
    set_tail(block, kept, slack);
    pool.set_curfree(pool.curfree().wrapping_sub(kept));
    pool.set_curalloc(pool.curalloc().wrapping_add(kept));
    block.wrapping_add(HEADER)
}

#[inline(always)]
fn set_tail(block: usize, bytes: usize, slack: usize) {
    let tail = block.wrapping_add(bytes).wrapping_sub(TAIL);
    set_word(tail, tail_word(block, bytes, slack, false));
    set_word(tail.wrapping_add(WORD), bytes);
}

/// Frees the block with this data. False if it takes the long way.
#[inline(always)]
pub(super) fn release(pool: PoolPointer, index: &mut Index, data: usize) -> bool {
    let Some((block, size)) = checked(index, data) else { return false };
    let (lowest, limit) = index.arenas.recent_data();
    let behind = block.wrapping_add(size);
    if is_free_tail(word(block.wrapping_sub(TAIL))) && data != lowest {
        return release_joined(pool, index, block, size, lowest, limit);
    }
    let mut total = size;
    if index.is_victim(behind) {
        total = size.wrapping_add(index.victim_bytes());
        index.no_victim();
    } else if word(behind) == FREE_MAGIC {
        return release_joined(pool, index, block, size, lowest, limit);
    }
    set_word(block, FREE_MAGIC);
    set_word(block.wrapping_add(WORD), total);
    set_tail(block, total, 0);
    index.add(block, total);
    count_freed(pool, size);
    true
}

#[inline(always)]
fn count_freed(pool: PoolPointer, size: usize) {
    pool.set_nfree(pool.nfree().wrapping_add(1));
    pool.set_curfree(pool.curfree().wrapping_add(size));
    pool.set_curalloc(pool.curalloc().wrapping_sub(size));
}

#[inline(never)]
fn release_joined(
    pool: PoolPointer,
    index: &mut Index,
    block: usize,
    size: usize,
    lowest: usize,
    limit: usize,
) -> bool {
    let behind = block.wrapping_add(size);
    let first = lowest.wrapping_sub(HEADER);
    // The free block before: its tail stands right before this block.
    let before_tail = word(block.wrapping_sub(TAIL));
    let mut before_bytes = 0;
    if is_free_tail(before_tail) && block != first {
        before_bytes = word(block.wrapping_sub(WORD));
        let is_there = before_bytes <= block.wrapping_sub(first) && before_bytes >= MINIMUM;
        if !is_there || !is_tail(before_tail, block.wrapping_sub(before_bytes), before_bytes) {
            return false;
        }
    }
    let start = block.wrapping_sub(before_bytes);
    let mut has_victim = false;
    if before_bytes != 0 {
        match index.take_right(start, before_bytes) {
            Some(was_victim) => has_victim = was_victim,
            None => return false,
        }
    }
    let mut after_bytes = 0;
    if word(behind) == FREE_MAGIC {
        after_bytes = word(behind.wrapping_add(WORD));
        let is_there = after_bytes <= limit.wrapping_add(HEADER).wrapping_sub(behind)
            && after_bytes >= MINIMUM
            && after_bytes % WORD == 0
            && is_tail(word(behind.wrapping_add(after_bytes).wrapping_sub(TAIL)), behind, after_bytes);
        match if is_there { index.take_right(behind, after_bytes) } else { None } {
            Some(was_victim) => has_victim |= was_victim,
            None => {
                put_back(index, start, before_bytes, has_victim);
                return false;
            }
        }
    }
    if before_bytes != 0 {
        set_word(block, NOT_MAGIC);
    }
    let total = size.wrapping_add(before_bytes).wrapping_add(after_bytes);
    set_word(start, FREE_MAGIC);
    set_word(start.wrapping_add(WORD), total);
    set_tail(start, total, 0);
    if has_victim {
        index.set_victim(start, total);
    } else {
        index.add(start, total);
    }
    count_freed(pool, size);
    true
}

#[cold]
fn put_back(index: &mut Index, block: usize, bytes: usize, was_victim: bool) {
    if bytes != 0 && !was_victim {
        index.add(block, bytes);
    }
}

/// `slack` is what a sealed tail says.
#[inline(always)]
pub(super) fn has_guard(behind: usize, slack: usize) -> bool {
    let end = behind.wrapping_add(HEADER).wrapping_sub(slack);
    let differs = u32::from_le_bytes(four_bytes(end)) ^ u32::from_le_bytes(guard_at(end));
    // Where fewer than four are left, the tail follows: it can be read, and does not count.
    let counted_bits = slack.wrapping_sub(OVERHEAD).min(4) * 8;
    u64::from(differs) & !(u64::MAX << counted_bits) == 0
}

/// Gives a block `data` bytes where it is, if that needs no other block. False if it takes the long way.
#[inline(always)]
pub(super) fn resize(pool: PoolPointer, index: &mut Index, address: usize, data: usize) -> bool {
    if data == 0
        || data >= SMALL
        || address == 0
        || !index.has_sizes(bytes(pool.quantum_long()), bytes(pool.minblock_long()))
    {
        return false;
    }
    let Some((block, size)) = checked(index, address) else { return false };
    let (mask, floor) = (index.quantum.wrapping_sub(1), index.floor);
    let needed = data.wrapping_add(OVERHEAD).max(floor).wrapping_add(mask) & !mask;
    if needed > size || size >= SMALL {
        return false;
    }
    let extra = size.wrapping_sub(needed);
    if extra >= needed >> 2 && extra >= floor {
        return false;
    }
    let end = block.wrapping_add(HEADER).wrapping_add(data);
    set_four_bytes(end, guard_at(end));
    set_tail(block, size, size.wrapping_sub(data));
    true
}

/// A block that is as it should be, and its size. None if it takes the long way.
#[inline(always)]
fn checked(index: &Index, data: usize) -> Option<(usize, usize)> {
    if !index.arenas.is_recent(data) && !index.arenas.make_recent(data) {
        return None;
    }
    let (_, limit) = index.arenas.recent_data();
    let block = data.wrapping_sub(HEADER);
    if data % WORD != 0 || word(block) != ALLOC_MAGIC {
        return None;
    }
    let size = word(block.wrapping_add(WORD));
    if size.wrapping_sub(OVERHEAD) > limit.wrapping_sub(data) || size % WORD != 0 {
        return None;
    }
    let behind = block.wrapping_add(size);
    let tail = word(behind.wrapping_sub(TAIL));
    let is_whole =
        is_tail(tail, block, size) && word(behind.wrapping_sub(WORD)) == size && has_guard(behind, slack_of(tail));
    is_whole.then_some((block, size))
}
