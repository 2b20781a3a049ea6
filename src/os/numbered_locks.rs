//! Locks in memory of the library's own, each with a number and an owner: what has one keeps the number, and a number that
//! was written over is none. fork() is made with all of them held.
//!
//! ```text
//!   table 0, static    locks 0 .. 15           lock 0 is for all for whom there is no memory, and for the numbers themselves
//!   table 1            locks 16 .. 47          each table has twice as many as the one before
//!   table 2            locks 48 .. 111
//! ```
//!
//! Tables are never given back; locks are.

use core::cell::UnsafeCell;
use core::ptr;
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

use super::guarded::map_guarded;
use super::recursive_lock::RecursiveLock;
use crate::limits::LOCKS_IN_FIRST_TABLE;

/// A lock with its owner. Each has a cache line of its own.
#[repr(align(64))]
struct Numbered {
    lock: RecursiveLock,
    /// Whose it is; 0: nobody's.
    owner: AtomicUsize,
    /// What the owner keeps with it. Of a lock that nobody has, the number of the next such lock, plus one.
    kept: AtomicUsize,
    /// The thread that forks has taken it for that.
    is_taken_for_fork: AtomicBool,
}

impl Numbered {
    const fn new() -> Numbered {
        Numbered {
            lock: RecursiveLock::new(),
            owner: AtomicUsize::new(0),
            kept: AtomicUsize::new(0),
            is_taken_for_fork: AtomicBool::new(false),
        }
    }
}

const _: () = assert!(size_of::<Numbered>() == 64);

/// Tables beside the first: more locks than there are addresses for pools.
const TABLES: usize = usize::BITS as usize - LOCKS_IN_FIRST_TABLE.trailing_zeros() as usize;

static FIRST_TABLE: [Numbered; LOCKS_IN_FIRST_TABLE] = [const { Numbered::new() }; LOCKS_IN_FIRST_TABLE];
static MORE_TABLES: [AtomicPtr<Numbered>; TABLES] = [const { AtomicPtr::new(ptr::null_mut()) }; TABLES];

/// The lock of all for whom there is no memory.
pub const COMMON_LOCK: usize = 0;

/// Which locks there are.
struct Numbers {
    /// All numbers below this have been given out once.
    made: usize,
    /// A lock that nobody has, plus one; 0: none.
    first_free: usize,
}

struct Registry(UnsafeCell<Numbers>);

// SAFETY: the numbers are reached with the common lock held.
unsafe impl Sync for Registry {}

static REGISTRY: Registry = Registry(UnsafeCell::new(Numbers { made: COMMON_LOCK + 1, first_free: 0 }));

fn with_numbers<R>(work: impl FnOnce(&mut Numbers) -> R) -> R {
    let common = &FIRST_TABLE[COMMON_LOCK].lock;
    common.take();
    // SAFETY: the lock is held, and no work here takes it again, so no other reference exists.
    let result = work(unsafe { &mut *REGISTRY.0.get() });
    common.give_back();
    result
}

/// Which table has a number, and where in it.
fn place_of(number: usize) -> (usize, usize) {
    let shifted = number / LOCKS_IN_FIRST_TABLE + 1;
    let table = shifted.ilog2() as usize;
    (table, number - LOCKS_IN_FIRST_TABLE * ((1 << table) - 1))
}

/// The lock of a number, if its table is there.
#[inline(always)]
fn at(number: usize) -> Option<&'static Numbered> {
    if number < LOCKS_IN_FIRST_TABLE { Some(&FIRST_TABLE[number]) } else { beyond_first_table(number) }
}

#[cold]
#[inline(never)]
fn beyond_first_table(number: usize) -> Option<&'static Numbered> {
    let (table, place) = place_of(number);
    let first = MORE_TABLES.get(table - 1)?.load(Ordering::Acquire);
    if first.is_null() {
        return None;
    }
    // SAFETY: place_of gives places below the size of the table, which make mapped.
    let found = unsafe { first.add(place) };
    // SAFETY: all zero or in use, both of which are locks; a table is never given back.
    Some(unsafe { &*found })
}

/// Makes sure that there is a lock for a number. None: there is no memory.
fn make(number: usize) -> Option<&'static Numbered> {
    if let Some(found) = at(number) {
        return Some(found);
    }
    let (table, _) = place_of(number);
    let bytes = size_of::<Numbered>().checked_mul(LOCKS_IN_FIRST_TABLE.checked_shl(u32::try_from(table).ok()?)?)?;
    let made = map_guarded(bytes)?;
    MORE_TABLES.get(table - 1)?.store(made.as_ptr().cast(), Ordering::Release);
    at(number)
}

