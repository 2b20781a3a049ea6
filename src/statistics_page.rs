//! The layout of the statistics page: what this process has in its pools and buffers, for others to read.
//!
//! ```text
//!   0          Header (128)
//!   128        record 0 (256) | record 1 | ... | record `record_count` - 1
//! ```
//!
//! The page is a memory file with the name [`NAME`], which a process that uses millpond has open. A reader goes by what
//! the header says of sizes and counts, and believes nothing else: no record points anywhere. All numbers are
//! little-endian, of 32 or 64 bits, aligned; times are of `CLOCK_MONOTONIC`, in nanoseconds; texts end with a byte of 0
//! or fill their field. What is counted only grows; what is said of now is as it was after a call that changed it.
//! A reader reads what leaves before what comes (`frees` before `allocs`), so a difference is never below 0.
//!
//! A record belongs to something while its `generation` is odd; that is set last when it begins, and first when it ends.
#![forbid(unsafe_code)]

use core::mem::offset_of;

/// The name of the memory file.
pub const NAME: &core::ffi::CStr = c"millpond-stats";
/// The first eight bytes.
pub const MAGIC: [u8; 8] = *b"MILLPOND";
/// Readers know this one; a higher one may mean anything.
pub const VERSION: u32 = 1;

/// What every page begins with.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Header {
    /// [`MAGIC`]
    pub magic: [u8; 8],
    /// [`VERSION`]
    pub version: u32,
    /// Bytes before the first record.
    pub header_bytes: u32,
    /// Bytes of a record: what is beyond the fields that a reader knows is newer.
    pub record_bytes: u32,
    /// Records that there is room for.
    pub record_count: u32,
    /// Records from here on were never used.
    pub used_count: u32,
    /// Whose page it is. A process with another number has inherited it, and has one of its own, or none.
    pub pid: u32,
    /// When it was made.
    pub made_ns: u64,
    /// Pools, groups and buffers for which there was no record any more.
    pub left_out: u64,
    /// The program, as the system names it.
    pub program: [u8; 32],
    /// 0
    pub reserved: [u8; 48],
}

/// What a record is about.
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing yet.
    None = 0,
    /// A [`PoolRecord`]
    Pool = 1,
    /// A [`GroupRecord`]
    Group = 2,
    /// A [`BufferRecord`]
    Buffer = 3,
}

/// What every record begins with.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RecordHead {
    /// A [`Kind`]
    pub kind: u32,
    /// Odd while it belongs to something.
    pub generation: u32,
}

/// A Pool. Sizes of blocks include what the pool has in them.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct PoolRecord {
    /// [`Kind::Pool`]
    pub head: RecordHead,
    /// `name` of the Pool.
    pub name: [u8; 32],
    /// Blocks that were freed, or resized to nothing.
    pub frees: u64,
    /// Blocks that were allocated; what is resized stays one block.
    pub allocs: u64,
    /// Calls that returned nil and left a reason.
    pub fails: u64,
    /// Bytes of arenas: `cursize`.
    pub arena_bytes: u64,
    /// Bytes of blocks that are allocated: `curalloc`.
    pub allocated_bytes: u64,
    /// Bytes of all blocks: those that are not allocated are free, `curfree`.
    pub block_bytes: u64,
    /// The most that `allocated_bytes` was.
    pub peak_bytes: u64,
    /// The most that the arenas may be: `maxsize`.
    pub limit_bytes: u64,
    /// Bytes of the largest free block, when an arena came or went last, or blocks moved.
    pub largest_free_bytes: u64,
    /// Arenas now.
    pub arenas: u64,
    /// Blocks that `poolcompact`, or a call in need, has moved.
    pub moves: u64,
    /// Blocks that were found damaged and set aside.
    pub set_aside: u64,
    /// 0
    pub reserved: [u8; 120],
}

