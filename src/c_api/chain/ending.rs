//! What ends: the buffers of a chain, the chain, all.

use super::chains;
use super::layout::{Chains, STATE};
use super::types::buffer_chain;
use crate::c_api::shared::calls;
use crate::os::Errno;

/// # Safety
///
/// The contract in the head of functions.rs.
pub(super) unsafe fn purge(chain: *mut buffer_chain) {
    // SAFETY: the caller keeps the contract in the head of functions.rs.
    match unsafe { chains::find(chain) } {
        // SAFETY: as above.
        Some(chain) => unsafe { purge_group(chain) },
        None => STATE.refuse(Errno::INVALID, format_args!("shm_purge: chain is NULL or no chain")),
    }
}

/// # Safety
///
/// The contract in the head of functions.rs.
pub(super) unsafe fn free_chain(chain: *mut buffer_chain) {
    if chain.is_null() {
        return;
    }
    match chains::take(chain) {
        // SAFETY: the caller keeps the contract in the head of functions.rs.
        Some(chain) => unsafe { purge_group(&chain) },
        None => STATE.refuse(Errno::INVALID, format_args!("shm_chain_free: chain is no chain, or was freed")),
    }
}

/// The `wl_shm` is only compared: at the end of a program it may have gone.
///
/// # Safety
///
/// The contract in the head of functions.rs.
unsafe fn purge_group(chain: &chains::Chain) {
    if let Some(display) = STATE.displays.existing(chain.shm) {
        // SAFETY: the places of displays live until shm_fini; the program calls with one wl_shm in one thread at a time.
        unsafe { calls::purge::<Chains>(display, chain.group) };
    }
}

/// # Safety
///
/// The contract in the head of functions.rs.
pub(super) unsafe fn finish() {
    // SAFETY: the caller keeps the contract in the head of functions.rs.
    unsafe { STATE.displays.drop_all() };
}
