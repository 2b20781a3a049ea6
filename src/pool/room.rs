//! Arenas: what lies in one can be read, and blocks are made of it.
//!
//! ```text
//!   room    | Arena | block | block | ...                        | end |
//! ```
//!
//! The table of arenas makes rooms, and a room makes blocks of what lies in it. What stands in a block is the program's as
//! well as the pool's: nothing that was read there is followed before a room has made a block or a spot of it.
#![allow(unsafe_code, reason = "memory of the pool, at addresses that were checked")]

use core::marker::PhantomData;

use super::block::Block;
use super::layout::{ARENA, HEADER, MINIMUM, WORD};
use super::raw_bytes::{mark, read, write};

/// An arena whose memory does not go during `'heap`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room<'heap> {
    start: usize,
    end: usize,
    heap: PhantomData<&'heap ()>,
}

impl<'heap> Room<'heap> {
    /// An arena.
    ///
    /// # Safety
    ///
    /// From `start`, a multiple of a word, to `end` there is memory that may be read and written, and that does not go
    /// during `'heap`.
    #[inline(always)]
    pub(super) unsafe fn assume(start: usize, end: usize) -> Room<'heap> {
        Room { start, end, heap: PhantomData }
    }

    #[inline(always)]
    pub(super) fn start(self) -> usize {
        self.start
    }

    #[inline(always)]
    pub(super) fn end(self) -> usize {
        self.end
    }

    pub(super) fn bytes(self) -> usize {
        self.end - self.start
    }

    /// Where the first block begins.
    #[inline(always)]
    pub(super) fn first(self) -> usize {
        self.start.wrapping_add(ARENA)
    }

    /// Where the last block ends: there stands the end of the arena.
    #[inline(always)]
    pub(super) fn last_end(self) -> usize {
        self.end.wrapping_sub(HEADER)
    }

    /// True if so many bytes from an address on lie in the arena, and the address is a multiple of a word.
    #[inline]
    fn has(self, address: usize, bytes: usize) -> bool {
        address % WORD == 0 && address >= self.start && address <= self.end && self.end - address >= bytes
    }

    /// The word at an address; 0 outside of the arena.
    #[inline]
    pub(super) fn word(self, address: usize) -> usize {
        // SAFETY: an aligned word of the arena.
        if self.has(address, WORD) { unsafe { read(address) } } else { 0 }
    }

    /// Writes a word, if it lies in the arena.
    #[inline]
    pub(super) fn set_word(self, address: usize, value: usize) {
        if self.has(address, WORD) {
            // SAFETY: an aligned word of the arena.
            unsafe { write(address, value) };
        }
    }

    /// Fills the arena.
    pub(super) fn fill(self, signature: u8) {
        // SAFETY: all of the arena.
        unsafe { mark(self.start, self.end - self.start, signature) };
        // What was written before may not be left out, even where the memory goes right afterwards.
        core::sync::atomic::compiler_fence(core::sync::atomic::Ordering::SeqCst);
        core::hint::black_box(self.word(self.start));
    }

    /// The block that begins at an address, with the size that its header says, if that can be.
    #[inline]
    pub(super) fn block(self, address: usize) -> Option<Block<'heap>> {
        self.block_of(address, self.word(address.wrapping_add(WORD)))
    }

    /// A block of this size at an address, if one can be there.
    #[inline]
    pub(super) fn block_of(self, address: usize, bytes: usize) -> Option<Block<'heap>> {
        let room = self.last_end().saturating_sub(address);
        let is_there = address >= self.first() && address % WORD == 0;
        let is_size = bytes >= MINIMUM && bytes <= room && bytes % WORD == 0;
        // SAFETY: from `address` on there are so many bytes of the arena.
        (is_there && is_size).then(|| unsafe { Block::assume(address, bytes) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::arena_table::ArenaTable;
    use crate::pool::grant::Grant;
    use crate::pool::layout::{FREE_MAGIC, OVERHEAD};

    const WORDS: usize = 64;

    fn room() -> Room<'static> {
        let mut table: ArenaTable<'static> = ArenaTable::empty();
        table.add(Grant::leaked(WORDS));
        table.at(0)
    }

    #[test]
    fn what_lies_outside_is_neither_read_nor_written() {
        let room = room();
        for outside in [room.start() - WORD, room.end(), room.start() + 1, 0, usize::MAX - 7] {
            room.set_word(outside, 5);
            assert_eq!(room.word(outside), 0);
        }
        room.set_word(room.end() - WORD, 7);
        assert_eq!(room.word(room.end() - WORD), 7);
    }

    /// Every address around an arena, and every size of a block around those that fit.
    #[test]
    fn blocks_lie_between_the_header_and_the_end() {
        let room = room();
        for address in room.start() - 2 * WORD..room.end() + 2 * WORD {
            for bytes in (0..room.bytes() + 2 * WORD).chain([usize::MAX, usize::MAX - 7, usize::MAX - address]) {
                let fits = address >= room.first()
                    && address.checked_add(bytes).is_some_and(|end| end <= room.last_end())
                    && bytes >= MINIMUM;
                let is_aligned = address % WORD == 0 && bytes % WORD == 0;
                let block = room.block_of(address, bytes);
                assert_eq!(block.is_some(), fits && is_aligned, "{bytes} bytes at {address:x}");
                assert!(block.is_none_or(|block| block.end() == address + bytes));
            }
        }
    }

    #[test]
    fn a_block_is_split_and_is_one_again() {
        let room = room();
        let whole = room.block_of(room.first(), room.last_end() - room.first()).expect("it fits");
        let (front, rest) = whole.split(MINIMUM);
        assert!(front.with(rest) == whole && front.bytes() == MINIMUM && rest.end() == whole.end());
        for block in [whole, front, rest] {
            block.make(FREE_MAGIC);
            assert!(room.block(block.address()).is_some_and(|found| found == block));
            block.set_data(block.bytes() - OVERHEAD, false);
            assert_eq!(block.data_bytes(), block.bytes() - OVERHEAD);
            assert!(block.has_guard(block.slack()));
        }
    }

    #[test]
    #[should_panic(expected = "invariant H2")]
    fn parts_that_are_no_blocks_are_noticed() {
        let room = room();
        let _ = room.block_of(room.first(), MINIMUM + WORD).expect("it fits").split(MINIMUM);
    }

    #[test]
    #[should_panic(expected = "invariant H3")]
    fn blocks_that_do_not_touch_are_not_joined() {
        let room = room();
        let lower = room.block_of(room.first(), MINIMUM).expect("it fits");
        let _ = lower.with(room.block_of(room.first() + MINIMUM + WORD, MINIMUM).expect("it fits"));
    }

    #[test]
    #[should_panic(expected = "invariant H4")]
    fn an_arena_without_a_place_is_noticed() {
        let mut table: ArenaTable<'static> = ArenaTable::empty();
        while table.has_room() {
            table.add(Grant::leaked(WORDS));
        }
        table.add(Grant::leaked(WORDS));
    }
}
