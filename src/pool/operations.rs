//! Allocating, freeing and resizing, and what a checker of memory is told of it.
#![forbid(unsafe_code)]

use super::block::Block;
use super::call::Call;
use super::damage::Stop;
use super::error::Reason;
use super::heap::{Heap, Passed, bury};
use super::integrity::whole_block;
use super::layout::{ALLOC_MAGIC, HEADER, LISTS, WORD};
use super::neighbours::is_whole_free;
use super::room::Room;
use crate::os::probes;

/// Fills what `poolalloc` returns, if the pool fills.
const FILL_NEW: u8 = 0xDF;
/// Fills what `poolrealloc` adds when it copies.
const FILL_GROWN: u8 = 0xDE;
/// Marks freed memory.
const MARK_FREED: u8 = 0xF7;

/// The operations as the program sees them.
impl Call<'_> {
    pub(super) fn allocate_for_program(&mut self, wanted: usize) -> Result<usize, Stop> {
        let data = self.allocate(wanted)?;
        self.tell_allocated(data);
        self.tell_of_new(data, wanted);
        Ok(data)
    }

    /// A tracer and a checker of memory hear of a new block, if there is one.
    pub(super) fn tell_of_new(&self, data: usize, wanted: usize) {
        if data != 0 {
            probes::pool_alloc(self.locked.record().address(), wanted, data);
        }
        if let Some(watch) = self.watch {
            watch.block_begins(data, wanted);
        }
    }

    #[inline]
    pub(super) fn release_for_program(&mut self, data: usize) -> Result<(), Stop> {
        if data == 0 {
            return Ok(());
        }
        self.release_block_of(data)?;
        self.tell_freed();
        probes::pool_free(self.locked.record().address(), data);
        Ok(())
    }

    /// Frees a block of the program's.
    #[inline]
    fn release_block_of(&mut self, data: usize) -> Result<(), Stop> {
        let passed = self.block_of(data)?;
        self.release_checked(passed)?;
        if let Some(watch) = self.watch {
            watch.block_ends(data, passed.data_bytes);
        }
        Ok(())
    }

    pub(super) fn resize_for_program(&mut self, data: usize, wanted: usize) -> Result<usize, Stop> {
        if data == 0 {
            return self.allocate_for_program(wanted);
        }
        if wanted == 0 {
            return self.release_for_program(data).map(|()| 0);
        }
        let passed = self.block_of(data)?;
        let resized = self.resize_checked(passed, wanted)?;
        if resized != 0 {
            probes::pool_resize(self.locked.record().address(), data, wanted, resized);
        }
        match self.watch {
            Some(watch) if resized == data => watch.block_changes(data, passed.data_bytes, wanted),
            Some(watch) if resized != 0 => watch.block_moves(data, passed.data_bytes, resized, wanted),
            _ => {}
        }
        Ok(resized)
    }

    /// Frees a block whose data was copied to a new one of another size. Returns the data of that.
    pub(super) fn release_copied(&mut self, data: usize, wanted: usize, new_data: usize) -> Result<usize, Stop> {
        self.findings.made = new_data - HEADER;
        self.holding(new_data, |call| call.release_block_of(data))?;
        probes::pool_resize(self.locked.record().address(), data, wanted, new_data);
        Ok(new_data)
    }

    pub(super) fn use_all_for_program(&mut self, data: usize) -> Result<usize, Stop> {
        if data == 0 {
            return Ok(0);
        }
        let passed = self.block_of(data)?;
        let bytes = self.heap().use_all(passed);
        if let Some(watch) = self.watch {
            watch.block_changes(data, passed.data_bytes, bytes);
        }
        Ok(bytes)
    }
}

