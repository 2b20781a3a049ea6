//! Pools over memory of the system's, which need nothing of the program: the callbacks, and how such a pool begins and ends.
//!
//! ```text
//!   alloc, free     mmap and munmap; arenas.rs joins arenas that touch, growing.rs says how large they are
//!   lock, unlock    a lock in memory of the library's own; its number stands in `private`, 0 until the pool is locked first
//!   print, panic    nil: stderr
//! ```
//!
//! A lock belongs to the address of its pool. So what is no number of this pool's lock is noticed, and fork() reads no memory
//! of the program's.
#![allow(unsafe_code, reason = "memory of the system's becomes arenas and a Pool, and is given back")]

use core::ffi::{c_char, c_ulong, c_void};
use core::ptr::{self, NonNull};
use core::sync::atomic::Ordering;

use super::Text;
use super::calls;
use super::error::{self, Reason};
use super::index_memory;
use super::numbers::bytes;
use super::pool_pointer::{PoolPointer, Record};
use super::record::{POOL_FRESH, POOL_SYSTEM, Pool};
use crate::limits::FIRST_ARENA_BYTES;
use crate::os::{self, Errno};

/// Stands beside the address of the pool that owns a lock: its Pool is memory of the library's own.
const IS_MADE: usize = 1;
/// The size that most pools have.
const QUANTUM: c_ulong = 32;

/// A new arena; NULL: errno says why there is none.
pub fn map_arena(n: c_ulong) -> *mut c_void {
    os::map_zeroed(bytes(n)).map_or(ptr::null_mut(), NonNull::as_ptr)
}

/// Gives back an arena, or several that touch.
///
/// # Safety
///
/// `map_arena` has returned all of it, and nobody uses it any more.
pub unsafe fn unmap_arena(arena: *mut c_void, n: c_ulong) {
    if let Some(arena) = NonNull::new(arena) {
        // SAFETY: as the caller promises; that these are several mappings is nothing to the system.
        unsafe { os::unmap(arena, bytes(n)) };
    }
}

/// Locks a pool. A thread that has locked it may do so again.
#[inline]
pub fn lock(pool: &PoolPointer<'_>) {
    let record = pool.record();
    match lock_of(record) {
        Some(lock) => lock.take(),
        None => lock_first(record),
    }
}

/// The other half.
#[inline]
pub fn unlock(pool: &PoolPointer<'_>) {
    if let Some(lock) = lock_of(pool.record()) {
        lock.give_back();
    }
}

/// The lock whose number stands in a pool. None: none does, or it is not this pool's.
#[inline]
fn lock_of(record: Record<'_>) -> Option<&'static os::RecursiveLock> {
    let number = record.private().load(Ordering::Acquire).checked_sub(1)?;
    let is_its = os::owner_of_lock(number) & !IS_MADE == record.address() || number == os::COMMON_LOCK;
    if is_its { os::numbered_lock(number) } else { None }
}

/// Gives the pool a lock, unless another thread has done so meanwhile, and takes it.
#[cold]
fn lock_first(record: Record<'_>) {
    if record.private().load(Ordering::Acquire) == 0 {
        give_lock(record);
    }
    match lock_of(record) {
        Some(lock) => lock.take(),
        None => private_was_changed(record),
    }
}

fn give_lock(record: Record<'_>) {
    let claimed = os::claim_lock(record.address());
    let stands = claimed.unwrap_or(os::COMMON_LOCK) + 1;
    let given = record.private().compare_exchange(0, stands, Ordering::AcqRel, Ordering::Acquire);
    if let (Err(_), Some(number)) = (given, claimed) {
        // Another thread was first.
        os::release_lock(number);
    }
}

#[cold]
fn private_was_changed(record: Record<'_>) -> ! {
    let mut text = Text::of(format_args!("pool panic: bad private: pool "));
    text.add_bytes(|room| record.copy_name(room));
    text.add(format_args!(", {:x} was copied, or its lock was written over", record.address()));
    os::write_to_stderr(text.ended_by(b'\n'));
    os::abort();
}

/// The work of `poolsystem`.
pub fn make(name: *const c_char) -> *mut Pool {
    let errno = Errno::last();
    let made = os::map_guarded(size_of::<Pool>()).map(NonNull::cast::<Pool>);
    let Some(place) = made else { return no_record(errno) };
    let address = place.as_ptr().expose_provenance();
    let Some(number) = os::claim_lock(address | IS_MADE) else {
        // SAFETY: mapped above, and nobody knows it.
        unsafe { os::unmap_guarded(place.cast(), size_of::<Pool>()) };
        return no_record(errno);
    };
    // SAFETY: memory for a Pool, which nobody knows yet.
    unsafe { place.write(new_pool(name, ptr::without_provenance_mut(number + 1))) };
    // SAFETY: as above.
    if let Some(pool) = unsafe { PoolPointer::from_c(place.as_ptr()) } {
        index_memory::is_own(pool.record());
    }
    place.as_ptr()
}

#[cold]
fn no_record(errno: Errno) -> *mut Pool {
    errno.set();
    error::remember(Reason::NoRecord);
    ptr::null_mut()
}

/// What `POOL_SYSTEM_INIT` in pool.h says, with a lock.
fn new_pool(name: *const c_char, private: *mut c_void) -> Pool {
    Pool {
        name,
        maxsize: usize::MAX,
        cursize: 0,
        curfree: 0,
        curalloc: 0,
        minarena: c_ulong::try_from(FIRST_ARENA_BYTES).unwrap_or(0) - QUANTUM,
        quantum: QUANTUM,
        minblock: 0,
        freeroot: ptr::null_mut(),
        arenalist: ptr::null_mut(),
        alloc: Some(called_alloc),
        merge: None,
        r#move: None,
        free: Some(called_free),
        flags: POOL_FRESH | POOL_SYSTEM,
        nfree: 0,
        lastcompact: 0,
        lock: Some(called_lock),
        unlock: Some(called_unlock),
        print: None,
        panic: None,
        logstack: None,
        private,
    }
}

unsafe extern "C" fn called_alloc(n: c_ulong) -> *mut c_void {
    map_arena(n)
}

unsafe extern "C" fn called_free(arena: *mut c_void, n: c_ulong) {
    // SAFETY: a pool gives to its `free` what its `alloc` has returned.
    unsafe { unmap_arena(arena, n) };
}

unsafe extern "C" fn called_lock(pool: *mut Pool) {
    // SAFETY: a pool passes itself.
    if let Some(pool) = unsafe { PoolPointer::from_c(pool) } {
        lock(&pool);
    }
}

unsafe extern "C" fn called_unlock(pool: *mut Pool) {
    // SAFETY: a pool passes itself.
    if let Some(pool) = unsafe { PoolPointer::from_c(pool) } {
        unlock(&pool);
    }
}

/// The work of `pooldestroy`.
pub fn destroy(pool: PoolPointer<'_>) {
    let record = pool.record();
    if !calls::empty(pool, "pooldestroy", false) {
        return;
    }
    // What stands in another pool's `private` is the program's: no lock has its address for an owner.
    let Some(number) = record.private().load(Ordering::Acquire).checked_sub(1) else { return };
    let owner = os::owner_of_lock(number);
    if owner & !IS_MADE != record.address() {
        return;
    }
    record.private().store(0, Ordering::Release);
    os::release_lock(number);
    if owner & IS_MADE != 0 {
        if let Some(place) = NonNull::new(record.as_ptr()) {
            // SAFETY: `make` mapped it for a Pool, as the owner of the lock says, and the program gives it back.
            unsafe { os::unmap_guarded(place.cast(), size_of::<Pool>()) };
        }
    }
}
