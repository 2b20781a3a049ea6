//! What `poolwalk` and `poolstats` are asked for and answer, as C says it.

use core::ffi::{c_int, c_void};
use core::ptr;

use super::types::{
    POOL_INCOMPLETE, POOL_PART_ALLOCATED, POOL_PART_ARENA, POOL_PART_BURIED, POOL_PART_FREE, POOL_PART_IN_WORK,
    POOL_PART_SET_ASIDE, poolcounts, poolpart,
};
use crate::limits::POOL_STATISTICS_BYTES_MAX;
use crate::pool::{self, Part, PartKind, PoolPointer, Statistics};

/// What `poolwalk` shows parts to.
pub(super) type Visit = unsafe extern "C" fn(user: *mut c_void, part: *const poolpart) -> c_int;

/// The size of the first `struct poolcounts` that there was.
const FIRST_STATISTICS_BYTES: usize = 17 * size_of::<u64>();
const _: () =
    assert!(size_of::<poolcounts>() >= FIRST_STATISTICS_BYTES && size_of::<poolcounts>() % size_of::<u64>() == 0);

/// The work of `poolwalk`.
///
/// # Safety
///
/// `visit` may be called with `user`.
pub(super) unsafe fn walk(pool: Option<PoolPointer<'_>>, visit: Option<Visit>, user: *mut c_void) -> c_int {
    let Some(pool) = pool else { return refuse(None, "poolwalk", format_args!("the pool is nil")) };
    let Some(visit) = visit else { return refuse(Some(pool), "poolwalk", format_args!("visit is nil")) };
    let walked = pool::walk(pool, &mut |part| {
        let shown = shown(part);
        // SAFETY: the caller's promise; the part is there until it returns.
        unsafe { visit(user, &raw const shown) }
    });
    walked.unwrap_or(POOL_INCOMPLETE)
}

fn shown(part: &Part) -> poolpart {
    let kind = match part.kind {
        PartKind::Arena => POOL_PART_ARENA,
        PartKind::Allocated => POOL_PART_ALLOCATED,
        PartKind::Free => POOL_PART_FREE,
        PartKind::Buried => POOL_PART_BURIED,
        PartKind::SetAside => POOL_PART_SET_ASIDE,
        PartKind::InWork => POOL_PART_IN_WORK,
    };
    poolpart {
        kind,
        is_pinned: c_int::from(part.is_pinned),
        arena: ptr::with_exposed_provenance_mut(part.arena),
        start: ptr::with_exposed_provenance_mut(part.start),
        bytes: part.bytes,
        data: ptr::with_exposed_provenance_mut(part.data),
        asked: part.asked_bytes,
    }
}

/// The work of `poolstats`.
///
/// # Safety
///
/// `out` is NULL or points to a `struct poolcounts` with the size that stands at its begin.
pub(super) unsafe fn statistics(pool: Option<PoolPointer<'_>>, out: *mut poolcounts) -> c_int {
    let Some(pool) = pool else { return refuse(None, "poolstats", format_args!("the pool is nil")) };
    if out.is_null() {
        return refuse(Some(pool), "poolstats", format_args!("out is nil"));
    }
    // SAFETY: the caller's promise. A program that packs its structs may have it at any address.
    let size = unsafe { out.cast::<u64>().read_unaligned() };
    let allowed = FIRST_STATISTICS_BYTES..=POOL_STATISTICS_BYTES_MAX;
    let bytes = usize::try_from(size).ok().filter(|bytes| allowed.contains(bytes) && bytes % size_of::<u64>() == 0);
    let Some(bytes) = bytes else {
        let known = size_of::<poolcounts>();
        return refuse(
            Some(pool),
            "poolstats",
            format_args!("the size in out is {size}: sizeof(struct poolcounts) is {known}"),
        );
    };
    let (statistics, is_incomplete) = pool::statistics(pool);
    // SAFETY: so many bytes are there, says the caller.
    unsafe { write_statistics(&told(&statistics, size), out, bytes) };
    if is_incomplete { POOL_INCOMPLETE } else { 0 }
}

/// Writes as much as both have, and 0 into the rest.
///
/// # Safety
///
/// `out` has so many bytes.
unsafe fn write_statistics(statistics: &poolcounts, out: *mut poolcounts, bytes: usize) {
    let known = bytes.min(size_of::<poolcounts>());
    let from: *const poolcounts = statistics;
    // SAFETY: as the caller promises, and as many are in a `poolcounts`.
    unsafe { ptr::copy_nonoverlapping(from.cast::<u8>(), out.cast::<u8>(), known) };
    let rest = out.cast::<u8>().wrapping_add(known);
    // SAFETY: up to the end of what the caller has promised.
    unsafe { ptr::write_bytes(rest, 0, bytes - known) };
}

fn told(statistics: &Statistics, size: u64) -> poolcounts {
    let number = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    poolcounts {
        size,
        arenas: number(statistics.arenas),
        arena_bytes: number(statistics.arena_bytes),
        blocks: number(statistics.allocated.blocks),
        block_bytes: number(statistics.allocated.bytes),
        asked_bytes: number(statistics.asked_bytes),
        slack_bytes: number(statistics.slack_bytes),
        free_blocks: number(statistics.free.blocks),
        free_bytes: number(statistics.free.bytes),
        largest_free_bytes: number(statistics.largest_free_bytes),
        buried_blocks: number(statistics.buried.blocks),
        buried_bytes: number(statistics.buried.bytes),
        set_aside_blocks: number(statistics.set_aside.blocks),
        set_aside_bytes: number(statistics.set_aside.bytes),
        failed_calls: statistics.failed_calls,
        most_arena_bytes: number(statistics.most_arena_bytes),
        most_seen_bytes: number(statistics.most_seen_bytes),
    }
}

fn refuse(pool: Option<PoolPointer<'_>>, operation: &str, what: core::fmt::Arguments<'_>) -> c_int {
    pool::say(pool, operation, what);
    POOL_INCOMPLETE
}
