//! A mutex of the C library, because there is none in `core`: the one that nearly all is behind, and who has it during a
//! fork().

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::thread;

/// A mutex for a static.
pub(super) struct Mutex(UnsafeCell<libc::pthread_mutex_t>);

// SAFETY: it is there to be used by all threads.
unsafe impl Sync for Mutex {}

impl Mutex {
    pub(super) const fn new() -> Mutex {
        Mutex(UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER))
    }

    pub(super) fn take(&'static self) {
        // SAFETY: a static mutex, initialised, never moved and never destroyed.
        let failed = unsafe { libc::pthread_mutex_lock(self.0.get()) };
        assert!(failed == 0, "invariant O1: a lock can be taken");
    }

    pub(super) fn give_back(&'static self) {
        // SAFETY: as above; this thread has taken it.
        let failed = unsafe { libc::pthread_mutex_unlock(self.0.get()) };
        assert!(failed == 0, "invariant O7: a lock can be given back");
    }
}

static MUTEX: Mutex = Mutex::new();

/// The thread that holds the mutex because it forks; 0 for none.
static FORKING: AtomicUsize = AtomicUsize::new(0);

pub(super) fn take() {
    MUTEX.take();
}

pub(super) fn give_back() {
    MUTEX.give_back();
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
