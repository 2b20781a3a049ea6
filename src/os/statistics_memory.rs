//! The memory of the statistics page: a memory file that others read, and what fork() and the end of the library do to it.
//!
//! ```text
//!   process                      its child, at the same addresses
//!     page ---- memory file        page ---- a memory file of its own, or memory that nobody else sees
//!     copy      nobody else's      copy
//! ```
//!
//! When fork() begins, what stands on the page comes to the copy: the parent goes on writing to its page before the child
//! has run a single instruction. A child of clone(), or of _Fork(), shares the page with its parent.
//!
//! The mutex here is held for a few steps, and nothing that is done meanwhile allocates or takes another lock: a malloc()
//! may be made of a pool, and be called with the library's other lock held.

use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem::offset_of;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicU64, Ordering};

use super::environment::environment_value_is;
use super::errno::Errno;
use super::fork::{is_known_to_fork, make_known_to_fork};
use super::memory_file::MemoryFile;
use super::mutex::{Mutex, is_forking};
use super::nanoseconds;
use super::pages::{map_zeroed, unmap};
use super::record_numbers::RecordNumbers;
use crate::statistics_page::{HEADER_BYTES, Header, MAGIC, NAME, PAGE_BYTES, RECORD_BYTES, RECORD_COUNT, VERSION};

/// Bytes of a cell: each is read and written in one piece, and holds its number with the low byte first.
const CELL_BYTES: usize = size_of::<AtomicU64>();
/// The whole page.
pub type StatisticsCells = [AtomicU64; PAGE_BYTES / CELL_BYTES];

/// The page of this process.
pub struct StatisticsPage<'page> {
    /// What others read.
    pub cells: &'static StatisticsCells,
    /// Which records belong to something.
    pub numbers: &'page mut RecordNumbers,
}

struct Place {
    cells: &'static StatisticsCells,
    /// None: it has come into the place of the page.
    copy: Option<&'static StatisticsCells>,
    /// None: nobody else sees the page.
    file: Option<MemoryFile>,
}

struct State {
    /// Where it failed once, it is not tried again.
    is_decided: bool,
    place: Option<Place>,
    numbers: RecordNumbers,
}

struct Guarded(UnsafeCell<State>);

// SAFETY: one thread at a time has it, by the mutex.
unsafe impl Sync for Guarded {}

static MUTEX: Mutex = Mutex::new();
static STATE: Guarded =
    Guarded(UnsafeCell::new(State { is_decided: false, place: None, numbers: RecordNumbers::new() }));

/// The mutex is held from before_fork() on.
fn with_state<R>(work: impl FnOnce(&mut State) -> R) -> R {
    if !is_known_to_fork() {
        make_known_to_fork();
    }
    let is_taken_by_fork = is_forking();
    if !is_taken_by_fork {
        MUTEX.take();
    }
    // SAFETY: the mutex is held, so no other reference to it exists.
    let result = work(unsafe { &mut *STATE.0.get() });
    if !is_taken_by_fork {
        MUTEX.give_back();
    }
    result
}

