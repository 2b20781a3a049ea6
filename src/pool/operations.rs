//! Allocating, freeing and resizing, and what a checker of memory is told of it.
#![forbid(unsafe_code)]

use super::call::Call;
use super::damage::Stop;
use super::error::Reason;
use super::heap::{Heap, bury, data_bytes, data_of, is_pinned, mark, next_of, set_data, size_of};
use super::index::LISTS;
use super::integrity::is_whole;
use super::layout::{FREE_MAGIC, HEADER, OVERHEAD, WORD};
use super::raw_memory::{self as memory, word};

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
        if let Some(watch) = self.watch {
            watch.block_begins(data, wanted);
        }
        Ok(data)
    }

    #[inline]
    pub(super) fn release_for_program(&mut self, data: usize) -> Result<(), Stop> {
        if data == 0 {
            return Ok(());
        }
        let block = self.block_of(data)?;
        let bytes = bytes_for_program(block, data);
        self.release_checked(block, data)?;
        if let Some(watch) = self.watch {
            watch.block_ends(data, bytes);
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
        let block = self.block_of(data)?;
        let before = bytes_for_program(block, data);
        let resized = self.resize_checked(block, data, wanted)?;
        match self.watch {
            Some(watch) if resized == data => watch.block_changes(data, before, wanted),
            Some(watch) if resized != 0 => watch.block_moves(data, before, resized, wanted),
            _ => {}
        }
        Ok(resized)
    }

    pub(super) fn use_all_for_program(&mut self, data: usize) -> Result<usize, Stop> {
        if data == 0 {
            return Ok(0);
        }
        let block = self.block_of(data)?;
        let before = bytes_for_program(block, data);
        let bytes = self.heap().use_all_checked(block, data);
        if let Some(watch) = self.watch {
            watch.block_changes(data, before, bytes);
        }
        Ok(bytes)
    }
}

/// How many bytes the program asked for when it got this data of a block that has been checked.
fn bytes_for_program(block: usize, data: usize) -> usize {
    data_bytes(block).saturating_sub(data - data_of(block))
}

