//! Pools over memory of the system's, which need nothing of the program: the callbacks, and how such a pool begins and ends.
//!
//! ```text
//!   alloc, free     mmap and munmap; arenas.rs joins arenas that touch, growing.rs says how large they are, and where
//!   lock, unlock    system_lock.rs
//!   print, panic    nil: stderr
//! ```
#![allow(unsafe_code, reason = "memory of the system's becomes arenas and a Pool, and is given back")]

use core::ffi::{c_char, c_ulong, c_void};
use core::ptr::{self, NonNull};
use core::sync::atomic::Ordering;

use super::calls;
use super::error::{self, Reason};
use super::index_memory;
use super::numbers::bytes;
use super::pool_pointer::PoolPointer;
use super::record::{POOL_FRESH, POOL_SYSTEM, Pool};
use super::system_lock::{self, IS_MADE};
use crate::limits::FIRST_ARENA_BYTES;
use crate::os::{self, Errno};

/// The size that most pools have.
const QUANTUM: c_ulong = 32;

/// A new arena; NULL: errno says why there is none.
pub fn map_arena(n: c_ulong) -> *mut c_void {
    os::map_where_wished(bytes(n)).map_or(ptr::null_mut(), NonNull::as_ptr)
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

/// What C calls as `lock` and `unlock` of system pools: functions of the roof that call [`lock`] and [`unlock`], and do
/// nothing else.
#[derive(Clone, Copy)]
pub struct LockCallbacks {
    /// Stands in `lock`.
    pub lock: unsafe extern "C" fn(*mut Pool),
    /// Stands in `unlock`.
    pub unlock: unsafe extern "C" fn(*mut Pool),
}

/// Locks a pool. A thread that has locked it may do so again.
#[inline]
pub fn lock(pool: &PoolPointer<'_>, callbacks: LockCallbacks) {
    system_lock::remember_exported(callbacks.lock, callbacks.unlock);
    system_lock::take(pool.record());
}

/// The other half.
#[inline]
pub fn unlock(pool: &PoolPointer<'_>) {
    system_lock::give_back(pool.record());
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
        system_lock::keep_mark(pool.record(), number);
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
    system_lock::remember_own(called_lock, called_unlock);
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
        system_lock::take(pool.record());
    }
}

unsafe extern "C" fn called_unlock(pool: *mut Pool) {
    // SAFETY: a pool passes itself.
    if let Some(pool) = unsafe { PoolPointer::from_c(pool) } {
        system_lock::give_back(pool.record());
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
    let Some((_, owner)) = os::numbered_lock(number) else { return };
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
