//! A part of a memory file, mapped.

use alloc::vec::Vec;
use core::ffi::c_void;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicU8, Ordering};

use super::{Errno, MemoryFile, copy};
use crate::units::Span;

/// Since Linux 5.14; older kernels answer EINVAL.
const MADV_POPULATE_WRITE: i32 = 23;

/// A huge page has so many of the smallest pages there are.
const PAGES_ASKED_MAX: usize = 512;

/// Rows that are copied.
#[derive(Clone, Copy, Debug)]
pub struct RowsShape {
    /// How many.
    pub rows: usize,
    /// What is copied of each.
    pub row_bytes: usize,
    /// From the start of one to the next.
    pub stride_bytes: usize,
}

/// Mapped, shared, writable memory.
///
/// ```text
///   file      0 ......................... bytes
///             |                             |
///   memory    start (NonNull) ............. + bytes
/// ```
///
/// The program and the compositor read and write the same memory, so no Rust reference to it ever exists: it is only
/// copied and zeroed by address, and every span is checked against the length.
#[derive(Debug)]
pub struct Mapping {
    start: NonNull<u8>,
    bytes: usize,
    /// Where other memory lies now, sorted.
    replaced: Vec<Span>,
}

/// Memory of this process alone, at an address where a part of a mapping was before.
#[derive(Debug)]
pub struct PrivateMemory {
    start: NonNull<u8>,
    bytes: usize,
}

impl PrivateMemory {
    /// Its first byte, for C.
    pub fn address(&self) -> *mut c_void {
        self.start.as_ptr().cast()
    }

    /// Length in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for PrivateMemory {
    fn drop(&mut self) {
        // SAFETY: this value owns these pages; whoever drops it has seen to it that no address of them is used any more.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.bytes) };
    }
}

impl Mapping {
    /// Maps the first `bytes` bytes (whole pages) of `file`, which has them.
    pub fn new(file: &MemoryFile, bytes: usize) -> Result<Mapping, Errno> {
        let is_whole_pages = bytes % super::page_bytes() == 0 && bytes > 0;
        assert!(is_whole_pages, "invariant O3: mappings are whole pages");
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let number = file.descriptor()?;
        // SAFETY: a new mapping at an address of the kernel's choice replaces nothing.
        let start = unsafe { libc::mmap(ptr::null_mut(), bytes, protection, libc::MAP_SHARED, number, 0) };
        if start == libc::MAP_FAILED {
            return Err(Errno::last());
        }
        Ok(Mapping { start: NonNull::new(start.cast()).ok_or(Errno::NO_MEMORY)?, bytes, replaced: Vec::new() })
    }

    /// Puts other memory in the place of `span` (whole pages): it is this process's alone, and zero until it is written.
    /// Whoever else has the file mapped keeps what was there.
    ///
    /// ```text
    ///   file      0 ......... span ............ bytes
    ///             |         |      |            |
    ///   memory    | mapped  | new  | mapped     |
    /// ```
    pub fn replace(&mut self, span: Span) -> Result<PrivateMemory, Errno> {
        let place = self.replaced.partition_point(|other| other.start < span.start);
        let is_free = self.replaced.get(place).is_none_or(|next| span.end() <= next.start)
            && self.replaced[..place].last().is_none_or(|before| before.end() <= span.start);
        assert!(is_free && !span.is_empty(), "invariant O6: pages are replaced once");
        self.replaced.try_reserve(1).map_err(|_| Errno::NO_MEMORY)?;
        let start = self.at(span.start, span.bytes);
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED;
        // SAFETY: whole pages of our own mapping, which are in nobody's use but the program's: it finds others there.
        let found = unsafe { libc::mmap(start.as_ptr().cast(), span.bytes, protection, flags, -1, 0) };
        if found == libc::MAP_FAILED {
            return Err(Errno::last());
        }
        self.replaced.insert(place, span);
        Ok(PrivateMemory { start, bytes: span.bytes })
    }

    /// Gives the memory of `span` (whole pages) back to the system; it reads as zero again. This needs no descriptor, so
    /// it cannot meet a file of the program's.
    ///
    /// Fails where the program has locked its memory, and where no such advice is followed.
    pub fn punch_hole(&self, span: Span) -> Result<(), Errno> {
        if !removing_is_known() {
            return Err(Errno::INVALID);
        }
        let start = self.at(span.start, span.bytes);
        // SAFETY: whole pages of our own mapping. They stay mapped, and are fresh afterwards.
        let failed = unsafe { libc::madvise(start.as_ptr().cast(), span.bytes, libc::MADV_REMOVE) } != 0;
        if failed { Err(Errno::last()) } else { Ok(()) }
    }

