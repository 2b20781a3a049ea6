//! `shm_get_buffer`: from its arguments to a buffer of the engine, and what is wrong with them.

use core::ffi::{c_int, c_ulong};
use core::fmt;
use core::ptr;

use super::layout::{Foot14, STATE, Shown};
use super::types::buffer;
use crate::c_api::shared::calls::{self, NoBuffer, Use};
use crate::c_api::shared::refusals::refuse_size;
use crate::limits;
use crate::os::Errno;
use crate::shm::{Failure, Kind};
use crate::units::{PixelFormat, PixelLayout, StrideAlignment};
use crate::wayland::{ShmGlobal, wl_shm};

/// WL_SHM_FORMAT_ARGB8888, rows without a gap.
const LAYOUT: PixelLayout = PixelLayout { format: PixelFormat::Argb8888, stride_alignment: StrideAlignment::LEAST };

#[inline(always)]
fn kind_of(width: c_int, height: c_int, cookie: c_ulong, wants_scrolling: bool, image_count: usize) -> Kind {
    Kind::new(group_of(cookie), width, height, LAYOUT, wants_scrolling, image_count)
}

/// # Safety
///
/// The contract in the head of functions.rs.
#[inline(always)]
pub(super) unsafe fn get_buffer(
    shm: *mut wl_shm,
    width: c_int,
    height: c_int,
    cookie: c_ulong,
    wants_scrolling: bool,
    image_count: usize,
) -> *mut buffer {
    let kind = kind_of(width, height, cookie, wants_scrolling, image_count);
    if let Some(mut display) = STATE.displays.existing(shm) {
        // SAFETY: the places of displays live until shm_fini; the program calls with one wl_shm in one thread at a time.
        if let Some(handle) = unsafe { display.as_mut() }.request_again(&kind) {
            return handle.as_returned().cast();
        }
    }
    // SAFETY: the caller keeps the contract in the head of functions.rs.
    unsafe { get_another(shm, width, height, cookie, wants_scrolling, image_count) }
}

/// Not the same buffer as the last time, or the housekeeping is due. Apart, and with the arguments of C, so that the
/// fast path has nothing to save.
///
/// # Safety
///
/// The contract in the head of functions.rs.
#[inline(never)]
unsafe fn get_another(
    shm: *mut wl_shm,
    width: c_int,
    height: c_int,
    cookie: c_ulong,
    wants_scrolling: bool,
    image_count: usize,
) -> *mut buffer {
    let kind = kind_of(width, height, cookie, wants_scrolling, image_count);
    if let Some(mut display) = STATE.displays.existing(shm) {
        // SAFETY: the places of displays live until shm_fini; the program calls with one wl_shm in one thread at a time.
        let display = unsafe { display.as_mut() };
        if let Some(handle) = display.request_only(&kind) {
            return handle.as_returned().cast();
        }
        if display.keep_house() {
            // SAFETY: as for this function. The housekeeping is not due again.
            return unsafe { get_buffer(shm, width, height, cookie, wants_scrolling, image_count) };
        }
    }
    // SAFETY: the caller keeps the contract in the head of functions.rs.
    unsafe { get_checked(shm, width, height, cookie, wants_scrolling, image_count) }
}

/// What is not there already: arguments are checked, and there may be something to say. Apart from the fast path.
///
/// # Safety
///
/// The contract in the head of functions.rs.
#[inline(never)]
unsafe fn get_checked(
    shm: *mut wl_shm,
    width: c_int,
    height: c_int,
    cookie: c_ulong,
    wants_scrolling: bool,
    image_count: usize,
) -> *mut buffer {
    // SAFETY: the caller keeps the contract in the head of functions.rs.
    let Some(global) = (unsafe { ShmGlobal::from_c(shm) }) else {
        return refuse(Errno::INVALID, format_args!("shm_get_buffer: shm is NULL"));
    };
    let kind = kind_of(width, height, cookie, wants_scrolling, image_count);
    if let Err(bad) = kind.picture() {
        refuse_size(&STATE, "shm_get_buffer", bad, (width, height));
        return ptr::null_mut();
    }
    if image_count > limits::IMAGES_PER_BUFFER_MAX {
        let most = limits::IMAGES_PER_BUFFER_MAX;
        return refuse(
            Errno::INVALID,
            format_args!("shm_get_buffer: pix_instances is {image_count}, more than {most}"),
        );
    }
    // SAFETY: the caller keeps the contract in the head of functions.rs.
    match unsafe { calls::request::<Foot14>(shm, global, (&kind, Use::Again), || Some(Shown::new(cookie))) } {
        Ok(public) => public.cast(),
        Err(NoBuffer::HandlerDestroyedIt) => {
            refuse(Errno::INVALID, format_args!("shm_get_buffer: the log handler has destroyed the buffer"))
        }
        Err(NoBuffer::Failed(failure)) => give_up(failure, width, height),
    }
}

#[allow(clippy::useless_conversion, reason = "unsigned long has 32 bits on some machines")]
pub(super) fn group_of(cookie: c_ulong) -> u64 {
    u64::from(cookie)
}

fn refuse(errno: Errno, line: fmt::Arguments<'_>) -> *mut buffer {
    STATE.refuse(errno, line);
    ptr::null_mut()
}

fn give_up(failure: Failure, width: c_int, height: c_int) -> *mut buffer {
    STATE.give_up(failure, format_args!("shm_get_buffer: no buffer of {width}x{height} pixels to be had: {failure}"));
    ptr::null_mut()
}