/// Runs `work` with the page, which is made when this is called first. None: there is none. `work` takes no lock, allocates
/// nothing, and keeps nothing of the page but records that it has taken.
pub fn with_statistics_page<R>(work: impl FnOnce(StatisticsPage<'_>) -> R) -> Option<R> {
    with_state(|state| {
        if !state.is_decided {
            state.is_decided = true;
            let errno = Errno::last();
            state.place = make();
            errno.set();
        }
        let cells = state.place.as_ref()?.cells;
        Some(work(StatisticsPage { cells, numbers: &mut state.numbers }))
    })
}

/// The descriptor of the page. None: there is no page, or the program has closed it.
pub fn statistics_descriptor() -> Option<c_int> {
    with_state(|state| state.place.as_ref()?.file.as_ref()?.descriptor().ok())
}

/// Numbers of 64 bits in one piece are what readers rely on; and a child must not write to its parent's page.
fn make() -> Option<Place> {
    if !cfg!(target_has_atomic = "64") || environment_value_is(c"MILLPOND_STATS", c"0") || !is_known_to_fork() {
        return None;
    }
    let file = MemoryFile::named(NAME).ok()?;
    file.grow_to(PAGE_BYTES).ok()?;
    let copy = map_zeroed(PAGE_BYTES)?;
    let mapped = map_file(&file, ptr::null_mut(), 0).filter(|_| file.seal_for_readers().is_ok());
    let Some(memory) = mapped else {
        // SAFETY: mapped above, and nobody knows it.
        unsafe { unmap(copy, PAGE_BYTES) };
        return None;
    };
    // SAFETY: mapped for so many bytes, until `close_unused` has taken it out of `State`.
    let cells = unsafe { cells_at(memory) };
    // SAFETY: the same, or a child.
    let copy = unsafe { cells_at(copy) };
    write_header(cells);
    Some(Place { cells, copy: Some(copy), file: Some(file) })
}

/// Maps the file, at a fixed address if there is one.
fn map_file(file: &MemoryFile, place: *mut c_void, flags: c_int) -> Option<NonNull<c_void>> {
    let number = file.descriptor().ok()?;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: at an address of the kernel's choice it replaces nothing; a fixed one is that of the page, which stays
    // one.
    let memory = unsafe { libc::mmap(place, PAGE_BYTES, access, libc::MAP_SHARED | flags, number, 0) };
    if memory == libc::MAP_FAILED { None } else { NonNull::new(memory) }
}

/// # Safety
///
/// So many bytes are mapped there, and stay as long as the reference is used.
unsafe fn cells_at(memory: NonNull<c_void>) -> &'static StatisticsCells {
    // SAFETY: as the caller promises; all zero are cells, and pages are aligned for them.
    unsafe { memory.cast::<StatisticsCells>().as_ref() }
}

/// What begins the page is written last.
fn write_header(cells: &StatisticsCells) {
    let sizes = [number(HEADER_BYTES), number(RECORD_BYTES), number(RECORD_COUNT)];
    let numbers = [pair(VERSION, sizes[0]), pair(sizes[1], sizes[2]), pair(0, process()), nanoseconds(), 0];
    for (cell, value) in cells[1..].iter().zip(numbers.into_iter().chain(program_name())) {
        cell.store(value.to_le(), Ordering::Relaxed);
    }
    cells[0].store(u64::from_le_bytes(MAGIC).to_le(), Ordering::Release);
}

/// How many records were ever used, and whose page it is.
const USED_COUNT_AND_PID: usize = offset_of!(Header, used_count) / CELL_BYTES;
const _: () = {
    assert!(offset_of!(Header, used_count) % CELL_BYTES == 0 && USED_COUNT_AND_PID == 3);
    assert!(offset_of!(Header, version) == CELL_BYTES && offset_of!(Header, record_bytes) == 2 * CELL_BYTES);
    assert!(
        offset_of!(Header, pid) == offset_of!(Header, used_count) + 4 && offset_of!(Header, made_ns) == 4 * CELL_BYTES
    );
    assert!(offset_of!(Header, left_out) == 5 * CELL_BYTES && offset_of!(Header, program) == 6 * CELL_BYTES);
};

impl StatisticsPage<'_> {
    /// Takes a record. None: there is none left, which the page says too.
    pub fn take(&mut self) -> Option<usize> {
        let taken = self.numbers.take();
        if taken.is_none() {
            let left_out = &self.cells[offset_of!(Header, left_out) / CELL_BYTES];
            let count = u64::from_le(left_out.load(Ordering::Relaxed)).wrapping_add(1);
            left_out.store(count.to_le(), Ordering::Relaxed);
        }
        write_used_count(self.cells, self.numbers);
        taken
    }
}

fn write_used_count(cells: &StatisticsCells, numbers: &RecordNumbers) {
    let value = pair(number(numbers.used_count()), process());
    cells[USED_COUNT_AND_PID].store(value.to_le(), Ordering::Relaxed);
}

fn process() -> u32 {
    // SAFETY: getpid has no preconditions.
    u32::try_from(unsafe { libc::getpid() }).unwrap_or(0)
}

