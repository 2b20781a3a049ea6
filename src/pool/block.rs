//! Blocks and arenas whose addresses and sizes were checked: their words are read and written here, and nowhere else.
//!
//! ```text
//!   room    | Arena | block | block | ...                        | end |
//!   block           | magic | bytes | data ... | guard | slack | tail | bytes | what is behind
//! ```
//!
//! The table of arenas makes rooms, and a room makes blocks of what lies in it. What stands in a block is the program's as
//! well as the pool's: nothing that was read there is followed before a room has made a block or a spot of it.
#![allow(unsafe_code, reason = "memory of the pool, at addresses that were checked")]

use core::marker::PhantomData;
use core::ptr;

use super::layout::{
    ALIGN_MAGIC, ALLOC_MAGIC, ARENA, FREE_MAGIC, GUARD, HEADER, MINIMUM, NOT_MAGIC, OVERHEAD, SLACK_MAX, TAIL, WORD,
    is_tail, slack_of, tail_word,
};
use super::spot::Spot;
use crate::os;

/// An arena whose memory does not go during `'heap`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room<'heap> {
    start: usize,
    end: usize,
    heap: PhantomData<&'heap ()>,
}

/// A block of at least `MINIMUM` bytes in an arena, between the header of the arena and its end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Block<'heap> {
    spot: Spot<'heap>,
    bytes: usize,
}

#[inline(always)]
unsafe fn read(address: usize) -> usize {
    // SAFETY: as the caller promises: an aligned word in an arena.
    unsafe { ptr::with_exposed_provenance::<usize>(address).read() }
}

#[inline(always)]
unsafe fn write(address: usize, value: usize) {
    // SAFETY: as the caller promises: an aligned word in an arena.
    unsafe { ptr::with_exposed_provenance_mut::<usize>(address).write(value) };
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
        mark(self.start, self.end - self.start, signature);
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

    /// Where its data begins.
    #[inline(always)]
    pub(super) fn data(self) -> usize {
        self.address().wrapping_add(HEADER)
    }

    /// How many bytes the program asked for, with what lies before them in an aligned block; no more than there are.
    #[inline]
    pub(super) fn data_bytes(self) -> usize {
        self.bytes.wrapping_sub(self.slack().clamp(OVERHEAD, self.bytes))
    }

    /// Sets how many bytes of an allocated block the program asked for, and the guard behind them.
    #[inline]
    pub(super) fn set_data(self, data: usize, is_pinned: bool) {
        // A slack that the tail cannot say comes to the program.
        let data = data.max(self.bytes.saturating_sub(SLACK_MAX)).min(self.bytes - OVERHEAD);
        self.set_tail(self.bytes - data, is_pinned);
        let end = self.data() + data;
        let guarded = (self.end() - TAIL - end).min(GUARD.len());
        for (offset, byte) in guard_at(end).into_iter().take(guarded).enumerate() {
            // SAFETY: between the data and the tail.
            unsafe { ptr::with_exposed_provenance_mut::<u8>(end + offset).write(byte) };
        }
    }

    /// The same where it is known that there is room.
    ///
    /// # Safety
    ///
    /// The block has `OVERHEAD` bytes more than the data, and fewer more than a tail can say.
    #[inline(always)]
    pub(super) unsafe fn set_data_unchecked(self, data: usize) {
        // Where there is room for less than four bytes, the tail comes over the rest.
        let end = self.data().wrapping_add(data);
        // SAFETY: as the caller promises, the tail and as much again lies behind the data.
        unsafe { ptr::with_exposed_provenance_mut::<[u8; 4]>(end).write(guard_at(end)) };
        self.set_tail(self.bytes.wrapping_sub(data), false);
    }

    /// True if an allocated block that is not pinned is as it should be.
    #[inline(always)]
    pub(super) fn is_whole_allocated(self) -> bool {
        let tail = self.tail();
        self.magic() == ALLOC_MAGIC
            && self.tail_bytes() == self.bytes
            && is_tail(tail, self.address(), self.bytes)
            && self.has_guard(slack_of(tail))
    }

    /// True if what stands behind the data is what was put there. `slack` is what a sealed tail says.
    #[inline(always)]
    pub(super) fn has_guard(self, slack: usize) -> bool {
        // Less has the tail of a free block, whose seal says nothing of the magic: what would be read lies behind the
        // block. More than the block has a tail that somebody made: what would be read lies before it. At either end of an
        // arena there may be no memory.
        let room = slack.wrapping_sub(OVERHEAD);
        if room > self.bytes.wrapping_sub(OVERHEAD) {
            return false;
        }
        let end = self.end().wrapping_sub(TAIL).wrapping_sub(room);
        // SAFETY: in the block, as was just asked; at its end the tail follows.
        let found = unsafe { ptr::with_exposed_provenance::<[u8; 4]>(end).read() };
        let differs = u32::from_le_bytes(found) ^ u32::from_le_bytes(guard_at(end));
        // Where fewer than four are left, the tail follows: it can be read, and does not count.
        let uncounted_bits = 4_usize.saturating_sub(room) % 8 * 8;
        (u64::from(differs) << uncounted_bits) & u64::from(u32::MAX) == 0
    }

    /// The byte so far behind the begin of the block; 0 behind its end.
    pub(super) fn byte(self, offset: usize) -> u8 {
        if offset >= self.bytes {
            return 0;
        }
        // SAFETY: in the block.
        unsafe { ptr::with_exposed_provenance::<u8>(self.address() + offset).read() }
    }

    /// The word at an address in the block; 0 elsewhere.
    pub(super) fn word(self, address: usize) -> usize {
        let is_inside = address % WORD == 0 && address >= self.address() && address <= self.end() - WORD;
        // SAFETY: an aligned word of the block.
        if is_inside { unsafe { read(address) } } else { 0 }
    }

    /// True if an allocated block must stay where it is: it was aligned.
    pub(super) fn is_pinned(self) -> bool {
        let (tail, slack) = (self.tail(), self.slack());
        let plain = tail_word(self.address(), self.bytes, slack, false);
        let pinned = tail_word(self.address(), self.bytes, slack, true);
        (tail == pinned && tail != plain) || self.word(self.data()) == ALIGN_MAGIC
    }

    /// Where what the program sees of a block begins: behind the words that align it.
    pub(super) fn user_data(self) -> usize {
        let end = self.data() + self.data_bytes();
        let mut data = self.data();
        while data + WORD <= end && self.word(data) == ALIGN_MAGIC {
            data += WORD;
        }
        data
    }

    /// Fills the words of an aligned block before the program's data.
    pub(super) fn fill_before(self, data: usize) {
        for address in (self.data()..data.min(self.end() - TAIL)).step_by(WORD) {
            // SAFETY: a word between the header and the tail.
            unsafe { write(address, ALIGN_MAGIC) };
        }
    }

    /// Fills data from an address on; what does not lie between header and tail stays.
    pub(super) fn fill(self, from: usize, bytes: usize, value: u8) {
        let from = from.max(self.data());
        let bytes = bytes.min((self.end() - TAIL).saturating_sub(from));
        if bytes == 0 {
            return;
        }
        if os::memory_checker().is_some() {
            return fill_seen(from, bytes, value);
        }
        // SAFETY: between the header and the tail.
        unsafe { ptr::write_bytes(ptr::with_exposed_provenance_mut::<u8>(from), value, bytes) };
    }

    /// Marks all of its data as freed.
    pub(super) fn mark(self, signature: u8) {
        mark(self.data(), self.bytes - OVERHEAD, signature);
    }

    /// Copies data from an address in another block, or in this one, as much as both have.
    pub(super) fn copy_from(self, source: Block<'heap>, from: usize, bytes: usize) {
        let there = (source.end() - TAIL).saturating_sub(from);
        let bytes = bytes.min(there).min(self.bytes - OVERHEAD);
        if from >= source.data() {
            copy(from, self.data(), bytes);
        }
    }

    /// Copies all of a block to another place of the same size, which may overlap.
    pub(super) fn copy_to(self, place: Block<'heap>) {
        copy(self.address(), place.address(), self.bytes.min(place.bytes));
    }
}

