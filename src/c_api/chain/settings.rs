//! What a program sets.

use core::sync::atomic::{AtomicUsize, Ordering};

use super::layout::STATE;
use super::types::off_t;
use crate::units::StrideAlignment;

static STRIDE_ALIGNMENT: AtomicUsize = AtomicUsize::new(0);

pub(super) fn set_max_pool_size(bytes: off_t) {
    STATE.set_max_pool_size(bytes);
}

pub(super) fn set_max_held(count: usize) {
    STATE.settings.set_held_max(count);
}

pub(super) fn set_min_stride_alignment(bytes: usize) {
    let sensible = bytes.clamp(StrideAlignment::LEAST.bytes(), StrideAlignment::MOST.bytes());
    // Rounded up: what is a multiple of more is one of less, too.
    let taken = sensible.checked_next_power_of_two().unwrap_or(StrideAlignment::MOST.bytes());
    if bytes != 0 && taken != bytes {
        STATE.log.warning(format_args!(
            "shm_set_min_stride_alignment: min_stride_alignment is {bytes}, no power of two from 4 to 65536: taken as {taken}"
        ));
    }
    STRIDE_ALIGNMENT.store(taken, Ordering::Relaxed);
}

/// What buffers are made by from now on.
pub(super) fn stride_alignment() -> StrideAlignment {
    StrideAlignment::new(STRIDE_ALIGNMENT.load(Ordering::Relaxed)).unwrap_or(StrideAlignment::LEAST)
}
