//! Scripts of calls that a program may make, beside what it knows of its blocks.

use arbitrary::Arbitrary;

use super::calls::{Placing, Setup, Size, flags_of, plain, with_block, with_size};
use super::model::{Model, Seen, needed, needed_arena, parts_of};
use super::program::{Answer, Call, EventKind, Operation, Program, bytes_at};
use millpond::pool::POOL_NOREUSE;

const CALLS_MAX: usize = 200;
const BLOCKS_MAX: usize = 120;
/// So much is looked at after each call; where there is more, now and then.
const LOOKED_AT_BYTES: usize = 20_000;

/// A pool, and what is done with it.
#[derive(Arbitrary, Clone, Debug)]
pub struct Script {
    /// How it begins.
    pub setup: Setup,
    /// One after the other.
    pub acts: Vec<Act>,
}

/// A call. Blocks are meant by their place in the order of addresses.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Act {
    /// `poolalloc`
    Alloc(Size),
    /// `poolallocalign`
    AllocAligned(Size, Placing),
    /// `poolzalloc`
    AllocZeroed(Size),
    /// `poolfree`
    Free(u16),
    /// `poolrealloc`
    Resize(u16, Size),
    /// `poolmsize`
    Usable(u16),
    /// `poolisoverlap`: an offset from a block, and a number of bytes.
    Overlap(u16, i16, u16),
    /// `poolcompact`
    Compact,
    /// `pooltrim`
    Trim(Size),
    /// `poolreset`
    Reset,
    /// `poolcheck`
    Check,
    /// `poolblockcheck`
    CheckBlock(u16),
    /// `pooldump`
    Dump,
    /// `poolstats`
    Count,
    /// Another `flags`
    Flags(u8),
    /// Another `maxsize`: so many pages more than there are.
    LimitPages(u8),
    /// Another `minarena`
    ArenaMin(u16),
}

struct World {
    program: Program,
    model: Model,
    /// Arenas never became one with what lies between them.
    counts_all: bool,
}

/// Plays a script; panics where the pool does something else than what the program may expect.
pub fn play(script: &Script) {
    let program = Program::start(&script.setup.plan(false), |pool| script.setup.configure(pool));
    let counts_all = !script.setup.is_merging;
    let mut world = World { program, model: Model::default(), counts_all };
    for (number, act) in script.acts.iter().take(CALLS_MAX).enumerate() {
        world.act(act);
        world.compare(number % 8 == 0);
    }
    world.compare(true);
    world.call(&plain(Operation::Check));
    world.call(&plain(Operation::Destroy));
    world.expect_no_arenas();
}

impl World {
    /// Space between arenas may have been offered and not taken.
    fn expect_no_arenas(&self) {
        assert!(self.program.arenas().iter().all(|arena| arena.is_gap != 0), "arenas are left behind");
    }

    fn act(&mut self, act: &Act) {
        let picked = |number: u16| self.model.pick(number).map(|(data, _)| data);
        match *act {
            Act::Alloc(size) => self.alloc(with_size(Operation::Alloc, size.bytes())),
            Act::AllocZeroed(size) => self.alloc(with_size(Operation::AllocZeroed, size.bytes())),
            Act::AllocAligned(size, placing) => self.alloc(placing.call(size.bytes())),
            Act::Free(number) => self.free(picked(number).unwrap_or(0)),
            Act::Resize(number, size) => match self.model.pick(number) {
                Some((data, _)) => self.resize(data, size.bytes()),
                None => self.alloc(with_size(Operation::Resize, size.bytes())),
            },
            Act::Usable(number) => self.usable(picked(number).unwrap_or(0)),
            Act::Overlap(number, offset, n) => self.overlap(picked(number).unwrap_or(0), offset, n),
            Act::Compact => drop(self.call(&plain(Operation::Compact))),
            Act::Trim(size) => self.trim(size.bytes()),
            Act::Reset => self.reset(),
            Act::Check => drop(self.call(&plain(Operation::Check))),
            Act::CheckBlock(number) => {
                if let Some(data) = picked(number) {
                    self.call(&with_block(Operation::CheckBlock, data));
                }
            }
            Act::Dump => drop(self.call(&plain(Operation::Dump))),
            Act::Count => self.count(),
            Act::Flags(bits) => self.program.pool().flags = flags_of(bits),
            Act::LimitPages(pages) => {
                let pool = self.program.pool();
                pool.maxsize = pool.cursize + usize::from(pages) * 4096;
            }
            Act::ArenaMin(bytes) => self.program.pool().minarena = bytes.into(),
        }
    }