impl Call<'_> {
    /// The data of a new block; 0 if there is no memory.
    #[inline]
    pub(super) fn allocate(&mut self, data: usize) -> Result<usize, Stop> {
        let Some(bytes) = self.sizes.block(data) else { return self.refuse(Reason::InvalidSize) };
        let Some(block) = self.mending_calls(|call| call.take_for(bytes))? else { return Ok(0) };
        Ok(self.heap().make_allocated(block, data))
    }

    /// Takes a free block of at least so many bytes out of the index. None: there is no memory.
    #[inline]
    fn take_for(&mut self, bytes: usize) -> Result<Option<usize>, Stop> {
        let mut heap = self.heap();
        heap.check_counts()?;
        if let Some(block) = heap.take_best(bytes)? {
            return Ok(Some(block));
        }
        self.make_arena_around_held(bytes)?;
        // Also where no arena was made and no block has moved, compaction may have joined free neighbours.
        self.heap().take_best(bytes)
    }

    /// Gets memory. The block that is being resized stays where it is, whatever a callback does with the pool: it counts
    /// as pinned meanwhile.
    #[cold]
    fn make_arena_around_held(&mut self, bytes: usize) -> Result<(), Stop> {
        let held = self.held;
        let pins = held != 0 && !is_pinned(held);
        if pins {
            set_data(held, size_of(held), data_bytes(held), true);
        }
        let made = self.make_arena(bytes);
        // It may have been set aside, or the pool have been reset.
        let arena = self.heap().index.arenas.find(held);
        if pins && arena.is_some_and(|arena| is_whole(held, arena) && is_pinned(held)) {
            set_data(held, size_of(held), data_bytes(held), false);
        }
        made
    }

    /// Frees the block with this data.
    #[inline]
    pub(super) fn release(&mut self, data: usize) -> Result<(), Stop> {
        let block = self.block_of(data)?;
        self.release_checked(block, data)
    }

    /// Frees a block that has been checked, with this data.
    #[inline]
    fn release_checked(&mut self, block: usize, data: usize) -> Result<(), Stop> {
        if self.flags.keeps_freed() {
            bury(block, data & !(WORD - 1));
            return Ok(());
        }
        self.release_block(block)
    }

    #[inline]
    pub(super) fn release_block(&mut self, block: usize) -> Result<(), Stop> {
        self.mending(|heap| heap.release_block(block))
    }

    /// The data of a block that has been checked, in another size with the same content; 0 if there is no memory.
    fn resize_checked(&mut self, block: usize, data: usize, wanted: usize) -> Result<usize, Stop> {
        let Some(needed) = self.sizes.block(wanted) else { return self.refuse(Reason::InvalidSize) };
        let before = size_of(block);
        if needed <= before {
            return Ok(self.heap().settle(block, data, block, wanted, before));
        }
        let kept = data_bytes(block) - (data - data_of(block));
        match self.mending(|heap| heap.grow_in_place(block, needed))? {
            Some(grown) => Ok(self.heap().settle_with(grown, data, kept, wanted, before)),
            None => self.move_to_new(block, data, kept, wanted, needed),
        }
    }

    /// Copies to a new block; if that came to lie next to the old one, both become one.
    fn move_to_new(
        &mut self,
        block: usize,
        data: usize,
        kept: usize,
        wanted: usize,
        needed: usize,
    ) -> Result<usize, Stop> {
        // Making room may compact the pool: this block must not move, its old address is in the program's hands.
        self.held = block;
        let new_data = self.allocate(wanted)?;
        self.held = 0;
        if new_data == 0 {
            return Ok(0);
        }
        let new_block = new_data - HEADER;
        if next_of(block) == new_block || next_of(new_block) == block {
            // Arenas may have merged meanwhile, and the block have grown with them.
            let before = size_of(block);
            let beside = self.mending(|heap| heap.take_neighbours_and_new(block, new_block))?;
            let Some((lower, upper)) = beside else { return Ok(0) };
            let mut heap = self.heap();
            heap.count_freed(size_of(new_block));
            let joined = heap.join_all(lower, block, upper);
            if size_of(joined) < needed {
                return Err(heap.found_block(joined, "a->size>=nbsize"));
            }
            return Ok(heap.settle_with(joined, data, kept, wanted, before));
        }
        memory::copy(data, new_data, kept);
        if self.flags.fills() {
            memory::fill(new_data + kept, wanted.saturating_sub(kept), FILL_GROWN);
        }
        self.release(data)?;
        Ok(new_data)
    }
}

/// The blocks before and behind one that are to be joined with it.
type Beside = (Option<usize>, Option<usize>);

