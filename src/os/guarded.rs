//! Memory of the library's own between two pages that nobody can use.
//!
//! The system puts mappings side by side. A program that writes beyond the end of its own memory then faults where it
//! does so, and does not change what the library keeps.
//!
//! ```text
//!   ... the program's | no access | memory, zeroed | no access | the program's ...
//! ```

use core::ffi::c_void;
use core::ptr::{self, NonNull};

use super::page_bytes;

/// So many bytes of zeroed memory from the system, at the start of a page. None: there are none.
pub fn map_guarded(bytes: usize) -> Option<NonNull<c_void>> {
    let page = page_bytes();
    let inner = bytes.checked_next_multiple_of(page)?;
    let whole = inner.checked_add(2 * page)?;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a new mapping at an address of the kernel's choice replaces nothing.
    let start = unsafe { libc::mmap(ptr::null_mut(), whole, libc::PROT_NONE, flags, -1, 0) };
    if start == libc::MAP_FAILED {
        return None;
    }
    let memory = start.wrapping_byte_add(page);
    // SAFETY: whole pages of what has just been mapped, which nobody else knows.
    if unsafe { libc::mprotect(memory, inner, libc::PROT_READ | libc::PROT_WRITE) } != 0 {
        // SAFETY: as above.
        unsafe { libc::munmap(start, whole) };
        return None;
    }
    NonNull::new(memory)
}

/// Gives memory of [`map_guarded`] back.
///
/// # Safety
///
/// `memory` came from `map_guarded` with the same `bytes`, and nobody uses it any more.
pub unsafe fn unmap_guarded(memory: NonNull<c_void>, bytes: usize) {
    let page = page_bytes();
    let start = memory.as_ptr().wrapping_byte_sub(page);
    // SAFETY: as the caller promises, this is the start and the size of a mapping of map_guarded.
    unsafe { libc::munmap(start, bytes.next_multiple_of(page) + 2 * page) };
}
