//! The short way of `poolalloc`, `poolfree` and `poolrealloc`: what nearly every call does, in the fewest steps.
//!
//! Every figure that is read from the heap is checked before it is used, as in the long way; where something is not as
//! usual, nothing has been changed yet, and another way does the call, or says what is wrong. What is less usual stands
//! in functions of their own that are gone to at the end of a call, so that the most usual keeps all it needs in
//! registers.
#![forbid(unsafe_code)]

use super::heap::guard_at;
use super::index::{Index, Sized};
use super::layout::{
    ALLOC_MAGIC, FREE_MAGIC, HEADER, MINIMUM, NOT_MAGIC, OVERHEAD, TAIL, WORD, is_free_tail, is_tail, slack_of, splits,
    tail_word, words_between,
};
use super::pool_pointer::Record;
use super::raw_memory::{four_bytes, set_four_bytes, set_word, spot, word};

/// How far a call has come.
pub(super) enum Way {
    /// It is done, with this data.
    Done(usize),
    /// Nothing has changed: a free block of at least so many bytes is to be chosen from the lists.
    Listed(usize),
    /// A free block of some size has been taken out of the index; the front of so many bytes is to be allocated.
    Cut(usize, usize, usize),
    /// Nothing has changed: this block is to be freed, with its size, and joined with its neighbours.
    Joined(usize, usize),
    /// Nothing has changed: the data is in another arena than that of the last time.
    Elsewhere,
    /// Nothing has changed: the long way.
    Long,
}

/// Allocates from a list near the size, or from the victim where no list has any.
#[inline(always)]
pub(super) fn allocate(pool: Record<'_>, index: &mut Index<'_>, data: usize) -> Way {
    let Some(needed) = index.small_block_bytes(pool, data) else { return Way::Long };
    if !index.has_lists_for(needed) {
        let Some(victim) = index.best_victim(needed) else { return Way::Long };
        return allocate_from_victim(pool, index, victim, needed, data);
    }
    let Some((head, size)) = index.choose_near(needed) else { return Way::Listed(needed) };
    let block = head.address();
    if !is_free(block, size) || !index.take_head_nearby(head, size) {
        return Way::Listed(needed);
    }
    if is_worth_a_cut(index, size, needed) {
        return Way::Cut(block, size, needed);
    }
    Way::Done(finish(pool, block, size, data))
}

/// True if a block has the header of a free one of this size.
#[inline(always)]
fn is_free(block: usize, size: usize) -> bool {
    word(block) == FREE_MAGIC && word(block.wrapping_add(WORD)) == size
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
    (victim, size): Sized<'heap>,
    needed: usize,
    data: usize,
) -> Way {
    let block = victim.address();
    if !is_free(block, size) {
        return Way::Long;
    }
    if !is_worth_a_cut(index, size, needed) {
        index.no_victim();
        return Way::Done(finish(pool, block, size, data));
    }
    let extra = size.wrapping_sub(needed);
    index.set_victim(spot(cut_off(block, needed, extra)), extra);
    Way::Done(finish(pool, block, needed, data))
}

/// Allocates the best block, wherever it is listed, if no tree comes in. The pool's sizes are usual.
#[inline(always)]
pub(super) fn allocate_listed(pool: Record<'_>, index: &mut Index<'_>, data: usize, needed: usize) -> Way {
    let Some((head, size)) = index.choose(needed) else { return Way::Long };
    let block = head.address();
    if index.is_victim(block) {
        return allocate_from_victim(pool, index, (head, size), needed, data);
    }
    if !is_free(block, size) || !index.take_head(head, size) {
        return Way::Long;
    }
    if is_worth_a_cut(index, size, needed) {
        return Way::Done(allocate_cut(pool, index, (block, size), needed, data));
    }
    Way::Done(finish(pool, block, size, data))
}

/// Allocates the front of a free block that has been taken out of the index.
#[inline(always)]
pub(super) fn allocate_cut(
    pool: Record<'_>,
    index: &mut Index<'_>,
    (block, size): (usize, usize),
    needed: usize,
    data: usize,
) -> usize {
    let extra = size.wrapping_sub(needed);
    index.add_rest(spot(cut_off(block, needed, extra)), extra);
    finish(pool, block, needed, data)
}

/// Makes what lies behind the first `needed` bytes a free block of `extra` bytes.
#[inline(always)]
fn cut_off(block: usize, needed: usize, extra: usize) -> usize {
    let rest = block.wrapping_add(needed);
    make_free(rest, extra);
    rest
}

/// Writes the header and the tail of a free block.
#[inline(always)]
fn make_free(block: usize, bytes: usize) {
    set_word(block, FREE_MAGIC);
    set_word(block.wrapping_add(WORD), bytes);
    set_tail(block, bytes, 0);
}

