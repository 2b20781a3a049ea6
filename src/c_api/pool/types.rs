//! What `pool.h` has beside `struct Pool`, which is in `pool/record.rs`: what poolwalk() shows and poolstats() counts.
//!
//! `include/pool.h` is generated from this file too, so every comment here is read by C programmers.
#![allow(non_camel_case_types, reason = "the names are those of pool.h")]

use core::ffi::{c_int, c_void};

/// millpond's own: poolwalk() or poolstats() could not see all of the pool. It was said why.
pub const POOL_INCOMPLETE: c_int = -1;

/// An arena, with all that lies in it.
pub const POOL_PART_ARENA: c_int = 1;
/// A block that the program has.
pub const POOL_PART_ALLOCATED: c_int = 2;
/// A free block.
pub const POOL_PART_FREE: c_int = 3;
/// A block that was freed under POOL_NOREUSE, and is never given out again.
pub const POOL_PART_BURIED: c_int = 4;
/// What was damaged and set aside, and is never given out again.
pub const POOL_PART_SET_ASIDE: c_int = 5;
/// A block that a call was at work on when it was left.
pub const POOL_PART_IN_WORK: c_int = 6;

/// millpond's own: what poolwalk() shows. Later versions may add members at the end.
#[repr(C)]
pub struct poolpart {
    /// POOL_PART_ARENA and so on. Later versions may have more of them.
    pub kind: c_int,
    /// 1 if a compaction leaves it where it is, otherwise 0: a block of poolallocalign(), or one that is never given out
    /// again; and arenas.
    pub is_pinned: c_int,
    /// Where its arena begins.
    pub arena: *mut c_void,
    /// Where it begins, with what stands before the data.
    pub start: *mut c_void,
    /// All of its bytes, with what stands before and behind the data.
    pub bytes: usize,
    /// What poolalloc() or another function returned for it. nil if it is neither allocated nor freed under POOL_NOREUSE.
    /// Where poolallocalign() was asked for an address that is no multiple of a word: the word that it lies in.
    pub data: *mut c_void,
    /// So many bytes from there on the program asked for last, or was given by poolmsize(); otherwise 0. Of what a block
    /// has beyond that, all but the last 64 KiB counts as asked for.
    pub asked: usize,
}

/// millpond's own: what poolstats() counts. The program sets `size`. Later versions may add members at the end.
///
/// "All bytes" are those with what stands before and behind the data of a block.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct poolcounts {
    /// sizeof(struct poolcounts), from the program: no more than that is written. What a newer header has and this library
    /// does not know, is 0.
    pub size: u64,
    /// Arenas; those that have become one are one.
    pub arenas: u64,
    /// Bytes that `alloc` has given for them: `cursize`.
    pub arena_bytes: u64,
    /// Blocks that the program has.
    pub blocks: u64,
    /// All bytes of these.
    pub block_bytes: u64,
    /// Bytes of these that the program asked for, as `asked` of struct poolpart.
    pub asked_bytes: u64,
    /// Bytes of these that are neither that nor what stands before and behind the data.
    pub slack_bytes: u64,
    /// Free blocks.
    pub free_blocks: u64,
    /// All bytes of these: `curfree`.
    pub free_bytes: u64,
    /// All bytes of the largest of these; 0 if there is none.
    pub largest_free_bytes: u64,
    /// Blocks that were freed under POOL_NOREUSE.
    pub buried_blocks: u64,
    /// All bytes of these, which `curalloc` contains.
    pub buried_bytes: u64,
    /// What was damaged and set aside, so many times.
    pub set_aside_blocks: u64,
    /// All bytes of these, which `curalloc` contains.
    pub set_aside_bytes: u64,
    /// Calls that returned nil and left a reason for poolerror(), since the pool was used first, or reset.
    pub failed_calls: u64,
    /// The most that `arena_bytes` was in that time.
    pub most_arena_bytes: u64,
    /// The most that `curalloc` was, of these moments of that time: at the end of each call that got an arena from
    /// `alloc`, at the end of each call that counts as failed, and now. Between them it may have been more: up to
    /// `most_arena_bytes`, and what lay between arenas that became one.
    pub most_seen_bytes: u64,
}
