//! What a call tells of its pool on the statistics page: blocks as the program gets and gives them, and at the end what is
//! so then. The fast paths tell by themselves.
#![forbid(unsafe_code)]

use super::block::Block;
use super::call::Call;
use super::heap::Heap;
use super::index::Index;

impl Call<'_> {
    /// The program gets a block, if that is not nil.
    pub(super) fn tell_allocated(&mut self, data: usize) {
        if let (Some(told), true) = (self.heap().index.told, data != 0) {
            told.count_allocated();
        }
    }

    /// The program has given a block back.
    pub(super) fn tell_freed(&mut self) {
        if let Some(told) = self.heap().index.told {
            told.count_freed();
        }
    }
}

impl Heap<'_> {
    /// At the end of a call: what is so now.
    pub(super) fn tell_all(&self) {
        let Some(told) = self.index.told else { return };
        told.say_more_is_allocated(self.pool.curalloc());
        told.say_all_blocks(self.pool.curalloc().wrapping_add(self.pool.curfree()));
        told.say_fails(self.index.marks.failed_calls);
        told.say_limit(self.pool.maxsize());
        if told.say_arenas(self.index.arenas.count(), self.pool.cursize()) {
            self.tell_largest_free();
        }
    }

    /// Blocks have moved, or arenas have come or gone.
    pub(super) fn tell_largest_free(&self) {
        if let Some(told) = self.index.told {
            told.say_largest_free(self.index.largest_free());
        }
    }

    pub(super) fn tell_moved(&self) {
        if let Some(told) = self.index.told {
            told.count_moved();
        }
    }

    pub(super) fn tell_set_aside(&self, blocks: usize) {
        if let Some(told) = self.index.told {
            told.count_set_aside(blocks);
        }
    }
}

impl Index<'_> {
    /// The size of the largest free block; 0 if there is none.
    fn largest_free(&self) -> usize {
        let listed = match self.tree_bits.last() {
            Some(tree) => self.largest_in_tree(tree),
            None => self.largest_small(),
        };
        listed.max(self.victim.bytes()).max(self.grown().map_or(0, Block::bytes))
    }
}
