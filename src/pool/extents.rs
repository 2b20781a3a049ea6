//! The addresses of a pool's arenas, from low to high, and where to look for one.
//!
//! ```text
//!   few       | start end | start end | ...             in the table itself, while there are no more than these
//!   outside   | start end | ...          | hint hint ...    in memory of the system's, or of the program's
//!             lent: | the one before, bytes | in front of it
//! ```
//!
//! A hint is the place of an arena that was found with an address of the same granule: mostly it is the one that is looked
//! for again. Whatever it says, the arena's addresses are looked at.
#![allow(unsafe_code, reason = "tables in memory of their own")]

use core::cell::Cell;
use core::ptr::{self, NonNull};

use super::grant::Grant;
use crate::os;

/// So many arenas need no memory but the table itself: most pools have no more.
const FEW: usize = 8;
/// Entries of the first table that is not inside.
const MANY: usize = 256;
/// Bytes of an entry.
const ENTRY: usize = size_of::<Extent>();
/// So many hints for each entry: where arenas do not begin at the same distances, few granules have parts of two.
const HINTS: usize = 4;
/// Bytes of the hints of an entry.
const ENTRY_HINTS: usize = HINTS * size_of::<u32>();
/// No arena is smaller: it has a header, a block and an end.
const LEAST_GRANULE_LOG: u32 = 6;

/// An arena's addresses.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub(super) struct Extent {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Extent {
    pub(super) const NOWHERE: Extent = Extent { start: 0, end: 0 };

    #[inline(always)]
    pub(super) fn has(self, address: usize) -> bool {
        address >= self.start && address < self.end
    }
}

/// Spans of addresses, sorted, without overlap. All zero is none.
pub(super) struct Extents {
    few: [Extent; FEW],
    /// The table outside, once there were more; null before.
    outside: *mut Extent,
    /// How many entries it has.
    outside_capacity: usize,
    /// Where the hints stand, behind the entries; null before.
    hints: *mut u32,
    /// How many hints there are, less one.
    hint_mask: usize,
    /// The table outside is memory of the system's.
    is_mapped: bool,
    /// Addresses that have these bits in common, from here up, share a hint.
    granule_log: u32,
    /// What the program has lent for tables so far, the last first; 0 for none. There stand first the one before it, and
    /// how many bytes it has.
    lent: usize,
    count: usize,
    /// What `place_above` found last.
    last_above: Cell<usize>,
}

impl Extents {
    pub(super) const fn none() -> Extents {
        Extents {
            few: [Extent::NOWHERE; FEW],
            outside: ptr::null_mut(),
            outside_capacity: 0,
            hints: ptr::null_mut(),
            hint_mask: 0,
            is_mapped: false,
            granule_log: 0,
            lent: 0,
            count: 0,
            last_above: Cell::new(0),
        }
    }

    #[inline(always)]
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The span at a place, from low to high addresses.
    #[inline]
    pub(super) fn at(&self, place: usize) -> Extent {
        assert!(place < self.count, "invariant H5: an arena that is asked for is in the table");
        if self.outside.is_null() {
            return self.few[place % FEW];
        }
        // SAFETY: it is counted, and move_to was given room for that.
        unsafe { self.outside.wrapping_add(place).read() }
    }

    /// Sets the span at a place, which is counted.
    fn set(&mut self, place: usize, extent: Extent) {
        assert!(place < self.count, "invariant H5: an arena that is asked for is in the table");
        if self.outside.is_null() {
            self.few[place % FEW] = extent;
            return;
        }
        // SAFETY: as in `at`.
        unsafe { self.outside.wrapping_add(place).write(extent) };
    }

    /// Moves the spans from a place on, one up or down. For one up there is room.
    fn shift(&mut self, from: usize, to: usize) {
        if self.outside.is_null() {
            return self.few.copy_within(from..self.count, to);
        }
        let (source, target) = (self.outside.wrapping_add(from), self.outside.wrapping_add(to));
        // SAFETY: the entries that are counted, one place up, where there is room, or down.
        unsafe { ptr::copy(source, target, self.count - from) };
    }

