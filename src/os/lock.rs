//! A mutex of the C library: there is none in `core`.

use core::cell::UnsafeCell;

/// A value that one thread uses at a time.
pub struct Lock<T> {
    mutex: UnsafeCell<libc::pthread_mutex_t>,
    value: UnsafeCell<T>,
}

// SAFETY: the mutex lets one thread at a time reach the value, which may move between threads.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    /// An open lock. Only for statics: a locked mutex must not move.
    pub const fn new(value: T) -> Lock<T> {
        Lock { mutex: UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER), value: UnsafeCell::new(value) }
    }

    /// Runs `work` with the value. `work` calls nothing that takes this lock again, and nothing of the program's.
    pub fn with<R>(&'static self, work: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: a static mutex, initialised, never moved and never destroyed.
        let failed = unsafe { libc::pthread_mutex_lock(self.mutex.get()) };
        assert!(failed == 0, "invariant O1: a lock can be taken");
        // SAFETY: the mutex is held, so no other reference to the value exists.
        let result = work(unsafe { &mut *self.value.get() });
        // SAFETY: locked by this thread above.
        let failed = unsafe { libc::pthread_mutex_unlock(self.mutex.get()) };
        assert!(failed == 0, "invariant O1: a lock can be given back");
        result
    }
}
