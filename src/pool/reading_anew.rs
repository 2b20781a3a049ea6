//! Reading an index anew from the arenas: another process has used the pool since this one did.
//!
//! In a free block stands what is before and behind it in its list, or where it hangs in its tree. So the lists and
//! trees are those that the other process had, with the newest of one size first. What the index lacks is where they
//! begin: at the blocks that have nothing before them. Where the arenas are damaged, the lists are made anew, too.
#![forbid(unsafe_code)]

use super::arena_table::Extent;
use super::arenas::{arena_below, arena_bytes_of};
use super::calls::forget_all;
use super::error::Reason;
use super::heap::{Heap, Stop, first_block, size_of};
use super::index::{Index, LISTS, NEXT, PREVIOUS};
use super::index_memory::{self, Standing};
use super::integrity::is_plausible;
use super::layout::{ARENA, ARENA_MAGIC, FREE_MAGIC, HEADER, MINIMUM, OVERHEAD, WORD};
use super::raw_memory::word;
use super::trees::{NO_PARENT, PARENT, tree_of};
use crate::os;

/// Why the arenas could not be read.
enum Unread {
    /// There is no memory for the table of arenas.
    NoRoom,
    /// Where the list of arenas leads to is none.
    BadArena(usize),
    BadBlock(usize),
}

impl Heap<'_> {
    /// Makes the index say what stands in the arenas.
    #[inline]
    pub(super) fn catch_up(&mut self) -> Result<(), Stop> {
        match self.standing {
            Standing::InPool | Standing::Shared => Ok(()),
            Standing::Outdated => self.read_until_whole(),
            Standing::Lost => self.recover(),
        }
    }

    /// Between two calls no block is outside the lists: another process could not tell which that is.
    #[inline]
    pub(super) fn leave(&mut self) {
        if self.standing == Standing::Shared {
            self.index.list_victim();
        }
    }

    #[cold]
    #[inline(never)]
    fn read_until_whole(&mut self) -> Result<(), Stop> {
        let read = self.mending(Heap::read_anew);
        if read.is_err() {
            index_memory::is_not_read(self.pool);
        }
        read
    }

    fn read_anew(&mut self) -> Result<(), Stop> {
        // What the program lent for a table of arenas may have been another process's: it is left alone.
        self.index.clear().clear(&mut |_, _| {});
        match self.find_arenas().and_then(|()| self.find_all_free_blocks()) {
            Ok(()) => {
                self.standing = index_memory::is_read(self.pool);
                Ok(())
            }
            Err(Unread::NoRoom) => {
                self.refusal = Some(Reason::NoIndex);
                Err(Stop)
            }
            Err(Unread::BadArena(arena)) => {
                Err(self.report_arena(Extent { start: arena, end: arena }, "bad arena list"))
            }
            Err(Unread::BadBlock(block)) => Err(self.report(block, "bad magic")),
        }
    }

    /// Makes an index for a pool that has lost its own. Where nothing leads to the arenas, it begins as a new one.
    #[cold]
    #[inline(never)]
    fn recover(&mut self) -> Result<(), Stop> {
        self.index.clear().clear(&mut |_, _| {});
        let is_found = self.find_arenas().is_ok() && self.index.arenas.count() != 0;
        if !is_found {
            self.index.clear().clear(&mut |_, _| {});
            forget_all(self.pool);
        }
        let standing = index_memory::is_read(self.pool);
        if is_found {
            // Whoever has written over the pool may have written over its blocks: their links are not relied on.
            self.mend(0);
            self.has_mended = false;
        }
        self.standing = standing;
        self.report_lost(is_found);
        Ok(())
    }

    fn find_all_free_blocks(&mut self) -> Result<(), Unread> {
        (0..self.index.arenas.count()).try_for_each(|place| self.find_free_blocks(self.index.arenas.at(place)))
    }

    fn find_arenas(&mut self) -> Result<(), Unread> {
        let (mut arena, mut above) = (self.pool.arenalist(), usize::MAX);
        while arena != 0 {
            if !is_arena_below(arena, above) {
                return Err(Unread::BadArena(arena));
            }
            // Where `alloc` was asked, and has used the pool for that, another call has read all.
            let count = self.index.arenas.count();
            if !self.reserve_arena() || self.index.arenas.count() != count {
                return Err(Unread::NoRoom);
            }
            self.index.arenas.add(Extent { start: arena, end: arena + arena_bytes_of(arena) });
            above = arena;
            arena = arena_below(arena);
        }
        Ok(())
    }

    fn find_free_blocks(&mut self, arena: Extent) -> Result<(), Unread> {
        let mut block = first_block(arena.start);
        while block < arena.end - HEADER {
            let bytes = size_of(block);
            let is_free = word(block) == FREE_MAGIC;
            if !is_plausible(block, bytes, arena) || bytes < if is_free { MINIMUM } else { OVERHEAD } {
                return Err(Unread::BadBlock(block));
            }
            if is_free {
                self.index.find_again(block, bytes);
            }
            block += bytes;
        }
        Ok(())
    }
}

/// True if an arena can begin at an address, and ends where there is memory, at or before `above`.
fn is_arena_below(arena: usize, above: usize) -> bool {
    if arena >= above || arena % WORD != 0 || !os::is_mapped(arena, ARENA + HEADER) || word(arena) != ARENA_MAGIC {
        return false;
    }
    let bytes = arena_bytes_of(arena);
    let is_size = bytes > ARENA + HEADER && bytes % WORD == 0 && bytes <= (above - arena).min(usize::MAX / 2);
    is_size && os::is_mapped(arena, bytes)
}

impl Index {
    /// The victim comes into the lists, as the newest of its size, which it is.
    fn list_victim(&mut self) {
        let (block, bytes) = self.victim();
        if block != 0 {
            self.no_victim();
            self.list(block, bytes);
        }
    }

    /// Notes a free block that begins a list or a tree. The others hang on those.
    fn find_again(&mut self, block: usize, bytes: usize) {
        if bytes >= LISTS * WORD {
            return self.find_large_again(block, bytes);
        }
        if word(block + PREVIOUS) != 0 {
            return;
        }
        let list = bytes / WORD;
        match self.heads[list] {
            0 => self.begin_list(list, block),
            // One of the two stood outside the lists when a callback left a call by longjmp: it has nothing behind it.
            _ if word(block + NEXT) == 0 => self.list_small(block, bytes),
            other => {
                self.begin_list(list, block);
                self.list_small(other, bytes);
            }
        }
    }

    fn begin_list(&mut self, list: usize, block: usize) {
        self.heads[list] = block;
        self.bits[list / 64] |= 1 << (list % 64);
        self.summary |= 1 << (list / 64);
    }

    fn find_large_again(&mut self, block: usize, bytes: usize) {
        let tree = tree_of(bytes);
        if word(block + NEXT) == 0 {
            // As above. Its tree may not be there yet: it is hung up when all have been seen.
            self.replace_victim(block, bytes);
        } else if word(block + PARENT) == NO_PARENT {
            self.trees[tree] = block;
            self.tree_bits |= 1 << tree;
        }
    }
}
