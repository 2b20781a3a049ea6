//! Telling a checker of memory about blocks, so that it names the line of the program that uses what it may not.
//!
//! The program may use what it asked for in its blocks, and the headers of arenas: those hold the arenas together for
//! whoever looks for leaks. While a call of ours runs, the checker looks away; it looks again in callbacks.
#![forbid(unsafe_code)]

use super::layout::ARENA;
use crate::os::{self, Checker};

/// The pool's blocks as a checker knows them.
#[derive(Clone, Copy)]
pub(super) struct Watch {
    checker: Checker,
    /// The address of the pool, which is its name.
    pool: usize,
}

impl Watch {
    /// Nobody may watch.
    #[inline]
    pub(super) fn of(pool: usize) -> Option<Watch> {
        os::memory_checker().map(|checker| Watch { checker, pool })
    }

    pub(super) fn block_begins(self, data: usize, bytes: usize) {
        if data != 0 {
            self.checker.block_begins(self.pool, data, bytes);
        }
    }

    pub(super) fn block_ends(self, data: usize, bytes: usize) {
        self.checker.block_ends(self.pool, data, bytes);
    }

    pub(super) fn block_changes(self, data: usize, before: usize, bytes: usize) {
        self.checker.block_changes(self.pool, data, before, bytes);
    }

    /// A block of `before` bytes has become one of `bytes`, and keeps what it held.
    pub(super) fn block_moves(self, from: usize, before: usize, to: usize, bytes: usize) {
        self.checker.block_ends(self.pool, from, before);
        self.checker.block_begins(self.pool, to, bytes);
        self.checker.define(to, before.min(bytes));
    }

    /// Nothing of a new arena belongs to the program but its header.
    pub(super) fn arena_begins(self, start: usize, end: usize) {
        self.checker.forbid(start + ARENA, end - start - ARENA);
    }

    /// The header of an arena that has become part of another belongs to nobody.
    pub(super) fn arena_merges(self, start: usize) {
        self.checker.forbid(start, ARENA);
    }

    /// An arena is about to be the program's again, all of it.
    pub(super) fn arena_ends(self, start: usize, bytes: usize) {
        self.checker.allow(start, bytes);
    }

    /// All blocks are gone, and the pool is until it is used again.
    pub(super) fn pool_is_gone(self) {
        self.checker.pool_ends(self.pool);
    }
}

/// Does something with the heap while a checker of memory looks away.
#[inline]
pub(super) fn looking_away<T>(work: impl FnOnce() -> T) -> T {
    let checker = os::memory_checker();
    if let Some(checker) = checker {
        checker.pause();
    }
    let result = work();
    if let Some(checker) = checker {
        checker.resume();
    }
    result
}

/// Runs a callback of the program's: what it does is watched again.
pub(super) fn in_program<T>(callback: impl FnOnce() -> T) -> T {
    let checker = os::memory_checker();
    if let Some(checker) = checker {
        checker.resume();
    }
    let result = callback();
    if let Some(checker) = checker {
        checker.pause();
    }
    result
}
