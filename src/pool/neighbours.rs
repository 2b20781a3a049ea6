//! What lies beside a block: free or not, and whether what says so is right.
#![forbid(unsafe_code)]

use super::arena_table::Extent;
use super::damage::{Damage, Stop};
use super::heap::{Heap, next_of, size_of, tail_of};
use super::integrity::is_plausible;
use super::layout::{ARENA, ARENATAIL_MAGIC, FREE_MAGIC, HEADER, OVERHEAD, TAIL, WORD, slack_of, tail_word};
use super::raw_memory::word;

impl Heap<'_> {
    /// The free block that ends where `block` begins, if there is one.
    ///
    /// The tail before the block says so; its seal says that the size there is the right one.
    #[inline]
    pub(super) fn free_before(&mut self, block: usize, arena: Extent) -> Result<Option<usize>, Stop> {
        let first = arena.start + ARENA;
        if block == first {
            return Ok(None);
        }
        let (tail, bytes) = (word(block - TAIL), word(block - WORD));
        let before = block.wrapping_sub(bytes);
        let slack = slack_of(tail);
        let is_there = bytes >= OVERHEAD && bytes <= block - first && bytes % WORD == 0;
        let is_sealed = tail == tail_word(before, bytes, slack, false) || tail == tail_word(before, bytes, slack, true);
        if !is_there || !is_sealed {
            return Err(self.found_block(block, "corrupt tail magic: the block before was written beyond its end"));
        }
        if slack != 0 {
            return Ok(None);
        }
        if word(before) != FREE_MAGIC || size_of(before) != bytes {
            return Err(self.found_block(before, "bad magic"));
        }
        Ok(Some(before))
    }

    /// True if header and tail of a free block of this size stand in one arena, and belong together.
    pub(super) fn is_whole_free(&self, block: usize, bytes: usize) -> bool {
        let Some(arena) = self.index.arenas.find(block) else { return false };
        is_plausible(block, bytes, arena)
            && word(tail_of(block)) == tail_word(block, bytes, 0, false)
            && word(tail_of(block) + WORD) == bytes
    }

    /// The last block of an arena, checked.
    pub(super) fn last_block(&mut self, arena: Extent) -> Result<usize, Stop> {
        let end = arena.end - HEADER;
        if word(end) != ARENATAIL_MAGIC {
            return Err(self.found(Damage::Arena { arena, fault: "bad arena tail" }));
        }
        self.free_before(end, arena)?;
        let bytes = word(end - WORD);
        let last = end - bytes;
        if size_of(last) != bytes {
            return Err(self.found_block(last, "corrupt tail ptr"));
        }
        Ok(last)
    }

    /// The free block behind a block, if there is one.
    #[inline]
    pub(super) fn free_after(&mut self, block: usize, arena: Extent) -> Result<Option<usize>, Stop> {
        let after = next_of(block);
        if word(after) != FREE_MAGIC {
            return Ok(None);
        }
        let bytes = size_of(after);
        if !is_plausible(after, bytes, arena) || word(tail_of(after)) != tail_word(after, bytes, 0, false) {
            return Err(self.found_block(after, "corrupt tail magic"));
        }
        Ok(Some(after))
    }
}
