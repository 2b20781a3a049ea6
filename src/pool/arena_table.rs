//! Where the arenas of a pool are, outside of them: what everything read from the heap is checked against.
#![forbid(unsafe_code)]

use core::cell::Cell;

use super::layout::{ARENA, HEADER, TAIL, WORD};
use super::raw_memory::{copy, grow_words, set_word, word};

/// So many arenas need no memory but the table itself: most pools have no more.
const FEW: usize = 8;
/// Entries of the first table that is not inside.
const ROOM: usize = 256;
/// Bytes of an entry outside: where an arena begins, and where it ends.
const ENTRY: usize = 2 * WORD;

/// An arena's addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) start: usize,
    pub(super) end: usize,
}

const NOWHERE: Extent = Extent { start: 0, end: 0 };

/// Spans of addresses, sorted, without overlap. All zero is an empty table.
pub(super) struct ArenaTable {
    few: [Extent; FEW],
    /// The table outside, once there were more; 0 before.
    words: usize,
    room: usize,
    count: usize,
    /// The arena that was asked for last: mostly it is asked for again.
    last: Cell<Extent>,
    /// Where data may begin in that arena.
    last_data: Cell<Extent>,
}

impl ArenaTable {
    /// A table without entries.
    pub(super) fn empty() -> ArenaTable {
        ArenaTable {
            few: [NOWHERE; FEW],
            words: 0,
            room: 0,
            count: 0,
            last: Cell::new(NOWHERE),
            last_data: Cell::new(NOWHERE),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.count
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

    /// True if data may begin at this address of the arena that was found last.
    #[inline(always)]
    pub(super) fn is_recent(&self, data: usize) -> bool {
        let recent = self.last_data.get();
        data >= recent.start && data < recent.end
    }

    /// From where to where data may begin in the arena that was found last.
    #[inline(always)]
    pub(super) fn recent_data(&self) -> (usize, usize) {
        (self.last_data.get().start, self.last_data.get().end)
    }

    #[inline(never)]
    pub(super) fn make_recent(&self, data: usize) -> bool {
        self.search(data).is_some() && self.is_recent(data)
    }

    /// True if a free block can begin at this address.
    #[inline(always)]
    pub(super) fn holds(&self, address: usize) -> bool {
        (address % WORD == 0 && self.is_recent(address)) && address < self.last_data.get().end.wrapping_sub(8 * WORD)
            || self.has_word(address)
    }

    #[inline(never)]
    fn search(&self, address: usize) -> Option<Extent> {
        let found = self.at(self.place_above(address).checked_sub(1)?);
        if address >= found.end {
            return None;
        }
        self.last.set(found);
        self.last_data.set(Extent { start: found.start + ARENA + HEADER, end: found.end - HEADER - TAIL });
        Some(found)
    }

    /// True if an aligned word at this address, and those of a small block from there on, lie in an arena.
    pub(super) fn has_word(&self, address: usize) -> bool {
        address % WORD == 0 && self.find(address).is_some_and(|arena| arena.end - address >= 8 * WORD)
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
        true
    }

    /// Makes the arena that begins at `bottom` and the next one above it one arena.
    pub(super) fn merge(&mut self, bottom: usize) {
        let Some(place) = self.place_of(bottom).filter(|place| place + 1 < self.count) else { return };
        let merged = Extent { start: bottom, end: self.at(place + 1).end };
        self.set(place, merged);
        self.shift(place + 2, place + 1);
        self.count -= 1;
        self.last.set(NOWHERE);
        self.last_data.set(NOWHERE);
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
