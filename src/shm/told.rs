//! What others are told of groups and buffers: their records on the statistics page. Where there is no page, nobody is told.

use crate::life::State;
use crate::published::{Field, Record, record_field};
use crate::statistics_page::{BufferRecord, CACHED, GIVEN_UP, GroupRecord, HELD, Kind, USED_ONCE};
use crate::units::Picture;

use super::arenas::Range;
use super::group_counts::{GroupCounts, GroupName};

/// The record of a group.
#[derive(Clone, Copy, Debug)]
pub(super) struct ToldGroup(Option<Record>);

impl ToldGroup {
    const COOKIE: Field<u64> = record_field!(GroupRecord, cookie);
    const DESTROYED: Field<u64> = record_field!(GroupRecord, destroyed);
    const CREATED: Field<u64> = record_field!(GroupRecord, created);
    const GETS: Field<u64> = record_field!(GroupRecord, gets);
    const LIVE: Field<u64> = record_field!(GroupRecord, live);
    const HELD: Field<u64> = record_field!(GroupRecord, held);
    const CACHED: Field<u64> = record_field!(GroupRecord, cached);
    const HELD_MOST: Field<u64> = record_field!(GroupRecord, held_most);
    const HELD_LIMIT: Field<u64> = record_field!(GroupRecord, held_limit);
    const OLDEST_HELD_NS: Field<u64> = record_field!(GroupRecord, oldest_held_ns);
    const LATE_RELEASES: Field<u64> = record_field!(GroupRecord, late_releases);
    const DOUBLE_RELEASES: Field<u64> = record_field!(GroupRecord, double_releases);
    const TAKEN_TWICE: Field<u64> = record_field!(GroupRecord, taken_twice);
    const ABANDONED: Field<u64> = record_field!(GroupRecord, abandoned);
    const SCROLLS: Field<u64> = record_field!(GroupRecord, scrolls);
    const WRAPS: Field<u64> = record_field!(GroupRecord, wraps);
    const COPIED_BYTES: Field<u64> = record_field!(GroupRecord, copied_bytes);
    const FAULTS_AVOIDED: Field<u64> = record_field!(GroupRecord, faults_avoided);
    const FILE_BYTES: Field<u64> = record_field!(GroupRecord, file_bytes);
    const WIDTH: Field<u32> = record_field!(GroupRecord, width);
    const HEIGHT: Field<u32> = record_field!(GroupRecord, height);

    /// A group begins. `face` is what programs know its header as.
    pub(super) fn begin(name: GroupName, face: &str) -> ToldGroup {
        ToldGroup(Record::begin(Kind::Group, |record| {
            record.set_name(face.as_bytes());
            record.set(ToldGroup::COOKIE, name.number);
        }))
    }

    pub(super) fn end(self) {
        if let Some(record) = self.0 {
            record.end();
        }
    }

    fn number(self) -> u32 {
        self.0.map_or(0, Record::number)
    }

    /// A cached buffer was handed out: one more is held before one less is cached, so none seems lost meanwhile.
    #[inline(always)]
    pub(super) fn tell_taken(self, counts: &GroupCounts) {
        let Some(record) = self.0 else { return };
        record.set(ToldGroup::HELD, counts.held);
        record.set(ToldGroup::CACHED, counts.cached);
        record.set(ToldGroup::GETS, counts.gets);
        record.set(ToldGroup::FAULTS_AVOIDED, counts.faults_avoided);
    }

    /// The other way.
    #[inline(always)]
    pub(super) fn tell_given_back(self, counts: &GroupCounts) {
        let Some(record) = self.0 else { return };
        record.set(ToldGroup::CACHED, counts.cached);
        record.set(ToldGroup::HELD, counts.held);
    }

    /// One or the other, or neither.
    pub(super) fn tell_holds(self, counts: &GroupCounts) {
        let Some(record) = self.0 else { return };
        record.set(ToldGroup::HELD_MOST, counts.held_most);
        if counts.held <= record.get(ToldGroup::HELD) {
            self.tell_given_back(counts);
        }
        self.tell_taken(counts);
    }