/// Buffers of one kind: those of one cookie of a `wl_shm`, or those of a chain; of a chain those that are used once are apart.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct GroupRecord {
    /// [`Kind::Group`]
    pub head: RecordHead,
    /// Which API, and which chain: "foot 1.4", "chain", "launcher".
    pub name: [u8; 32],
    /// `cookie`; of a chain, a number that is its own.
    pub cookie: u64,
    /// Buffers that have ended.
    pub destroyed: u64,
    /// Buffers that were made.
    pub created: u64,
    /// Buffers that were handed out, new or again.
    pub gets: u64,
    /// Buffers that are there.
    pub live: u64,
    /// Of these: the program has them, or the compositor has not released them yet.
    pub held: u64,
    /// Of these: neither, and the next request may be answered with them.
    pub cached: u64,
    /// The most that were held at once.
    pub held_most: u64,
    /// So many held buffers are warned about.
    pub held_limit: u64,
    /// Since when the one is held that is held longest; 0 if none is, or if that is the one that was asked for last.
    pub oldest_held_ns: u64,
    /// Releases that came after the buffer was given up.
    pub late_releases: u64,
    /// Releases of buffers that were not held.
    pub double_releases: u64,
    /// Buffers that were taken once more while they were held.
    pub taken_twice: u64,
    /// Buffers that were given up while they were held.
    pub abandoned: u64,
    /// Scrolls that were done by moving the view.
    pub scrolls: u64,
    /// Of these, how often the view went back to the beginning.
    pub wraps: u64,
    /// Bytes that were copied: carried along, and to bring older buffers up to date.
    pub copied_bytes: u64,
    /// Pages that a new buffer would have touched, and that were there.
    pub faults_avoided: u64,
    /// Bytes of the memory files that are these buffers' alone.
    pub file_bytes: u64,
    /// The newest size.
    pub width: u32,
    /// In pixels, both.
    pub height: u32,
    /// 0
    pub reserved: [u8; 56],
}

/// One buffer.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct BufferRecord {
    /// [`Kind::Buffer`]
    pub head: RecordHead,
    /// The record of its group, by number.
    pub group: u32,
    /// Bits: [`HELD`], [`CACHED`], [`GIVEN_UP`], [`USED_ONCE`].
    pub state: u32,
    /// As in its group.
    pub cookie: u64,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Bytes of a row.
    pub stride: u32,
    /// What `age` was when it was handed out last.
    pub age: u32,
    /// References of the program; 0 where the API has none.
    pub references: u32,
    /// 0
    pub unused: u32,
    /// Of pixels.
    pub bytes: u64,
    /// Where its ring begins in the memory file.
    pub offset_bytes: u64,
    /// The memory file, as `fstat` says: `st_ino`.
    pub inode: u64,
    /// When it was made.
    pub made_ns: u64,
    /// Since when it is held, at the latest; 0 if it is not, or if nothing of its group was asked for since then.
    pub held_since_ns: u64,
    /// How often it was released.
    pub releases: u64,
    /// How often it was handed out.
    pub gets: u64,
    /// How often it was taken once more while it was held.
    pub taken_twice: u64,
    /// 0
    pub reserved: [u8; 144],
}

/// The program or the compositor has the buffer.
pub const HELD: u32 = 1;
/// Nobody has it: the next request is answered with it, or lets it go.
pub const CACHED: u32 = 2;
/// The program has given it up (purged it, freed its chain, or asked for another size of that), and it is held still: it
/// goes when it is released.
pub const GIVEN_UP: u32 = 4;
/// It is not handed out again (`shm_get_many`), so its group says nothing of how long it may be held.
pub const USED_ONCE: u32 = 8;

/// Bytes before the first record.
pub const HEADER_BYTES: usize = 128;
/// Bytes of a record.
pub const RECORD_BYTES: usize = 256;
/// Records that a page of ours has room for. Only those that are used take memory.
pub const RECORD_COUNT: usize = 4095;
/// Bytes of a page of ours.
pub const PAGE_BYTES: usize = HEADER_BYTES + RECORD_COUNT * RECORD_BYTES;

const _: () = {
    assert!(size_of::<Header>() == HEADER_BYTES);
    assert!(size_of::<PoolRecord>() == RECORD_BYTES);
    assert!(size_of::<GroupRecord>() == RECORD_BYTES);
    assert!(size_of::<BufferRecord>() == RECORD_BYTES);
    // Numbers of 64 bits are read and written in one piece, on each machine.
    assert!(offset_of!(Header, made_ns) == 32 && offset_of!(Header, program) == 48);
    assert!(offset_of!(PoolRecord, frees) == 40 && offset_of!(GroupRecord, cookie) == 40);
    assert!(offset_of!(BufferRecord, cookie) == 16 && offset_of!(BufferRecord, bytes) == 48);
};
