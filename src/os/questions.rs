//! What the system says of memory that is the program's. No question ends the program, whatever the address is.

use core::ffi::c_void;
use core::ptr;

use super::{Errno, page_bytes};

/// In the system's answers of 64 bits, one for each page: it is there; it belongs to a file, or is shared.
const IS_PRESENT: u64 = 1 << 63;
const IS_FILE_OR_SHARED: u64 = 1 << 61;
/// A page that was just written may have been written out before its answer is read, but not each time.
const QUESTIONS_MAX: u32 = 3;

/// True if other processes see what this one writes at an address, which has been written to just now: a page of this
/// process alone is then one of its own, also where it came from a file. False also if the system does not say.
pub fn is_shared(address: usize) -> bool {
    keeping_errno(|| is_shared_by_pagemap(address).unwrap_or_else(|| is_shared_by_duplicate(address)))
}

/// The program sees nothing of a question that the system does not answer.
pub(super) fn keeping_errno<T>(question: impl FnOnce() -> T) -> T {
    let before = Errno::last();
    let answer = question();
    before.set();
    answer
}

fn is_shared_by_pagemap(address: usize) -> Option<bool> {
    // SAFETY: a terminated string.
    let file = unsafe { libc::open(c"/proc/self/pagemap".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) };
    if file < 0 {
        return None;
    }
    let mut answer = 0;
    for _ in 0..QUESTIONS_MAX {
        answer = pagemap_entry(file, address).unwrap_or(0);
        if answer & IS_PRESENT != 0 {
            break;
        }
    }
    // SAFETY: opened above, and not used again.
    unsafe { libc::close(file) };
    (answer & IS_PRESENT != 0).then_some(answer & IS_FILE_OR_SHARED != 0)
}

fn pagemap_entry(file: i32, address: usize) -> Option<u64> {
    let offset = libc::off_t::try_from(address / page_bytes() * size_of::<u64>()).ok()?;
    let mut bytes = [0_u8; size_of::<u64>()];
    // SAFETY: the pointer and the length are those of an array.
    let count = unsafe { libc::pread(file, bytes.as_mut_ptr().cast(), bytes.len(), offset) };
    usize::try_from(count).is_ok_and(|count| count == bytes.len()).then(|| u64::from_ne_bytes(bytes))
}

/// Where there is no /proc: the system makes a second mapping of a page only if it is shared.
fn is_shared_by_duplicate(address: usize) -> bool {
    let bytes = page_bytes();
    let page: *mut c_void = ptr::with_exposed_provenance_mut(address / bytes * bytes);
    // SAFETY: from a size of 0 nothing moves; a new mapping comes to an address of the kernel's choice.
    let second = unsafe { libc::mremap(page, 0, bytes, libc::MREMAP_MAYMOVE) };
    if second == libc::MAP_FAILED {
        return false;
    }
    // SAFETY: mapped above, and nobody else knows it.
    unsafe { libc::munmap(second, bytes) };
    true
}

/// True if there is memory at an address, and so many bytes from there on.
pub fn is_mapped(address: usize, bytes: usize) -> bool {
    let start = address / page_bytes() * page_bytes();
    let page: *mut c_void = ptr::with_exposed_provenance_mut(start);
    let reach = address.saturating_add(bytes) - start;
    // SAFETY: asks for nothing to be done now; the system only looks for the pages.
    keeping_errno(|| unsafe { libc::msync(page, reach, libc::MS_ASYNC) } == 0 || Errno::last() != Errno::NO_MEMORY)
}

/// The system writes so many bytes.
const ANSWER_BYTES: usize = 8;

/// True if the process may write so many bytes, eight at least, at an address, a multiple of a word. The first and the
/// last eight are written: there is nothing in them that matters.
pub fn is_writable(address: usize, bytes: usize) -> bool {
    let word = size_of::<usize>();
    let last = address.saturating_add(bytes.saturating_sub(ANSWER_BYTES) / word * word);
    let is_one_page = address / page_bytes() == last / page_bytes();
    keeping_errno(|| may_be_written(address) && (is_one_page || may_be_written(last)))
}

/// Lets the system write eight bytes: which signals are blocked, a question that no filter forbids. Where it cannot, it
/// says so.
fn may_be_written(address: usize) -> bool {
    let place: *mut c_void = ptr::with_exposed_provenance_mut(address);
    let nothing: *const c_void = ptr::null();
    // SAFETY: without a new set nothing changes; the system checks the address before it writes there.
    let result = unsafe { libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_BLOCK, nothing, place, ANSWER_BYTES) };
    result == 0 || Errno::last() != Errno(libc::EFAULT)
}
