//! Saying what is wrong: the original's text first, then which pool, which call, and what is near.
#![forbid(unsafe_code)]

use core::fmt;
use core::mem;

use super::Text;
use super::block::Block;
use super::call::Call;
use super::damage::{Damage, Fault, Stop};
use super::error::Reason;
use super::heap::Heap;
use super::integrity::{blocks, is_set_aside, whole_block};
use super::layout::{ALLOC_MAGIC, ARENATAIL_MAGIC, DEAD_MAGIC, FREE_MAGIC, HEADER, NOT_MAGIC, UNALLOC_MAGIC, WORD};
use super::mending::Aside;
use super::room::Room;

impl Call<'_> {
    /// Tells what was found: prints it, sets aside what is damaged, and panics. Where the panic returns or jumps out, the
    /// pool goes on with the rest. What the program passed stays as it is.
    #[cold]
    #[inline(never)]
    pub(super) fn tell(&mut self) {
        let Some(damage) = mem::take(&mut self.findings.damage) else { return };
        // What the call goes on with must not move meanwhile: the program may compact its pool.
        let about = [self.findings.known, self.findings.made];
        let is_held = about.map(|block| self.hold(block));
        match damage {
            Damage::Block { block, fault } => self.tell_block(block, fault),
            Damage::Passed { block, fault } => {
                let mut last = self.print_fault(block, fault);
                self.panic(&mut last);
            }
            Damage::NoBlock { data } => self.tell_no_block(data),
            Damage::Arena { start, end, fault } => self.tell_arena(start, end, fault),
            Damage::Count { name, found, expected } => self.tell_count(name, found, expected),
        }
        for (block, _) in about.into_iter().zip(is_held).filter(|(_, is_held)| *is_held) {
            self.let_go(block);
        }
    }

    fn tell_block(&mut self, block: usize, fault: Fault) {
        let mut last = self.print_fault(block, fault);
        self.mend(|heap| heap.mend(block));
        self.panic(&mut last);
    }

    /// Sets aside what is damaged, if this call does, and says what.
    fn mend(&mut self, mend: impl FnOnce(&mut Heap<'_>) -> Aside) {
        if !self.mends {
            return;
        }
        let aside = mend(&mut self.heap());
        self.has_mended = true;
        self.tell_aside(&aside);
    }

    /// The program may use the pool while it prints: so only when all is whole.
    fn tell_aside(&mut self, aside: &Aside) {
        for (block, bytes) in aside.spans() {
            self.print_set_aside(*block, *bytes);
        }
    }

    /// Sets aside what is damaged, and says what. Nothing is to be tried again.
    pub(super) fn mend_all(&mut self) {
        let aside = self.heap().mend(0);
        self.tell_aside(&aside);
        self.has_mended = false;
    }

    /// Prints what is wrong with a block. Returns the text for the panic.
    fn print_fault(&mut self, block: usize, fault: &str) -> Text {
        let mut line = Text::of(format_args!("{fault}: "));
        self.add_place(&mut line, block);
        line.add(format_args!("\n"));
        self.print(&mut line);
        self.dump_block(block);
        let mut last = Text::of(format_args!("pool panic: {fault}: "));
        self.add_place(&mut last, block);
        last
    }

    fn tell_no_block(&mut self, data: usize) {
        let mut line = Text::of(format_args!("D2B called on non-block {data:x} (double-free?): "));
        self.add_pool(&mut line);
        match self.heap().index.arenas.room(data) {
            None => line.add(format_args!("; it lies in no arena of this pool: a foreign pointer, or another pool's")),
            Some(room) => add_state(&mut line, data, room),
        }
        self.panic(&mut line);
    }

    fn tell_arena(&mut self, start: usize, end: usize, fault: Fault) {
        let mut line = Text::of(format_args!("{fault}: "));
        self.add_pool(&mut line);
        line.add(format_args!(", arena {start:x} to {end:x}\n"));
        self.print(&mut line);
        let mut last = Text::of(format_args!("pool panic: {fault}: "));
        self.add_pool(&mut last);
        last.add(format_args!(", arena {start:x}"));
        self.mend(|heap| heap.mend(0));
        self.panic(&mut last);
    }

    /// What the program's alloc returned is no arena that the pool can use.
    #[cold]
    pub(super) fn report_bad_arena(&mut self, arena: usize, bytes: usize, fault: fmt::Arguments<'_>) -> Stop {
        let mut line = Text::of(format_args!("bad arena: "));
        self.add_pool(&mut line);
        line.add(format_args!(", alloc({bytes}) returned {arena:x}: {fault}"));
        self.panic(&mut line);
        self.refusal = Some(Reason::BadArena);
        Stop
    }

    fn tell_count(&mut self, name: &str, found: usize, expected: usize) {
        let mut line = Text::of(format_args!("pool panic: wrong {name}: "));
        self.add_pool(&mut line);
        line.add(format_args!(", {name} is {found}, the blocks add up to {expected}"));
        self.mend(|heap| heap.count_anew());
        self.panic(&mut line);
    }

    /// There was no index in a pool that was used. Returns if the panic does, and the call goes on.
    #[cold]
    pub(super) fn report_lost(&mut self, is_read: bool) {
        let mut line = Text::of(format_args!("pool panic: bad freeroot: "));
        self.add_pool(&mut line);
        let now = if is_read { "its blocks are listed anew" } else { "its arenas are lost" };
        line.add(format_args!(", it is nil in a pool that was used: {now}"));
        self.panic(&mut line);
    }

    /// Says what is set aside.
    fn print_set_aside(&mut self, block: usize, bytes: usize) {
        let mut line = Text::of(format_args!("set aside: "));
        self.add_pool(&mut line);
        line.add(format_args!(", {bytes} bytes from {block:x} on are never given out again\n"));
        self.print(&mut line);
    }

    /// Says what is wrong, for the last time. Where that returns, the program may have used the pool meanwhile.
    fn panic(&mut self, text: &mut Text) {
        self.refusal = Some(Reason::Panicked);
        self.locked.panic(text.terminated());
        self.look_again();
    }

    fn add_pool(&self, text: &mut Text) {
        text.add(format_args!("pool "));
        text.add_bytes(|room| self.locked.record().copy_name(room));
        text.add(format_args!(", {}", self.operation));
    }

    /// The pool, the call, the block, and the block before it.
    fn add_place(&mut self, text: &mut Text, block: usize) {
        self.add_pool(text);
        text.add(format_args!(", block {block:x}"));
        if let Some(room) = self.heap().index.arenas.room(block) {
            add_neighbours(text, block, room);
        }
    }
}

