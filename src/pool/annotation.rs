//! Telling a checker of memory about blocks, so that it names the line of the program that uses what it may not.
//!
//! The program may use what it asked for in its blocks, and the headers of arenas: those hold the arenas together for
//! whoever looks for leaks. While a call of ours runs, the checker looks away; it looks again in callbacks.
#![forbid(unsafe_code)]

use super::heap::{Heap, Stop, data_bytes, data_of, first_block};
use super::operations::Alignment;
use crate::os::Checker;

/// The pool's blocks as a checker knows them.
#[derive(Clone, Copy)]
pub(super) struct Watch {
    pub(super) checker: Checker,
    /// The address of the pool, which is its name.
    pub(super) pool: usize,
}

impl Watch {
    fn block_begins(self, data: usize, bytes: usize) {
        if data != 0 {
            self.checker.block_begins(self.pool, data, bytes);
        }
    }

    /// A block of `before` bytes has become one of `bytes`, and keeps what it held.
    fn block_moves(self, from: usize, before: usize, to: usize, bytes: usize) {
        self.checker.block_ends(self.pool, from, before);
        self.checker.block_begins(self.pool, to, bytes);
        self.checker.define(to, before.min(bytes));
    }

    /// Nothing of a new arena belongs to the program but its header.
    pub(super) fn arena_begins(self, start: usize, end: usize) {
        let first = first_block(start);
        self.checker.forbid(first, end - first);
    }

    /// The header of an arena that has become part of another belongs to nobody.
    pub(super) fn arena_merges(self, start: usize) {
        self.checker.forbid(start, first_block(start) - start);
    }

    /// All blocks are gone, and the pool is until it is used again.
    pub(super) fn pool_is_gone(self) {
        self.checker.pool_ends(self.pool);
    }
}

/// The operations as the program sees them.
impl Heap<'_> {
    pub(super) fn allocate_for_program(&mut self, wanted: usize) -> Result<usize, Stop> {
        let data = self.allocate(wanted)?;
        if let Some(watch) = self.watch {
            watch.block_begins(data, wanted);
        }
        Ok(data)
    }

    pub(super) fn allocate_aligned_for_program(&mut self, wanted: usize, how: Alignment) -> Result<usize, Stop> {
        let data = self.allocate_aligned(wanted, how)?;
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
            watch.checker.block_ends(watch.pool, data, bytes);
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
            Some(watch) if resized == data => watch.checker.block_changes(watch.pool, data, before, wanted),
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
        let bytes = self.use_all_checked(block, data);
        if let Some(watch) = self.watch {
            watch.checker.block_changes(watch.pool, data, before, bytes);
        }
        Ok(bytes)
    }

    /// Compaction has moved a block.
    pub(super) fn block_slides(&self, from: usize, to: usize, bytes: usize) {
        if let Some(watch) = self.watch {
            watch.block_moves(from, bytes, to, bytes);
        }
    }
}

/// How many bytes the program asked for when it got this data of a block that has been checked.
fn bytes_for_program(block: usize, data: usize) -> usize {
    data_bytes(block).saturating_sub(data - data_of(block))
}
