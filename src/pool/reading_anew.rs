//! Reading an index anew from the arenas: another process has used the pool since this one did.
//!
//! In a free block stands what is before and behind it in its list, or where it hangs in its tree. So the lists and
//! trees are those that the other process had, with the newest of one size first. What the index lacks is where they
//! begin: at the blocks that have nothing before them. Where the arenas are damaged, the lists are made anew, too.
#![forbid(unsafe_code)]

use super::block::Block;
use super::call::Call;
use super::damage::{Damage, Stop};
use super::error::Reason;
use super::heap::Heap;
use super::index::Index;
use super::index_memory::{self, Standing};
use super::layout::{FREE_MAGIC, LISTS, WORD};
use super::room::Room;
use super::spot::{NEXT, PARENT, PREVIOUS};
use super::tree_bits::tree_of;
use super::trees::NO_PARENT;

impl Call<'_> {
    /// Makes the index say what stands in the arenas.
    #[inline]
    pub(super) fn catch_up(&mut self) -> Result<(), Stop> {
        match self.standing {
            Standing::InPool | Standing::Shared => Ok(()),
            Standing::Outdated => self.read_until_whole(),
            Standing::Lost => self.recover(),
        }
    }

    #[cold]
    #[inline(never)]
    fn read_until_whole(&mut self) -> Result<(), Stop> {
        let read = self.mending_calls(Call::read_anew);
        if read.is_err() {
            index_memory::is_not_read(&mut self.locked);
        }
        read
    }

    fn read_anew(&mut self) -> Result<(), Stop> {
        self.forget_without_returning();
        self.find_arenas()?;
        let mut heap = self.heap();
        heap.find_all_free_blocks()?;
        heap.index.marks.see_arenas(heap.pool.cursize());
        self.standing = index_memory::is_read(&mut self.locked);
        Ok(())
    }

    /// What the program lent for a table of arenas may have been another process's: it is left alone.
    fn forget_without_returning(&mut self) {
        self.heap().index.clear().clear(&mut |_, _| {});
    }

    /// Makes an index for a pool that has lost its own. Where nothing leads to the arenas, it begins as a new one.
    #[cold]
    #[inline(never)]
    fn recover(&mut self) -> Result<(), Stop> {
        self.forget_without_returning();
        let is_found = self.find_arenas().is_ok() && self.heap().index.arenas.count() != 0;
        // That nothing leads to them is told at the end.
        self.findings.damage = None;
        if !is_found {
            self.forget_without_returning();
            self.heap().forget_counters();
        }
        let standing = index_memory::is_read(&mut self.locked);
        if is_found {
            // Whoever has written over the pool may have written over its blocks: their links are not relied on.
            self.mend_all();
        }
        self.standing = standing;
        self.report_lost(is_found);
        Ok(())
    }

    /// Finds the arenas by the list that runs through them.
    fn find_arenas(&mut self) -> Result<(), Stop> {
        let (mut arena, mut above) = (self.locked.record().arenalist(), usize::MAX);
        while arena != 0 {
            let Some((found, below)) = index_memory::arena_below(arena, above) else {
                let damage = Damage::Arena { start: arena, end: arena, fault: "bad arena list" };
                return Err(self.heap().found(damage));
            };
            // Where `alloc` was asked, and has used the pool for that, another call has read all.
            let count = self.heap().index.arenas.count();
            if !self.reserve_arena() || self.heap().index.arenas.count() != count {
                self.refusal = Some(Reason::NoIndex);
                return Err(Stop);
            }
            self.heap().index.arenas.add(found);
            above = arena;
            arena = below;
        }
        Ok(())
    }
}

impl<'heap> Heap<'heap> {
    fn find_all_free_blocks(&mut self) -> Result<(), Stop> {
        (0..self.index.arenas.count()).try_for_each(|place| self.find_free_blocks(self.index.arenas.at(place)))
    }

    fn find_free_blocks(&mut self, room: Room<'heap>) -> Result<(), Stop> {
        let mut address = room.first();
        while address < room.last_end() {
            let Some(block) = room.block(address) else { return Err(self.found_block(address, "bad magic")) };
            if block.magic() == FREE_MAGIC {
                self.index.find_again(block);
            }
            address = block.end();
        }
        Ok(())
    }
}

impl<'heap> Index<'heap> {
    /// No block stands outside the lists any more. The victim comes there as the newest of its size, which it is.
    pub(super) fn list_all(&mut self) {
        self.list_grown();
        if let Some(block) = self.victim() {
            self.no_victim();
            self.list(block);
        }
    }

    /// Notes a free block that begins a list or a tree. The others hang on those.
    fn find_again(&mut self, block: Block<'heap>) {
        if block.bytes() >= LISTS * WORD {
            return self.find_large_again(block);
        }
        if block.spot().get(PREVIOUS) != 0 {
            return;
        }
        let is_begun = self.heads[block.bytes() / WORD].is_some();
        if is_begun && block.spot().get(NEXT) == 0 {
            // One of the two stood outside the lists when a callback left a call by longjmp: it has nothing behind it.
            return self.list_small(block);
        }
        self.begin_list(block);
    }

    fn find_large_again(&mut self, block: Block<'heap>) {
        let tree = tree_of(block.bytes());
        if block.spot().get(NEXT) == 0 {
            // As above. Its tree may not be there yet: it is hung up when all have been seen.
            if self.victim.is_none() {
                return self.set_victim(block);
            }
            self.list_grown();
            self.set_grown(block);
        } else if block.spot().get(PARENT) == NO_PARENT {
            self.trees[tree] = Some(block.spot());
            self.tree_bits.add(tree);
            // The other blocks of the tree are not seen here.
            self.note_large(LISTS * WORD);
        }
    }
}
