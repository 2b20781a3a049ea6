//! Which displays a face has.
//!
//! The lock is held for looking things up only, never while a display works or anything of the program's runs.

use alloc::boxed::Box;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use crate::os::{Lock, try_box};
use crate::shm::{Display, Handle};
use crate::wayland::{Fingerprint, Identity, ShmGlobal, wl_shm};

/// One display. Entries are added at the front and stay until shm_fini, so that looking one up needs no lock. One that
/// is vacant is used again.
struct Entry<H: Handle> {
    /// The pointer by which the program called last, written under the lock; VACANT: the display is a new one, nobody's.
    shm: AtomicPtr<wl_shm>,
    /// What was at that address then. Written under the lock.
    fingerprint: AtomicUsize,
    /// Read and written under the lock.
    identity: Identity,
    display: Display<H>,
    next: *mut Entry<H>,
}

/// No proxy is here, and it is not NULL either.
const VACANT: *mut wl_shm = ptr::dangling_mut::<u8>().cast();

/// The displays of one face.
pub(crate) struct Displays<H: Handle> {
    /// The first entry of the list.
    first: AtomicPtr<Entry<H>>,
    lock: Lock<()>,
}

impl<H: Handle> Displays<H> {
    pub(crate) const fn new() -> Displays<H> {
        Displays { first: AtomicPtr::new(ptr::null_mut()), lock: Lock::new(()) }
    }

    /// The display of a `wl_shm`, if buffers were asked for with this pointer last.
    #[inline(always)]
    pub(crate) fn existing(&self, shm: *mut wl_shm) -> Option<NonNull<Display<H>>> {
        let mut next = self.first.load(Ordering::Acquire);
        while let Some(entry) = NonNull::new(next) {
            // SAFETY: an entry of the list; the program calls with NULL or with a live `wl_shm`.
            if unsafe { is_of(entry, shm) } {
                return Some(display_in(entry));
            }
            // SAFETY: as above.
            next = unsafe { after(entry) };
        }
        None
    }

    /// The display of a `wl_shm`, if buffers were asked for with some pointer to it: with what this one is a wrapper of, or
    /// with another wrapper.
    pub(crate) fn known(&'static self, shm: *mut wl_shm, global: ShmGlobal<'_>) -> Option<NonNull<Display<H>>> {
        if let Some(found) = self.existing(shm) {
            return Some(found);
        }
        let identity = global.identity();
        self.lock.with(|_| {
            let entry =
                self.find_entry(|entry_shm, entry_identity| entry_shm != VACANT && entry_identity == identity)?;
            // SAFETY: an entry of the list, under the lock. Its display is this thread's.
            unsafe { occupy(entry, shm, global) };
            Some(display_in(entry))
        })
    }

    /// The display of a `wl_shm`, made if it is new. None: no memory.
    pub(crate) fn find_or_make(&'static self, shm: *mut wl_shm, global: ShmGlobal<'_>) -> Option<NonNull<Display<H>>> {
        if let Some(found) = self.known(shm, global) {
            return Some(found);
        }
        self.lock.with(|_| self.take_vacant(shm, global)).or_else(|| {
            let entry = new_entry(global)?;
            self.lock.with(|_| {
                // SAFETY: a new entry that nobody else knows.
                unsafe { self.add_entry(entry) };
                self.take_vacant(shm, global)
            })
        })
    }

    /// A vacant display becomes this one's. None: there is none. To be called under the lock.
    fn take_vacant(&self, shm: *mut wl_shm, global: ShmGlobal<'_>) -> Option<NonNull<Display<H>>> {
        let entry = self.find_entry(|entry_shm, _| entry_shm == VACANT)?;
        // SAFETY: an entry of the list, under the lock. It is nobody's.
        unsafe { occupy(entry, shm, global) };
        Some(display_in(entry))
    }

    /// A display of which nothing is left is not known any more: its connection may end, and another one may have its
    /// `wl_shm` at the same address.
    ///
    /// # Safety
    ///
    /// The display is in the list; this thread uses it, and does no more.
    pub(crate) unsafe fn vacate(&'static self, display: NonNull<Display<H>>) {
        let entry = self.lock.with(|_| self.find_entry_of(display));
        let Some(entry) = entry.map(NonNull::as_ptr) else { return };
        // SAFETY: an entry of the list, whose display is this thread's. Outside the lock: nodes that go need it.
        drop(unsafe { core::mem::take(&mut (*entry).display) });
        // SAFETY: as above. From here on it is anybody's.
        unsafe { &(*entry).shm }.store(VACANT, Ordering::Release);
    }

