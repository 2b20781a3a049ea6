//! What lies beside a block: free or not, and whether what says so is right.
#![forbid(unsafe_code)]

use super::block::Block;
use super::damage::Stop;
use super::heap::Heap;
use super::layout::{ARENATAIL_MAGIC, FREE_MAGIC, WORD, slack_of, tail_word};
use super::room::Room;

impl<'heap> Heap<'heap> {
    /// The free block that ends where a block begins, if there is one.
    #[inline]
    pub(super) fn free_before(&mut self, block: Block<'heap>, room: Room<'heap>) -> Result<Option<Block<'heap>>, Stop> {
        self.free_that_ends(block.address(), block.tail_before(), block.bytes_before(), room)
    }

    /// The free block that ends at an address, if there is one.
    ///
    /// The tail there says so; its seal says that the size there is the right one.
    #[inline]
    fn free_that_ends(
        &mut self,
        end: usize,
        tail: usize,
        bytes: usize,
        room: Room<'heap>,
    ) -> Result<Option<Block<'heap>>, Stop> {
        if end == room.first() {
            return Ok(None);
        }
        let address = end.wrapping_sub(bytes);
        let slack = slack_of(tail);
        let seals = [tail_word(address, bytes, slack, false), tail_word(address, bytes, slack, true)];
        let before = room.block_of(address, bytes).filter(|_| tail == seals[0] || tail == seals[1]);
        let Some(before) = before else {
            return Err(self.found_block(end, "corrupt tail magic: the block before was written beyond its end"));
        };
        if slack != 0 {
            return Ok(None);
        }
        if before.magic() != FREE_MAGIC || before.spot().bytes() != bytes {
            return Err(self.found_block(before.address(), "bad magic"));
        }
        Ok(Some(before))
    }

    /// The last block of an arena, checked.
    pub(super) fn last_block(&mut self, room: Room<'heap>) -> Result<Block<'heap>, Stop> {
        let end = room.last_end();
        if room.word(end) != ARENATAIL_MAGIC {
            return Err(self.found_arena(room, "bad arena tail"));
        }
        let (tail, bytes) = (room.word(end - 2 * WORD), room.word(end - WORD));
        self.free_that_ends(end, tail, bytes, room)?;
        match room.block(end.wrapping_sub(bytes)) {
            Some(last) if last.bytes() == bytes => Ok(last),
            _ => Err(self.found_block(end.wrapping_sub(bytes), "corrupt tail ptr")),
        }
    }

    /// The free block behind a block, if there is one.
    #[inline]
    pub(super) fn free_after(&mut self, block: Block<'heap>, room: Room<'heap>) -> Result<Option<Block<'heap>>, Stop> {
        if block.magic_behind() != FREE_MAGIC {
            return Ok(None);
        }
        match room.block(block.end()).filter(|after| is_free_tail_of(*after)) {
            Some(after) => Ok(Some(after)),
            None => Err(self.found_block(block.end(), "corrupt tail magic")),
        }
    }
}

/// True if a block ends with the tail of a free one, whose size the tail says too.
#[inline]
pub(super) fn is_whole_free(block: Block<'_>) -> bool {
    is_free_tail_of(block) && block.tail_bytes() == block.bytes()
}

#[inline]
fn is_free_tail_of(block: Block<'_>) -> bool {
    block.tail() == tail_word(block.address(), block.bytes(), 0, false)
}
