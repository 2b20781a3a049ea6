//! What fork() does for this library: it is made with the mutex held, and a child gets a token of its own.

use core::sync::atomic::{AtomicBool, Ordering};

use super::{mutex, token_page};

/// True if fork() asks for the mutex.
static IS_KNOWN_TO_FORK: AtomicBool = AtomicBool::new(false);

/// True if `make_known_to_fork` has nothing left to do.
#[inline]
pub(super) fn is_known_to_fork() -> bool {
    IS_KNOWN_TO_FORK.load(Ordering::Acquire)
}

/// Before the first use. Several threads may come here at once, and each do it: the functions may run more than once for
/// one fork(). Nobody waits here, because a child might wait for ever.
#[cold]
pub(super) fn make_known_to_fork() {
    if is_known_to_fork() {
        return;
    }
    // SAFETY: functions without arguments that live as long as the library. Where it can be unloaded, the C library forgets
    // them then.
    let failed = unsafe { libc::pthread_atfork(Some(before_fork), Some(after_fork), Some(in_child)) } != 0;
    IS_KNOWN_TO_FORK.store(!failed, Ordering::Release);
}

unsafe extern "C" fn before_fork() {
    mutex::take_for_fork();
}

unsafe extern "C" fn in_child() {
    token_page::forget_token();
    mutex::give_back_after_fork();
}

unsafe extern "C" fn after_fork() {
    mutex::give_back_after_fork();
}
