//! What the fast path does with blocks of any size: the whole of an allocation and of a release, and resizing.
//!
//! These are functions that the short ways of `fast_calls` go to at their ends, and what `poolrealloc` is made of.
#![allow(unsafe_code, reason = "what was checked in a few steps is a block")]

use super::block::Block;
use super::fast_path::{
    self, Outcome, checked, count_allocated, free_bytes_before, free_bytes_behind, is_free, make_allocated,
    take_neighbours,
};
use super::index::Index;
use super::layout::{FREE_MAGIC, HEADER, LISTS, NOT_MAGIC, WORD, splits};
use super::neighbours::is_whole_free;
use super::pool_pointer::Record;

/// Allocates the best block of any size, from wherever it is.
pub(super) fn allocate_large(pool: Record<'_>, index: &mut Index<'_>, data: usize) -> Outcome {
    let Some(needed) = index.block_bytes(pool, data).filter(|_| adds_up(pool, index)) else { return Outcome::Slow };
    let Ok(Some((spot, size))) = index.find(needed) else { return Outcome::Slow };
    if needed < LISTS * WORD && size >= LISTS * WORD {
        index.know_least_large(size);
    }
    let Some(room) = index.arenas.room(spot.address()) else { return Outcome::Slow };
    let block = room.block_of(spot.address(), size).filter(|block| is_free(spot, size) && is_whole_free(*block));
    let Some(block) = block else { return Outcome::Slow };
    if index.remove(spot, size).is_err() {
        return Outcome::Slow;
    }
    // It is out of the index, the victim too.
    let data = settle(pool, index, (block, false), 0, needed, data);
    if let Some(told) = index.told {
        told.count_allocated();
    }
    Outcome::Done(data)
}

/// True if the pool's counters say as many bytes as its arenas have. The shortest ways do not ask.
#[inline(always)]
fn adds_up(pool: Record<'_>, index: &Index<'_>) -> bool {
    pool.curfree().wrapping_add(pool.curalloc()) == index.arenas.block_bytes()
}

/// Allocates from wherever the best block is.
#[inline(never)]
pub(super) fn allocate_any(pool: Record<'_>, index: &mut Index<'_>, data: usize) -> Outcome {
    let outcome = match fast_path::allocate(pool, index, data) {
        // SAFETY: it was just said.
        Outcome::Listed(needed) => unsafe { fast_path::allocate_listed(pool, index, data, needed) },
        Outcome::Cut(block, size, needed) => {
            // SAFETY: it was just said.
            Outcome::Done(unsafe { fast_path::allocate_cut(pool, index, (block, size), needed, data) })
        }
        other => other,
    };
    if matches!(outcome, Outcome::Large) { allocate_large(pool, index, data) } else { outcome }
}

/// Frees a block in any arena, and joins it with what is free beside it.
#[inline(never)]
pub(super) fn release_any(pool: Record<'_>, index: &mut Index<'_>, data: usize) -> Outcome {
    let outcome = match fast_path::release(pool, index, data) {
        Outcome::OtherArena if index.arenas.make_recent(data) => fast_path::release(pool, index, data),
        other => other,
    };
    match outcome {
        // SAFETY: it was just said.
        Outcome::Joined(block, size) => unsafe { fast_path::release_joined(pool, index, block, size) },
        other => other,
    }
}

/// Lets the program use all bytes of a block in any arena. Done: with how many these are.
#[inline(always)]
pub(super) fn use_all(pool: Record<'_>, index: &mut Index<'_>, address: usize) -> Outcome {
    let Some(quantum) = index.usual_quantum(pool) else { return Outcome::Slow };
    let words_behind = match index.arenas.recent_words_behind(address) {
        None if index.arenas.make_recent(address) => index.arenas.recent_words_behind(address),
        found => found,
    };
    let Some(block) = words_behind.and_then(|words| checked(index, address, words)) else { return Outcome::Slow };
    let (data, whole) = (block.data_bytes(), block.bytes_of_whole_quanta(quantum));
    if whole <= data {
        return Outcome::Done(data);
    }
    // SAFETY: whole quanta but for header and tail; what is left is less than another quantum, which a tail can say.
    unsafe { block.set_data_unchecked(whole) };
    Outcome::Done(whole)
}

/// Copies a block that is to be larger to a new one. Done: with the data of that; the old one is still allocated.
///
/// The new one does not lie beside it: then there would have been room where it is.
pub(super) fn copy_to_new(pool: Record<'_>, index: &mut Index<'_>, address: usize, data: usize) -> Outcome {
    // What is resized stays one block, whichever it is in the end.
    let Outcome::Done(new_data) = untold(index, |index| allocate_any(pool, index, data)) else { return Outcome::Slow };
    let blocks = (index.arenas.block(address.wrapping_sub(HEADER)), index.arenas.block(new_data.wrapping_sub(HEADER)));
    if let (Some(block), Some(new)) = blocks {
        new.copy_from(block, address, block.data_bytes());
    }
    Outcome::Done(new_data)
}

