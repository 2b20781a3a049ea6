//! Where the arenas of a pool are, outside of them: what everything read from the heap is checked against.
#![allow(unsafe_code, reason = "here it is checked what lies in an arena")]

use core::cell::Cell;
use core::marker::PhantomData;

use super::block::Block;
use super::extents::{Extent, Extents};
use super::grant::{Grant, MayMerge};
use super::layout::{ARENA, HEADER, LISTS, MINIMUM, OVERHEAD, TAIL, WORD, words_between};
use super::room::Room;
use super::spot::Spot;
use crate::os;

/// Words of the smallest block with links.
const LINKED_WORDS: usize = MINIMUM / WORD;
/// Words of the smallest block less its header, which lies before its data.
const LEAST_WORDS: usize = (MINIMUM - HEADER) / WORD;
/// Words of data in the smallest block.
const LEAST_DATA_WORDS: usize = (MINIMUM - OVERHEAD) / WORD;

/// An arena, counted in words from where its first data may begin.
#[derive(Clone, Copy)]
struct Recent {
    /// Where the data of the first block begins.
    data: usize,
    /// Fewer words further on the data of a block may begin, and the smallest block still lies in the arena.
    words: usize,
    /// So many words further on a free block may begin, whose links still lie in the arena.
    link_words: usize,
    /// The same for a block of any size that has a list.
    listed_words: usize,
}

impl Recent {
    #[inline(always)]
    const fn listed(self) -> Listed {
        Listed { data: self.data, words: self.listed_words }
    }
}

/// Of such an arena, where free blocks of any size that has a list may begin.
#[derive(Clone, Copy)]
struct Listed {
    data: usize,
    words: usize,
}

const NO_WORDS: Recent = Recent { data: 0, words: 0, link_words: 0, listed_words: 0 };

/// Spans of addresses, sorted, without overlap, whose memory does not go during `'heap`. All zero is an empty table.
#[repr(C)]
pub(super) struct ArenaTable<'heap> {
    /// The arena that was asked for last, as the fast paths ask: mostly it is asked for again.
    recent: Cell<Recent>,
    /// The one before, in the same way.
    listed_before: Cell<Listed>,
    /// The arena that was asked for last.
    last: Cell<Extent>,
    /// The one before: who uses two in turn asks for that.
    former: Cell<Extent>,
    /// Bytes between the header of each arena and its end: there are blocks.
    block_bytes: usize,
    extents: Extents,
    heap: PhantomData<&'heap ()>,
}

impl<'heap> ArenaTable<'heap> {
    /// A table without entries.
    pub(super) fn empty() -> ArenaTable<'heap> {
        ArenaTable {
            extents: Extents::none(),
            block_bytes: 0,
            last: Cell::new(Extent::NOWHERE),
            former: Cell::new(Extent::NOWHERE),
            recent: Cell::new(NO_WORDS),
            listed_before: Cell::new(NO_WORDS.listed()),
            heap: PhantomData,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.extents.count()
    }

    /// The bytes of all blocks, whatever they are.
    #[inline]
    pub(super) fn block_bytes(&self) -> usize {
        self.block_bytes
    }

