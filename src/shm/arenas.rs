//! The memory files of one display: which one a range comes from, when one is made or goes.

use alloc::vec::Vec;

use crate::limits;
use crate::os::{PrivateMemory, page_bytes};
use crate::placement::Census;
use crate::units::{Span, round_down, round_up};
use crate::wayland::{Pool, ShmGlobal};

use super::arena::{Arena, Need};
use super::space::Space;
use super::{Failure, Notice, Notices};

/// Whole pages of some arena, taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    arena: usize,
    span: Span,
    picture_bytes: usize,
}

impl Range {
    /// Where it lies in its arena.
    pub(super) fn span(&self) -> Span {
        self.span
    }
}

/// What is to stay of the free memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pub(super) bytes: usize,
    /// The size of the pictures that it is kept for.
    pub(super) picture_bytes: usize,
}

impl Kept {
    fn is_for(&self, arena: &Arena) -> bool {
        arena.is_worth_keeping_for(self.picture_bytes)
    }
}

#[derive(Debug, Default)]
pub(super) struct Arenas {
    arenas: Vec<Option<Arena>>,
    /// Said once, then not tried again.
    cannot_punch_holes: bool,
    has_warned_of_descriptor: bool,
}

impl Arenas {
    pub(super) const fn new() -> Arenas {
        Arenas { arenas: Vec::new(), cannot_punch_holes: false, has_warned_of_descriptor: false }
    }

    /// Takes memory from an arena that has it free, or makes one.
    pub(super) fn take(&mut self, shm: ShmGlobal<'_>, need: Need, notices: &mut Notices) -> Result<Range, Failure> {
        let bytes = round_up(need.bytes, page_bytes()).ok_or(Failure::TooLarge)?;
        if bytes > limits::FILE_BYTES_MAX {
            return Err(Failure::TooLarge);
        }
        // A small picture takes a page of its own: where pages are large, files for many are as large as that asks for.
        let picture_bytes = round_up(need.picture_bytes, page_bytes()).ok_or(Failure::TooLarge)?;
        let need = Need { bytes, picture_bytes, shared_bytes_max: round_down(need.shared_bytes_max, page_bytes()) };
        if let Some(range) = self.take_free(&need) {
            return Ok(range);
        }
        let index = self.make_one(shm, &need, notices)?;
        self.take_from(index, &need).ok_or(Failure::Memory)
    }

    fn take_free(&mut self, need: &Need) -> Option<Range> {
        (0..self.arenas.len()).find_map(|index| {
            let arena = self.arenas[index].as_ref()?;
            if arena.is_right_for(need) { self.take_from(index, need) } else { None }
        })
    }

    fn take_from(&mut self, index: usize, need: &Need) -> Option<Range> {
        let span = self.arenas[index].as_mut()?.take(need.bytes, need.picture_bytes)?;
        Some(Range { arena: index, span, picture_bytes: need.picture_bytes })
    }

    /// Makes an arena that has room for what is needed. Returns its place.
    fn make_one(&mut self, shm: ShmGlobal<'_>, need: &Need, notices: &mut Notices) -> Result<usize, Failure> {
        // What is empty has shown that it is not right for this size.
        self.drop_where(notices, |arena| arena.is_empty() && arena.is_of_kind(need.is_small()));
        let census = |counts: &dyn Fn(&&Arena) -> bool| {
            let arenas = self.arenas.iter().flatten().filter(|arena| arena.is_of_kind(need.is_small()));
            arenas.filter(counts).map(Arena::census).fold(Census::default(), Census::and)
        };
        let all = census(&|_| true);
        let alike = census(&|arena| arena.is_right_for(need));
        let wanted_bytes =
            all.new_file_bytes(need.bytes, need.picture_bytes, alike.file_bytes).max(need.file_bytes_min());
        let wanted_bytes = round_down(wanted_bytes, page_bytes()).min(need.shared_bytes_max).max(need.bytes);
        let index = self.arenas.iter().position(Option::is_none).unwrap_or(self.arenas.len());
        if index == self.arenas.len() {
            self.arenas.try_reserve(1).map_err(|_| Failure::Memory)?;
            self.arenas.push(None);
        }
        let made = Arena::new(shm, wanted_bytes, need, notices);
        // Where address space or the file system is short there may be room for this one.
        let made = made.or_else(|_| Arena::new(shm, need.bytes, need, notices))?;
        self.arenas[index] = Some(made);
        Ok(index)
    }

    /// Gives a range back. An arena that nothing will be put into again goes with its last range.
    pub(super) fn give_back(&mut self, range: Range, notices: &mut Notices) {
        self.arena_mut(range).give_back(range.span, range.picture_bytes);
        self.drop_if_retired_and_empty(range.arena, notices);
    }

    /// Puts memory of the program alone in the place of `view`, a part of a range that is then to be left.
    pub(super) fn replace(&mut self, range: Range, view: Span) -> Result<PrivateMemory, Failure> {
        self.arena_mut(range).space_mut().replace(view)
    }

    /// Leaves a range to the compositor, for ever.
    pub(super) fn leave(&mut self, range: Range, notices: &mut Notices) {
        self.arena_mut(range).leave(range.picture_bytes, notices);
        self.drop_if_retired_and_empty(range.arena, notices);
    }

