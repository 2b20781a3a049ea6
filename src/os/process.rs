//! What belongs to the whole process.

use core::ffi::{CStr, c_void};
use core::mem::MaybeUninit;
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

/// Writes a text to stderr as well as it goes, in one write. Nobody may be listening there, or the file be as large as
/// files may be: then it is lost, and no signal ends the program for it.
pub fn write_to_stderr(text: &[u8]) {
    let mut signals = no_signals();
    for signal in [libc::SIGPIPE, libc::SIGXFSZ] {
        // SAFETY: a set that was made empty, and signals that there are.
        unsafe { libc::sigaddset(&raw mut signals, signal) };
    }
    let mut mask = no_signals();
    // SAFETY: two sets; the second is written. Who fails to block a signal is where it was without.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const signals, &raw mut mask) };
    let pending = pending_signals();
    // SAFETY: the pointer and the length are those of a slice.
    let has_failed = unsafe { libc::write(libc::STDERR_FILENO, text.as_ptr().cast(), text.len()) } < 0;
    if has_failed {
        take_new_signals(&signals, &pending);
    }
    // SAFETY: the set that the first call has written; none is asked for.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const mask, ptr::null_mut()) };
}

fn no_signals() -> libc::sigset_t {
    let mut signals = MaybeUninit::uninit();
    // SAFETY: the call initialises the set.
    unsafe { libc::sigemptyset(signals.as_mut_ptr()) };
    // SAFETY: as above; it cannot fail.
    unsafe { signals.assume_init() }
}

fn pending_signals() -> libc::sigset_t {
    let mut pending = no_signals();
    // SAFETY: a set that may be written.
    unsafe { libc::sigpending(&raw mut pending) };
    pending
}

/// Takes what of `signals` (blocked) has come since, so that it does not arrive when they are let through again.
fn take_new_signals(signals: &libc::sigset_t, pending_before: &libc::sigset_t) {
    let mut fresh = *signals;
    for signal in [libc::SIGPIPE, libc::SIGXFSZ] {
        // SAFETY: an initialised set.
        if unsafe { libc::sigismember(pending_before, signal) } == 1 {
            // SAFETY: as above.
            unsafe { libc::sigdelset(&raw mut fresh, signal) };
        }
    }
    let at_once = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: an initialised set and a time; nothing is wanted of the signal, if there is one.
    unsafe { libc::sigtimedwait(&raw const fresh, ptr::null_mut(), &raw const at_once) };
}

/// Ends the program with SIGABRT.
pub fn abort() -> ! {
    // SAFETY: abort has no preconditions.
    unsafe { libc::abort() }
}

/// True if the environment variable `name` is set to `value`.
pub fn environment_value_is(name: &CStr, value: &CStr) -> bool {
    // SAFETY: a terminated string. As with every getenv, the program must not change its environment meanwhile.
    let found = unsafe { libc::getenv(name.as_ptr()) };
    if found.is_null() {
        return false;
    }
    // SAFETY: getenv returned a terminated string.
    unsafe { CStr::from_ptr(found) == value }
}

/// A function of the program or of a library that it has loaded. NULL: there is none of this name.
pub fn find_symbol(name: &CStr) -> *mut c_void {
    // SAFETY: a terminated string.
    unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) }
}

/// Releases memory that the program allocated with malloc(). NULL is fine.
///
/// # Safety
///
/// `memory` is NULL or came from the C library's allocator, and nobody uses it any more.
pub unsafe fn free_foreign(memory: *mut c_void) {
    // SAFETY: the caller promises what free asks for.
    unsafe { libc::free(memory) };
}

/// So many bytes of zeroed memory from the system, in whole pages. None: there are none.
pub fn map_zeroed(bytes: usize) -> Option<NonNull<c_void>> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a new mapping at an address of the kernel's choice replaces nothing.
    let memory = unsafe { libc::mmap(ptr::null_mut(), bytes, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) };
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
