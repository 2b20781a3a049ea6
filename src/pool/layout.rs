//! What stands in a block, and the arithmetic of sizes: no memory is touched here.
//!
//! ```text
//!   arena   | Arena (48)                          | block | block | ... | header: ARENATAIL, 0 |
//!             magic size=48 aup down asize pad=48
//!
//!   block   | magic | size | data ............................ | guard | slack | tail  | size |
//!             header (16)    what the program asked for          <= 4            BE hi lo EF seal
//!
//!   free    | magic | size | left | right | next | prev | ..................... | tail  | size |
//! ```
//!
//! Words are C's unsigned long. `hi lo` is the size of the block less what the program asked for. `seal` stands in
//! bytes that the original leaves alone: it ties the header and the tail of a block to each other and to the place
//! where they stand, so that a changed bit in any of them is noticed when the block is freed.
//!
//! The bytes of a tail stand in this order on every machine. They are read and written as one word, and reckoned with
//! as if its first byte were the lowest.
#![forbid(unsafe_code)]

/// Bytes of a word.
pub(super) const WORD: usize = size_of::<usize>();
/// Bytes of a header.
pub(super) const HEADER: usize = 2 * WORD;
/// Bytes of a tail.
pub(super) const TAIL: usize = 2 * WORD;
/// What a block has beside its data.
pub(super) const OVERHEAD: usize = HEADER + TAIL;
/// Bytes of an arena's header.
pub(super) const ARENA: usize = HEADER + 4 * WORD;
/// Fields of an arena's header: the next arena above, the one below, its bytes, and what makes it end as a block does.
pub(super) const ARENA_UP: usize = 2 * WORD;
pub(super) const ARENA_DOWN: usize = 3 * WORD;
pub(super) const ARENA_BYTES: usize = 4 * WORD;
pub(super) const ARENA_PAD: usize = 5 * WORD;
/// The smallest block: one that can be in the list of free blocks.
pub(super) const MINIMUM: usize = HEADER + 4 * WORD + TAIL;

/// Free blocks of fewer words than these have a list for each size.
pub(super) const LISTS: usize = 4096;

/// Free.
pub(super) const FREE_MAGIC: usize = 0xBA5E_BA11;
/// Allocated.
pub(super) const ALLOC_MAGIC: usize = 0x0A11_0C09;
/// Neither, while the pool works on it.
pub(super) const UNALLOC_MAGIC: usize = 0xCAB0_0D1F;
/// Freed, and never used again.
pub(super) const DEAD_MAGIC: usize = 0xDEAD_DEAD;
/// No block any more: it became part of another.
pub(super) const NOT_MAGIC: usize = 0xDEAD_FA11;
/// An arena's header.
pub(super) const ARENA_MAGIC: usize = 0xC0A1_E5CF;
/// An arena's end.
pub(super) const ARENATAIL_MAGIC: usize = 0xEC5E_1A0D;
/// Fills the space before the data of an aligned block.
pub(super) const ALIGN_MAGIC: usize = 0xA1F1_D1C1;

/// The first byte of a tail.
pub(super) const TAIL_MAGIC0: u8 = 0xBE;
/// The fourth byte of a tail.
pub(super) const TAIL_MAGIC1: u8 = 0xEF;

/// The fourth byte in a pinned block, where words have 32 bits: no single bit makes it of the other.
#[cfg(not(target_pointer_width = "64"))]
const PINNED_MAGIC1: u8 = !TAIL_MAGIC1;

/// The bytes behind the data, by address modulo 4.
pub(super) const GUARD: [u8; 4] = [0xFE, 0xF1, 0xF0, 0xFA];

/// The most that the tail can say of slack.
pub(super) const SLACK_MAX: usize = 0xFFFF;

/// The slack of a block that was damaged and is set aside: less than an allocated one has, and not that of a free one.
pub(super) const SET_ASIDE: usize = WORD;

/// From here on the rest of a block is split off whatever its share.
const SPLIT_SLACK: usize = 0x1_0000;
/// From here on the front of an aligned block is split off whatever its share.
const SPLIT_FRONT: usize = 0x1000;

/// What a pool says about sizes, made sensible: the original goes wrong with a quantum that is no power of two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// A power of two, at least a word.
    pub(super) quantum: usize,
    pub(super) minimum: usize,
    pub(super) arena_minimum: usize,
}

