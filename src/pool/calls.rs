//! What the C functions do: lock, check, work, check, log, unlock.
//!
//! Nothing here has a destructor, and the pool's own lock is all that is held, when a callback of the pool runs: it may
//! leave by longjmp.
#![forbid(unsafe_code)]

use core::ffi::{c_char, c_int, c_long, c_ulong, c_void};
use core::fmt;
use core::ptr;

use super::Text;
use super::aligned::Alignment;
use super::call::Call;
use super::damage::Stop;
use super::error::{self, Reason};
use super::flags::Flags;
use super::heap::MARK_GIVEN_BACK;
use super::index_memory::{self, Remains};
use super::locked::Locked;
use super::numbers::{bytes, pointer};
use super::pool_pointer::PoolPointer;
use super::watch::looking_away;
use crate::os;

impl Call<'_> {
    /// Before and after the work of a call: what the flags ask for.
    fn look(&mut self) -> Result<(), Stop> {
        if self.flags.checks_all() {
            self.check_all()?;
        }
        if self.flags.prints_all() {
            self.print_all();
        }
        Ok(())
    }

    /// Checks the whole pool. What is tolerated is printed before: the program may use the pool then, and not once the
    /// check has begun.
    fn check_all(&mut self) -> Result<(), Stop> {
        if self.flags.tolerates() {
            self.print_tolerated();
        }
        self.mending(|heap| heap.check_all())
    }
}

