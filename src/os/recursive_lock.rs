//! A lock that is nothing but a few words, and that the thread which has it may take again.
//!
//! ```text
//!   word   0: nobody has it    1: a thread has it    2: and others sleep until it is free
//! ```

use core::ffi::c_int;
use core::hint::spin_loop;
use core::ptr;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use super::questions::keeping_errno;
use super::thread;
use crate::limits::{LOCK_SPINS, LOCK_YIELDS_FOR_FORK};

const FREE: u32 = 0;
const TAKEN: u32 = 1;
const AWAITED: u32 = 2;

/// All zero is a lock that nobody has.
pub struct RecursiveLock {
    word: AtomicU32,
    /// How many times more the thread has taken it.
    more: AtomicU32,
    /// The thread that has it; 0: none.
    thread: AtomicUsize,
}

impl RecursiveLock {
    pub(super) const fn new() -> RecursiveLock {
        RecursiveLock { word: AtomicU32::new(FREE), more: AtomicU32::new(0), thread: AtomicUsize::new(0) }
    }

    /// Takes it at once, where there surely is no other thread. False: nothing was done.
    ///
    /// Nothing must be done in one step then, which takes longer than all the rest of a lock. A thread that comes later
    /// finds the lock as it was left.
    #[inline(always)]
    pub fn take_alone(&self) -> bool {
        let is_free = thread::is_alone() && self.word.load(Ordering::Relaxed) == FREE;
        if is_free {
            self.word.store(TAKEN, Ordering::Relaxed);
            self.thread.store(thread::pointer(), Ordering::Relaxed);
        }
        is_free
    }

    /// Gives it back at once, where there surely is no other thread, and it was taken once. False: nothing was done.
    #[inline(always)]
    pub fn give_back_alone(&self) -> bool {
        let is_last = thread::is_alone() && self.more.load(Ordering::Relaxed) == 0;
        if is_last {
            self.thread.store(0, Ordering::Relaxed);
            self.word.store(FREE, Ordering::Relaxed);
        }
        is_last
    }

    /// Takes it, and waits as long as another thread has it.
    #[inline]
    pub fn take(&self) {
        let this = thread::pointer();
        if !self.is_taken_at_once() {
            // Only this thread writes its own address there.
            if self.thread.load(Ordering::Relaxed) == this {
                return self.take_again();
            }
            self.wait();
        }
        self.thread.store(this, Ordering::Relaxed);
    }

    /// Gives it back as often as it was taken.
    #[inline]
    pub fn give_back(&self) {
        let more = self.more.load(Ordering::Relaxed);
        if more != 0 {
            return self.more.store(more - 1, Ordering::Relaxed);
        }
        self.thread.store(0, Ordering::Relaxed);
        if self.word.swap(FREE, Ordering::Release) == AWAITED {
            self.wake_one();
        }
    }

    #[cold]
    fn take_again(&self) {
        // Nobody else writes it.
        self.more.store(self.more.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    #[inline]
    fn is_taken_at_once(&self) -> bool {
        self.word.compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    #[cold]
    #[inline(never)]
    fn wait(&self) {
        for _ in 0..LOCK_SPINS {
            if self.word.load(Ordering::Relaxed) == FREE && self.is_taken_at_once() {
                return;
            }
            spin_loop();
        }
        // Whoever has slept does not know whether others still do, and says so when it has the lock.
        keeping_errno(|| {
            while self.word.swap(AWAITED, Ordering::Acquire) != FREE {
                // SAFETY: the word is there as long as this runs; the system compares it, and wakes this thread.
                unsafe { libc::syscall(libc::SYS_futex, self.word.as_ptr(), WAIT, AWAITED, NO_TIME) };
            }
        });
    }

    #[cold]
    #[inline(never)]
    fn wake_one(&self) {
        // SAFETY: the address is only a name here.
        keeping_errno(|| unsafe { libc::syscall(libc::SYS_futex, self.word.as_ptr(), WAKE, 1) });
    }

    /// Takes it as a thread does that holds other locks: false if it does not come free soon.
    pub(super) fn take_soon(&self) -> bool {
        let this = thread::pointer();
        if self.thread.load(Ordering::Relaxed) == this {
            self.take_again();
            return true;
        }
        for _ in 0..LOCK_YIELDS_FOR_FORK {
            if self.is_taken_at_once() {
                self.thread.store(this, Ordering::Relaxed);
                return true;
            }
            // SAFETY: the call has no preconditions, and always succeeds.
            unsafe { libc::sched_yield() };
        }
        false
    }
}

const WAIT: c_int = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
const WAKE: c_int = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
/// Without an end.
const NO_TIME: *const libc::timespec = ptr::null();

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use core::cell::UnsafeCell;

    struct Counter(RecursiveLock, UnsafeCell<u64>);

    // SAFETY: the count is reached with the lock held.
    unsafe impl Sync for Counter {}

    #[test]
    fn one_thread_at_a_time_has_it() {
        const THREADS: u64 = 8;
        const ROUNDS: u64 = 20_000;
        static COUNTER: Counter = Counter(RecursiveLock::new(), UnsafeCell::new(0));
        let count = |_| {
            std::thread::spawn(|| {
                for _ in 0..ROUNDS {
                    COUNTER.0.take();
                    COUNTER.0.take();
                    // SAFETY: the lock is held.
                    unsafe { *COUNTER.1.get() += 1 };
                    COUNTER.0.give_back();
                    // SAFETY: it still is.
                    unsafe { *COUNTER.1.get() += 1 };
                    COUNTER.0.give_back();
                }
            })
        };
        for thread in (0..THREADS).map(count).collect::<std::vec::Vec<_>>() {
            thread.join().unwrap();
        }
        // SAFETY: all threads have ended.
        assert_eq!(unsafe { *COUNTER.1.get() }, 2 * THREADS * ROUNDS);
    }

    #[test]
    fn another_thread_does_not_get_it_soon() {
        static LOCK: RecursiveLock = RecursiveLock::new();
        LOCK.take();
        assert!(!std::thread::spawn(|| LOCK.take_soon()).join().unwrap());
        assert!(LOCK.take_soon());
        LOCK.give_back();
        assert!(!std::thread::spawn(|| LOCK.take_soon()).join().unwrap());
        LOCK.give_back();
        assert!(std::thread::spawn(|| LOCK.take_soon()).join().unwrap());
    }
}