    /// Adds a span that overlaps with no other. False: there is no room.
    pub(super) fn insert(&mut self, extent: Extent) -> bool {
        if !self.has_room() {
            return false;
        }
        let place = self.place_above(extent.start);
        self.last_above.set(place + 1);
        self.shift(place, place + 1);
        self.count += 1;
        self.set(place, extent);
        true
    }

    /// Takes out the span at a place, which is counted.
    pub(super) fn remove(&mut self, place: usize) {
        assert!(place < self.count, "invariant H5: an arena that is asked for is in the table");
        self.shift(place + 1, place);
        self.count -= 1;
    }

    /// Makes the spans at a place and at the next one a single one.
    pub(super) fn join(&mut self, place: usize) -> Extent {
        let joined = Extent { start: self.at(place).start, end: self.at(place + 1).end };
        self.set(place, joined);
        self.remove(place + 1);
        joined
    }

    /// How many spans begin at or below an address. Who makes an arena asks for the same several times.
    pub(super) fn place_above(&self, address: usize) -> usize {
        let last = self.last_above.get();
        let is_below = |place: usize| place < self.count && self.at(place).start <= address;
        if last <= self.count && last != 0 && is_below(last - 1) && !is_below(last) {
            return last;
        }
        let found = self.search_above(address);
        self.last_above.set(found);
        found
    }

    /// No branch depends on what is found: no processor could foretell it.
    fn search_above(&self, address: usize) -> usize {
        let (mut low, mut left) = (0, self.count);
        while left > 1 {
            let half = left / 2;
            low += half * usize::from(self.at(low + half).start <= address);
            left -= half;
        }
        low + usize::from(left == 1 && self.at(low).start <= address)
    }

    /// The span that an address lies in.
    #[inline(always)]
    pub(super) fn of(&self, address: usize) -> Option<Extent> {
        match self.hinted(address).filter(|span| span.has(address)) {
            None => self.search(address),
            found => found,
        }
    }

    /// The span that was found last with an address of the same granule.
    #[inline(always)]
    fn hinted(&self, address: usize) -> Option<Extent> {
        if self.hints.is_null() {
            return None;
        }
        // SAFETY: one of the hints.
        let place = unsafe { self.hint(address).read() } as usize;
        // SAFETY: it is counted, and stands in the table outside.
        (place < self.count).then(|| unsafe { self.outside.wrapping_add(place).read() })
    }

    #[inline(never)]
    fn search(&self, address: usize) -> Option<Extent> {
        let found = self.place_above(address).checked_sub(1)?;
        let span = self.at(found);
        if !span.has(address) {
            return None;
        }
        if !self.hints.is_null() {
            self.hint_at(found, span, address);
        }
        Some(span)
    }

    /// A span of a few granules is hinted at in all of them, a larger one where it was asked for.
    fn hint_at(&self, place: usize, span: Extent, address: usize) {
        let granule = |address: usize| address >> self.granule_log;
        let is_small = granule(span.end) - granule(span.start) <= 2 * HINTS;
        let (first, last) =
            if is_small { (granule(span.start), granule(span.end - 1)) } else { (granule(address), granule(address)) };
        for each in first..=last {
            // SAFETY: one of the hints.
            unsafe { self.hint(each << self.granule_log).write(u32::try_from(place).unwrap_or(0)) };
        }
    }

    /// Where the hint for an address stands.
    #[inline(always)]
    fn hint(&self, address: usize) -> *mut u32 {
        self.hints.wrapping_add((address >> self.granule_log) & self.hint_mask)
    }

    /// True if there is room for one more.
    pub(super) fn has_room(&self) -> bool {
        self.count < self.capacity()
    }

    fn capacity(&self) -> usize {
        if self.outside.is_null() { FEW } else { self.outside_capacity }
    }

    /// Entries of the next table.
    fn next_capacity(&self) -> usize {
        (self.capacity() * 2).max(MANY)
    }