    /// Since when one is held that is held longest; 0: none is, or that is not known yet.
    pub(super) fn tell_oldest(self, oldest_held_ns: u64) {
        if let Some(record) = self.0 {
            record.set(ToldGroup::OLDEST_HELD_NS, oldest_held_ns);
        }
    }

    /// A buffer was scrolled, or pixels were copied.
    #[inline(always)]
    pub(super) fn tell_scrolls(self, counts: &GroupCounts) {
        let Some(record) = self.0 else { return };
        record.set(ToldGroup::SCROLLS, counts.scrolls);
        record.set(ToldGroup::WRAPS, counts.wraps);
        record.set(ToldGroup::COPIED_BYTES, counts.copied_bytes);
    }

    /// Anything else has happened.
    pub(super) fn tell_all(self, counts: &GroupCounts) {
        let Some(record) = self.0 else { return };
        record.set(ToldGroup::CREATED, counts.created);
        record.add_leaving(ToldGroup::DESTROYED, counts.destroyed.wrapping_sub(record.get(ToldGroup::DESTROYED)));
        self.tell_holds(counts);
        record.set(ToldGroup::LIVE, counts.live());
        record.set(ToldGroup::HELD_LIMIT, counts.held_limit);
        record.set(ToldGroup::LATE_RELEASES, counts.late_releases);
        record.set(ToldGroup::DOUBLE_RELEASES, counts.double_releases);
        record.set(ToldGroup::TAKEN_TWICE, counts.taken_twice);
        record.set(ToldGroup::ABANDONED, counts.abandoned);
        record.set(ToldGroup::FILE_BYTES, counts.file_bytes);
        record.set(ToldGroup::WIDTH, counts.width);
        record.set(ToldGroup::HEIGHT, counts.height);
        self.tell_scrolls(counts);
    }
}

/// The record of a buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct ToldBuffer(Option<Record>);

/// What a buffer is told of by, once.
pub(super) struct Born<'buffer> {
    pub(super) name: GroupName,
    pub(super) group: ToldGroup,
    pub(super) picture: &'buffer Picture,
    pub(super) range: Range,
    /// The memory file.
    pub(super) inode: u64,
    pub(super) now_ns: u64,
}

impl ToldBuffer {
    const GROUP: Field<u32> = record_field!(BufferRecord, group);
    const STATE: Field<u32> = record_field!(BufferRecord, state);
    const COOKIE: Field<u64> = record_field!(BufferRecord, cookie);
    const WIDTH: Field<u32> = record_field!(BufferRecord, width);
    const HEIGHT: Field<u32> = record_field!(BufferRecord, height);
    const STRIDE: Field<u32> = record_field!(BufferRecord, stride);
    const AGE: Field<u32> = record_field!(BufferRecord, age);
    const REFERENCES: Field<u32> = record_field!(BufferRecord, references);
    const BYTES: Field<u64> = record_field!(BufferRecord, bytes);
    const OFFSET_BYTES: Field<u64> = record_field!(BufferRecord, offset_bytes);
    const INODE: Field<u64> = record_field!(BufferRecord, inode);
    const MADE_NS: Field<u64> = record_field!(BufferRecord, made_ns);
    const HELD_SINCE_NS: Field<u64> = record_field!(BufferRecord, held_since_ns);
    const RELEASES: Field<u64> = record_field!(BufferRecord, releases);
    const GETS: Field<u64> = record_field!(BufferRecord, gets);
    const TAKEN_TWICE: Field<u64> = record_field!(BufferRecord, taken_twice);

    /// Of a buffer that is about to be made.
    pub(super) const NOT_YET: ToldBuffer = ToldBuffer(None);

