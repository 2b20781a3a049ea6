//! The whole process: its end, and what it has loaded.

use core::ffi::{CStr, c_void};

/// Ends the program with SIGABRT.
pub fn abort() -> ! {
    // SAFETY: abort has no preconditions.
    unsafe { libc::abort() }
}

/// A function of the program or of a library that it has loaded. NULL: there is none of this name.
pub fn find_symbol(name: &CStr) -> *mut c_void {
    // SAFETY: a terminated string.
    unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }
}
