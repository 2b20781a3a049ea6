//! What a program knows of its blocks, and what it may conclude of the pool.

use std::collections::BTreeMap;

use super::program::{Arena, Event, EventKind, Program, bytes_at};
use millpond::c_api::pool::{
    POOL_PART_ALLOCATED, POOL_PART_ARENA, POOL_PART_BURIED, POOL_PART_FREE, POOL_PART_IN_WORK, poolpart,
};
use millpond::pool::Pool;

const WORD: usize = size_of::<usize>();
const ARENA_HEADER: usize = 6 * WORD;
const TAIL: usize = 2 * WORD;
const OVERHEAD: usize = 4 * WORD;
const BLOCK_MIN: usize = 8 * WORD;
/// Of what a block has beyond what was asked for, all but so much counts as asked for too.
const SLACK_MAX: usize = 0xFFFF;

/// A block of the program's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub(super) bytes: usize,
    /// What its bytes were made of.
    seed: u8,
}

/// All blocks, by address.
#[derive(Default)]
pub(super) struct Model {
    pub(super) blocks: BTreeMap<usize, Block>,
    next_seed: u8,
    /// So many were freed and are never used again.
    pub(super) buried: usize,
}

/// What a walk through the pool has shown.
#[derive(Default, Debug)]
pub(super) struct Seen {
    pub(super) arenas: Vec<Arena>,
    pub(super) allocated: usize,
    pub(super) allocated_bytes: usize,
    pub(super) asked_bytes: usize,
    pub(super) free: usize,
    pub(super) free_bytes: usize,
    pub(super) largest_free_bytes: usize,
    pub(super) buried: usize,
    pub(super) buried_bytes: usize,
}

impl Model {
    /// The block at that place in the order of addresses.
    pub(super) fn pick(&self, number: u16) -> Option<(usize, Block)> {
        let count = self.blocks.len();
        let index = usize::from(number).checked_rem(count)?;
        self.blocks.iter().nth(index).map(|(data, block)| (*data, *block))
    }

    /// A new block, which is filled.
    pub(super) fn add(&mut self, data: usize, bytes: usize, arenas: &[Arena]) {
        self.next_seed = self.next_seed.wrapping_add(37);
        self.add_filled(data, bytes, self.next_seed);
        assert_in_arenas(arenas, data, bytes);
        self.fill(data);
    }

    fn add_filled(&mut self, data: usize, bytes: usize, seed: u8) {
        let before = self.blocks.range(..=data + bytes).next_back();
        assert!(before.is_none_or(|(at, block)| at + block.bytes < data), "two blocks at {data:x}");
        self.blocks.insert(data, Block { bytes, seed });
    }

    /// The block is so large now. What it had stays, and the rest is filled.
    pub(super) fn resize(&mut self, data: usize, bytes: usize) {
        let block = self.blocks.get_mut(&data).expect("there is such a block");
        block.bytes = bytes;
        self.fill(data);
    }

    fn fill(&mut self, data: usize) {
        let Block { bytes, seed } = self.blocks[&data];
        // SAFETY: a block of the program's, which was just given to it.
        let memory = unsafe { bytes_at(data, bytes) };
        memory.iter_mut().enumerate().for_each(|(index, byte)| *byte = pattern(seed, index));
    }

    /// The first so many bytes of a block are what was written.
    pub(super) fn check(&self, data: usize, block: Block, count: usize) {
        // SAFETY: a block of the program's.
        let memory = unsafe { bytes_at(data, count.min(block.bytes)) };
        let wrong = memory.iter().enumerate().position(|(index, byte)| *byte != pattern(block.seed, index));
        assert!(wrong.is_none(), "byte {wrong:?} of {block:?} at {data:x} has changed");
    }

    pub(super) fn check_all(&self) {
        self.blocks.iter().for_each(|(data, block)| self.check(*data, *block, block.bytes));
    }

    /// What has happened behind a call, and which arenas there are since then: what was taken may be freed again, and its
    /// arena be given back.
    pub(super) fn apply(&mut self, events: &[Event], arenas: &[Arena], buries: bool) {
        for event in events {
            match event.kind {
                EventKind::Moved => {
                    let block = self.blocks.remove(&event.block).expect("what moves is a block");
                    let before = self.blocks.insert(event.to, block);
                    assert!(before.is_none(), "a block moves over another");
                }
                EventKind::Taken => {
                    let bytes = usize::try_from(event.n).unwrap();
                    self.add_filled(event.block, bytes, u8::try_from(event.seed).unwrap());
                }
                EventKind::Freed => {
                    self.blocks.remove(&event.block).expect("what is freed is a block");
                    self.buried += usize::from(buries);
                }
            }
        }
        if !events.is_empty() {
            self.blocks.iter().for_each(|(data, block)| assert_in_arenas(arenas, *data, block.bytes));
        }
    }

