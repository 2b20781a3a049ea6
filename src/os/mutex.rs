//! A mutex of the C library, because there is none in `core`: the only one, and who has it during a fork().

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::thread;

struct Mutex(UnsafeCell<libc::pthread_mutex_t>);

// SAFETY: it is there to be used by all threads.
unsafe impl Sync for Mutex {}

static MUTEX: Mutex = Mutex(UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER));

/// The thread that holds the mutex because it forks; 0 for none.
static FORKING: AtomicUsize = AtomicUsize::new(0);

pub(super) fn take() {
    // SAFETY: a static mutex, initialised, never moved and never destroyed.
    let failed = unsafe { libc::pthread_mutex_lock(MUTEX.0.get()) };
    assert!(failed == 0, "invariant O1: a lock can be taken");
}

pub(super) fn give_back() {
    // SAFETY: as above; this thread has taken it.
    let failed = unsafe { libc::pthread_mutex_unlock(MUTEX.0.get()) };
    assert!(failed == 0, "invariant O7: a lock can be given back");
}

/// True if this thread holds the mutex because it forks. Only this thread makes that true, and false again.
pub(super) fn is_forking() -> bool {
    FORKING.load(Ordering::Relaxed) == thread::address()
}

/// fork() begins in this thread.
pub(super) fn take_for_fork() {
    if !is_forking() {
        take();
        FORKING.store(thread::address(), Ordering::Relaxed);
    }
}

/// fork() ends: in the parent, and in the child.
pub(super) fn give_back_after_fork() {
    if is_forking() {
        FORKING.store(0, Ordering::Relaxed);
        give_back();
    }
}
