//! A short text for each thread, as errno is a number for each.

use core::ffi::{c_char, c_void};
use core::ptr::{self, NonNull};

use super::{Lock, map_zeroed, page_bytes, unmap};

static KEY: Lock<Option<libc::pthread_key_t>> = Lock::new(None);

/// What a thread has that has never set a text.
static NO_TEXT: &core::ffi::CStr = c"";

fn key() -> Option<libc::pthread_key_t> {
    KEY.with(|known| {
        if known.is_none() {
            let mut key = 0;
            // SAFETY: a valid place for the key; the destructor takes what set_thread_text stores.
            let failed = unsafe { libc::pthread_key_create(&raw mut key, Some(forget)) } != 0;
            *known = (!failed).then_some(key);
        }
        *known
    })
}

/// Sets this thread's text, cut off after a few hundred bytes. Without memory for it, it stays as it was.
pub fn set_thread_text(text: &[u8]) {
    let Some(place) = key().and_then(place_of_this_thread) else { return };
    let length = text.len().min(511);
    // SAFETY: a page of this thread's alone, longer than that.
    unsafe { ptr::copy_nonoverlapping(text.as_ptr(), place.as_ptr(), length) };
    // SAFETY: as above.
    let end = unsafe { place.add(length) };
    // SAFETY: as above.
    unsafe { end.write(0) };
}

/// This thread's text, terminated; never NULL. Valid until it is set again, or the thread ends.
pub fn thread_text() -> *const c_char {
    let Some(key) = key() else { return NO_TEXT.as_ptr() };
    // SAFETY: a key that was made.
    let place = unsafe { libc::pthread_getspecific(key) };
    if place.is_null() { NO_TEXT.as_ptr() } else { place.cast() }
}

fn place_of_this_thread(key: libc::pthread_key_t) -> Option<NonNull<u8>> {
    // SAFETY: a key that was made.
    if let Some(place) = NonNull::new(unsafe { libc::pthread_getspecific(key) }) {
        return Some(place.cast());
    }
    let page = map_zeroed(page_bytes())?;
    // SAFETY: a key that was made.
    if unsafe { libc::pthread_setspecific(key, page.as_ptr()) } != 0 {
        // SAFETY: just mapped, and nobody knows it.
        unsafe { unmap(page, page_bytes()) };
        return None;
    }
    Some(page.cast())
}

/// Runs when a thread ends.
unsafe extern "C" fn forget(page: *mut c_void) {
    if let Some(page) = NonNull::new(page) {
        // SAFETY: the page of a thread that is gone.
        unsafe { unmap(page, page_bytes()) };
    }
}