impl Call<'_> {
    /// The data of a new block; 0 if there is no memory.
    #[inline]
    pub(super) fn allocate(&mut self, data: usize) -> Result<usize, Stop> {
        let Some(bytes) = self.sizes.block(data) else { return self.refuse(Reason::InvalidSize) };
        let Some(found) = self.mending_calls(|call| call.take_for(bytes))? else { return Ok(0) };
        Ok(self.heap().make_allocated(found, data))
    }

    /// Takes a free block of at least so many bytes out of the index. None: there is no memory.
    #[inline]
    fn take_for(&mut self, bytes: usize) -> Result<Option<usize>, Stop> {
        let mut heap = self.heap();
        heap.check_counts()?;
        if let Some(found) = heap.take_best(bytes)? {
            return Ok(Some(found));
        }
        self.make_arena(bytes)?;
        // Also where no arena was made and no block has moved, compaction may have joined free neighbours.
        self.heap().take_best(bytes)
    }

    /// Frees a block that has been checked.
    #[inline]
    fn release_checked(&mut self, passed: Passed) -> Result<(), Stop> {
        if self.flags.keeps_freed() {
            self.heap().bury(passed);
            return Ok(());
        }
        self.release_block(passed.block)
    }

    #[inline]
    pub(super) fn release_block(&mut self, block: usize) -> Result<(), Stop> {
        self.mending(|heap| heap.release(block))
    }

    /// The data of a block that has been checked, in another size with the same content; 0 if there is no memory.
    fn resize_checked(&mut self, passed: Passed, wanted: usize) -> Result<usize, Stop> {
        let Some(needed) = self.sizes.block(wanted) else { return self.refuse(Reason::InvalidSize) };
        match self.mending(|heap| heap.resize_in_place(passed, needed, wanted))? {
            Some(data) => Ok(data),
            None => self.move_to_new(passed, wanted, needed),
        }
    }

    /// Does something while the block with that data stays where it is, whatever a callback does with the pool. What is
    /// aligned stays anyway; what is damaged, or no block, is left as it is for who looks at it.
    pub(super) fn holding<T>(&mut self, data: usize, work: impl FnOnce(&mut Self) -> T) -> T {
        let block = data.wrapping_sub(HEADER);
        let is_held = self.hold(block);
        let done = work(self);
        if is_held {
            self.let_go(block);
        }
        done
    }

    /// From here on a block stays where it is. False: it does already, or there is none, or blocks do not move.
    pub(super) fn hold(&mut self, block: usize) -> bool {
        self.locked.record().r#move().is_some() && self.heap().pin_if_whole(block)
    }

    /// The other half, where [`Self::hold`] has said true.
    pub(super) fn let_go(&mut self, block: usize) {
        self.heap().unpin(block);
    }

    /// The data of a new block. The block that is being resized stays where it is, whatever a callback does with the pool: it
    /// counts as pinned meanwhile.
    fn allocate_around(&mut self, held: usize, wanted: usize) -> Result<usize, Stop> {
        let pins = self.heap().pin(held);
        let made = self.allocate(wanted);
        if pins {
            self.heap().unpin(held);
        }
        made
    }

    /// Copies to a new block; if that came to lie next to the old one, both become one.
    fn move_to_new(&mut self, passed: Passed, wanted: usize, needed: usize) -> Result<usize, Stop> {
        // Making room may compact the pool: this block must not move, its old address is in the program's hands.
        let new_data = self.allocate_around(passed.block, wanted)?;
        if new_data == 0 {
            return Ok(0);
        }
        let new_block = new_data - HEADER;
        self.findings.made = new_block;
        if self.heap().are_beside(passed.block, new_block) {
            let joined = self.mending(|heap| heap.join_with_new(passed, new_block))?;
            if let Some((joined, before)) = joined {
                return self.heap().settle_at(joined, passed, needed, wanted, before);
            }
        }
        self.heap().copy_to_new(passed, new_block, wanted);
        self.holding(new_data, |call| {
            let again = call.block_of(passed.data)?;
            call.release_checked(again)
        })?;
        Ok(new_data)
    }
}

