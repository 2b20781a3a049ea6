//! Memory that is going to be read soon, fetched into the caches before.
#![allow(unsafe_code, reason = "an instruction of the processor's")]

#[cfg(target_arch = "x86")]
use core::arch::x86 as processor;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64 as processor;

/// Begins to fetch what lies at an address, where the processor can do that. Nothing else happens, whatever lies there.
#[inline(always)]
pub fn fetch_early(address: usize) {
    // SAFETY: of an address where nothing lies, the processor does not take notice.
    #[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse"))]
    unsafe {
        processor::_mm_prefetch::<{ processor::_MM_HINT_T0 }>(core::ptr::without_provenance(address));
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        core::arch::asm!("prfm pldl1keep, [{}]", in(reg) address, options(nostack, preserves_flags, readonly));
    }
    // Elsewhere memory is fetched when it is read.
    let _ = address;
}

#[cfg(test)]
mod tests {
    use super::fetch_early;

    #[test]
    fn nothing_happens_where_nothing_lies() {
        for address in [0, 1, usize::MAX / 2, usize::MAX] {
            fetch_early(address);
        }
    }
}
