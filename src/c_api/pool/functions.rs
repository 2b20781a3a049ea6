//! The C names of `pool.h`: the functions, and nothing else. `struct Pool` is in `pool/record.rs`, other types in
//! `types.rs`.
//!
//! `include/pool.h` is generated from these, so every comment here is read by C programmers. What stands behind a
//! call is in `pool/` (the heap).
//!
//! # Safety
//!
//! Every function here is called from C. What all of them need of the program, and nothing checks:
//!
//! - a `Pool` is NULL or points to a pool whose callbacks have the types that `pool.h` says, and that nothing else
//!   uses while a function of ours does, other than a callback of the pool's, or a thread that its `lock` keeps out;
//! - arenas that `alloc` returned are the pool's until its `free` gets them;
//! - what poolwalk calls has the type that `pool.h` says; what poolstats writes to has the size that stands in it.
#![allow(non_camel_case_types, reason = "the names are those of pool.h")]
#![allow(clippy::missing_safety_doc, reason = "the contract of all functions stands once, in the head of this file")]

use core::ffi::{c_char, c_int, c_long, c_ulong, c_void};

use super::inspection;
use super::types::{poolcounts, poolpart};
use crate::pool::{self, LockCallbacks, Pool, PoolPointer};

/// Returns n bytes, or nil when there are no more: poolerror() says why. n may be 0.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("poolalloc")))]
pub unsafe extern "C" fn poolalloc(pool: *mut Pool, n: c_ulong) -> *mut c_void {
    // SAFETY: the caller keeps the contract in the head of this file.
    let pool = unsafe { PoolPointer::from_c(pool) };
    pool.map_or_else(pool::no_pool, |pool| pool::alloc(pool, n))
}

/// Returns n bytes whose address is `offset` modulo `align`, and that cross no multiple of `span`; or nil.
///
/// align 0: any address. span 0: anywhere. The block stays where it is in a compaction.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("poolallocalign")))]
pub unsafe extern "C" fn poolallocalign(
    pool: *mut Pool,
    n: c_ulong,
    align: c_ulong,
    offset: c_long,
    span: c_ulong,
) -> *mut c_void {
    // SAFETY: the caller keeps the contract in the head of this file.
    let pool = unsafe { PoolPointer::from_c(pool) };
    pool.map_or_else(pool::no_pool, |pool| pool::alloc_aligned(pool, n, align, offset, span))
}

/// millpond's own: as poolalloc(), and the n bytes are 0. With POOL_FRESH, what nobody has used of a large block is not
/// written: it takes no memory until the program writes to it.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("poolzalloc")))]
pub unsafe extern "C" fn poolzalloc(pool: *mut Pool, n: c_ulong) -> *mut c_void {
    // SAFETY: the caller keeps the contract in the head of this file.
    let pool = unsafe { PoolPointer::from_c(pool) };
    pool.map_or_else(pool::no_pool, |pool| pool::alloc_zeroed(pool, n))
}

/// Frees a block. nil: nothing. What is no block of this pool: `panic`.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("poolfree")))]
pub unsafe extern "C" fn poolfree(pool: *mut Pool, block: *mut c_void) {
    // SAFETY: the caller keeps the contract in the head of this file.
    if let Some(pool) = unsafe { PoolPointer::from_c(pool) } {
        pool::free(pool, block);
    }
}

/// Returns how many bytes of the block may be used, and lets the program use them all. nil: 0.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("poolmsize")))]
pub unsafe extern "C" fn poolmsize(pool: *mut Pool, block: *mut c_void) -> c_ulong {
    // SAFETY: the caller keeps the contract in the head of this file.
    let pool = unsafe { PoolPointer::from_c(pool) };
    pool.map_or(0, |pool| pool::usable_size(pool, block))
}

/// Returns 1 if one of the n bytes from v on lies in an arena of the pool, or an empty span lies inside one.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("poolisoverlap")))]
pub unsafe extern "C" fn poolisoverlap(pool: *mut Pool, v: *mut c_void, n: c_ulong) -> c_int {
    // SAFETY: the caller keeps the contract in the head of this file.
    let pool = unsafe { PoolPointer::from_c(pool) };
    pool.map_or(0, |pool| pool::is_overlap(pool, v, n))
}

