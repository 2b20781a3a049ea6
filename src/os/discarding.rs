//! Giving pages of the program's memory back to the system: what stands in them is lost, their addresses stay.

use core::ffi::c_void;
use core::ptr;

use super::page_bytes;
use super::questions::keeping_errno;

/// So many pages are asked for at a time: one byte of answer for each, on the stack.
const PAGES_ASKED: usize = 512;

/// Gives whole pages of private anonymous memory back: they read as zero when they are used next. Returns how many of
/// these bytes took memory before and take none now; None if these pages are of another kind, and stay as they are.
///
/// The system is told first that nobody needs the contents (`MADV_FREE`), which it refuses for all other memory: of a
/// file, shared, locked, or of huge pages that were set apart. What `MADV_DONTNEED` does to those is not wanted: a file's
/// old contents would come back, what is shared would stay, and Linux 5.18 to 6.0 would drop more huge pages than it was
/// asked to. Linux before 4.5 does not know `MADV_FREE`; there nothing is given back.
///
/// # Safety
///
/// From `start`, where a page begins, there are so many bytes, whole pages, of memory of the program's, and nobody needs
/// what stands there.
pub unsafe fn discard_pages(start: usize, bytes: usize) -> Option<usize> {
    let memory: *mut c_void = ptr::with_exposed_provenance_mut(start);
    keeping_errno(|| {
        let before = present_bytes(start, bytes);
        // SAFETY: as the caller promises, nobody needs what may be lost. The system checks the addresses.
        let is_private = unsafe { libc::madvise(memory, bytes, libc::MADV_FREE) } == 0;
        // SAFETY: as above.
        if !is_private || unsafe { libc::madvise(memory, bytes, libc::MADV_DONTNEED) } != 0 {
            return None;
        }
        // An emulator may take all advice for hints, and say that it was followed.
        let gone = before.zip(present_bytes(start, bytes)).map(|(before, after)| before.saturating_sub(after));
        Some(gone.unwrap_or(bytes))
    })
}

/// How many of these bytes take memory now. None if the system does not say.
fn present_bytes(start: usize, bytes: usize) -> Option<usize> {
    let (step_bytes, mut answers) = (PAGES_ASKED * page_bytes(), [0_u8; PAGES_ASKED]);
    let mut pages = 0;
    for offset in (0..bytes).step_by(step_bytes) {
        let asked_bytes = step_bytes.min(bytes - offset);
        let memory: *mut c_void = ptr::with_exposed_provenance_mut(start + offset);
        // SAFETY: the system checks the addresses, and writes a byte for each of at most as many pages as there is room for.
        if unsafe { libc::mincore(memory, asked_bytes, answers.as_mut_ptr()) } != 0 {
            return None;
        }
        pages += answers.iter().take(asked_bytes / page_bytes()).filter(|answer| **answer & 1 != 0).count();
    }
    Some(pages * page_bytes())
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use core::ptr::NonNull;

    use super::*;

    const PAGES: usize = PAGES_ASKED + 3;

    /// Memory of one kind, all of it written.
    fn written(flags: i32) -> (NonNull<c_void>, usize) {
        let (bytes, protection) = (PAGES * page_bytes(), libc::PROT_READ | libc::PROT_WRITE);
        // SAFETY: a new mapping at an address of the kernel's choice replaces nothing.
        let memory = unsafe { libc::mmap(ptr::null_mut(), bytes, protection, flags | libc::MAP_ANONYMOUS, -1, 0) };
        assert_ne!(memory, libc::MAP_FAILED);
        // SAFETY: it was just mapped.
        unsafe { ptr::write_bytes(memory.cast::<u8>(), 7, bytes) };
        (NonNull::new(memory).unwrap(), bytes)
    }

    #[test]
    fn pages_that_are_given_back_are_counted_once_and_read_as_zero() {
        let (memory, bytes) = written(libc::MAP_PRIVATE);
        let start = memory.as_ptr().expose_provenance();
        // All but the first page and the last.
        let (first, inner) = (start + page_bytes(), bytes - 2 * page_bytes());
        // SAFETY: whole pages of this test's own memory.
        let given = unsafe { discard_pages(first, inner) };
        if given == Some(0) {
            return; // an emulator that follows no advice
        }
        assert_eq!(given, Some(inner));
        assert_eq!(present_bytes(start, bytes), Some(2 * page_bytes()));
        let all = memory.as_ptr().cast::<u8>();
        for offset in 0..bytes {
            let is_inside = (page_bytes()..bytes - page_bytes()).contains(&offset);
            // SAFETY: in this test's own memory.
            assert_eq!(unsafe { all.wrapping_add(offset).read() }, if is_inside { 0 } else { 7 });
        }
        // SAFETY: as above. Reading has brought no memory back, or only the page of zeroes that all share.
        assert!(unsafe { discard_pages(first, inner) }.is_some());
        // SAFETY: as above.
        assert_eq!(unsafe { discard_pages(first, inner) }, Some(0));
    }

    #[test]
    fn shared_memory_stays_as_it_is() {
        let (memory, bytes) = written(libc::MAP_SHARED);
        // SAFETY: whole pages of this test's own memory.
        assert_eq!(unsafe { discard_pages(memory.as_ptr().expose_provenance(), bytes) }, None);
        for offset in 0..bytes {
            // SAFETY: in this test's own memory.
            assert_eq!(unsafe { memory.as_ptr().cast::<u8>().wrapping_add(offset).read() }, 7);
        }
    }
}
