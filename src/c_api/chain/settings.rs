//! What a program sets.

use core::sync::atomic::{AtomicUsize, Ordering};

use super::layout::STATE;
use super::types::off_t;
use crate::limits;
use crate::units::StrideAlignment;

static STRIDE_ALIGNMENT: AtomicUsize = AtomicUsize::new(0);

pub(super) fn set_max_pool_size(bytes: off_t) {
    if bytes < 0 {
        STATE.log.warning(format_args!("shm_set_max_pool_size: max_pool_size is {bytes}: taken as 0, no scrolling"));
    }
    STATE.settings.set_pool_bytes_max(usize::try_from(bytes.max(0)).unwrap_or(limits::WIRE_BYTES_MAX));
}

pub(super) fn set_min_stride_alignment(bytes: usize) {
    STRIDE_ALIGNMENT.store(bytes, Ordering::Relaxed);
}

/// What buffers are made by from now on.
pub(super) fn stride_alignment() -> StrideAlignment {
    match STRIDE_ALIGNMENT.load(Ordering::Relaxed) {
        0 => StrideAlignment::LEAST,
        bytes => StrideAlignment::new(bytes).unwrap_or(StrideAlignment::LEAST),
    }
}
