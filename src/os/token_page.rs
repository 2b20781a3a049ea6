//! Where the process's token stands: a word on a page that the system clears in a child. fork() clears it too: an emulator
//! may take the order to do so and forget it, and a child of clone() never comes by fork().

use core::ffi::c_void;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicUsize, Ordering};

use super::guarded::{map_guarded, unmap_guarded};
use super::pages::page_bytes;

/// Since Linux 4.14: a child finds zeros there.
const MADV_WIPEONFORK: i32 = 18;

/// Where the word stands; 0: not looked yet.
static PLACE: AtomicUsize = AtomicUsize::new(0);
/// The system has no such place.
const NOWHERE: usize = 1;

/// The word.
#[derive(Clone, Copy)]
pub(super) struct Place(usize);

impl Place {
    /// The word, 0 in a process that has not written it yet. None: the system has no such place.
    #[inline]
    pub(super) fn word(self) -> Option<&'static AtomicUsize> {
        if self.0 == NOWHERE {
            return None;
        }
        // SAFETY: a page that is never given back, and whose first word is only used so.
        Some(unsafe { AtomicUsize::from_ptr(ptr::with_exposed_provenance_mut(self.0)) })
    }
}

/// None: `find_place` was never called.
#[inline]
pub(super) fn known_place() -> Option<Place> {
    Some(PLACE.load(Ordering::Acquire)).filter(|place| *place != 0).map(Place)
}

/// Makes the page, if there is none yet. fork() knows of it already.
pub(super) fn find_place() -> Place {
    let made = map_guarded(page_bytes()).filter(|page| is_wiped_in_children(*page));
    let place = made.map_or(NOWHERE, |page| page.as_ptr().expose_provenance());
    let found = PLACE.compare_exchange(0, place, Ordering::AcqRel, Ordering::Acquire);
    if let (Err(_), Some(page)) = (found, made) {
        // SAFETY: mapped above, and another thread's page is used.
        unsafe { unmap_guarded(page, page_bytes()) };
    }
    Place(found.map_or_else(|other| other, |_| place))
}

fn is_wiped_in_children(page: NonNull<c_void>) -> bool {
    // SAFETY: a whole page that has just been mapped, and holds nothing.
    let is_wiped = unsafe { libc::madvise(page.as_ptr(), page_bytes(), MADV_WIPEONFORK) } == 0;
    if !is_wiped {
        // SAFETY: mapped by the caller, and nobody else knows it.
        unsafe { unmap_guarded(page, page_bytes()) };
    }
    is_wiped
}

/// In a child, where nobody else runs: it has a number of its own.
pub(super) fn forget_token() {
    if let Some(token) = known_place().and_then(Place::word) {
        token.store(0, Ordering::Relaxed);
    }
}
