//! The fast paths of `poolrealloc` and `poolmsize`, as in `fast_calls`.
#![forbid(unsafe_code)]

use core::ffi::{c_ulong, c_void};
use core::ptr;

use super::Text;
use super::call::Call;
use super::calls::{add, as_flags_ask, as_flags_ask_for_block, run_for_block, run_locked};
use super::fast_calls::{allocated, fast_index_of, freed, remember_sizes};
use super::fast_path::Outcome;
use super::fast_whole;
use super::hold::Hold;
use super::locked::Locked;
use super::numbers::{bytes, pointer, signed};
use super::pool_pointer::PoolPointer;
use crate::os::{self, Solitude, probes};

/// The work of `poolrealloc`.
#[inline]
pub fn resize(pool: PoolPointer<'_>, block: *mut c_void, n: c_ulong) -> *mut c_void {
    let data = block.expose_provenance();
    if !pool.record().says_it_is_of_system() {
        return resize_with_callbacks(pool, data, n);
    }
    match os::solitude() {
        Some(solitude) => resize_alone(pool, solitude, data, n),
        None => resize_among_threads(pool, data, n),
    }
}

/// The same of a pool that is locked by callbacks, if at all.
#[inline(never)]
fn resize_with_callbacks(pool: PoolPointer<'_>, data: usize, n: c_ulong) -> *mut c_void {
    resize_held(pool.lock_by_callback(), data, n)
}

/// The same of a system pool, in a process of one thread.
#[inline(never)]
fn resize_alone(pool: PoolPointer<'_>, solitude: Solitude, data: usize, n: c_ulong) -> *mut c_void {
    match pool.alone(solitude) {
        Ok(alone) => resize_held(alone, data, n),
        Err(pool) => resize_among_threads(pool, data, n),
    }
}

/// The same of one that has to be locked.
#[inline(never)]
fn resize_among_threads(pool: PoolPointer<'_>, data: usize, n: c_ulong) -> *mut c_void {
    match pool.favoured() {
        Ok(favoured) => resize_held(favoured, data, n),
        Err(pool) => resize_locked(pool.lock(), data, n),
    }
}

/// The same where the lock favours another thread, or none.
#[inline(never)]
fn resize_locked(locked: Locked<'_>, data: usize, n: c_ulong) -> *mut c_void {
    resize_held(locked, data, n)
}

#[inline(always)]
fn resize_held<'call>(mut hold: impl Hold<'call>, data: usize, n: c_ulong) -> *mut c_void {
    let record = hold.record();
    let Some(index) = fast_index_of(&mut hold) else { return resize_slowly(hold.into_locked(), data, n) };
    let outcome = match (data, n) {
        (0, _) => return resize_from_nothing(hold, n),
        (_, 0) => return resize_to_nothing(hold, data),
        _ => fast_whole::resize(record, index, data, bytes(n)),
    };
    match outcome {
        Outcome::Done(new_data) => resized(hold, data, n, new_data),
        Outcome::OtherArena => resize_in_other_arena(hold.into_locked(), data, n),
        Outcome::Copied => resize_by_copying(hold, data, n),
        _ => resize_slowly(hold.into_locked(), data, n),
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
fn resize_from_nothing<'call>(mut hold: impl Hold<'call>, n: c_ulong) -> *mut c_void {
    let record = hold.record();
    let Some(index) = hold.index_in_pool() else { return resize_slowly(hold.into_locked(), 0, n) };
    match fast_whole::allocate_any(record, index, bytes(n)) {
        Outcome::Done(data) => allocated(hold, n, data),
        _ => resize_slowly(hold.into_locked(), 0, n),
    }
}

/// The same for no bytes.
fn resize_to_nothing<'call>(mut hold: impl Hold<'call>, data: usize) -> *mut c_void {
    let record = hold.record();
    let Some(index) = hold.index_in_pool() else { return resize_slowly(hold.into_locked(), data, 0) };
    match fast_whole::release_any(record, index, data) {
        Outcome::Done(_) => {
            freed(hold, data);
            ptr::null_mut()
        }
        _ => resize_slowly(hold.into_locked(), data, 0),
    }
}

/// The same for a block that is copied to a new one.
#[inline(never)]
fn resize_by_copying<'call>(mut hold: impl Hold<'call>, data: usize, n: c_ulong) -> *mut c_void {
    let record = hold.record();
    let Some(index) = hold.index_in_pool() else { return resize_slowly(hold.into_locked(), data, n) };
    let Outcome::Done(new_data) = fast_whole::copy_to_new(record, index, data, bytes(n)) else {
        return resize_slowly(hold.into_locked(), data, n);
    };
    match fast_whole::release_copied(record, index, data) {
        Outcome::Done(_) => resized(hold, data, n, new_data),
        _ => release_copied_slowly(hold.into_locked(), data, n, new_data),
    }
}

/// The end of the same where the old block is not as usual.
#[inline(never)]
fn release_copied_slowly(locked: Locked<'_>, data: usize, n: c_ulong, new_data: usize) -> *mut c_void {
    run_for_block(locked, "poolrealloc", |call| call.release_copied(data, bytes(n), new_data))
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

/// A block has another size.
#[inline(always)]
fn resized<'call>(hold: impl Hold<'call>, data: usize, n: c_ulong, new_data: usize) -> *mut c_void {
    probes::pool_resize(hold.record().address(), data, bytes(n), new_data);
    hold.let_go();
    pointer(new_data)
}

/// The work of `poolmsize`.
#[inline]
pub fn usable_size(pool: PoolPointer<'_>, block: *mut c_void) -> c_ulong {
    let data = block.expose_provenance();
    if !pool.record().says_it_is_of_system() {
        return usable_size_locked(pool.lock_by_callback(), data);
    }
    match os::solitude() {
        Some(solitude) => usable_size_alone(pool, solitude, data),
        None => usable_size_among_threads(pool, data),
    }
}

/// The same of a system pool, in a process of one thread.
#[inline(never)]
fn usable_size_alone(pool: PoolPointer<'_>, solitude: Solitude, data: usize) -> c_ulong {
    match pool.alone(solitude) {
        Ok(alone) => usable_size_held(alone, data),
        Err(pool) => usable_size_among_threads(pool, data),
    }
}

/// The same of one that has to be locked.
#[inline(never)]
fn usable_size_among_threads(pool: PoolPointer<'_>, data: usize) -> c_ulong {
    match pool.favoured() {
        Ok(favoured) => usable_size_held(favoured, data),
        Err(pool) => usable_size_locked(pool.lock(), data),
    }
}

/// The same of one that is locked, by whatever.
#[inline(never)]
fn usable_size_locked(locked: Locked<'_>, data: usize) -> c_ulong {
    usable_size_held(locked, data)
}

#[inline(always)]
fn usable_size_held<'call>(mut hold: impl Hold<'call>, data: usize) -> c_ulong {
    let record = hold.record();
    let Some(index) = fast_index_of(&mut hold) else { return usable_size_slowly(hold.into_locked(), data) };
    match fast_whole::use_all(record, index, data) {
        Outcome::Done(size) => {
            hold.let_go();
            long(size)
        }
        _ => usable_size_slowly(hold.into_locked(), data),
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
