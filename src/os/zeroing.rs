//! Making memory zero, without writing to what is zero already because nobody has used it.
//!
//! ```text
//!   | begins inside a page | whole pages: there / not there / there ... | ends inside a page |
//!     written                written / given back                         written
//! ```
//!
//! A page that is not there was never written, or was given back, and is zero when it is read; or it was written out to a
//! disk. The system is told to forget those pages: then they are zero in any case, and nothing is read in.

use core::ffi::c_void;
use core::ops::Range;
use core::ptr;
use core::sync::atomic::{AtomicU8, Ordering};

use super::page_bytes;
use super::pages::{map_zeroed, unmap};
use super::questions::keeping_errno;
use crate::limits::PAGES_PER_QUESTION;

/// Writes zeros.
///
/// # Safety
///
/// So many bytes from `address` on may be written, and nobody else uses them.
pub unsafe fn zero(address: usize, bytes: usize) {
    // SAFETY: as the caller promises.
    unsafe { ptr::write_bytes(ptr::with_exposed_provenance_mut::<u8>(address), 0, bytes) };
}

/// The same in memory that is this process's alone and no file's (`MAP_PRIVATE | MAP_ANONYMOUS`). Pages that are not there
/// stay away. errno stays as it is.
///
/// # Safety
///
/// As for [`zero`]; and the memory is such.
pub unsafe fn zero_fresh(address: usize, bytes: usize) {
    let page = page_bytes();
    let first = address.next_multiple_of(page);
    let last = (address + bytes) / page * page;
    if first >= last || !keeping_errno(forgets_pages) {
        // SAFETY: as the caller promises.
        return unsafe { zero(address, bytes) };
    }
    // SAFETY: the part before the first whole page.
    unsafe { zero(address, first - address) };
    // SAFETY: whole pages of what the caller promises.
    keeping_errno(|| unsafe { zero_pages(first, last) });
    // SAFETY: the part behind the last whole page.
    unsafe { zero(last, address + bytes - last) };
}

/// # Safety
///
/// As for [`zero_fresh`], of whole pages.
unsafe fn zero_pages(first: usize, last: usize) {
    let page = page_bytes();
    let mut answers = [0_u8; PAGES_PER_QUESTION];
    // What is not there, up to where was asked: long stretches are given back in one call.
    let mut absent = first..first;
    let mut start = first;
    while start < last {
        let end = last.min(start.saturating_add(PAGES_PER_QUESTION * page));
        let asked = &mut answers[..(end - start) / page];
        // Where the system does not say, all is written.
        if !are_there(start, end - start, asked) {
            asked.fill(1);
        }
        for (run, is_there) in runs(asked) {
            let run = start + run.start * page..start + run.end * page;
            if !is_there {
                absent.end = run.end;
                continue;
            }
            // SAFETY: pages of what the caller promises.
            unsafe { zero(run.start, run.len()) };
            // SAFETY: as above.
            unsafe { give_back(absent) };
            absent = run.end..run.end;
        }
        start = end;
    }
    // SAFETY: as above.
    unsafe { give_back(absent) };
}

/// Makes pages that are not there zero.
///
/// # Safety
///
/// As for [`zero_fresh`], of whole pages.
unsafe fn give_back(absent: Range<usize>) {
    if absent.is_empty() {
        return;
    }
    let pages: *mut c_void = ptr::with_exposed_provenance_mut(absent.start);
    // SAFETY: what stands in these pages is lost, which is what the caller wants.
    if unsafe { libc::madvise(pages, absent.len(), libc::MADV_DONTNEED) } != 0 {
        // SAFETY: as the caller promises.
        unsafe { zero(absent.start, absent.len()) };
    }
}

/// False where MADV_DONTNEED does nothing and says that it did: an emulator may take all advice for hints. Asked once.
fn forgets_pages() -> bool {
    static KNOWN: AtomicU8 = AtomicU8::new(NOT_ASKED);
    const NOT_ASKED: u8 = 0;
    const YES: u8 = 1;
    const NO: u8 = 2;
    let known = KNOWN.load(Ordering::Relaxed);
    if known != NOT_ASKED {
        return known == YES;
    }
    let Some(page) = map_zeroed(page_bytes()) else { return false };
    let first = page.cast::<u8>();
    // SAFETY: just mapped.
    unsafe { first.write_volatile(1) };
    // SAFETY: nobody else knows the page.
    let is_done = unsafe { libc::madvise(page.as_ptr(), page_bytes(), libc::MADV_DONTNEED) } == 0;
    // SAFETY: as above.
    let is_zero = unsafe { first.read_volatile() } == 0;
    // SAFETY: mapped above.
    unsafe { unmap(page, page_bytes()) };
    KNOWN.store(if is_done && is_zero { YES } else { NO }, Ordering::Relaxed);
    is_done && is_zero
}

