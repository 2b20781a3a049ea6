//! `shm_get_buffer` and `shm_get_many`: from their arguments to buffers of the engine, and what is wrong with them.

use core::ffi::c_int;
use core::fmt;
use core::ptr;

use super::chains::{self, Chain};
use super::layout::{Chains, STATE};
use super::types::{buffer, buffer_chain};
use crate::c_api::shared::calls::{self, NoBuffer, Use};
use crate::c_api::shared::refusals::refuse_size;
use crate::os::Errno;
use crate::shm::{Failure, Kind};
use crate::wayland::ShmGlobal;

/// # Safety
///
/// The contract in the head of functions.rs.
pub(super) unsafe fn get_buffer(
    chain: *mut buffer_chain,
    width: c_int,
    height: c_int,
    with_alpha: bool,
) -> *mut buffer {
    // SAFETY: the caller keeps the contract in the head of functions.rs.
    let Some(chain) = (unsafe { chains::find(chain) }) else {
        return refuse(Errno::INVALID, format_args!("shm_get_buffer: chain is NULL or no chain"));
    };
    let kind = chain.kind(width, height, with_alpha);
    if let Some(mut display) = STATE.displays.existing(chain.shm) {
        // SAFETY: the places of displays live until shm_fini; the program calls with one wl_shm in one thread at a time.
        let display = unsafe { display.as_mut() };
        if let Some(handle) = display.request_only(&kind) {
            return handle.as_returned().cast();
        }
    }
    // SAFETY: the caller keeps the contract in the head of functions.rs.
    unsafe { get(chain, &kind, (width, height), Use::Again) }
}

/// # Safety
///
/// The contract in the head of functions.rs.
pub(super) unsafe fn get_many(
    chain: *mut buffer_chain,
    count: usize,
    widths: *const c_int,
    heights: *const c_int,
    bufs: *mut *mut buffer,
    with_alpha: bool,
) {
    // SAFETY: the caller keeps the contract in the head of functions.rs.
    let chain = unsafe { chains::find(chain) };
    if chain.is_none() {
        STATE.refuse(Errno::INVALID, format_args!("shm_get_many: chain is NULL or no chain"));
    }
    for index in 0..count {
        // SAFETY: the program passes so many entries.
        let width = unsafe { widths.wrapping_add(index).read() };
        // SAFETY: as above.
        let height = unsafe { heights.wrapping_add(index).read() };
        let buffer = match chain {
            // SAFETY: the caller keeps the contract in the head of functions.rs.
            Some(chain) if width != 0 && height != 0 => unsafe {
                get(chain, &chain.kind(width, height, with_alpha), (width, height), Use::Once)
            },
            _ => ptr::null_mut(),
        };
        // SAFETY: as above.
        unsafe { bufs.wrapping_add(index).write(buffer) };
    }
}

/// # Safety
///
/// The contract in the head of functions.rs.
#[inline(never)]
unsafe fn get(chain: &Chain, kind: &Kind, (width, height): (c_int, c_int), used: Use) -> *mut buffer {
    let name = used.function();
    // SAFETY: the caller keeps the contract in the head of functions.rs.
    let Some(global) = (unsafe { ShmGlobal::from_c(chain.shm) }) else {
        return refuse(Errno::INVALID, format_args!("{name}: the wl_shm of the chain is NULL"));
    };
    if let Err(bad) = kind.picture() {
        refuse_size(&STATE, name, bad, (width, height));
        return ptr::null_mut();
    }
    let make = || chain.new_buffer();
    // SAFETY: the caller keeps the contract in the head of functions.rs.
    match unsafe { calls::request::<Chains>(chain.shm, global, (kind, used), make) } {
        Ok(public) => public.cast(),
        Err(NoBuffer::HandlerDestroyedIt) => {
            refuse(Errno::INVALID, format_args!("{name}: the log handler has destroyed the buffer"))
        }
        Err(NoBuffer::Failed(failure)) => give_up(name, failure, width, height),
    }
}

impl Use {
    fn function(self) -> &'static str {
        match self {
            Use::Again => "shm_get_buffer",
            Use::Once => "shm_get_many",
        }
    }
}

fn refuse(errno: Errno, line: fmt::Arguments<'_>) -> *mut buffer {
    STATE.refuse(errno, line);
    ptr::null_mut()
}

fn give_up(name: &str, failure: Failure, width: c_int, height: c_int) -> *mut buffer {
    STATE.give_up(failure, format_args!("{name}: no buffer of {width}x{height} pixels to be had: {failure}"));
    ptr::null_mut()
}
