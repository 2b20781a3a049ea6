//! Threads that count behind one lock, without atomic steps of their own.
use super::*;
use crate::os::thread::Thread;
use core::cell::UnsafeCell;

impl RecursiveLock {
    fn take_and_give_back(&self) {
        self.take();
        self.give_back();
    }
}

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

fn count(counter: &Counter) {
    counter.0.take();
    // SAFETY: the lock is held.
    unsafe { *counter.1.get() += 1 };
    counter.0.give_back();
}

/// It is the favourite, is sent away, and comes to be it again, while the other counts now and then.
#[test]
fn a_favourite_and_others_have_it_one_at_a_time() {
    const ROUNDS: u64 = 2_000_000;
    const ROUNDS_OF_OTHER: u64 = 2_000;
    static COUNTER: Counter = Counter(RecursiveLock::new(), UnsafeCell::new(0));
    (0..2 * LOCK_TURNS_UNTIL_FAVOUR).for_each(|_| count(&COUNTER));
    let is_favoured = COUNTER.0.favourite.load(Ordering::Relaxed) == thread::pointer();
    assert_eq!(is_favoured, process_barrier::can_order_all_threads());
    let other = std::thread::spawn(|| {
        for round in 0..ROUNDS_OF_OTHER {
            count(&COUNTER);
            for _ in 0..round % 5000 {
                spin_loop();
            }
        }
    });
    for _ in 0..ROUNDS {
        COUNTER.0.take();
        count(&COUNTER);
        COUNTER.0.give_back();
    }
    other.join().unwrap();
    // SAFETY: the other thread has ended.
    let counted = unsafe { *COUNTER.1.get() };
    assert_eq!(counted, u64::from(2 * LOCK_TURNS_UNTIL_FAVOUR) + ROUNDS + ROUNDS_OF_OTHER);
}

/// Without the barrier, two are inside at once with some of so many locks.
#[test]
fn each_favourite_is_sent_away_once() {
    const LOCKS: usize = 600;
    const COUNTS_OF_OTHER: u64 = 20;
    static COUNTERS: [Counter; LOCKS] = [const { Counter(RecursiveLock::new(), UnsafeCell::new(0)) }; LOCKS];
    static FAVOURED_LOCKS: AtomicUsize = AtomicUsize::new(0);
    static LEFT_LOCKS: AtomicUsize = AtomicUsize::new(0);
    let other = std::thread::spawn(|| {
        for (i, counter) in COUNTERS.iter().enumerate() {
            while FAVOURED_LOCKS.load(Ordering::Acquire) <= i {
                std::thread::yield_now();
            }
            (0..COUNTS_OF_OTHER).for_each(|_| count(counter));
            LEFT_LOCKS.store(i + 1, Ordering::Release);
        }
    });
    for (i, counter) in COUNTERS.iter().enumerate() {
        let mut counted = 0;
        while LEFT_LOCKS.load(Ordering::Acquire) <= i {
            count(counter);
            counted += 1;
            if counted == 2 * u64::from(LOCK_TURNS_UNTIL_FAVOUR) {
                FAVOURED_LOCKS.store(i + 1, Ordering::Release);
            }
        }
        // SAFETY: the other thread has left it.
        assert_eq!(unsafe { *counter.1.get() }, counted + COUNTS_OF_OTHER);
    }
    other.join().unwrap();
}

#[test]
fn a_favourite_that_is_inside_is_waited_for() {
    static LOCK: RecursiveLock = RecursiveLock::new();
    static IS_DONE: AtomicU32 = AtomicU32::new(0);
    for _ in 0..=2 * LOCK_TURNS_UNTIL_FAVOUR {
        LOCK.take();
        LOCK.give_back();
    }
    LOCK.take();
    let other = std::thread::spawn(|| {
        LOCK.take();
        let seen = IS_DONE.load(Ordering::Relaxed);
        LOCK.give_back();
        seen
    });
    std::thread::sleep(core::time::Duration::from_millis(20));
    LOCK.take();
    LOCK.give_back();
    IS_DONE.store(1, Ordering::Relaxed);
    LOCK.give_back();
    assert_eq!(other.join().unwrap(), 1);
}

