//! Getting arenas, and joining them.
#![forbid(unsafe_code)]

use super::Text;
use super::block::Block;
use super::call::Call;
use super::damage::Stop;
use super::error::Reason;
use super::grant::{Grant, MayMerge};
use super::heap::Heap;
use super::layout::{
    ALLOC_MAGIC, ARENA, ARENA_BYTES, ARENA_DOWN, ARENA_MAGIC, ARENA_PAD, ARENA_UP, ARENATAIL_MAGIC, FREE_MAGIC, HEADER,
    MINIMUM, TAIL, UNALLOC_MAGIC, WORD,
};
use super::room::Room;
use crate::os;

impl Call<'_> {
    /// Gets memory for a block of so many bytes from the program. Where that has none, what is free is moved together,
    /// which may be enough; if it is not, the reason stands already.
    pub(super) fn make_arena(&mut self, block_bytes: usize) -> Result<(), Stop> {
        let Some(bytes) = self.arena_bytes(block_bytes) else { return self.refuse(Reason::InvalidSize) };
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
        let granted = self.ask_for_arena(bytes);
        // The program may have used the pool for that: then there are other arenas, and another cursize.
        self.look_again();
        let granted = match granted {
            Ok(granted) => granted,
            Err(reason) => {
                self.refusal = Some(reason);
                return self.compact().map(|_| ());
            }
        };
        let start = granted.start();
        let end = self.checked_end(&granted)?;
        // The place that was kept for it may have gone to an arena that the program has made the pool take meanwhile.
        if !self.reserve_arena() {
            self.locked.free_arena(granted);
            self.look_again();
            return self.refuse(Reason::NoIndex);
        }
        self.heap().begin_arena(granted);
        self.has_grown = true;
        if let Some(watch) = self.watch {
            watch.arena_begins(start, end);
        }
        self.merge(start)?;
        // The program may have used the pool when it was asked.
        let below = self.heap().index.arenas.highest_below(start).map(Room::start);
        below.map_or(Ok(()), |below| self.merge(below))
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
        if let Some(lent) = lent.filter(|lent| lent.start() % WORD == 0 && os::is_writable(lent.start(), bytes)) {
            index.arenas.reserve_in(lent);
        }
        index.arenas.has_room()
    }

    /// Where what the program's alloc has returned ends, if it can be an arena.
    fn checked_end(&mut self, granted: &Grant) -> Result<usize, Stop> {
        let (start, bytes) = (granted.start(), granted.bytes());
        let end = granted.end();
        let other = end.and_then(|end| self.heap().index.arenas.first_within(start, end));
        let other = other.map(|other| (other.start(), other.end()));
        Err(match (end, other) {
            _ if start % WORD != 0 => self.report_bad_arena(start, bytes, format_args!("it is not aligned")),
            (None, _) => self.report_bad_arena(start, bytes, format_args!("it ends beyond all addresses")),
            (_, Some((from, to))) => {
                self.report_bad_arena(start, bytes, format_args!("it overlaps with arena {from:x} to {to:x}"))
            }
            (Some(end), None) if os::is_writable(start, bytes) => return Ok(end),
            _ => self.report_bad_arena(start, bytes, format_args!("it cannot be written")),
        })
    }

    /// Joins the arena that begins here and the next one above it, if the program lets them be one. Where they are is
    /// known from the table; the last block of the lower one is checked before it is used.
    fn merge(&mut self, start: usize) -> Result<(), Stop> {
        let Some((bottom, top, do_touch)) = self.heap().ask_to_merge(start)? else { return Ok(()) };
        let allowed = self.locked.ask_to_merge(bottom, top, do_touch);
        // The program may have used the pool meanwhile: then there may be other arenas, and another last block.
        self.look_again();
        let Some(allowed) = allowed else { return Ok(()) };
        if self.heap().merge(allowed)? {
            if let Some(watch) = self.watch {
                watch.arena_merges(top);
            }
        }
        Ok(())
    }
}

impl<'heap> Heap<'heap> {
    /// Puts an arena, for which there is room, among the others, with one free block. The list goes from high to low
    /// addresses.
    fn begin_arena(&mut self, granted: Grant) {
        let (start, bytes) = (granted.start(), granted.bytes());
        self.index.arenas.add(granted);
        self.pool.set_cursize(self.pool.cursize().wrapping_add(bytes));
        self.index.marks.see_arenas(self.pool.cursize());
        let Some(place) = self.index.arenas.place_of(start) else { return };
        let room = self.index.arenas.at(place);
        write_header(room);
        if let Some(block) = room.block_of(room.first(), room.last_end() - room.first()) {
            self.add_free(block);
        }
        let above = (place + 1 < self.index.arenas.count()).then(|| self.index.arenas.at(place + 1));
        let below = place.checked_sub(1).map(|place| self.index.arenas.at(place));
        room.set_word(room.start() + ARENA_DOWN, below.map_or(0, Room::start));
        self.set_above(room, above);
        if let Some(below) = below {
            below.set_word(below.start() + ARENA_UP, room.start());
        }
    }

