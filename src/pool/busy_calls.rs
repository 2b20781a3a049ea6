//! The three calls that programs make most: a short way for nearly all of them, the long way for the rest.
//!
//! The short ways end in the function that begins them, or in another that takes nothing but what is in registers.
#![forbid(unsafe_code)]

use core::ffi::{c_ulong, c_void};
use core::ptr;

use super::Text;
use super::calls::{add, as_flags_ask, bytes, pointer, run_for_block, run_locked, signed};
use super::index::Index;
use super::layout::HEADER;
use super::raw_memory::{self as memory, PoolPointer};
use super::record::{POOL_ANTAGONISM, POOL_LOGGING, POOL_NOREUSE, POOL_PARANOIA, POOL_VERBOSITY};
use super::short::{self, Way};

/// Flags that take the long way.
const WATCHED: i32 = POOL_ANTAGONISM | POOL_PARANOIA | POOL_VERBOSITY | POOL_LOGGING | POOL_NOREUSE;

/// The work of `poolalloc`.
#[inline]
pub fn alloc(pool: PoolPointer, n: c_ulong) -> *mut c_void {
    pool.lock();
    let Some(index) = short_index_of(pool) else { return alloc_long(pool, n) };
    match short::allocate(pool, index, bytes(n)) {
        Way::Done(data) => unlocked(pool, data),
        Way::Listed(needed) => alloc_listed(pool, n, needed),
        Way::Cut(block, size, needed) => alloc_cut(pool, n, block, size, needed),
        _ => alloc_long(pool, n),
    }
}

/// The same from any list. The pool is locked.
#[inline(never)]
fn alloc_listed(pool: PoolPointer, n: c_ulong, needed: usize) -> *mut c_void {
    let Some(index) = memory::index_of::<Index>(pool) else { return alloc_long(pool, n) };
    match short::allocate_listed(pool, index, bytes(n), needed) {
        Way::Done(data) => unlocked(pool, data),
        _ => alloc_long(pool, n),
    }
}

/// The same from the front of a block that has been taken out of the index. The pool is locked.
#[inline(never)]
fn alloc_cut(pool: PoolPointer, n: c_ulong, block: usize, size: usize, needed: usize) -> *mut c_void {
    let Some(index) = memory::index_of::<Index>(pool) else { return ptr::null_mut() };
    unlocked(pool, short::allocate_cut(pool, index, (block, size), needed, bytes(n)))
}

/// The index, if the pool has one and no flag that asks for more than the short ways do.
#[inline(always)]
fn short_index_of<'call>(pool: PoolPointer) -> Option<&'call mut Index> {
    let index = memory::index_of::<Index>(pool)?;
    (pool.flags() & WATCHED == 0).then_some(index)
}

#[inline(always)]
fn unlocked(pool: PoolPointer, data: usize) -> *mut c_void {
    pool.unlock();
    pointer(data)
}

#[inline(never)]
fn alloc_long(pool: PoolPointer, n: c_ulong) -> *mut c_void {
    if let Some(index) = memory::index_of::<Index>(pool) {
        index.remember_sizes(bytes(pool.quantum_long()), bytes(pool.minblock_long()));
    }
    let line = |text: &mut Text, data| add(text, format_args!("poolalloc {:x} {n} = {data:x}\n", pool.address()));
    run_for_block(pool, "poolalloc", |heap| as_flags_ask(heap, |heap| heap.allocate_for_program(bytes(n)), line))
}

/// The work of `poolfree`.
#[inline]
pub fn free(pool: PoolPointer, block: *mut c_void) {
    let data = block.expose_provenance();
    pool.lock();
    let Some(index) = short_index_of(pool) else { return free_long(pool, data) };
    match short::release(pool, index, data) {
        Way::Done(_) => pool.unlock(),
        Way::Joined(block, size) => free_joined(pool, block, size),
        Way::Elsewhere => free_elsewhere(pool, data),
        _ => free_long(pool, data),
    }
}

/// The same, joining a block that has been checked with what is free beside it. The pool is locked.
#[inline(never)]
fn free_joined(pool: PoolPointer, block: usize, size: usize) {
    let Some(index) = memory::index_of::<Index>(pool) else { return };
    match short::release_joined(pool, index, block, size) {
        Way::Done(_) => pool.unlock(),
        _ => free_long(pool, block + HEADER),
    }
}

/// The same, in another arena than that of the last call. The pool is locked.
#[inline(never)]
fn free_elsewhere(pool: PoolPointer, data: usize) {
    let way = match short_index_of(pool) {
        Some(index) if index.arenas.make_recent(data) => short::release(pool, index, data),
        _ => Way::Long,
    };
    match way {
        Way::Done(_) => pool.unlock(),
        Way::Joined(block, size) => free_joined(pool, block, size),
        _ => free_long(pool, data),
    }
}

#[inline(never)]
fn free_long(pool: PoolPointer, data: usize) {
    let line = |text: &mut Text, ()| add(text, format_args!("poolfree {:x} {data:x}\n", pool.address()));
    run_locked(pool, "poolfree", |heap| as_flags_ask(heap, |heap| heap.release_for_program(data), line));
}

/// The work of `poolrealloc`.
#[inline]
pub fn resize(pool: PoolPointer, block: *mut c_void, n: c_ulong) -> *mut c_void {
    let data = block.expose_provenance();
    pool.lock();
    let Some(index) = short_index_of(pool) else { return resize_long(pool, data, n) };
    match short::resize(pool, index, data, bytes(n)) {
        Way::Done(data) => unlocked(pool, data),
        Way::Elsewhere => resize_elsewhere(pool, data, n),
        _ => resize_long(pool, data, n),
    }
}

/// The same, in another arena than that of the last call. The pool is locked.
#[inline(never)]
fn resize_elsewhere(pool: PoolPointer, data: usize, n: c_ulong) -> *mut c_void {
    let way = match short_index_of(pool) {
        Some(index) if index.arenas.make_recent(data) => short::resize(pool, index, data, bytes(n)),
        _ => Way::Long,
    };
    match way {
        Way::Done(data) => unlocked(pool, data),
        _ => resize_long(pool, data, n),
    }
}

#[inline(never)]
fn resize_long(pool: PoolPointer, data: usize, n: c_ulong) -> *mut c_void {
    let line = |text: &mut Text, new_data| {
        let (pool, wanted) = (pool.address(), signed(bytes(n)));
        add(text, format_args!("poolrealloc {pool:x} {data:x} {wanted} = {new_data:x}\n"));
    };
    run_for_block(pool, "poolrealloc", |heap| as_flags_ask(heap, |heap| heap.resize_for_program(data, bytes(n)), line))
}
