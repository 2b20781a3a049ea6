//! Allocating, freeing and resizing.
#![forbid(unsafe_code)]

use super::error::Reason;
use super::heap::{Heap, Stop, bury, data_bytes, data_of, is_pinned, mark, next_of, set_data, size_of};
use super::index::LISTS;
use super::integrity::is_whole;
use super::layout::{ALIGN_MAGIC, FREE_MAGIC, OVERHEAD, WORD};
use super::raw_memory::{self as memory, set_word};
use crate::limits::POOL_MENDS_PER_CALL;

/// Fills what `poolalloc` returns, if the pool fills.
const FILL_NEW: u8 = 0xDF;
/// Fills what `poolallocalign` returns.
const FILL_ALIGNED: u8 = 0xDD;
/// Fills what `poolrealloc` adds when it copies.
const FILL_GROWN: u8 = 0xDE;
/// Marks freed memory.
const MARK_FREED: u8 = 0xF7;

/// What `poolallocalign` is asked for.
#[derive(Clone, Copy)]
pub(super) struct Alignment {
    pub(super) align: usize,
    pub(super) offset: isize,
    pub(super) span: usize,
}

impl Heap<'_> {
    /// Does something again as long as what stood in its way was set aside.
    #[inline]
    pub(super) fn mending<T>(&mut self, mut work: impl FnMut(&mut Self) -> Result<T, Stop>) -> Result<T, Stop> {
        for _ in 0..POOL_MENDS_PER_CALL {
            match work(self) {
                Err(Stop) if self.has_mended => self.has_mended = false,
                result => return result,
            }
        }
        Err(Stop)
    }

    /// The data of a new block; 0 if there is no memory.
    #[inline]
    pub(super) fn allocate(&mut self, data: usize) -> Result<usize, Stop> {
        let Some(bytes) = self.sizes.block(data) else { return self.refuse(Reason::InvalidSize) };
        let Some(block) = self.mending(|heap| heap.take_for(bytes))? else { return Ok(0) };
        self.cut(block, data, false);
        self.count_allocated(size_of(block));
        if self.fills() {
            memory::fill(data_of(block), data, FILL_NEW);
        }
        Ok(data_of(block))
    }

    /// Takes a free block of at least so many bytes out of the index. None: there is no memory.
    #[inline]
    fn take_for(&mut self, bytes: usize) -> Result<Option<usize>, Stop> {
        self.check_counts()?;
        let found = match self.find(bytes)? {
            Some(found) => found,
            None => {
                self.make_arena_around_held(bytes)?;
                // Also where no arena was made and no block has moved, compaction may have joined free neighbours.
                match self.find(bytes)? {
                    Some(found) => found,
                    None => return Ok(None),
                }
            }
        };
        self.take_found(found)?;
        Ok(Some(found.0))
    }

    /// Gets memory. The block that is being resized stays where it is, whatever a callback does with the pool: it counts
    /// as pinned meanwhile.
    fn make_arena_around_held(&mut self, bytes: usize) -> Result<(), Stop> {
        let held = self.held;
        let pins = held != 0 && !is_pinned(held);
        if pins {
            set_data(held, size_of(held), data_bytes(held), true);
        }
        let made = self.make_arena(bytes);
        // It may have been set aside, or the pool have been reset.
        if pins && self.index.arenas.find(held).is_some_and(|arena| is_whole(held, arena) && is_pinned(held)) {
            set_data(held, size_of(held), data_bytes(held), false);
        }
        made
    }

    #[inline]
    fn find(&mut self, bytes: usize) -> Result<Option<(usize, usize)>, Stop> {
        match self.index.find(bytes) {
            Ok(found) => Ok(found),
            Err(broken) => Err(self.report(broken.block, "corrupt free list")),
        }
    }

    /// Takes a block that the index has found. Its header is compared with what the index knows.
    #[inline]
    fn take_found(&mut self, (block, bytes): (usize, usize)) -> Result<(), Stop> {
        if memory::word(block) != FREE_MAGIC || size_of(block) != bytes {
            return Err(self.report(block, "bad magic"));
        }
        // The index knows the size of small ones by itself; of large ones it has read what stands in the block.
        if bytes >= LISTS * WORD && !self.is_whole_free(block, bytes) {
            return Err(self.report(block, "corrupt tail magic"));
        }
        self.take_free(block)
    }

    /// Frees the block with this data.
    #[inline]
    pub(super) fn release(&mut self, data: usize) -> Result<(), Stop> {
        if data == 0 {
            return Ok(());
        }
        let block = self.block_of(data)?;
        self.release_checked(block, data)
    }

    /// Frees a block that has been checked, with this data.
    #[inline]
    pub(super) fn release_checked(&mut self, block: usize, data: usize) -> Result<(), Stop> {
        if self.keeps_freed() {
            bury(block, data & !(WORD - 1));
            return Ok(());
        }
        self.release_block(block)
    }

    /// What can go wrong comes first: where it does, the block is what it was.
    #[inline]
    fn release_block(&mut self, block: usize) -> Result<(), Stop> {
        let (before, after) = self.mending(|heap| heap.take_free_neighbours(block))?;
        self.pool.set_nfree(self.pool.nfree().wrapping_add(1));
        let bytes = size_of(block);
        self.count_freed(bytes);
        if self.fills() {
            mark(data_of(block), bytes - OVERHEAD, MARK_FREED);
        }
        let mut joined = block;
        if let Some(before) = before {
            joined = self.join(before, block);
        }
        if let Some(after) = after {
            joined = self.join(joined, after);
        }
        self.add_free(joined);
        Ok(())
    }

    /// The free blocks on both sides of a block, out of the index.
    #[inline]
    fn take_free_neighbours(&mut self, block: usize) -> Result<(Option<usize>, Option<usize>), Stop> {
        self.check_counts()?;
        let Some(arena) = self.index.arenas.find(block) else { return Ok((None, None)) };
        let (before, after) = (self.free_before(block, arena)?, self.free_after(block, arena)?);
        self.unlist_both(before, after)?;
        Ok((before, after))
    }

    /// How many bytes of a block that has been checked the program may use, which it may from now on.
    pub(super) fn use_all_checked(&mut self, block: usize, data: usize) -> usize {
        let skip = data - data_of(block);
        let whole = (size_of(block) & !(self.sizes.quantum - 1)).saturating_sub(OVERHEAD).max(data_bytes(block));
        set_data(block, size_of(block), whole, is_pinned(block));
        data_bytes(block).saturating_sub(skip)
    }

    /// The data of a block that has been checked, in another size with the same content; 0 if there is no memory.
    pub(super) fn resize_checked(&mut self, block: usize, data: usize, wanted: usize) -> Result<usize, Stop> {
        let Some(needed) = self.sizes.block(wanted) else { return self.refuse(Reason::InvalidSize) };
        let before = size_of(block);
        if needed <= before {
            return Ok(self.settle(block, data, block, wanted, before));
        }
        let kept = data_bytes(block) - (data - data_of(block));
        match self.mending(|heap| heap.grow_in_place(block, needed))? {
            Some(grown) => Ok(self.settle_with(grown, data, kept, wanted, before)),
            None => self.move_to_new(block, data, kept, wanted, needed),
        }
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
        let new_block = new_data - 2 * WORD;
        // Arenas may have merged meanwhile, and the block have grown with them.
        let before = size_of(block);
        let is_behind = next_of(block) == new_block;
        let is_ahead = next_of(new_block) == block;
        if !is_behind && !is_ahead {
            memory::copy(data, new_data, kept);
            if self.fills() {
                memory::fill(new_data + kept, wanted.saturating_sub(kept), FILL_GROWN);
            }
            self.release(data)?;
            return Ok(new_data);
        }
        let Some(arena) = self.index.arenas.find(block) else { return Ok(0) };
        let (lower, upper) = self.mending(|heap| {
            let lower = if is_ahead { Some(new_block) } else { heap.free_before(block, arena)? };
            let upper = if is_behind { Some(new_block) } else { heap.free_after(block, arena)? };
            heap.unlist_both(lower, upper)?;
            Ok((lower, upper))
        })?;
        self.count_freed(size_of(new_block));
        let mut joined = block;
        if let Some(lower) = lower {
            joined = self.join(lower, block);
        }
        if let Some(upper) = upper {
            joined = self.join(joined, upper);
        }
        if size_of(joined) < needed {
            return Err(self.report(joined, "a->size>=nbsize"));
        }
        Ok(self.settle_with(joined, data, kept, wanted, before))
    }

    /// The data of a new block at an address as asked; 0 if there is none.
    pub(super) fn allocate_aligned(&mut self, data: usize, how: Alignment) -> Result<usize, Stop> {
        let Alignment { align, span, .. } = how;
        let Some(asked) = data.checked_add(align) else { return self.refuse(Reason::InvalidSize) };
        let offset = normal_offset(how);
        let mut start = self.allocate(asked)?;
        if start == 0 {
            return Ok(0);
        }
        if span != 0 && start / span != start.wrapping_add(asked) / span {
            self.release_unseen(start)?;
            let Some(twice) = asked.checked_mul(2) else { return self.refuse(Reason::InvalidSize) };
            start = self.allocate(twice)?;
            if start == 0 {
                return Ok(0);
            }
        }
        let room_end = start + size_of(start - 2 * WORD) - OVERHEAD;
        let place = place_in_span(start, data, align, offset, span);
        let place = place.filter(|place| place.checked_add(data).is_some_and(|end| end <= room_end));
        let Some(place) = place else {
            self.release_unseen(start)?;
            return self.refuse(Reason::NoPlace { data, span, align, offset });
        };
        Ok(self.take_place(start, place, data))
    }

    /// Frees a block that the program has never seen, also in a pool that keeps what is freed.
    fn release_unseen(&mut self, data: usize) -> Result<(), Stop> {
        let block = self.block_of(data)?;
        self.release_block(block)
    }

    /// Makes `data` bytes at `place` of the block whose data begins at `start` the block's data.
    fn take_place(&mut self, start: usize, place: usize, data: usize) -> usize {
        let whole = start - 2 * WORD;
        self.count_freed(size_of(whole));
        let block = self.free_front(whole, place - start, data);
        let skip = place - data_of(block);
        for offset in (0..skip / WORD).map(|number| number * WORD) {
            set_word(data_of(block) + offset, ALIGN_MAGIC);
        }
        self.cut(block, skip + data, true);
        self.count_allocated(size_of(block));
        if self.fills() {
            memory::fill(place, data, FILL_ALIGNED);
        }
        place
    }
}

/// The offset between 0 and the alignment; 0 without one.
fn normal_offset(how: Alignment) -> usize {
    if how.align == 0 {
        return usize::from_ne_bytes(how.offset.to_ne_bytes());
    }
    let far = how.offset.unsigned_abs() % how.align;
    if how.offset < 0 { (how.align - far) % how.align } else { far }
}

/// The first address from `start` on that has the offset modulo the alignment, and crosses no multiple of the span.
fn place_in_span(start: usize, data: usize, align: usize, offset: usize, span: usize) -> Option<usize> {
    let place = aligned(start, align, offset);
    let crosses = |place: usize| place / span != place.wrapping_add(data).wrapping_sub(1) / span;
    // No bytes cross nothing, also at the start of a span.
    if span == 0 || data == 0 || !crosses(place) {
        return Some(place);
    }
    let place = aligned(place + (span - place % span), align, offset);
    (!crosses(place)).then_some(place)
}

fn aligned(start: usize, align: usize, offset: usize) -> usize {
    if align == 0 {
        return start;
    }
    let now = start % align;
    if now <= offset { start + (offset - now) } else { start + (align - now + offset) }
}