/// The blocks before and behind one.
fn add_neighbours(text: &mut Text, address: usize, room: Room<'_>) {
    if let Some(before) = last_before(address, room) {
        text.add(format_args!(" behind {:x} ({}, {} bytes)", before.address(), kind_of(before), before.bytes()));
    } else if address == room.first() {
        text.add(format_args!(" at the start of arena {:x}", room.start()));
    }
    let Some(block) = room.block(address) else {
        let bytes = room.word(address.wrapping_add(WORD));
        return text.add(format_args!("; its size {bytes:x} is none: written before the block?"));
    };
    text.add(format_args!(", before {:x} ({})", block.end(), kind(block.magic_behind())));
}

/// What is known of an address that is no allocated block's.
fn add_state(text: &mut Text, data: usize, room: Room<'_>) {
    let address = data.wrapping_sub(HEADER);
    if whole_block(address, room).is_some_and(is_set_aside) {
        text.add(format_args!("; it was damaged and set aside"));
    } else if matches!(room.word(address), FREE_MAGIC | DEAD_MAGIC | NOT_MAGIC) {
        text.add(format_args!("; it was freed before"));
    }
    let Some(around) = last_before(data, room) else {
        let start = room.start();
        return text.add(format_args!("; it lies in arena {start:x}, and what stands before it is broken"));
    };
    let (start, bytes) = (around.address(), around.bytes());
    text.add(format_args!("; it lies in block {start:x} ({}, {bytes} bytes)", kind_of(around)));
    if let Some(before) = last_before(start, room) {
        text.add(format_args!(" behind {:x} ({}, {} bytes)", before.address(), kind_of(before), before.bytes()));
    }
    text.add(format_args!(", before {:x} ({})", around.end(), kind(around.magic_behind())));
}

/// The last block of an arena that begins below an address; None if a block before it is broken.
fn last_before<'heap>(address: usize, room: Room<'heap>) -> Option<Block<'heap>> {
    let last = blocks(room).take_while(|block| block.address() < address).last()?;
    // Where the way ends before the address, something is broken.
    (last.end() >= address).then_some(last)
}

fn kind_of(block: Block<'_>) -> &'static str {
    kind(block.magic())
}

fn kind(magic: usize) -> &'static str {
    match magic {
        ALLOC_MAGIC => "allocated",
        FREE_MAGIC => "free",
        DEAD_MAGIC => "freed, never used again",
        UNALLOC_MAGIC => "in work",
        ARENATAIL_MAGIC => "the end of the arena",
        _ => "broken",
    }
}