    /// What callbacks did meanwhile is taken over first.
    fn call(&mut self, call: &Call) -> (Answer, bool) {
        let answer = self.program.call(call);
        let (events, arenas) = (self.program.events(), self.program.arenas());
        let buries = self.program.pool().flags & POOL_NOREUSE != 0;
        self.model.apply(&events, &arenas, buries);
        (answer, events.iter().any(|event| event.kind != EventKind::Moved))
    }

    fn alloc(&mut self, call: Call) {
        if self.model.blocks.len() >= BLOCKS_MAX {
            return;
        }
        let cursize = self.program.pool().cursize;
        let (answer, was_used) = self.call(&call);
        if answer.block == 0 {
            let is_asked_for_a_place = call.operation == Operation::AllocAligned;
            return self.explain(call.n, &answer, cursize, was_used || is_asked_for_a_place);
        }
        let bytes = usize::try_from(call.n).expect("so much was returned");
        if call.operation == Operation::AllocZeroed {
            // SAFETY: a block of so many bytes was just returned.
            let memory = unsafe { bytes_at(answer.block, bytes) };
            assert!(memory.iter().all(|byte| *byte == 0), "not zero");
        }
        if call.operation == Operation::AllocAligned {
            assert_is_placed(answer.block, &call);
        }
        let arenas = self.program.arenas();
        self.model.add(answer.block, bytes, &arenas);
    }

    /// Why there was nothing: there was no block of that size, and no arena could be had.
    fn explain(&mut self, n: u64, answer: &Answer, cursize: usize, was_used: bool) {
        if was_used {
            return;
        }
        let pool = self.program.pool();
        let Some(block) = needed(pool, n) else { return };
        let maxsize = pool.maxsize;
        let arena = needed_arena(pool, block).and_then(|bytes| bytes.checked_add(cursize));
        assert!(
            answer.failed_allocs > 0 || arena.is_none_or(|bytes| bytes > maxsize),
            "nil for {n} bytes, and an arena could be had"
        );
        let seen = self.seen();
        assert!(
            seen.largest_free_bytes < block,
            "nil for {n} bytes, and there is a block of {:?}",
            seen.largest_free_bytes
        );
    }

    fn free(&mut self, data: usize) {
        let before = self.program.pool().nfree;
        if let Some(block) = self.model.blocks.remove(&data) {
            self.model.check(data, block, block.bytes);
            self.model.buried += usize::from(self.program.pool().flags & POOL_NOREUSE != 0);
        }
        let (_, was_used) = self.call(&with_block(Operation::Free, data));
        // As in the original, what is never used again is not counted.
        let freed = i32::from(data != 0 && self.program.pool().flags & POOL_NOREUSE == 0);
        assert!(was_used || self.program.pool().nfree == before + freed, "freed blocks are counted");
    }

    fn resize(&mut self, data: usize, n: u64) {
        if n == 0 {
            self.model.buried += usize::from(self.program.pool().flags & POOL_NOREUSE != 0);
            let block = self.model.blocks.remove(&data).expect("it was picked");
            self.model.check(data, block, block.bytes);
            let (answer, _) = self.call(&Call { block: data, ..with_size(Operation::Resize, 0) });
            return assert_eq!(answer.block, 0);
        }
        let (cursize, block) = (self.program.pool().cursize, self.model.blocks[&data]);
        let answer = self.program.call(&Call { block: data, ..with_size(Operation::Resize, n) });
        let (events, arenas) = (self.program.events(), self.program.arenas());
        let buries = self.program.pool().flags & POOL_NOREUSE != 0;
        let was_used = events.iter().any(|event| event.kind != EventKind::Moved);
        if answer.block == 0 {
            self.model.apply(&events, &arenas, buries);
            return self.explain(n, &answer, cursize, was_used);
        }
        // A compaction may have moved the block first, and callbacks may have taken the place that it had.
        self.model.blocks.remove(&data);
        let (mut old, mut others) = (Some(data), Vec::new());
        for event in events {
            if Some(event.block) != old {
                others.push(event);
            } else if event.kind == EventKind::Moved {
                old = Some(event.to);
            } else {
                // It was copied, and what lies there since then is another.
                old = None;
                others.push(event);
            }
        }
        self.model.apply(&others, &arenas, buries);
        let bytes = usize::try_from(n).expect("so much was returned");
        self.model.check(answer.block, block, bytes);
        self.model.add(answer.block, bytes, &arenas);
        self.model.has_copied(&parts_of(&mut self.program));
    }