impl<'heap> Heap<'heap> {
    /// Takes the best free block of at least so many bytes out of the index.
    #[inline]
    fn take_best(&mut self, bytes: usize) -> Result<Option<usize>, Stop> {
        let (spot, bytes) = match self.index.find(bytes) {
            Ok(Some(found)) => found,
            Ok(None) => return Ok(None),
            Err(broken) => return Err(self.found_block(broken.block, "corrupt free list")),
        };
        // Its header is compared with what the index knows.
        let block = self.block(spot.address()).filter(|block| block.is_free() && block.bytes() == bytes);
        let Some(block) = block else { return Err(self.found_block(spot.address(), "bad magic")) };
        // The index knows the size of small ones by itself; of large ones it has read what stands in the block.
        if bytes >= LISTS * WORD && !is_whole_free(block) {
            return Err(self.found_block(block.address(), "corrupt tail magic"));
        }
        self.take_free(block)?;
        Ok(Some(block.address()))
    }

    /// Makes a block that was taken an allocated one. Its data.
    #[inline]
    fn make_allocated(&mut self, found: usize, data: usize) -> usize {
        let Some(block) = self.block(found) else { return 0 };
        let block = self.cut(block, data, false);
        self.count_allocated(block.bytes());
        if self.flags.fills() {
            block.fill(block.data(), data, FILL_NEW);
        }
        block.data()
    }

    /// What can go wrong comes first: where it does, the block is what it was.
    #[inline]
    fn release(&mut self, address: usize) -> Result<(), Stop> {
        self.check_counts()?;
        let Some((room, block)) = self.room_and_block(address) else { return Err(Stop) };
        let (before, after) = (self.free_before(block, room)?, self.free_after(block, room)?);
        self.unlist_both(before, after)?;
        self.pool.set_nfree(self.pool.nfree().wrapping_add(1));
        self.count_freed(block.bytes());
        if self.flags.fills() {
            block.mark(MARK_FREED);
        }
        let joined = self.join_all(before, block, after);
        self.add_free(joined);
        Ok(())
    }

    fn bury(&self, passed: Passed) {
        if let Some(block) = self.block(passed.block) {
            bury(block, passed.data & !(WORD - 1));
        }
    }

    /// How many bytes of a block the program may use, which it may from now on.
    fn use_all(&mut self, passed: Passed) -> usize {
        let Some(block) = self.block(passed.block) else { return 0 };
        block.set_data(block.usable_bytes(self.sizes.quantum), block.is_pinned());
        Passed::new(block, passed.data).data_bytes
    }

    /// Makes a block one that stays where it is. False: there is none, or it does already.
    fn pin(&self, held: usize) -> bool {
        let block = self.index.arenas.room(held).and_then(|room| whole_block(held, room));
        let Some(block) = block.filter(|block| !block.is_pinned()) else { return false };
        block.set_pinned(true);
        true
    }

    /// The same for a block that nobody has looked at yet. One of which something is tolerated counts as whole.
    fn pin_if_whole(&self, held: usize) -> bool {
        let room = self.index.arenas.room(held).filter(|room| room.word(held) == ALLOC_MAGIC);
        let block = room.and_then(|room| self.find_fault(held, room, &mut None).ok());
        let Some(block) = block.filter(|block| !block.is_pinned()) else { return false };
        block.set_pinned(true);
        true
    }

    /// It may have been set aside, or the pool have been reset.
    fn unpin(&self, held: usize) {
        let block = self.index.arenas.room(held).and_then(|room| whole_block(held, room));
        if let Some(block) = block.filter(|block| block.is_pinned()) {
            block.set_pinned(false);
        }
    }

