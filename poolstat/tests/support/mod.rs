//! Makes pages, byte by byte, as the library's layout says.
#![allow(dead_code, reason = "each test uses some of it")]

use std::mem::offset_of;

use millpond::statistics_page::{
    BufferRecord, CACHED, GIVEN_UP, GroupRecord, HEADER_BYTES, HELD, Header, Kind, MAGIC, PoolRecord, RECORD_BYTES,
    RecordHead, USED_ONCE, VERSION,
};
use poolstat::page::{Buffer, Group, Page, Pool};

/// The bytes of this page; groups are the first records, so that a group's number is its place.
pub fn bytes_of(page: &Page) -> Vec<u8> {
    let count = page.groups.len() + page.pools.len() + page.buffers.len();
    let mut bytes = vec![0; HEADER_BYTES];
    let number = |value: usize| u32::try_from(value).unwrap();
    put(&mut bytes, offset_of!(Header, magic), &MAGIC);
    put(&mut bytes, offset_of!(Header, version), &VERSION.to_le_bytes());
    put(&mut bytes, offset_of!(Header, header_bytes), &number(HEADER_BYTES).to_le_bytes());
    put(&mut bytes, offset_of!(Header, record_bytes), &number(RECORD_BYTES).to_le_bytes());
    put(&mut bytes, offset_of!(Header, record_count), &4095_u32.to_le_bytes());
    put(&mut bytes, offset_of!(Header, used_count), &number(count).to_le_bytes());
    put(&mut bytes, offset_of!(Header, pid), &page.pid.to_le_bytes());
    put(&mut bytes, offset_of!(Header, made_ns), &page.made_ns.to_le_bytes());
    put(&mut bytes, offset_of!(Header, left_out), &page.left_out.to_le_bytes());
    put(&mut bytes, offset_of!(Header, program), page.program.as_bytes());
    bytes.extend(page.groups.iter().flat_map(group_record));
    bytes.extend(page.pools.iter().flat_map(pool_record));
    bytes.extend(page.buffers.iter().flat_map(buffer_record));
    bytes
}

pub fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    bytes[at..at + what.len()].copy_from_slice(what);
}

fn record(kind: Kind) -> Vec<u8> {
    let mut bytes = vec![0; RECORD_BYTES];
    put(&mut bytes, offset_of!(RecordHead, kind), &(kind as u32).to_le_bytes());
    put(&mut bytes, offset_of!(RecordHead, generation), &1_u32.to_le_bytes());
    bytes
}

fn put_counts(bytes: &mut [u8], counts: &[(usize, u64)]) {
    for (at, value) in counts {
        put(bytes, *at, &value.to_le_bytes());
    }
}

fn put_numbers(bytes: &mut [u8], numbers: &[(usize, u32)]) {
    for (at, value) in numbers {
        put(bytes, *at, &value.to_le_bytes());
    }
}

fn pool_record(pool: &Pool) -> Vec<u8> {
    let mut bytes = record(Kind::Pool);
    put(&mut bytes, offset_of!(PoolRecord, name), pool.name.as_bytes());
    put_counts(
        &mut bytes,
        &[
            (offset_of!(PoolRecord, frees), pool.frees),
            (offset_of!(PoolRecord, allocs), pool.allocs),
            (offset_of!(PoolRecord, fails), pool.fails),
            (offset_of!(PoolRecord, arena_bytes), pool.arena_bytes),
            (offset_of!(PoolRecord, allocated_bytes), pool.allocated_bytes),
            (offset_of!(PoolRecord, block_bytes), pool.allocated_bytes + pool.free_bytes),
            (offset_of!(PoolRecord, peak_bytes), pool.peak_bytes),
            (offset_of!(PoolRecord, limit_bytes), pool.limit_bytes),
            (offset_of!(PoolRecord, largest_free_bytes), pool.largest_free_bytes),
            (offset_of!(PoolRecord, arenas), pool.arenas),
            (offset_of!(PoolRecord, moves), pool.moves),
            (offset_of!(PoolRecord, set_aside), pool.set_aside),
        ],
    );
    bytes
}

fn group_record(group: &Group) -> Vec<u8> {
    let mut bytes = record(Kind::Group);
    put(&mut bytes, offset_of!(GroupRecord, name), group.name.as_bytes());
    put_counts(
        &mut bytes,
        &[
            (offset_of!(GroupRecord, cookie), group.cookie),
            (offset_of!(GroupRecord, destroyed), group.destroyed),
            (offset_of!(GroupRecord, created), group.created),
            (offset_of!(GroupRecord, gets), group.gets),
            (offset_of!(GroupRecord, live), group.live),
            (offset_of!(GroupRecord, held), group.held),
            (offset_of!(GroupRecord, cached), group.cached),
            (offset_of!(GroupRecord, held_most), group.held_most),
            (offset_of!(GroupRecord, held_limit), group.held_limit),
            (offset_of!(GroupRecord, oldest_held_ns), group.oldest_held_ns),
            (offset_of!(GroupRecord, late_releases), group.late_releases),
            (offset_of!(GroupRecord, double_releases), group.double_releases),
            (offset_of!(GroupRecord, taken_twice), group.taken_twice),
            (offset_of!(GroupRecord, abandoned), group.abandoned),
            (offset_of!(GroupRecord, scrolls), group.scrolls),
            (offset_of!(GroupRecord, wraps), group.wraps),
            (offset_of!(GroupRecord, copied_bytes), group.copied_bytes),
            (offset_of!(GroupRecord, faults_avoided), group.faults_avoided),
            (offset_of!(GroupRecord, file_bytes), group.file_bytes),
        ],
    );
    put_numbers(
        &mut bytes,
        &[(offset_of!(GroupRecord, width), group.width), (offset_of!(GroupRecord, height), group.height)],
    );
    bytes
}

