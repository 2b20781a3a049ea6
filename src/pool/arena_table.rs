//! Where the arenas of a pool are, outside of them: what everything read from the heap is checked against.
#![forbid(unsafe_code)]

use core::cell::Cell;

use super::layout::{ARENA, HEADER, MINIMUM, TAIL, WORD, words_between};
use super::raw_memory::{copy, grow_words, set_word, word};
use crate::os;

/// So many arenas need no memory but the table itself: most pools have no more.
const FEW: usize = 8;
/// Entries of the first table that is not inside.
const ROOM: usize = 256;
/// Bytes of an entry outside: where an arena begins, and where it ends.
const ENTRY: usize = 2 * WORD;

/// Words of the smallest block with links.
const LINKED_WORDS: usize = MINIMUM / WORD;

/// An arena's addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) start: usize,
    pub(super) end: usize,
}

const NOWHERE: Extent = Extent { start: 0, end: 0 };

/// An arena, counted in words from where its first data may begin.
#[derive(Clone, Copy)]
struct Recent {
    /// Where the data of the first block begins.
    data: usize,
    /// So many words further on the data of a block may begin.
    words: usize,
    /// So many words further on a free block may begin, whose links still lie in the arena.
    link_words: usize,
}

const NO_WORDS: Recent = Recent { data: 0, words: 0, link_words: 0 };

/// Spans of addresses, sorted, without overlap. All zero is an empty table.
pub(super) struct ArenaTable {
    few: [Extent; FEW],
    /// The table outside, once there were more; 0 before.
    words: usize,
    room: usize,
    count: usize,
    /// Bytes between the header of each arena and its end: there are blocks.
    block_bytes: usize,
    /// The arena that was asked for last: mostly it is asked for again.
    last: Cell<Extent>,
    /// The same arena, as the short ways ask.
    recent: Cell<Recent>,
}

