//! Which buffer of a group is handed out next, which are surplus, which is given up.

use super::state::State;
use crate::limits;

/// What the choice knows of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Where the caller keeps it.
    pub index: usize,
    /// Where it stands.
    pub state: State,
    /// True if its size and kind are what is asked for.
    pub is_match: bool,
    /// The size of its picture.
    pub picture_bytes: usize,
    /// How many requests of its size have passed it over since it was drawn.
    pub age: u32,
    /// The number of the request that handed it out last; greater is later.
    pub handed_out_at: u64,
}

/// Goes through the buffers of one group, once, and remembers what matters.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choice {
    newest_idle: Option<Candidate>,
    last_handed_out: Option<Candidate>,
    oldest_held: Option<Candidate>,
    held_count: usize,
    held_bytes: usize,
}

impl Choice {
    /// Nothing seen yet.
    pub fn new() -> Choice {
        Choice::default()
    }

    /// Takes one more buffer of the group into account.
    pub fn consider(&mut self, candidate: Candidate) {
        if candidate.state == State::Gone {
            return;
        }
        if self.last_handed_out.is_none_or(|last| candidate.handed_out_at > last.handed_out_at) {
            self.last_handed_out = Some(candidate);
        }
        if candidate.state.is_held() {
            self.held_count += 1;
            self.held_bytes = self.held_bytes.saturating_add(candidate.picture_bytes);
            let is_older = self.oldest_held.is_none_or(|oldest| candidate.handed_out_at < oldest.handed_out_at);
            if is_older && !candidate.state.is_referenced() {
                self.oldest_held = Some(candidate);
            }
        } else if candidate.is_match && candidate.state.can_be_handed_out() {
            // The newest pixels first: the least to draw. Of equals, the one handed out last.
            let key = |c: Candidate| (c.age, u64::MAX - c.handed_out_at);
            if self.newest_idle.is_none_or(|newest| key(candidate) < key(newest)) {
                self.newest_idle = Some(candidate);
            }
        }
    }

    /// The buffer to hand out; None: a new one is needed.
    pub fn reuse(&self) -> Option<usize> {
        self.newest_idle.map(|candidate| candidate.index)
    }

    /// True if, when `chosen` is handed out (None: a new one), the idle buffer `other` of the group is not needed.
    ///
    /// What is needed beside it: the buffer handed out last, if it has the size asked for, because the program may copy
    /// from it while it draws; and for a while each other one of that size, because a compositor that was late once is
    /// late again.
    pub fn is_surplus(&self, chosen: Option<usize>, other: &Candidate) -> bool {
        if !other.state.can_be_handed_out() || Some(other.index) == chosen {
            return false;
        }
        let is_last = self.last_handed_out.is_some_and(|last| last.index == other.index);
        !other.is_match || (!is_last && other.age >= limits::REQUESTS_UNTIL_SURPLUS_GOES)
    }

    /// Buffers of the group that are held.
    pub fn held_count(&self) -> usize {
        self.held_count
    }

    /// True if one is too many: a compositor that holds so many is not going to release the oldest, and a program does not
    /// draw into so many at a time.
    pub fn has_too_many_held(&self) -> bool {
        let is_beyond_bytes = self.held_bytes > limits::HELD_PER_GROUP_BYTES_MAX;
        self.held_count > limits::HELD_PER_GROUP_MAX
            || (self.held_count > limits::HELD_PER_GROUP_OF_ANY_SIZE && is_beyond_bytes)
    }

    /// True if this buffer was handed out last.
    pub fn was_last(&self, index: usize) -> bool {
        self.last_handed_out.is_some_and(|last| last.index == index)
    }

    /// The buffer that was handed out last, if it is what is asked for.
    pub fn last_match(&self) -> Option<usize> {
        self.last_handed_out.filter(|last| last.is_match).map(|last| last.index)
    }

    /// The buffer that the compositor alone has held longest, to be given up; never the one handed out last.
    pub fn oldest_held(&self) -> Option<usize> {
        let oldest = self.oldest_held?;
        self.last_handed_out.filter(|last| last.index != oldest.index).map(|_| oldest.index)
    }
}

/// The age that a program is told.
///
/// 1 stands for "replay the scroll damage of the last buffer, and copy what it drew". Programs of foot 1.8.1 and before get
/// that wrong: they are told 0, or 2 and more, for "copy all of it", which is always right; and 0 only if nothing else of
/// the group was handed out since, because buffers of another size in between do not count as ages. Later ones get it
/// right, and set it to 0 themselves where they have made up for it beforehand.
pub fn returned_age(age: u32, was_handed_out_last: bool, knows_single_frames: bool) -> u32 {
    if knows_single_frames || (was_handed_out_last && age == 0) { age } else { age.max(2) }
}

/// Why a held buffer can be given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dispensable {
    /// Purged.
    Condemned,
    /// Its group has a newer one.
    Replaced,
}

/// Whether a held buffer can be given up. The one of a group that was handed out last never is: it is the one that is
/// drawn, or shown.
pub fn dispensable(state: State, was_handed_out_last: bool) -> Option<Dispensable> {
    match state {
        State::HeldCondemned => Some(Dispensable::Condemned),
        State::Held if !was_handed_out_last => Some(Dispensable::Replaced),
        _ => None,
    }
}