/// Forgets all blocks, and gives all arenas to the pool's `free`. A pool of nil: nothing.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("poolreset")))]
pub unsafe extern "C" fn poolreset(pool: *mut Pool) {
    // SAFETY: the caller keeps the contract in the head of this file.
    if let Some(pool) = unsafe { PoolPointer::from_c(pool) } {
        pool::reset(pool);
    }
}

/// Changes the size of a block to n bytes, and moves it if need be. Returns the block, or nil and nothing has changed.
///
/// block nil: as poolalloc(). n 0: frees the block and returns nil.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("poolrealloc")))]
pub unsafe extern "C" fn poolrealloc(pool: *mut Pool, block: *mut c_void, n: c_ulong) -> *mut c_void {
    // SAFETY: the caller keeps the contract in the head of this file.
    let pool = unsafe { PoolPointer::from_c(pool) };
    pool.map_or_else(pool::no_pool, |pool| pool::resize(pool, block, n))
}

/// Checks the whole pool. What is wrong is printed, then `panic` is called.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("poolcheck")))]
pub unsafe extern "C" fn poolcheck(pool: *mut Pool) {
    // SAFETY: the caller keeps the contract in the head of this file.
    if let Some(pool) = unsafe { PoolPointer::from_c(pool) } {
        pool::check(pool);
    }
}

/// Moves blocks together, so that free memory comes to the end of each arena. Returns 1 if one was moved.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("poolcompact")))]
pub unsafe extern "C" fn poolcompact(pool: *mut Pool) -> c_int {
    // SAFETY: the caller keeps the contract in the head of this file.
    let pool = unsafe { PoolPointer::from_c(pool) };
    pool.map_or(0, pool::compact)
}

/// Checks one block, as poolcheck() does.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("poolblockcheck")))]
pub unsafe extern "C" fn poolblockcheck(pool: *mut Pool, block: *mut c_void) {
    // SAFETY: the caller keeps the contract in the head of this file.
    if let Some(pool) = unsafe { PoolPointer::from_c(pool) } {
        pool::check_block(pool, block);
    }
}

/// Prints all blocks of the pool.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("pooldump")))]
pub unsafe extern "C" fn pooldump(pool: *mut Pool) {
    // SAFETY: the caller keeps the contract in the head of this file.
    if let Some(pool) = unsafe { PoolPointer::from_c(pool) } {
        pool::dump(pool);
    }
}

/// millpond's own: shows each arena of the pool to visit, the one with the highest address first, and behind each its
/// blocks from low to high addresses.
///
/// Returns 0 when all was shown. If visit returns another number, that ends the walk, and is returned. Returns
/// POOL_INCOMPLETE if some of the pool was not shown. Then it was said why: where an arena is damaged, through `print` and
/// `panic` as by poolcheck(), and where panic returns, the walk goes on with the next arena; where pool or visit is nil, in
/// one line, through `print` or on stderr. Nothing is changed. Lists of free blocks are not looked at.
///
/// visit runs as a callback of the pool: with its lock held. The part is valid until visit returns. It may leave by
/// longjmp(), and use the pool, if the lock lets the same thread in again. Of what it changes, what lies ahead is shown as
/// it is then: in an arena each block begins at the end of the one that was shown before, or behind. Nothing is shown
/// twice at one address. What visit takes may lie ahead: if it takes memory at each part, that may go on for as long as
/// there is more.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("poolwalk")))]
pub unsafe extern "C" fn poolwalk(
    pool: *mut Pool,
    visit: Option<unsafe extern "C" fn(user: *mut c_void, part: *const poolpart) -> c_int>,
    user: *mut c_void,
) -> c_int {
    // SAFETY: the caller keeps the contract in the head of this file.
    let pool = unsafe { PoolPointer::from_c(pool) };
    // SAFETY: as above: visit has this type, and may be called with user.
    unsafe { inspection::walk(pool, visit, user) }
}

