//! The calls that programs make most: a fast path for nearly all of them, the slow path for the rest.
//!
//! The fast paths end in the function that begins them, or in another that takes nothing but what is in registers.
#![allow(unsafe_code, reason = "a call that goes on in another function takes along what was checked")]

use core::ffi::{c_ulong, c_void};
use core::ptr;

use super::Text;
use super::call::Call;
use super::calls::{add, as_flags_ask, as_flags_ask_for_block, run_for_block, run_locked};
use super::fast_path::{self, Outcome};
use super::fast_whole;
use super::flags::Flags;
use super::index::Index;
use super::layout::HEADER;
use super::locked::Locked;
use super::numbers::{bytes, pointer, signed};
use super::pool_pointer::PoolPointer;
use crate::os::probes;

/// The work of `poolalloc`.
#[inline]
pub fn alloc(pool: PoolPointer<'_>, n: c_ulong) -> *mut c_void {
    let mut locked = pool.lock();
    let record = locked.record();
    let Some(index) = fast_index_of(&mut locked) else { return alloc_slowly(locked, n) };
    match fast_path::allocate(record, index, bytes(n)) {
        Outcome::Done(data) => allocated(locked, n, data),
        // SAFETY: it was just said.
        Outcome::Listed(needed) => unsafe { alloc_listed(locked, n, needed) },
        // SAFETY: it was just said.
        Outcome::Cut(block, size, needed) => unsafe { alloc_cut(locked, n, block, size, needed) },
        Outcome::Large => alloc_large(locked, n),
        _ => alloc_slowly(locked, n),
    }
}

/// The same from a large block.
#[inline(never)]
fn alloc_large(mut locked: Locked<'_>, n: c_ulong) -> *mut c_void {
    let record = locked.record();
    let Some(index) = locked.index_in_pool() else { return alloc_slowly(locked, n) };
    match fast_whole::allocate_large(record, index, bytes(n)) {
        Outcome::Done(data) => allocated(locked, n, data),
        _ => alloc_slowly(locked, n),
    }
}

/// The same from any list.
///
/// # Safety
///
/// `fast_path::allocate` has said so in this call, and nothing was done since.
#[inline(never)]
unsafe fn alloc_listed(mut locked: Locked<'_>, n: c_ulong, needed: usize) -> *mut c_void {
    let record = locked.record();
    let Some(index) = locked.index_in_pool() else { return alloc_slowly(locked, n) };
    // SAFETY: the caller has it from `allocate`, and has done nothing since.
    match unsafe { fast_path::allocate_listed(record, index, bytes(n), needed) } {
        Outcome::Done(data) => allocated(locked, n, data),
        Outcome::Large => alloc_large(locked, n),
        _ => alloc_slowly(locked, n),
    }
}

/// The same from the front of a block that has been taken out of the index.
///
/// # Safety
///
/// `fast_path::allocate` has said so in this call, and nothing was done since.
#[inline(never)]
unsafe fn alloc_cut(mut locked: Locked<'_>, n: c_ulong, block: usize, size: usize, needed: usize) -> *mut c_void {
    let record = locked.record();
    let Some(index) = locked.index_in_pool() else { return ptr::null_mut() };
    // SAFETY: the caller has it from `allocate`, and has done nothing since.
    let data = unsafe { fast_path::allocate_cut(record, index, (block, size), needed, bytes(n)) };
    allocated(locked, n, data)
}

/// The index, if the pool has one and no flag that asks for more than the fast paths do.
#[inline(always)]
fn fast_index_of<'locked>(locked: &'locked mut Locked<'_>) -> Option<&'locked mut Index<'locked>> {
    let record = locked.record();
    let index = locked.index_in_pool()?;
    Flags(record.flags()).is_fast().then_some(index)
}

/// A new block is the program's.
#[inline(always)]
fn allocated(locked: Locked<'_>, n: c_ulong, data: usize) -> *mut c_void {
    probes::pool_alloc(locked.record().address(), bytes(n), data);
    unlocked(locked, data)
}

/// A block is the pool's again.
#[inline(always)]
fn freed(locked: Locked<'_>, data: usize) {
    probes::pool_free(locked.record().address(), data);
    locked.unlock();
}