    fn usable(&mut self, data: usize) {
        let (answer, _) = self.call(&with_block(Operation::Usable, data));
        let usable = usize::try_from(answer.number).unwrap();
        let Some(block) = self.model.blocks.get(&data).copied() else { return assert_eq!(usable, 0) };
        assert!(usable >= block.bytes);
        self.model.check(data, block, block.bytes);
        self.model.resize(data, usable);
    }

    fn overlap(&mut self, data: usize, offset: i16, n: u16) {
        let (start, n) = (data.saturating_add_signed(offset.into()), usize::from(n));
        let seen = self.seen();
        let call = Call { block: start, ..with_size(Operation::Overlap, u64::try_from(n).unwrap()) };
        let (answer, _) = self.call(&call);
        let is_in = |arena: &super::program::Arena| match n {
            0 => start > arena.start && start < arena.end(),
            _ => start < arena.end() && arena.start < start.saturating_add(n),
        };
        assert_eq!(answer.number != 0, seen.arenas.iter().any(is_in), "{start:x} {n} in {:x?}", seen.arenas);
    }

    fn trim(&mut self, keep: u64) {
        let keep = usize::try_from(keep).unwrap();
        let (cursize, curfree) = (self.program.pool().cursize, self.program.pool().curfree);
        let (answer, was_used) = self.call(&with_size(Operation::Trim, u64::try_from(keep).unwrap()));
        let pool = self.program.pool();
        if !was_used {
            assert!(pool.curfree >= keep.min(curfree), "less is kept than {keep}");
            assert!(cursize - pool.cursize <= usize::try_from(answer.number).unwrap());
        }
    }

    fn reset(&mut self) {
        self.model = Model::default();
        self.call(&plain(Operation::Reset));
        self.expect_no_arenas();
    }

    fn count(&mut self) {
        let seen = self.seen();
        let (answer, was_used) = self.call(&plain(Operation::Count));
        assert_eq!(answer.number, 0);
        let (counts, cursize) = (self.program.counts(), self.program.pool().cursize);
        let number = |number: usize| u64::try_from(number).unwrap();
        if was_used {
            return;
        }
        assert_eq!(counts.arenas, number(seen.arenas.len()));
        assert_eq!(counts.arena_bytes, number(cursize));
        assert_eq!((counts.blocks, counts.block_bytes), (number(seen.allocated), number(seen.allocated_bytes)));
        assert_eq!((counts.free_blocks, counts.free_bytes), (number(seen.free), number(seen.free_bytes)));
        assert_eq!((counts.buried_blocks, counts.buried_bytes), (number(seen.buried), number(seen.buried_bytes)));
        assert_eq!(counts.largest_free_bytes, number(seen.largest_free_bytes));
        assert_eq!(counts.asked_bytes, number(seen.asked_bytes));
        assert_eq!((counts.set_aside_blocks, counts.set_aside_bytes), (0, 0));
        assert!(counts.most_arena_bytes >= counts.arena_bytes);
    }

    fn seen(&mut self) -> Seen {
        let parts = parts_of(&mut self.program);
        self.model.compare(&parts, self.program.pool())
    }

    fn compare(&mut self, looks_at_all: bool) {
        let seen = self.seen();
        let given: usize =
            self.program.arenas().iter().filter(|arena| arena.is_gap == 0).map(|arena| arena.bytes).sum();
        let (cursize, spans) =
            (self.program.pool().cursize, seen.arenas.iter().map(|arena| arena.bytes).sum::<usize>());
        if self.counts_all {
            assert_eq!((cursize, spans), (given, given), "arenas are counted");
        }
        assert!(cursize <= spans && spans >= given);
        if looks_at_all || seen.asked_bytes < LOOKED_AT_BYTES {
            self.model.check_all();
        }
    }
}

/// `poolallocalign`: the address is `offset` modulo `align`, and the block crosses no multiple of `span`.
fn assert_is_placed(data: usize, call: &Call) {
    let (align, span) = (i128::from(call.align), i128::from(call.span));
    let (data, n) = (i128::try_from(data).unwrap(), i128::from(call.n));
    assert!(align == 0 || (data - i128::from(call.offset)).rem_euclid(align) == 0, "{data:x} for {call:?}");
    assert!(span == 0 || n == 0 || data / span == (data + n - 1) / span, "{data:x} for {call:?}");
}