    /// Where the system gives huge pages to memory files on request (shmem_enabled), a new buffer costs a fraction of
    /// the page faults. Elsewhere, and on failure, nothing changes.
    pub fn ask_for_huge_pages(&self, span: Span) {
        let start = self.at(span.start, span.bytes);
        // SAFETY: whole pages of our own mapping; the advice changes no content.
        unsafe { libc::madvise(start.as_ptr().cast(), span.bytes, libc::MADV_HUGEPAGE) };
    }

    /// Length in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The address of a byte, for C.
    pub fn address(&self, offset_bytes: usize) -> *mut c_void {
        self.at(offset_bytes, 0).cast().as_ptr()
    }

    /// Makes `span` zero.
    pub fn zero(&self, span: Span) {
        let start = self.at(span.start, span.bytes);
        // SAFETY: `at` has checked that the span lies in the mapping, which is writable and lives as long as self.
        unsafe { ptr::write_bytes(start.as_ptr(), 0, span.bytes) };
    }

    /// Copies `bytes` bytes; source and target may overlap.
    pub fn copy(&self, from_bytes: usize, to_bytes: usize, bytes: usize) {
        let from = self.at(from_bytes, bytes);
        let to = self.at(to_bytes, bytes);
        // SAFETY: `at` has checked that both lie in the mapping; overlap is allowed.
        unsafe { copy::copy(from.as_ptr(), to.as_ptr(), bytes) };
    }

    /// Copies `rows` rows of `row_bytes` bytes, each `stride_bytes` behind the last, from another place, which may lie in
    /// the same mapping but not overlap.
    pub fn copy_rows_from(&self, to_bytes: usize, other: &Mapping, from_bytes: usize, shape: RowsShape) {
        let RowsShape { rows, row_bytes, stride_bytes } = shape;
        let reach = rows.saturating_sub(1).checked_mul(stride_bytes).and_then(|bytes| bytes.checked_add(row_bytes));
        let reach = reach.expect("invariant O5: rows are part of a mapping");
        let (to, from) = (self.at(to_bytes, reach), other.at(from_bytes, reach));
        if row_bytes == stride_bytes {
            // SAFETY: `at` has checked that both lie in their mappings; overlap is allowed.
            return unsafe { copy::copy(from.as_ptr(), to.as_ptr(), reach) };
        }
        for row in 0..rows {
            // SAFETY: row * stride_bytes + row_bytes <= reach, which both have.
            let from = unsafe { from.add(row * stride_bytes) };
            // SAFETY: as above.
            let to = unsafe { to.add(row * stride_bytes) };
            // SAFETY: as above; overlap is allowed.
            unsafe { ptr::copy(from.as_ptr(), to.as_ptr(), row_bytes) };
        }
    }

    /// Makes the pages of `span` present, so that a full system shows as an error here and not as SIGBUS later.
    ///
    /// Kernels that cannot do this say nothing: then it is as it was without.
    pub fn populate(&self, span: Span) -> Result<(), Errno> {
        let start = self.at(span.start, span.bytes);
        // SAFETY: whole pages of our own mapping; the call changes no content.
        let failed = unsafe { libc::madvise(start.as_ptr().cast(), span.bytes, MADV_POPULATE_WRITE) } != 0;
        match failed.then(Errno::last) {
            // What would have been SIGBUS. All else says that this kernel, or a filter of system calls, does not do it.
            Some(Errno::NO_MEMORY | Errno(libc::EFAULT | libc::EHWPOISON)) => Err(Errno::NO_MEMORY),
            _ => Ok(()),
        }
    }

    /// Bytes at the start of `span` (whole pages, up to a huge page) that are present. 0 if the system does not say.
    pub fn present_bytes_at_start(&self, span: Span) -> usize {
        let page_bytes = super::page_bytes();
        let first = Span::new(span.start, page_bytes.min(span.bytes));
        // Mostly it is not present, and one page says so: asking for all takes long.
        if self.present_pages(first).all(|is_present| !is_present) {
            return 0;
        }
        self.present_pages(span).take_while(|is_present| *is_present).count() * page_bytes
    }

    /// Bytes at the end of `span` (whole pages, up to a huge page) that are present. 0 if the system does not say.
    pub fn present_bytes_at_end(&self, span: Span) -> usize {
        let page_bytes = super::page_bytes();
        let last_bytes = page_bytes.min(span.bytes);
        if self.present_pages(Span::new(span.end() - last_bytes, last_bytes)).all(|is_present| !is_present) {
            return 0;
        }
        self.present_pages(span).rev().take_while(|is_present| *is_present).count() * page_bytes
    }

    /// True for each page that is present. Nothing if the system does not say.
    fn present_pages(&self, span: Span) -> impl DoubleEndedIterator<Item = bool> + use<> {
        let mut answers = [0_u8; PAGES_ASKED_MAX];
        let count = span.bytes.div_ceil(super::page_bytes());
        assert!(count <= PAGES_ASKED_MAX, "invariant O4: so many pages are asked for at a time");
        let start = self.at(span.start, span.bytes);
        // SAFETY: whole pages of our own mapping, and a byte for each; the call changes nothing else.
        let is_known = unsafe { libc::mincore(start.as_ptr().cast(), span.bytes, answers.as_mut_ptr()) } == 0;
        answers.into_iter().take(if is_known { count } else { 0 }).map(|answer| answer & 1 != 0)
    }