impl Sizes {
    #[inline]
    pub(super) fn new(quantum: usize, minblock: usize, minarena: usize) -> Sizes {
        let quantum = if quantum.is_power_of_two() && quantum >= WORD { quantum } else { sensible_quantum(quantum) };
        Sizes { quantum, minimum: minblock, arena_minimum: minarena }
    }

    /// The size of a block for so many bytes of data; None if there is none.
    #[inline]
    pub(super) fn block(&self, data_bytes: usize) -> Option<usize> {
        let bytes = data_bytes.checked_add(OVERHEAD)?.max(self.minimum).max(MINIMUM);
        Some(bytes.checked_add(self.quantum - 1)? & !(self.quantum - 1))
    }

    /// The size of an arena for a block; always more than a multiple of the quantum would be, as in the original.
    pub(super) fn arena(&self, block_bytes: usize) -> Option<usize> {
        let bytes = block_bytes.checked_add(ARENA + TAIL)?.max(self.arena_minimum);
        Some(bytes.checked_add(self.quantum)? & !(self.quantum - 1))
    }

    /// Whether a block of `size` that needs only `needed` bytes, for `data` bytes of data, is split.
    #[inline]
    pub(super) fn splits(&self, size: usize, needed: usize, data: usize) -> bool {
        splits(size, needed, data, self.minimum)
    }

    /// How many bytes at the front of an aligned block become a free block; 0 for none.
    ///
    /// `skip` bytes lie before the data, which is `data` bytes long. What stays must be large enough.
    pub(super) fn front(&self, size: usize, skip: usize, data: usize) -> usize {
        let front = skip & !(self.quantum - 1);
        let is_worth_it = front >= SPLIT_FRONT || (front >= size >> 2 && front >= MINIMUM && front >= self.minimum);
        let stays = self.block(skip - front + data).is_some_and(|needed| front <= size && size - front >= needed);
        if is_worth_it && front > 0 && stays { front } else { 0 }
    }
}

/// Whether a block of `size` that needs only `needed` bytes, for `data` bytes of data, is split.
#[inline(always)]
pub(super) fn splits(size: usize, needed: usize, data: usize, minimum: usize) -> bool {
    let extra = size.wrapping_sub(needed);
    extra >= MINIMUM && (size.wrapping_sub(data) >= SPLIT_SLACK || (extra >= needed >> 2 && extra >= minimum))
}

#[cold]
fn sensible_quantum(quantum: usize) -> usize {
    quantum.max(WORD).checked_next_power_of_two().unwrap_or(WORD)
}

/// The tail word of a block of `size` bytes at `address` with `slack` bytes that the program did not ask for. Free
/// blocks have slack 0, which no allocated one has.
#[inline(always)]
pub(super) fn tail_word(address: usize, size: usize, slack: usize, is_pinned: bool) -> usize {
    // The slack stands there as two bytes, the upper one first.
    let [low_byte, high_byte, ..] = slack.to_le_bytes();
    let low = MAGICS | usize::from(u16::from_le_bytes([high_byte, low_byte])) << 8;
    (low ^ seal(address, size, low, is_pinned)).to_le()
}

const MAGICS: usize = TAIL_MAGIC0 as usize | (TAIL_MAGIC1 as usize) << 24;

/// A tail word with the first byte of another.
pub(super) fn with_first_magic_of(other: usize, tail: usize) -> usize {
    let first = 0xFF_usize.to_le();
    (other & first) | (tail & !first)
}

/// True for the tail of a block of this size at this place that is not pinned, whatever its slack.
#[inline(always)]
pub(super) fn is_tail(tail: usize, address: usize, size: usize) -> bool {
    let in_order = usize::from_le(tail);
    let low = in_order & 0xFFFF_FFFF;
    // All but the slack.
    let is_sealed = (in_order ^ seal(address, size, low, false)) & !0x00FF_FF00 == MAGICS;
    // Where there is no seal, the slack is checked by itself: what is read next stands where it says.
    let is_slack_sensible = WORD == 8 || is_free_tail(tail) || (OVERHEAD..=size).contains(&slack_of(tail));
    is_sealed && is_slack_sensible
}

