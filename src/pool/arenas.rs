//! Getting arenas, and joining them.
#![forbid(unsafe_code)]

use super::Text;
use super::arena_table::Extent;
use super::call::Call;
use super::damage::Stop;
use super::error::Reason;
use super::heap::{Heap, data_bytes, first_block, is_pinned, set_size, size_of};
use super::layout::{
    ALLOC_MAGIC, ARENA, ARENA_MAGIC, ARENATAIL_MAGIC, FREE_MAGIC, HEADER, MINIMUM, TAIL, UNALLOC_MAGIC, WORD,
};
use super::raw_memory::{set_word, word};
use crate::os;

/// Fields of an arena's header, in words.
const UP: usize = 2 * WORD;
const DOWN: usize = 3 * WORD;
const BYTES: usize = 4 * WORD;
const PAD: usize = 5 * WORD;

impl Call<'_> {
    /// Gets memory for a block of so many bytes from the program. Where that has none, what is free is moved together,
    /// which may be enough; if it is not, the reason stands already.
    pub(super) fn make_arena(&mut self, block_bytes: usize) -> Result<(), Stop> {
        let Some(bytes) = self.sizes.arena(block_bytes) else { return self.refuse(Reason::InvalidSize) };
        self.log(&mut Text::of(format_args!("newarena {bytes}\n")));
        let pool = self.locked.record();
        let (maxsize, cursize) = (pool.maxsize(), pool.cursize());
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
        let arena = self.locked.allocate_arena(bytes);
        // The program may have used the pool for that: then there are other arenas, and another cursize.
        self.look_again();
        if arena == 0 {
            self.refusal = Some(if pool.alloc().is_some() { Reason::NoArena } else { Reason::NoAlloc });
            return self.compact().map(|_| ());
        }
        let extent = self.checked_arena(arena, bytes)?;
        // The place that was kept for it may have gone to an arena that the program has made the pool take meanwhile.
        if !self.reserve_arena() {
            self.locked.free_arena(arena, bytes);
            self.look_again();
            return self.refuse(Reason::NoIndex);
        }
        self.heap().begin_arena(extent);
        if let Some(watch) = self.watch {
            watch.arena_begins(extent.start, extent.end);
        }
        self.merge(arena)?;
        // The program may have used the pool when it was asked.
        match self.heap().index.arenas.highest_below(arena) {
            Some(below) => self.merge(below.start),
            None => Ok(()),
        }
    }

    /// Makes room for an arena in the table, in the program's memory if the system has none. False: there is none.
    pub(super) fn reserve_arena(&mut self) -> bool {
        let index = self.locked.index();
        // Where the index was lent, other processes may share it: then they must see the table too.
        if index.arenas.has_room() || (index.lent == 0 && index.arenas.reserve()) {
            return true;
        }
        let bytes = index.arenas.bytes_to_lend();
        let lent = self.locked.allocate_arena(bytes);
        self.look_again();
        let index = self.locked.index();
        if lent != 0 && lent % WORD == 0 && os::is_writable(lent, bytes) {
            index.arenas.reserve_in(lent, bytes);
        }
        index.arenas.has_room()
    }

    /// What the program's alloc has returned, if it can be an arena.
    fn checked_arena(&mut self, arena: usize, bytes: usize) -> Result<Extent, Stop> {
        let end = arena.checked_add(bytes);
        let other = end.and_then(|end| self.heap().index.arenas.first_within(Extent { start: arena, end }));
        Err(match (end, other) {
            _ if arena % WORD != 0 => self.report_bad_arena(arena, bytes, format_args!("it is not aligned")),
            (None, _) => self.report_bad_arena(arena, bytes, format_args!("it ends beyond all addresses")),
            (_, Some(other)) => {
                let (start, end) = (other.start, other.end);
                self.report_bad_arena(arena, bytes, format_args!("it overlaps with arena {start:x} to {end:x}"))
            }
            (Some(end), None) if os::is_writable(arena, bytes) => return Ok(Extent { start: arena, end }),
            _ => self.report_bad_arena(arena, bytes, format_args!("it cannot be written")),
        })
    }

    /// Joins the arena that begins here and the next one above it, if the program lets them be one. Where they are is
    /// known from the table; the last block of the lower one is checked before it is used.
    fn merge(&mut self, start: usize) -> Result<(), Stop> {
        let Some((bottom, top, _)) = self.heap().index.arenas.neighbours(start) else { return Ok(()) };
        self.heap().last_block(bottom)?;
        let may_merge = self.locked.may_merge(bottom.start, top.start);
        // The program may have used the pool meanwhile: then there may be other arenas, and another last block.
        self.look_again();
        if may_merge && self.heap().merge(start, top.start)? {
            if let Some(watch) = self.watch {
                watch.arena_merges(top.start);
            }
        }
        Ok(())
    }
}

impl Heap<'_> {
    /// Puts an arena, for which there is room, among the others, with one free block. The list goes from high to low
    /// addresses.
    fn begin_arena(&mut self, arena: Extent) {
        self.index.arenas.add(arena);
        self.pool.set_cursize(self.pool.cursize() + (arena.end - arena.start));
        self.lay_out(arena);
        let Some(place) = self.index.arenas.place_of(arena.start) else { return };
        let above = (place + 1 < self.index.arenas.count()).then(|| self.index.arenas.at(place + 1).start);
        let below = place.checked_sub(1).map(|place| self.index.arenas.at(place).start);
        set_word(arena.start + DOWN, below.unwrap_or(0));
        self.set_above(arena.start, above);
        if let Some(below) = below {
            set_word(below + UP, arena.start);
        }
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

    /// Joins the arena that begins here and the next one above it, if that is the one that was asked for.
    fn merge(&mut self, start: usize, asked_for: usize) -> Result<bool, Stop> {
        let Some((bottom, top, above)) = self.index.arenas.neighbours(start) else { return Ok(false) };
        if top.start != asked_for {
            return Ok(false);
        }
        let last = self.last_block(bottom)?;
        self.set_above(bottom.start, above);
        self.index.arenas.merge(bottom.start);
        set_arena_bytes(bottom.start, top.end - bottom.start);
        let merged = Extent { start: bottom.start, end: top.end };
        self.grow_last(last, bottom.end - HEADER, merged, first_block(top.start))?;
        Ok(true)
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