/// Makes the first `kept` bytes an allocated block, and counts it.
#[inline(always)]
fn finish(pool: Record<'_>, block: usize, kept: usize, data: usize) -> usize {
    set_word(block, ALLOC_MAGIC);
    set_word(block.wrapping_add(WORD), kept);
    set_data(block, kept, data);
    count_allocated(pool, kept);
    block.wrapping_add(HEADER)
}

/// Writes the guard and the tail of an allocated block.
#[inline(always)]
fn set_data(block: usize, kept: usize, data: usize) {
    // Where there is room for less than four bytes, the tail comes over the rest.
    let end = block.wrapping_add(HEADER).wrapping_add(data);
    set_four_bytes(end, guard_at(end));
    set_tail(block, kept, kept.wrapping_sub(data));
}

#[inline(always)]
fn set_tail(block: usize, bytes: usize, slack: usize) {
    let tail = block.wrapping_add(bytes).wrapping_sub(TAIL);
    set_word(tail, tail_word(block, bytes, slack, false));
    set_word(tail.wrapping_add(WORD), bytes);
}

#[inline(always)]
fn count_allocated(pool: Record<'_>, bytes: usize) {
    pool.set_curfree(pool.curfree().wrapping_sub(bytes));
    pool.set_curalloc(pool.curalloc().wrapping_add(bytes));
}

#[inline(always)]
fn count_freed(pool: Record<'_>, bytes: usize) {
    pool.set_nfree(pool.nfree().wrapping_add(1));
    pool.set_curfree(pool.curfree().wrapping_add(bytes));
    pool.set_curalloc(pool.curalloc().wrapping_sub(bytes));
}

/// Frees a block between allocated ones, or right before the victim.
#[inline(always)]
pub(super) fn release(pool: Record<'_>, index: &mut Index<'_>, data: usize) -> Way {
    let Some(words_behind) = index.arenas.recent_words_behind(data) else { return Way::Elsewhere };
    let Some((block, size)) = checked(data, words_behind) else { return Way::Long };
    if follows_free(index, block) {
        return Way::Joined(block, size);
    }
    let behind = block.wrapping_add(size);
    if index.is_victim(behind) {
        let total = size.wrapping_add(index.victim.bytes());
        make_free(block, total);
        index.set_victim(spot(block), total);
    } else if word(behind) == FREE_MAGIC || !index.is_for_list(size) {
        return Way::Joined(block, size);
    } else {
        make_free(block, size);
        index.list_small(spot(block), size);
    }
    count_freed(pool, size);
    Way::Done(data)
}

/// True if the block before this one is free: its tail stands right before.
#[inline(always)]
fn follows_free(index: &Index<'_>, block: usize) -> bool {
    let [_, high_byte, low_byte, _] = four_bytes(block.wrapping_sub(TAIL));
    u16::from_ne_bytes([high_byte, low_byte]) == 0 && block != index.arenas.recent_first()
}

/// Frees a block that has been checked, and joins it with free neighbours, if these stand in no tree.
#[inline(always)]
pub(super) fn release_joined(pool: Record<'_>, index: &mut Index<'_>, block: usize, size: usize) -> Way {
    let Some(before_bytes) = free_bytes_before(index, block) else { return Way::Long };
    let behind = block.wrapping_add(size);
    let Some(after_bytes) = free_bytes_behind(index, behind) else { return Way::Long };
    let start = block.wrapping_sub(before_bytes);
    let mut has_victim = false;
    if before_bytes != 0 {
        match index.take_right(spot(start), before_bytes) {
            Some(was_victim) => has_victim = was_victim,
            None => return Way::Long,
        }
    }
    if after_bytes != 0 {
        match index.take_right(spot(behind), after_bytes) {
            Some(was_victim) => has_victim |= was_victim,
            None => {
                put_back(index, start, before_bytes, has_victim);
                return Way::Long;
            }
        }
    }
    if before_bytes != 0 {
        set_word(block, NOT_MAGIC);
    }
    let total = size.wrapping_add(before_bytes).wrapping_add(after_bytes);
    make_free(start, total);
    if has_victim {
        index.set_victim(spot(start), total);
    } else {
        index.add(spot(start), total);
    }
    count_freed(pool, size);
    Way::Done(block)
}

/// The size of the free block before this one; 0 if it is not free. None: something is wrong.
#[inline(always)]
fn free_bytes_before(index: &Index<'_>, block: usize) -> Option<usize> {
    let tail = word(block.wrapping_sub(TAIL));
    let first = index.arenas.recent_first();
    if !is_free_tail(tail) || block == first {
        return Some(0);
    }
    let bytes = word(block.wrapping_sub(WORD));
    let is_there = bytes <= block.wrapping_sub(first) && bytes >= MINIMUM;
    (is_there && is_tail(tail, block.wrapping_sub(bytes), bytes)).then_some(bytes)
}

