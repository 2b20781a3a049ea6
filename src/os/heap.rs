//! The allocator and the last words of the library without std.
#![cfg(not(feature = "std"))]

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;
use core::panic::PanicInfo;
use core::ptr;

use super::{abort, write_to_stderr};
use crate::text::Text;

/// The C library's malloc.
struct CHeap;

#[global_allocator]
static HEAP: CHeap = CHeap;

/// malloc aligns for every C type: for two pointers on all machines of glibc and musl.
const MALLOC_ALIGNMENT: usize = 2 * size_of::<usize>();

// SAFETY: memory comes from and goes back to the C library's allocator, which keeps what the trait asks for.
unsafe impl GlobalAlloc for CHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= MALLOC_ALIGNMENT {
            // SAFETY: malloc takes any size.
            return unsafe { libc::malloc(layout.size()) }.cast();
        }
        let mut memory: *mut c_void = ptr::null_mut();
        // SAFETY: the alignment is a power of two and a multiple of a pointer's size, because it exceeds two of them.
        let failed = unsafe { libc::posix_memalign(&raw mut memory, layout.align(), layout.size()) } != 0;
        if failed { ptr::null_mut() } else { memory.cast() }
    }

    unsafe fn dealloc(&self, memory: *mut u8, _layout: Layout) {
        // SAFETY: the caller passes what alloc returned, which came from malloc or posix_memalign.
        unsafe { libc::free(memory.cast()) };
    }
}

/// Ends the program with one line that names the broken invariant and the place.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let mut line: Text<256> = Text::of(format_args!("millpond: {}", info.message()));
    if let Some(place) = info.location() {
        line.add(format_args!(" ({}:{})", place.file(), place.line()));
    }
    write_to_stderr(line.ended_by(b'\n'));
    abort()
}
