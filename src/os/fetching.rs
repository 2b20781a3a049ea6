//! Memory that is going to be read soon, fetched into the caches before.
#![allow(unsafe_code, reason = "an instruction of the processor's")]

/// Begins to fetch what lies at an address, if the processor can do that. Nothing else happens, whatever lies there.
#[cfg(all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse", not(miri)))]
#[inline(always)]
pub fn fetch_early(address: usize) {
    #[cfg(target_arch = "x86")]
    use core::arch::x86::{_MM_HINT_T0, _mm_prefetch};
    #[cfg(target_arch = "x86_64")]
    use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

    // SAFETY: of an address where nothing lies, the processor does not take notice.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(core::ptr::without_provenance(address)) };
}

/// The same on AArch64.
#[cfg(all(target_arch = "aarch64", not(miri)))]
#[inline(always)]
pub fn fetch_early(address: usize) {
    // SAFETY: of an address where nothing lies, the processor does not take notice.
    unsafe { core::arch::asm!("prfm pldl1keep, [{}]", in(reg) address, options(nostack, preserves_flags, readonly)) };
}

/// Elsewhere memory is fetched when it is read.
#[cfg(not(any(
    all(any(target_arch = "x86", target_arch = "x86_64"), target_feature = "sse", not(miri)),
    all(target_arch = "aarch64", not(miri))
)))]
#[inline(always)]
pub fn fetch_early(_: usize) {}

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