    /// A block that had to be copied was freed, and one that had not was not.
    pub(super) fn has_copied(&mut self, parts: &[poolpart]) {
        let buried = parts.iter().filter(|part| part.kind == POOL_PART_BURIED).count();
        assert!((self.buried..=self.buried + 1).contains(&buried));
        self.buried = buried;
    }

    /// Looks at all parts of the pool, and compares.
    pub(super) fn compare(&self, parts: &[poolpart], pool: &Pool) -> Seen {
        let mut seen = Seen::default();
        let mut next = None;
        for part in parts {
            let (start, bytes) = (part.start.addr(), part.bytes);
            if part.kind == POOL_PART_ARENA {
                assert!(next.is_none_or(|end| seen.arenas.last().is_some_and(|arena| end + TAIL == arena.end())));
                assert!(seen.arenas.last().is_none_or(|arena| arena.start > start), "arenas are not in order");
                seen.arenas.push(Arena { start, bytes, is_gap: 0 });
                next = Some(start + ARENA_HEADER);
                continue;
            }
            assert_eq!(Some(start), next, "a part does not begin where the one before ends");
            next = Some(start + bytes);
            assert_ne!(part.kind, POOL_PART_IN_WORK);
            self.count(part, &mut seen);
        }
        assert!(next.is_none_or(|end| seen.arenas.last().is_some_and(|arena| end + TAIL == arena.end())));
        assert_eq!((seen.allocated, seen.buried), (self.blocks.len(), self.buried));
        assert_eq!(seen.free_bytes, pool.curfree);
        assert_eq!(seen.allocated_bytes + seen.buried_bytes, pool.curalloc);
        seen
    }

    fn count(&self, part: &poolpart, seen: &mut Seen) {
        let bytes = part.bytes;
        match part.kind {
            POOL_PART_FREE => {
                seen.free += 1;
                seen.free_bytes += bytes;
                seen.largest_free_bytes = seen.largest_free_bytes.max(bytes);
            }
            POOL_PART_BURIED => {
                seen.buried += 1;
                seen.buried_bytes += bytes;
            }
            kind => {
                assert_eq!(kind, POOL_PART_ALLOCATED, "nothing is damaged");
                let data = part.data.addr();
                let (address, block) = self.blocks.range(data..data + WORD).next().expect("a block of the program's");
                let end = part.start.addr() + bytes - TAIL;
                assert!(address + block.bytes <= end, "a block is larger than its part");
                let own = address - data + block.bytes;
                // A block at the end of an arena may have been larger, until the arena became one with the next.
                let most = if bytes > SLACK_MAX { bytes - OVERHEAD } else { own };
                assert!(
                    part.asked >= own && part.asked <= most,
                    "{block:?} in {bytes} bytes, {} asked for",
                    part.asked
                );
                seen.allocated += 1;
                seen.allocated_bytes += bytes;
                seen.asked_bytes += part.asked;
            }
        }
    }
}

impl Arena {
    pub(super) fn end(&self) -> usize {
        self.start + self.bytes
    }
}

fn assert_in_arenas(arenas: &[Arena], data: usize, bytes: usize) {
    assert!(
        arenas.iter().any(|arena| data >= arena.start && data + bytes <= arena.start + arena.bytes)
            || spans_merged(arenas, data, bytes),
        "a block of {bytes} bytes at {data:x} is in no arena"
    );
}

/// Arenas with what lies between them may have become one.
fn spans_merged(arenas: &[Arena], data: usize, bytes: usize) -> bool {
    let lowest = arenas.iter().map(|arena| arena.start).min().unwrap_or(usize::MAX);
    let highest = arenas.iter().map(Arena::end).max().unwrap_or(0);
    data >= lowest && data + bytes <= highest
}

fn pattern(seed: u8, index: usize) -> u8 {
    let [low, high, ..] = index.to_le_bytes();
    seed.wrapping_add(low).wrapping_add(high)
}

/// The size of a block for so many bytes of data, as pool(3) says it.
pub(super) fn needed(pool: &Pool, n: u64) -> Option<usize> {
    let quantum = usize::try_from(pool.quantum).ok()?.max(WORD).checked_next_power_of_two()?;
    let bytes = usize::try_from(n).ok()?.checked_add(OVERHEAD)?.max(usize::try_from(pool.minblock).ok()?);
    bytes.max(BLOCK_MIN).checked_next_multiple_of(quantum)
}

/// The size of the arena that is asked for where there is no such block.
pub(super) fn needed_arena(pool: &Pool, block_bytes: usize) -> Option<usize> {
    let quantum = usize::try_from(pool.quantum).ok()?.max(WORD).checked_next_power_of_two()?;
    let bytes = block_bytes.checked_add(ARENA_HEADER + TAIL)?.max(usize::try_from(pool.minarena).ok()?);
    Some(bytes.checked_add(quantum)? & !(quantum - 1))
}

/// One walk.
pub(super) fn parts_of(program: &mut Program) -> Vec<poolpart> {
    let answer = program.call(&super::calls::plain(super::program::Operation::Walk));
    assert_eq!(answer.number, 0, "a walk shows all of a pool");
    program.parts()
}