/// Which pages are there: one answer for each, whose lowest bit says so. False: the system does not say.
fn are_there(start: usize, bytes: usize, answers: &mut [u8]) -> bool {
    let pages: *mut c_void = ptr::with_exposed_provenance_mut(start);
    // SAFETY: the system writes a byte for each page, and there are as many.
    unsafe { libc::mincore(pages, bytes, answers.as_mut_ptr().cast()) == 0 }
}

/// Stretches of pages that are there or not, as places in the answers.
fn runs(answers: &[u8]) -> impl Iterator<Item = (Range<usize>, bool)> + '_ {
    let is_there = |answer: &u8| answer & 1 != 0;
    let mut start = 0;
    answers.chunk_by(move |one, next| is_there(one) == is_there(next)).map(move |run| {
        let place = start..start + run.len();
        start = place.end;
        (place, run.first().is_some_and(is_there))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All answers of few pages: runs are whole, alternate, and are what was said.
    #[test]
    fn runs_are_what_was_answered() {
        for pages in 0..=10_u32 {
            for bits in 0..1_u32 << pages {
                // The other bits of an answer are reserved.
                let answers: std::vec::Vec<u8> =
                    (0..pages).map(|page| 0xFE | u8::from(bits >> page & 1 != 0)).collect();
                let mut covered = 0;
                let mut before = None;
                for (run, is_there) in runs(&answers) {
                    assert_eq!(run.start, covered);
                    assert!(!run.is_empty() && before != Some(is_there));
                    assert!(run.clone().all(|page| (bits >> page & 1 != 0) == is_there));
                    (covered, before) = (run.end, Some(is_there));
                }
                assert_eq!(covered, answers.len());
            }
        }
    }

    fn count_there(start: usize, pages: usize) -> usize {
        let mut answers = std::vec![0; pages];
        assert!(are_there(start, pages * page_bytes(), &mut answers));
        answers.iter().filter(|answer| *answer & 1 != 0).count()
    }

    /// Pages that were written, and others, in every pattern; blocks that begin and end anywhere. Beside them stays what was.
    #[test]
    fn all_of_it_is_zero_and_nothing_else() {
        const PAGES: usize = 6;
        let page = page_bytes();
        let offsets = [0, 1, page - 1, page, page + 7];
        for dirty in 0..1_u32 << PAGES {
            for (from, to) in offsets.iter().flat_map(|from| offsets.map(|to| (*from, to))) {
                let memory = map_zeroed(PAGES * page).unwrap();
                let start = memory.as_ptr().expose_provenance();
                let bytes = PAGES * page;
                let is_dirty = |offset: usize| dirty >> (offset / page) & 1 != 0;
                // SAFETY: just mapped.
                let all = unsafe { core::slice::from_raw_parts_mut(memory.as_ptr().cast::<u8>(), bytes) };
                (0..PAGES).filter(|at| is_dirty(at * page)).for_each(|at| all[at * page..(at + 1) * page].fill(0xA5));
                // SAFETY: inside of what was mapped.
                unsafe { zero_fresh(start + from, bytes - from - to) };
                for (offset, byte) in all.iter().enumerate() {
                    let is_outside = offset < from || offset >= bytes - to;
                    assert_eq!(
                        *byte,
                        if is_outside && is_dirty(offset) { 0xA5 } else { 0 },
                        "{dirty:b} {from} {to} {offset}"
                    );
                }
                // SAFETY: mapped above.
                unsafe { unmap(memory, bytes) };
            }
        }
    }

    #[test]
    fn pages_that_are_not_there_stay_away() {
        let pages = 5 * PAGES_PER_QUESTION / 2;
        let (page, bytes) = (page_bytes(), pages * page_bytes());
        let memory = map_zeroed(bytes).unwrap();
        let start = memory.as_ptr().expose_provenance();
        // SAFETY: a system that makes pages there together would make more than are written.
        unsafe { libc::madvise(memory.as_ptr(), bytes, libc::MADV_NOHUGEPAGE) };
        let written = [0, 1, 3, PAGES_PER_QUESTION - 1, PAGES_PER_QUESTION, pages - 1];
        for at in written {
            // SAFETY: inside of what was mapped.
            unsafe { ptr::with_exposed_provenance_mut::<u8>(start + at * page).write(1) };
        }
        // SAFETY: as above.
        unsafe { zero_fresh(start, bytes) };
        assert_eq!(count_there(start, pages), written.len());
        // SAFETY: mapped above.
        unsafe { unmap(memory, bytes) };
    }
}
