//! A text for a person, where the standard error stream is.

use core::mem::MaybeUninit;
use core::ptr;

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
