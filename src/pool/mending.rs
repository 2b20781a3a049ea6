//! What is damaged is set aside, and the pool goes on with the rest: as after bad sectors of a disk.
//!
//! The blocks of an arena are followed from its first one as far as each is whole, and from its end back as far as each
//! is whole. What lies between becomes one block that is never given out again; nothing that the program wrote there
//! changes but the words of the pool at both ends. A whole block between two damaged ones is then part of it: it stays
//! the program's, and once the program frees it, it is used again. The lists are made anew from the free blocks.
#![forbid(unsafe_code)]

use super::arena_table::Extent;
use super::heap::{Heap, first_block, next_of, size_of, tail_of};
use super::integrity::{is_set_aside, is_whole};
use super::layout::{
    ALLOC_MAGIC, DEAD_MAGIC, FREE_MAGIC, HEADER, MINIMUM, OVERHEAD, SET_ASIDE, TAIL, UNALLOC_MAGIC, WORD, slack_of,
    tail_word,
};
use super::raw_memory::{set_word, spot, word};
use super::short::has_guard;
use crate::limits::SET_ASIDE_TOLD_MAX;

impl Heap<'_> {
    /// Sets aside what is damaged, with a block that was found so, and makes lists and counters anew. Returns what was set
    /// aside.
    #[cold]
    pub(super) fn mend(&mut self, suspect: usize) -> Aside {
        let mut aside = Aside::none();
        self.link_arenas_anew();
        for place in 0..self.index.arenas.count() {
            self.mend_chain(self.index.arenas.at(place), &mut aside);
        }
        // The old lists say which free blocks were written over, so they are asked before they go.
        for place in 0..self.index.arenas.count() {
            self.set_faulty_aside(self.index.arenas.at(place), suspect, &mut aside);
        }
        self.index.forget_blocks();
        self.pool.set_curfree(0);
        for place in 0..self.index.arenas.count() {
            let arena = self.index.arenas.at(place);
            self.list_arena(arena, arena.end - HEADER);
        }
        self.pool.set_curalloc(self.index.arenas.block_bytes().wrapping_sub(self.pool.curfree()));
        aside
    }

    /// Counts what is listed, and takes the rest for allocated.
    #[cold]
    pub(super) fn count_anew(&mut self) -> Aside {
        let Some((_, free_bytes)) = self.listed() else { return self.mend(0) };
        self.pool.set_curfree(free_bytes);
        self.pool.set_curalloc(self.index.arenas.block_bytes().wrapping_sub(free_bytes));
        Aside::none()
    }

    /// Puts the free blocks of an arena that begin below `end` into the lists, and counts them.
    pub(super) fn list_arena(&mut self, arena: Extent, end: usize) {
        let mut block = first_block(arena.start);
        while block < end && is_whole(block, arena) {
            let next = next_of(block);
            // What was neither allocated nor free belongs to no call any more.
            if matches!(word(block), FREE_MAGIC | UNALLOC_MAGIC) {
                self.add_free(block);
            }
            block = next;
        }
    }

    /// Makes the blocks of an arena follow each other from the first one to the end.
    fn mend_chain(&self, arena: Extent, aside: &mut Aside) {
        let (first, end) = (first_block(arena.start), arena.end - HEADER);
        if self.is_known_boundary(arena) {
            mend_between(first, self.findings.known, arena, aside);
            mend_between(self.findings.known, end, arena, aside);
        } else {
            mend_between(first, end, arena, aside);
        }
    }

    /// True if the block that this call is about lies where the way from the first block does not lead, or is set aside.
    fn is_known_boundary(&self, arena: Extent) -> bool {
        let known = self.findings.known;
        if known < first_block(arena.start) || known >= arena.end - HEADER || !is_whole(known, arena) {
            return false;
        }
        let reached = reach(first_block(arena.start), known, arena);
        !is_whole(reached, arena) || is_set_aside(reached)
    }

    /// Sets aside the blocks of an arena that are whole, but were written over inside.
    fn set_faulty_aside(&self, arena: Extent, suspect: usize, aside: &mut Aside) {
        let has_lists = self.is_index_known;
        let mut block = first_block(arena.start);
        while block < arena.end - HEADER && is_whole(block, arena) {
            let bytes = size_of(block);
            let is_suspect = block == suspect;
            let is_faulty = match word(block) {
                FREE_MAGIC => is_suspect || (has_lists && !self.index.agrees(spot(block), bytes)),
                ALLOC_MAGIC => is_suspect && !has_guard(block + bytes, bytes, slack_of(word(tail_of(block)))),
                DEAD_MAGIC => is_suspect && !is_set_aside(block),
                _ => bytes < MINIMUM,
            };
            if is_faulty {
                aside.add(block, bytes);
            }
            block += bytes;
        }
    }
}

/// What is set aside, until it can be said.
pub(super) struct Aside {
    spans: [(usize, usize); SET_ASIDE_TOLD_MAX],
    count: usize,
}

impl Aside {
    fn none() -> Aside {
        Aside { spans: [(0, 0); SET_ASIDE_TOLD_MAX], count: 0 }
    }

    /// Where each begins, and its bytes.
    pub(super) fn spans(&self) -> &[(usize, usize)] {
        &self.spans[..self.count]
    }

    /// Makes one block that is never given out again.
    fn add(&mut self, block: usize, bytes: usize) {
        set_word(block, DEAD_MAGIC);
        set_word(block + WORD, bytes);
        let tail = block + bytes - TAIL;
        set_word(tail, tail_word(block, bytes, SET_ASIDE, false));
        set_word(tail + WORD, bytes);
        if let Some(span) = self.spans.get_mut(self.count) {
            *span = (block, bytes);
            self.count += 1;
        }
    }
}

/// Makes the blocks between two addresses where blocks begin follow each other.
fn mend_between(from: usize, to: usize, arena: Extent, aside: &mut Aside) {
    let damaged = reach(from, to, arena);
    let mut whole = to;
    while let Some(before) = whole_before(whole, arena).filter(|before| *before >= damaged + OVERHEAD) {
        whole = before;
    }
    if whole >= damaged + OVERHEAD {
        aside.add(damaged, whole - damaged);
    }
}

/// Follows the blocks from one on as long as they are whole and end at or before `to`. Where that ends.
fn reach(from: usize, to: usize, arena: Extent) -> usize {
    let mut block = from;
    while block < to && is_whole(block, arena) && next_of(block) <= to {
        block = next_of(block);
    }
    block
}

/// The whole block that ends at an address.
fn whole_before(address: usize, arena: Extent) -> Option<usize> {
    let first = first_block(arena.start);
    let bytes = word(address - WORD);
    let before = address.wrapping_sub(bytes);
    let is_there = bytes >= OVERHEAD && bytes <= address - first && bytes % WORD == 0;
    (is_there && size_of(before) == bytes && is_whole(before, arena)).then_some(before)
}
