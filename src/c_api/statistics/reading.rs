//! Records of the process's own page, as C has them.

use core::ffi::{c_char, c_int};
use core::ptr;

use super::types::{MILLPOND_STATS_REFUSED, millpond_stats_buffer, millpond_stats_group, millpond_stats_pool};
use crate::limits::STATISTICS_STRUCT_BYTES_MAX;
use crate::os;
use crate::published::{self, Snapshot, record_field};
use crate::statistics_page::{BufferRecord, GroupRecord, Kind, PoolRecord};

/// What begins with its size, a number of 64 bits, and has no padding.
pub(super) trait Shown: Sized {
    const KIND: Kind;
    /// The size of the first struct of this name that there was.
    const FIRST_BYTES: usize;
    fn of(record: &Snapshot, size: u64) -> Self;
}

/// A number of a record, as wide as C has it.
macro_rules! read {
    ($record:expr, $type:ty, $field:ident) => {
        u64::from($record.get(const { record_field!($type, $field) }))
    };
}

impl Shown for millpond_stats_pool {
    const KIND: Kind = Kind::Pool;
    const FIRST_BYTES: usize = size_of::<u64>() * 17;

    fn of(record: &Snapshot, size: u64) -> millpond_stats_pool {
        millpond_stats_pool {
            size,
            name: name_of(record),
            frees: read!(record, PoolRecord, frees),
            allocs: read!(record, PoolRecord, allocs),
            fails: read!(record, PoolRecord, fails),
            arena_bytes: read!(record, PoolRecord, arena_bytes),
            allocated_bytes: read!(record, PoolRecord, allocated_bytes),
            free_bytes: read!(record, PoolRecord, block_bytes).saturating_sub(read!(
                record,
                PoolRecord,
                allocated_bytes
            )),
            peak_bytes: read!(record, PoolRecord, peak_bytes),
            limit_bytes: read!(record, PoolRecord, limit_bytes),
            largest_free_bytes: read!(record, PoolRecord, largest_free_bytes),
            arenas: read!(record, PoolRecord, arenas),
            moves: read!(record, PoolRecord, moves),
            set_aside: read!(record, PoolRecord, set_aside),
        }
    }
}

impl Shown for millpond_stats_group {
    const KIND: Kind = Kind::Group;
    const FIRST_BYTES: usize = size_of::<u64>() * 26;

    fn of(record: &Snapshot, size: u64) -> millpond_stats_group {
        millpond_stats_group {
            size,
            name: name_of(record),
            cookie: read!(record, GroupRecord, cookie),
            destroyed: read!(record, GroupRecord, destroyed),
            created: read!(record, GroupRecord, created),
            gets: read!(record, GroupRecord, gets),
            live: read!(record, GroupRecord, live),
            held: read!(record, GroupRecord, held),
            cached: read!(record, GroupRecord, cached),
            held_most: read!(record, GroupRecord, held_most),
            held_limit: read!(record, GroupRecord, held_limit),
            oldest_held_ns: read!(record, GroupRecord, oldest_held_ns),
            late_releases: read!(record, GroupRecord, late_releases),
            double_releases: read!(record, GroupRecord, double_releases),
            taken_twice: read!(record, GroupRecord, taken_twice),
            abandoned: read!(record, GroupRecord, abandoned),
            scrolls: read!(record, GroupRecord, scrolls),
            wraps: read!(record, GroupRecord, wraps),
            copied_bytes: read!(record, GroupRecord, copied_bytes),
            faults_avoided: read!(record, GroupRecord, faults_avoided),
            file_bytes: read!(record, GroupRecord, file_bytes),
            width: read!(record, GroupRecord, width),
            height: read!(record, GroupRecord, height),
        }
    }
}

impl Shown for millpond_stats_buffer {
    const KIND: Kind = Kind::Buffer;
    const FIRST_BYTES: usize = size_of::<u64>() * 17;

    fn of(record: &Snapshot, size: u64) -> millpond_stats_buffer {
        millpond_stats_buffer {
            size,
            group: read!(record, BufferRecord, group),
            state: read!(record, BufferRecord, state),
            cookie: read!(record, BufferRecord, cookie),
            width: read!(record, BufferRecord, width),
            height: read!(record, BufferRecord, height),
            stride: read!(record, BufferRecord, stride),
            age: read!(record, BufferRecord, age),
            references: read!(record, BufferRecord, references),
            bytes: read!(record, BufferRecord, bytes),
            offset_bytes: read!(record, BufferRecord, offset_bytes),
            inode: read!(record, BufferRecord, inode),
            made_ns: read!(record, BufferRecord, made_ns),
            held_since_ns: read!(record, BufferRecord, held_since_ns),
            releases: read!(record, BufferRecord, releases),
            gets: read!(record, BufferRecord, gets),
            taken_twice: read!(record, BufferRecord, taken_twice),
        }
    }
}

fn name_of(record: &Snapshot) -> [c_char; 32] {
    record.name().map(|byte| c_char::from_ne_bytes([byte]))
}

pub(super) fn descriptor() -> c_int {
    os::statistics_descriptor().unwrap_or(-1)
}

pub(super) fn count() -> u32 {
    published::used_count()
}

/// The work of `millpond_stats_get_pool` and the others.
///
/// # Safety
///
/// `out` is NULL or points to a struct of its type, with the size that stands at its begin.
pub(super) unsafe fn write<T: Shown>(number: u32, out: *mut T) -> c_int {
    if out.is_null() {
        return MILLPOND_STATS_REFUSED;
    }
    // SAFETY: the caller's promise. A program that packs its structs may have it at any address.
    let size = unsafe { out.cast::<u64>().read_unaligned() };
    let allowed = T::FIRST_BYTES..=STATISTICS_STRUCT_BYTES_MAX;
    let bytes = usize::try_from(size).ok().filter(|bytes| allowed.contains(bytes) && bytes % size_of::<u64>() == 0);
    let Some(bytes) = bytes else { return MILLPOND_STATS_REFUSED };
    let Some(record) = Snapshot::of(number).filter(|record| record.is(T::KIND)) else { return 0 };
    let shown = T::of(&record, size);
    let known = bytes.min(size_of::<T>());
    // SAFETY: so many bytes are there, says the caller, and as many are in a `T`.
    unsafe { ptr::copy_nonoverlapping(ptr::from_ref(&shown).cast::<u8>(), out.cast::<u8>(), known) };
    let rest = out.cast::<u8>().wrapping_add(known);
    // SAFETY: up to the end of what the caller has promised.
    unsafe { ptr::write_bytes(rest, 0, bytes - known) };
    1
}
