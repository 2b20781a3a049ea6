//! Other allocators, behind C functions of one shape, for benches/pool to compare with.

use std::alloc::Layout;
use std::ptr::{self, NonNull};

use rlsf::{FlexSource, FlexTlsf};

/// What the C library aligns for, and so does a Pool.
const ALIGNMENT_BYTES: usize = 16;
/// Address space for one heap; pages come with the first write.
const RANGE_BYTES: usize = 16 << 30;
/// By how much a heap grows at least.
const GROWTH_BYTES: usize = 64 << 10;

/// Memory that grows at its end, as a Pool gets it in the same comparison: the best case for TLSF.
#[derive(Debug)]
pub struct Range {
    start: Option<NonNull<u8>>,
}

fn rounded_up(size_bytes: usize) -> Option<usize> {
    Some(size_bytes.checked_add(GROWTH_BYTES - 1)? & !(GROWTH_BYTES - 1)).filter(|bytes| *bytes <= RANGE_BYTES)
}

// SAFETY: the range is mapped once and never given back; `alloc` hands it out once, and growing gives more of it.
unsafe impl FlexSource for Range {
    unsafe fn alloc(&mut self, min_size: usize) -> Option<NonNull<[u8]>> {
        let size_bytes = rounded_up(min_size)?;
        if self.start.is_some() {
            return None;
        }
        // SAFETY: a new mapping at an address that the system chooses touches nothing that exists.
        let address = unsafe {
            libc::mmap(
                ptr::null_mut(),
                RANGE_BYTES,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if address == libc::MAP_FAILED {
            return None;
        }
        self.start = NonNull::new(address.cast());
        Some(NonNull::slice_from_raw_parts(self.start?, size_bytes))
    }

    unsafe fn realloc_inplace_grow(&mut self, _: NonNull<[u8]>, min_new_len: usize) -> Option<usize> {
        rounded_up(min_new_len)
    }

    fn supports_realloc_inplace_grow(&self) -> bool {
        true
    }

    fn is_contiguous_growable(&self) -> bool {
        true
    }

    fn min_align(&self) -> usize {
        4096
    }
}

/// Blocks of up to 2^47 bytes in powers of two, each in 32 steps.
pub type Tlsf = FlexTlsf<Range, u64, u32, 42, 32>;

fn layout(size_bytes: usize) -> Option<Layout> {
    Layout::from_size_align(size_bytes, ALIGNMENT_BYTES).ok()
}

fn address(block: Option<NonNull<u8>>) -> *mut u8 {
    block.map_or(ptr::null_mut(), NonNull::as_ptr)
}

/// A new heap. It lives until the program ends.
#[unsafe(no_mangle)]
pub extern "C" fn peer_tlsf_create() -> *mut Tlsf {
    Box::into_raw(Box::new(Tlsf::new(Range { start: None })))
}

/// As malloc().
///
/// # Safety
///
/// `heap` is of [`peer_tlsf_create`], and no other call for it runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peer_tlsf_alloc(heap: *mut Tlsf, size_bytes: usize) -> *mut u8 {
    // SAFETY: the caller gives a heap, and no other call uses it now.
    let heap = unsafe { &mut *heap };
    address(layout(size_bytes).and_then(|layout| heap.allocate(layout)))
}

/// As realloc().
///
/// # Safety
///
/// As for [`peer_tlsf_alloc`]; `block` is null or a live block of this heap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peer_tlsf_realloc(heap: *mut Tlsf, block: *mut u8, size_bytes: usize) -> *mut u8 {
    let Some(live) = NonNull::new(block) else {
        // SAFETY: passed on as it came.
        return unsafe { peer_tlsf_alloc(heap, size_bytes) };
    };
    // SAFETY: the caller gives a heap, and no other call uses it now.
    let heap = unsafe { &mut *heap };
    // SAFETY: the block is live, and every block has this alignment.
    address(layout(size_bytes).and_then(|layout| unsafe { heap.reallocate(live, layout) }))
}

/// As free().
///
/// # Safety
///
/// As for [`peer_tlsf_realloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn peer_tlsf_free(heap: *mut Tlsf, block: *mut u8) {
    let Some(live) = NonNull::new(block) else { return };
    // SAFETY: the caller gives a heap, and no other call uses it now.
    let heap = unsafe { &mut *heap };
    // SAFETY: the block is live, and every block has this alignment.
    unsafe { heap.deallocate(live, ALIGNMENT_BYTES) };
}
