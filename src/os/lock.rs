//! The library's one lock.
//!
//! Everything that is behind a lock shares it: each holder takes a few steps, and none waits for another. fork() is
//! made with the lock held, so that in the child nobody has it who is not there any more, and what is behind it is whole.

use core::cell::UnsafeCell;

use super::fork::{is_known_to_fork, make_known_to_fork};
use super::mutex::{give_back, is_forking, take};

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
        // The program's own functions that run in fork() may call us; nothing of ours runs in this thread then.
        let is_taken_by_fork = is_forking();
        if !is_taken_by_fork {
            take();
        }
        // SAFETY: the mutex is held, so no other reference to the value exists.
        let result = work(unsafe { &mut *self.value.get() });
        if !is_taken_by_fork {
            give_back();
        }
        result
    }
}