    /// A buffer was made, and is handed out for the first time.
    pub(super) fn begin(born: &Born<'_>) -> ToldBuffer {
        let group = born.group.number();
        let once = if born.name.is_used_once { USED_ONCE } else { 0 };
        let picture = born.picture;
        ToldBuffer(Record::begin(Kind::Buffer, |record| {
            record.set(ToldBuffer::GROUP, group);
            record.set(ToldBuffer::STATE, HELD | once);
            record.set(ToldBuffer::COOKIE, born.name.number);
            record.set(ToldBuffer::WIDTH, picture.width.unsigned_abs());
            record.set(ToldBuffer::HEIGHT, picture.height.unsigned_abs());
            record.set(ToldBuffer::STRIDE, picture.stride_bytes.unsigned_abs());
            record.set(ToldBuffer::BYTES, picture.bytes() as u64);
            record.set(ToldBuffer::OFFSET_BYTES, born.range.span().start as u64);
            record.set(ToldBuffer::INODE, born.inode);
            record.set(ToldBuffer::MADE_NS, born.now_ns);
            record.set(ToldBuffer::HELD_SINCE_NS, born.now_ns);
            record.set(ToldBuffer::GETS, 1);
        }))
    }

    pub(super) fn end(self) {
        if let Some(record) = self.0 {
            record.end();
        }
    }

    /// It was handed out.
    #[inline(always)]
    pub(super) fn tell_taken(self, state: State, now_ns: u64, gets: u64) {
        let Some(record) = self.0 else { return };
        record.set(ToldBuffer::HELD_SINCE_NS, now_ns);
        record.set(ToldBuffer::GETS, gets);
        self.tell_state(state);
    }

    /// It was handed out, having been cached. Since when it is held is told later.
    #[inline(always)]
    pub(super) fn tell_taken_from_cache(self, gets: u64) {
        let Some(record) = self.0 else { return };
        record.set(ToldBuffer::GETS, gets);
        record.set(ToldBuffer::STATE, HELD);
    }

    /// It is held since then, if not longer.
    pub(super) fn tell_held_since(self, now_ns: u64) {
        if let Some(record) = self.0 {
            record.set(ToldBuffer::HELD_SINCE_NS, now_ns);
        }
    }

    /// It is not held any more, but cached.
    #[inline(always)]
    pub(super) fn tell_given_back_to_cache(self, releases: u64) {
        let Some(record) = self.0 else { return };
        record.set(ToldBuffer::STATE, CACHED);
        record.set(ToldBuffer::HELD_SINCE_NS, 0);
        record.set(ToldBuffer::RELEASES, releases);
    }

    /// It is not held any more.
    #[inline(always)]
    pub(super) fn tell_given_back(self, state: State, releases: u64) {
        let Some(record) = self.0 else { return };
        self.tell_state(state);
        record.set(ToldBuffer::HELD_SINCE_NS, 0);
        record.set(ToldBuffer::RELEASES, releases);
    }

    #[inline(always)]
    pub(super) fn tell_state(self, state: State) {
        let Some(record) = self.0 else { return };
        let once = record.get(ToldBuffer::STATE) & USED_ONCE;
        record.set(ToldBuffer::STATE, bits_of(state) | once);
    }

    #[inline(always)]
    pub(super) fn tell_age(self, age: u32) {
        if let Some(record) = self.0 {
            record.set(ToldBuffer::AGE, age);
        }
    }

    /// How many references the program has, and how often it has taken one too many.
    pub(super) fn tell_references(self, references: u32, taken_twice: u64) {
        if let Some(record) = self.0 {
            record.set(ToldBuffer::REFERENCES, references);
            record.set(ToldBuffer::TAKEN_TWICE, taken_twice);
        }
    }
}

#[inline(always)]
fn bits_of(state: State) -> u32 {
    let bit = |holds: bool, bit: u32| if holds { bit } else { 0 };
    bit(state.is_held(), HELD) | bit(state.is_cached(), CACHED) | bit(state.is_held() && state.is_condemned(), GIVEN_UP)
}
