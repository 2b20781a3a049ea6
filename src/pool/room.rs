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