    /// The data of a block in another size, where it is or joined with free neighbours: right, left, both, the first that
    /// is enough. None: there is no room.
    fn resize_in_place(&mut self, passed: Passed, needed: usize, wanted: usize) -> Result<Option<usize>, Stop> {
        let Some((room, block)) = self.room_and_block(passed.block) else { return Err(Stop) };
        if needed <= block.bytes() {
            return Ok(Some(self.settle(block, block.bytes(), passed, wanted)));
        }
        self.check_counts()?;
        let after = self.free_after(block, room)?;
        let after_bytes = after.map_or(0, Block::bytes);
        if block.bytes() + after_bytes >= needed {
            return self.settle_joined(None, block, after, passed, wanted);
        }
        let Some(before) = self.free_before(block, room)? else { return Ok(None) };
        let bytes = before.bytes() + block.bytes();
        if bytes >= needed {
            return self.settle_joined(Some(before), block, None, passed, wanted);
        }
        match after {
            Some(_) if bytes + after_bytes >= needed => self.settle_joined(Some(before), block, after, passed, wanted),
            _ => Ok(None),
        }
    }

    fn settle_joined(
        &mut self,
        lower: Option<Block<'heap>>,
        block: Block<'heap>,
        upper: Option<Block<'heap>>,
        passed: Passed,
        wanted: usize,
    ) -> Result<Option<usize>, Stop> {
        self.unlist_both(lower, upper)?;
        let joined = self.join_all(lower, block, upper);
        Ok(Some(self.settle(joined, block.bytes(), passed, wanted)))
    }

    /// What a block of `before` bytes has become is cut to what is wanted, and what the program had in it comes to the start.
    /// Its data.
    fn settle(&mut self, now: Block<'heap>, before: usize, passed: Passed, wanted: usize) -> usize {
        if passed.data != now.data() {
            now.copy_from(now, passed.data, passed.data_bytes);
        }
        let kept = self.cut(now, wanted, false);
        self.count_freed(before);
        self.count_allocated(kept.bytes());
        kept.data()
    }

    /// True if one of two blocks begins where the other ends.
    fn are_beside(&self, one: usize, other: usize) -> bool {
        let ends = |block, place| self.block(block).is_some_and(|block| block.end() == place);
        ends(one, other) || ends(other, one)
    }

    /// Joins a block with a new one that lies beside it, and with what is free on the other side. Returns where the block
    /// begins, and how many bytes it had. None: they do not lie so any more.
    fn join_with_new(&mut self, passed: Passed, new_block: usize) -> Result<Option<(usize, usize)>, Stop> {
        let Some((room, block)) = self.room_and_block(passed.block) else { return Ok(None) };
        let Some(new) = self.block(new_block) else { return Ok(None) };
        let (lower, upper) = if block.end() == new.address() {
            (self.free_before(block, room)?, Some(new))
        } else if new.end() == block.address() {
            (Some(new), self.free_after(block, room)?)
        } else {
            return Ok(None);
        };
        self.unlist_both(lower, upper)?;
        self.count_freed(new.bytes());
        // Arenas may have merged meanwhile, and the block have grown with them.
        let before = block.bytes();
        Ok(Some((self.join_all(lower, block, upper).address(), before)))
    }

    /// The same at an address, where there must be as much as is needed.
    fn settle_at(
        &mut self,
        joined: usize,
        passed: Passed,
        needed: usize,
        wanted: usize,
        before: usize,
    ) -> Result<usize, Stop> {
        let Some(block) = self.block(joined).filter(|block| block.bytes() >= needed) else {
            return Err(self.found_block(joined, "a->size>=nbsize"));
        };
        Ok(self.settle(block, before, passed, wanted))
    }

    fn copy_to_new(&self, passed: Passed, new_block: usize, wanted: usize) {
        let (Some(block), Some(new)) = (self.block(passed.block), self.block(new_block)) else { return };
        new.copy_from(block, passed.data, passed.data_bytes);
        if self.flags.fills() {
            new.fill(new.data() + passed.data_bytes, wanted.saturating_sub(passed.data_bytes), FILL_GROWN);
        }
    }

    #[inline]
    fn room_and_block(&self, address: usize) -> Option<(Room<'heap>, Block<'heap>)> {
        let room = self.index.arenas.room(address)?;
        Some((room, room.block(address)?))
    }
}
