//! `poolzalloc`: a block as `poolalloc` gives it, and of its data what is not zero already is made zero.
//!
//! The heap keeps no account of what is zero: for large blocks the system is asked. That is done without the lock, since the
//! block is the caller's by then; unless blocks move, or a flag wants something done behind it.
#![allow(unsafe_code, reason = "the data of a new block is written")]

use core::ffi::{c_ulong, c_void};

use super::Text;
use super::call::Call;
use super::calls::{add, as_flags_ask_for_block, run_for_block};
use super::damage::Stop;
use super::fast_calls;
use super::flags::Flags;
use super::numbers::bytes;
use super::pool_pointer::PoolPointer;
use crate::limits::ZERO_BY_PAGES_BYTES;
use crate::os;

/// The work of `poolzalloc`.
pub fn alloc_zeroed(pool: PoolPointer<'_>, n: c_ulong) -> *mut c_void {
    let record = pool.record();
    let flags = Flags(record.flags());
    if flags.is_fast() && record.r#move().is_none() {
        let block = fast_calls::alloc(pool, n);
        if !block.is_null() {
            // SAFETY: it was just returned for so many bytes, and no block moves.
            unsafe { zero(block.expose_provenance(), bytes(n), flags) };
        }
        return block;
    }
    let pool_address = record.address();
    let line = |text: &mut Text, data| add(text, format_args!("poolzalloc {pool_address:x} {n} = {data:x}\n"));
    run_for_block(pool.lock(), "poolzalloc", |call| {
        as_flags_ask_for_block(call, 0, |call| call.allocate_zeroed_for_program(bytes(n)), line)
    })
}

impl Call<'_> {
    fn allocate_zeroed_for_program(&mut self, wanted: usize) -> Result<usize, Stop> {
        let data = self.allocate_for_program(wanted)?;
        if data != 0 {
            // SAFETY: the new block has so many bytes, and it is there as long as the pool is locked.
            unsafe { zero(data, wanted, self.flags) };
        }
        Ok(data)
    }
}

/// Makes the data of a new block zero.
///
/// # Safety
///
/// A block of the pool's with these flags, of so many bytes, which nobody else uses.
unsafe fn zero(data: usize, bytes: usize, flags: Flags) {
    if bytes >= ZERO_BY_PAGES_BYTES && flags.are_arenas_fresh() {
        // SAFETY: as the caller promises; and the program, by the flag, that the arenas are such memory.
        unsafe { os::zero_fresh(data, bytes) };
    } else {
        // SAFETY: as the caller promises.
        unsafe { os::zero(data, bytes) };
    }
    if let Some(checker) = os::memory_checker() {
        // What the system has made zero, nobody has seen being written.
        checker.define(data, bytes);
    }
}
