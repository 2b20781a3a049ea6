//! `shm_carry_over`: which buffers are meant, behind any face.

use core::ffi::c_void;

use super::calls;
use super::node::{Face, find_buffer};
use super::refusals::refuse_carrying_over;
use crate::os::Errno;
use crate::pixman::pixman_region32_t;
use crate::shm::NotCarried;

/// # Safety
///
/// The region is NULL, or an initialised one that nobody changes meanwhile; the program uses one wl_shm's buffers in one
/// thread at a time.
pub(crate) unsafe fn carry_over<F: Face>(
    to: *const c_void,
    from: *const c_void,
    drawn: *const pixman_region32_t,
) -> bool {
    let refuse = |line| F::state().refuse(Errno::INVALID, line);
    let Some((display, to_key)) = find_buffer::<F>(to) else {
        refuse(format_args!("shm_carry_over: dst is NULL or no buffer of shm_get_buffer"));
        return false;
    };
    let Some((other_display, from_key)) = find_buffer::<F>(from) else {
        refuse(format_args!("shm_carry_over: src is NULL or no buffer of shm_get_buffer"));
        return false;
    };
    if display != other_display {
        refuse(format_args!("shm_carry_over: src is not a buffer of the wl_shm of dst"));
        return false;
    }
    // SAFETY: the places of displays live until shm_fini; the caller promises the rest.
    match unsafe { calls::carry_over::<F>(display, (to_key, from_key), drawn) } {
        Ok(()) => true,
        // That is not the program's mistake.
        Err(NotCarried::GivenUp) => false,
        Err(reason) => {
            refuse_carrying_over(F::state(), reason);
            false
        }
    }
}
