//! The lock of a system pool: it stands in memory of the library's own, and its number in the pool's `private`, 0 until the
//! pool is locked first.
//!
//! A lock belongs to the address of its pool. So what is no number of this pool's lock is noticed, and fork() reads no memory
//! of the program's.
#![forbid(unsafe_code)]

use core::sync::atomic::{AtomicUsize, Ordering};

use super::Text;
use super::pool_pointer::Record;
use super::record::Pool;
use crate::os::{self, RecursiveLock};

/// Stands beside the address of the pool that owns a lock: its Pool is memory of the library's own.
pub(super) const IS_MADE: usize = 1;

/// A function of C's that stands in a pool.
pub(super) type Callback = unsafe extern "C" fn(*mut Pool);

/// No function begins there, and it is not what stands in a pool without one.
const NO_FUNCTION: usize = 1;

/// Two functions that stand in pools for their `lock` and `unlock`, and do no more than [`take`] and [`give_back`]: whoever
/// finds one in a pool does that at once.
struct Known {
    lock: AtomicUsize,
    unlock: AtomicUsize,
}

impl Known {
    const fn nothing() -> Known {
        Known { lock: AtomicUsize::new(NO_FUNCTION), unlock: AtomicUsize::new(NO_FUNCTION) }
    }

    fn remember(&self, lock: Callback, unlock: Callback) {
        self.lock.store(lock as usize, Ordering::Relaxed);
        self.unlock.store(unlock as usize, Ordering::Relaxed);
    }
}

/// Those that C knows by their names, once one was called. Where a program has several copies of the library, they may be those
/// of another copy, which then calls itself.
static EXPORTED: Known = Known::nothing();
/// Those of pools that this copy has made.
static OWN: Known = Known::nothing();

pub(super) fn remember_exported(lock: Callback, unlock: Callback) {
    EXPORTED.remember(lock, unlock);
}

pub(super) fn remember_own(lock: Callback, unlock: Callback) {
    OWN.remember(lock, unlock);
}

/// True if a pool's `lock` does no more than [`take`]. Other pools than those of the system are not looked at: they pay one
/// test for it.
#[inline(always)]
pub(super) fn is_lock(record: Record<'_>) -> bool {
    record.says_it_is_of_system() && is_one_of(record.lock(), |known| &known.lock)
}

/// Tells a pool that has both functions of the lock: what a lock and an index keep of it. Another pool has another one, and so
/// has a pool in which one of the functions was written over.
#[inline(always)]
fn mark_of(record: Record<'_>) -> usize {
    record.address() ^ address_of(record.lock()) ^ address_of(record.unlock())
}

/// The same with what says which lock it is.
#[inline(always)]
pub(super) fn mark_with_lock(record: Record<'_>) -> usize {
    mark_of(record) ^ record.private().load(Ordering::Relaxed)
}

/// What an index keeps of its pool: where it has other functions, what the pool does not say of itself.
pub(super) fn mark_to_keep(record: Record<'_>) -> usize {
    let mark = mark_with_lock(record);
    if has_functions(record) { mark } else { !mark }
}

fn has_functions(record: Record<'_>) -> bool {
    is_lock(record) && is_unlock(record)
}

/// Lets the lock of this number be taken at once by whom it favours.
pub(super) fn keep_mark(record: Record<'_>, number: usize) {
    if has_functions(record) {
        os::keep_with_lock(number, mark_of(record));
    }
}

/// True if a pool's `unlock` does no more than [`give_back`].
#[inline(always)]
pub(super) fn is_unlock(record: Record<'_>) -> bool {
    record.says_it_is_of_system() && is_one_of(record.unlock(), |known| &known.unlock)
}

#[inline(always)]
fn is_one_of(callback: Option<Callback>, half: impl Fn(&Known) -> &AtomicUsize) -> bool {
    let address = address_of(callback);
    [&EXPORTED, &OWN].iter().any(|known| address == half(known).load(Ordering::Relaxed))
}

#[inline(always)]
fn address_of(callback: Option<Callback>) -> usize {
    callback.map_or(0, |callback| callback as usize)
}

/// Locks a pool. A thread that has locked it may do so again.
#[inline(always)]
pub(super) fn take(record: Record<'_>) {
    if !own_lock_of(record).is_some_and(RecursiveLock::take_alone) {
        take_among_threads(record);
    }
}

/// The same in few steps, where the lock favours this thread and it has not taken it, and the pool has both functions of
/// the lock. None: nothing was done.
#[inline(always)]
pub(super) fn take_as_favourite(record: Record<'_>) -> Option<&'static RecursiveLock> {
    os::lock_kept_with(number_in(record)?, mark_of(record)).filter(|lock| lock.take_as_favourite())
}

/// The other half of both.
#[inline(always)]
pub(super) fn give_back(record: Record<'_>) {
    let is_done = |lock: &RecursiveLock| lock.give_back_as_favourite() || lock.give_back_alone();
    if !own_lock_of(record).is_some_and(is_done) {
        give_back_among_threads(record);
    }
}

/// The same as [`take`], however long it takes.
#[inline(never)]
pub(super) fn take_among_threads(record: Record<'_>) {
    match lock_of(record) {
        Some(lock) => lock.take(),
        None => take_first(record),
    }
}

#[inline(never)]
fn give_back_among_threads(record: Record<'_>) {
    if let Some(lock) = lock_of(record) {
        lock.give_back();
    }
}

/// The lock whose number stands in a pool. None: none does, or it is not this pool's.
fn lock_of(record: Record<'_>) -> Option<&'static RecursiveLock> {
    own_lock_of(record).or_else(|| {
        let is_common = number_in(record) == Some(os::COMMON_LOCK);
        if is_common { os::numbered_lock(os::COMMON_LOCK).map(|(lock, _)| lock) } else { None }
    })
}

/// The same, but for the lock that pools without memory for one have in common.
#[inline(always)]
fn own_lock_of(record: Record<'_>) -> Option<&'static RecursiveLock> {
    let (lock, owner) = os::numbered_lock(number_in(record)?)?;
    (owner & !IS_MADE == record.address()).then_some(lock)
}

#[inline(always)]
fn number_in(record: Record<'_>) -> Option<usize> {
    record.private().load(Ordering::Acquire).checked_sub(1)
}

/// Gives the pool a lock, unless another thread has done so meanwhile, and takes it.
#[cold]
fn take_first(record: Record<'_>) {
    if record.private().load(Ordering::Acquire) == 0 {
        give_lock(record);
    }
    match lock_of(record) {
        Some(lock) => lock.take(),
        None => private_was_changed(record),
    }
}

fn give_lock(record: Record<'_>) {
    let claimed = os::claim_lock(record.address());
    let stands = claimed.unwrap_or(os::COMMON_LOCK) + 1;
    let given = record.private().compare_exchange(0, stands, Ordering::AcqRel, Ordering::Acquire);
    match (given, claimed) {
        (Ok(_), Some(number)) => keep_mark(record, number),
        // Another thread was first.
        (Err(_), Some(number)) => os::release_lock(number),
        (_, None) => {}
    }
}

#[cold]
fn private_was_changed(record: Record<'_>) -> ! {
    let mut text = Text::of(format_args!("pool panic: bad private: pool "));
    text.add_bytes(|room| record.copy_name(room));
    text.add(format_args!(", {:x} was copied, or its lock was written over", record.address()));
    os::write_to_stderr(text.ended_by(b'\n'));
    os::abort();
}
