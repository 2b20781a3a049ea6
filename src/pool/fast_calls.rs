//! The calls that programs make most: a fast path for nearly all of them, the slow path for the rest.
//!
//! The fast paths end in the function that begins them, or in another that takes nothing but what is in registers.
#![allow(unsafe_code, reason = "a call that goes on in another function takes along what was checked")]

use core::ffi::{c_ulong, c_void};
use core::ptr;

use super::Text;
use super::calls::{add, as_flags_ask, as_flags_ask_for_block, run_for_block, run_locked};
use super::fast_path::{self, Outcome};
use super::fast_whole;
use super::flags::Flags;
use super::hold::Hold;
use super::index::Index;
use super::layout::HEADER;
use super::locked::Locked;
use super::numbers::{bytes, pointer};
use super::pool_pointer::PoolPointer;
use crate::os::{self, Solitude, probes};

/// The work of `poolalloc`.
#[inline]
pub fn alloc(pool: PoolPointer<'_>, n: c_ulong) -> *mut c_void {
    if !pool.record().says_it_is_of_system() {
        return alloc_with_callbacks(pool, n);
    }
    match os::solitude() {
        Some(solitude) => alloc_alone(pool, solitude, n),
        None => alloc_among_threads(pool, n),
    }
}

/// The same of a pool that is locked by callbacks, if at all.
#[inline(never)]
fn alloc_with_callbacks(pool: PoolPointer<'_>, n: c_ulong) -> *mut c_void {
    alloc_held(pool.lock_by_callback(), n)
}

/// The same of a system pool, in a process of one thread.
#[inline(never)]
fn alloc_alone(pool: PoolPointer<'_>, solitude: Solitude, n: c_ulong) -> *mut c_void {
    match pool.alone(solitude) {
        Ok(alone) => alloc_held(alone, n),
        Err(pool) => alloc_among_threads(pool, n),
    }
}

/// The same of one that has to be locked.
#[inline(never)]
fn alloc_among_threads(pool: PoolPointer<'_>, n: c_ulong) -> *mut c_void {
    match pool.favoured() {
        Ok(favoured) => alloc_held(favoured, n),
        Err(pool) => alloc_locked(pool.lock(), n),
    }
}

/// The same where the lock favours another thread, or none.
#[inline(never)]
fn alloc_locked(locked: Locked<'_>, n: c_ulong) -> *mut c_void {
    alloc_held(locked, n)
}

#[inline(always)]
fn alloc_held<'call>(mut hold: impl Hold<'call>, n: c_ulong) -> *mut c_void {
    let record = hold.record();
    let Some(index) = fast_index_of(&mut hold) else { return alloc_slowly(hold.into_locked(), n) };
    match fast_path::allocate(record, index, bytes(n)) {
        Outcome::Done(data) => allocated(hold, n, data),
        // SAFETY: it was just said.
        Outcome::Listed(needed) => unsafe { alloc_listed(hold, n, needed) },
        // SAFETY: it was just said.
        Outcome::Cut(block, size, needed) => unsafe { alloc_cut(hold, n, block, size, needed) },
        Outcome::Large => alloc_large(hold, n),
        _ => alloc_slowly(hold.into_locked(), n),
    }
}

/// The same from a large block.
#[inline(never)]
fn alloc_large<'call>(mut hold: impl Hold<'call>, n: c_ulong) -> *mut c_void {
    let record = hold.record();
    let Some(index) = hold.index_in_pool() else { return alloc_slowly(hold.into_locked(), n) };
    match fast_whole::allocate_large(record, index, bytes(n)) {
        Outcome::Done(data) => allocated(hold, n, data),
        _ => alloc_slowly(hold.into_locked(), n),
    }
}

/// The same from any list.
///
/// # Safety
///
/// `fast_path::allocate` has said so in this call, and nothing was done since.
#[inline(never)]
unsafe fn alloc_listed<'call>(mut hold: impl Hold<'call>, n: c_ulong, needed: usize) -> *mut c_void {
    let record = hold.record();
    let Some(index) = hold.index_in_pool() else { return alloc_slowly(hold.into_locked(), n) };
    // SAFETY: the caller has it from `allocate`, and has done nothing since.
    match unsafe { fast_path::allocate_listed(record, index, bytes(n), needed) } {
        Outcome::Done(data) => allocated(hold, n, data),
        Outcome::Large => alloc_large(hold, n),
        _ => alloc_slowly(hold.into_locked(), n),
    }
}

/// The same from the front of a block that has been taken out of the index.
///
/// # Safety
///
/// `fast_path::allocate` has said so in this call, and nothing was done since.
#[inline(never)]
unsafe fn alloc_cut<'call>(
    mut hold: impl Hold<'call>,
    n: c_ulong,
    block: usize,
    size: usize,
    needed: usize,
) -> *mut c_void {
    let record = hold.record();
    let Some(index) = hold.index_in_pool() else { return ptr::null_mut() };
    // SAFETY: the caller has it from `allocate`, and has done nothing since.
    let data = unsafe { fast_path::allocate_cut(record, index, (block, size), needed, bytes(n)) };
    allocated(hold, n, data)
}

