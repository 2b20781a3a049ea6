//! A pool that is locked: the index, and the callbacks.
//!
//! `Locked` is there once, from the lock to the unlock. The index is borrowed from it, and a callback borrows it whole:
//! so nothing that a callback may change or give back is in hand while one runs.
#![allow(unsafe_code, reason = "callbacks of the program's, and the index behind a pointer in its pool")]

use core::ffi::{c_int, c_ulong};
use core::ptr::{self, NonNull};

use super::flags::Flags;
use super::grant::{Grant, MayMerge};
use super::index::Index;
use super::pool_pointer::{PoolPointer, Record};
use super::system_lock;
use super::watch::in_program;
use crate::os;

/// The token that locking makes.
pub(super) struct Locked<'call> {
    record: Record<'call>,
    /// Where the index was found since the last callback.
    index: Option<NonNull<Index<'call>>>,
}

impl<'call> PoolPointer<'call> {
    #[inline(always)]
    pub(super) fn lock(self) -> Locked<'call> {
        let record = self.record();
        if !system_lock::is_lock(record) {
            return self.lock_by_callback();
        }
        system_lock::take(record);
        Locked::without_lock(record)
    }

    /// Locks it as the program has said, if it has.
    #[inline(always)]
    pub(super) fn lock_by_callback(self) -> Locked<'call> {
        let record = self.record();
        if let Some(lock) = record.lock() {
            // SAFETY: a callback of the pool's, with its pool.
            unsafe { lock(record.as_ptr()) };
        }
        Locked::without_lock(record)
    }

    /// `free` is called without the lock.
    pub(super) fn free_arena(&mut self, arena: usize, bytes: usize) {
        let Some(free) = self.record().free() else { return };
        let bytes = c_ulong::try_from(bytes).unwrap_or(c_ulong::MAX);
        // SAFETY: a callback of the pool's, with an arena that the pool has forgotten.
        in_program(|| unsafe { free(ptr::with_exposed_provenance_mut(arena), bytes) });
    }
}

impl<'call> Locked<'call> {
    /// A pool that is locked, or that nobody else can use meanwhile.
    #[inline(always)]
    pub(super) fn without_lock(record: Record<'call>) -> Locked<'call> {
        Locked { record, index: None }
    }

    #[inline(always)]
    pub(super) fn unlock(self) -> PoolPointer<'call> {
        if system_lock::is_unlock(self.record) {
            system_lock::give_back(self.record);
        } else if let Some(unlock) = self.record.unlock() {
            // SAFETY: a callback of the pool's, with its pool.
            unsafe { unlock(self.record.as_ptr()) };
        }
        PoolPointer::of(self.record)
    }

