//! Words and bytes at addresses. Whoever calls says why there is memory.
#![allow(unsafe_code, reason = "memory at addresses")]

use core::ptr;

use crate::os;

/// # Safety
///
/// An aligned word in an arena.
#[inline(always)]
pub(super) unsafe fn read(address: usize) -> usize {
    // SAFETY: as the caller promises.
    unsafe { ptr::with_exposed_provenance::<usize>(address).read() }
}

/// # Safety
///
/// As for [`read`].
#[inline(always)]
pub(super) unsafe fn write(address: usize, value: usize) {
    // SAFETY: as the caller promises.
    unsafe { ptr::with_exposed_provenance_mut::<usize>(address).write(value) };
}

/// Fills bytes.
///
/// # Safety
///
/// So many bytes from there on may be written.
pub(super) unsafe fn fill(from: usize, bytes: usize, value: u8) {
    if os::memory_checker().is_some() {
        // SAFETY: as the caller promises.
        return unsafe { fill_seen(from, bytes, value) };
    }
    // SAFETY: as the caller promises.
    unsafe { ptr::write_bytes(ptr::with_exposed_provenance_mut::<u8>(from), value, bytes) };
}

/// Marks freed memory, as the original does: words of 32 bits that say who marked, and how far from where it began.
///
/// # Safety
///
/// So many bytes from there on may be written.
pub(super) unsafe fn mark(from: usize, bytes: usize, signature: u8) {
    for offset in 0..bytes {
        let word = offset / 4 * 4;
        let low = u32::try_from(word & 0xFFFF_FFFF).unwrap_or(0);
        let pattern = (u32::from(signature) << 24 ^ low).to_ne_bytes();
        // SAFETY: as the caller promises.
        unsafe { set_byte_seen(from + offset, if word + 4 <= bytes { pattern[offset % 4] } else { signature }) };
    }
}

/// Copies bytes; source and target may overlap.
///
/// # Safety
///
/// So many bytes may be read at one address, and written at the other.
pub(super) unsafe fn copy(from: usize, to: usize, bytes: usize) {
    if os::memory_checker().is_some() {
        // SAFETY: as the caller promises.
        return unsafe { copy_seen(from, to, bytes) };
    }
    let source = ptr::with_exposed_provenance::<u8>(from);
    // SAFETY: as the caller promises.
    unsafe { ptr::copy(source, ptr::with_exposed_provenance_mut(to), bytes) };
}

/// Writes a byte, and lets the compiler make no call of memcpy() or memset() out of many: AddressSanitizer has its own,
/// which look at what the program may use.
///
/// # Safety
///
/// It may be written.
unsafe fn set_byte_seen(address: usize, value: u8) {
    // SAFETY: as the caller promises.
    unsafe { ptr::with_exposed_provenance_mut::<u8>(address).write_volatile(value) };
}

/// # Safety
///
/// As for [`set_byte_seen`].
#[cold]
#[inline(never)]
unsafe fn fill_seen(address: usize, bytes: usize, value: u8) {
    for place in address..address + bytes {
        // SAFETY: as the caller promises.
        unsafe { set_byte_seen(place, value) };
    }
}

/// # Safety
///
/// As for [`copy`].
#[cold]
#[inline(never)]
unsafe fn copy_seen(from: usize, to: usize, bytes: usize) {
    let move_byte = |offset: usize| {
        // SAFETY: as the caller promises.
        let byte = unsafe { ptr::with_exposed_provenance::<u8>(from + offset).read() };
        // SAFETY: as the caller promises.
        unsafe { set_byte_seen(to + offset, byte) };
    };
    if from < to { (0..bytes).rev().for_each(move_byte) } else { (0..bytes).for_each(move_byte) }
}
