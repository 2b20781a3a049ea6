//! The library's one lock, and locks for those who must hold one for longer.
//!
//! Everything of the library's own that is behind a lock shares the one: each holder takes a few steps, and none waits for
//! another. fork() is made with all of them held, so that in the child nobody has one who is not there any more, and what
//! is behind it is whole.

use core::cell::UnsafeCell;

use super::fork::{is_known_to_fork, make_known_to_fork};
use super::mutex::{give_back, is_forking, take};
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

/// The number of a lock for an owner, an address, until it is released. None: there is no memory for one.
#[cold]
pub fn claim_lock(owner: usize) -> Option<usize> {
    make_known_to_fork();
    numbered_locks::claim(owner)
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;

    /// A malloc() may be made of a pool whose lock is claimed then, and is called with the mutex held.
    #[test]
    fn a_lock_is_claimed_while_the_mutex_is_held() {
        static MUTEX: Lock<()> = Lock::new(());
        let number = MUTEX.with(|()| claim_lock(5));
        assert!(number.is_some());
        MUTEX.with(|()| number.map(numbered_locks::release_lock));
    }
}
