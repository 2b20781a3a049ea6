//! Where the arenas of a pool are, outside of them: what everything read from the heap is checked against.
#![allow(unsafe_code, reason = "here it is checked what lies in an arena")]

use core::cell::Cell;
use core::marker::PhantomData;

use super::layout::{ARENA, HEADER, MINIMUM, TAIL, WORD, words_between};
use super::raw_memory::{copy, map, set_word, unmap, word};
use super::spot::Spot;
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

/// Spans of addresses, sorted, without overlap, whose memory does not go during `'heap`. All zero is an empty table.
pub(super) struct ArenaTable<'heap> {
    few: [Extent; FEW],
    /// The table outside, once there were more; 0 before.
    words: usize,
    room: usize,
    /// The table outside is memory of the system's.
    is_mapped: bool,
    /// What the program has lent for tables so far, the last first; 0 for none. There stand first the one before it, and
    /// how many bytes it has.
    lent: usize,
    count: usize,
    /// Bytes between the header of each arena and its end: there are blocks.
    block_bytes: usize,
    /// The arena that was asked for last: mostly it is asked for again.
    last: Cell<Extent>,
    /// The same arena, as the short ways ask.
    recent: Cell<Recent>,
    heap: PhantomData<&'heap ()>,
}

impl<'heap> ArenaTable<'heap> {
    /// A table without entries.
    pub(super) fn empty() -> ArenaTable<'heap> {
        ArenaTable {
            few: [NOWHERE; FEW],
            words: 0,
            room: 0,
            is_mapped: false,
            lent: 0,
            count: 0,
            block_bytes: 0,
            last: Cell::new(NOWHERE),
            recent: Cell::new(NO_WORDS),
            heap: PhantomData,
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
    fn holds_recently(&self, address: usize) -> bool {
        let recent = self.recent.get();
        words_between(recent.data, address) < recent.link_words
    }

    /// What can be a free block at this address, if that is in the arena that was found last. None says nothing.
    #[inline(always)]
    pub(super) fn recent_spot(&self, address: usize) -> Option<Spot<'heap>> {
        // SAFETY: a free block with its links lies in an arena there.
        self.holds_recently(address).then(|| unsafe { Spot::assume(address) })
    }

    /// What can be a free block at this address.
    #[inline(always)]
    pub(super) fn spot(&self, address: usize) -> Option<Spot<'heap>> {
        // SAFETY: as above, also in another arena.
        (self.holds_recently(address) || self.has_words(address)).then(|| unsafe { Spot::assume(address) })
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
    fn has_words(&self, address: usize) -> bool {
        address % WORD == 0 && self.find(address).is_some_and(|arena| arena.end - address >= LINKED_WORDS * WORD)
    }

    /// The highest arena that begins below an address.
    pub(super) fn highest_below(&self, address: usize) -> Option<Extent> {
        Some(self.at(self.place_above(address.checked_sub(1)?).checked_sub(1)?))
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

    /// True if there is room for one more.
    pub(super) fn has_room(&self) -> bool {
        self.count < self.room()
    }

    fn room(&self) -> usize {
        if self.words == 0 { FEW } else { self.room }
    }

    /// Entries of the next table.
    fn next_room(&self) -> usize {
        (self.room() * 2).max(ROOM)
    }

    /// Room for one more, in memory of the system's. False: there is none.
    pub(super) fn reserve(&mut self) -> bool {
        if self.has_room() {
            return true;
        }
        let room = self.next_room();
        let words = map(room * ENTRY);
        if words != 0 {
            self.move_to(words, room);
            self.is_mapped = true;
        }
        words != 0
    }

    /// How many bytes the program is to lend for the next table.
    pub(super) fn bytes_to_lend(&self) -> usize {
        self.next_room() * ENTRY
    }

    /// Room in memory that the program lends.
    pub(super) fn reserve_in(&mut self, lent: usize, bytes: usize) {
        set_word(lent, self.lent);
        set_word(lent + WORD, bytes);
        self.lent = lent;
        let room = bytes / ENTRY - 1;
        if room > self.room() {
            self.move_to(lent + ENTRY, room);
        }
    }

    fn move_to(&mut self, words: usize, room: usize) {
        for place in 0..self.count {
            let arena = self.at(place);
            set_word(words + place * ENTRY, arena.start);
            set_word(words + place * ENTRY + WORD, arena.end);
        }
        self.unmap();
        (self.words, self.room) = (words, room);
    }

    fn unmap(&mut self) {
        if self.is_mapped {
            unmap(self.words, self.room * ENTRY);
            self.is_mapped = false;
        }
    }

    /// An arena that overlaps with these addresses.
    pub(super) fn first_within(&self, span: Extent) -> Option<Extent> {
        let lowest = self.place_above(span.start).saturating_sub(1);
        (lowest..self.count)
            .map(|place| self.at(place))
            .take_while(|arena| arena.start < span.end)
            .find(|arena| arena.end > span.start)
    }

    /// The arena that begins at an address, the next one above it, and where the one above that begins.
    pub(super) fn neighbours(&self, start: usize) -> Option<(Extent, Extent, Option<usize>)> {
        let place = self.place_of(start).filter(|place| place + 1 < self.count)?;
        let third = (place + 2 < self.count).then(|| self.at(place + 2).start);
        Some((self.at(place), self.at(place + 1), third))
    }

    /// Adds an arena, for which there is room, and that overlaps with no other.
    pub(super) fn add(&mut self, arena: Extent) {
        let place = self.place_above(arena.start);
        self.shift(place, place + 1);
        self.set(place, arena);
        self.count += 1;
        self.block_bytes += block_bytes_of(arena);
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
    pub(super) fn take(&mut self) -> ArenaTable<'static> {
        let ArenaTable { few, words, room, is_mapped, lent, count, block_bytes, .. } = *self;
        *self = ArenaTable::empty();
        ArenaTable { few, words, room, is_mapped, lent, count, block_bytes, ..ArenaTable::empty() }
    }

    /// Gives the table's own memory back; what the program has lent, to `take_back`.
    pub(super) fn clear(&mut self, take_back: &mut dyn FnMut(usize, usize)) {
        self.unmap();
        let mut lent = self.lent;
        *self = ArenaTable::empty();
        while lent != 0 {
            let (before, bytes) = (word(lent), word(lent + WORD));
            take_back(lent, bytes);
            lent = before;
        }
    }
}

fn block_bytes_of(arena: Extent) -> usize {
    (arena.end - arena.start).saturating_sub(ARENA + HEADER)
}
