//! Scripts of calls, and words of the pool's that are written over meanwhile, by mistake: blocks that were written beyond
//! their end, or after they were freed, and addresses that are no blocks.
//!
//! The pool may complain, return nil, and set aside what is damaged. It may not end the process, and not go on for ever: no
//! signal, no broken invariant, nothing outside of its arenas. And blocks that the program has, and has not spoilt itself,
//! stay as they are, as long as it was mistakes alone: a word that a script chooses may also look right (`SECURITY.md`).

use arbitrary::Arbitrary;

use super::calls::{Placing, Setup, Size, flags_of, plain, with_size};
use super::program::{Answer, Arena, Call, EventKind, Operation, Program, bytes_at};
use millpond::c_api::pool::{POOL_PART_ARENA, poolpart};

const WORD: usize = size_of::<usize>();
const WORD_STEP: isize = size_of::<usize>() as isize;
const ACTS_MAX: usize = 150;
const BLOCKS_MAX: usize = 100;
/// What the program has in its blocks.
const CONTENT: u8 = 0xA5;

/// A pool, and what is done with it, and to it.
#[derive(Arbitrary, Clone, Debug)]
pub struct Script {
    /// How it begins.
    pub setup: Setup,
    /// `panic` leaves by a jump; otherwise it returns.
    pub panic_jumps: bool,
    /// One after the other.
    pub acts: Vec<Act>,
}

/// What happens. Blocks are meant by when they were returned.
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
    /// The same, and the program forgets that it has.
    FreeAndKeep(u16),
    /// `poolrealloc`
    Resize(u16, Size),
    /// A call with a block.
    WithBlock(BlockCall, u16),
    /// A call with an address that may be no block.
    WithAddress(BlockCall, Address, Size),
    /// A call without.
    Plain(PlainCall),
    /// `pooltrim`
    Trim(Size),
    /// Another `flags`
    Flags(u8),
    /// A word of a part, as a walk shows them, is written over.
    Write(u16, Word, Value),
    /// Bytes behind a block are written over.
    Overrun(u16, u8, u8),
    /// A member of the struct is written over.
    Figure(u8, Value),
}

/// Calls that take a block.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum BlockCall {
    /// `poolfree`
    Free,
    /// `poolrealloc`
    Resize,
    /// `poolmsize`
    Usable,
    /// `poolblockcheck`
    CheckBlock,
    /// `poolisoverlap`
    Overlap,
}

/// Calls that take nothing.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum PlainCall {
    /// `poolcheck`
    Check,
    /// `poolcompact`
    Compact,
    /// `pooldump`
    Dump,
    /// `poolwalk`
    Walk,
    /// `poolstats`
    Count,
    /// `poolreset`
    Reset,
}

/// What a program takes for a block.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Address {
    /// So far from a block.
    Near(u16, i8),
    /// A part of the pool, and so many words from there.
    Part(u16, i8),
    /// Any number.
    Any(u64),
}

/// A word of a part.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Word {
    /// From its start on.
    First(u8),
    /// Before its end.
    Last(u8),
}

/// What is written.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Value {
    /// 0, or all bits.
    Same(bool),
    /// One bit falls over.
    Bit(u8),
    /// A little more or less.
    Plus(i8),
    /// The address of another part.
    Part(u16, i8),
    /// What stands in a word of another part.
    Copy(u16, Word),
    /// Anything.
    Any(u64),
}

/// What the program takes for a block of its own.
#[derive(Clone, Copy, Debug)]
struct Block {
    data: usize,
    bytes: usize,
    /// It is, and nothing else was written there.
    is_whole: bool,
}

struct World {
    program: Program,
    blocks: Vec<Block>,
    /// Words were written that may look right.
    is_forged: bool,
}

/// Plays a script.
pub fn play(script: &Script) {
    let mut program = Program::start(&script.setup.plan(script.panic_jumps), |pool| script.setup.configure(pool));
    program.expect_panics();
    let mut world = World { program, blocks: Vec::new(), is_forged: false };
    for act in script.acts.iter().take(ACTS_MAX) {
        world.act(act);
        world.check_contents();
    }
    world.program.call(&plain(Operation::Check));
    world.program.call(&plain(Operation::Destroy));
    // What was too damaged to end is forgotten all the same, before the next pool takes the place of this one.
    world.program.pool().freeroot = std::ptr::null_mut();
}

