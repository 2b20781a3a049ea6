//! What a program sets.

use core::ffi::{c_int, c_void};

use super::layout::STATE;
use super::types::{SHM_ERRORS_ABORT, SHM_ERRORS_RETURN, off_t, shm_log_handler};

pub(super) fn set_max_pool_size(bytes: off_t) {
    STATE.set_max_pool_size(bytes);
}

pub(super) fn set_clear_exposed(clears: bool) {
    STATE.settings.set_clears_exposed(clears);
}

pub(super) fn set_max_held(count: usize) {
    STATE.settings.set_held_max(count);
}

pub(super) fn set_error_mode(mode: c_int) {
    match mode {
        SHM_ERRORS_ABORT => STATE.settings.set_returns_errors(false),
        SHM_ERRORS_RETURN => STATE.settings.set_returns_errors(true),
        _ => STATE
            .log
            .warning(format_args!("shm_set_error_mode: mode is {mode}, neither ABORT (0) nor RETURN (1): ignored")),
    }
}

pub(super) fn set_log_handler(handler: shm_log_handler, user: *mut c_void) {
    STATE.log.set_handler(handler, user);
}
