//! What is damaged is set aside, and the pool goes on with the rest: as after bad sectors of a disk.
//!
//! The blocks of an arena are followed from its first one as far as each is whole, and from its end back as far as each
//! is whole. What lies between becomes one block that is never given out again; nothing that the program wrote there
//! changes but the words of the pool at both ends. A whole block between two damaged ones is then part of it: it stays
//! the program's, and once the program frees it, it is used again. The lists are made anew from the free blocks.
#![forbid(unsafe_code)]

use super::block::Block;
use super::heap::Heap;
use super::integrity::{blocks, is_set_aside, whole_block};
use super::layout::{ALLOC_MAGIC, DEAD_MAGIC, FREE_MAGIC, MINIMUM, SET_ASIDE, UNALLOC_MAGIC, WORD};
use super::room::Room;
use crate::limits::SET_ASIDE_TOLD_MAX;

impl<'heap> Heap<'heap> {
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
            self.list_arena(self.index.arenas.at(place));
        }
        self.pool.set_curalloc(self.index.arenas.block_bytes().wrapping_sub(self.pool.curfree()));
        self.tell_set_aside(aside.all_count);
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

    /// Puts the free blocks of an arena into the lists, and counts them.
    fn list_arena(&mut self, room: Room<'heap>) {
        let mut next = whole_block(room.first(), room);
        while let Some(block) = next {
            // Before what it says changes.
            next = whole_block(block.end(), room);
            // What was neither allocated nor free belongs to no call any more.
            if matches!(block.magic(), FREE_MAGIC | UNALLOC_MAGIC) {
                self.add_free(block);
            }
        }
    }

    /// Makes the blocks of an arena follow each other from the first one to the end.
    fn mend_chain(&self, room: Room<'heap>, aside: &mut Aside) {
        if self.is_known_boundary(room) {
            mend_between(room.first(), self.findings.known, room, aside);
            mend_between(self.findings.known, room.last_end(), room, aside);
        } else {
            mend_between(room.first(), room.last_end(), room, aside);
        }
    }

    /// True if the block that this call is about lies where the way from the first block does not lead, or is set aside.
    fn is_known_boundary(&self, room: Room<'heap>) -> bool {
        let known = self.findings.known;
        if known < room.first() || known >= room.last_end() || whole_block(known, room).is_none() {
            return false;
        }
        whole_block(reach(room.first(), known, room), room).is_none_or(is_set_aside)
    }

    /// Sets aside the blocks of an arena that are whole, but were written over inside.
    fn set_faulty_aside(&self, room: Room<'heap>, suspect: usize, aside: &mut Aside) {
        for block in blocks(room) {
            if whole_block(block.address(), room).is_none() {
                return;
            }
            let is_suspect = block.address() == suspect;
            let is_faulty = match block.magic() {
                FREE_MAGIC => is_suspect || (self.is_index_known && !self.index.agrees(block.spot(), block.bytes())),
                ALLOC_MAGIC => is_suspect && !block.has_guard(block.slack()),
                DEAD_MAGIC => is_suspect && !is_set_aside(block),
                _ => false,
            };
            if is_faulty {
                aside.add(block);
            }
        }
    }
}

/// What is set aside, until it can be said.
pub(super) struct Aside {
    spans: [(usize, usize); SET_ASIDE_TOLD_MAX],
    count: usize,
    /// With those that are not said.
    all_count: usize,
}

impl Aside {
    fn none() -> Aside {
        Aside { spans: [(0, 0); SET_ASIDE_TOLD_MAX], count: 0, all_count: 0 }
    }

    /// Where each begins, and its bytes.
    pub(super) fn spans(&self) -> &[(usize, usize)] {
        &self.spans[..self.count]
    }

    /// Makes one block that is never given out again.
    fn add(&mut self, block: Block<'_>) {
        block.set_magic(DEAD_MAGIC);
        block.set_size(SET_ASIDE, false);
        self.all_count += 1;
        if let Some(span) = self.spans.get_mut(self.count) {
            *span = (block.address(), block.bytes());
            self.count += 1;
        }
    }
}

/// Makes the blocks between two addresses where blocks begin follow each other.
fn mend_between(from: usize, to: usize, room: Room<'_>, aside: &mut Aside) {
    let damaged = reach(from, to, room);
    let mut whole = to;
    while let Some(before) = whole_before(whole, room).filter(|before| *before >= damaged + MINIMUM) {
        whole = before;
    }
    if let Some(block) = room.block_of(damaged, whole.saturating_sub(damaged)) {
        aside.add(block);
    }
}

/// Follows the blocks from one on as long as they are whole and end at or before `to`. Where that ends.
fn reach(from: usize, to: usize, room: Room<'_>) -> usize {
    let mut address = from;
    while let Some(block) = whole_block(address, room).filter(|block| block.end() <= to) {
        address = block.end();
    }
    address
}

/// The whole block that ends at an address.
fn whole_before(end: usize, room: Room<'_>) -> Option<usize> {
    let bytes = room.word(end - WORD);
    let block = whole_block(end.wrapping_sub(bytes), room)?;
    (block.bytes() == bytes).then(|| block.address())
}
