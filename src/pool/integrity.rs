//! Finding faults without faulting: nothing that stands in the heap is used before it is checked against the arenas.
#![forbid(unsafe_code)]

use super::arena_table::Extent;
use super::damage::{Complaint, Damage, Fault, Stop};
use super::heap::{
    BURIED, BURIED_FROM, Heap, data_bytes, data_of, first_block, guard_at, size_of, tail_of, user_data_of,
};
use super::layout::{
    ALIGN_MAGIC, ALLOC_MAGIC, ARENA, ARENA_MAGIC, ARENATAIL_MAGIC, DEAD_MAGIC, FREE_MAGIC, HEADER, MINIMUM, OVERHEAD,
    SET_ASIDE, TAIL_MAGIC0, TAIL_MAGIC1, UNALLOC_MAGIC, WORD, first_magic, has_tail_magic, is_same_but_first_magic,
    is_tail, second_magic, slack_of, tail_word,
};
use super::raw_memory::{byte, word};
use super::short::has_guard;

impl Heap<'_> {
    /// The block whose data the program means, checked. What is tolerated of it comes to `complaint`.
    #[inline]
    pub(super) fn block_of(&mut self, data: usize, complaint: &mut Option<Complaint>) -> Result<usize, Stop> {
        let data = data & !(WORD - 1);
        let Some(arena) = self.index.arenas.find(data) else { return Err(self.found(Damage::NoBlock { data })) };
        let lowest = arena.start + ARENA + HEADER;
        let mut start = data;
        while start > lowest && word(start - WORD) == ALIGN_MAGIC {
            start -= WORD;
        }
        let block = start.wrapping_sub(HEADER);
        if start < lowest || word(block) != ALLOC_MAGIC {
            return Err(self.found(Damage::NoBlock { data }));
        }
        self.check_allocated(block, arena, complaint)?;
        // Words of the program's own before its data may look like those that align it.
        if start != data && data - start > data_bytes(block) {
            return Err(self.found(Damage::NoBlock { data }));
        }
        self.findings.known = block;
        Ok(block)
    }

    /// Checks an allocated block in the shortest way: its tail says everything if its seal is right.
    #[inline]
    fn check_allocated(&mut self, block: usize, arena: Extent, complaint: &mut Option<Complaint>) -> Result<(), Stop> {
        let bytes = size_of(block);
        if is_plausible(block, bytes, arena) {
            let tail = word(tail_of(block));
            let is_sealed = is_tail(tail, block, bytes) && word(tail_of(block) + WORD) == bytes;
            if is_sealed && has_guard(block.wrapping_add(bytes), bytes, slack_of(tail)) {
                return Ok(());
            }
        }
        self.find_fault(block, arena, complaint).map_err(|fault| self.found(Damage::Passed { block, fault }))
    }

    /// Checks a block in the long way, and prints nothing: what is tolerated comes to `complaint`, also where more is wrong.
    pub(super) fn find_fault(
        &self,
        block: usize,
        arena: Extent,
        complaint: &mut Option<Complaint>,
    ) -> Result<(), Fault> {
        let bytes = size_of(block);
        match word(block) {
            FREE_MAGIC | UNALLOC_MAGIC => check_ends(block, bytes, arena),
            DEAD_MAGIC => {
                check_ends(block, bytes, arena)?;
                if is_set_aside(block) { Ok(()) } else { check_buried(block) }
            }
            ALLOC_MAGIC => self.find_fault_in_allocated(block, bytes, arena, complaint),
            _ => Err("bad magic"),
        }
    }

    fn find_fault_in_allocated(
        &self,
        block: usize,
        bytes: usize,
        arena: Extent,
        complaint: &mut Option<Complaint>,
    ) -> Result<(), Fault> {
        if !is_plausible(block, bytes, arena) {
            return Err("corrupt tail magic0");
        }
        let tail = tail_of(block);
        let found = word(tail);
        let end = data_of(block).wrapping_add(bytes.wrapping_sub(slack_of(found)));
        if first_magic(found) != TAIL_MAGIC0 {
            // Exactly one NUL too many is only complained about, if the pool wants that.
            if !(self.flags.tolerates() && end == tail && first_magic(found) == 0) {
                return Err("corrupt tail magic0");
            }
            *complaint = Some(Complaint { block, what: "mem user overflow (magic0)" });
        }
        if second_magic(found) != TAIL_MAGIC1 {
            return Err("corrupt tail magic1");
        }
        if word(tail + WORD) != bytes {
            return Err("corrupt tail ptr");
        }
        let slack = slack_of(found);
        if slack < OVERHEAD || slack > bytes {
            return Err("too much block data");
        }
        self.check_guard(block, end, complaint)?;
        let expected = [tail_word(block, bytes, slack, false), tail_word(block, bytes, slack, true)];
        // The first byte has been looked at, and may be tolerated.
        if expected.iter().all(|word| !is_same_but_first_magic(*word, found)) {
            return Err("corrupt tail seal");
        }
        Ok(())
    }

    fn check_guard(&self, block: usize, end: usize, complaint: &mut Option<Complaint>) -> Result<(), Fault> {
        for address in end..tail_of(block).min(end + 4) {
            let found = byte(address);
            if found == guard_at(address)[0] {
                continue;
            }
            if !(address == end && found == 0 && self.flags.tolerates()) {
                return Err("mem user overflow");
            }
            *complaint = Some(Complaint { block, what: "mem user overflow" });
        }
        Ok(())
    }

    /// Checks all arenas, all blocks, all lists and what is counted.
    pub(super) fn check_all(&mut self) -> Result<(), Stop> {
        let mut free_bytes = 0;
        let mut free_count = 0;
        let mut aside_bytes = 0;
        self.check_arena_list()?;
        for place in (0..self.index.arenas.count()).rev() {
            let arena = self.index.arenas.at(place);
            self.check_arena(arena)?;
            let mut block = first_block(arena.start);
            while block < arena.end - HEADER {
                let bytes = size_of(block);
                if word(block) == FREE_MAGIC {
                    free_bytes += bytes;
                    free_count += 1;
                } else if word(block) == DEAD_MAGIC && is_set_aside(block) {
                    aside_bytes += bytes;
                }
                block += bytes;
            }
        }
        let listed_bytes = self.check_lists(free_count, aside_bytes)?;
        let free_bytes = if aside_bytes == 0 { free_bytes } else { listed_bytes };
        if free_bytes != self.pool.curfree() {
            return Err(self.found_count("curfree", self.pool.curfree(), free_bytes));
        }
        self.check_counts()
    }

    /// Checks that what is counted adds up.
    #[inline]
    pub(super) fn check_counts(&mut self) -> Result<(), Stop> {
        let block_bytes = self.index.arenas.block_bytes();
        if self.pool.curfree().wrapping_add(self.pool.curalloc()) == block_bytes {
            return Ok(());
        }
        Err(self.found_counts())
    }

    #[cold]
    fn found_counts(&mut self) -> Stop {
        let block_bytes = self.index.arenas.block_bytes();
        let (curfree, curalloc) = (self.pool.curfree(), self.pool.curalloc());
        let free_bytes = self.listed().map_or(0, |(_, bytes)| bytes);
        if free_bytes != curfree {
            return self.found_count("curfree", curfree, free_bytes);
        }
        self.found_count("curalloc", curalloc, block_bytes.wrapping_sub(free_bytes))
    }

    #[cold]
    fn found_count(&mut self, name: &'static str, found: usize, expected: usize) -> Stop {
        self.found(Damage::Count { name, found, expected })
    }

    #[cold]
    fn found_arena(&mut self, arena: Extent, fault: Fault) -> Stop {
        self.found(Damage::Arena { arena, fault })
    }

    /// How many blocks are listed, and how many bytes. None if a list is broken.
    pub(super) fn listed(&self) -> Option<(usize, usize)> {
        let most = self.index.arenas.block_bytes() / MINIMUM;
        let (mut count, mut listed_bytes) = (0, 0_usize);
        let is_whole = self.index.visit(&mut |block, bytes| {
            count += 1;
            listed_bytes = listed_bytes.wrapping_add(bytes);
            count <= most && block.magic() == FREE_MAGIC && block.bytes() == bytes
        });
        is_whole.then_some((count, listed_bytes))
    }

    /// Checks the list that runs through the arenas against the table.
    fn check_arena_list(&mut self) -> Result<(), Stop> {
        let (mut arena, mut above) = (self.pool.arenalist(), 0);
        for place in (0..self.index.arenas.count()).rev() {
            let extent = self.index.arenas.at(place);
            if arena != extent.start {
                return Err(self.found_arena(extent, "bad arena list"));
            }
            if word(arena) != ARENA_MAGIC {
                return Err(self.found_arena(extent, "bad magic"));
            }
            let (size, up, down, bytes, pad) = arena_fields(arena);
            if size != ARENA || pad != ARENA {
                return Err(self.found_arena(extent, "corrupt tail ptr"));
            }
            if bytes != extent.end - extent.start {
                return Err(self.found_arena(extent, "bad arena size"));
            }
            if up != above {
                return Err(self.found_arena(extent, "bad arena list"));
            }
            above = arena;
            arena = down;
        }
        if arena != 0 {
            let lowest = Extent { start: above, end: above };
            return Err(self.found_arena(lowest, "bad arena list"));
        }
        Ok(())
    }

    /// Checks one arena from end to end.
    pub(super) fn check_arena(&mut self, arena: Extent) -> Result<(), Stop> {
        let end = arena.end - HEADER;
        if word(end) != ARENATAIL_MAGIC {
            return Err(self.found_arena(arena, "bad arena size"));
        }
        if word(end + WORD) != 0 {
            return Err(self.found_arena(arena, "bad arena tail size"));
        }
        let mut block = first_block(arena.start);
        while block < end {
            if let Err(fault) = self.find_fault(block, arena, &mut None) {
                return Err(self.found_block(block, fault));
            }
            block += size_of(block);
        }
        if block == end { Ok(()) } else { Err(self.found_arena(arena, "found wrong tail")) }
    }

    /// Checks the lists. Returns how many bytes are listed.
    fn check_lists(&mut self, free_count: usize, aside_bytes: usize) -> Result<usize, Stop> {
        // What was whole between two damaged blocks was set aside with them, and is used again once the program frees it.
        let most = free_count + aside_bytes / MINIMUM;
        let mut seen = 0;
        let mut listed_bytes = 0;
        let mut broken = 0;
        let is_whole = self.index.visit(&mut |block, bytes| {
            seen += 1;
            let is_free = block.magic() == FREE_MAGIC && block.bytes() == bytes;
            if !is_free || seen > most {
                broken = block.address();
                return false;
            }
            listed_bytes += bytes;
            true
        });
        if is_whole && (free_count..=most).contains(&seen) {
            return Ok(listed_bytes);
        }
        Err(self.found_block(broken, "corrupt free list"))
    }
}

