//! The library's one lock: a mutex of the C library, because there is none in `core`.
//!
//! Everything that is behind a lock shares it: each holder takes a few steps, and none waits for another. fork() is
//! made with the lock held, so that in the child nobody has it who is not there any more, and what is behind it is whole.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::thread;
use super::token::forget_process_token;

struct Mutex(UnsafeCell<libc::pthread_mutex_t>);

// SAFETY: it is there to be used by all threads.
unsafe impl Sync for Mutex {}

static MUTEX: Mutex = Mutex(UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER));

/// The thread that holds the mutex because it forks; 0 for none.
static FORKING: AtomicUsize = AtomicUsize::new(0);

/// True if fork() asks for the mutex.
static IS_KNOWN_TO_FORK: AtomicBool = AtomicBool::new(false);

fn take() {
    // SAFETY: a static mutex, initialised, never moved and never destroyed.
    let failed = unsafe { libc::pthread_mutex_lock(MUTEX.0.get()) };
    assert!(failed == 0, "invariant O1: a lock can be taken");
}

fn give_back() {
    // SAFETY: as above; this thread has taken it.
    let failed = unsafe { libc::pthread_mutex_unlock(MUTEX.0.get()) };
    assert!(failed == 0, "invariant O1: a lock can be given back");
}

/// Before the first use. Several threads may come here at once, and each do it: the functions may run more than once for
/// one fork(). Nobody waits here, because a child might wait for ever.
#[cold]
pub(super) fn make_known_to_fork() {
    if IS_KNOWN_TO_FORK.load(Ordering::Acquire) {
        return;
    }
    // SAFETY: functions without arguments that live as long as the library. Where it can be unloaded, the C library forgets
    // them then.
    let failed = unsafe { libc::pthread_atfork(Some(before_fork), Some(after_fork), Some(in_child)) } != 0;
    IS_KNOWN_TO_FORK.store(!failed, Ordering::Release);
}

/// True if this thread holds the mutex because it forks. Only this thread makes that true, and false again.
fn is_forking() -> bool {
    FORKING.load(Ordering::Relaxed) == thread::address()
}

unsafe extern "C" fn before_fork() {
    if !is_forking() {
        take();
        FORKING.store(thread::address(), Ordering::Relaxed);
    }
}

unsafe extern "C" fn in_child() {
    forget_process_token();
    // SAFETY: it has no preconditions.
    unsafe { after_fork() };
}

/// In the parent, and in the child.
unsafe extern "C" fn after_fork() {
    if is_forking() {
        FORKING.store(0, Ordering::Relaxed);
        give_back();
    }
}

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
        if !IS_KNOWN_TO_FORK.load(Ordering::Acquire) {
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