/// Frees the block that was copied to a new one.
pub(super) fn release_copied(pool: Record<'_>, index: &mut Index<'_>, data: usize) -> Outcome {
    let outcome = untold(index, |index| release_any(pool, index, data));
    if let (Some(told), Outcome::Done(_)) = (index.told, &outcome) {
        told.say_more_is_allocated(pool.curalloc());
    }
    outcome
}

/// Does something that no call of the program's has asked for by itself: nothing is told of it.
fn untold<'heap, T>(index: &mut Index<'heap>, work: impl FnOnce(&mut Index<'heap>) -> T) -> T {
    let told = index.told.take();
    let done = work(index);
    index.told = told;
    done
}

/// Gives a block `data` bytes where it is: within it, or joined with what is free beside it.
#[inline(always)]
pub(super) fn resize(pool: Record<'_>, index: &mut Index<'_>, address: usize, data: usize) -> Outcome {
    let Some(needed) = index.block_bytes(pool, data) else { return Outcome::Slow };
    let Some(words_behind) = index.arenas.recent_words_behind(address) else { return Outcome::OtherArena };
    let Some(block) = checked(index, address, words_behind) else { return Outcome::Slow };
    if needed <= block.bytes() {
        return Outcome::Done(settle(pool, index, (block, false), block.bytes(), needed, data));
    }
    let Some(after_bytes) = free_bytes_behind(index, block) else { return Outcome::Slow };
    if block.bytes().wrapping_add(after_bytes) < needed {
        return grow_to_the_left(pool, index, block, after_bytes, needed, data);
    }
    // SAFETY: a block begins behind it, which was checked: otherwise there were too few bytes.
    let taken = unsafe { take_neighbours(index, block, 0, after_bytes) };
    let Some(grown) = taken else { return Outcome::Slow };
    Outcome::Done(settle(pool, index, grown, block.bytes(), needed, data))
}

/// Joins a block with the free one before it, and with what is free behind it if it must be; its data comes to the front.
#[inline(never)]
fn grow_to_the_left<'heap>(
    pool: Record<'_>,
    index: &mut Index<'heap>,
    block: Block<'heap>,
    after_bytes: usize,
    needed: usize,
    data: usize,
) -> Outcome {
    if !adds_up(pool, index) {
        return Outcome::Slow;
    }
    let Some(before_bytes) = free_bytes_before(index, block) else { return Outcome::Slow };
    let with_before = block.bytes().wrapping_add(before_bytes);
    let after_bytes = if with_before >= needed { 0 } else { after_bytes };
    if before_bytes == 0 || with_before.wrapping_add(after_bytes) < needed {
        return Outcome::Copied;
    }
    // SAFETY: they lie beside it, which was checked.
    let taken = unsafe { take_neighbours(index, block, before_bytes, after_bytes) };
    let Some(grown) = taken else { return Outcome::Slow };
    let (address, data_bytes) = (block.data(), block.data_bytes());
    // What was its header is none any more: freeing it again is noticed, unless data comes to lie there.
    block.set_magic(NOT_MAGIC);
    grown.0.copy_from(grown.0, address, data_bytes);
    Outcome::Done(settle(pool, index, grown, block.bytes(), needed, data))
}

/// Cuts what an allocated block of `before` bytes has become, or a free one (0), to what is needed, and counts.
/// `had_victim`: it is part of it, and the index still has it. Its data.
#[inline(always)]
fn settle<'heap>(
    pool: Record<'_>,
    index: &mut Index<'heap>,
    (whole, had_victim): (Block<'heap>, bool),
    before: usize,
    needed: usize,
    data: usize,
) -> usize {
    let mut kept = whole;
    let mut rest = None;
    let extra = whole.bytes().wrapping_sub(needed);
    if extra != 0 && splits(whole.bytes(), needed, data, index.floor()) {
        // SAFETY: needed is the size of a block, and what is left is large enough for one.
        let (front, behind) = unsafe { whole.split_unchecked(needed) };
        behind.make(FREE_MAGIC);
        (kept, rest) = (front, Some(behind));
    }
    settle_rest(index, rest, had_victim);
    count_allocated(pool, index, kept.bytes().wrapping_sub(before));
    // SAFETY: so many bytes were reckoned for the data, and what is more than a tail can say was split off.
    unsafe { make_allocated(kept, data) }
}

/// What is left of the block that was taken comes in its place.
#[inline(always)]
fn settle_rest<'heap>(index: &mut Index<'heap>, rest: Option<Block<'heap>>, had_victim: bool) {
    match (rest, had_victim) {
        (None, false) => {}
        (None, true) => index.no_victim(),
        (Some(rest), true) => index.set_victim(rest),
        (Some(rest), false) => index.add_rest(rest),
    }
}