/// True if a block with this header was damaged and is set aside.
pub(super) fn is_set_aside(block: usize) -> bool {
    word(block) == DEAD_MAGIC && slack_of(word(tail_of(block))) == SET_ASIDE
}

/// True if header and tail of a block of any kind belong together. Says nothing and reads nothing outside the arena.
pub(super) fn is_whole(block: usize, arena: Extent) -> bool {
    let bytes = size_of(block);
    match word(block) {
        FREE_MAGIC | UNALLOC_MAGIC | DEAD_MAGIC => check_ends(block, bytes, arena).is_ok(),
        ALLOC_MAGIC if is_plausible(block, bytes, arena) => {
            let found = word(tail_of(block));
            let slack = slack_of(found);
            let seals = [tail_word(block, bytes, slack, false), tail_word(block, bytes, slack, true)];
            // One byte behind a full block may be tolerated.
            let is_sealed = seals.iter().any(|seal| is_same_but_first_magic(*seal, found));
            is_sealed && word(tail_of(block) + WORD) == bytes && (OVERHEAD..=bytes).contains(&slack)
        }
        _ => false,
    }
}

/// True if a block of this size can stand there.
#[inline]
pub(super) fn is_plausible(block: usize, bytes: usize, arena: Extent) -> bool {
    let room = (arena.end - HEADER).saturating_sub(block);
    block >= arena.start + ARENA && bytes >= OVERHEAD && bytes <= room && bytes % WORD == 0
}

