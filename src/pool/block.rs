//! Blocks whose addresses and sizes were checked: their headers and tails.
//!
//! ```text
//!   | magic | bytes | data ... | guard | slack | tail | bytes | what is behind
//! ```
#![allow(unsafe_code, reason = "memory of the pool, at addresses that were checked")]

use core::ptr;

use super::layout::{FREE_MAGIC, MINIMUM, NOT_MAGIC, TAIL, WORD, slack_of, tail_word};
use super::raw_bytes::{read, write};
use super::spot::Spot;

/// A block of at least `MINIMUM` bytes in an arena, between the header of the arena and its end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Block<'heap> {
    spot: Spot<'heap>,
    bytes: usize,
}

impl<'heap> Block<'heap> {
    /// A block.
    ///
    /// # Safety
    ///
    /// `address` is a multiple of a word. From there on lie `bytes` bytes of an arena that does not go during `'heap`, at
    /// least `MINIMUM`, and a multiple of a word; `ARENA` bytes of it before, and `HEADER` behind.
    #[inline(always)]
    pub(super) unsafe fn assume(address: usize, bytes: usize) -> Block<'heap> {
        // SAFETY: as the caller promises.
        Block { spot: unsafe { Spot::assume(address) }, bytes }
    }

    /// A block with a header and links of its own, and nothing else.
    #[cfg(test)]
    pub(super) fn of_any_size(spot: Spot<'heap>, bytes: usize) -> Block<'heap> {
        Block { spot, bytes }
    }

    #[inline(always)]
    pub(super) fn sized(self) -> (Spot<'heap>, usize) {
        (self.spot, self.bytes)
    }

    #[inline(always)]
    pub(super) fn spot(self) -> Spot<'heap> {
        self.spot
    }

    #[inline(always)]
    pub(super) fn address(self) -> usize {
        self.spot.address()
    }

    #[inline(always)]
    pub(super) fn bytes(self) -> usize {
        self.bytes
    }

    /// Where the next block begins.
    #[inline(always)]
    pub(super) fn end(self) -> usize {
        self.address().wrapping_add(self.bytes)
    }

    #[inline(always)]
    pub(super) fn magic(self) -> usize {
        self.spot.magic()
    }

    #[inline(always)]
    pub(super) fn set_magic(self, magic: usize) {
        self.spot.set_magic(magic);
    }

    /// True if its header says that it is free.
    #[inline(always)]
    pub(super) fn is_free(self) -> bool {
        self.magic() == FREE_MAGIC
    }

    #[inline(always)]
    pub(super) fn tail(self) -> usize {
        // SAFETY: a block ends with a tail of two words.
        unsafe { read(self.end().wrapping_sub(TAIL)) }
    }

    /// The size that the tail says.
    #[inline(always)]
    pub(super) fn tail_bytes(self) -> usize {
        // SAFETY: a block ends with a tail of two words.
        unsafe { read(self.end().wrapping_sub(WORD)) }
    }

    /// The tail of what lies right before: a block, or the header of the arena, which ends in the same way.
    #[inline(always)]
    pub(super) fn tail_before(self) -> usize {
        // SAFETY: before a block there is another, or the header of its arena.
        unsafe { read(self.address().wrapping_sub(TAIL)) }
    }

    /// True if the tail right before may be that of a free block: it says no slack.
    #[inline(always)]
    pub(super) fn follows_free(self) -> bool {
        let slack = ptr::with_exposed_provenance::<[u8; 2]>(self.address().wrapping_sub(TAIL).wrapping_add(1));
        // SAFETY: in the tail before, as above: the second and the third byte.
        u16::from_ne_bytes(unsafe { slack.read() }) == 0
    }

    /// The size that the tail right before says.
    #[inline(always)]
    pub(super) fn bytes_before(self) -> usize {
        // SAFETY: before a block there is another, or the header of its arena.
        unsafe { read(self.address().wrapping_sub(WORD)) }
    }

    /// The magic right behind: of the next block, or of the end of the arena.
    #[inline(always)]
    pub(super) fn magic_behind(self) -> usize {
        // SAFETY: behind a block there is another, or the end of its arena.
        unsafe { read(self.end()) }
    }

    /// How many bytes the program did not ask for, as the tail says.
    #[inline(always)]
    pub(super) fn slack(self) -> usize {
        slack_of(self.tail())
    }

    /// Writes its size and its tail.
    #[inline(always)]
    pub(super) fn set_size(self, slack: usize, is_pinned: bool) {
        self.spot.set_bytes(self.bytes);
        self.set_tail(slack, is_pinned);
    }

    #[inline(always)]
    pub(super) fn set_tail(self, slack: usize, is_pinned: bool) {
        let tail = self.end().wrapping_sub(TAIL);
        // SAFETY: a block ends with a tail of two words.
        unsafe { write(tail, tail_word(self.address(), self.bytes, slack, is_pinned)) };
        // SAFETY: as above.
        unsafe { write(tail.wrapping_add(WORD), self.bytes) };
    }

    /// What was its tail is none any more.
    #[inline(always)]
    pub(super) fn forget_tail(self) {
        // SAFETY: a block ends with a tail of two words.
        unsafe { write(self.end().wrapping_sub(TAIL), NOT_MAGIC) };
    }

    /// Writes the header and the tail of a block that the program did not ask for.
    #[inline(always)]
    pub(super) fn make(self, magic: usize) {
        self.set_magic(magic);
        self.set_size(0, false);
    }

    /// The parts before and behind so many bytes. Nothing is written.
    #[inline(always)]
    pub(super) fn split(self, bytes: usize) -> (Block<'heap>, Block<'heap>) {
        let rest = self.bytes.wrapping_sub(bytes);
        assert!(
            bytes >= MINIMUM && rest >= MINIMUM && rest < self.bytes && bytes % WORD == 0,
            "invariant H2: parts of a block are blocks"
        );
        // SAFETY: both are parts of this block.
        unsafe { self.split_unchecked(bytes) }
    }

    /// The same.
    ///
    /// # Safety
    ///
    /// Both parts have `MINIMUM` bytes at least, and `bytes` is a multiple of a word.
    #[inline(always)]
    pub(super) unsafe fn split_unchecked(self, bytes: usize) -> (Block<'heap>, Block<'heap>) {
        let rest = self.bytes.wrapping_sub(bytes);
        // SAFETY: as the caller promises, and both lie where this one does.
        let behind = unsafe { Block::assume(self.address().wrapping_add(bytes), rest) };
        (Block { spot: self.spot, bytes }, behind)
    }

    /// A block with the one that begins where it ends. Nothing is written.
    #[inline(always)]
    pub(super) fn with(self, upper: Block<'heap>) -> Block<'heap> {
        assert!(self.end() == upper.address(), "invariant H3: blocks that are joined lie side by side");
        Block { spot: self.spot, bytes: self.bytes.wrapping_add(upper.bytes) }
    }
}
