//! The gate for pools: the fields of a `Pool` of the program's.
#![allow(unsafe_code, reason = "the struct is C's")]

use core::ffi::{c_char, c_int, c_ulong, c_void};
use core::marker::PhantomData;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicI32, AtomicUsize, Ordering};

use super::flags::Flags;
use super::record::Pool;

/// A pool of the program's for the time of one call, not locked. Made by c_api, from what C passes.
#[derive(Debug)]
pub struct PoolPointer<'call>(Record<'call>);

/// The fields of a pool. Callbacks change fields too, so no reference to a pool is ever made: each is read and written
/// by itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'call> {
    pool: NonNull<Pool>,
    call: PhantomData<&'call Pool>,
}

impl<'call> PoolPointer<'call> {
    /// The gate for pools. None for nil.
    ///
    /// # Safety
    ///
    /// `pool` is NULL or keeps the contract in the head of c_api/pool/functions.rs for the time of the call, which is `'call`.
    #[inline(always)]
    pub unsafe fn from_c(pool: *mut Pool) -> Option<PoolPointer<'call>> {
        NonNull::new(pool).map(|pool| PoolPointer(Record { pool, call: PhantomData }))
    }

    /// A pool that has just been unlocked.
    #[inline(always)]
    pub(super) fn of(record: Record<'call>) -> PoolPointer<'call> {
        PoolPointer(record)
    }

    #[inline(always)]
    pub(super) fn record(&self) -> Record<'call> {
        self.0
    }
}

macro_rules! field {
    ($get:ident, $name:ident, $type:ty) => {
        #[inline(always)]
        pub(super) fn $get(self) -> $type {
            // SAFETY: from_c was promised a pool.
            unsafe { (*self.pool.as_ptr()).$name }
        }
    };
    ($get:ident, $set:ident, $name:ident, $type:ty) => {
        field!($get, $name, $type);

        #[inline(always)]
        pub(super) fn $set(self, value: $type) {
            // SAFETY: from_c was promised a pool.
            unsafe { (*self.pool.as_ptr()).$name = value };
        }
    };
}

impl<'call> Record<'call> {
    /// What callbacks get.
    pub(super) fn as_ptr(self) -> *mut Pool {
        self.pool.as_ptr()
    }

    pub(super) fn address(self) -> usize {
        self.pool.as_ptr().expose_provenance()
    }

    field!(maxsize, maxsize, usize);
    field!(cursize, set_cursize, cursize, usize);
    field!(curfree, set_curfree, curfree, usize);
    field!(curalloc, set_curalloc, curalloc, usize);
    field!(nfree, set_nfree, nfree, c_int);
    field!(lastcompact, set_lastcompact, lastcompact, c_int);
    field!(freeroot, freeroot, *mut c_void);
    field!(arenalist_pointer, set_arenalist_pointer, arenalist, *mut c_void);
    field!(flags, flags, c_int);
    field!(minarena_long, minarena, c_ulong);
    field!(quantum_long, quantum, c_ulong);
    field!(minblock_long, minblock, c_ulong);
    field!(name, name, *const c_char);
    field!(alloc, alloc, Option<unsafe extern "C" fn(c_ulong) -> *mut c_void>);
    field!(merge, merge, Option<unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int>);
    field!(r#move, r#move, Option<unsafe extern "C" fn(*mut c_void, *mut c_void)>);
    field!(free, free, Option<unsafe extern "C" fn(*mut c_void, c_ulong)>);
    field!(lock, lock, Option<unsafe extern "C" fn(*mut Pool)>);
    field!(unlock, unlock, Option<unsafe extern "C" fn(*mut Pool)>);
    field!(print, print, Option<unsafe extern "C" fn(*mut Pool, *mut c_char, ...)>);
    field!(panic, panic, Option<unsafe extern "C" fn(*mut Pool, *mut c_char, ...)>);
    field!(logstack, logstack, Option<unsafe extern "C" fn(*mut Pool)>);

    /// What the program keeps there, or a system pool.
    #[inline(always)]
    pub(super) fn private(self) -> &'call AtomicUsize {
        // SAFETY: from_c was promised a pool.
        let place = unsafe { &raw mut (*self.pool.as_ptr()).private };
        // SAFETY: it is aligned for a pointer, and there as long as the pool. Where millpond's own lock is the pool's,
        // nothing else uses it; otherwise it is only read.
        unsafe { AtomicUsize::from_ptr(place.cast()) }
    }

    /// True if the pool says that it is of the system. It is asked before the pool is locked, when another thread may set
    /// other flags.
    #[inline(always)]
    pub(super) fn says_it_is_of_system(self) -> bool {
        // SAFETY: from_c was promised a pool.
        let place = unsafe { &raw mut (*self.pool.as_ptr()).flags };
        // SAFETY: it is aligned for an int, and there as long as the pool. It is only read here, and in one piece: a program that
        // sets other flags meanwhile stores the one it asks for as it was.
        let flags = unsafe { AtomicI32::from_ptr(place.cast()) }.load(Ordering::Relaxed);
        Flags(flags).is_of_system()
    }

    pub(super) fn arenalist(self) -> usize {
        self.arenalist_pointer().expose_provenance()
    }

    pub(super) fn set_arenalist(self, address: usize) {
        self.set_arenalist_pointer(ptr::with_exposed_provenance_mut(address));
    }

    /// What stands in the place of the index: its address, 0, or a number with the bits NO_INDEX.
    pub(super) fn token(self) -> usize {
        self.freeroot().addr()
    }

    /// Puts an index into the pool, or what stands there if there is none.
    ///
    /// # Safety
    ///
    /// What `locked` takes for the address of an index is that of one, which stays until this is called again.
    pub(super) unsafe fn set_freeroot(self, root: *mut c_void) {
        // SAFETY: from_c was promised a pool.
        unsafe { (*self.pool.as_ptr()).freeroot = root };
    }

    /// Writes to the pool what stands there, so that its page is this process's own if it is not shared. Returns where.
    pub(super) fn touch(self) -> usize {
        // SAFETY: from_c was promised a pool.
        let place = unsafe { &raw mut (*self.pool.as_ptr()).freeroot };
        // SAFETY: as above.
        unsafe { place.write_volatile(self.freeroot()) };
        place.expose_provenance()
    }

    /// Copies the name into `text`, as much as fits. Returns how many bytes.
    pub(super) fn copy_name(self, text: &mut [u8]) -> usize {
        let name = self.name();
        let mut length = 0;
        while !name.is_null() && length < text.len() {
            // SAFETY: a terminated string, as from_c was promised, and its end has not been reached.
            let place = unsafe { name.cast::<u8>().add(length) };
            // SAFETY: as above.
            let next = unsafe { place.read() };
            if next == 0 {
                break;
            }
            text[length] = next;
            length += 1;
        }
        length
    }
}
