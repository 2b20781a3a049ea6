//! Reads the bytes of a statistics page. They are another process's, and may be anything: only the header is asked how
//! much there is, and it is believed as far as there are bytes.

use std::fmt;
use std::mem::offset_of;

use millpond::statistics_page::{
    BufferRecord, CACHED, GIVEN_UP, GroupRecord, HEADER_BYTES, HELD, Header, Kind, MAGIC, PoolRecord, RECORD_BYTES,
    RecordHead, USED_ONCE, VERSION,
};
use serde::Serialize;

use crate::limits;
use crate::text;

/// What a page says.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Page {
    /// Whose page it is, as its writer knows itself: another number in a container.
    pub pid: u32,
    /// The program, as the system named it.
    pub program: String,
    /// When it was made, on the clock that never jumps.
    pub made_ns: u64,
    /// Pools, groups and buffers that found no record.
    pub left_out: u64,
    /// Its pools.
    pub pools: Vec<Pool>,
    /// Its groups of buffers.
    pub groups: Vec<Group>,
    /// Its buffers.
    pub buffers: Vec<Buffer>,
}

/// A pool.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[expect(
    missing_docs,
    reason = "millpond::statistics_page::PoolRecord has the same names, or says what is made of them"
)]
pub struct Pool {
    pub name: String,
    pub frees: u64,
    pub allocs: u64,
    pub fails: u64,
    pub arena_bytes: u64,
    pub allocated_bytes: u64,
    pub free_bytes: u64,
    pub peak_bytes: u64,
    pub limit_bytes: u64,
    pub largest_free_bytes: u64,
    pub arenas: u64,
    pub moves: u64,
    pub set_aside: u64,
}

/// Buffers of one kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[expect(missing_docs, reason = "millpond::statistics_page::GroupRecord has the same names")]
pub struct Group {
    /// The number of its record, which buffers name.
    pub record: u32,
    pub name: String,
    pub cookie: u64,
    pub destroyed: u64,
    pub created: u64,
    pub gets: u64,
    pub live: u64,
    pub held: u64,
    pub cached: u64,
    pub held_most: u64,
    pub held_limit: u64,
    pub oldest_held_ns: u64,
    pub late_releases: u64,
    pub double_releases: u64,
    pub taken_twice: u64,
    pub abandoned: u64,
    pub scrolls: u64,
    pub wraps: u64,
    pub copied_bytes: u64,
    pub faults_avoided: u64,
    pub file_bytes: u64,
    pub width: u32,
    pub height: u32,
}

/// A buffer.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[expect(missing_docs, reason = "millpond::statistics_page::BufferRecord has the same names")]
pub struct Buffer {
    /// The number of its group's record.
    pub group: u32,
    pub is_held: bool,
    pub is_cached: bool,
    pub is_given_up: bool,
    pub is_used_once: bool,
    pub cookie: u64,
    pub width: u32,
    pub height: u32,
    pub stride: u32,
    pub age: u32,
    pub references: u32,
    pub bytes: u64,
    pub offset_bytes: u64,
    pub inode: u64,
    pub made_ns: u64,
    pub held_since_ns: u64,
    pub releases: u64,
    pub gets: u64,
    pub taken_twice: u64,
}

/// Why bytes are no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Nothing stands on it: the process is just making it.
    NotBegun,
    /// It does not begin as a page does.
    NoPage,
    /// Of another version than this program knows.
    OtherVersion(u32),
    /// Sizes that no page has.
    Sizes,
    /// More records in use than there is room for.
    Counts,
    /// More bytes than are read of any page.
    TooLarge,
    /// It ends before its last record.
    EndsEarly,
}

impl fmt::Display for Flaw {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::NotBegun => formatter.write_str("nothing stands on it yet"),
            Self::NoPage => formatter.write_str("it does not begin as a page does"),
            Self::OtherVersion(version) => {
                write!(formatter, "it is of version {version}, and this poolstat knows version {VERSION}")
            }
            Self::Sizes => formatter.write_str("its header has sizes that no page has"),
            Self::Counts => formatter.write_str("its header has more records in use than room for them"),
            Self::TooLarge => {
                write!(formatter, "it claims more than {} MiB", limits::PAGE_BYTES_MAX >> 20)
            }
            Self::EndsEarly => formatter.write_str("it ends before its last record"),
        }
    }
}

/// What the header says of where records are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    header_bytes: usize,
    record_bytes: usize,
    used_count: usize,
    /// Up to the end of the last record that is in use.
    pub bytes: usize,
}

