//! The data of blocks: how much the program asked for, the guard behind it, and what is filled and copied.
#![allow(unsafe_code, reason = "memory of the pool, in blocks that were checked")]

use core::ptr;

use super::block::Block;
use super::layout::{
    ALIGN_MAGIC, ALLOC_MAGIC, GUARD, HEADER, MINIMUM, OVERHEAD, SLACK_MAX, TAIL, WORD, is_same_but_first_magic,
    is_tail, slack_of, tail_word, with_first_magic_of,
};
use super::raw_bytes::{copy, fill, mark, read, write};
use crate::os;

impl<'heap> Block<'heap> {
    /// Where its data begins.
    #[inline(always)]
    pub(super) fn data(self) -> usize {
        self.address().wrapping_add(HEADER)
    }

    /// How many bytes the program asked for, with what lies before them in an aligned block; no more than there are.
    #[inline]
    pub(super) fn data_bytes(self) -> usize {
        self.bytes().wrapping_sub(self.slack().clamp(OVERHEAD, self.bytes()))
    }

    /// How many bytes the program may have of it: whole quanta, and no less than it asked for.
    #[inline]
    pub(super) fn usable_bytes(self, quantum: usize) -> usize {
        self.bytes_of_whole_quanta(quantum).max(self.data_bytes())
    }

    /// How many bytes of data are in whole quanta.
    #[inline(always)]
    pub(super) fn bytes_of_whole_quanta(self, quantum: usize) -> usize {
        (self.bytes() & quantum.wrapping_neg()).saturating_sub(OVERHEAD)
    }

    /// Sets how many bytes of an allocated block the program asked for, and the guard behind them.
    #[inline]
    pub(super) fn set_data(self, data: usize, is_pinned: bool) {
        // A slack that the tail cannot say comes to the program.
        let data = data.max(self.bytes().saturating_sub(SLACK_MAX)).min(self.bytes() - OVERHEAD);
        self.set_tail(self.bytes() - data, is_pinned);
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
    /// The block has at least `OVERHEAD` bytes more than the data, and no more than a tail can say.
    #[inline(always)]
    pub(super) unsafe fn set_data_unchecked(self, data: usize) {
        // Where there is room for less than four bytes, the tail comes over the rest.
        let end = self.data().wrapping_add(data);
        // SAFETY: as the caller promises, the tail at least lies behind the data.
        unsafe { ptr::with_exposed_provenance_mut::<[u8; 4]>(end).write(guard_at(end)) };
        self.set_tail(self.bytes().wrapping_sub(data), false);
    }

    /// True if an allocated block that is not pinned is as it should be.
    #[inline(always)]
    pub(super) fn is_whole_allocated(self) -> bool {
        let tail = self.tail();
        self.magic() == ALLOC_MAGIC
            && self.tail_bytes() == self.bytes()
            && is_tail(tail, self.address(), self.bytes())
            && self.has_guard(slack_of(tail))
    }

    /// True if what stands behind the data is what was put there. `slack` is what a sealed tail says.
    #[inline(always)]
    pub(super) fn has_guard(self, slack: usize) -> bool {
        // Less has the tail of a free block, whose seal says nothing of the magic: what would be read lies behind the
        // block. More than the block has a tail that somebody made: what would be read lies before it. At either end of an
        // arena there may be no memory.
        let room = slack.wrapping_sub(OVERHEAD);
        if room > self.bytes().wrapping_sub(OVERHEAD) {
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
        if offset >= self.bytes() {
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
        // The first byte may be tolerated.
        let is_sealed = |is_pinned| {
            is_same_but_first_magic(self.tail(), tail_word(self.address(), self.bytes(), self.slack(), is_pinned))
        };
        (is_sealed(true) && !is_sealed(false)) || self.word(self.data()) == ALIGN_MAGIC
    }

    /// Makes an allocated block one that stays where it is, or one that may be moved. What the program has written behind
    /// its data stays, if it is tolerated.
    pub(super) fn set_pinned(self, is_pinned: bool) {
        let tail = with_first_magic_of(self.tail(), tail_word(self.address(), self.bytes(), self.slack(), is_pinned));
        // SAFETY: the first word of its tail.
        unsafe { write(self.end() - TAIL, tail) };
    }

    /// What the program knows an allocated or buried block by. Where an address was asked for that is no multiple of a
    /// word, the word it lies in.
    pub(super) fn known_data(self) -> usize {
        // Where the seal says that it was not aligned, the program's own words may look like those that align a block.
        let is_plain = self.tail() == tail_word(self.address(), self.bytes(), self.slack(), false);
        if is_plain { self.data() } else { self.user_data() }
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
        for address in (self.data()..(data / WORD * WORD).min(self.end() - TAIL)).step_by(WORD) {
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
        // SAFETY: between the header and the tail.
        unsafe { fill(from, bytes, value) };
    }

    /// Gives whole pages that lie between the links of a free block and its tail back to the system. Returns how many of
    /// these bytes took memory; None if they do not lie there, or are not such memory.
    pub(super) fn discard(self, from: usize, to: usize) -> Option<usize> {
        let is_whole = from % os::page_bytes() == 0 && to % os::page_bytes() == 0;
        let is_inside = self.is_free() && from >= self.address() + MINIMUM && from < to && to <= self.end() - TAIL;
        // SAFETY: in a free block nobody needs what stands behind the links and before the tail.
        (is_whole && is_inside).then(|| unsafe { os::discard_pages(from, to - from) })?
    }

    /// Marks all of its data as freed.
    pub(super) fn mark(self, signature: u8) {
        // SAFETY: between the header and the tail.
        unsafe { mark(self.data(), self.bytes() - OVERHEAD, signature) };
    }

    /// Copies data from an address in another block, or in this one, as much as both have.
    pub(super) fn copy_from(self, source: Block<'heap>, from: usize, bytes: usize) {
        let there = (source.end() - TAIL).saturating_sub(from);
        let bytes = bytes.min(there).min(self.bytes() - OVERHEAD);
        if from >= source.data() {
            // SAFETY: data of one block, and of the other, each no more than there is.
            unsafe { copy(from, self.data(), bytes) };
        }
    }

    /// Copies all of a block to another place of the same size, which may overlap.
    pub(super) fn copy_to(self, place: Block<'heap>) {
        // SAFETY: all of the smaller block.
        unsafe { copy(self.address(), place.address(), self.bytes().min(place.bytes())) };
    }
}

/// Four guard bytes as they stand from an address on.
#[inline]
pub(super) fn guard_at(address: usize) -> [u8; 4] {
    let turn = u32::try_from(address % 4).unwrap_or(0) * 8;
    u32::from_le_bytes(GUARD).rotate_right(turn).to_le_bytes()
}
