//! How a call of the fast path has a pool for itself: locked, or without any lock where nobody else can come.
//!
//! ```text
//!   Locked   the pool's callbacks, or the lock of a system pool
//!   Alone    a system pool, in a process of one thread: nothing is written, and nothing given back
//! ```
//!
//! The fast path runs no callback, so no thread begins meanwhile. What needs more than the fast path locks first.
#![forbid(unsafe_code)]

use super::index::Index;
use super::locked::Locked;
use super::pool_pointer::{PoolPointer, Record};
use super::system_lock;
use crate::os;

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

/// A system pool that has its own lock, and needs none: the process has one thread.
///
/// Where that thread has the lock already, it may take it again, so it may also go without.
pub(super) struct Alone<'call>(Locked<'call>);

impl<'call> PoolPointer<'call> {
    /// Has the pool for the fast path. Err: without a lock.
    #[inline(always)]
    pub(super) fn hold(self) -> Result<Locked<'call>, Alone<'call>> {
        let record = self.record();
        if !system_lock::is_lock(record) {
            return Ok(self.lock_by_callback());
        }
        if os::is_alone() {
            return Err(Alone(Locked::without_lock(record)));
        }
        system_lock::take_before_others(record);
        Ok(Locked::without_lock(record))
    }
}

impl<'call> Hold<'call> for Alone<'call> {
    #[inline(always)]
    fn record(&self) -> Record<'call> {
        self.0.record()
    }

    /// None also if it is another pool's, or `private` was written over: locking says so then.
    #[inline(always)]
    fn index_in_pool<'index>(&'index mut self) -> Option<&'index mut Index<'index>> {
        let owner = system_lock::mark_of(self.record());
        self.0.index_in_pool().filter(|index| index.owner == owner)
    }

    #[inline(always)]
    fn let_go(self) {}

    #[inline(always)]
    fn into_locked(self) -> Locked<'call> {
        system_lock::take_among_threads(self.record());
        self.0
    }
}