impl Extent {
    /// Of the page that begins with these bytes.
    pub fn of(bytes: &[u8]) -> Result<Self, Flaw> {
        let Some(header) = bytes.get(..HEADER_BYTES) else {
            return Err(Flaw::EndsEarly);
        };
        let field = |at: usize| u32_at(header, at);
        // What begins a page is written last.
        if header[..MAGIC.len()] == [0; MAGIC.len()] {
            return Err(Flaw::NotBegun);
        }
        if header[..MAGIC.len()] != MAGIC {
            return Err(Flaw::NoPage);
        }
        let version = field(offset_of!(Header, version));
        if version != VERSION {
            return Err(Flaw::OtherVersion(version));
        }
        let header_bytes = u64::from(field(offset_of!(Header, header_bytes)));
        let record_bytes = u64::from(field(offset_of!(Header, record_bytes)));
        // Numbers of 64 bits are aligned, also in what is newer.
        let fits = |bytes: u64, at_least: usize| bytes >= at_least as u64 && bytes % 8 == 0;
        if !fits(header_bytes, HEADER_BYTES) || !fits(record_bytes, RECORD_BYTES) {
            return Err(Flaw::Sizes);
        }
        let used_count = u64::from(field(offset_of!(Header, used_count)));
        if used_count > u64::from(field(offset_of!(Header, record_count))) {
            return Err(Flaw::Counts);
        }
        // Factors of 32 bits and a summand of 32: no sum of them is too much for 64.
        let end = used_count * record_bytes + header_bytes;
        if end > limits::PAGE_BYTES_MAX {
            return Err(Flaw::TooLarge);
        }
        let small = |value: u64| usize::try_from(value).map_err(|_| Flaw::TooLarge);
        Ok(Self {
            header_bytes: small(header_bytes)?,
            record_bytes: small(record_bytes)?,
            used_count: small(used_count)?,
            bytes: small(end)?,
        })
    }

    fn record_starts(self) -> impl Iterator<Item = usize> {
        (0..self.used_count).map(move |index| self.header_bytes + index * self.record_bytes)
    }
}

impl Page {
    /// Of a page's bytes; what is behind its last record may be there too.
    pub fn parse(bytes: &[u8]) -> Result<Self, Flaw> {
        let extent = Extent::of(bytes)?;
        let bytes = bytes.get(..extent.bytes).ok_or(Flaw::EndsEarly)?;
        let mut page = Self {
            pid: u32_at(bytes, offset_of!(Header, pid)),
            program: name_at(bytes, offset_of!(Header, program)),
            made_ns: u64_at(bytes, offset_of!(Header, made_ns)),
            left_out: u64_at(bytes, offset_of!(Header, left_out)),
            ..Self::default()
        };
        for (index, start) in (0..).zip(extent.record_starts()) {
            page.add(index, &bytes[start..start + extent.record_bytes]);
        }
        Ok(page)
    }

    fn add(&mut self, index: u32, record: &[u8]) {
        let generation = u32_at(record, offset_of!(RecordHead, generation));
        if generation % 2 == 0 {
            return;
        }
        match u32_at(record, offset_of!(RecordHead, kind)) {
            kind if kind == Kind::Pool as u32 => self.pools.push(pool_of(record)),
            kind if kind == Kind::Group as u32 => self.groups.push(group_of(index, record)),
            kind if kind == Kind::Buffer as u32 => self.buffers.push(buffer_of(record)),
            // Nothing yet, or of a newer library.
            _ => {}
        }
    }

    /// Whether each group's buffers are held or cached: in a page that is being written a few may be between the two.
    pub fn is_balanced(&self) -> bool {
        self.groups.iter().all(|group| group.lost() == 0)
    }
}

impl Pool {
    /// Blocks that are allocated.
    pub fn blocks(&self) -> u64 {
        self.allocs.saturating_sub(self.frees)
    }
}

impl Group {
    /// Buffers that are there, are not held, and will not be handed out again.
    pub fn lost(&self) -> u64 {
        self.live.saturating_sub(self.held).saturating_sub(self.cached)
    }
}

/// Takes out of a page what changed its owner while it was read: `later` is the same page, read after it.
pub fn settle(first: &mut [u8], later: &[u8]) {
    let Ok(extent) = Extent::of(first) else {
        return;
    };
    for start in extent.record_starts() {
        let head = start..start + size_of::<RecordHead>();
        if first.len() < head.end {
            return;
        }
        if later.get(head.clone()) != Some(&first[head.clone()]) {
            first[head].fill(0);
        }
    }
}