fn number(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Two numbers of 32 bits in one cell.
fn pair(first: u32, second: u32) -> u64 {
    u64::from(first) | u64::from(second) << 32
}

const PROGRAM_BYTES: usize = HEADER_BYTES - offset_of!(Header, program) - 48;
const PROGRAM_CELLS: usize = PROGRAM_BYTES / CELL_BYTES;

/// What the C library knows the program as; the last byte is 0.
fn program_name() -> [u64; PROGRAM_CELLS] {
    unsafe extern "C" {
        static program_invocation_short_name: *const c_char;
    }
    // SAFETY: a variable of the C library's, which it sets when the program begins.
    let name = unsafe { program_invocation_short_name };
    let mut cells = [0; PROGRAM_CELLS];
    if name.is_null() {
        return cells;
    }
    // SAFETY: a terminated string, which stays.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes();
    for (place, byte) in name.iter().take(PROGRAM_BYTES - 1).enumerate() {
        cells[place / CELL_BYTES] |= u64::from(*byte) << (place % CELL_BYTES * 8);
    }
    cells
}

/// With the library's other locks held. A program that has changed its page by itself has one that is private.
pub(super) fn before_fork() {
    MUTEX.take();
    with_state(|state| {
        let Some(place) = &state.place else { return };
        if let (Some(copy), Some(_)) = (place.copy, &place.file) {
            let used_cells = used_bytes(&state.numbers) / CELL_BYTES;
            for (to, from) in copy.iter().zip(place.cells).take(used_cells) {
                to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
            }
        }
    });
}

fn used_bytes(numbers: &RecordNumbers) -> usize {
    HEADER_BYTES + numbers.used_count() * RECORD_BYTES
}

pub(super) fn after_fork() {
    MUTEX.give_back();
}

/// In a child, where nobody else runs: the page that is its parent's goes, and the copy comes in its place.
pub(super) fn in_child() {
    with_state(|state| {
        let Some(place) = &mut state.place else { return };
        if let (Some(copy), Some(parents_file)) = (place.copy, place.file.take()) {
            drop(parents_file);
            write_used_count(copy, &state.numbers);
            let errno = Errno::last();
            place.file = make_own(place.cells, copy, used_bytes(&state.numbers));
            if place.file.is_none() {
                let (from, to) = (ptr::from_ref(copy).cast_mut(), ptr::from_ref(place.cells).cast_mut());
                let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
                // SAFETY: the copy, which nobody knows but `place`, comes to where the page was, with the same records.
                unsafe { libc::mremap(from.cast(), PAGE_BYTES, PAGE_BYTES, flags, to) };
                place.copy = None;
            }
            errno.set();
        } else {
            write_used_count(place.cells, &state.numbers);
        }
    });
}

/// A memory file with what stands in the copy, in the place of the page.
fn make_own(cells: &StatisticsCells, copy: &StatisticsCells, bytes: usize) -> Option<MemoryFile> {
    let file = MemoryFile::named(NAME).ok()?;
    file.grow_to(PAGE_BYTES).ok()?;
    let number = file.descriptor().ok()?;
    // SAFETY: so many bytes are in the copy, and only the system reads them.
    let written = unsafe { libc::pwrite(number, ptr::from_ref(copy).cast(), bytes, 0) };
    if !usize::try_from(written).is_ok_and(|written| written == bytes) {
        return None;
    }
    map_file(&file, ptr::from_ref(cells).cast_mut().cast(), libc::MAP_FIXED)?;
    // Without the seals it does as well.
    let _ = file.seal_for_readers();
    Some(file)
}

/// When the library is unloaded, or the program ends: where no record is in use any more, nothing is left. Whatever uses a
/// pool after that makes the page anew.
extern "C" fn close_unused() {
    with_state(|state| {
        if !state.numbers.are_all_free() {
            return;
        }
        let Some(place) = state.place.take() else { return };
        (state.is_decided, state.numbers) = (false, RecordNumbers::new());
        for cells in [Some(place.cells), place.copy].into_iter().flatten() {
            // SAFETY: mapped for so many bytes, and nobody has a record of it.
            unsafe { unmap(NonNull::from(cells).cast(), PAGE_BYTES) };
        }
    });
}

#[used]
#[unsafe(link_section = ".fini_array")]
static CLOSE_UNUSED: extern "C" fn() = close_unused;
