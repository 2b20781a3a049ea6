//! What `millpond.h` shows of the statistics page.
//!
//! `include/millpond.h` is generated from this file and from `functions.rs`, so every comment here is read by C programmers.
#![allow(non_camel_case_types, reason = "the names are those of millpond.h")]

use core::ffi::{c_char, c_int};

/// The program has passed NULL, or a struct whose size no version of it has.
pub const MILLPOND_STATS_REFUSED: c_int = -1;

/// `state`: the program or the compositor has the buffer.
pub const MILLPOND_STATS_HELD: u64 = 1;
/// `state`: the next request may be answered with the buffer.
pub const MILLPOND_STATS_CACHED: u64 = 2;
/// `state`: the program has given the buffer up while it was held.
pub const MILLPOND_STATS_GIVEN_UP: u64 = 4;

/// A Pool, from its first use on until it is reset or destroyed. Later versions may add members at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct millpond_stats_pool {
    /// sizeof of this struct, from the program: no more than that is written. What a newer header has and this library does
    /// not know, is 0.
    pub size: u64,
    /// `name` of the Pool, as much as there is room for; ends with a NUL.
    pub name: [c_char; 32],
    /// Blocks that were freed, or resized to nothing. In a pool of several processes, by this one: then these may be more
    /// than `allocs`.
    pub frees: u64,
    /// Blocks that were allocated. What is resized stays one block.
    pub allocs: u64,
    /// Calls that returned nil and left a reason for poolerror().
    pub fails: u64,
    /// Bytes of arenas: `cursize`.
    pub arena_bytes: u64,
    /// Bytes of allocated blocks, with what stands before and behind them: `curalloc`.
    pub allocated_bytes: u64,
    /// Bytes of free blocks: `curfree`.
    pub free_bytes: u64,
    /// The most that `allocated_bytes` was.
    pub peak_bytes: u64,
    /// The most that the arenas may be: `maxsize`.
    pub limit_bytes: u64,
    /// Bytes of the largest free block, when an arena came or went last, or blocks moved.
    pub largest_free_bytes: u64,
    /// Arenas; those that have become one are one.
    pub arenas: u64,
    /// Blocks that were moved together.
    pub moves: u64,
    /// Blocks that were found damaged and set aside.
    pub set_aside: u64,
}

/// Buffers of one kind: those of one cookie, or of one chain. Times are nanoseconds of CLOCK_MONOTONIC. Later versions may
/// add members at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct millpond_stats_group {
    /// sizeof of this struct, from the program: no more than that is written. What a newer header has and this library does
    /// not know, is 0.
    pub size: u64,
    /// Which interface, and which chain, as much as there is room for; ends with a NUL.
    pub name: [c_char; 32],
    /// What the program calls them by; of a chain, a number that is its own.
    pub cookie: u64,
    /// Buffers that have ended.
    pub destroyed: u64,
    /// Buffers that were made.
    pub created: u64,
    /// Buffers that were handed out, new or again.
    pub gets: u64,
    /// Buffers that are there.
    pub live: u64,
    /// Of these: the program has them, or the compositor has not released them yet.
    pub held: u64,
    /// Of these: neither, and the next request may be answered with them.
    pub cached: u64,
    /// The most that were held at once.
    pub held_most: u64,
    /// So many held buffers are warned about.
    pub held_limit: u64,
    /// Since when the one is held that is held longest; 0 if none is, or if that is the one that was asked for last.
    pub oldest_held_ns: u64,
    /// Releases that came after the buffer was given up.
    pub late_releases: u64,
    /// Releases of buffers that were not held.
    pub double_releases: u64,
    /// Buffers that were taken once more while they were held.
    pub taken_twice: u64,
    /// Buffers that were given up while they were held.
    pub abandoned: u64,
    /// Scrolls that were done by moving the view.
    pub scrolls: u64,
    /// Of these, how often the view went back to the beginning.
    pub wraps: u64,
    /// Bytes that were copied.
    pub copied_bytes: u64,
    /// Pages that a new buffer would have touched, and that were there.
    pub faults_avoided: u64,
    /// Bytes of the memory files that are these buffers' alone.
    pub file_bytes: u64,
    /// The newest size, in pixels.
    pub width: u64,
    /// The same.
    pub height: u64,
}

/// One buffer. Times are nanoseconds of CLOCK_MONOTONIC. Later versions may add members at the end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct millpond_stats_buffer {
    /// sizeof of this struct, from the program: no more than that is written. What a newer header has and this library does
    /// not know, is 0.
    pub size: u64,
    /// Its group, by number.
    pub group: u64,
    /// MILLPOND_STATS_HELD and so on.
    pub state: u64,
    /// As in its group.
    pub cookie: u64,
    /// In pixels.
    pub width: u64,
    /// In pixels.
    pub height: u64,
    /// Bytes of a row.
    pub stride: u64,
    /// What `age` was when it was handed out last.
    pub age: u64,
    /// References of the program; 0 where there are none.
    pub references: u64,
    /// Bytes of pixels.
    pub bytes: u64,
    /// Where its memory begins in the memory file.
    pub offset_bytes: u64,
    /// The memory file: `st_ino` of fstat().
    pub inode: u64,
    /// When it was made.
    pub made_ns: u64,
    /// Since when it is held, at the latest; 0 if it is not, or if nothing of its group was asked for since then.
    pub held_since_ns: u64,
    /// How often it was released.
    pub releases: u64,
    /// How often it was handed out.
    pub gets: u64,
    /// How often it was taken once more while it was held.
    pub taken_twice: u64,
}