/// A block has another size.
#[inline(always)]
fn resized(locked: Locked<'_>, data: usize, n: c_ulong, new_data: usize) -> *mut c_void {
    probes::pool_resize(locked.record().address(), data, bytes(n), new_data);
    unlocked(locked, new_data)
}

#[inline(always)]
fn unlocked(locked: Locked<'_>, data: usize) -> *mut c_void {
    locked.unlock();
    pointer(data)
}

#[inline(never)]
fn alloc_slowly(mut locked: Locked<'_>, n: c_ulong) -> *mut c_void {
    remember_sizes(&mut locked);
    let pool = locked.record().address();
    let line = |text: &mut Text, data| add(text, format_args!("poolalloc {pool:x} {n} = {data:x}\n"));
    run_for_block(locked, "poolalloc", |call| {
        as_flags_ask_for_block(call, 0, |call| call.allocate_for_program(bytes(n)), line)
    })
}

/// The pool's sizes may have changed, or the index be new.
fn remember_sizes(locked: &mut Locked<'_>) {
    let record = locked.record();
    if let Some(index) = locked.index_in_pool() {
        index.remember_sizes(bytes(record.quantum_long()), bytes(record.minblock_long()));
    }
}

/// The work of `poolfree`.
#[inline]
pub fn free(pool: PoolPointer<'_>, block: *mut c_void) {
    let data = block.expose_provenance();
    let mut locked = pool.lock();
    let record = locked.record();
    let Some(index) = fast_index_of(&mut locked) else { return free_slowly(locked, data) };
    match fast_path::release(record, index, data) {
        Outcome::Done(_) => freed(locked, data),
        // SAFETY: it was just said.
        Outcome::Joined(block, size) => unsafe { free_joined(locked, block, size) },
        Outcome::OtherArena => free_in_other_arena(locked, data),
        _ => free_slowly(locked, data),
    }
}

/// The same, joining a block that has been checked with what is free beside it.
///
/// # Safety
///
/// `fast_path::release` has said so in this call, and nothing was done since.
#[inline(never)]
unsafe fn free_joined(mut locked: Locked<'_>, block: usize, size: usize) {
    let record = locked.record();
    let Some(index) = locked.index_in_pool() else { return };
    // SAFETY: the caller has it from `release`, and has done nothing since.
    match unsafe { fast_path::release_joined(record, index, block, size) } {
        Outcome::Done(_) => freed(locked, block.wrapping_add(HEADER)),
        _ => free_slowly(locked, block + HEADER),
    }
}

/// The same, in another arena than that of the last call.
#[inline(never)]
fn free_in_other_arena(mut locked: Locked<'_>, data: usize) {
    let record = locked.record();
    let outcome = match fast_index_of(&mut locked) {
        Some(index) if index.arenas.make_recent(data) => fast_path::release(record, index, data),
        _ => Outcome::Slow,
    };
    match outcome {
        Outcome::Done(_) => freed(locked, data),
        // SAFETY: it was just said.
        Outcome::Joined(block, size) => unsafe { free_joined(locked, block, size) },
        _ => free_slowly(locked, data),
    }
}

#[inline(never)]
fn free_slowly(locked: Locked<'_>, data: usize) {
    let pool = locked.record().address();
    let line = |text: &mut Text, ()| add(text, format_args!("poolfree {pool:x} {data:x}\n"));
    run_locked(locked, "poolfree", |call| as_flags_ask(call, data, |call| call.release_for_program(data), line));
}

/// The work of `poolrealloc`.
#[inline]
pub fn resize(pool: PoolPointer<'_>, block: *mut c_void, n: c_ulong) -> *mut c_void {
    let data = block.expose_provenance();
    let mut locked = pool.lock();
    let record = locked.record();
    let Some(index) = fast_index_of(&mut locked) else { return resize_slowly(locked, data, n) };
    let outcome = match (data, n) {
        (0, _) => return resize_from_nothing(locked, n),
        (_, 0) => return resize_to_nothing(locked, data),
        _ => fast_whole::resize(record, index, data, bytes(n)),
    };
    match outcome {
        Outcome::Done(new_data) => resized(locked, data, n, new_data),
        Outcome::OtherArena => resize_in_other_arena(locked, data, n),
        Outcome::Copied => resize_by_copying(locked, data, n),
        _ => resize_slowly(locked, data, n),
    }
}