impl World {
    fn act(&mut self, act: &Act) {
        match *act {
            Act::Alloc(size) => self.alloc(&with_size(Operation::Alloc, size.bytes())),
            Act::AllocZeroed(size) => self.alloc(&with_size(Operation::AllocZeroed, size.bytes())),
            Act::AllocAligned(size, placing) => self.alloc(&placing.call(size.bytes())),
            Act::Free(number) => {
                if let Some(index) = usize::from(number).checked_rem(self.blocks.len()) {
                    let data = self.blocks.swap_remove(index).data;
                    self.with_address(BlockCall::Free, data, 0);
                }
            }
            Act::FreeAndKeep(number) => self.with_address(BlockCall::Free, self.picked(number), 0),
            Act::Resize(number, size) => self.resize(number, size.bytes()),
            Act::WithBlock(call, number) => self.with_address(call, self.picked(number), 1),
            Act::WithAddress(call, address, size) => {
                let address = self.address(address);
                self.with_address(call, address, size.bytes());
            }
            Act::Plain(call) => self.plain(call),
            Act::Trim(size) => drop(self.call(&with_size(Operation::Trim, size.bytes()))),
            Act::Flags(bits) => self.program.pool().flags = flags_of(bits),
            Act::Write(number, word, value) => self.write(number, word, value),
            Act::Overrun(number, count, byte) => self.overrun(number, count, byte),
            Act::Figure(field, value) => self.write_figure(field, value),
        }
    }

    /// Blocks that have moved are where they are now.
    fn call(&mut self, call: &Call) -> Answer {
        let answer = self.program.call(call);
        for event in self.program.events().iter().filter(|event| event.kind == EventKind::Moved) {
            for block in self.blocks.iter_mut().filter(|block| block.data == event.block) {
                block.data = event.to;
            }
        }
        answer
    }

    fn check_contents(&self) {
        for block in self.blocks.iter().filter(|block| block.is_whole && !self.is_forged) {
            // SAFETY: a block of the program's.
            let memory = unsafe { bytes_at(block.data, block.bytes) };
            assert!(memory.iter().all(|byte| *byte == CONTENT), "{block:x?} has changed");
        }
    }

    fn picked(&self, number: u16) -> usize {
        let index = usize::from(number).checked_rem(self.blocks.len());
        index.map_or(0, |index| self.blocks[index].data)
    }

    /// The program fills what it gets, and that must be memory of the pool's that it does not have already.
    fn take(&mut self, data: usize, n: u64) {
        if data == 0 {
            return;
        }
        let bytes = usize::try_from(n).expect("so much was returned");
        assert!(is_in_arenas(&self.program.arenas(), data, bytes), "{bytes} bytes at {data:x} are not the pool's");
        for other in self.blocks.iter_mut().filter(|other| other.data < data + bytes && data < other.data + other.bytes)
        {
            assert!(!other.is_whole || self.is_forged, "{bytes} bytes at {data:x} are those of {other:x?} too");
            other.is_whole = false;
        }
        // SAFETY: memory that the program gave the pool, and nothing else refers to it.
        unsafe { bytes_at(data, bytes) }.fill(CONTENT);
        self.blocks.push(Block { data, bytes, is_whole: true });
    }

    fn alloc(&mut self, call: &Call) {
        if self.blocks.len() < BLOCKS_MAX {
            let answer = self.call(call);
            self.take(answer.block, call.n);
        }
    }

    /// What is damaged stays as it is, and nil is returned for it: the program has it no more.
    fn resize(&mut self, number: u16, n: u64) {
        let Some(index) = usize::from(number).checked_rem(self.blocks.len()) else { return };
        let Block { data, bytes, .. } = self.blocks.swap_remove(index);
        self.spoil_near(data);
        let answer = self.call(&Call { block: data, ..with_size(Operation::Resize, n) });
        if answer.block == 0 && n != 0 {
            self.blocks.push(Block { data, bytes, is_whole: false });
        }
        self.take(answer.block, n);
    }

    /// A call that may be a mistake. What it takes for a block is the program's no more.
    fn with_address(&mut self, call: BlockCall, block: usize, n: u64) {
        let operation = match call {
            BlockCall::Free => Operation::Free,
            BlockCall::Resize => Operation::Resize,
            BlockCall::Usable => Operation::Usable,
            BlockCall::CheckBlock => Operation::CheckBlock,
            BlockCall::Overlap => Operation::Overlap,
        };
        if matches!(call, BlockCall::Free | BlockCall::Resize) {
            self.spoil_near(block);
        }
        self.call(&Call { block, ..with_size(operation, n) });
    }

    /// An address is taken for the block that begins in its word, or, where that is aligned, behind the space in front of
    /// it. What was spoilt before is passed over: it may be freed long since, and the space in front of another by now.
    fn spoil_near(&mut self, address: usize) {
        let above = self.blocks.iter_mut().filter(|block| block.is_whole && block.data >= address & !(WORD - 1));
        if let Some(first) = above.min_by_key(|block| block.data) {
            first.is_whole = false;
        }
    }

    fn plain(&mut self, call: PlainCall) {
        let operation = match call {
            PlainCall::Check => Operation::Check,
            PlainCall::Compact => Operation::Compact,
            PlainCall::Dump => Operation::Dump,
            PlainCall::Walk => Operation::Walk,
            PlainCall::Count => Operation::Count,
            PlainCall::Reset => {
                self.blocks.clear();
                Operation::Reset
            }
        };
        self.call(&plain(operation));
    }