impl ArenaTable {
    /// A table without entries.
    pub(super) fn empty() -> ArenaTable {
        ArenaTable {
            few: [NOWHERE; FEW],
            words: 0,
            room: 0,
            count: 0,
            block_bytes: 0,
            last: Cell::new(NOWHERE),
            recent: Cell::new(NO_WORDS),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The bytes of all blocks, whatever they are.
    #[inline]
    pub(super) fn block_bytes(&self) -> usize {
        self.block_bytes
    }

    /// The arena at a place in the table, from low to high addresses.
    pub(super) fn at(&self, place: usize) -> Extent {
        if self.words == 0 {
            return self.few[place];
        }
        let entry = self.words + place * ENTRY;
        Extent { start: word(entry), end: word(entry + WORD) }
    }

    fn set(&mut self, place: usize, arena: Extent) {
        if self.words == 0 {
            self.few[place] = arena;
            return;
        }
        let entry = self.words + place * ENTRY;
        set_word(entry, arena.start);
        set_word(entry + WORD, arena.end);
    }

    /// Moves the entries from a place on.
    fn shift(&mut self, from: usize, to: usize) {
        if self.words == 0 {
            self.few.copy_within(from..self.count, to);
        } else {
            copy(self.words + from * ENTRY, self.words + to * ENTRY, (self.count - from) * ENTRY);
        }
    }

    /// The arena that an address lies in.
    #[inline]
    pub(super) fn find(&self, address: usize) -> Option<Extent> {
        let last = self.last.get();
        if address >= last.start && address < last.end { Some(last) } else { self.search(address) }
    }

    /// How many words of the arena that was found last lie behind the smallest block with this data. None if no data
    /// can begin there.
    #[inline(always)]
    pub(super) fn recent_words_behind(&self, data: usize) -> Option<usize> {
        let recent = self.recent.get();
        let word = words_between(recent.data, data);
        (word < recent.words).then(|| recent.words.wrapping_sub(word))
    }

    /// Where the first block begins in the arena that was found last.
    #[inline(always)]
    pub(super) fn recent_first(&self) -> usize {
        self.recent.get().data.wrapping_sub(HEADER)
    }

    /// Looks for the arena in which data begins, and remembers it. False if it is in none.
    #[inline(never)]
    pub(super) fn make_recent(&self, data: usize) -> bool {
        self.search(data).is_some() && self.recent_words_behind(data).is_some()
    }

    /// True if a free block can begin at this address of the arena that was found last. False says nothing.
    #[inline(always)]
    pub(super) fn holds_recently(&self, address: usize) -> bool {
        let recent = self.recent.get();
        words_between(recent.data, address) < recent.link_words
    }

    /// True if a free block can begin at this address.
    #[inline(always)]
    pub(super) fn holds(&self, address: usize) -> bool {
        self.holds_recently(address) || self.has_word(address)
    }

    #[inline(never)]
    fn search(&self, address: usize) -> Option<Extent> {
        let found = self.at(self.place_above(address).checked_sub(1)?);
        if address >= found.end {
            return None;
        }
        self.last.set(found);
        // Where a checker of memory watches, no way is short: it is told of each block.
        if os::memory_checker().is_some() {
            return Some(found);
        }
        let data = found.start + ARENA + HEADER;
        let words = (found.end - HEADER - TAIL).saturating_sub(data) / WORD;
        self.recent.set(Recent { data, words, link_words: words.saturating_sub(LINKED_WORDS) });
        Some(found)
    }

    /// True if an aligned word at this address, and those of a small block from there on, lie in an arena.
    pub(super) fn has_word(&self, address: usize) -> bool {
        address % WORD == 0 && self.find(address).is_some_and(|arena| arena.end - address >= LINKED_WORDS * WORD)
    }

    /// The place of the arena that begins at an address.
    pub(super) fn place_of(&self, start: usize) -> Option<usize> {
        self.place_above(start).checked_sub(1).filter(|place| self.at(*place).start == start)
    }

    /// How many arenas begin at or below an address.
    fn place_above(&self, address: usize) -> usize {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.at(middle).start <= address {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Room for one more. False: no memory.
    pub(super) fn reserve(&mut self) -> bool {
        let room = if self.words == 0 { FEW } else { self.room };
        if self.count < room {
            return true;
        }
        let wanted = (self.room * 2).max(ROOM);
        let Some(words) = grow_words(self.words, self.room * 2, wanted * 2) else { return false };
        let few = self.few;
        let was_inside = self.words == 0;
        (self.words, self.room) = (words, wanted);
        if was_inside {
            (0..self.count).for_each(|place| self.set(place, few[place]));
        }
        true
    }

    /// Adds an arena, for which there is room. False if it overlaps with another.
    pub(super) fn add(&mut self, arena: Extent) -> bool {
        let place = self.place_above(arena.start);
        let is_clear_below = place == 0 || self.at(place - 1).end <= arena.start;
        let is_clear_above = place == self.count || arena.end <= self.at(place).start;
        if !is_clear_below || !is_clear_above {
            return false;
        }
        self.shift(place, place + 1);
        self.set(place, arena);
        self.count += 1;
        self.block_bytes += block_bytes_of(arena);
        true
    }

    /// Makes the arena that begins at `bottom` and the next one above it one arena.
    pub(super) fn merge(&mut self, bottom: usize) {
        let Some(place) = self.place_of(bottom).filter(|place| place + 1 < self.count) else { return };
        let (lower, upper) = (self.at(place), self.at(place + 1));
        let merged = Extent { start: bottom, end: upper.end };
        self.block_bytes -= block_bytes_of(lower) + block_bytes_of(upper);
        self.block_bytes += block_bytes_of(merged);
        self.set(place, merged);
        self.shift(place + 2, place + 1);
        self.count -= 1;
        self.last.set(NOWHERE);
        self.recent.set(NO_WORDS);
    }

    /// Takes all entries out, into a table that is cleared later.
    pub(super) fn take(&mut self) -> ArenaTable {
        core::mem::replace(self, ArenaTable::empty())
    }

    /// Gives the table's own memory back.
    pub(super) fn clear(&mut self) {
        grow_words(self.words, self.room * 2, 0);
        *self = ArenaTable::empty();
    }
}

fn block_bytes_of(arena: Extent) -> usize {
    (arena.end - arena.start).saturating_sub(ARENA + HEADER)
}
