//! Moving blocks together in their arenas.
//!
//! ```text
//!   | block | free | moved | free | pinned |  ->  | block | moved | free        | pinned |
//!                                                          target: where the next one goes
//! ```
#![forbid(unsafe_code)]

use super::arena_table::Extent;
use super::call::Call;
use super::damage::Stop;
use super::heap::{Heap, data_bytes, data_of, first_block, must_stay, next_of, set_data, set_size, size_of};
use super::layout::{ALLOC_MAGIC, DEAD_MAGIC, FREE_MAGIC, HEADER, UNALLOC_MAGIC};
use super::raw_memory::{copy, set_word, spot, word};

/// How far the work in an arena has come. The gap before `block` begins at `target`.
struct Sweep {
    block: usize,
    target: usize,
    end: usize,
}

/// A block that has moved. Behind it there is a free block.
struct Moved {
    from: usize,
    to: usize,
    data_bytes: usize,
    gap: Extent,
}

impl Call<'_> {
    /// Moves blocks together in all arenas, unless nothing was freed since the last time. True if one was moved.
    pub(super) fn compact(&mut self) -> Result<bool, Stop> {
        let pool = self.locked.record();
        if pool.r#move().is_none() || pool.lastcompact() == pool.nfree() {
            return Ok(false);
        }
        pool.set_lastcompact(pool.nfree());
        let mut has_moved = false;
        let mut above = usize::MAX;
        while let Some(arena) = self.heap().index.arenas.highest_below(above) {
            above = arena.start;
            if self.flags.tolerates() {
                self.print_tolerated_in(arena);
            }
            self.mending(|heap| heap.check_before_moving(arena.start))?;
            let mut is_done = false;
            while !is_done {
                let (moved, done) = self.mending_calls(|call| call.compact_arena(arena.start))?;
                has_moved |= moved;
                is_done = done;
            }
        }
        Ok(has_moved)
    }

    /// Moves blocks together in the arena that begins here. Returns whether one was moved, and whether that is all: not if
    /// a callback has changed what lies where the work was.
    fn compact_arena(&mut self, start: usize) -> Result<(bool, bool), Stop> {
        let Some(mut sweep) = self.heap().begin_sweep(start) else { return Ok((false, true)) };
        let mut has_moved = false;
        while let Some(moved) = self.heap().sweep(&mut sweep)? {
            has_moved = true;
            self.tell_moved(&moved);
            match self.heap().open_gap(&moved)? {
                Some(next) => sweep = next,
                None => return Ok((true, false)),
            }
        }
        Ok((has_moved, true))
    }

    /// Tells the program, which may use the pool then.
    fn tell_moved(&mut self, moved: &Moved) {
        if let Some(watch) = self.watch {
            watch.block_moves(moved.from, moved.data_bytes, moved.to, moved.data_bytes);
        }
        self.locked.tell_moved(moved.from, moved.to);
        self.look_again();
    }
}

impl Heap<'_> {
    /// Checks the arena that begins here, and that its free blocks and the lists say the same.
    fn check_before_moving(&mut self, start: usize) -> Result<(), Stop> {
        let Some(arena) = self.index.arenas.find(start) else { return Ok(()) };
        self.check_arena(arena)?;
        let mut block = first_block(arena.start);
        while block < arena.end - HEADER {
            if word(block) == FREE_MAGIC && !self.index.agrees(spot(block), size_of(block)) {
                return Err(self.found_block(block, "corrupt free list"));
            }
            block = next_of(block);
        }
        Ok(())
    }

    fn begin_sweep(&self, start: usize) -> Option<Sweep> {
        let arena = self.index.arenas.find(start)?;
        let first = first_block(arena.start);
        Some(Sweep { block: first, target: first, end: arena.end - HEADER })
    }

    /// Goes on to the next block that moves, and moves it. None: there is none any more, and no gap.
    fn sweep(&mut self, sweep: &mut Sweep) -> Result<Option<Moved>, Stop> {
        while sweep.block < sweep.end {
            let Sweep { block, target, end } = *sweep;
            let next = next_of(block);
            if next <= block || next > end {
                self.free_gap(target, block);
                return Err(self.found_block(block, "bad magic"));
            }
            sweep.block = next;
            match word(block) {
                FREE_MAGIC => self.take_into_gap(block, target)?,
                ALLOC_MAGIC if !must_stay(block) => {
                    if target != block {
                        return Ok(Some(self.slide(block, target)));
                    }
                    sweep.target = next;
                }
                ALLOC_MAGIC | DEAD_MAGIC => {
                    self.free_gap(target, block);
                    sweep.target = next;
                }
                _ => {}
            }
        }
        self.free_gap(sweep.target, sweep.end);
        Ok(None)
    }

    /// Moves a block. The gap is a free block then.
    fn slide(&mut self, block: usize, target: usize) -> Moved {
        let (bytes, data) = (size_of(block), data_bytes(block));
        copy(block, target, bytes);
        set_data(target, bytes, data, false);
        let gap = Extent { start: target + bytes, end: block + bytes };
        self.free_gap(gap.start, gap.end);
        Moved { from: data_of(block), to: data_of(target), data_bytes: data, gap }
    }

    /// Makes the free block behind one that has moved the gap again. None: it is not there any more.
    fn open_gap(&mut self, moved: &Moved) -> Result<Option<Sweep>, Stop> {
        let gap = moved.gap.start;
        let Some(arena) = self.index.arenas.find(gap) else { return Ok(None) };
        // It may have become larger. Then, too, a block begins where it ends.
        let is_there = word(gap) == FREE_MAGIC && size_of(gap) >= moved.gap.end - gap;
        if !is_there || !self.is_whole_free(gap, size_of(gap)) {
            return Ok(None);
        }
        let block = next_of(gap);
        self.take_free(gap)?;
        Ok(Some(Sweep { block, target: gap, end: arena.end - HEADER }))
    }

    /// Takes a free block, which comes to the gap before it. Where a callback has damaged the lists meanwhile, the gap is
    /// a free block again before anybody is told.
    fn take_into_gap(&mut self, block: usize, gap: usize) -> Result<(), Stop> {
        if let Err(broken) = self.index.remove(spot(block), size_of(block)) {
            self.free_gap(gap, block);
            return Err(self.found_block(broken.block, "corrupt free list"));
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