fn buffer_record(buffer: &Buffer) -> Vec<u8> {
    let mut bytes = record(Kind::Buffer);
    let bit = |is_set: bool, bit: u32| if is_set { bit } else { 0 };
    let state = bit(buffer.is_held, HELD) | bit(buffer.is_cached, CACHED) | bit(buffer.is_given_up, GIVEN_UP);
    let state = state | bit(buffer.is_used_once, USED_ONCE);
    put_numbers(
        &mut bytes,
        &[
            (offset_of!(BufferRecord, group), buffer.group),
            (offset_of!(BufferRecord, state), state),
            (offset_of!(BufferRecord, width), buffer.width),
            (offset_of!(BufferRecord, height), buffer.height),
            (offset_of!(BufferRecord, stride), buffer.stride),
            (offset_of!(BufferRecord, age), buffer.age),
            (offset_of!(BufferRecord, references), buffer.references),
        ],
    );
    put_counts(
        &mut bytes,
        &[
            (offset_of!(BufferRecord, cookie), buffer.cookie),
            (offset_of!(BufferRecord, bytes), buffer.bytes),
            (offset_of!(BufferRecord, offset_bytes), buffer.offset_bytes),
            (offset_of!(BufferRecord, inode), buffer.inode),
            (offset_of!(BufferRecord, made_ns), buffer.made_ns),
            (offset_of!(BufferRecord, held_since_ns), buffer.held_since_ns),
            (offset_of!(BufferRecord, releases), buffer.releases),
            (offset_of!(BufferRecord, gets), buffer.gets),
            (offset_of!(BufferRecord, taken_twice), buffer.taken_twice),
        ],
    );
    bytes
}

/// Numbers of which none comes twice.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

/// A page with one of each, in which no field has the value of another.
pub fn example() -> Page {
    let numbers = &mut Numbers(0);
    Page {
        pid: 4321,
        program: "terminal".into(),
        pools: vec![example_pool(numbers)],
        groups: vec![example_group(numbers)],
        buffers: vec![example_buffer(numbers)],
        made_ns: numbers.next(),
        left_out: numbers.next(),
    }
}

fn example_pool(numbers: &mut Numbers) -> Pool {
    Pool {
        name: "main".into(),
        frees: numbers.next(),
        allocs: 100 + numbers.next(),
        fails: numbers.next(),
        arena_bytes: numbers.next(),
        allocated_bytes: numbers.next(),
        free_bytes: numbers.next(),
        peak_bytes: numbers.next(),
        limit_bytes: numbers.next(),
        largest_free_bytes: numbers.next(),
        arenas: numbers.next(),
        moves: numbers.next(),
        set_aside: numbers.next(),
    }
}

fn example_group(numbers: &mut Numbers) -> Group {
    Group {
        record: 0,
        name: "foot 1.4".into(),
        cookie: numbers.next(),
        destroyed: numbers.next(),
        created: numbers.next(),
        gets: numbers.next(),
        live: numbers.next(),
        held: numbers.next(),
        cached: numbers.next(),
        held_most: numbers.next(),
        held_limit: numbers.next(),
        oldest_held_ns: numbers.next(),
        late_releases: numbers.next(),
        double_releases: numbers.next(),
        taken_twice: numbers.next(),
        abandoned: numbers.next(),
        scrolls: numbers.next(),
        wraps: numbers.next(),
        copied_bytes: numbers.next(),
        faults_avoided: numbers.next(),
        file_bytes: numbers.next(),
        width: 800,
        height: 600,
    }
}

fn example_buffer(numbers: &mut Numbers) -> Buffer {
    Buffer {
        group: 0,
        is_held: true,
        is_cached: false,
        is_given_up: false,
        is_used_once: true,
        cookie: numbers.next(),
        width: 801,
        height: 601,
        stride: 3204,
        age: 2,
        references: 3,
        bytes: numbers.next(),
        offset_bytes: numbers.next(),
        inode: numbers.next(),
        made_ns: numbers.next(),
        held_since_ns: numbers.next(),
        releases: numbers.next(),
        gets: numbers.next(),
        taken_twice: numbers.next(),
    }
}
