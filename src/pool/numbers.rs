//! C's numbers and pointers as the pool counts: in bytes and addresses.
#![forbid(unsafe_code)]

use core::ffi::{c_ulong, c_void};
use core::ptr;

/// A number of bytes. Where C's unsigned long is wider than an address, more than there can be.
#[inline(always)]
pub(super) fn bytes(number: c_ulong) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// As C's %ld shows it.
pub(super) fn signed(number: usize) -> isize {
    isize::from_ne_bytes(number.to_ne_bytes())
}

/// What C gets for an address.
pub(super) fn pointer(address: usize) -> *mut c_void {
    ptr::with_exposed_provenance_mut(address)
}
