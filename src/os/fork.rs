//! What fork() does for this library: it is made with all locks held, and a child gets a token of its own.

use core::sync::atomic::{AtomicBool, Ordering};

use super::questions::keeping_errno;
use super::{mutex, numbered_locks, statistics_memory, token_page};

/// True if fork() asks for the locks.
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
    // The C library may want memory for this.
    let failed = keeping_errno(|| {
        // SAFETY: functions without arguments that live as long as the library. Where it can be unloaded, the C library
        // forgets them then.
        unsafe { libc::pthread_atfork(Some(before_fork), Some(after_fork), Some(in_child)) != 0 }
    });
    IS_KNOWN_TO_FORK.store(!failed, Ordering::Release);
}

/// A thread may have one lock and wait for another, in whatever order: so none is waited for with others in hand.
unsafe extern "C" fn before_fork() {
    while !mutex::is_forking() {
        mutex::take_for_fork();
        let Err(taken) = numbered_locks::take_all_for_fork() else { return statistics_memory::before_fork() };
        mutex::give_back_after_fork();
        taken.take();
        taken.give_back();
    }
}

unsafe extern "C" fn in_child() {
    token_page::forget_token();
    if mutex::is_forking() {
        statistics_memory::in_child();
        numbered_locks::forget_other_threads();
    }
    end_fork();
}

unsafe extern "C" fn after_fork() {
    end_fork();
}

fn end_fork() {
    if mutex::is_forking() {
        statistics_memory::after_fork();
        numbered_locks::give_back_after_fork();
        mutex::give_back_after_fork();
    }
}