    /// True if there is no memory file.
    pub(super) fn is_empty(&self) -> bool {
        self.arenas.iter().all(Option::is_none)
    }

    fn drop_if_retired_and_empty(&mut self, index: usize, notices: &mut Notices) {
        if self.arenas[index].as_ref().is_some_and(|arena| arena.is_retired() && arena.is_empty()) {
            self.drop_one(index, notices);
        }
    }

    /// Drops the arenas that hold no buffer.
    pub(super) fn drop_empty(&mut self, notices: &mut Notices) {
        self.drop_where(notices, Arena::is_empty);
    }

    fn drop_where(&mut self, notices: &mut Notices, goes: impl Fn(&Arena) -> bool) {
        while let Some(index) = self.arenas.iter().position(|entry| entry.as_ref().is_some_and(&goes)) {
            self.drop_one(index, notices);
        }
    }

    // Apart from the search, which the housekeeping makes mostly in vain.
    #[inline(never)]
    fn drop_one(&mut self, index: usize, notices: &mut Notices) {
        let gone = self.arenas[index].take();
        notices.push(Notice::ArenaGone);
        if gone.is_some_and(|arena| arena.has_lost_descriptor()) {
            self.warn_of_lost_descriptor(notices);
        }
    }

    fn warn_of_lost_descriptor(&mut self, notices: &mut Notices) {
        if !self.has_warned_of_descriptor {
            self.has_warned_of_descriptor = true;
            notices.push(Notice::DescriptorLost);
        }
    }

    /// Gives free memory beyond what is kept back to the system, at most `most_bytes` of it. Returns how many bytes.
    pub(super) fn trim(&mut self, kept: Kept, most_bytes: usize, notices: &mut Notices) -> usize {
        if self.cannot_punch_holes {
            return 0;
        }
        // First the files that the next buffers will not be put into, then large ones, then small ones.
        let mut given_bytes = self.trim_where(most_bytes, notices, |arena| !kept.is_for(arena));
        for (is_small, kept_bytes) in [(false, kept.bytes), (true, limits::KEPT_FREE_SMALL_BYTES)] {
            let is_it = |arena: &Arena| kept.is_for(arena) && arena.is_of_kind(is_small);
            let free = self.arenas.iter().flatten().filter(|arena| is_it(arena)).map(Arena::touched_free_bytes);
            let surplus_bytes = free.sum::<usize>().saturating_sub(kept_bytes);
            given_bytes += self.trim_where(surplus_bytes.min(most_bytes - given_bytes), notices, is_it);
        }
        // What is left of these is address space.
        self.drop_where(notices, |arena| arena.is_empty() && arena.is_untouched());
        given_bytes
    }

    fn trim_where(&mut self, most_bytes: usize, notices: &mut Notices, is_it: impl Fn(&Arena) -> bool) -> usize {
        let mut given_bytes = 0;
        for arena in self.arenas.iter_mut().flatten().filter(|arena| is_it(arena)) {
            if given_bytes >= most_bytes {
                break;
            }
            match arena.trim(most_bytes - given_bytes) {
                Ok(bytes) => given_bytes += bytes,
                Err(failure) => {
                    self.stop_punching(failure, notices);
                    break;
                }
            }
        }
        given_bytes.min(most_bytes)
    }

    /// Gives one step of what is touched in a range outside `kept` back. Returns how many bytes.
    pub(super) fn trim_around(&mut self, range: Range, kept: Span, notices: &mut Notices) -> usize {
        if self.cannot_punch_holes {
            return 0;
        }
        let given = self.arena_mut(range).trim_around(range.span, kept, limits::GIVE_BACK_STEP_BYTES);
        given.unwrap_or_else(|failure| {
            self.stop_punching(failure, notices);
            0
        })
    }

    /// Without memory for our own lists it may go better next time; a system that cannot do it never can. A lost
    /// descriptor concerns one arena only.
    fn stop_punching(&mut self, failure: Failure, notices: &mut Notices) {
        if failure.is_lost_descriptor() {
            self.warn_of_lost_descriptor(notices);
        } else if failure != Failure::Memory {
            self.cannot_punch_holes = true;
            notices.push(Notice::NoHoles { failure });
        }
    }

    pub(super) fn space(&self, range: Range) -> &Space {
        self.arena(range).space()
    }

    pub(super) fn space_mut(&mut self, range: Range) -> &mut Space {
        self.arena_mut(range).space_mut()
    }

    /// The number of the memory file that a range is in.
    pub(super) fn inode(&self, range: Range) -> u64 {
        self.arena(range).inode()
    }

    pub(super) fn pool(&self, range: Range) -> &Pool {
        self.arena(range).pool()
    }

    fn arena(&self, range: Range) -> &Arena {
        self.arenas[range.arena].as_ref().expect("invariant S3: a range's arena lives as long as the range")
    }

    fn arena_mut(&mut self, range: Range) -> &mut Arena {
        self.arenas[range.arena].as_mut().expect("invariant S3: a range's arena lives as long as the range")
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "invariant S3")]
    fn a_range_whose_arena_has_gone_is_noticed() {
        let mut arenas = Arenas::new();
        arenas.arenas.push(None);
        let _ = arenas.space(Range { arena: 0, span: Span::new(0, 1), picture_bytes: 1 });
    }
}
