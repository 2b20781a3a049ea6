//! The memory files of one display: which one a range comes from, when one is made, grows or goes.

use alloc::vec::Vec;

use crate::limits;
use crate::os::page_bytes;
use crate::units::{Span, round_down, round_up};
use crate::wayland::{Pool, ShmGlobal};

use super::arena::{Arena, Place, is_small};
use super::segment::Segment;
use super::{Failure, Notice, Notices};

/// Whole pages of some arena, taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    arena: usize,
    place: Place,
}

impl Range {
    /// Where it lies in its segment's mapping.
    pub(super) fn span(&self) -> Span {
        self.place.span
    }
}

/// What to take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    /// Bytes, not yet rounded.
    pub(super) bytes: usize,
    /// The size up to which memory files are shared.
    pub(super) shared_bytes_max: usize,
}

#[derive(Debug, Default)]
pub(super) struct Arenas {
    arenas: Vec<Option<Arena>>,
    /// Said once, then not tried again.
    cannot_punch_holes: bool,
}

impl Arenas {
    pub(super) const fn new() -> Arenas {
        Arenas { arenas: Vec::new(), cannot_punch_holes: false }
    }

    /// Takes memory from an arena that has it free, or lets one grow, or makes one.
    pub(super) fn take(&mut self, shm: ShmGlobal<'_>, need: Need, notices: &mut Notices) -> Result<Range, Failure> {
        let bytes = round_up(need.bytes, page_bytes()).ok_or(Failure::TooLarge)?;
        let shared_bytes_max = round_down(need.shared_bytes_max, page_bytes());
        if bytes > limits::FILE_BYTES_MAX {
            return Err(Failure::TooLarge);
        }
        if let Some(range) = self.take_free(bytes) {
            return Ok(range);
        }
        // A file that cannot grow (address space, or the file system is full) leaves the other way open.
        if self.grow_one(bytes, shared_bytes_max, notices) {
            return self.take_free(bytes).ok_or(Failure::Memory);
        }
        self.make_one(shm, bytes, shared_bytes_max, notices)?;
        self.take_free(bytes).ok_or(Failure::Memory)
    }

    fn take_free(&mut self, bytes: usize) -> Option<Range> {
        let mut arenas = self.arenas.iter_mut().enumerate();
        arenas.find_map(|(arena, entry)| {
            let place = entry.as_mut().filter(|arena| arena.is_for(bytes))?.take(bytes)?;
            Some(Range { arena, place })
        })
    }

    fn grow_one(&mut self, bytes: usize, shared_bytes_max: usize, notices: &mut Notices) -> bool {
        self.arenas.iter_mut().flatten().filter(|arena| arena.is_for(bytes)).any(|arena| {
            let room_bytes = shared_bytes_max.saturating_sub(arena.bytes());
            let half = round_down(arena.bytes() / 2, page_bytes());
            let wanted = half.clamp(limits::ARENA_STEP_BYTES_MIN, limits::ARENA_STEP_BYTES_MAX).max(bytes);
            room_bytes >= bytes && arena.grow(wanted.min(room_bytes), notices).is_ok()
        })
    }

    fn make_one(
        &mut self,
        shm: ShmGlobal<'_>,
        bytes: usize,
        shared_bytes_max: usize,
        notices: &mut Notices,
    ) -> Result<(), Failure> {
        // Twice what is needed: while a window is dragged, the buffer of the last size lives beside the new one.
        let wanted = bytes.saturating_mul(2).max(limits::ARENA_STEP_BYTES_MIN);
        let index = self.arenas.iter().position(Option::is_none).unwrap_or(self.arenas.len());
        if index == self.arenas.len() {
            self.arenas.try_reserve(1).map_err(|_| Failure::Memory)?;
            self.arenas.push(None);
        }
        let arena_bytes = wanted.min(shared_bytes_max).max(bytes);
        self.arenas[index] = Some(Arena::new(shm, arena_bytes, is_small(bytes), notices)?);
        Ok(())
    }

    /// Gives a range back. An arena that nothing will be put into again goes with its last range.
    pub(super) fn give_back(&mut self, range: Range, notices: &mut Notices) {
        self.arena_mut(range).give_back(range.place);
        self.drop_if_retired_and_empty(range.arena, notices);
    }