    /// The arena at a place in the table, from low to high addresses.
    pub(super) fn at(&self, place: usize) -> Room<'heap> {
        self.room_of(self.extents.at(place))
    }

    /// The arenas from low to high addresses.
    pub(super) fn rooms(&self) -> impl DoubleEndedIterator<Item = Room<'heap>> + '_ {
        (0..self.count()).map(|place| self.at(place))
    }

    #[inline(always)]
    fn room_of(&self, arena: Extent) -> Room<'heap> {
        // SAFETY: what `add` got is memory of the pool's, and so is what lies between two arenas that the program has let
        // become one. The table goes with the arenas.
        unsafe { Room::assume(arena.start, arena.end) }
    }

    /// The arena that an address lies in.
    #[inline]
    pub(super) fn room(&self, address: usize) -> Option<Room<'heap>> {
        let last = self.last.get();
        let found = if last.has(address) { Some(last) } else { self.search(address) };
        found.map(|arena| self.room_of(arena))
    }

    /// The block that begins at an address, with the size that its header says, if that can be.
    #[inline]
    pub(super) fn block(&self, address: usize) -> Option<Block<'heap>> {
        self.room(address)?.block(address)
    }

    /// The smallest block with this data may be larger by fewer words than these, if its data lies in the arena that was
    /// found last. None if no data can begin there.
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

    /// What can be a free block of any size that has a list, at this address, if that is in the arena that was found last,
    /// and not near its end. None says nothing.
    #[inline(always)]
    pub(super) fn recent_listed(&self, address: usize) -> Option<Spot<'heap>> {
        let is_in = |arena: Listed| words_between(arena.data, address) < arena.words;
        // SAFETY: so many words before the end that the largest block with a list lies in the arena there.
        (is_in(self.recent.get().listed()) || is_in(self.listed_before.get())).then(|| unsafe { Spot::assume(address) })
    }

    /// What can be a free block at this address.
    #[inline(always)]
    pub(super) fn spot(&self, address: usize) -> Option<Spot<'heap>> {
        // SAFETY: as above, also in another arena.
        (self.holds_recently(address) || self.has_bytes(address, MINIMUM)).then(|| unsafe { Spot::assume(address) })
    }

    /// What can be a free block of so many bytes at this address. The size has a list.
    #[inline(always)]
    pub(super) fn listed(&self, address: usize, bytes: usize) -> Option<Spot<'heap>> {
        let recent = self.recent.get();
        let is_recent = words_between(recent.data, address) < recent.listed_words;
        // SAFETY: as above, or for so many bytes.
        (is_recent || self.has_room_for(address, bytes)).then(|| unsafe { Spot::assume(address) })
    }

    /// True if an aligned block of so many bytes at this address lies in an arena, also near its end.
    #[inline(never)]
    fn has_room_for(&self, address: usize, bytes: usize) -> bool {
        let recent = self.recent.get();
        let words = (recent.words + LEAST_WORDS).saturating_sub(bytes / WORD);
        words_between(recent.data, address) < words || self.has_bytes(address, bytes)
    }

    #[inline(never)]
    fn search(&self, address: usize) -> Option<Extent> {
        let found = self.extent_of(address)?;
        let last = self.last.replace(found);
        if last != found {
            self.former.set(last);
            self.listed_before.set(self.recent.get().listed());
        }
        // Where a checker of memory watches, no path is fast: it is told of each block.
        if os::memory_checker().is_some() {
            return Some(found);
        }
        let data = found.start + ARENA + HEADER;
        // Behind the data of the last block there is its tail, and the end of the arena.
        let behind = (found.end - HEADER - TAIL).saturating_sub(data) / WORD;
        let words = (behind + 1).saturating_sub(LEAST_DATA_WORDS);
        self.recent.set(Recent {
            data,
            words,
            link_words: behind.saturating_sub(LINKED_WORDS),
            listed_words: behind.saturating_sub(LISTS),
        });
        Some(found)
    }

    #[inline]
    fn extent_of(&self, address: usize) -> Option<Extent> {
        let former = self.former.get();
        if former.has(address) { Some(former) } else { self.extents.of(address) }
    }

    /// True if an aligned block of so many bytes at this address lies in an arena, before its end.
    fn has_bytes(&self, address: usize, bytes: usize) -> bool {
        address % WORD == 0 && self.extent_of(address).is_some_and(|arena| arena.end - address >= bytes + HEADER)
    }

    /// The highest arena that begins below an address.
    pub(super) fn highest_below(&self, address: usize) -> Option<Room<'heap>> {
        Some(self.at(self.extents.place_above(address.checked_sub(1)?).checked_sub(1)?))
    }

    /// The place of the arena that begins at an address.
    pub(super) fn place_of(&self, start: usize) -> Option<usize> {
        self.extents.place_above(start).checked_sub(1).filter(|place| self.extents.at(*place).start == start)
    }

    /// True if there is room for one more.
    pub(super) fn has_room(&self) -> bool {
        self.extents.has_room()
    }

    /// Room for one more, in memory of the system's. False: there is none.
    pub(super) fn reserve(&mut self) -> bool {
        self.extents.reserve()
    }

    /// How many bytes the program is to lend for the next table.
    pub(super) fn bytes_to_lend(&self) -> usize {
        self.extents.bytes_to_lend()
    }

    /// Room in memory that the program lends.
    pub(super) fn reserve_in(&mut self, lent: Grant) {
        self.extents.reserve_in(lent);
    }

    /// An arena that overlaps with these addresses.
    pub(super) fn first_within(&self, start: usize, end: usize) -> Option<Room<'heap>> {
        let lowest = self.extents.place_above(start).saturating_sub(1);
        (lowest..self.count())
            .map(|place| self.at(place))
            .take_while(|room| room.start() < end)
            .find(|room| room.end() > start)
    }

    /// The arena that begins at an address, the next one above it, and the one above that.
    pub(super) fn neighbours(&self, start: usize) -> Option<(Room<'heap>, Room<'heap>, Option<Room<'heap>>)> {
        let place = self.place_of(start).filter(|place| place + 1 < self.count())?;
        let third = (place + 2 < self.count()).then(|| self.at(place + 2));
        Some((self.at(place), self.at(place + 1), third))
    }

    /// Adds an arena, for which there is room, and that overlaps with no other.
    pub(super) fn add(&mut self, granted: Grant) {
        let start = granted.start();
        let Some(end) = granted.end().filter(|_| start % WORD == 0 && start != 0) else { no_arena() };
        let arena = Extent { start, end: end / WORD * WORD };
        if !self.extents.insert(arena) {
            no_arena();
        }
        self.block_bytes += block_bytes_of(arena);
    }

    /// Makes two neighbours one arena.
    pub(super) fn merge(&mut self, allowed: MayMerge) -> Option<Room<'heap>> {
        let place = self.place_of(allowed.bottom()).filter(|place| place + 1 < self.count())?;
        let (lower, upper) = (self.extents.at(place), self.extents.at(place + 1));
        if upper.start != allowed.top() {
            return None;
        }
        let merged = self.extents.join(place);
        self.block_bytes -= block_bytes_of(lower) + block_bytes_of(upper);
        self.block_bytes += block_bytes_of(merged);
        self.forget_last();
        Some(self.room_of(merged))
    }

    fn forget_last(&self) {
        self.last.set(Extent::NOWHERE);
        self.former.set(Extent::NOWHERE);
        self.recent.set(NO_WORDS);
        self.listed_before.set(NO_WORDS.listed());
    }

    /// Takes the arena at a place out. Nobody asks for it any more: it is the program's to have back.
    pub(super) fn remove(&mut self, place: usize) -> Grant {
        let gone = self.extents.at(place);
        self.extents.remove(place);
        self.block_bytes -= block_bytes_of(gone);
        self.forget_last();
        // SAFETY: it came here as a grant, or as what the program let become one of several.
        unsafe { Grant::assume(gone.start, gone.end - gone.start) }
    }

    /// Takes all entries out, into a table that is cleared later.
    pub(super) fn take(&mut self) -> ArenaTable<'heap> {
        core::mem::replace(self, ArenaTable::empty())
    }

    /// The same table for another time.
    ///
    /// # Safety
    ///
    /// Nobody asks for an arena that has gone.
    pub(super) unsafe fn for_longer<'longer>(self) -> ArenaTable<'longer> {
        let ArenaTable { extents, block_bytes, .. } = self;
        ArenaTable { extents, block_bytes, ..ArenaTable::empty() }
    }

    /// Gives the table's own memory back; what the program has lent, to `take_back`.
    pub(super) fn clear(&mut self, take_back: &mut dyn FnMut(usize, usize)) {
        self.extents.clear(take_back);
        *self = ArenaTable::empty();
    }
}

#[cold]
fn no_arena() -> ! {
    panic!("invariant H4: an arena is checked, and there is a place for it, before it is used");
}

fn block_bytes_of(arena: Extent) -> usize {
    (arena.end - arena.start).saturating_sub(ARENA + HEADER)
}