impl Heap<'_> {
    /// Takes the best free block of at least so many bytes out of the index.
    #[inline]
    fn take_best(&mut self, bytes: usize) -> Result<Option<usize>, Stop> {
        let found = match self.index.find(bytes) {
            Ok(found) => found,
            Err(broken) => return Err(self.found_block(broken.block, "corrupt free list")),
        };
        let Some(found) = found else { return Ok(None) };
        let found = (found.0.address(), found.1);
        self.take_found(found)?;
        Ok(Some(found.0))
    }

    /// Takes a block that the index has found. Its header is compared with what the index knows.
    #[inline]
    fn take_found(&mut self, (block, bytes): (usize, usize)) -> Result<(), Stop> {
        if word(block) != FREE_MAGIC || size_of(block) != bytes {
            return Err(self.found_block(block, "bad magic"));
        }
        // The index knows the size of small ones by itself; of large ones it has read what stands in the block.
        if bytes >= LISTS * WORD && !self.is_whole_free(block, bytes) {
            return Err(self.found_block(block, "corrupt tail magic"));
        }
        self.take_free(block)
    }

    /// Makes a block that was taken an allocated one. Its data.
    #[inline]
    fn make_allocated(&mut self, block: usize, data: usize) -> usize {
        self.cut(block, data, false);
        self.count_allocated(size_of(block));
        if self.flags.fills() {
            memory::fill(data_of(block), data, FILL_NEW);
        }
        data_of(block)
    }

    /// What can go wrong comes first: where it does, the block is what it was.
    #[inline]
    fn release_block(&mut self, block: usize) -> Result<(), Stop> {
        let (before, after) = self.take_free_neighbours(block)?;
        self.pool.set_nfree(self.pool.nfree().wrapping_add(1));
        let bytes = size_of(block);
        self.count_freed(bytes);
        if self.flags.fills() {
            mark(data_of(block), bytes - OVERHEAD, MARK_FREED);
        }
        let joined = self.join_all(before, block, after);
        self.add_free(joined);
        Ok(())
    }

    /// The free blocks on both sides of a block, out of the index.
    #[inline]
    fn take_free_neighbours(&mut self, block: usize) -> Result<Beside, Stop> {
        self.check_counts()?;
        let Some(arena) = self.index.arenas.find(block) else { return Ok((None, None)) };
        let (before, after) = (self.free_before(block, arena)?, self.free_after(block, arena)?);
        self.unlist_both(before, after)?;
        Ok((before, after))
    }

    #[inline]
    fn join_all(&mut self, lower: Option<usize>, block: usize, upper: Option<usize>) -> usize {
        let joined = lower.map_or(block, |lower| self.join(lower, block));
        upper.map_or(joined, |upper| self.join(joined, upper))
    }

    /// The blocks on both sides of one, out of the index: a new one on one side, a free one on the other, or none.
    fn take_neighbours_and_new(&mut self, block: usize, new_block: usize) -> Result<Option<Beside>, Stop> {
        let Some(arena) = self.index.arenas.find(block) else { return Ok(None) };
        let (lower, upper) = if next_of(block) == new_block {
            (self.free_before(block, arena)?, Some(new_block))
        } else {
            (Some(new_block), self.free_after(block, arena)?)
        };
        self.unlist_both(lower, upper)?;
        Ok(Some((lower, upper)))
    }

    /// How many bytes of a block that has been checked the program may use, which it may from now on.
    pub(super) fn use_all_checked(&mut self, block: usize, data: usize) -> usize {
        let skip = data - data_of(block);
        let whole = (size_of(block) & !(self.sizes.quantum - 1)).saturating_sub(OVERHEAD).max(data_bytes(block));
        set_data(block, size_of(block), whole, is_pinned(block));
        data_bytes(block).saturating_sub(skip)
    }

    /// The data of a block that has its size, cut to what is wanted. `data` stands in `block`.
    fn settle(&mut self, block: usize, data: usize, now: usize, wanted: usize, before: usize) -> usize {
        let kept = data_bytes(block) - (data - data_of(block));
        self.settle_with(now, data, kept, wanted, before)
    }

    /// The same where the block has become another: `kept` bytes from `data` on come to its start.
    fn settle_with(&mut self, block: usize, data: usize, kept: usize, wanted: usize, before: usize) -> usize {
        let start = data_of(block);
        if data != start {
            memory::copy(data, start, kept.min(size_of(block) - OVERHEAD));
        }
        self.cut(block, wanted, false);
        self.count_freed(before);
        self.count_allocated(size_of(block));
        start
    }

    /// Joins a block with free neighbours: right, left, both, the first that is enough.
    fn grow_in_place(&mut self, block: usize, needed: usize) -> Result<Option<usize>, Stop> {
        self.check_counts()?;
        let Some(arena) = self.index.arenas.find(block) else { return Ok(None) };
        let after = self.free_after(block, arena)?;
        let after_bytes = after.map_or(0, size_of);
        if let Some(after) = after {
            if size_of(block) + after_bytes >= needed {
                self.unlist(after)?;
                return Ok(Some(self.join(block, after)));
            }
        }
        let Some(before) = self.free_before(block, arena)? else { return Ok(None) };
        let bytes = size_of(before) + size_of(block);
        if bytes >= needed {
            self.unlist(before)?;
            return Ok(Some(self.join(before, block)));
        }
        match after {
            Some(after) if bytes + after_bytes >= needed => {
                self.unlist_both(Some(before), Some(after))?;
                let joined = self.join(before, block);
                Ok(Some(self.join(joined, after)))
            }
            _ => Ok(None),
        }
    }
}
