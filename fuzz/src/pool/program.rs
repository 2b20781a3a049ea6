//! `program.h` and `space.h`, as Rust sees them.

use std::ffi::{c_int, c_long, c_uchar, c_ulong, c_void};
use std::slice;

use millpond::c_api::pool::{poolcounts, poolpart};
use millpond::pool::Pool;

pub(super) const PLACES: usize = 16;

/// `struct plan`
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) places: [c_uchar; PLACES],
    pub(super) nested: [c_uchar; PLACES],
    pub(super) is_merging: c_uchar,
    pub(super) has_move: c_uchar,
    pub(super) has_free: c_uchar,
    pub(super) has_lock: c_uchar,
    pub(super) panic_jumps: c_uchar,
}

/// `enum operation`
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Alloc,
    AllocAligned,
    AllocZeroed,
    Free,
    Resize,
    Usable,
    Overlap,
    Reset,
    Compact,
    Trim,
    Check,
    CheckBlock,
    Dump,
    Walk,
    Count,
    Destroy,
}

/// `struct call`
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    pub(super) operation: Operation,
    pub(super) block: usize,
    pub(super) n: c_ulong,
    pub(super) align: c_ulong,
    pub(super) offset: c_long,
    pub(super) span: c_ulong,
}

/// `struct answer`
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub(super) block: usize,
    pub(super) number: c_ulong,
    pub(super) panics: c_ulong,
    pub(super) allocs: c_ulong,
    pub(super) failed_allocs: c_ulong,
}

/// `enum event_kind`
#[repr(i32)]
#[allow(dead_code, reason = "C makes them")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventKind {
    Moved,
    Taken,
    Freed,
}

/// `struct event`
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) kind: EventKind,
    pub(super) seed: c_int,
    pub(super) block: usize,
    pub(super) to: usize,
    pub(super) n: c_ulong,
}

/// `struct arena`
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct Arena {
    pub(super) start: usize,
    pub(super) bytes: usize,
    pub(super) is_gap: c_int,
}

unsafe extern "C" {
    fn program_start(plan: *const Plan) -> *mut Pool;
    fn program_call(call: *const Call) -> Answer;
    fn program_events(count: *mut usize) -> *const Event;
    fn program_parts(count: *mut usize) -> *const poolpart;
    fn program_counts() -> *const poolcounts;
    fn space_arenas(count: *mut usize) -> *const Arena;
    fn program_expect_panics(are_expected: c_int);
}

/// The one program, which nobody else uses meanwhile.
pub(super) struct Program {
    pool: *mut Pool,
}

impl Program {
    /// `configure` sets what may be set before a pool is used.
    pub(super) fn start(plan: &Plan, configure: impl FnOnce(&mut Pool)) -> Program {
        // The checkers of memory would be told of blocks, and the model reads what is between them.
        // SAFETY: a target and a test have one thread each that uses the environment.
        unsafe { std::env::set_var("MILLPOND_ANNOTATE", "0") };
        // SAFETY: the plan lives through the call.
        let pool = unsafe { program_start(plan) };
        // SAFETY: the pool is a static of program.c, and no call is at work on it.
        configure(unsafe { &mut *pool });
        Program { pool }
    }

    /// The struct as it stands between two calls.
    pub(super) fn pool(&mut self) -> &mut Pool {
        // SAFETY: as in start().
        unsafe { &mut *self.pool }
    }

    pub(super) fn call(&mut self, call: &Call) -> Answer {
        // SAFETY: what a call gets wrong on purpose is a block, and pool(3) says that it is looked at first.
        unsafe { program_call(call) }
    }

    pub(super) fn expect_panics(&mut self) {
        // SAFETY: sets a flag.
        unsafe { program_expect_panics(1) };
    }

    pub(super) fn events(&self) -> Vec<Event> {
        // SAFETY: an array of program.c, with so many elements.
        unsafe { listed(program_events) }
    }

    pub(super) fn parts(&self) -> Vec<poolpart> {
        let mut count = 0;
        // SAFETY: the count lives through the call.
        let parts = unsafe { program_parts(&raw mut count) };
        let at = |index| {
            // SAFETY: an array of program.c, with so many elements.
            unsafe { parts.add(index).read() }
        };
        (0..count).map(at).collect()
    }

    pub(super) fn counts(&self) -> poolcounts {
        // SAFETY: a static of program.c.
        unsafe { *program_counts() }
    }

    pub(super) fn arenas(&self) -> Vec<Arena> {
        // SAFETY: an array of space.c, with so many elements.
        unsafe { listed(space_arenas) }
    }
}

/// # Safety
///
/// `list` returns an array with so many elements as it says.
unsafe fn listed<Item: Clone>(list: unsafe extern "C" fn(*mut usize) -> *const Item) -> Vec<Item> {
    let mut count = 0;
    // SAFETY: the count lives through the call.
    let items = unsafe { list(&raw mut count) };
    // SAFETY: the caller's promise.
    unsafe { slice::from_raw_parts(items, count) }.to_vec()
}

/// Memory of the program's, as bytes.
///
/// # Safety
///
/// So many bytes at the address are the program's own, and nothing else refers to them.
pub(super) unsafe fn bytes_at<'memory>(address: usize, count: usize) -> &'memory mut [u8] {
    let start = std::ptr::with_exposed_provenance_mut::<c_void>(address);
    // SAFETY: the caller's promise.
    unsafe { slice::from_raw_parts_mut(start.cast(), count) }
}
