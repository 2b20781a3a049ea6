//! `struct Pool`, as C programs declare and initialise it.
//!
//! `include/pool.h` is generated from this file and from `c_api/pool/functions.rs`, so every comment is read by C programmers.
#![allow(non_camel_case_types, reason = "the names are those of pool.h")]

use core::ffi::{c_char, c_int, c_ulong, c_void};

/// Fill memory whose contents are undefined with patterns.
pub const POOL_ANTAGONISM: c_int = 1 << 0;
/// Check the whole pool before and after each call.
pub const POOL_PARANOIA: c_int = 1 << 1;
/// Print the whole pool before and after each call.
pub const POOL_VERBOSITY: c_int = 1 << 2;
/// Does nothing, as in the original.
pub const POOL_DEBUGGING: c_int = 1 << 3;
/// Print one line for each call.
pub const POOL_LOGGING: c_int = 1 << 4;
/// Only complain about a single NUL byte written right behind a block.
pub const POOL_TOLERANCE: c_int = 1 << 5;
/// Never use freed blocks again: mark them, and find writes to them.
pub const POOL_NOREUSE: c_int = 1 << 6;
/// millpond's own: `alloc` returns private memory of the system's that is no file's (MAP_PRIVATE | MAP_ANONYMOUS, without
/// MAP_HUGETLB). Then poolzalloc() leaves alone what is zero because nobody has written to it.
pub const POOL_FRESH: c_int = 1 << 7;
/// millpond's own, of the pools that POOL_SYSTEM_INIT and poolsystem() make: arenas are whole pages, and larger the more
/// the pool has; those that touch become one, so that `free` gets them as one; and where `print` is nil, what there is to
/// say goes to standard error.
pub const POOL_SYSTEM: c_int = 1 << 8;

/// A heap over arenas that the program provides.
///
/// POOL_SYSTEM_INIT makes one over memory of the system's, which needs nothing else. For another one, a static
/// initialiser with designated members is all that it needs; members that are not named are 0. `flags`,
/// `maxsize` and `minarena` may be changed between calls. The names and the layout are those of 9front's pool.h with a
/// `ulong` that is C's unsigned long.
///
/// The contract, which pool(3) has in the same words:
///
/// Re-entry: a callback may use its own pool, if the lock lets the same thread in again. It must leave alone the
/// block that the call is about. What it takes may be what the call has made room for: then that returns nil. `free`
/// is called without the lock, all others with it.
///
/// Longjmp: a callback may leave by longjmp(). The pool is whole then, and its lock still held: the program gives it
/// back. The block that the call was about may stay where it is when the pool is compacted, until it is resized.
///
/// Exceptions: a C++ exception must not leave a callback. Neither the library nor C can be unwound.
///
/// Fork: a child has a copy of the pool, and each goes on by itself. If the pool, its arenas and its lock lie in
/// memory that is mapped as shared, at the same address in all processes, then all of them use one pool. A process
/// that finds that another one has used the pool since reads all blocks once, and so takes longer the more blocks
/// there are and the more often they take turns. Where the pool lies is asked when it is used first, and it stays
/// there until it is reset. Nobody forks while another thread's call is at work on a pool that the child is to use:
/// as with malloc(), the program holds the lock meanwhile. With the lock of POOL_SYSTEM_INIT and poolsystem() fork() does
/// so by itself.
///
/// Threads: one call at a time uses a pool, which is what `lock` and `unlock` are for. Different pools have nothing
/// in common, and may be used at the same time.
///
/// Signals: a handler must not use a pool that the program uses outside of it, because it may have interrupted a
/// call.
///
/// cbindgen:field-names=[name, maxsize, cursize, curfree, curalloc, minarena, quantum, minblock, freeroot, arenalist, alloc, merge, move, free, flags, nfree, lastcompact, lock, unlock, print, panic, logstack, POOL_PRIVATE_FIELD]
#[repr(C)]
pub struct Pool {
    /// For messages. `char *` in the original, so a program that reads it there must say const here.
    pub name: *const c_char,
    /// The most bytes of arenas that the pool may ask for.
    pub maxsize: usize,

    /// Bytes of arenas so far.
    pub cursize: usize,
    /// Bytes of free blocks.
    pub curfree: usize,
    /// Bytes of allocated blocks, with what stands before and behind them.
    pub curalloc: usize,

    /// The least number of bytes to ask for an arena.
    pub minarena: c_ulong,
    /// Sizes of blocks are multiples of it: a power of two, 8 or more.
    pub quantum: c_ulong,
    /// The least size of a block.
    pub minblock: c_ulong,

    /// Private.
    pub freeroot: *mut c_void,
    /// Private: the arenas, the one with the highest address first.
    pub arenalist: *mut c_void,

    /// Returns a new arena of so many bytes, aligned for every type, or nil.
    pub alloc: Option<unsafe extern "C" fn(c_ulong) -> *mut c_void>,
    /// Returns true if two arenas can become one: then the pool also owns what lies between. May be nil.
    pub merge: Option<unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int>,
    /// Is told that a block has moved. nil: blocks never move.
    pub r#move: Option<unsafe extern "C" fn(from: *mut c_void, to: *mut c_void)>,
    /// Takes an arena back when the pool is reset or trimmed. May be nil.
    pub free: Option<unsafe extern "C" fn(*mut c_void, c_ulong)>,

    /// POOL_ANTAGONISM and so on.
    pub flags: c_int,
    /// Blocks freed so far.
    pub nfree: c_int,
    /// `nfree` at the last compaction.
    pub lastcompact: c_int,

    /// Called around every use of the pool. May be nil.
    pub lock: Option<unsafe extern "C" fn(*mut Pool)>,
    /// The other half of `lock`.
    pub unlock: Option<unsafe extern "C" fn(*mut Pool)>,
    /// Prints a text; always called with the format "%s". May be nil.
    pub print: Option<unsafe extern "C" fn(*mut Pool, *mut c_char, ...)>,
    /// Ends the program, or leaves by longjmp; always called with the format "%s". nil: the text on stderr, and abort().
    /// If it does not end the program, the pool goes on without what is damaged.
    pub panic: Option<unsafe extern "C" fn(*mut Pool, *mut c_char, ...)>,
    /// Is called before a line of POOL_LOGGING. May be nil.
    pub logstack: Option<unsafe extern "C" fn(*mut Pool)>,

    /// For the program. Where `lock` is that of POOL_SYSTEM_INIT or poolsystem(), it is private.
    pub private: *mut c_void,
}