    /// Destroys all displays.
    ///
    /// # Safety
    ///
    /// No other thread is inside this library, and no reference to a display is alive.
    pub(crate) unsafe fn drop_all(&self) {
        let mut entry = self.first.swap(ptr::null_mut(), Ordering::AcqRel);
        while !entry.is_null() {
            // SAFETY: came from Box::into_raw in new_entry, and is in no list any more.
            let owned = unsafe { Box::from_raw(entry) };
            entry = owned.next;
            drop(owned);
        }
    }

    /// To be called under the lock.
    fn find_entry(&self, is_it: impl Fn(*mut wl_shm, Identity) -> bool) -> Option<NonNull<Entry<H>>> {
        let mut next = self.first.load(Ordering::Acquire);
        while let Some(entry) = NonNull::new(next) {
            // SAFETY: an entry of the list.
            let shm = unsafe { shm_of(entry) };
            // SAFETY: as above, under the lock.
            if is_it(shm, unsafe { (*entry.as_ptr()).identity }) {
                return Some(entry);
            }
            // SAFETY: as above.
            next = unsafe { after(entry) };
        }
        None
    }

    fn find_entry_of(&self, display: NonNull<Display<H>>) -> Option<NonNull<Entry<H>>> {
        let mut next = self.first.load(Ordering::Acquire);
        while let Some(entry) = NonNull::new(next) {
            if display_in(entry) == display {
                return Some(entry);
            }
            // SAFETY: an entry of the list.
            next = unsafe { after(entry) };
        }
        None
    }

    /// Puts an entry at the front of the list.
    ///
    /// # Safety
    ///
    /// A new entry that nobody else knows, and the lock is held.
    unsafe fn add_entry(&self, entry: *mut Entry<H>) {
        // SAFETY: as the caller promises.
        unsafe { (*entry).next = self.first.load(Ordering::Relaxed) };
        self.first.store(entry, Ordering::Release);
    }
}

/// # Safety
///
/// The entry is in the list.
#[inline(always)]
unsafe fn shm_of<H: Handle>(entry: NonNull<Entry<H>>) -> *mut wl_shm {
    // SAFETY: entries live until shm_fini, which the program calls when no other thread is inside this library. No
    // reference is made to the display, which its thread may be using.
    unsafe { &(*entry.as_ptr()).shm }.load(Ordering::Acquire)
}

/// # Safety
///
/// The entry is in the list.
#[inline(always)]
unsafe fn after<H: Handle>(entry: NonNull<Entry<H>>) -> *mut Entry<H> {
    // SAFETY: as above; this field does not change.
    unsafe { (*entry.as_ptr()).next }
}

/// # Safety
///
/// The entry is in the list, and `shm` is NULL or live.
#[inline(always)]
unsafe fn is_of<H: Handle>(entry: NonNull<Entry<H>>, shm: *mut wl_shm) -> bool {
    // SAFETY: as the caller promises.
    if unsafe { shm_of(entry) } != shm {
        return false;
    }
    // SAFETY: as for `shm_of`.
    let known = unsafe { &(*entry.as_ptr()).fingerprint }.load(Ordering::Relaxed);
    // SAFETY: no entry has NULL, so this one is live, as the caller promises.
    let found = unsafe { Fingerprint::of(shm.cast()) };
    found == Fingerprint::from_word(known)
}

/// A vacant entry in no list. None: no memory. Not under the lock: the program's malloc runs.
fn new_entry<H: Handle>(global: ShmGlobal<'_>) -> Option<*mut Entry<H>> {
    try_box(Entry {
        shm: AtomicPtr::new(VACANT),
        fingerprint: AtomicUsize::new(0),
        identity: global.identity(),
        display: Display::new(),
        next: ptr::null_mut(),
    })
    .map(Box::into_raw)
}

/// From now on the entry is found by this pointer.
///
/// # Safety
///
/// The entry is in the list, and the lock is held. The entry's display is this thread's, or nobody's.
unsafe fn occupy<H: Handle>(entry: NonNull<Entry<H>>, shm: *mut wl_shm, global: ShmGlobal<'_>) {
    let entry = entry.as_ptr();
    // SAFETY: as the caller promises.
    unsafe { (*entry).identity = global.identity() };
    // SAFETY: as above. Other threads may read this one at any time.
    unsafe { &(*entry).fingerprint }.store(global.fingerprint().word(), Ordering::Relaxed);
    // SAFETY: as above.
    unsafe { &(*entry).shm }.store(shm, Ordering::Release);
}

fn display_in<H: Handle>(entry: NonNull<Entry<H>>) -> NonNull<Display<H>> {
    // SAFETY: entries live until shm_fini; no reference is made.
    let display = unsafe { &raw mut (*entry.as_ptr()).display };
    // SAFETY: a field of something that is not NULL.
    unsafe { NonNull::new_unchecked(display) }
}