    fn parts(&mut self) -> Vec<poolpart> {
        self.call(&plain(Operation::Walk));
        self.program.parts()
    }

    fn address(&mut self, address: Address) -> usize {
        match address {
            Address::Near(number, offset) => self.picked(number).wrapping_add_signed(offset.into()),
            Address::Part(number, words) => {
                let parts = self.parts();
                let start = picked_part(&parts, number).map_or(0, |part| part.start.addr());
                start.wrapping_add_signed(isize::from(words) * WORD_STEP)
            }
            Address::Any(number) => usize::try_from(number).unwrap(),
        }
    }

    fn value(&mut self, old: usize, value: Value, parts: &[poolpart]) -> usize {
        match value {
            Value::Same(is_ones) => 0_usize.wrapping_sub(usize::from(is_ones)),
            Value::Bit(bit) => old ^ 1 << (bit % 64),
            Value::Plus(more) => old.wrapping_add_signed(more.into()),
            Value::Part(number, words) => {
                let start = picked_part(parts, number).map_or(0, |part| part.start.addr());
                start.wrapping_add_signed(isize::from(words) * WORD_STEP)
            }
            Value::Copy(number, word) => picked_part(parts, number)
                .and_then(|part| self.word(part, word))
                .map_or(0, |place| usize::from_ne_bytes(*place)),
            Value::Any(number) => usize::try_from(number).unwrap(),
        }
    }

    /// A word of the pool's, if it is one that may be written.
    fn word(&self, part: &poolpart, word: Word) -> Option<&'static mut [u8; WORD]> {
        let (start, end) = (part.start.addr(), part.start.addr().wrapping_add(part.bytes));
        let is_arena = part.kind == POOL_PART_ARENA;
        let place = match word {
            Word::First(number) => start + usize::from(number) % if is_arena { 6 } else { 8 } * WORD,
            Word::Last(number) => end.wrapping_sub((1 + usize::from(number) % if is_arena { 2 } else { 4 }) * WORD),
        };
        let is_there = place % WORD == 0 && is_in_arenas(&self.program.arenas(), place, WORD);
        // SAFETY: memory that the program gave the pool, and no call is at work on it.
        is_there.then(|| unsafe { bytes_at(place, WORD) }.try_into().expect("a word"))
    }

    fn write(&mut self, number: u16, word: Word, value: Value) {
        let parts = self.parts();
        let Some(place) = picked_part(&parts, number).and_then(|part| self.word(part, word)) else { return };
        self.is_forged = true;
        let written = self.value(usize::from_ne_bytes(*place), value, &parts);
        *place = written.to_ne_bytes();
    }

    fn overrun(&mut self, number: u16, count: u8, byte: u8) {
        let Some(index) = usize::from(number).checked_rem(self.blocks.len()) else { return };
        let Block { data, bytes, .. } = self.blocks[index];
        let (end, count) = (data + bytes, usize::from(count) % 80);
        if is_in_arenas(&self.program.arenas(), end, count) {
            for other in
                self.blocks.iter_mut().filter(|other| other.data < end + count && end < other.data + other.bytes)
            {
                other.is_whole = false;
            }
            // SAFETY: as in word().
            unsafe { bytes_at(end, count) }.fill(byte);
        }
    }

    /// Those that `c-tests/pool/set_aside/test_pool_itself.c` names: the others are followed as they stand.
    fn write_figure(&mut self, field: u8, value: Value) {
        let parts = self.parts();
        let pool = self.program.pool();
        if pool.freeroot.is_null() {
            // A pool that is not in use is as the program makes it.
            return;
        }
        let old = [
            pool.cursize,
            pool.curfree,
            pool.curalloc,
            pool.minarena as usize,
            pool.quantum as usize,
            pool.minblock as usize,
            pool.maxsize,
            pool.arenalist.addr(),
        ];
        self.is_forged = true;
        let field = usize::from(field) % old.len();
        let new = self.value(old[field], value, &parts);
        let pool = self.program.pool();
        match field {
            0 => pool.cursize = new,
            1 => pool.curfree = new,
            2 => pool.curalloc = new,
            3 => pool.minarena = new as u64,
            4 => pool.quantum = new as u64,
            5 => pool.minblock = new as u64,
            6 => pool.maxsize = new,
            _ => pool.arenalist = std::ptr::without_provenance_mut(new),
        }
    }
}

fn picked_part(parts: &[poolpart], number: u16) -> Option<&poolpart> {
    parts.get(usize::from(number).checked_rem(parts.len())?)
}

/// In one, or in what lies between two that may have become one.
fn is_in_arenas(arenas: &[Arena], start: usize, bytes: usize) -> bool {
    let lowest = arenas.iter().map(|arena| arena.start).min().unwrap_or(usize::MAX);
    let highest = arenas.iter().map(Arena::end).max().unwrap_or(0);
    start >= lowest && start.checked_add(bytes).is_some_and(|end| end <= highest)
}