    /// Where an arena that could be joined with the one above it begins, and that one, and whether they touch. The last
    /// block is checked.
    fn ask_to_merge(&mut self, start: usize) -> Result<Option<(usize, usize, bool)>, Stop> {
        let Some((bottom, top, _)) = self.index.arenas.neighbours(start) else { return Ok(None) };
        self.last_block(bottom)?;
        Ok(Some((bottom.start(), top.start(), bottom.end() == top.start())))
    }

    /// Writes the header and the end of each arena as the table says, and the list that runs through them.
    pub(super) fn link_arenas_anew(&mut self) {
        let (mut below, count) = (0, self.index.arenas.count());
        self.pool.set_arenalist(0);
        for place in 0..count {
            let room = self.index.arenas.at(place);
            write_header(room);
            room.set_word(room.start() + ARENA_DOWN, below);
            let above = (place + 1 < count).then(|| self.index.arenas.at(place + 1));
            self.set_above(room, above);
            below = room.start();
        }
    }

    /// Links an arena with the next one above it.
    pub(super) fn set_above(&mut self, room: Room<'heap>, above: Option<Room<'heap>>) {
        room.set_word(room.start() + ARENA_UP, above.map_or(0, Room::start));
        match above {
            Some(above) => above.set_word(above.start() + ARENA_DOWN, room.start()),
            None => self.pool.set_arenalist(room.start()),
        }
    }

    /// Joins two arenas, if they still are neighbours.
    fn merge(&mut self, allowed: MayMerge) -> Result<bool, Stop> {
        let Some((bottom, top, above)) = self.index.arenas.neighbours(allowed.bottom()) else { return Ok(false) };
        if top.start() != allowed.top() {
            return Ok(false);
        }
        let last = self.last_block(bottom)?;
        self.set_above(bottom, above);
        let Some(merged) = self.index.arenas.merge(allowed) else { return Ok(false) };
        set_arena_bytes(merged);
        self.grow_last(last, bottom.last_end(), merged, top.first())?;
        Ok(true)
    }

    /// The space from the end of the lower arena up to the first block of the upper one comes to the last block.
    fn grow_last(&mut self, last: Block<'heap>, end: usize, room: Room<'heap>, first: usize) -> Result<(), Stop> {
        let space = room.block_of(end, first.saturating_sub(end));
        match last.magic() {
            FREE_MAGIC => {
                self.take_free(last)?;
                let Some(grown) = room.block_of(last.address(), first - last.address()) else { return Ok(()) };
                grown.set_size(0, false);
                let after = self.free_after(grown, room)?;
                self.unlist_both(None, after)?;
                let joined = self.join_all(None, grown, after);
                self.add_free(joined);
            }
            ALLOC_MAGIC => {
                let (data, is_pinned) = (last.data_bytes(), last.is_pinned());
                let Some(grown) = room.block_of(last.address(), first - last.address()) else { return Ok(()) };
                grown.set_size(0, false);
                let kept = self.cut(grown, data, is_pinned);
                self.count_freed(last.bytes());
                self.count_allocated(kept.bytes());
            }
            // A buried block stays as it is; the space is large enough to be a block of its own.
            _ => {
                if let Some(space) = space {
                    space.make(UNALLOC_MAGIC);
                    self.add_free(space);
                }
            }
        }
        Ok(())
    }
}

/// Writes the header of an arena but its links, and its end.
fn write_header(room: Room<'_>) {
    room.set_word(room.start(), ARENA_MAGIC);
    room.set_word(room.start() + WORD, ARENA);
    room.set_word(room.start() + ARENA_PAD, ARENA);
    set_arena_bytes(room);
}

fn set_arena_bytes(room: Room<'_>) {
    room.set_word(room.start() + ARENA_BYTES, room.bytes());
    room.set_word(room.last_end(), ARENATAIL_MAGIC);
    room.set_word(room.last_end() + WORD, 0);
}

const _: () = assert!(ARENA + HEADER >= MINIMUM && TAIL == HEADER, "the space between merged arenas can be a block");
