//! How a call of the fast path has a pool for itself: locked, or without any lock where nobody else can come.
//!
//! ```text
//!   Locked     the pool's callbacks, or the lock of a system pool
//!   Favoured   a system pool whose lock favours this thread: nothing is looked up to give that back
//!   Alone      a system pool, in a process of one thread: nothing is written, and nothing given back
//! ```
//!
//! The fast path runs no callback, so no thread begins meanwhile. What needs more than the fast path locks first.
#![forbid(unsafe_code)]

use super::index::Index;
use super::locked::Locked;
use super::pool_pointer::{PoolPointer, Record};
use super::system_lock;
use crate::os::{RecursiveLock, Solitude};

/// A pool that this call has for itself.
pub(super) trait Hold<'call>: Sized {
    /// The fields of the pool.
    fn record(&self) -> Record<'call>;

    /// The index, if it stands in the pool.
    fn index_in_pool<'index>(&'index mut self) -> Option<&'index mut Index<'index>>;

    /// The call is over.
    fn let_go(self);

    /// For what makes callbacks, and for all that is not as usual.
    fn into_locked(self) -> Locked<'call>;
}

impl<'call> Hold<'call> for Locked<'call> {
    #[inline(always)]
    fn record(&self) -> Record<'call> {
        Locked::record(self)
    }

    #[inline(always)]
    fn index_in_pool<'index>(&'index mut self) -> Option<&'index mut Index<'index>> {
        Locked::index_in_pool(self)
    }

    #[inline(always)]
    fn let_go(self) {
        self.unlock();
    }

    #[inline(always)]
    fn into_locked(self) -> Locked<'call> {
        self
    }
}

/// A system pool whose lock this thread has taken as its favourite.
pub(super) struct Favoured<'call> {
    locked: Locked<'call>,
    lock: &'static RecursiveLock,
}

/// A system pool that has its own lock, and needs none: the process has one thread.
///
/// Where that thread has the lock already, it may take it again, so it may also go without.
pub(super) struct Alone<'call>(Locked<'call>);

impl<'call> PoolPointer<'call> {
    /// Has a system pool for the fast path without a lock. Err: it has to be locked, or has no index.
    ///
    /// Err also if that is another pool's, or `private` was written over: locking says so then.
    #[inline(always)]
    pub(super) fn alone(self, _: Solitude) -> Result<Alone<'call>, Self> {
        let record = self.record();
        let mut locked = Locked::without_lock(record);
        let is_its_own = |index: &mut Index<'_>| index.owner == system_lock::mark_with_lock(record);
        if locked.index_in_pool().is_some_and(is_its_own) { Ok(Alone(locked)) } else { Err(self) }
    }

    /// Locks a system pool for the fast path. Err: its lock favours another thread, or none, or is not its own.
    #[inline(always)]
    pub(super) fn favoured(self) -> Result<Favoured<'call>, Self> {
        let record = self.record();
        match system_lock::take_as_favourite(record) {
            Some(lock) => Ok(Favoured { locked: Locked::without_lock(record), lock }),
            None => Err(self),
        }
    }
}

impl<'call> Hold<'call> for Favoured<'call> {
    #[inline(always)]
    fn record(&self) -> Record<'call> {
        self.locked.record()
    }

    #[inline(always)]
    fn index_in_pool<'index>(&'index mut self) -> Option<&'index mut Index<'index>> {
        self.locked.index_in_pool()
    }

    #[inline(always)]
    fn let_go(self) {
        self.lock.leave_as_favourite();
    }

    #[inline(always)]
    fn into_locked(self) -> Locked<'call> {
        self.locked
    }
}

impl<'call> Hold<'call> for Alone<'call> {
    #[inline(always)]
    fn record(&self) -> Record<'call> {
        self.0.record()
    }

    #[inline(always)]
    fn index_in_pool<'index>(&'index mut self) -> Option<&'index mut Index<'index>> {
        self.0.index_in_pool()
    }

    #[inline(always)]
    fn let_go(self) {}

    #[inline(always)]
    fn into_locked(self) -> Locked<'call> {
        system_lock::take_among_threads(self.record());
        self.0
    }
}
