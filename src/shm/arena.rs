//! A memory file that the compositor knows.

use alloc::vec::Vec;

use crate::limits;
use crate::os::{MemoryFile, Wish};
use crate::units::Span;
use crate::wayland::{Pool, ShmGlobal};

use super::segment::Segment;
use super::{Failure, Notice, Notices};

/// One memory file, one `wl_shm_pool`, one mapping for each time it grew.
///
/// ```text
///   file    | segment 0            | segment 1       |
///   memory    somewhere              somewhere else       addresses that C knows never move
/// ```
#[derive(Debug)]
pub(super) struct Arena {
    // Dropped in this order: what the compositor knows, what is mapped, the descriptor.
    pool: Pool,
    segments: Vec<Segment>,
    file: MemoryFile,
    /// What the compositor has been told.
    bytes: usize,
    /// What the file has. More than `bytes` only after growing failed half-way: a sealed file cannot shrink again.
    file_bytes: usize,
    /// True if it is for small buffers.
    is_for_small: bool,
    live_count: usize,
    is_retired: bool,
}

/// Bytes in a segment of an arena.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) segment: usize,
    pub(super) span: Span,
}

impl Arena {
    pub(super) fn new(
        shm: ShmGlobal<'_>,
        bytes: usize,
        is_for_small: bool,
        notices: &mut Notices,
    ) -> Result<Arena, Failure> {
        let mut segments = Vec::new();
        segments.try_reserve(4).map_err(|_| Failure::Memory)?;
        let file = MemoryFile::new().map_err(Failure::of("memfd_create"))?;
        file.grow_to(bytes).map_err(Failure::of("ftruncate"))?;
        if let Err(errno) = file.seal_against_shrinking() {
            notices.push(Notice::NoSeals { failure: Failure::System { call: "fcntl", errno } });
        }
        let wish = if is_for_small { Wish::WithRoomBehind(limits::ROOM_FOR_SMALL_BYTES) } else { Wish::Anywhere };
        segments.push(Segment::new(&file, 0, bytes, wish)?);
        file.check_can_be_sent().map_err(Failure::of("fcntl"))?;
        let pool =
            shm.create_pool(&file, told_bytes(bytes)).ok_or(Failure::Wayland { request: "wl_shm.create_pool" })?;
        notices.push(Notice::ArenaMade { bytes });
        Ok(Arena { pool, segments, file, bytes, file_bytes: bytes, is_for_small, live_count: 0, is_retired: false })
    }

    /// Makes the file `more_bytes` longer, and maps that part.
    pub(super) fn grow(&mut self, more_bytes: usize, notices: &mut Notices) -> Result<(), Failure> {
        let grown = self.bytes.checked_add(more_bytes).ok_or(Failure::TooLarge)?.max(self.file_bytes);
        if grown > limits::SHARED_BYTES_MAX {
            return Err(Failure::TooLarge);
        }
        self.segments.try_reserve(1).map_err(|_| Failure::Memory)?;
        self.file.grow_to(grown).map_err(Failure::of("ftruncate"))?;
        self.file_bytes = grown;
        let end = self.segments.last().map(|segment| segment.mapping().address(segment.mapping().bytes()));
        let wish = end.map_or(Wish::Anywhere, Wish::At);
        let segment = Segment::new(&self.file, self.bytes, grown - self.bytes, wish)?;
        self.segments.push(segment);
        self.pool.resize(told_bytes(grown));
        self.bytes = grown;
        notices.push(Notice::ArenaGrown { bytes: grown });
        Ok(())
    }

    /// Takes `bytes` bytes (whole pages) from the first segment that has them.
    pub(super) fn take(&mut self, bytes: usize) -> Option<Place> {
        // The last byte of a file of the greatest size cannot be told to a compositor: such a file is not shared.
        let is_one_range = self.bytes > limits::SHARED_BYTES_MAX;
        if self.is_retired || (is_one_range && bytes != self.bytes) {
            return None;
        }
        let segments = self.segments.iter_mut().enumerate();
        let place = segments.filter_map(|(segment, s)| s.take(bytes).map(|span| Place { segment, span })).next()?;
        self.live_count += 1;
        Some(place)
    }

    pub(super) fn give_back(&mut self, place: Place) {
        self.live_count -= 1;
        self.segments[place.segment].give_back(place.span);
    }

    /// Leaves the memory to the compositor. It is not given out or touched again, nor is any other of this file.
    pub(super) fn leave(&mut self, notices: &mut Notices) {
        self.live_count -= 1;
        if !self.is_retired {
            self.is_retired = true;
            // What cannot be sealed was not needed to be: nobody but us has the right to change the size.
            let _ = self.file.seal_size();
            notices.push(Notice::ArenaRetired);
        }
    }

    /// Gives up to `most_bytes` of free memory back. What was left to the compositor is not free.
    pub(super) fn trim(&mut self, most_bytes: usize) -> Result<usize, Failure> {
        let mut given_bytes = 0;
        for segment in &mut self.segments {
            if given_bytes < most_bytes {
                given_bytes += segment.trim(&self.file, most_bytes - given_bytes)?;
            }
        }
        Ok(given_bytes)
    }

    /// Gives up to `most_bytes` of a taken place outside `kept` back.
    pub(super) fn trim_around(&mut self, place: Place, kept: Span, most_bytes: usize) -> Result<usize, Failure> {
        self.segments[place.segment].trim_around(&self.file, place.span, kept, most_bytes)
    }

    pub(super) fn segment(&self, place: Place) -> &Segment {
        &self.segments[place.segment]
    }

    pub(super) fn segment_mut(&mut self, place: Place) -> &mut Segment {
        &mut self.segments[place.segment]
    }

    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// True if it takes buffers of this size.
    pub(super) fn is_for(&self, bytes: usize) -> bool {
        !self.is_retired && self.is_for_small == is_small(bytes)
    }

    pub(super) fn is_retired(&self) -> bool {
        self.is_retired
    }

    /// True if no buffer lives in it.
    pub(super) fn is_empty(&self) -> bool {
        self.live_count == 0
    }

    /// True if nothing of it is resident.
    pub(super) fn is_untouched(&self) -> bool {
        self.segments.iter().all(Segment::is_untouched)
    }

    pub(super) fn touched_free_bytes(&self) -> usize {
        self.segments.iter().map(Segment::touched_free_bytes).sum()
    }
}

/// What the compositor is told of a file's size.
fn told_bytes(bytes: usize) -> i32 {
    i32::try_from(bytes.min(limits::WIRE_BYTES_MAX)).unwrap_or(i32::MAX)
}

/// True if a range of this size goes with the small ones.
pub(super) fn is_small(bytes: usize) -> bool {
    bytes < limits::SMALL_BYTES_MAX
}
