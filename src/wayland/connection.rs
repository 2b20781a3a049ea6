//! Which object of which connection a proxy stands for, and whether that connection has failed.
//!
//! libwayland says which display a proxy belongs to since 1.23 (`wl_proxy_get_display`). Before, it does not, but the
//! proxies of all these versions, which cannot change any more, begin alike:
//!
//! ```text
//!   words    0            1                 2            3
//!            interface    implementation    object id    display       (the id has 32 bits)
//! ```

use core::ffi::c_void;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, Ordering};

use super::raw::{self, wl_display, wl_proxy};
use crate::os;

/// What tells a proxy from another one that may have been at the same address before, of this connection or another. It
/// is compared, and means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(usize);

impl Fingerprint {
    /// Of a proxy at this address.
    ///
    /// # Safety
    ///
    /// `proxy` is a live proxy.
    #[inline(always)]
    pub unsafe fn of(proxy: *const wl_proxy) -> Fingerprint {
        // SAFETY: as the caller promises.
        let id = unsafe { word_of(proxy, 2) };
        // SAFETY: as the caller promises.
        Fingerprint(unsafe { word_of(proxy, 3) } ^ id.rotate_left(3))
    }

    /// From what `word` gave.
    #[inline(always)]
    pub fn from_word(word: usize) -> Fingerprint {
        Fingerprint(word)
    }

    /// To be kept.
    pub fn word(self) -> usize {
        self.0
    }
}

/// The object that a proxy stands for. A wrapper (`wl_proxy_create_wrapper`) stands for the same as what it wraps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    display: *mut wl_display,
    id: u32,
}

impl Identity {
    /// Of a proxy.
    ///
    /// # Safety
    ///
    /// `proxy` is a live proxy.
    pub unsafe fn of(proxy: NonNull<wl_proxy>) -> Identity {
        // SAFETY: as the caller promises.
        let id = unsafe { raw::wl_proxy_get_id(proxy.as_ptr()) };
        // SAFETY: as the caller promises.
        Identity { display: unsafe { display_of(proxy) }, id }
    }
}

/// True after an error that ends the connection: a compositor that has gone, or that has refused a request.
///
/// # Safety
///
/// `proxy` is live, and so is its connection.
pub(super) unsafe fn has_failed(proxy: NonNull<wl_proxy>) -> bool {
    // SAFETY: as the caller promises.
    let display = unsafe { display_of(proxy) };
    // SAFETY: the display of a live connection.
    unsafe { raw::wl_display_get_error(display) != 0 }
}

type GetDisplay = unsafe extern "C" fn(*mut wl_proxy) -> *mut wl_display;

/// # Safety
///
/// `proxy` is a live proxy.
unsafe fn display_of(proxy: NonNull<wl_proxy>) -> *mut wl_display {
    if let Some(get_display) = function_get_display() {
        // SAFETY: libwayland's function of this name and type; the proxy is live.
        return unsafe { get_display(proxy.as_ptr()) };
    }
    // SAFETY: as the caller promises.
    ptr::with_exposed_provenance_mut(unsafe { word_of(proxy.as_ptr(), 3) })
}

/// # Safety
///
/// `proxy` is a live proxy, and `index` less than four.
#[inline(always)]
unsafe fn word_of(proxy: *const wl_proxy, index: usize) -> usize {
    let words: *const usize = proxy.cast();
    // SAFETY: a live proxy is longer than four words, and made of zeroed memory, in every version of libwayland.
    unsafe { *words.wrapping_add(index) }
}

/// `wl_proxy_get_display`, if this libwayland has it. Looked for once.
fn function_get_display() -> Option<GetDisplay> {
    /// Not looked for yet: an address that no function has.
    const UNKNOWN: *mut c_void = ptr::dangling_mut::<u8>().cast();
    static KNOWN: AtomicPtr<c_void> = AtomicPtr::new(UNKNOWN);
    let mut known = KNOWN.load(Ordering::Relaxed);
    if known == UNKNOWN {
        known = os::find_symbol(c"wl_proxy_get_display");
        KNOWN.store(known, Ordering::Relaxed);
    }
    // SAFETY: libwayland declares it so, and a NULL pointer is None.
    unsafe { core::mem::transmute::<*mut c_void, Option<GetDisplay>>(known) }
}
