//! Pages of memory: how large they are, and whole ones from the system.

use core::ffi::c_void;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of a page of memory.
pub fn page_bytes() -> usize {
    static KNOWN: AtomicUsize = AtomicUsize::new(0);
    let known = KNOWN.load(Ordering::Relaxed);
    if known != 0 {
        return known;
    }
    // SAFETY: sysconf has no preconditions.
    let found = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096).max(1);
    KNOWN.store(found, Ordering::Relaxed);
    found
}

/// So many bytes of zeroed memory from the system, in whole pages. None: there are none.
pub fn map_zeroed(bytes: usize) -> Option<NonNull<c_void>> {
    map_zeroed_near(0, bytes)
}

/// The same, at an address if nothing is there yet; 0: anywhere.
pub(super) fn map_zeroed_near(wish: usize, bytes: usize) -> Option<NonNull<c_void>> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let place = ptr::without_provenance_mut(wish);
    // SAFETY: a new mapping at an address of the kernel's choice, whatever was wished for, replaces nothing.
    let memory = unsafe { libc::mmap(place, bytes, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) };
    if memory == libc::MAP_FAILED { None } else { NonNull::new(memory) }
}

/// Gives memory of [`map_zeroed`] back.
///
/// # Safety
///
/// `memory` came from `map_zeroed` with the same `bytes`, and nobody uses it any more.
pub unsafe fn unmap(memory: NonNull<c_void>, bytes: usize) {
    // SAFETY: as the caller promises.
    unsafe { libc::munmap(memory.as_ptr(), bytes) };
}