/// millpond's own: counts what there is in the pool, in one look at all of its blocks, and writes it to out.
///
/// Returns 0. Returns POOL_INCOMPLETE if not all could be counted, and says why, as poolwalk() does: of an arena that is
/// damaged what lies before that is counted. Where pool or out is nil, or the size in out is none, nothing is written. A
/// pool that was never used, or that was reset, has 0 of everything. Of a pool that several processes use, the last three
/// are what this one has seen.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("poolstats")))]
pub unsafe extern "C" fn poolstats(pool: *mut Pool, out: *mut poolcounts) -> c_int {
    // SAFETY: the caller keeps the contract in the head of this file.
    let pool = unsafe { PoolPointer::from_c(pool) };
    // SAFETY: as above: out is NULL or such a struct.
    unsafe { inspection::statistics(pool, out) }
}

/// millpond's own: a new pool over memory of the system's, as POOL_SYSTEM_INIT makes one; or nil. pooldestroy() gives it
/// back. The name may be nil; it is not copied, and must stay as long as the pool.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("poolsystem")))]
pub extern "C" fn poolsystem(name: *const c_char) -> *mut Pool {
    pool::make(name)
}

/// millpond's own: forgets all blocks, gives all arenas to the pool's `free`, and all that millpond has for the pool back
/// to the system; also the Pool, if poolsystem() has made it. Another pool may be used again. nil: nothing.
///
/// A pool of POOL_SYSTEM_INIT that was used is destroyed before the memory goes that the Pool stands in.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("pooldestroy")))]
pub unsafe extern "C" fn pooldestroy(pool: *mut Pool) {
    // SAFETY: the caller keeps the contract in the head of this file.
    if let Some(pool) = unsafe { PoolPointer::from_c(pool) } {
        pool::destroy(pool);
    }
}

/// millpond's own: `alloc` of a system pool: mmap(). nil: errno says why.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("poolsystem_alloc")))]
pub extern "C" fn poolsystem_alloc(n: c_ulong) -> *mut c_void {
    pool::map_arena(n)
}

/// millpond's own: `free` of a system pool: munmap() of what poolsystem_alloc() has returned, also of several arenas that
/// touch.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("poolsystem_free")))]
pub unsafe extern "C" fn poolsystem_free(arena: *mut c_void, n: c_ulong) {
    // SAFETY: the caller gives back what poolsystem_alloc() has returned.
    unsafe { pool::unmap_arena(arena, n) };
}

const fn lock_callbacks() -> LockCallbacks {
    LockCallbacks { lock: poolsystem_lock, unlock: poolsystem_unlock }
}

/// millpond's own: `lock` of a system pool, which stands in `private`. The thread that has locked the pool may do so
/// again, and fork() is made with it held.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("poolsystem_lock")))]
pub unsafe extern "C" fn poolsystem_lock(pool: *mut Pool) {
    // SAFETY: the caller keeps the contract in the head of this file.
    if let Some(pool) = unsafe { PoolPointer::from_c(pool) } {
        pool::lock(&pool, lock_callbacks());
    }
}

/// millpond's own: the other half of poolsystem_lock().
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("poolsystem_unlock")))]
pub unsafe extern "C" fn poolsystem_unlock(pool: *mut Pool) {
    // SAFETY: the caller keeps the contract in the head of this file.
    if let Some(pool) = unsafe { PoolPointer::from_c(pool) } {
        pool::unlock(&pool);
    }
}

/// millpond's own: gives free memory back, but for keep_bytes bytes of it. Returns how many bytes that were.
///
/// Arenas without blocks go to the pool's `free`, if there is one; whole pages inside the free blocks of the others go to
/// the system, and read as zero when they are used again, if they are private anonymous memory. No block moves. A pool
/// of nil: 0.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("pooltrim")))]
pub unsafe extern "C" fn pooltrim(pool: *mut Pool, keep_bytes: c_ulong) -> c_ulong {
    // SAFETY: the caller keeps the contract in the head of this file.
    let pool = unsafe { PoolPointer::from_c(pool) };
    pool.map_or(0, |pool| pool::trim(pool, keep_bytes))
}

/// millpond's own: why the last call of this thread that returned nil did so, as Plan 9 leaves it in %r. Never nil.
///
/// The text is valid until the next failing call of the thread.
#[unsafe(no_mangle)]
#[cfg_attr(has_symbol_prefix, unsafe(export_name = prefixed!("poolerror")))]
pub extern "C" fn poolerror() -> *const c_char {
    pool::error_text()
}
