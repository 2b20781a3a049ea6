//! Getting arenas, joining them, and moving blocks together in them.
#![forbid(unsafe_code)]

use super::Text;
use super::arena_table::Extent;
use super::error::Reason;
use super::heap::{Heap, Stop, data_bytes, data_of, first_block, is_pinned, next_of, set_data, set_size, size_of};
use super::integrity::must_stay;
use super::layout::{
    ALLOC_MAGIC, ARENA, ARENA_MAGIC, ARENATAIL_MAGIC, DEAD_MAGIC, FREE_MAGIC, HEADER, MINIMUM, TAIL, UNALLOC_MAGIC,
    WORD,
};
use super::raw_memory::{copy, set_word, word};

/// Fields of an arena's header, in words.
const UP: usize = 2 * WORD;
const DOWN: usize = 3 * WORD;
const BYTES: usize = 4 * WORD;
const PAD: usize = 5 * WORD;

impl Heap<'_> {
    /// Gets memory for a block of so many bytes from the program. Where that has none, what is free is moved together,
    /// which may be enough; if it is not, the reason stands already.
    pub(super) fn make_arena(&mut self, block_bytes: usize) -> Result<(), Stop> {
        let Some(bytes) = self.sizes.arena(block_bytes) else { return self.refuse(Reason::InvalidSize) };
        self.log(&mut Text::of(format_args!("newarena {bytes}\n")));
        let (maxsize, cursize) = (self.pool.maxsize(), self.pool.cursize());
        if bytes > maxsize || cursize > maxsize - bytes {
            self.refusal = Some(Reason::TooLarge);
            if !self.compact()? {
                self.log(&mut Text::of(format_args!("pool too big: {cursize}+{bytes} > {maxsize}\n")));
            }
            return Ok(());
        }
        if !self.index.arenas.reserve() {
            return self.refuse(Reason::NoIndex);
        }
        let arena = self.pool.allocate_arena(bytes);
        if arena == 0 {
            self.refusal = Some(if self.pool.has_alloc() { Reason::NoArena } else { Reason::NoAlloc });
            return self.compact().map(|_| ());
        }
        let extent = Extent { start: arena, end: arena.saturating_add(bytes) };
        if arena % WORD != 0 || !self.index.arenas.add(extent) {
            return Err(self.report_no_arena(extent, "bad arena: not aligned, or in another one"));
        }
        self.pool.set_cursize(cursize + bytes);
        self.lay_out(extent);
        if let Some(watch) = self.watch {
            watch.arena_begins(extent.start, extent.end);
        }
        self.enter(arena)
    }

    /// An arena with one free block.
    fn lay_out(&mut self, arena: Extent) {
        let bytes = arena.end - arena.start;
        write_header(arena);
        let block = first_block(arena.start);
        set_word(block, UNALLOC_MAGIC);
        set_size(block, bytes - HEADER - ARENA);
        self.add_free(block);
    }

    /// Puts an arena into the list, which goes from high to low addresses, and joins it with its neighbours.
    fn enter(&mut self, arena: usize) -> Result<(), Stop> {
        let Some(place) = self.index.arenas.place_of(arena) else { return Ok(()) };
        let above = (place + 1 < self.index.arenas.count()).then(|| self.index.arenas.at(place + 1).start);
        let below = place.checked_sub(1).map(|place| self.index.arenas.at(place).start);
        set_word(arena + DOWN, below.unwrap_or(0));
        self.set_above(arena, above);
        if let Some(below) = below {
            set_word(below + UP, arena);
        }
        if above.is_some() {
            self.merge(place)?;
        }
        match place.checked_sub(1) {
            Some(below) => self.merge(below),
            None => Ok(()),
        }
    }

    /// Writes the header and the end of each arena as the table says, and the list that runs through them.
    pub(super) fn link_arenas_anew(&mut self) {
        let (mut below, count) = (0, self.index.arenas.count());
        self.pool.set_arenalist(0);
        for place in 0..count {
            let arena = self.index.arenas.at(place);
            write_header(arena);
            set_word(arena.start + DOWN, below);
            let above = (place + 1 < count).then(|| self.index.arenas.at(place + 1).start);
            self.set_above(arena.start, above);
            below = arena.start;
        }
    }

    /// Links an arena with the next one above it.
    fn set_above(&mut self, arena: usize, above: Option<usize>) {
        set_word(arena + UP, above.unwrap_or(0));
        match above {
            Some(above) => set_word(above + DOWN, arena),
            None => self.pool.set_arenalist(arena),
        }
    }

    /// Joins the arena at a place and the next one above it, if the program lets them be one. Where they are is known
    /// from the table; the last block of the lower one is checked before it is used.
    fn merge(&mut self, place: usize) -> Result<(), Stop> {
        let (bottom, top) = (self.index.arenas.at(place), self.index.arenas.at(place + 1));
        let above = (place + 2 < self.index.arenas.count()).then(|| self.index.arenas.at(place + 2).start);
        let last = self.last_block(bottom)?;
        if !self.pool.may_merge(bottom.start, top.start) {
            return Ok(());
        }
        self.set_above(bottom.start, above);
        self.index.arenas.merge(bottom.start);
        set_arena_bytes(bottom.start, top.end - bottom.start);
        self.grow_last(
            last,
            bottom.end - HEADER,
            Extent { start: bottom.start, end: top.end },
            first_block(top.start),
        )?;
        if let Some(watch) = self.watch {
            watch.arena_merges(top.start);
        }
        Ok(())
    }

    /// The space from the end of the lower arena up to the first block of the upper one comes to the last block.
    fn grow_last(&mut self, last: usize, end: usize, arena: Extent, first: usize) -> Result<(), Stop> {
        match word(last) {
            FREE_MAGIC => {
                self.take_free(last)?;
                set_size(last, first - last);
                let after = self.free_after(last, arena)?;
                self.unlist_both(None, after)?;
                let joined = after.map_or(last, |after| self.join(last, after));
                self.add_free(joined);
            }
            ALLOC_MAGIC => {
                let (before, data, pinned) = (size_of(last), data_bytes(last), is_pinned(last));
                set_size(last, first - last);
                self.cut(last, data, pinned);
                self.count_freed(before);
                self.count_allocated(size_of(last));
            }
            // A buried block stays as it is; the space is large enough to be a block of its own.
            _ => {
                set_word(end, UNALLOC_MAGIC);
                set_size(end, first - end);
                self.add_free(end);
            }
        }
        Ok(())
    }

    /// Moves blocks together in all arenas, unless nothing was freed since the last time. True if one was moved.
    pub(super) fn compact(&mut self) -> Result<bool, Stop> {
        if !self.pool.can_move() || self.pool.lastcompact() == self.pool.nfree() {
            return Ok(false);
        }
        self.pool.set_lastcompact(self.pool.nfree());
        let mut has_moved = false;
        for place in (0..self.index.arenas.count()).rev() {
            let arena = self.index.arenas.at(place);
            self.mending(|heap| {
                heap.check_arena(arena)?;
                heap.unlist_arena(arena)
            })?;
            has_moved |= self.compact_arena(arena);
        }
        Ok(has_moved)
    }

    /// Takes all free blocks of an arena out of the index, or none.
    fn unlist_arena(&mut self, arena: Extent) -> Result<(), Stop> {
        let end = arena.end - HEADER;
        let mut block = first_block(arena.start);
        while block < end {
            if word(block) == FREE_MAGIC {
                if let Err(broken) = self.index.remove(block, size_of(block)) {
                    self.list_arena(arena, block);
                    return Err(self.report(broken.block, "corrupt free list"));
                }
            }
            block = next_of(block);
        }
        Ok(())
    }

    /// Blocks whose free memory has been taken out of the index.
    fn compact_arena(&mut self, arena: Extent) -> bool {
        let end = arena.end - HEADER;
        let mut block = first_block(arena.start);
        let mut target = block;
        let mut has_moved = false;
        while block < end {
            let next = next_of(block);
            match word(block) {
                FREE_MAGIC => self.take_unlisted(block),
                ALLOC_MAGIC if !must_stay(block, self.held) => {
                    if target != block {
                        self.slide(block, target);
                        has_moved = true;
                    }
                    target += next - block;
                }
                ALLOC_MAGIC | DEAD_MAGIC => {
                    self.free_gap(target, block);
                    target = next;
                }
                _ => {}
            }
            block = next;
        }
        self.free_gap(target, end);
        has_moved
    }

    fn slide(&mut self, block: usize, target: usize) {
        let (bytes, data) = (size_of(block), data_bytes(block));
        copy(block, target, bytes);
        set_data(target, bytes, data, false);
        self.block_slides(data_of(block), data_of(target), data);
        self.pool.tell_moved(data_of(block), data_of(target));
    }

    /// What lies between two addresses becomes one free block.
    fn free_gap(&mut self, from: usize, to: usize) {
        if from < to {
            set_word(from, UNALLOC_MAGIC);
            set_size(from, to - from);
            self.add_free(from);
        }
    }
}

/// Writes the header of an arena but its links, and its end.
fn write_header(arena: Extent) {
    set_word(arena.start, ARENA_MAGIC);
    set_word(arena.start + WORD, ARENA);
    set_word(arena.start + PAD, ARENA);
    set_arena_bytes(arena.start, arena.end - arena.start);
}

fn set_arena_bytes(arena: usize, bytes: usize) {
    set_word(arena + BYTES, bytes);
    let end = arena + bytes - HEADER;
    set_word(end, ARENATAIL_MAGIC);
    set_word(end + WORD, 0);
}

const _: () = assert!(ARENA + HEADER >= MINIMUM && TAIL == HEADER, "the space between merged arenas can be a block");