    /// Leaves a range to the compositor, for ever.
    pub(super) fn leave(&mut self, range: Range, notices: &mut Notices) {
        self.arena_mut(range).leave(notices);
        self.drop_if_retired_and_empty(range.arena, notices);
    }

    fn drop_if_retired_and_empty(&mut self, index: usize, notices: &mut Notices) {
        let entry = &mut self.arenas[index];
        if entry.as_ref().is_some_and(|arena| arena.is_retired() && arena.is_empty()) {
            *entry = None;
            notices.push(Notice::ArenaGone);
        }
    }

    /// Drops the arenas that hold no buffer.
    pub(super) fn drop_empty(&mut self, notices: &mut Notices) {
        for entry in &mut self.arenas {
            if entry.as_ref().is_some_and(Arena::is_empty) {
                *entry = None;
                notices.push(Notice::ArenaGone);
            }
        }
    }

    /// Drops the arenas that hold no buffer and no memory, only address space.
    fn drop_empty_and_untouched(&mut self, notices: &mut Notices) {
        for entry in &mut self.arenas {
            if entry.as_ref().is_some_and(|arena| arena.is_empty() && arena.is_untouched()) {
                *entry = None;
                notices.push(Notice::ArenaGone);
            }
        }
    }

    /// Gives free memory beyond `kept_bytes` back to the system, at most `most_bytes` of it. Returns how many bytes.
    pub(super) fn trim(&mut self, kept_bytes: usize, most_bytes: usize, notices: &mut Notices) -> usize {
        let free_bytes: usize = self.arenas.iter().flatten().map(Arena::touched_free_bytes).sum();
        let wanted_bytes = free_bytes.saturating_sub(kept_bytes).min(most_bytes);
        if wanted_bytes == 0 || self.cannot_punch_holes {
            return 0;
        }
        let mut left_bytes = wanted_bytes;
        for index in 0..self.arenas.len() {
            let Some(arena) = self.arenas[index].as_mut().filter(|_| left_bytes > 0) else { continue };
            match arena.trim(left_bytes) {
                Ok(given_bytes) => left_bytes = left_bytes.saturating_sub(given_bytes),
                Err(failure) => {
                    self.stop_punching(failure, notices);
                    break;
                }
            }
        }
        self.drop_empty_and_untouched(notices);
        wanted_bytes - left_bytes
    }

    /// Gives one step of what is touched in a range outside `kept` back. Returns how many bytes.
    pub(super) fn trim_around(&mut self, range: Range, kept: Span, notices: &mut Notices) -> usize {
        if self.cannot_punch_holes {
            return 0;
        }
        let given = self.arena_mut(range).trim_around(range.place, kept, limits::GIVE_BACK_STEP_BYTES);
        given.unwrap_or_else(|failure| {
            self.stop_punching(failure, notices);
            0
        })
    }

    /// Without memory for our own lists it may go better next time; a system that cannot do it never can.
    fn stop_punching(&mut self, failure: Failure, notices: &mut Notices) {
        if failure != Failure::Memory {
            self.cannot_punch_holes = true;
            notices.push(Notice::NoHoles { failure });
        }
    }

    pub(super) fn segment(&self, range: Range) -> &Segment {
        self.arena(range).segment(range.place)
    }

    pub(super) fn segment_mut(&mut self, range: Range) -> &mut Segment {
        let place = range.place;
        self.arena_mut(range).segment_mut(place)
    }

    pub(super) fn pool(&self, range: Range) -> &Pool {
        self.arena(range).pool()
    }

    /// Where a byte of the range lies in the compositor's pool.
    pub(super) fn offset_in_pool(&self, range: Range, bytes: usize) -> usize {
        self.segment(range).start_in_file() + range.span().start + bytes
    }

    fn arena(&self, range: Range) -> &Arena {
        self.arenas[range.arena].as_ref().expect("invariant S3: a range's arena lives as long as the range")
    }

    fn arena_mut(&mut self, range: Range) -> &mut Arena {
        self.arenas[range.arena].as_mut().expect("invariant S3: a range's arena lives as long as the range")
    }
}
