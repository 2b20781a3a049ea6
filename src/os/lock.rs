//! The library's one lock, and locks for whoever must hold one for longer.
//!
//! Everything of the library's own that is behind a lock shares the one: each holder takes a few steps, and none waits for
//! another. fork() is made with all of them held, so that in the child nobody has one who is not there any more, and what
//! is behind it is whole.

use core::cell::UnsafeCell;

use super::fork::{is_known_to_fork, make_known_to_fork};
use super::mutex;
use super::numbered_locks;

/// A value that one thread uses at a time.
pub struct Lock<T> {
    value: UnsafeCell<T>,
}

// SAFETY: the mutex lets one thread at a time reach the value, which may move between threads.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    /// A value that nobody uses.
    pub const fn new(value: T) -> Lock<T> {
        Lock { value: UnsafeCell::new(value) }
    }

    /// Runs `work` with the value. `work` takes no lock, this one or another, and calls nothing of the program's.
    pub fn with<R>(&'static self, work: impl FnOnce(&mut T) -> R) -> R {
        if !is_known_to_fork() {
            make_known_to_fork();
        }
        // SAFETY: the mutex is held, so no other reference to the value exists.
        mutex::holding(|| work(unsafe { &mut *self.value.get() }))
    }
}

/// The number of a lock for an owner, an address, which is free again after [`numbered_locks::release`]. None: there is no
/// memory for one.
#[cold]
pub fn claim_lock(owner: usize) -> Option<usize> {
    make_known_to_fork();
    numbered_locks::claim(owner)
}
