//! The error number of the C library.

use core::ffi::{CStr, c_char, c_int};
use core::fmt;

/// The number of a failed call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Errno(pub c_int);

impl Errno {
    /// No failure.
    pub const NONE: Errno = Errno(0);
    /// No memory.
    pub const NO_MEMORY: Errno = Errno(libc::ENOMEM);
    /// A bad argument.
    pub const INVALID: Errno = Errno(libc::EINVAL);
    /// A number that does not fit.
    pub const OVERFLOW: Errno = Errno(libc::EOVERFLOW);
    /// Out of descriptors.
    pub const NO_DESCRIPTORS: Errno = Errno(libc::EMFILE);
    /// A descriptor that is not open, or not ours.
    pub const BAD_DESCRIPTOR: Errno = Errno(libc::EBADF);
    /// A file beyond the size that the program's files may have.
    pub const FILE_TOO_LARGE: Errno = Errno(libc::EFBIG);
    /// A path beyond what there is room for.
    pub const NAME_TOO_LONG: Errno = Errno(libc::ENAMETOOLONG);
    /// No such process or thread.
    pub const NO_SUCH_PROCESS: Errno = Errno(libc::ESRCH);
    /// Interrupted by a signal.
    pub const INTERRUPTED: Errno = Errno(libc::EINTR);

    /// True if it says that there are no more of something, which another way to the same thing would need as well.
    pub fn is_shortage(self) -> bool {
        matches!(self, Errno::NO_MEMORY | Errno::NO_DESCRIPTORS | Errno(libc::ENFILE))
    }

    /// What the last failed call left.
    pub fn last() -> Errno {
        // SAFETY: the C library returns a valid pointer to this thread's errno.
        let location = unsafe { libc::__errno_location() };
        // SAFETY: as above; only this thread reads and writes it.
        Errno(unsafe { *location })
    }

    /// Makes this the number that the program sees.
    pub fn set(self) {
        // SAFETY: the C library returns a valid pointer to this thread's errno.
        let location = unsafe { libc::__errno_location() };
        // SAFETY: as above; only this thread reads and writes it.
        unsafe { *location = self.0 };
    }
}

/// The C library's text and the number, as in "Too many open files (errno 24)".
impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text: [c_char; 128] = [0; 128];
        // SAFETY: the buffer is as long as said; the XSI function writes a terminated string into it, or fails.
        let failed = unsafe { libc::strerror_r(self.0, text.as_mut_ptr(), text.len()) } != 0;
        if !failed {
            // SAFETY: the buffer was zeroed and strerror_r terminates what it writes, so a NUL lies inside.
            let text = unsafe { CStr::from_ptr(text.as_ptr()) };
            write!(f, "{} ", text.to_str().unwrap_or("error"))?;
        }
        write!(f, "(errno {})", self.0)
    }
}

impl fmt::Debug for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "errno {}", self.0)
    }
}