/// The same, in another arena than that of the last call.
#[inline(never)]
fn resize_in_other_arena(mut locked: Locked<'_>, data: usize, n: c_ulong) -> *mut c_void {
    let record = locked.record();
    let outcome = match fast_index_of(&mut locked) {
        Some(index) if index.arenas.make_recent(data) => fast_whole::resize(record, index, data, bytes(n)),
        _ => Outcome::Slow,
    };
    match outcome {
        Outcome::Done(new_data) => resized(locked, data, n, new_data),
        Outcome::Copied => resize_by_copying(locked, data, n),
        _ => resize_slowly(locked, data, n),
    }
}

/// The same where there is no block yet.
fn resize_from_nothing(mut locked: Locked<'_>, n: c_ulong) -> *mut c_void {
    let record = locked.record();
    let Some(index) = locked.index_in_pool() else { return resize_slowly(locked, 0, n) };
    match fast_whole::allocate_any(record, index, bytes(n)) {
        Outcome::Done(data) => allocated(locked, n, data),
        _ => resize_slowly(locked, 0, n),
    }
}

/// The same for no bytes.
fn resize_to_nothing(mut locked: Locked<'_>, data: usize) -> *mut c_void {
    let record = locked.record();
    let Some(index) = locked.index_in_pool() else { return resize_slowly(locked, data, 0) };
    match fast_whole::release_any(record, index, data) {
        Outcome::Done(_) => {
            freed(locked, data);
            ptr::null_mut()
        }
        _ => resize_slowly(locked, data, 0),
    }
}

/// The same for a block that is copied to a new one.
#[inline(never)]
fn resize_by_copying(mut locked: Locked<'_>, data: usize, n: c_ulong) -> *mut c_void {
    let record = locked.record();
    let Some(index) = locked.index_in_pool() else { return resize_slowly(locked, data, n) };
    let Outcome::Done(new_data) = fast_whole::copy_to_new(record, index, data, bytes(n)) else {
        return resize_slowly(locked, data, n);
    };
    match fast_whole::release_copied(record, index, data) {
        Outcome::Done(_) => resized(locked, data, n, new_data),
        _ => run_for_block(locked, "poolrealloc", |call| call.release_copied(data, bytes(n), new_data)),
    }
}

#[inline(never)]
fn resize_slowly(mut locked: Locked<'_>, data: usize, n: c_ulong) -> *mut c_void {
    remember_sizes(&mut locked);
    let pool = locked.record().address();
    let line = |text: &mut Text, new_data| {
        let wanted = signed(bytes(n));
        add(text, format_args!("poolrealloc {pool:x} {data:x} {wanted} = {new_data:x}\n"));
    };
    run_for_block(locked, "poolrealloc", |call| {
        as_flags_ask_for_block(call, data, |call| call.resize_for_program(data, bytes(n)), line)
    })
}

/// The work of `poolmsize`.
#[inline]
pub fn usable_size(pool: PoolPointer<'_>, block: *mut c_void) -> c_ulong {
    let data = block.expose_provenance();
    let mut locked = pool.lock();
    let record = locked.record();
    let Some(index) = fast_index_of(&mut locked) else { return usable_size_slowly(locked, data) };
    match fast_whole::use_all(record, index, data) {
        Outcome::Done(size) => {
            locked.unlock();
            long(size)
        }
        _ => usable_size_slowly(locked, data),
    }
}

#[inline(never)]
fn usable_size_slowly(locked: Locked<'_>, data: usize) -> c_ulong {
    let pool = locked.record().address();
    let line = |text: &mut Text, size: usize| {
        let size = signed(size);
        add(text, format_args!("poolmsize {pool:x} {data:x} = {size}\n"));
    };
    let work = |call: &mut Call<'_>| as_flags_ask(call, data, |call| call.use_all_for_program(data), line);
    long(run_locked(locked, "poolmsize", work))
}

fn long(size: usize) -> c_ulong {
    c_ulong::try_from(size).unwrap_or(c_ulong::MAX)
}
