//! The buffers of one `wl_shm`: what is kept of them. What happens to them stands in the files above this one.

use crate::limits;
use crate::placement::Reserve;

use super::arenas::Arenas;
use super::buffer::Buffer;
use super::holdings::Holdings;
use super::retained::RetainedList;
use super::sweep::Sweep;
use super::table::{Key, Table};
use super::warned_groups::WarnedGroups;
use super::{CopyStatistics, Handle, Notices, View};

/// All buffers that a program has asked for with one `wl_shm`.
///
/// Dropping it destroys them all, whoever holds them: the end of a program.
#[derive(Debug)]
pub struct Display<H: Handle> {
    // Dropped in this order: buffers lie in arenas.
    pub(super) buffers: Table<Buffer<H>>,
    pub(super) arenas: Arenas,
    pub(super) retained: RetainedList<H>,
    pub(super) notices: Notices,
    /// Requests so far.
    pub(super) requests: u64,
    /// After so many requests the housekeeping is to be done.
    pub(super) housekeeping_due_at: u64,
    /// The number of the last request that made a buffer.
    pub(super) made_at: u64,
    pub(super) has_made: bool,
    /// True if the view of the buffer last handed out has been moved, which is not shown yet.
    pub(super) has_moved: bool,
    /// What the next buffers may need.
    pub(super) reserve: Reserve,
    /// What was copied.
    pub(super) copy_statistics: CopyStatistics,
    /// When the next ring may have memory to give back that it does not use, by the clock; NEVER: none has.
    pub(super) rest_due_at_ms: u64,
    /// True if there is no free memory to give back.
    pub(super) memory_rests: bool,
    /// The place of the buffer that was handed out last.
    pub(super) last_index: usize,
    /// Bytes of all views.
    pub(super) live_bytes: usize,
    /// What the compositor has.
    pub(super) holdings: Holdings,
    pub(super) stray_releases: u64,
    pub(super) abandoned: u64,
    /// The search for forgotten buffers.
    pub(super) sweep: Sweep,
    pub(super) warned_groups: WarnedGroups,
    /// The same of a buffer that was taken twice, and of too many that are held.
    pub(super) warned_of_taking: WarnedGroups,
    pub(super) warned_of_holding: WarnedGroups,
    pub(super) has_warned_of_scrolling: bool,
    /// True from a warning that there is no room to scroll in until there was some again.
    pub(super) has_warned_of_plain: bool,
}

/// No time at all.
pub(super) const NEVER: u64 = u64::MAX;

impl<H: Handle> Default for Display<H> {
    fn default() -> Self {
        Self::new()
    }
}

impl<H: Handle> Drop for Display<H> {
    /// Nobody is told of buffers that are about to go.
    fn drop(&mut self) {
        for index in 0..self.buffers.places() {
            if let Some(buffer) = self.buffers.at(index) {
                buffer.account.told.end();
            }
        }
    }
}

impl<H: Handle> Display<H> {
    /// No buffers yet.
    pub const fn new() -> Display<H> {
        Display {
            buffers: Table::new(),
            arenas: Arenas::new(),
            retained: RetainedList::new(),
            notices: Notices::new(),
            requests: 0,
            housekeeping_due_at: limits::REQUESTS_BETWEEN_HOUSEKEEPING,
            made_at: 0,
            has_made: false,
            has_moved: false,
            reserve: Reserve::new(),
            copy_statistics: CopyStatistics::new(),
            rest_due_at_ms: NEVER,
            memory_rests: true,
            last_index: 0,
            live_bytes: 0,
            holdings: Holdings::new(),
            stray_releases: 0,
            abandoned: 0,
            sweep: Sweep::new(),
            warned_groups: WarnedGroups::new(),
            warned_of_taking: WarnedGroups::new(),
            warned_of_holding: WarnedGroups::new(),
            has_warned_of_scrolling: false,
            has_warned_of_plain: false,
        }
    }

    /// True if there is nothing of it: no buffer, nothing that the program has a pointer to, and no memory file. Then its
    /// connection may end.
    pub fn is_bare(&self) -> bool {
        self.live_bytes == 0 && self.retained.is_empty() && self.arenas.is_empty()
    }

    /// What the face shows of a buffer.
    pub fn view(&mut self, key: Key) -> Option<View> {
        self.buffers.get_mut(key).map(|buffer| buffer.view(&self.arenas))
    }

    /// The group of a buffer.
    pub fn group_of(&self, key: Key) -> Option<u64> {
        self.buffers.get(key).map(|buffer| buffer.kind.group())
    }

    /// What the face keeps for a buffer.
    pub fn handle(&self, key: Key) -> Option<&H> {
        self.buffers.get(key).map(|buffer| &buffer.handle)
    }

    /// What there is to say since this was called last; mostly nothing.
    pub fn take_notices(&mut self) -> Option<Notices> {
        if self.notices.is_empty() { None } else { Some(core::mem::take(&mut self.notices)) }
    }

    /// The key of the buffer whose handle this is.
    pub fn find(&self, is_it: impl Fn(&H) -> bool) -> Option<Key> {
        let is_handle_of = |index: &usize| self.buffers.at(*index).is_some_and(|buffer| is_it(&buffer.handle));
        let index = Some(self.last_index).filter(is_handle_of);
        self.buffers.key_at(index.or_else(|| (0..self.buffers.places()).find(is_handle_of))?)
    }

    /// True if the buffer of the last request is not where C was told.
    pub fn has_moved(&self) -> bool {
        self.has_made || self.has_moved
    }
}