    /// The one gate from offsets to addresses.
    fn at(&self, offset_bytes: usize, bytes: usize) -> NonNull<u8> {
        let end = offset_bytes.checked_add(bytes);
        assert!(end.is_some_and(|end| end <= self.bytes), "invariant O2: bytes lie inside their mapping");
        // SAFETY: offset_bytes <= self.bytes, so the address lies in the mapping or just behind it.
        unsafe { self.start.add(offset_bytes) }
    }
}

/// False where MADV_REMOVE does nothing and says that it did: qemu takes all advice of a program that it translates for
/// hints. What would remove a page of constants, which cannot be, is such a system.
fn removing_is_known() -> bool {
    static CONSTANT: u8 = 1;
    const UNKNOWN: u8 = 0;
    const IS_KNOWN: u8 = 1;
    const IS_NOT_KNOWN: u8 = 2;
    static FOUND: AtomicU8 = AtomicU8::new(UNKNOWN);
    if FOUND.load(Ordering::Relaxed) == UNKNOWN {
        let page_bytes = super::page_bytes();
        let page = (&raw const CONSTANT).map_addr(|address| address / page_bytes * page_bytes);
        // SAFETY: a page of constants is private and not writable: the kernel refuses.
        let is_refused = unsafe { libc::madvise(page.cast_mut().cast(), page_bytes, libc::MADV_REMOVE) } != 0;
        FOUND.store(if is_refused { IS_KNOWN } else { IS_NOT_KNOWN }, Ordering::Relaxed);
    }
    FOUND.load(Ordering::Relaxed) == IS_KNOWN
}

impl Mapping {
    fn unmap(&self, span: Span) {
        if span.is_empty() {
            return;
        }
        let start = self.at(span.start, span.bytes).as_ptr().cast();
        // Unmapping counts each page as used once more, and moves it among those that are to stay, unless the mapping is
        // said to be used at random. Nobody needs that of pages that go; it is half of what unmapping takes.
        // SAFETY: our own mapping; the advice changes no content.
        unsafe { libc::madvise(start, span.bytes, libc::MADV_RANDOM) };
        // SAFETY: this value owns these pages. Whoever drops it has seen to it that no address of them is used any more.
        unsafe { libc::munmap(start, span.bytes) };
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        let mut done_bytes = 0;
        for replaced in &self.replaced {
            self.unmap(Span::between(done_bytes, replaced.start));
            done_bytes = replaced.end();
        }
        self.unmap(Span::between(done_bytes, self.bytes));
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::super::page_bytes;
    use super::*;

    fn mapping(pages: usize) -> Mapping {
        let file = MemoryFile::new().unwrap();
        file.grow_to(pages * page_bytes()).unwrap();
        Mapping::new(&file, pages * page_bytes()).unwrap()
    }

    #[test]
    #[should_panic(expected = "invariant O2")]
    fn bytes_behind_the_end_are_noticed() {
        mapping(2).zero(Span::new(page_bytes(), page_bytes() + 1));
    }

    #[test]
    #[should_panic(expected = "invariant O2")]
    fn an_end_beyond_all_numbers_is_noticed() {
        mapping(1).copy(0, usize::MAX, 2);
    }

    #[test]
    #[should_panic(expected = "invariant O3")]
    fn a_part_of_a_page_is_not_mapped() {
        let _ = Mapping::new(&MemoryFile::new().unwrap(), page_bytes() + 1);
    }

    #[test]
    #[should_panic(expected = "invariant O4")]
    fn too_many_pages_asked_for_are_noticed() {
        let mapping = mapping(PAGES_ASKED_MAX + 1);
        let _ = mapping.present_pages(Span::new(0, mapping.bytes()));
    }

    #[test]
    #[should_panic(expected = "invariant O5")]
    fn more_rows_than_there_are_bytes_are_noticed() {
        let mapping = mapping(1);
        let shape = RowsShape { rows: usize::MAX, row_bytes: 4, stride_bytes: 8 };
        mapping.copy_rows_from(0, &mapping, 0, shape);
    }

    #[test]
    #[should_panic(expected = "invariant O6")]
    fn pages_that_are_replaced_again_are_noticed() {
        let mut mapping = mapping(4);
        let replaced = mapping.replace(Span::new(0, 2 * page_bytes())).unwrap();
        // The pages are not this mapping's any more, whatever happens next.
        let _replaced = core::mem::ManuallyDrop::new(replaced);
        let _ = mapping.replace(Span::new(page_bytes(), page_bytes()));
    }
}