    #[inline(always)]
    pub(super) fn record(&self) -> Record<'call> {
        self.record
    }

    /// The index, if it stands in the pool.
    #[inline(always)]
    pub(super) fn index_in_pool<'index>(&'index mut self) -> Option<&'index mut Index<'index>> {
        let root = self.record.freeroot();
        // SAFETY: what stands in a pool without NO_INDEX is an index that index_memory put there, and goes only with what
        // stands there: freeroot is private, says pool.h. Nobody else uses the pool while it is locked, but for
        // callbacks, which borrow all of this.
        is_index(root.addr()).then(|| unsafe { &mut *root.cast::<Index<'index>>() })
    }

    /// True if the index stands in the pool.
    pub(super) fn has_index_in_pool(&self) -> bool {
        is_index(self.record.token())
    }

    /// The index that was found. It must have been since the last callback.
    #[inline(always)]
    pub(super) fn index<'index>(&'index mut self) -> &'index mut Index<'index> {
        let Some(index) = self.index else { no_index() };
        let mut index: NonNull<Index<'index>> = index.cast();
        // SAFETY: know_index was promised an index, and it has not gone: only a callback, which forgets it, or
        // forget_index, could have made it.
        unsafe { index.as_mut() }
    }

    /// Where the index is.
    ///
    /// # Safety
    ///
    /// An index of this pool stands there, and stays until the next callback or [`Self::forget_index`].
    #[inline(always)]
    pub(super) unsafe fn know_index(&mut self, index: NonNull<Index<'call>>) {
        self.index = Some(index);
    }

    /// The same for one that stands in the pool. False: none does.
    #[inline(always)]
    pub(super) fn know_index_in_pool(&mut self) -> bool {
        let found = self.index_in_pool().map(|index| NonNull::from(index).cast());
        self.index = found;
        found.is_some()
    }

    /// It is about to go.
    pub(super) fn forget_index(&mut self) {
        self.index = None;
    }

    /// Runs a callback: what it does is watched again, and what was known of the index is not any more.
    #[inline]
    fn call_back<T>(&mut self, callback: impl FnOnce() -> T) -> T {
        self.index = None;
        in_program(callback)
    }

    /// Shows the program something, and returns what it answers.
    pub(super) fn show(&mut self, visit: impl FnOnce() -> c_int) -> c_int {
        self.call_back(visit)
    }

    pub(super) fn log_stack(&mut self) {
        if let Some(logstack) = self.record.logstack() {
            let pool = self.record.as_ptr();
            // SAFETY: a callback of the pool's, with its pool.
            self.call_back(|| unsafe { logstack(pool) });
        }
    }

    /// Memory for an arena, if the program has any.
    pub(super) fn allocate_arena(&mut self, bytes: usize) -> Option<Grant> {
        let alloc = self.record.alloc()?;
        let wanted = c_ulong::try_from(bytes).ok()?;
        // SAFETY: a callback of the pool's.
        let start = self.call_back(|| unsafe { alloc(wanted) }).expose_provenance();
        // SAFETY: from_c was promised that arenas are the pool's until `free` gets them.
        (start != 0).then(|| unsafe { Grant::assume(start, bytes) })
    }

    /// Gives back what `alloc` has returned in this call. `free` is called without the lock.
    #[cold]
    pub(super) fn free_arena(&mut self, granted: Grant) {
        let mut pool = Locked { record: self.record, index: None }.unlock();
        pool.free_arena(granted.start(), granted.bytes());
        *self = pool.lock();
    }

    /// Asks the program whether two arenas may become one. In a system pool they may if they touch.
    pub(super) fn ask_to_merge(&mut self, bottom: usize, top: usize, do_touch: bool) -> Option<MayMerge> {
        if do_touch && Flags(self.record.flags()).is_of_system() {
            // SAFETY: nothing lies between them that the pool would own now; and the program has said by the flag that
            // its `free` takes both as one.
            return Some(unsafe { MayMerge::assume(bottom, top) });
        }
        let merge = self.record.merge()?;
        let pointers = (ptr::with_exposed_provenance_mut(bottom), ptr::with_exposed_provenance_mut(top));
        // SAFETY: a callback of the pool's, with two of its arenas.
        let may_merge = self.call_back(|| unsafe { merge(pointers.0, pointers.1) != 0 });
        // SAFETY: the program has just said so.
        may_merge.then(|| unsafe { MayMerge::assume(bottom, top) })
    }

    pub(super) fn tell_moved(&mut self, from: usize, to: usize) {
        if let Some(tell) = self.record.r#move() {
            let (from, to) = (ptr::with_exposed_provenance_mut(from), ptr::with_exposed_provenance_mut(to));
            // SAFETY: a callback of the pool's, with the old and the new address of a block.
            self.call_back(|| unsafe { tell(from, to) });
        }
    }

    /// Prints a terminated text, if the pool prints.
    pub(super) fn print(&mut self, text: &mut [u8]) {
        if let Some(print) = self.record.print() {
            let pool = self.record.as_ptr();
            // SAFETY: a printf-like callback of the pool's; the format takes one terminated string.
            self.call_back(|| unsafe { print(pool, c"%s".as_ptr().cast_mut(), text.as_mut_ptr()) });
        } else if Flags(self.record.flags()).is_of_system() {
            os::write_to_stderr(&text[..text.len() - 1]);
        }
    }

    /// Says what is wrong, for the last time. Returns if the program's panic does.
    pub(super) fn panic(&mut self, text: &mut [u8]) {
        if let Some(panic) = self.record.panic() {
            let pool = self.record.as_ptr();
            // SAFETY: a printf-like callback of the pool's; the format takes one terminated string.
            return self.call_back(|| unsafe { panic(pool, c"%s".as_ptr().cast_mut(), text.as_mut_ptr()) });
        }
        let end = text.len() - 1;
        text[end] = b'\n';
        os::write_to_stderr(text);
        os::abort();
    }
}

#[cold]
fn no_index() -> ! {
    panic!("invariant H1: the index is looked up after each callback");
}

/// What stands in a pool without an index has these bits: the highest, where no address has it, and the lowest, which no
/// index has. 0 stands there, too.
pub(super) const NO_INDEX: usize = 1 | if cfg!(target_pointer_width = "64") { 1 << (usize::BITS - 1) } else { 0 };

/// True for the address of an index. One comparison says so where addresses have fewer bits than words.
#[cfg(target_pointer_width = "64")]
#[inline(always)]
fn is_index(root: usize) -> bool {
    isize::from_ne_bytes(root.to_ne_bytes()) > 0
}

/// True for the address of an index.
#[cfg(not(target_pointer_width = "64"))]
#[inline(always)]
fn is_index(root: usize) -> bool {
    root != 0 && root & NO_INDEX == 0
}
