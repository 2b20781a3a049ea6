//! Saying what is wrong: the original's text first, then which pool, which call, and what is near.
#![forbid(unsafe_code)]

use core::fmt;
use core::mem;

use super::Text;
use super::arena_table::Extent;
use super::call::Call;
use super::damage::{Damage, Fault, Stop};
use super::error::Reason;
use super::heap::{Heap, first_block, next_of, size_of};
use super::integrity::{is_plausible, is_set_aside, is_whole};
use super::layout::{ALLOC_MAGIC, ARENATAIL_MAGIC, DEAD_MAGIC, FREE_MAGIC, HEADER, NOT_MAGIC, UNALLOC_MAGIC, WORD};
use super::mending::Aside;
use super::raw_memory::word;

impl Call<'_> {
    /// Tells what was found: prints it, sets aside what is damaged, and panics. Where the panic returns or jumps out, the
    /// pool goes on with the rest. What the program passed stays as it is.
    #[cold]
    #[inline(never)]
    pub(super) fn tell(&mut self) {
        match mem::take(&mut self.findings.damage) {
            None => {}
            Some(Damage::Block { block, fault }) => self.tell_block(block, fault),
            Some(Damage::Passed { block, fault }) => {
                let mut last = self.print_fault(block, fault);
                self.panic(&mut last);
            }
            Some(Damage::NoBlock { data }) => self.tell_no_block(data),
            Some(Damage::Arena { arena, fault }) => self.tell_arena(arena, fault),
            Some(Damage::Count { name, found, expected }) => self.tell_count(name, found, expected),
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
        // The program may use the pool while it prints: so only now, when that is whole.
        for (block, bytes) in aside.spans() {
            self.print_set_aside(*block, *bytes);
        }
    }

    /// Sets aside what is damaged, and says what. Nothing is to be tried again.
    pub(super) fn mend_all(&mut self) {
        self.mend(|heap| heap.mend(0));
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
        match self.heap().index.arenas.find(data) {
            None => line.add(format_args!("; it lies in no arena of this pool: a foreign pointer, or another pool's")),
            Some(arena) => add_state(&mut line, data, arena),
        }
        self.panic(&mut line);
    }

    fn tell_arena(&mut self, arena: Extent, fault: Fault) {
        let mut line = Text::of(format_args!("{fault}: "));
        self.add_pool(&mut line);
        line.add(format_args!(", arena {:x} to {:x}\n", arena.start, arena.end));
        self.print(&mut line);
        let mut last = Text::of(format_args!("pool panic: {fault}: "));
        self.add_pool(&mut last);
        last.add(format_args!(", arena {:x}", arena.start));
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
        let Some(arena) = self.heap().index.arenas.find(block).filter(|arena| arena.end - block >= HEADER) else {
            return;
        };
        if let Some(before) = neighbour_before(block, arena) {
            text.add(format_args!(" behind {before:x} ({}, {} bytes)", kind_of(before), size_of(before)));
        } else if block == first_block(arena.start) {
            text.add(format_args!(" at the start of arena {:x}", arena.start));
        }
        let bytes = size_of(block);
        if !is_plausible(block, bytes, arena) {
            return text.add(format_args!("; its size {bytes:x} is none: written before the block?"));
        }
        let after = block + bytes;
        text.add(format_args!(", before {after:x} ({})", kind_of(after)));
    }
}

/// What is known of an address that is no allocated block's.
fn add_state(text: &mut Text, data: usize, arena: Extent) {
    let block = data.wrapping_sub(2 * WORD);
    let is_block = block >= first_block(arena.start);
    if is_block && is_whole(block, arena) && is_set_aside(block) {
        text.add(format_args!("; it was damaged and set aside"));
    } else if is_block && matches!(word(block), FREE_MAGIC | DEAD_MAGIC | NOT_MAGIC) {
        text.add(format_args!("; it was freed before"));
    }
    let Some(around) = neighbour_before(data, arena) else {
        return text.add(format_args!("; it lies in arena {:x}, and what stands before it is broken", arena.start));
    };
    text.add(format_args!("; it lies in block {around:x} ({}, {} bytes)", kind_of(around), size_of(around)));
    if let Some(before) = neighbour_before(around, arena) {
        text.add(format_args!(" behind {before:x} ({}, {} bytes)", kind_of(before), size_of(before)));
    }
    let after = next_of(around);
    text.add(format_args!(", before {after:x} ({})", kind_of(after)));
}

/// The last block of an arena that begins below an address; None if a block before it is broken.
fn neighbour_before(address: usize, arena: Extent) -> Option<usize> {
    let mut block = first_block(arena.start);
    let mut found = None;
    while block < address {
        if !is_plausible(block, size_of(block), arena) {
            return None;
        }
        found = Some(block);
        block += size_of(block);
    }
    found
}

fn kind_of(block: usize) -> &'static str {
    match word(block) {
        ALLOC_MAGIC => "allocated",
        FREE_MAGIC => "free",
        DEAD_MAGIC => "freed, never used again",
        UNALLOC_MAGIC => "in work",
        ARENATAIL_MAGIC => "the end of the arena",
        _ => "broken",
    }
}
