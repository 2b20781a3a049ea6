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
use crate::os;

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
        if !self.reserve_arena() {
            return self.refuse(Reason::NoIndex);
        }
        let arena = self.pool.allocate_arena(bytes);
        // The program may have used the pool for that: then there are other arenas, and another cursize.
        self.look_again();
        if arena == 0 {
            self.refusal = Some(if self.pool.has_alloc() { Reason::NoArena } else { Reason::NoAlloc });
            return self.compact().map(|_| ());
        }
        let extent = self.checked_arena(arena, bytes)?;
        // The place that was kept for it may have gone to an arena that the program has made the pool take meanwhile.
        if !self.reserve_arena() {
            self.pool.free_arena_while_locked(arena, bytes);
            self.look_again();
            return self.refuse(Reason::NoIndex);
        }
        self.index.arenas.add(extent);
        self.pool.set_cursize(self.pool.cursize() + bytes);
        self.lay_out(extent);
        if let Some(watch) = self.watch {
            watch.arena_begins(extent.start, extent.end);
        }
        self.enter(arena)
    }

    /// Makes room for an arena in the table, in the program's memory if the system has none. False: there is none.
    pub(super) fn reserve_arena(&mut self) -> bool {
        let arenas = &mut self.index.arenas;
        // Where the index was lent, other processes may share it: then they must see the table too.
        if arenas.has_room() || (self.index.lent == 0 && self.index.arenas.reserve()) {
            return true;
        }
        let bytes = self.index.arenas.bytes_to_lend();
        let lent = self.pool.allocate_arena(bytes);
        self.look_again();
        if lent != 0 && lent % WORD == 0 && os::is_writable(lent, bytes) {
            self.index.arenas.reserve_in(lent, bytes);
        }
        self.index.arenas.has_room()
    }

    /// What the program's alloc has returned, if it can be an arena.
    fn checked_arena(&mut self, arena: usize, bytes: usize) -> Result<Extent, Stop> {
        let end = arena.checked_add(bytes);
        let other = end.and_then(|end| self.index.arenas.first_within(Extent { start: arena, end }));
        let stop = match (end, other) {
            _ if arena % WORD != 0 => self.report_bad_arena(arena, bytes, format_args!("it is not aligned")),
            (None, _) => self.report_bad_arena(arena, bytes, format_args!("it ends beyond all addresses")),
            (_, Some(other)) => {
                let (start, end) = (other.start, other.end);
                self.report_bad_arena(arena, bytes, format_args!("it overlaps with arena {start:x} to {end:x}"))
            }
            (Some(end), None) if os::is_writable(arena, bytes) => return Ok(Extent { start: arena, end }),
            _ => self.report_bad_arena(arena, bytes, format_args!("it cannot be written")),
        };
        self.refusal = Some(Reason::BadArena);
        Err(stop)
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
        self.merge(arena)?;
        // The program may have used the pool when it was asked.
        match self.index.arenas.highest_below(arena) {
            Some(below) => self.merge(below.start),
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

    /// Joins the arena that begins here and the next one above it, if the program lets them be one. Where they are is
    /// known from the table; the last block of the lower one is checked before it is used.
    fn merge(&mut self, start: usize) -> Result<(), Stop> {
        let Some((bottom, top, _)) = self.index.arenas.neighbours(start) else { return Ok(()) };
        self.last_block(bottom)?;
        let may_merge = self.pool.may_merge(bottom.start, top.start);
        // The program may have used the pool meanwhile: then there may be other arenas, and another last block.
        self.look_again();
        let asked_for = top.start;
        let Some((bottom, top, above)) = self.index.arenas.neighbours(start) else { return Ok(()) };
        if !may_merge || top.start != asked_for {
            return Ok(());
        }
        let last = self.last_block(bottom)?;
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
        let mut above = usize::MAX;
        while let Some(arena) = self.index.arenas.highest_below(above) {
            above = arena.start;
            if self.tolerates() {
                self.print_tolerated_in(arena);
            }
            self.mending(|heap| heap.check_before_moving(arena.start))?;
            let mut is_done = false;
            while !is_done {
                let (moved, done) = self.mending(|heap| heap.compact_arena(arena.start))?;
                has_moved |= moved;
                is_done = done;
            }
        }
        Ok(has_moved)
    }

    /// Checks the arena that begins here, and that its free blocks and the lists say the same.
    fn check_before_moving(&mut self, start: usize) -> Result<(), Stop> {
        let Some(arena) = self.index.arenas.find(start) else { return Ok(()) };
        self.check_arena(arena)?;
        let mut block = first_block(arena.start);
        while block < arena.end - HEADER {
            if word(block) == FREE_MAGIC && !self.index.agrees(block, size_of(block)) {
                return Err(self.report(block, "corrupt free list"));
            }
            block = next_of(block);
        }
        Ok(())
    }

    /// Moves blocks together in the arena that begins here. Returns whether one was moved, and whether that is all: not if
    /// a callback has changed what lies where the work was.
    fn compact_arena(&mut self, start: usize) -> Result<(bool, bool), Stop> {
        let Some(arena) = self.index.arenas.find(start) else { return Ok((false, true)) };
        let mut end = arena.end - HEADER;
        let mut block = first_block(arena.start);
        let mut target = block;
        let mut has_moved = false;
        while block < end {
            let mut next = next_of(block);
            if next <= block || next > end {
                self.free_gap(target, block);
                return Err(self.report(block, "bad magic"));
            }
            match word(block) {
                FREE_MAGIC => self.take_into_gap(block, target)?,
                ALLOC_MAGIC if !must_stay(block) => {
                    let bytes = next - block;
                    if target != block {
                        has_moved = true;
                        let Some((gap, arena)) = self.slide(block, target)? else { return Ok((true, false)) };
                        (next, end) = (gap, arena.end - HEADER);
                    }
                    target += bytes;
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
        Ok((has_moved, true))
    }

    /// Moves a block, and tells the program, which may use the pool then: the gap is a free block meanwhile. Returns where
    /// the gap ends, and its arena. None: the gap is not there any more.
    fn slide(&mut self, block: usize, target: usize) -> Result<Option<(usize, Extent)>, Stop> {
        let (bytes, data) = (size_of(block), data_bytes(block));
        copy(block, target, bytes);
        set_data(target, bytes, data, false);
        self.block_slides(data_of(block), data_of(target), data);
        let (gap, end) = (target + bytes, block + bytes);
        self.free_gap(gap, end);
        self.pool.tell_moved(data_of(block), data_of(target));
        self.look_again();
        let Some(arena) = self.index.arenas.find(gap) else { return Ok(None) };
        // It may have become larger. Then, too, a block begins where it ends.
        if word(gap) != FREE_MAGIC || size_of(gap) < end - gap || !self.is_whole_free(gap, size_of(gap)) {
            return Ok(None);
        }
        let end = next_of(gap);
        self.take_free(gap)?;
        Ok(Some((end, arena)))
    }

    /// Takes a free block, which comes to the gap before it. Where a callback has damaged the lists meanwhile, the gap is
    /// a free block again before anybody is told.
    fn take_into_gap(&mut self, block: usize, gap: usize) -> Result<(), Stop> {
        if let Err(broken) = self.index.remove(block, size_of(block)) {
            self.free_gap(gap, block);
            return Err(self.report(broken.block, "corrupt free list"));
        }
        self.take_unlisted(block);
        Ok(())
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

/// The bytes of an arena, from its header.
pub(super) fn arena_bytes_of(arena: usize) -> usize {
    word(arena + BYTES)
}

/// The next arena below, from the header.
pub(super) fn arena_below(arena: usize) -> usize {
    word(arena + DOWN)
}

fn set_arena_bytes(arena: usize, bytes: usize) {
    set_word(arena + BYTES, bytes);
    let end = arena + bytes - HEADER;
    set_word(end, ARENATAIL_MAGIC);
    set_word(end + WORD, 0);
}

const _: () = assert!(ARENA + HEADER >= MINIMUM && TAIL == HEADER, "the space between merged arenas can be a block");