#[test]
fn a_favourite_that_was_sent_away_waits() {
    static LOCK: RecursiveLock = RecursiveLock::new();
    static STEP: AtomicU32 = AtomicU32::new(0);
    for _ in 0..=2 * LOCK_TURNS_UNTIL_FAVOUR {
        LOCK.take();
        LOCK.give_back();
    }
    let other = std::thread::spawn(|| {
        LOCK.take();
        STEP.store(1, Ordering::Release);
        std::thread::sleep(core::time::Duration::from_millis(20));
        STEP.store(2, Ordering::Release);
        LOCK.give_back();
    });
    while STEP.load(Ordering::Acquire) == 0 {
        std::thread::yield_now();
    }
    LOCK.take();
    assert_eq!(STEP.load(Ordering::Acquire), 2);
    LOCK.give_back();
    other.join().unwrap();
}

/// Who does not get it soon has taken the word meanwhile, and leaves it free.
#[test]
fn a_favourite_that_stays_inside_keeps_it() {
    static LOCK: RecursiveLock = RecursiveLock::new();
    for _ in 0..=2 * LOCK_TURNS_UNTIL_FAVOUR {
        LOCK.take();
        LOCK.give_back();
    }
    LOCK.take();
    assert!(!std::thread::spawn(|| LOCK.take_soon()).join().unwrap());
    LOCK.give_back();
    assert!(LOCK.take_soon());
    LOCK.give_back();
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

/// How often a thread takes a lock, with no other between, until it is the favourite.
fn turns_until_favour(lock: &RecursiveLock) -> u32 {
    for turn in 0..2 * LOCK_TURNS_UNTIL_FAVOUR_MAX {
        if lock.favourite.load(Ordering::Relaxed) == thread::pointer() {
            return turn;
        }
        lock.take_and_give_back();
    }
    panic!("never favoured");
}

/// Twice as late for each favour that was ended, as far as that can be counted, and never later than the limit says.
#[test]
fn the_more_favours_were_ended_the_later_comes_the_next() {
    // With 29, what is reckoned for a favour has no bit left in a word; with 32, it cannot be reckoned.
    for ended in [0, 1, 5, 9, 10, 22, 29, 31, 32, 63, u32::MAX] {
        let lock = RecursiveLock::new();
        lock.ended_favours.store(ended, Ordering::Relaxed);
        let enough = (u64::from(LOCK_TURNS_UNTIL_FAVOUR) << ended.min(20)).min(LOCK_TURNS_UNTIL_FAVOUR_MAX.into());
        if process_barrier::can_order_all_threads() {
            // The first turn is none in a row.
            assert_eq!(u64::from(turns_until_favour(&lock)), enough + 1, "after {ended}");
        }
    }
}

/// How often a thread of this process has slept so far. None: it has ended.
fn times_slept(thread: i32) -> Option<u64> {
    let status = std::fs::read_to_string(std::format!("/proc/self/task/{thread}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
    line.trim().parse().ok()
}

fn is_asleep(thread: i32) -> bool {
    let status = std::fs::read_to_string(std::format!("/proc/self/task/{thread}/status"));
    status.is_ok_and(|status| status.lines().any(|line| line.starts_with("State:\tS")))
}

/// Ends the test if it never is so.
fn wait_until(is_so: impl Fn() -> bool) {
    let begin = std::time::Instant::now();
    while !is_so() {
        assert!(begin.elapsed().as_secs() < 20, "it never came to that");
        std::thread::sleep(core::time::Duration::from_millis(1));
    }
}

/// Threads that take a lock once, and what their numbers are.
fn start_threads_that_take(lock: &'static RecursiveLock, count: usize) -> std::vec::Vec<Taker> {
    let start = |_| {
        let (say, hear) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            say.send(Thread::this().number).unwrap();
            lock.take();
            lock.give_back();
        });
        Taker { number: hear.recv().unwrap(), thread }
    };
    (0..count).map(start).collect()
}

struct Taker {
    number: i32,
    thread: std::thread::JoinHandle<()>,
}

fn expect_ends(takers: std::vec::Vec<Taker>) {
    for taker in takers {
        wait_until(|| taker.thread.is_finished());
        taker.thread.join().unwrap();
    }
}

#[test]
fn threads_that_sleep_are_woken_one_after_another() {
    static LOCK: RecursiveLock = RecursiveLock::new();
    LOCK.take();
    let takers = start_threads_that_take(&LOCK, 4);
    wait_until(|| takers.iter().all(|taker| is_asleep(taker.number)));
    assert_eq!(LOCK.word.load(Ordering::Relaxed), AWAITED);
    LOCK.give_back();
    expect_ends(takers);
}

/// One of them has the word, and looks now and then whether the favourite is out; the others sleep until that one is.
#[test]
fn threads_that_sleep_are_woken_when_a_favourite_is_out() {
    static LOCK: RecursiveLock = RecursiveLock::new();
    if !process_barrier::can_order_all_threads() {
        return;
    }
    turns_until_favour(&LOCK);
    LOCK.take();
    assert_eq!(LOCK.inside.load(Ordering::Relaxed), 1);
    let takers = start_threads_that_take(&LOCK, 4);
    wait_until(|| LOCK.word.load(Ordering::Relaxed) == AWAITED);
    wait_until(|| takers.iter().all(|taker| is_asleep(taker.number)));
    LOCK.give_back();
    expect_ends(takers);
}

/// It would keep a thread of lower priority from leaving.
#[test]
fn who_waits_for_a_favourite_sleeps() {
    const OFTEN: u64 = 10;
    static LOCK: RecursiveLock = RecursiveLock::new();
    if !process_barrier::can_order_all_threads() {
        return;
    }
    turns_until_favour(&LOCK);
    LOCK.take();
    let takers = start_threads_that_take(&LOCK, 1);
    let has_word = || LOCK.favourite.load(Ordering::Relaxed) & SENT_AWAY != 0;
    wait_until(has_word);
    let slept = times_slept(takers[0].number).unwrap();
    wait_until(|| times_slept(takers[0].number).unwrap() > slept + OFTEN);
    LOCK.give_back();
    expect_ends(takers);
}

/// A thread that has the favour while others end it, and comes to have it again.
#[test]
fn nobody_but_the_favourite_is_favoured_while_it_lives() {
    static LOCK: RecursiveLock = RecursiveLock::new();
    if !process_barrier::can_order_all_threads() {
        return;
    }
    turns_until_favour(&LOCK);
    let this = thread::pointer();
    let favourite_of_other = || {
        (0..4 * LOCK_TURNS_UNTIL_FAVOUR).for_each(|_| LOCK.take_and_give_back());
        LOCK.favourite.load(Ordering::Relaxed)
    };
    assert_eq!(std::thread::spawn(favourite_of_other).join().unwrap(), this | SENT_AWAY);
    assert_eq!(turns_until_favour(&LOCK), 2 * LOCK_TURNS_UNTIL_FAVOUR + 1);
}

/// What a process does that has no other thread, in a child of this one. True: it ended well.
#[cfg(all(target_arch = "x86_64", target_pointer_width = "64", target_env = "gnu"))]
fn is_so_in_process_of_one_thread(is_so: fn() -> bool) -> bool {
    unsafe extern "C" {
        static mut __libc_single_threaded: u8;
    }
    // SAFETY: the child does nothing that needs a lock of another thread.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: the child has one thread. The C library does not say so after a fork() among threads, as yet.
        unsafe { __libc_single_threaded = 1 };
        let status = c_int::from(!(thread::is_alone() && is_so()));
        // SAFETY: the call ends the process, and does nothing else.
        unsafe { libc::_exit(status) };
    }
    let mut status = -1;
    // SAFETY: the call writes the status.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    status == 0
}

