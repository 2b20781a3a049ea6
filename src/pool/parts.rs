//! What a pool consists of, as a program is shown it: arenas, and blocks of each kind.
//!
//! A way through the blocks of an arena goes on where the program may have changed them meanwhile. The blocks that were
//! shown last are looked at again: from one that is still there the next is found; where they have gone, from the first
//! one of the arena. Every step asks for a whole block, so damage is never followed.
#![forbid(unsafe_code)]

use super::block::Block;
use super::damage::Stop;
use super::heap::{Heap, must_stay};
use super::integrity::{is_set_aside, whole_block};
use super::layout::{ALLOC_MAGIC, ARENA_DOWN, DEAD_MAGIC, FREE_MAGIC};
use super::room::Room;

/// What a part of a pool is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// An arena with all that lies in it.
    Arena,
    /// A block that the program has.
    Allocated,
    /// A block that can be given out.
    Free,
    /// Freed, and never given out again.
    Buried,
    /// Damaged, and never given out again.
    SetAside,
    /// Neither allocated nor free: a call is at work on it.
    InWork,
}

/// A part of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// True if it stays where it is in a compaction.
    pub is_pinned: bool,
    /// Where its arena begins.
    pub arena: usize,
    /// Where it begins.
    pub start: usize,
    /// All of its bytes.
    pub bytes: usize,
    /// What the program knows it by; 0 if it is no block of the program's.
    pub data: usize,
    /// How many bytes from there on the program has asked for.
    pub asked_bytes: usize,
}

impl Part {
    fn of_arena(room: Room<'_>) -> Part {
        let (arena, bytes) = (room.start(), room.bytes());
        Part { kind: PartKind::Arena, is_pinned: true, arena, start: arena, bytes, data: 0, asked_bytes: 0 }
    }

    fn of_block(block: Block<'_>, room: Room<'_>) -> Part {
        let kind = kind_of(block);
        let (data, asked_bytes) = match kind {
            PartKind::Allocated | PartKind::Buried => {
                let data = block.known_data();
                (data, block.data_bytes().saturating_sub(data - block.data()))
            }
            _ => (0, 0),
        };
        let is_pinned = match kind {
            PartKind::Free | PartKind::InWork => false,
            _ => must_stay(block),
        };
        let (arena, start, bytes) = (room.start(), block.address(), block.bytes());
        Part { kind, is_pinned, arena, start, bytes, data, asked_bytes }
    }
}

fn kind_of(block: Block<'_>) -> PartKind {
    match block.magic() {
        ALLOC_MAGIC => PartKind::Allocated,
        FREE_MAGIC => PartKind::Free,
        DEAD_MAGIC if is_set_aside(block) => PartKind::SetAside,
        DEAD_MAGIC => PartKind::Buried,
        _ => PartKind::InWork,
    }
}

/// How far a way through the blocks of an arena has come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trail {
    /// Where the block that was shown last begins, and the one before it.
    seen: [usize; 2],
    /// Where it ended: what comes next begins there, or behind.
    from: usize,
    /// What begins here or behind belongs to arenas that were shown before.
    limit: usize,
}

impl<'heap> Heap<'heap> {
    /// The arena that begins here, and the way through its blocks up to a limit. None: no arena does.
    pub(super) fn arena_part(&mut self, start: usize, limit: usize) -> Result<Option<(Part, Trail)>, Stop> {
        let arenas = &self.index.arenas;
        let Some(place) = arenas.place_of(start) else { return Ok(None) };
        let room = arenas.at(place);
        let above = if place + 1 < arenas.count() { arenas.at(place + 1).start() } else { 0 };
        let below = place.checked_sub(1).map_or(0, |place| arenas.at(place).start());
        self.check_arena_header(room, above)?;
        if room.word(start + ARENA_DOWN) != below || (above == 0 && self.pool.arenalist() != start) {
            return Err(self.found_arena(room, "bad arena list"));
        }
        self.check_arena_end(room)?;
        let first = room.first();
        Ok(Some((Part::of_arena(room), Trail { seen: [first, first], from: first, limit })))
    }

    /// The next block on the way. None: there is none any more.
    pub(super) fn next_part(&mut self, trail: &mut Trail) -> Result<Option<Part>, Stop> {
        let Some(room) = self.index.arenas.room(trail.from) else { return Ok(None) };
        let from_seen = trail.seen.into_iter().map(|seen| follow(seen, trail.from, room));
        let mut reached = from_seen
            .into_iter()
            .find(|reached| reached.at >= trail.from)
            .unwrap_or_else(|| follow(room.first(), trail.from, room));
        while reached.at < room.last_end().min(trail.limit) {
            let fault = match self.find_fault(reached.at, room, &mut None) {
                Ok(block) => {
                    *trail = Trail { seen: [reached.at, reached.before], from: block.end(), ..*trail };
                    return Ok(Some(Part::of_block(block, room)));
                }
                Err(fault) => fault,
            };
            // What was shown last may have become part of another block, and look as it did before.
            let surely = follow(room.first(), reached.at, room);
            if surely.at == reached.at {
                return Err(self.found_block(reached.at, fault));
            }
            reached = surely;
        }
        Ok(None)
    }
}

/// Where a way over whole blocks has come to.
struct Reached {
    /// Where the last one begins.
    before: usize,
    /// Where that ends: where it was to lead, or behind; otherwise what stands here is no whole block.
    at: usize,
}

/// Follows whole blocks from one on until they reach an address.
fn follow(start: usize, to: usize, room: Room<'_>) -> Reached {
    let mut reached = Reached { before: start, at: start };
    while reached.at < to {
        let Some(block) = whole_block(reached.at, room) else { break };
        reached = Reached { before: reached.at, at: block.end() };
    }
    reached
}