/// Gives an owner, which is not 0, a lock. Returns its number; None: there is no memory for one.
pub(super) fn claim(owner: usize) -> Option<usize> {
    with_numbers(|numbers| {
        let number = numbers.first_free.checked_sub(1).unwrap_or(numbers.made);
        let claimed = make(number)?;
        if number == numbers.made {
            numbers.made += 1;
        } else {
            numbers.first_free = claimed.kept.load(Ordering::Relaxed);
        }
        claimed.kept.store(0, Ordering::Relaxed);
        claimed.owner.store(owner, Ordering::Release);
        Some(number)
    })
}

/// The lock of a number, and whose it is; 0: nobody's. None: there is none.
#[inline(always)]
pub fn numbered_lock(number: usize) -> Option<(&'static RecursiveLock, usize)> {
    at(number).map(|found| (&found.lock, found.owner.load(Ordering::Acquire)))
}

/// The lock of a number, if its owner keeps this with it.
#[inline(always)]
pub fn lock_kept_with(number: usize, kept: usize) -> Option<&'static RecursiveLock> {
    at(number).filter(|found| found.kept.load(Ordering::Acquire) == kept).map(|found| &found.lock)
}

/// Keeps something with a lock, until that is nobody's.
pub fn keep_with_lock(number: usize, kept: usize) {
    if let Some(found) = at(number) {
        found.kept.store(kept, Ordering::Release);
    }
}

/// A lock is nobody's any more. Nobody has it, and whoever still waits for it waits in vain.
pub fn release_lock(number: usize) {
    let Some(released) = at(number) else { return };
    with_numbers(|numbers| {
        released.owner.store(0, Ordering::Relaxed);
        released.kept.store(numbers.first_free, Ordering::Relaxed);
        numbers.first_free = number + 1;
    });
}

/// Takes all locks. Err: this one does not come free, and none is held.
pub(super) fn take_all_for_fork() -> Result<(), &'static RecursiveLock> {
    // From the first one on no lock is claimed, so there will be no others.
    let mut number = COMMON_LOCK;
    while let Some(each) = at(number).filter(|_| number == COMMON_LOCK || number < count()) {
        if !each.lock.take_soon() {
            give_back_after_fork();
            return Err(&each.lock);
        }
        each.is_taken_for_fork.store(true, Ordering::Relaxed);
        number += 1;
    }
    Ok(())
}

fn count() -> usize {
    with_numbers(|numbers| numbers.made)
}

/// In a child, before they are given back.
pub(super) fn forget_other_threads() {
    for each in (0..count()).filter_map(at).filter(|each| each.is_taken_for_fork.load(Ordering::Relaxed)) {
        each.lock.forget_other_threads();
    }
}

/// Gives back those that were taken: a function of the program's that runs in fork() may have claimed more.
pub(super) fn give_back_after_fork() {
    let is_taken = |each: &&Numbered| each.is_taken_for_fork.load(Ordering::Relaxed);
    if at(COMMON_LOCK).filter(is_taken).is_none() {
        return;
    }
    for each in (0..count()).rev().filter_map(at).filter(is_taken) {
        each.is_taken_for_fork.store(false, Ordering::Relaxed);
        each.lock.give_back();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_follow_one_another_without_a_gap() {
        let (mut table, mut next) = (0, 0);
        for number in 0..100_000 {
            let place = place_of(number);
            if place != (table, next) {
                assert_eq!(next, LOCKS_IN_FIRST_TABLE << table, "table {table} has its size");
                assert_eq!(place, (table + 1, 0));
            }
            (table, next) = (place.0, place.1 + 1);
        }
        assert!(place_of(usize::MAX).0 <= TABLES);
    }

    fn owner_of_lock(number: usize) -> usize {
        numbered_lock(number).unwrap().1
    }

    #[test]
    fn no_number_without_a_lock_has_one() {
        assert!(numbered_lock(usize::MAX).is_none());
        assert!(numbered_lock(1 << 40).is_none());
    }

    #[test]
    fn each_owner_has_a_lock_of_its_own_until_it_is_released() {
        let owners = 1_000..1_500;
        let numbers: std::vec::Vec<usize> = owners.clone().filter_map(claim).collect();
        assert_eq!(numbers.len(), owners.len());
        for (owner, number) in owners.zip(&numbers) {
            assert_ne!(*number, COMMON_LOCK);
            assert_eq!(owner_of_lock(*number), owner);
        }
        numbers.iter().for_each(|number| release_lock(*number));
        assert!(numbers.iter().all(|number| owner_of_lock(*number) == 0));
        let again = claim(7).unwrap();
        assert!(numbers.contains(&again), "a released number is used first");
        release_lock(again);
    }
}
