//! From a C struct into the engine, and which C structs there are.
//!
//! The lock is held for looking things up only, never while anything of the program's runs.

use alloc::vec::Vec;
use core::ptr::NonNull;

use crate::os::Lock;
use crate::shm::{Display, Handle, Key};

/// Which buffer of which display a C struct is. Stands behind the struct.
pub(crate) struct Way<H: Handle> {
    display: *mut Display<H>,
    key: Key,
    /// Where [`Ways`] has it; read and written under its lock.
    place: usize,
}

impl<H: Handle> Way<H> {
    pub(crate) fn new(display: *mut Display<H>, key: Key) -> Way<H> {
        Way { display, key, place: 0 }
    }

    /// Where it leads.
    ///
    /// # Safety
    ///
    /// The way is live.
    pub(crate) unsafe fn end(way: *const Way<H>) -> (*mut Display<H>, Key) {
        // SAFETY: as the caller promises. The field never changes.
        let display = unsafe { (*way).display };
        // SAFETY: as above.
        (display, unsafe { (*way).key })
    }

    /// # Safety
    ///
    /// The way is live, and the lock of its list is held.
    unsafe fn place(way: NonNull<Way<H>>) -> usize {
        // SAFETY: as the caller promises.
        unsafe { (*way.as_ptr()).place }
    }

    /// # Safety
    ///
    /// As for [`Way::place`].
    unsafe fn set_place(way: NonNull<Way<H>>, place: usize) {
        // SAFETY: as the caller promises.
        unsafe { (*way.as_ptr()).place = place };
    }
}

/// The ways of all C structs of one face.
pub(crate) struct Ways<H: Handle>(Lock<List<H>>);

struct List<H: Handle>(Vec<NonNull<Way<H>>>);

// SAFETY: the pointers are only compared and copied under the lock.
unsafe impl<H: Handle> Send for List<H> {}

impl<H: Handle> Ways<H> {
    pub(crate) const fn new() -> Ways<H> {
        Ways(Lock::new(List(Vec::new())))
    }

    /// Makes a struct known. False: no memory.
    pub(crate) fn add(&'static self, way: NonNull<Way<H>>) -> bool {
        self.0.with(|List(ways)| {
            let has_room = ways.try_reserve(1).is_ok();
            if has_room {
                // SAFETY: a new one, under the lock.
                unsafe { Way::set_place(way, ways.len()) };
                ways.push(way);
            }
            has_room
        })
    }

    /// A struct that goes is not known any more.
    ///
    /// # Safety
    ///
    /// The way is live.
    pub(crate) unsafe fn remove(&'static self, way: NonNull<Way<H>>) {
        self.0.with(|List(ways)| {
            // SAFETY: live, as the caller promises, under the lock.
            let place = unsafe { Way::place(way) };
            if ways.get(place) == Some(&way) {
                ways.swap_remove(place);
                if let Some(moved) = ways.get(place) {
                    // SAFETY: ways are removed from the list, under this lock, before they are freed.
                    unsafe { Way::set_place(*moved, place) };
                }
            }
            if ways.is_empty() {
                *ways = Vec::new();
            }
        });
    }

    /// Where a way leads, if it is one of the list: the pointer is not followed otherwise.
    pub(crate) fn find(&'static self, way: *const Way<H>) -> Option<(NonNull<Display<H>>, Key)> {
        self.0.with(|List(ways)| {
            let known = ways.iter().rfind(|known| core::ptr::addr_eq(known.as_ptr(), way))?;
            // SAFETY: ways are removed from the list, under this lock, before they are freed.
            let (display, key) = unsafe { Way::end(known.as_ptr()) };
            Some((NonNull::new(display)?, key))
        })
    }
}