/// Four guard bytes as they stand from an address on.
#[inline]
pub(super) fn guard_at(address: usize) -> [u8; 4] {
    let turn = u32::try_from(address % 4).unwrap_or(0) * 8;
    u32::from_le_bytes(GUARD).rotate_right(turn).to_le_bytes()
}

/// Marks freed memory, as the original does: words of 32 bits that say who marked, and how far from where it began.
fn mark(from: usize, bytes: usize, signature: u8) {
    for offset in 0..bytes {
        let word = offset / 4 * 4;
        let low = u32::try_from(word & 0xFFFF_FFFF).unwrap_or(0);
        let pattern = (u32::from(signature) << 24 ^ low).to_ne_bytes();
        set_byte_seen(from + offset, if word + 4 <= bytes { pattern[offset % 4] } else { signature });
    }
}

/// Copies bytes; source and target may overlap.
fn copy(from: usize, to: usize, bytes: usize) {
    if os::memory_checker().is_some() {
        return copy_seen(from, to, bytes);
    }
    let source = ptr::with_exposed_provenance::<u8>(from);
    // SAFETY: both lie in blocks, as the callers, all in this file, have checked.
    unsafe { ptr::copy(source, ptr::with_exposed_provenance_mut(to), bytes) };
}

/// Writes a byte, and lets the compiler make no call of memcpy() or memset() out of many: AddressSanitizer has its own,
/// which look at what the program may use.
fn set_byte_seen(address: usize, value: u8) {
    // SAFETY: in a block or a room, as the callers, all in this file, have checked.
    unsafe { ptr::with_exposed_provenance_mut::<u8>(address).write_volatile(value) };
}

#[cold]
#[inline(never)]
fn fill_seen(address: usize, bytes: usize, value: u8) {
    (address..address + bytes).for_each(|place| set_byte_seen(place, value));
}

#[cold]
#[inline(never)]
fn copy_seen(from: usize, to: usize, bytes: usize) {
    let move_byte = |offset: usize| {
        // SAFETY: as in `copy`.
        let byte = unsafe { ptr::with_exposed_provenance::<u8>(from + offset).read() };
        set_byte_seen(to + offset, byte);
    };
    if from < to { (0..bytes).rev().for_each(move_byte) } else { (0..bytes).for_each(move_byte) }
}
