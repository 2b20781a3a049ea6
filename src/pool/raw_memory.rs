//! Reading and writing the memory of a pool.
//!
//! A heap is made of addresses that stand in its own memory, so no type can say which of them may be followed. The rule
//! that every function here relies on: an address handed to it lies in an arena of the pool, or in its index, with as
//! many bytes behind it as are used. Whoever reads an address or a size from the heap checks it first: against the
//! arenas where the block comes from the program (`integrity`), and against the index where it comes from there.
#![allow(unsafe_code, reason = "the memory of the heap")]

use core::ptr::{self, NonNull};

use super::spot::Spot;
use crate::os;

/// Reads a word.
#[inline(always)]
pub(super) fn word(address: usize) -> usize {
    // SAFETY: the rule in the head of this file. Words of the heap are aligned.
    unsafe { ptr::with_exposed_provenance::<usize>(address).read() }
}

/// Writes a word.
#[inline(always)]
pub(super) fn set_word(address: usize, value: usize) {
    // SAFETY: the rule in the head of this file. Words of the heap are aligned.
    unsafe { ptr::with_exposed_provenance_mut::<usize>(address).write(value) };
}

/// The spot at the address of a block.
#[inline(always)]
pub(super) fn spot<'heap>(block: usize) -> Spot<'heap> {
    // SAFETY: the rule in the head of this file, and no block is smaller.
    unsafe { Spot::assume(block) }
}

/// Reads a byte.
#[inline(always)]
pub(super) fn byte(address: usize) -> u8 {
    // SAFETY: the rule in the head of this file.
    unsafe { ptr::with_exposed_provenance::<u8>(address).read() }
}

/// Writes a byte.
#[inline(always)]
pub(super) fn set_byte(address: usize, value: u8) {
    // SAFETY: the rule in the head of this file.
    unsafe { ptr::with_exposed_provenance_mut::<u8>(address).write(value) };
}

/// Reads four bytes at any address.
#[inline(always)]
pub(super) fn four_bytes(address: usize) -> [u8; 4] {
    // SAFETY: the rule in the head of this file.
    unsafe { ptr::with_exposed_provenance::<[u8; 4]>(address).read() }
}

/// Writes four bytes at any address.
#[inline(always)]
pub(super) fn set_four_bytes(address: usize, value: [u8; 4]) {
    // SAFETY: the rule in the head of this file.
    unsafe { ptr::with_exposed_provenance_mut::<[u8; 4]>(address).write(value) };
}

/// Fills bytes.
pub(super) fn fill(address: usize, bytes: usize, value: u8) {
    if os::memory_checker().is_some() {
        return fill_seen(address, bytes, value);
    }
    // SAFETY: the rule in the head of this file.
    unsafe { ptr::write_bytes(ptr::with_exposed_provenance_mut::<u8>(address), value, bytes) };
}

/// Copies bytes; source and target may overlap.
pub(super) fn copy(from: usize, to: usize, bytes: usize) {
    if os::memory_checker().is_some() {
        return copy_seen(from, to, bytes);
    }
    let source = ptr::with_exposed_provenance::<u8>(from);
    // SAFETY: the rule in the head of this file.
    unsafe { ptr::copy(source, ptr::with_exposed_provenance_mut(to), bytes) };
}

/// Writes a byte, and lets the compiler make no call of memcpy() or memset() out of many: AddressSanitizer has its own,
/// which look at what the program may use.
fn set_byte_seen(address: usize, value: u8) {
    // SAFETY: the rule in the head of this file.
    unsafe { ptr::with_exposed_provenance_mut::<u8>(address).write_volatile(value) };
}

#[cold]
#[inline(never)]
fn fill_seen(address: usize, bytes: usize, value: u8) {
    (address..address + bytes).for_each(|place| set_byte_seen(place, value));
}

#[cold]
#[inline(never)]
fn copy_seen(from: usize, to: usize, bytes: usize) {
    let move_byte = |offset: usize| set_byte_seen(to + offset, byte(from + offset));
    if from < to { (0..bytes).rev().for_each(move_byte) } else { (0..bytes).for_each(move_byte) }
}

/// What was written before may not be left out, even where the memory goes right afterwards.
pub(super) fn keep_writes(address: usize) {
    core::sync::atomic::compiler_fence(core::sync::atomic::Ordering::SeqCst);
    core::hint::black_box(byte(address));
}

/// Zeroed memory of the system's, apart from the program's; 0: there is none.
pub(super) fn map(bytes: usize) -> usize {
    os::map_guarded(bytes).map_or(0, |memory| memory.as_ptr().expose_provenance())
}

/// Gives memory of `map` back, which nobody uses any more. 0: nothing.
pub(super) fn unmap(address: usize, bytes: usize) {
    if let Some(memory) = NonNull::new(ptr::with_exposed_provenance_mut(address)) {
        // SAFETY: the rule in the head of this file: it came from `map` with this size.
        unsafe { os::unmap_guarded(memory, bytes) };
    }
}
