//! Memory that is the program's own, and is left to this library.

use core::ffi::c_void;

/// Releases memory that the program allocated with malloc(). NULL is fine.
///
/// # Safety
///
/// `memory` is NULL or came from the C library's allocator, and nobody uses it any more.
pub unsafe fn free_foreign(memory: *mut c_void) {
    // SAFETY: the caller promises what free asks for.
    unsafe { libc::free(memory) };
}