/// Runs the work of a call, and unlocks the pool. What it returns, or nothing if it stopped; and what has been refused
/// meanwhile. Where it returns nil for that, it has failed.
#[inline]
pub(super) fn run_and_unlock<T: Default>(
    locked: Locked<'_>,
    operation: &'static str,
    is_nil: impl FnOnce(&T) -> bool,
    work: impl FnOnce(&mut Call<'_>) -> Result<T, Stop>,
) -> (T, Option<Reason>) {
    let (locked, outcome) = looking_away(|| match Call::begin(locked, operation) {
        Err(locked) => (locked, (T::default(), Some(Reason::NoIndex))),
        Ok(mut call) => {
            let result = call.catch_up().and_then(|()| work(&mut call));
            if result.is_err() {
                call.tell();
            }
            let result = result.unwrap_or_default();
            call.remember(is_nil(&result) && call.refusal.is_some());
            call.leave();
            call.heap().tell_all();
            (call.locked, (result, call.refusal))
        }
    });
    locked.unlock();
    outcome
}

/// The same for a call that returns no block.
#[inline]
pub(super) fn run_locked<T: Default>(
    locked: Locked<'_>,
    operation: &'static str,
    work: impl FnOnce(&mut Call<'_>) -> Result<T, Stop>,
) -> T {
    run_and_unlock(locked, operation, |_| false, work).0
}

/// The same for a call that returns a block. Where that is nil, the thread remembers why, if there is a reason.
#[inline]
pub(super) fn run_for_block(
    locked: Locked<'_>,
    operation: &'static str,
    work: impl FnOnce(&mut Call<'_>) -> Result<usize, Stop>,
) -> *mut c_void {
    let (data, refusal) = run_and_unlock(locked, operation, |data| *data == 0, work);
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

/// Locks the pool, and runs the work of a call that returns no block.
#[inline]
fn run<T: Default>(
    pool: PoolPointer<'_>,
    operation: &'static str,
    work: impl FnOnce(&mut Call<'_>) -> Result<T, Stop>,
) -> T {
    run_locked(pool.lock(), operation, work)
}

/// Does the work of a call with what the flags ask for around it, and a line in the log at the end. The call may be about a
/// block, the one with the data `passed`; 0: it is not.
#[inline]
pub(super) fn as_flags_ask<T: Copy>(
    call: &mut Call<'_>,
    passed: usize,
    work: impl FnOnce(&mut Call<'_>) -> Result<T, Stop>,
    line: impl FnOnce(&mut Text, T),
) -> Result<T, Stop> {
    if call.flags.is_plain() { work(call) } else { watch(call, passed, work, |_| passed, line) }
}

/// The same for a call that returns a block.
#[inline]
pub(super) fn as_flags_ask_for_block(
    call: &mut Call<'_>,
    passed: usize,
    work: impl FnOnce(&mut Call<'_>) -> Result<usize, Stop>,
    line: impl FnOnce(&mut Text, usize),
) -> Result<usize, Stop> {
    if call.flags.is_plain() { work(call) } else { watch(call, passed, work, |data| data, line) }
}

/// Callbacks may compact the pool. What the program has passed, or is about to get, stays where it is meanwhile.
#[cold]
fn watch<T: Copy>(
    call: &mut Call<'_>,
    passed: usize,
    work: impl FnOnce(&mut Call<'_>) -> Result<T, Stop>,
    block_of: impl FnOnce(T) -> usize,
    line: impl FnOnce(&mut Text, T),
) -> Result<T, Stop> {
    call.holding(passed, Call::look)?;
    let result = work(call)?;
    call.holding(block_of(result), |call| {
        call.look()?;
        if call.flags.logs() {
            call.locked.log_stack();
            call.look_again();
            let mut text = Text::new();
            line(&mut text, result);
            call.print(&mut text);
        }
        Ok(())
    })?;
    Ok(result)
}

/// The work of `poolallocalign`.
pub fn alloc_aligned(pool: PoolPointer<'_>, n: c_ulong, align: c_ulong, offset: c_long, span: c_ulong) -> *mut c_void {
    let address = pool.record().address();
    let line = |text: &mut Text, data| {
        let pool = address;
        add(text, format_args!("poolallocalign {pool:x} {n} {align} {offset} {span} = {data:x}\n"));
    };
    let how = Alignment { align: bytes(align), offset: isize::try_from(offset).unwrap_or(0), span: bytes(span) };
    run_for_block(pool.lock(), "poolallocalign", |call| {
        as_flags_ask_for_block(call, 0, |call| call.allocate_aligned_for_program(bytes(n), how), line)
    })
}

/// The work of `poolcompact`. Its log has no stack, as in the original.
pub fn compact(pool: PoolPointer<'_>) -> c_int {
    let address = pool.record().address();
    let has_moved = run(pool, "poolcompact", |call| {
        call.look()?;
        let has_moved = call.compact()?;
        call.look()?;
        call.log(&mut Text::of(format_args!("poolcompact {address:x}\n")));
        Ok(has_moved)
    });
    c_int::from(has_moved)
}

/// The work of `poolisoverlap`.
pub fn is_overlap(pool: PoolPointer<'_>, v: *mut c_void, n: c_ulong) -> c_int {
    let start = v.expose_provenance();
    let end = start.saturating_add(bytes(n));
    let overlaps = run(pool, "poolisoverlap", |call| {
        let arenas = &call.heap().index.arenas;
        Ok(arenas.rooms().any(|room| end > room.start() && start < room.end()))
    });
    c_int::from(overlaps)
}

/// The work of `poolcheck`.
pub fn check(pool: PoolPointer<'_>) {
    run(pool, "poolcheck", |call| {
        call.mends = false;
        call.check_all()
    });
}

/// The work of `poolblockcheck`.
pub fn check_block(pool: PoolPointer<'_>, block: *mut c_void) {
    let data = block.expose_provenance();
    if data != 0 {
        run(pool, "poolblockcheck", |call| call.block_of(data).map(|_| ()));
    }
}

/// The work of `pooldump`.
pub fn dump(pool: PoolPointer<'_>) {
    run(pool, "pooldump", |call| {
        call.print_all();
        Ok(())
    });
}

/// The work of `pooltrim`.
pub fn trim(pool: PoolPointer<'_>, keep_bytes: c_ulong) -> c_ulong {
    let locked = pool.lock();
    let pool = locked.record();
    // A pool that was never used has nothing, and needs no index for this.
    if !index_memory::has_index(pool) && !index_memory::is_lost(pool) {
        locked.unlock();
        return 0;
    }
    let line = |text: &mut Text, given_bytes| {
        add(text, format_args!("pooltrim {:x} {keep_bytes} = {given_bytes}\n", pool.address()));
    };
    let given_bytes =
        run_locked(locked, "pooltrim", |call| as_flags_ask(call, 0, |call| call.trim(bytes(keep_bytes)), line));
    c_ulong::try_from(given_bytes).unwrap_or(c_ulong::MAX)
}

/// The work of `poolreset`.
pub fn reset(pool: PoolPointer<'_>) {
    empty(pool, "poolreset", true);
}

/// Forgets all blocks, and gives everything back; the index may be kept for another pool. The arenas go back outside the
/// lock, as in the original. False: something is wrong, or there is no memory, and the pool is what it was.
pub(super) fn empty(pool: PoolPointer<'_>, operation: &'static str, keeps_index: bool) -> bool {
    let locked = pool.lock();
    let (locked, remains) = looking_away(|| take_all(locked, operation));
    let fills = Flags(locked.record().flags()).fills();
    let mut pool = locked.unlock();
    let is_empty = remains.is_some();
    if let Some(remains) = remains {
        looking_away(|| give_back(&mut pool, remains, keeps_index, fills));
    }
    is_empty
}

/// Forgets all blocks and arenas. None: something is wrong, or there is no memory.
fn take_all<'call>(mut locked: Locked<'call>, operation: &'static str) -> (Locked<'call>, Option<Remains>) {
    let mut remains = Remains::none();
    let pool = locked.record();
    // A pool that was never used has no index, and needs none for this.
    if index_memory::has_index(pool) || index_memory::is_lost(pool) {
        let mut call = match Call::begin(locked, operation) {
            Ok(call) => call,
            Err(locked) => return (locked, None),
        };
        if call.catch_up().and_then(|()| call.look()).is_err() {
            call.tell();
            return (call.locked, None);
        }
        if let Some(watch) = call.watch {
            watch.pool_is_gone();
        }
        call.heap().forget_counters();
        locked = call.locked;
        remains = Remains::take(&mut locked);
    }
    if Flags(pool.flags()).logs() {
        locked.print(Text::of(format_args!("{operation} {:x}\n", pool.address())).terminated());
    }
    (locked, Some(remains))
}

fn give_back(pool: &mut PoolPointer<'_>, remains: Remains, keeps_index: bool, fills: bool) {
    remains.give_back(pool, keeps_index, &mut |room| {
        if fills {
            room.fill(MARK_GIVEN_BACK);
        }
        if let Some(checker) = os::memory_checker() {
            checker.allow(room.start(), room.bytes());
        }
    });
}

/// The work of `poolerror`.
pub fn error_text() -> *const c_char {
    error::text()
}

pub(super) fn add(text: &mut Text, arguments: fmt::Arguments<'_>) {
    text.add(arguments);
}