    /// Room for one more, in memory of the system's. False: there is none.
    pub(super) fn reserve(&mut self) -> bool {
        if self.has_room() {
            return true;
        }
        let capacity = self.next_capacity();
        let Some(mapped) = os::map_guarded(table_bytes(capacity)) else { return false };
        self.move_to(mapped.as_ptr().cast(), capacity);
        self.is_mapped = true;
        true
    }

    /// How many bytes the program is to lend for the next table.
    pub(super) fn bytes_to_lend(&self) -> usize {
        ENTRY + table_bytes(self.next_capacity())
    }

    /// Room in memory that the program lends. Before the entries stands what was lent before, and how much this is.
    pub(super) fn reserve_in(&mut self, lent: Grant) {
        let first: *mut Extent = ptr::with_exposed_provenance_mut(lent.start());
        let capacity = lent.bytes().saturating_sub(ENTRY) / (ENTRY + ENTRY_HINTS);
        if capacity == 0 || lent.start() % align_of::<Extent>() != 0 {
            return;
        }
        // SAFETY: the program has lent more than one entry, and it is aligned.
        unsafe { first.write(Extent { start: self.lent, end: lent.bytes() }) };
        self.lent = lent.start();
        // The program may have made the pool take another one meanwhile.
        if capacity > self.capacity() {
            self.move_to(first.wrapping_add(1), capacity);
        }
    }

    /// Moves the entries to memory for so many, and their hints, which is this table's.
    fn move_to(&mut self, outside: *mut Extent, capacity: usize) {
        for place in 0..self.count {
            // SAFETY: both callers have memory for more entries than there are.
            unsafe { outside.wrapping_add(place).write(self.at(place)) };
        }
        self.hints = outside.wrapping_add(capacity).cast();
        self.hint_mask = hints_of(capacity) - 1;
        // SAFETY: both callers have memory for so many behind the entries.
        unsafe { ptr::write_bytes(self.hints, 0, self.hint_mask + 1) };
        self.granule_log = self.usual_distance_log().saturating_sub(HINTS.ilog2()).max(LEAST_GRANULE_LOG);
        self.unmap();
        (self.outside, self.outside_capacity) = (outside, capacity);
    }

    /// At least half of the spans begin so far behind the one before, as a power of two.
    fn usual_distance_log(&self) -> u32 {
        let mut of_log = [0_usize; usize::BITS as usize];
        for place in 1..self.count {
            let distance = self.at(place).start - self.at(place - 1).start;
            of_log[distance.max(1).ilog2() as usize] += 1;
        }
        let mut so_far = 0;
        let is_half = |of: &usize| {
            so_far += of;
            so_far * 2 >= self.count
        };
        of_log.iter().position(is_half).map_or(0, |log| u32::try_from(log).unwrap_or(0))
    }

    fn unmap(&mut self) {
        if let Some(mapped) = NonNull::new(self.outside).filter(|_| self.is_mapped) {
            // SAFETY: `reserve` has mapped it for so many entries, and nobody else knows it.
            unsafe { os::unmap_guarded(mapped.cast(), table_bytes(self.outside_capacity)) };
        }
        self.is_mapped = false;
    }

    /// Gives the table's own memory back; what the program has lent, to `take_back`.
    pub(super) fn clear(&mut self, take_back: &mut dyn FnMut(usize, usize)) {
        self.unmap();
        let mut lent = self.lent;
        *self = Extents::none();
        while lent != 0 {
            // SAFETY: reserve_in has written there, and it goes back only now.
            let before = unsafe { ptr::with_exposed_provenance::<Extent>(lent).read() };
            take_back(lent, before.end);
            lent = before.start;
        }
    }
}

/// How many hints a table has: a power of two, so that a mask finds one.
#[inline(always)]
fn hints_of(capacity: usize) -> usize {
    HINTS << capacity.max(1).ilog2()
}

/// Bytes of a table with so many entries and their hints; a few too many, where it has fewer hints.
fn table_bytes(capacity: usize) -> usize {
    capacity * (ENTRY + ENTRY_HINTS)
}

#[cfg(test)]
#[path = "extents_tests.rs"]
mod tests;
