//! The memory of the statistics page: a memory file that others read, and what fork() and the end of the library do to it.
//!
//! ```text
//!   process                      its child, at the same address
//!     page ---- memory file        page ---- a memory file of its own, or memory that nobody else sees
//! ```
//!
//! When fork() begins, what stands on the page is copied for the child: the parent goes on writing to its page before the
//! child has run a single instruction. A child of clone(), or of _Fork(), shares the page with its parent.
//!
//! The mutex here is held for a few steps, and nothing that is done meanwhile allocates or takes another lock: a malloc()
//! may be made of a pool, and be called with the library's other lock held.

use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char, c_int, c_void};
use core::mem::offset_of;
use core::ptr::{self, NonNull};
use core::slice;
use core::sync::atomic::{AtomicU64, Ordering};

use super::environment::environment_value_is;
use super::errno::Errno;
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
    /// None: nobody else sees the page.
    file: Option<MemoryFile>,
}

/// What stood on the page when fork() began.
struct Copy {
    memory: &'static [AtomicU64],
}

struct State {
    /// Where it failed once, it is not tried again.
    is_decided: bool,
    place: Option<Place>,
    /// While fork() is at work.
    copy: Option<Copy>,
    numbers: RecordNumbers,
}

struct Guarded(UnsafeCell<State>);

// SAFETY: one thread at a time has it, by the mutex.
unsafe impl Sync for Guarded {}

static MUTEX: Mutex = Mutex::new();
static STATE: Guarded =
    Guarded(UnsafeCell::new(State { is_decided: false, place: None, copy: None, numbers: RecordNumbers::new() }));