/// The index, if the pool has one and no flag that asks for more than the fast paths do.
#[inline(always)]
pub(super) fn fast_index_of<'hold, 'call>(hold: &'hold mut impl Hold<'call>) -> Option<&'hold mut Index<'hold>> {
    let record = hold.record();
    let index = hold.index_in_pool()?;
    Flags(record.flags()).is_fast().then_some(index)
}

/// A new block is the program's.
#[inline(always)]
pub(super) fn allocated<'call>(hold: impl Hold<'call>, n: c_ulong, data: usize) -> *mut c_void {
    probes::pool_alloc(hold.record().address(), bytes(n), data);
    hold.let_go();
    pointer(data)
}

/// A block is the pool's again.
#[inline(always)]
pub(super) fn freed<'call>(hold: impl Hold<'call>, data: usize) {
    probes::pool_free(hold.record().address(), data);
    hold.let_go();
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
pub(super) fn remember_sizes(locked: &mut Locked<'_>) {
    let record = locked.record();
    if let Some(index) = locked.index_in_pool() {
        index.remember_sizes(bytes(record.quantum_long()), bytes(record.minblock_long()));
    }
}

/// The work of `poolfree`.
#[inline]
pub fn free(pool: PoolPointer<'_>, block: *mut c_void) {
    let data = block.expose_provenance();
    if !pool.record().says_it_is_of_system() {
        return free_with_callbacks(pool, data);
    }
    match os::solitude() {
        Some(solitude) => free_alone(pool, solitude, data),
        None => free_among_threads(pool, data),
    }
}

/// The same of a pool that is locked by callbacks, if at all.
#[inline(never)]
fn free_with_callbacks(pool: PoolPointer<'_>, data: usize) {
    // It comes while the pool is locked: nothing is read before that has been done, whether it is in a cache or not.
    os::fetch_early(data.wrapping_sub(HEADER));
    free_held(pool.lock_by_callback(), data);
}

/// The same of a system pool, in a process of one thread.
#[inline(never)]
fn free_alone(pool: PoolPointer<'_>, solitude: Solitude, data: usize) {
    match pool.alone(solitude) {
        Ok(alone) => free_held(alone, data),
        Err(pool) => free_among_threads(pool, data),
    }
}

/// The same of one that has to be locked.
#[inline(never)]
fn free_among_threads(pool: PoolPointer<'_>, data: usize) {
    match pool.favoured() {
        Ok(favoured) => free_held(favoured, data),
        Err(pool) => free_locked(pool.lock(), data),
    }
}

/// The same where the lock favours another thread, or none.
#[inline(never)]
fn free_locked(locked: Locked<'_>, data: usize) {
    free_held(locked, data);
}

#[inline(always)]
fn free_held<'call>(mut hold: impl Hold<'call>, data: usize) {
    let record = hold.record();
    let Some(index) = fast_index_of(&mut hold) else { return free_slowly(hold.into_locked(), data) };
    match fast_path::release(record, index, data) {
        Outcome::Done(_) => freed(hold, data),
        // SAFETY: it was just said.
        Outcome::Joined(block, size) => unsafe { free_joined(hold, block, size) },
        Outcome::OtherArena => free_in_other_arena(hold, data),
        _ => free_slowly(hold.into_locked(), data),
    }
}

/// The same, joining a block that has been checked with what is free beside it.
///
/// # Safety
///
/// `fast_path::release` has said so in this call, and nothing was done since.
#[inline(never)]
unsafe fn free_joined<'call>(mut hold: impl Hold<'call>, block: usize, size: usize) {
    let record = hold.record();
    let Some(index) = hold.index_in_pool() else { return };
    // SAFETY: the caller has it from `release`, and has done nothing since.
    match unsafe { fast_path::release_joined(record, index, block, size) } {
        Outcome::Done(_) => freed(hold, block.wrapping_add(HEADER)),
        _ => free_slowly(hold.into_locked(), block + HEADER),
    }
}

/// The same, in another arena than that of the last call.
#[inline(never)]
fn free_in_other_arena<'call>(mut hold: impl Hold<'call>, data: usize) {
    let record = hold.record();
    let outcome = match fast_index_of(&mut hold) {
        Some(index) if index.arenas.make_recent(data) => fast_path::release(record, index, data),
        _ => Outcome::Slow,
    };
    match outcome {
        Outcome::Done(_) => freed(hold, data),
        // SAFETY: it was just said.
        Outcome::Joined(block, size) => unsafe { free_joined(hold, block, size) },
        _ => free_slowly(hold.into_locked(), data),
    }
}

#[inline(never)]
fn free_slowly(locked: Locked<'_>, data: usize) {
    let pool = locked.record().address();
    let line = |text: &mut Text, ()| add(text, format_args!("poolfree {pool:x} {data:x}\n"));
    run_locked(locked, "poolfree", |call| as_flags_ask(call, data, |call| call.release_for_program(data), line));
}