fn pool_of(record: &[u8]) -> Pool {
    let count = |at: usize| u64_at(record, at);
    let allocated_bytes = count(offset_of!(PoolRecord, allocated_bytes));
    Pool {
        name: name_at(record, offset_of!(PoolRecord, name)),
        frees: count(offset_of!(PoolRecord, frees)),
        allocs: count(offset_of!(PoolRecord, allocs)),
        fails: count(offset_of!(PoolRecord, fails)),
        arena_bytes: count(offset_of!(PoolRecord, arena_bytes)),
        allocated_bytes,
        free_bytes: count(offset_of!(PoolRecord, block_bytes)).saturating_sub(allocated_bytes),
        peak_bytes: count(offset_of!(PoolRecord, peak_bytes)),
        limit_bytes: count(offset_of!(PoolRecord, limit_bytes)),
        largest_free_bytes: count(offset_of!(PoolRecord, largest_free_bytes)),
        arenas: count(offset_of!(PoolRecord, arenas)),
        moves: count(offset_of!(PoolRecord, moves)),
        set_aside: count(offset_of!(PoolRecord, set_aside)),
    }
}

fn group_of(index: u32, record: &[u8]) -> Group {
    let count = |at: usize| u64_at(record, at);
    Group {
        record: index,
        name: name_at(record, offset_of!(GroupRecord, name)),
        cookie: count(offset_of!(GroupRecord, cookie)),
        destroyed: count(offset_of!(GroupRecord, destroyed)),
        created: count(offset_of!(GroupRecord, created)),
        gets: count(offset_of!(GroupRecord, gets)),
        live: count(offset_of!(GroupRecord, live)),
        held: count(offset_of!(GroupRecord, held)),
        cached: count(offset_of!(GroupRecord, cached)),
        held_most: count(offset_of!(GroupRecord, held_most)),
        held_limit: count(offset_of!(GroupRecord, held_limit)),
        oldest_held_ns: count(offset_of!(GroupRecord, oldest_held_ns)),
        late_releases: count(offset_of!(GroupRecord, late_releases)),
        double_releases: count(offset_of!(GroupRecord, double_releases)),
        taken_twice: count(offset_of!(GroupRecord, taken_twice)),
        abandoned: count(offset_of!(GroupRecord, abandoned)),
        scrolls: count(offset_of!(GroupRecord, scrolls)),
        wraps: count(offset_of!(GroupRecord, wraps)),
        copied_bytes: count(offset_of!(GroupRecord, copied_bytes)),
        faults_avoided: count(offset_of!(GroupRecord, faults_avoided)),
        file_bytes: count(offset_of!(GroupRecord, file_bytes)),
        width: u32_at(record, offset_of!(GroupRecord, width)),
        height: u32_at(record, offset_of!(GroupRecord, height)),
    }
}

fn buffer_of(record: &[u8]) -> Buffer {
    let count = |at: usize| u64_at(record, at);
    let small = |at: usize| u32_at(record, at);
    let state = small(offset_of!(BufferRecord, state));
    Buffer {
        group: small(offset_of!(BufferRecord, group)),
        is_held: state & HELD != 0,
        is_cached: state & CACHED != 0,
        is_given_up: state & GIVEN_UP != 0,
        is_used_once: state & USED_ONCE != 0,
        cookie: count(offset_of!(BufferRecord, cookie)),
        width: small(offset_of!(BufferRecord, width)),
        height: small(offset_of!(BufferRecord, height)),
        stride: small(offset_of!(BufferRecord, stride)),
        age: small(offset_of!(BufferRecord, age)),
        references: small(offset_of!(BufferRecord, references)),
        bytes: count(offset_of!(BufferRecord, bytes)),
        offset_bytes: count(offset_of!(BufferRecord, offset_bytes)),
        inode: count(offset_of!(BufferRecord, inode)),
        made_ns: count(offset_of!(BufferRecord, made_ns)),
        held_since_ns: count(offset_of!(BufferRecord, held_since_ns)),
        releases: count(offset_of!(BufferRecord, releases)),
        gets: count(offset_of!(BufferRecord, gets)),
        taken_twice: count(offset_of!(BufferRecord, taken_twice)),
    }
}

/// The field lies in the record, whose size was looked at.
fn bytes_at<const COUNT: usize>(bytes: &[u8], at: usize) -> [u8; COUNT] {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; COUNT])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes_at(bytes, at))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes_at(bytes, at))
}

fn name_at(bytes: &[u8], at: usize) -> String {
    text::of_field(&bytes_at::<32>(bytes, at))
}