/// The thread may get the number that the favourite had, or one that comes later may.
#[cfg(all(target_arch = "x86_64", target_pointer_width = "64", target_env = "gnu"))]
#[test]
fn a_favourite_that_has_ended_is_forgotten_when_there_is_no_other_thread() {
    assert!(is_so_in_process_of_one_thread(|| {
        let lock = RecursiveLock::new();
        // Of another thread, that has ended.
        lock.favourite.store(thread::pointer() + 64, Ordering::Relaxed);
        lock.take_and_give_back();
        let is_forgotten = lock.favourite.load(Ordering::Relaxed) == NOBODY;
        lock.favourite.store(thread::pointer(), Ordering::Relaxed);
        lock.take();
        is_forgotten && lock.favourite.load(Ordering::Relaxed) == NOBODY && lock.inside.load(Ordering::Relaxed) == 0
    }));
}

#[cfg(all(target_arch = "x86_64", target_pointer_width = "64", target_env = "gnu"))]
#[test]
fn one_thread_alone_is_never_favoured() {
    assert!(is_so_in_process_of_one_thread(|| {
        let lock = RecursiveLock::new();
        (0..4 * LOCK_TURNS_UNTIL_FAVOUR).for_each(|_| lock.take_and_give_back());
        lock.turns.load(Ordering::Relaxed) == 0 && lock.favourite.load(Ordering::Relaxed) == NOBODY
    }));
}