/// The size of the free block that begins here; 0 if none does. None: something is wrong.
#[inline(always)]
fn free_bytes_behind(index: &Index<'_>, block: usize) -> Option<usize> {
    if word(block) != FREE_MAGIC {
        return Some(0);
    }
    let words_behind = index.arenas.recent_words_behind(block.wrapping_add(HEADER))?;
    let bytes = word(block.wrapping_add(WORD));
    let is_there = words_between(OVERHEAD, bytes) <= words_behind && bytes >= MINIMUM;
    (is_there && is_tail(word(block.wrapping_add(bytes).wrapping_sub(TAIL)), block, bytes)).then_some(bytes)
}

#[cold]
fn put_back(index: &mut Index<'_>, block: usize, bytes: usize, was_victim: bool) {
    if bytes != 0 && !was_victim {
        index.add(spot(block), bytes);
    }
}

/// `slack` is what a sealed tail says, of a block of at least OVERHEAD bytes.
#[inline(always)]
pub(super) fn has_guard(behind: usize, size: usize, slack: usize) -> bool {
    // Less has the tail of a free block, whose seal says nothing of the magic: what would be read lies behind the
    // block. More than the block has a tail that somebody made: what would be read lies before it. At either end of an
    // arena there may be no memory.
    let room = slack.wrapping_sub(OVERHEAD);
    if room > size.wrapping_sub(OVERHEAD) {
        return false;
    }
    let end = behind.wrapping_sub(TAIL).wrapping_sub(room);
    let differs = u32::from_le_bytes(four_bytes(end)) ^ u32::from_le_bytes(guard_at(end));
    // Where fewer than four are left, the tail follows: it can be read, and does not count.
    let uncounted_bits = 4_usize.saturating_sub(room) % 8 * 8;
    (u64::from(differs) << uncounted_bits) & u64::from(u32::MAX) == 0
}

/// A block that is as it should be, and its size. None if it takes the long way.
#[inline(always)]
fn checked(data: usize, words_behind: usize) -> Option<(usize, usize)> {
    let block = data.wrapping_sub(HEADER);
    let size = word(block.wrapping_add(WORD));
    if word(block) != ALLOC_MAGIC || words_between(OVERHEAD, size) > words_behind {
        return None;
    }
    let behind = block.wrapping_add(size);
    let tail = word(behind.wrapping_sub(TAIL));
    let is_whole = word(behind.wrapping_sub(WORD)) == size
        && is_tail(tail, block, size)
        && has_guard(behind, size, slack_of(tail));
    is_whole.then_some((block, size))
}

/// Gives a block `data` bytes where it is: within it, or with a free block behind it that stands in no tree.
#[inline(always)]
pub(super) fn resize(pool: Record<'_>, index: &mut Index<'_>, address: usize, data: usize) -> Way {
    // An address of nil lies in no arena.
    if data == 0 {
        return Way::Long;
    }
    let Some(needed) = index.block_bytes(pool, data) else { return Way::Long };
    let Some(words_behind) = index.arenas.recent_words_behind(address) else { return Way::Elsewhere };
    let Some((block, size)) = checked(address, words_behind) else { return Way::Long };
    let mut whole = size;
    let mut had_victim = false;
    if needed > size {
        let behind = block.wrapping_add(size);
        let Some(after_bytes) = free_bytes_behind(index, behind) else { return Way::Long };
        whole = size.wrapping_add(after_bytes);
        if whole < needed {
            return Way::Long;
        }
        match index.take_right(spot(behind), after_bytes) {
            Some(was_victim) => had_victim = was_victim,
            None => return Way::Long,
        }
    }
    let mut kept = whole;
    let mut rest = 0;
    let extra = whole.wrapping_sub(needed);
    if extra != 0 && splits(whole, needed, data, index.floor()) {
        kept = needed;
        rest = cut_off(block, needed, extra);
    }
    settle_rest(index, rest, extra, had_victim);
    set_word(block.wrapping_add(WORD), kept);
    set_data(block, kept, data);
    count_allocated(pool, kept.wrapping_sub(size));
    Way::Done(address)
}

/// What is left of the block that was taken comes in its place.
#[inline(always)]
fn settle_rest(index: &mut Index<'_>, rest: usize, bytes: usize, had_victim: bool) {
    match (rest, had_victim) {
        (0, false) => {}
        (0, true) => index.no_victim(),
        (_, true) => index.set_victim(spot(rest), bytes),
        (_, false) => index.add_rest(spot(rest), bytes),
    }
}
