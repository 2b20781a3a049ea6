//! Moving blocks together in their arenas.
//!
//! ```text
//!   | block | free | moved | free | pinned |  ->  | block | moved | free        | pinned |
//!                                                          target: where the next one goes
//! ```
#![forbid(unsafe_code)]

use super::block::Block;
use super::call::Call;
use super::damage::Stop;
use super::heap::{Heap, must_stay};
use super::layout::{ALLOC_MAGIC, DEAD_MAGIC, FREE_MAGIC, UNALLOC_MAGIC};
use super::neighbours::is_whole_free;
use super::room::Room;
use crate::limits::POOL_SWEEPS_PER_ARENA;

/// How far the work in an arena has come. The gap before `block` begins at `target`.
struct Sweep {
    block: usize,
    target: usize,
}

/// A block that has moved. Behind it there is a free block.
struct Moved {
    from: usize,
    to: usize,
    data_bytes: usize,
    gap: usize,
    gap_bytes: usize,
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
        while let Some(start) = self.arena_below(above) {
            above = start;
            if self.flags.tolerates() {
                self.print_tolerated_in(start);
            }
            self.mending(|heap| heap.check_before_moving(start))?;
            for _ in 0..POOL_SWEEPS_PER_ARENA {
                let (moved, is_done) = self.mending_calls(|call| call.compact_arena(start))?;
                has_moved |= moved;
                if is_done {
                    break;
                }
            }
        }
        if has_moved {
            self.heap().tell_largest_free();
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
        self.heap().tell_moved();
        self.locked.tell_moved(moved.from, moved.to);
        self.look_again();
    }
}

impl<'heap> Heap<'heap> {
    /// Checks the arena that begins here, and that its free blocks and the lists say the same.
    fn check_before_moving(&mut self, start: usize) -> Result<(), Stop> {
        let Some(room) = self.index.arenas.room(start) else { return Ok(()) };
        self.check_with_lists(room)
    }

    fn begin_sweep(&self, start: usize) -> Option<Sweep> {
        let first = self.index.arenas.room(start)?.first();
        Some(Sweep { block: first, target: first })
    }

    /// Goes on to the next block that moves, and moves it. None: there is none any more, and no gap.
    fn sweep(&mut self, sweep: &mut Sweep) -> Result<Option<Moved>, Stop> {
        let Some(room) = self.index.arenas.room(sweep.block) else { return Ok(None) };
        while sweep.block < room.last_end() {
            let (address, target) = (sweep.block, sweep.target);
            let Some(block) = room.block(address) else {
                self.free_gap(target, address, room);
                return Err(self.found_block(address, "bad magic"));
            };
            sweep.block = block.end();
            match block.magic() {
                FREE_MAGIC => self.take_into_gap(block, target, room)?,
                ALLOC_MAGIC if !must_stay(block) => {
                    if target != address {
                        return Ok(self.slide(block, target, room));
                    }
                    sweep.target = block.end();
                }
                ALLOC_MAGIC | DEAD_MAGIC => {
                    self.free_gap(target, address, room);
                    sweep.target = block.end();
                }
                _ => {}
            }
        }
        self.free_gap(sweep.target, room.last_end(), room);
        Ok(None)
    }

    /// Moves a block. The gap is a free block then.
    fn slide(&mut self, block: Block<'heap>, target: usize, room: Room<'heap>) -> Option<Moved> {
        let (data_bytes, gap_bytes) = (block.data_bytes(), block.address() - target);
        let moved = room.block_of(target, block.bytes())?;
        block.copy_to(moved);
        moved.set_data(data_bytes, false);
        self.free_gap(moved.end(), block.end(), room);
        Some(Moved { from: block.data(), to: moved.data(), data_bytes, gap: moved.end(), gap_bytes })
    }

    /// Makes the free block behind one that has moved the gap again. None: it is not there any more.
    fn open_gap(&mut self, moved: &Moved) -> Result<Option<Sweep>, Stop> {
        // It may have become larger. Then, too, a block begins where it ends.
        let is_there = |gap: &Block<'heap>| gap.is_free() && gap.bytes() >= moved.gap_bytes && is_whole_free(*gap);
        let Some(gap) = self.block(moved.gap).filter(is_there) else { return Ok(None) };
        self.take_free(gap)?;
        Ok(Some(Sweep { block: gap.end(), target: gap.address() }))
    }

    /// Takes a free block, which comes to the gap before it. Where a callback has damaged the lists meanwhile, the gap is
    /// a free block again before anybody is told.
    fn take_into_gap(&mut self, block: Block<'heap>, gap: usize, room: Room<'heap>) -> Result<(), Stop> {
        if let Err(broken) = self.index.remove(block.spot(), block.bytes()) {
            self.free_gap(gap, block.address(), room);
            return Err(self.found_block(broken.block, "corrupt free list"));
        }
        self.take_unlisted(block);
        Ok(())
    }

    /// What lies between two addresses becomes one free block.
    fn free_gap(&mut self, from: usize, to: usize, room: Room<'heap>) {
        if let Some(gap) = room.block_of(from, to.saturating_sub(from)) {
            gap.make(UNALLOC_MAGIC);
            self.add_free(gap);
        }
    }
}