/// Checks that header and tail of a block that is not allocated say the same.
fn check_ends(block: usize, bytes: usize, arena: Extent) -> Result<(), Fault> {
    if !is_plausible(block, bytes, arena) || (word(block) == FREE_MAGIC && bytes < MINIMUM) {
        return Err("corrupt tail magic");
    }
    let tail = tail_of(block);
    let found = word(tail);
    if !has_tail_magic(found) {
        return Err("corrupt tail magic");
    }
    if word(tail + WORD) != bytes {
        return Err("corrupt tail ptr");
    }
    let slack = slack_of(found);
    let is_sealed = found == tail_word(block, bytes, slack, false) || found == tail_word(block, bytes, slack, true);
    let is_slack_right = match word(block) {
        DEAD_MAGIC => slack == SET_ASIDE || (slack >= OVERHEAD && slack <= bytes),
        _ => slack == 0,
    };
    if is_sealed && is_slack_right { Ok(()) } else { Err("corrupt tail seal") }
}

fn check_buried(block: usize) -> Result<(), Fault> {
    let end = data_of(block) + data_bytes(block);
    let start = user_data_of(block) + BURIED_FROM;
    if (start..end).any(|address| byte(address) != BURIED) {
        return Err("dangling pointer write");
    }
    Ok(())
}

/// size, aup, down, asize, pad
fn arena_fields(arena: usize) -> (usize, usize, usize, usize, usize) {
    let field = |number: usize| word(arena + number * WORD);
    (field(1), field(2), field(3), field(4), field(5))
}
