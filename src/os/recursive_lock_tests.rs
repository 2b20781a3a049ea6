//! Threads that count behind one lock, without atomic steps of their own.
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
