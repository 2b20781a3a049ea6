//! What the C functions do: lock, check, work, check, log, unlock.
//!
//! Nothing here has a destructor, and the pool's own lock is all that is held, when a callback of the pool runs: it may
//! leave by longjmp.
#![forbid(unsafe_code)]

use core::ffi::{c_char, c_int, c_long, c_ulong, c_void};
use core::fmt;
use core::ptr;

use super::Text;
use super::annotation::Watch;
use super::error::{self, Reason};
use super::heap::{Heap, Stop, mark};
use super::index::Index;
use super::index_memory::{self, Remains, Standing};
use super::layout::Sizes;
use super::operations::Alignment;
use super::raw_memory::{self as memory, PoolPointer};
use super::record::{POOL_ANTAGONISM, POOL_LOGGING, POOL_PARANOIA, POOL_VERBOSITY};
use crate::os;

/// Fills arenas that a pool gives back.
const MARK_RESET: u8 = 0xFF;

impl<'call> Heap<'call> {
    /// The heap of a pool. None if the system has no memory for its index.
    #[inline]
    fn open(pool: PoolPointer, operation: &'static str) -> Option<Heap<'call>> {
        let (index, standing) = match memory::index_of::<Index>(pool) {
            Some(index) => (index, Standing::InPool),
            None => index_memory::find(pool)?,
        };
        let sizes = Sizes::new(bytes(pool.quantum_long()), bytes(pool.minblock_long()), bytes(pool.minarena_long()));
        let watch = os::memory_checker().map(|checker| Watch { checker, pool: pool.address() });
        let flags = pool.flags();
        let (held, known, mends, has_mended, refusal) = (0, 0, true, false, None);
        Some(Heap { pool, index, standing, sizes, flags, operation, held, known, mends, has_mended, refusal, watch })
    }

    /// Before and after the work of a call: what the flags ask for.
    fn look(&mut self) -> Result<(), Stop> {
        if self.has(POOL_PARANOIA) {
            self.mending(Heap::check_all)?;
        }
        if self.has(POOL_VERBOSITY) {
            self.print_all();
        }
        Ok(())
    }
}

/// Does something with the heap while a checker of memory looks away.
#[inline]
fn looking_away<T>(work: impl FnOnce() -> T) -> T {
    let checker = os::memory_checker();
    if let Some(checker) = checker {
        checker.pause();
    }
    let result = work();
    if let Some(checker) = checker {
        checker.resume();
    }
    result
}

/// Runs the work of a call whose pool is locked, and unlocks it. What it returns, or nothing if it stopped; and what has
/// been refused meanwhile.
#[inline]
fn run_and_unlock<T: Default>(
    pool: PoolPointer,
    operation: &'static str,
    work: impl FnOnce(&mut Heap<'_>) -> Result<T, Stop>,
) -> (T, Option<Reason>) {
    let outcome = looking_away(|| {
        let Some(mut heap) = Heap::open(pool, operation) else { return (T::default(), Some(Reason::NoIndex)) };
        let result = heap.catch_up().and_then(|()| work(&mut heap));
        heap.leave();
        (result.unwrap_or_default(), heap.refusal)
    });
    pool.unlock();
    outcome
}

/// The same for a call that returns no block.
#[inline]
pub(super) fn run_locked<T: Default>(
    pool: PoolPointer,
    operation: &'static str,
    work: impl FnOnce(&mut Heap<'_>) -> Result<T, Stop>,
) -> T {
    run_and_unlock(pool, operation, work).0
}

/// The same for a call that returns a block. Where that is nil, the thread remembers why, if there is a reason.
#[inline]
pub(super) fn run_for_block(
    pool: PoolPointer,
    operation: &'static str,
    work: impl FnOnce(&mut Heap<'_>) -> Result<usize, Stop>,
) -> *mut c_void {
    let (data, refusal) = run_and_unlock(pool, operation, work);
    if data == 0 {
        if let Some(reason) = refusal {
            error::remember(reason);
        }
    }
    pointer(data)
}

/// What a call that returns a block does where there is no pool.
#[cold]
pub fn no_pool() -> *mut c_void {
    error::remember(Reason::NoPool);
    ptr::null_mut()
}

/// The same, with the lock.
#[inline]
fn run<T: Default>(
    pool: PoolPointer,
    operation: &'static str,
    work: impl FnOnce(&mut Heap<'_>) -> Result<T, Stop>,
) -> T {
    pool.lock();
    run_locked(pool, operation, work)
}

/// Does the work of a call with what the flags ask for around it, and a line in the log at the end.
#[inline]
pub(super) fn as_flags_ask<T: Copy>(
    heap: &mut Heap<'_>,
    work: impl FnOnce(&mut Heap<'_>) -> Result<T, Stop>,
    line: impl FnOnce(&mut Text, T),
) -> Result<T, Stop> {
    if Heap::is_plain(heap.flags) { work(heap) } else { watch(heap, work, line) }
}

#[cold]
fn watch<T: Copy>(
    heap: &mut Heap<'_>,
    work: impl FnOnce(&mut Heap<'_>) -> Result<T, Stop>,
    line: impl FnOnce(&mut Text, T),
) -> Result<T, Stop> {
    heap.look()?;
    let result = work(heap)?;
    heap.look()?;
    if heap.has(POOL_LOGGING) {
        heap.pool.log_stack();
        let mut text = Text::new();
        line(&mut text, result);
        heap.print(&mut text);
    }
    Ok(result)
}

/// The work of `poolallocalign`.
pub fn alloc_aligned(pool: PoolPointer, n: c_ulong, align: c_ulong, offset: c_long, span: c_ulong) -> *mut c_void {
    let line = |text: &mut Text, data| {
        let pool = pool.address();
        add(text, format_args!("poolallocalign {pool:x} {n} {align} {offset} {span} = {data:x}\n"));
    };
    let how = Alignment { align: bytes(align), offset: isize::try_from(offset).unwrap_or(0), span: bytes(span) };
    pool.lock();
    run_for_block(pool, "poolallocalign", |heap| {
        as_flags_ask(heap, |heap| heap.allocate_aligned_for_program(bytes(n), how), line)
    })
}

/// The work of `poolmsize`.
pub fn usable_size(pool: PoolPointer, block: *mut c_void) -> c_ulong {
    let data = block.expose_provenance();
    let line = |text: &mut Text, size: usize| {
        let (pool, size) = (pool.address(), signed(size));
        add(text, format_args!("poolmsize {pool:x} {data:x} = {size}\n"));
    };
    let size = run(pool, "poolmsize", |heap| as_flags_ask(heap, |heap| heap.use_all_for_program(data), line));
    c_ulong::try_from(size).unwrap_or(c_ulong::MAX)
}

/// The work of `poolcompact`. Its log has no stack, as in the original.
pub fn compact(pool: PoolPointer) -> c_int {
    let has_moved = run(pool, "poolcompact", |heap| {
        heap.look()?;
        let has_moved = heap.compact()?;
        heap.look()?;
        heap.log(&mut Text::of(format_args!("poolcompact {:x}\n", pool.address())));
        Ok(has_moved)
    });
    c_int::from(has_moved)
}

/// The work of `poolisoverlap`.
pub fn is_overlap(pool: PoolPointer, v: *mut c_void, n: c_ulong) -> c_int {
    let start = v.expose_provenance();
    let end = start.saturating_add(bytes(n));
    let overlaps = run(pool, "poolisoverlap", |heap| {
        let arenas = &heap.index.arenas;
        Ok((0..arenas.count()).map(|place| arenas.at(place)).any(|arena| end > arena.start && start < arena.end))
    });
    c_int::from(overlaps)
}

/// The work of `poolcheck`.
pub fn check(pool: PoolPointer) {
    run(pool, "poolcheck", |heap| {
        heap.mends = false;
        heap.check_all()
    });
}

/// The work of `poolblockcheck`.
pub fn check_block(pool: PoolPointer, block: *mut c_void) {
    let data = block.expose_provenance();
    if data != 0 {
        run(pool, "poolblockcheck", |heap| heap.block_of(data).map(|_| ()));
    }
}

/// The work of `pooldump`.
pub fn dump(pool: PoolPointer) {
    run(pool, "pooldump", |heap| {
        heap.print_all();
        Ok(())
    });
}

/// The work of `poolreset`. The arenas go back outside the lock, as in the original.
pub fn reset(pool: PoolPointer) {
    pool.lock();
    let remains = looking_away(|| take_all(pool));
    let fills = pool.flags() & POOL_ANTAGONISM != 0;
    pool.unlock();
    if let Ok(mut remains) = remains {
        looking_away(|| give_back(pool, &mut remains, fills));
    }
}

/// Forgets all blocks and arenas.
fn take_all(pool: PoolPointer) -> Result<Remains, Stop> {
    let mut remains = Remains::none();
    // A pool that was never used has no index, and needs none for this.
    if index_memory::has_index(pool) || index_memory::is_lost(pool) {
        let mut heap = Heap::open(pool, "poolreset").ok_or(Stop)?;
        heap.catch_up()?;
        heap.look()?;
        if let Some(watch) = heap.watch {
            watch.pool_is_gone();
        }
        remains = Remains::take(pool);
        forget_all(pool);
    }
    if pool.flags() & POOL_LOGGING != 0 {
        pool.print(Text::of(format_args!("poolreset {:x}\n", pool.address())).terminated());
    }
    Ok(remains)
}

fn give_back(pool: PoolPointer, remains: &mut Remains, fills: bool) {
    let arenas = &remains.arenas;
    for place in (0..arenas.count()).rev() {
        let arena = arenas.at(place);
        if fills {
            mark(arena.start, arena.end - arena.start, MARK_RESET);
            memory::keep_writes(arena.start);
        }
        if let Some(checker) = os::memory_checker() {
            checker.allow(arena.start, arena.end - arena.start);
        }
        pool.free_arena(arena.start, arena.end - arena.start);
    }
    remains.give_back(pool);
}

pub(super) fn forget_all(pool: PoolPointer) {
    pool.set_cursize(0);
    pool.set_curfree(0);
    pool.set_curalloc(0);
    pool.set_nfree(0);
    pool.set_lastcompact(0);
    pool.set_arenalist(0);
}

/// The work of `poolerror`.
pub fn error_text() -> *const c_char {
    error::text()
}

pub(super) fn add(text: &mut Text, arguments: fmt::Arguments<'_>) {
    text.add(arguments);
}

/// As C's %ld shows it.
pub(super) fn signed(number: usize) -> isize {
    isize::from_ne_bytes(number.to_ne_bytes())
}

#[inline(always)]
pub(super) fn bytes(number: c_ulong) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

pub(super) fn pointer(address: usize) -> *mut c_void {
    ptr::with_exposed_provenance_mut(address)
}