/// The mutex is held from before_fork() on.
fn with_state<R>(work: impl FnOnce(&mut State) -> R) -> R {
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

/// Runs `work` with the page, which is made when this is called first, if it may be then. None: there is none.
pub(super) fn with_page<R>(may_be_made: bool, work: impl FnOnce(StatisticsPage<'_>) -> R) -> Option<R> {
    with_state(|state| {
        if !state.is_decided {
            state.is_decided = true;
            let errno = Errno::last();
            state.place = if may_be_made { make() } else { None };
            errno.set();
        }
        let cells = state.place.as_ref()?.cells;
        Some(work(StatisticsPage { cells, numbers: &mut state.numbers }))
    })
}

/// Runs `work` with the page, if there is one by now.
pub fn look_at_statistics_page<R>(work: impl FnOnce(StatisticsPage<'_>) -> R) -> Option<R> {
    with_state(|state| {
        let cells = state.place.as_ref()?.cells;
        Some(work(StatisticsPage { cells, numbers: &mut state.numbers }))
    })
}

/// The descriptor of the page. None: there is no page, or the program has closed it.
pub fn statistics_descriptor() -> Option<c_int> {
    with_state(|state| state.place.as_ref()?.file.as_ref()?.descriptor().ok())
}

/// Numbers of 64 bits in one piece are what readers rely on.
fn make() -> Option<Place> {
    if !cfg!(target_has_atomic = "64") || environment_value_is(c"MILLPOND_STATS", c"0") {
        return None;
    }
    let file = MemoryFile::named(NAME).ok()?;
    file.grow_to(PAGE_BYTES).ok()?;
    let memory = map_file(&file)?;
    if file.seal_for_readers().is_err() {
        // SAFETY: mapped above, and nobody knows it.
        unsafe { unmap(memory, PAGE_BYTES) };
        return None;
    }
    // SAFETY: mapped for so many bytes, until `close_unused` has taken it out of `State`; all zero are cells, and pages are
    // aligned for them.
    let cells: &'static StatisticsCells = unsafe { memory.cast().as_ref() };
    write_header(cells);
    Some(Place { cells, file: Some(file) })
}

fn map_file(file: &MemoryFile) -> Option<NonNull<c_void>> {
    let number = file.descriptor().ok()?;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a new mapping at an address of the kernel's choice replaces nothing.
    let memory = unsafe { libc::mmap(ptr::null_mut(), PAGE_BYTES, access, libc::MAP_SHARED, number, 0) };
    if memory == libc::MAP_FAILED { None } else { NonNull::new(memory) }
}

/// Maps something else where the page is. False: the system does not.
fn replace_page(page: &StatisticsCells, number: c_int, flags: c_int) -> bool {
    let place: *mut c_void = ptr::from_ref(page).cast_mut().cast();
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: it replaces what `make` has mapped, all of it, by as many cells; all zero are cells.
    unsafe { libc::mmap(place, PAGE_BYTES, access, libc::MAP_FIXED | flags, number, 0) != libc::MAP_FAILED }
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

/// With the library's other locks held. Where there is no memory for a copy, the child begins with what is there later.
pub(super) fn before_fork() {
    MUTEX.take();
    with_state(|state| {
        if state.place.as_ref().is_some_and(|place| place.file.is_some()) {
            let errno = Errno::last();
            state.copy = state.place.as_ref().and_then(|place| Copy::of(&place.cells[..used_cells(&state.numbers)]));
            errno.set();
        }
    });
}

fn used_cells(numbers: &RecordNumbers) -> usize {
    (HEADER_BYTES + numbers.used_count() * RECORD_BYTES) / CELL_BYTES
}

impl Copy {
    fn of(cells: &[AtomicU64]) -> Option<Copy> {
        let memory: NonNull<AtomicU64> = map_zeroed(size_of_val(cells))?.cast();
        // SAFETY: mapped for so many cells, which are all zero, until it is dropped.
        let memory = unsafe { slice::from_raw_parts(memory.as_ptr(), cells.len()) };
        let copy = Copy { memory };
        copy_cells(cells, memory);
        Some(copy)
    }
}

fn copy_cells(from: &[AtomicU64], to: &[AtomicU64]) {
    for (to, from) in to.iter().zip(from) {
        to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // SAFETY: mapped for it alone, and nobody else knows it.
        unsafe { unmap(NonNull::from(self.memory).cast(), size_of_val(self.memory)) };
    }
}

/// In both processes.
pub(super) fn after_fork() {
    with_state(|state| state.copy = None);
    MUTEX.give_back();
}

/// In a child, where nobody else runs: the page that is its parent's goes, and one of its own comes in its place.
pub(super) fn in_child() {
    with_state(|state| {
        let Some(place) = &mut state.place else { return };
        if let Some(parents_file) = place.file.take() {
            let errno = Errno::last();
            drop(parents_file);
            let used = &place.cells[..used_cells(&state.numbers)];
            let known = state.copy.as_ref().map_or(used, |copy| copy.memory);
            place.file = make_own(place.cells, known);
            if place.file.is_none() && replace_page(place.cells, -1, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) {
                copy_cells(state.copy.as_ref().map_or(&[], |copy| copy.memory), place.cells);
            }
            errno.set();
        }
        write_used_count(place.cells, &state.numbers);
    });
}

/// A memory file with these cells, in the place of the page.
fn make_own(page: &StatisticsCells, cells: &[AtomicU64]) -> Option<MemoryFile> {
    let file = MemoryFile::named(NAME).ok()?;
    file.grow_to(PAGE_BYTES).ok()?;
    let number = file.descriptor().ok()?;
    let bytes = size_of_val(cells);
    // SAFETY: so many bytes are there, and only the system reads them.
    let written = unsafe { libc::pwrite(number, cells.as_ptr().cast(), bytes, 0) };
    let is_written = usize::try_from(written).is_ok_and(|written| written == bytes);
    if !is_written || !replace_page(page, number, libc::MAP_SHARED) {
        return None;
    }
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
        // SAFETY: mapped for so many bytes, and nobody has a record of it.
        unsafe { unmap(NonNull::from(place.cells).cast(), PAGE_BYTES) };
    });
}

#[used]
#[unsafe(link_section = ".fini_array")]
static CLOSE_UNUSED: extern "C" fn() = close_unused;