/// How many words an address lies behind another; far more than there are if it is no multiple of a word, or before it.
#[inline(always)]
pub(super) fn words_between(from: usize, to: usize) -> usize {
    to.wrapping_sub(from).rotate_right(WORD.trailing_zeros())
}

/// True for the tail of a free block.
#[inline(always)]
pub(super) fn is_free_tail(tail: usize) -> bool {
    tail & 0x00FF_FF00_usize.to_le() == 0
}

/// The slack that a tail word says.
#[inline(always)]
pub(super) fn slack_of(tail: usize) -> usize {
    let [_, high_byte, low_byte, ..] = tail.to_ne_bytes();
    usize::from(u16::from_le_bytes([low_byte, high_byte]))
}

/// True if two tail words are the same but for the first byte.
pub(super) fn is_same_but_first_magic(one: usize, other: usize) -> bool {
    (one ^ other) & !0xFF_usize.to_le() == 0
}

/// True if the first and the fourth byte of a tail word are what they should be.
pub(super) fn has_tail_magic(tail: usize) -> bool {
    first_magic(tail) == TAIL_MAGIC0 && second_magic(tail) == TAIL_MAGIC1
}

pub(super) fn first_magic(tail: usize) -> u8 {
    tail.to_ne_bytes()[0]
}

pub(super) fn second_magic(tail: usize) -> u8 {
    let found = tail.to_ne_bytes()[3];
    #[cfg(not(target_pointer_width = "64"))]
    let found = if found == PINNED_MAGIC1 { TAIL_MAGIC1 } else { found };
    found
}

#[cfg(target_pointer_width = "64")]
#[inline(always)]
fn seal(address: usize, size: usize, low: usize, is_pinned: bool) -> usize {
    // Each stored bit changes one bit of this; upper bits of the size show in its second copy. Addresses are aligned.
    const PINNED: usize = 0x5EA1_ED00;
    (address >> 3 ^ size ^ low ^ if is_pinned { PINNED } else { 0 }) << 32
}

/// Where words have 32 bits there is no room for a seal, and the fourth byte says what is pinned.
#[cfg(not(target_pointer_width = "64"))]
#[inline]
fn seal(_address: usize, _size: usize, _low: usize, is_pinned: bool) -> usize {
    if is_pinned { usize::from(PINNED_MAGIC1 ^ TAIL_MAGIC1) << 24 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn sizes_as_in_the_original() {
        let sizes = Sizes::new(32, 0, 4096);
        assert_eq!(sizes.block(0), Some(64));
        assert_eq!(sizes.block(1), Some(64));
        assert_eq!(sizes.block(33), Some(96));
        assert_eq!(sizes.block(usize::MAX), None);
        assert_eq!(sizes.arena(64), Some(4128));
        assert_eq!(sizes.arena(usize::MAX - 50), None);
        assert_eq!(Sizes::new(48, 0, 0).quantum, 64);
        assert_eq!(Sizes::new(0, 0, 0).quantum, WORD);
    }

    #[test]
    fn a_tail_begins_with_the_bytes_of_the_original_on_every_machine() {
        let word = tail_word(0x3456_7890, 4096, 0x0123, false);
        assert_eq!(word.to_ne_bytes()[..4], [TAIL_MAGIC0, 0x01, 0x23, TAIL_MAGIC1]);
        assert_eq!(slack_of(word), 0x0123);
        assert!(is_tail(word, 0x3456_7890, 4096) && has_tail_magic(word) && !is_free_tail(word));
        assert!(is_free_tail(tail_word(0x3456_7890, 4096, 0, false)));
    }

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn every_changed_bit_changes_the_tail() {
        let (address, size, slack) = (0x7f12_3456_7890, 4096, 77);
        let word = tail_word(address, size, slack, false);
        assert_ne!(word, tail_word(address, size, slack, true));
        for bit in 0..32 {
            assert_ne!(word, tail_word(address, size ^ 1 << bit, slack, false), "size bit {bit}");
            assert_ne!(word, tail_word(address ^ 1 << (bit + 3), size, slack, false), "address bit {}", bit + 3);
        }
        for bit in 0..16 {
            assert_ne!(word, tail_word(address, size, slack ^ 1 << bit, false), "slack bit {bit}");
        }
    }
}
