//! Finding faults without faulting: nothing that stands in the heap is used before it is checked against the arenas.
#![forbid(unsafe_code)]

use super::block::Block;
use super::block_data::guard_at;
use super::damage::{Complaint, Damage, Fault, Stop};
use super::heap::{BURIED, BURIED_FROM, Heap};
use super::layout::{
    ALIGN_MAGIC, ALLOC_MAGIC, ARENA, ARENA_BYTES, ARENA_DOWN, ARENA_MAGIC, ARENA_PAD, ARENA_UP, ARENATAIL_MAGIC,
    DEAD_MAGIC, FREE_MAGIC, HEADER, MINIMUM, OVERHEAD, SET_ASIDE, TAIL, TAIL_MAGIC0, TAIL_MAGIC1, UNALLOC_MAGIC, WORD,
    first_magic, has_tail_magic, is_same_but_first_magic, second_magic, slack_of, tail_word,
};
use super::room::Room;

impl<'heap> Heap<'heap> {
    /// The block whose data the program means, checked. What is tolerated of it comes to `complaint`.
    #[inline]
    pub(super) fn block_of(&mut self, data: usize, complaint: &mut Option<Complaint>) -> Result<Block<'heap>, Stop> {
        let data = data & !(WORD - 1);
        let Some(room) = self.index.arenas.room(data) else { return Err(self.found(Damage::NoBlock { data })) };
        let lowest = room.first() + HEADER;
        let mut start = data;
        while start > lowest && room.word(start - WORD) == ALIGN_MAGIC {
            start -= WORD;
        }
        let address = start.wrapping_sub(HEADER);
        if start < lowest || room.word(address) != ALLOC_MAGIC {
            return Err(self.found(Damage::NoBlock { data }));
        }
        let block = match room.block(address).filter(|block| block.is_whole_allocated()) {
            Some(block) => block,
            None => self.check_allocated(address, room, complaint)?,
        };
        // Words of the program's own before its data may look like those that align it.
        if start != data && data - start > block.data_bytes() {
            return Err(self.found(Damage::NoBlock { data }));
        }
        self.findings.known = address;
        Ok(block)
    }

    /// Checks an allocated block that is not as most are: one that is pinned, or tolerated.
    fn check_allocated(
        &mut self,
        address: usize,
        room: Room<'heap>,
        complaint: &mut Option<Complaint>,
    ) -> Result<Block<'heap>, Stop> {
        self.find_fault(address, room, complaint).map_err(|fault| self.found(Damage::Passed { block: address, fault }))
    }

    /// Checks a block in the slow path, and prints nothing: what is tolerated comes to `complaint`, also where more is wrong.
    pub(super) fn find_fault(
        &self,
        address: usize,
        room: Room<'heap>,
        complaint: &mut Option<Complaint>,
    ) -> Result<Block<'heap>, Fault> {
        let block = room.block(address);
        match room.word(address) {
            FREE_MAGIC | UNALLOC_MAGIC => check_ends(block),
            DEAD_MAGIC => check_ends(block).and_then(check_buried),
            ALLOC_MAGIC => self.find_fault_in_allocated(block, complaint),
            _ => Err("bad magic"),
        }
    }

    fn find_fault_in_allocated(
        &self,
        block: Option<Block<'heap>>,
        complaint: &mut Option<Complaint>,
    ) -> Result<Block<'heap>, Fault> {
        let Some(block) = block else { return Err("corrupt tail magic0") };
        let (found, bytes) = (block.tail(), block.bytes());
        let (slack, tail) = (slack_of(found), block.end() - TAIL);
        if first_magic(found) != TAIL_MAGIC0 {
            // Exactly one NUL too many is only complained about, if the pool wants that.
            if !(self.flags.tolerates() && slack == OVERHEAD && first_magic(found) == 0) {
                return Err("corrupt tail magic0");
            }
            *complaint = Some(Complaint { block: block.address(), what: "mem user overflow (magic0)" });
        }
        if second_magic(found) != TAIL_MAGIC1 {
            return Err("corrupt tail magic1");
        }
        if block.tail_bytes() != bytes {
            return Err("corrupt tail ptr");
        }
        if slack < OVERHEAD || slack > bytes {
            return Err("too much block data");
        }
        self.check_guard(block, tail + OVERHEAD - slack, complaint)?;
        let expected = [false, true].map(|is_pinned| tail_word(block.address(), bytes, slack, is_pinned));
        // The first byte has been looked at, and may be tolerated.
        if expected.iter().all(|word| !is_same_but_first_magic(*word, found)) {
            return Err("corrupt tail seal");
        }
        Ok(block)
    }

    fn check_guard(&self, block: Block<'heap>, end: usize, complaint: &mut Option<Complaint>) -> Result<(), Fault> {
        for address in end..(block.end() - TAIL).min(end + 4) {
            let found = block.byte(address - block.address());
            if found == guard_at(address)[0] {
                continue;
            }
            if !(address == end && found == 0 && self.flags.tolerates()) {
                return Err("mem user overflow");
            }
            *complaint = Some(Complaint { block: block.address(), what: "mem user overflow" });
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
            let room = self.index.arenas.at(place);
            self.check_arena(room)?;
            for block in blocks(room) {
                if block.is_free() {
                    free_bytes += block.bytes();
                    free_count += 1;
                } else if is_set_aside(block) {
                    aside_bytes += block.bytes();
                }
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
            let room = self.index.arenas.at(place);
            if arena != room.start() {
                return Err(self.found_arena(room, "bad arena list"));
            }
            self.check_arena_header(room, above)?;
            above = arena;
            arena = room.word(arena + ARENA_DOWN);
        }
        if arena != 0 {
            return Err(self.found(Damage::Arena { start: above, end: above, fault: "bad arena list" }));
        }
        Ok(())
    }

    /// Checks the header of an arena, but for the next one below it.
    pub(super) fn check_arena_header(&mut self, room: Room<'heap>, above: usize) -> Result<(), Stop> {
        let field = |offset: usize| room.word(room.start() + offset);
        if field(0) != ARENA_MAGIC {
            return Err(self.found_arena(room, "bad magic"));
        }
        if field(WORD) != ARENA || field(ARENA_PAD) != ARENA {
            return Err(self.found_arena(room, "corrupt tail ptr"));
        }
        if field(ARENA_BYTES) != room.bytes() {
            return Err(self.found_arena(room, "bad arena size"));
        }
        if field(ARENA_UP) != above {
            return Err(self.found_arena(room, "bad arena list"));
        }
        Ok(())
    }

    /// Checks what stands at the end of an arena.
    pub(super) fn check_arena_end(&mut self, room: Room<'heap>) -> Result<(), Stop> {
        let end = room.last_end();
        if room.word(end) != ARENATAIL_MAGIC {
            return Err(self.found_arena(room, "bad arena size"));
        }
        if room.word(end + WORD) != 0 {
            return Err(self.found_arena(room, "bad arena tail size"));
        }
        Ok(())
    }

    /// Checks one arena from end to end, and that its free blocks and the lists say the same.
    pub(super) fn check_with_lists(&mut self, room: Room<'heap>) -> Result<(), Stop> {
        self.check_arena(room)?;
        for block in blocks(room).filter(|block| block.is_free()) {
            if !self.index.agrees(block.spot(), block.bytes()) {
                return Err(self.found_block(block.address(), "corrupt free list"));
            }
        }
        Ok(())
    }

    /// Checks one arena from end to end.
    pub(super) fn check_arena(&mut self, room: Room<'heap>) -> Result<(), Stop> {
        self.check_arena_end(room)?;
        let (mut address, end) = (room.first(), room.last_end());
        while address < end {
            match self.find_fault(address, room, &mut None) {
                Ok(block) => address = block.end(),
                Err(fault) => return Err(self.found_block(address, fault)),
            }
        }
        if address == end { Ok(()) } else { Err(self.found_arena(room, "found wrong tail")) }
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
            listed_bytes = bytes.wrapping_add(listed_bytes);
            true
        });
        if is_whole && (free_count..=most).contains(&seen) {
            return Ok(listed_bytes);
        }
        Err(self.found_block(broken, "corrupt free list"))
    }
}

/// The blocks of an arena, as far as one leads to the next.
pub(super) fn blocks<'heap>(room: Room<'heap>) -> impl Iterator<Item = Block<'heap>> {
    core::iter::successors(room.block(room.first()), move |before| room.block(before.end()))
}

/// True if a block was damaged and is set aside.
pub(super) fn is_set_aside(block: Block<'_>) -> bool {
    block.magic() == DEAD_MAGIC && block.slack() == SET_ASIDE
}

/// The block at an address, of any kind, if its header and its tail belong together.
pub(super) fn whole_block<'heap>(address: usize, room: Room<'heap>) -> Option<Block<'heap>> {
    let block = room.block(address)?;
    let (found, slack, bytes) = (block.tail(), block.slack(), block.bytes());
    let is_whole = match block.magic() {
        FREE_MAGIC | UNALLOC_MAGIC | DEAD_MAGIC => check_ends(Some(block)).is_ok(),
        ALLOC_MAGIC => {
            let seals = [false, true].map(|is_pinned| tail_word(address, bytes, slack, is_pinned));
            // One byte behind a full block may be tolerated.
            let is_sealed = seals.iter().any(|seal| is_same_but_first_magic(*seal, found));
            is_sealed && block.tail_bytes() == bytes && (OVERHEAD..=bytes).contains(&slack)
        }
        _ => false,
    };
    is_whole.then_some(block)
}

/// Checks that header and tail of a block that is not allocated say the same.
fn check_ends<'heap>(block: Option<Block<'heap>>) -> Result<Block<'heap>, Fault> {
    let Some(block) = block else { return Err("corrupt tail magic") };
    let (found, slack, bytes) = (block.tail(), block.slack(), block.bytes());
    if !has_tail_magic(found) {
        return Err("corrupt tail magic");
    }
    if block.tail_bytes() != bytes {
        return Err("corrupt tail ptr");
    }
    let is_sealed = [false, true].iter().any(|pinned| found == tail_word(block.address(), bytes, slack, *pinned));
    let is_slack_right = match block.magic() {
        DEAD_MAGIC => slack == SET_ASIDE || (slack >= OVERHEAD && slack <= bytes),
        _ => slack == 0,
    };
    if is_sealed && is_slack_right { Ok(block) } else { Err("corrupt tail seal") }
}

/// Checks that nobody has written into a buried block. In one that is set aside anything may stand.
fn check_buried(block: Block<'_>) -> Result<Block<'_>, Fault> {
    let end = block.data() + block.data_bytes();
    let start = block.user_data() + BURIED_FROM;
    let is_untouched = || (start..end).all(|address| block.byte(address - block.address()) == BURIED);
    if is_set_aside(block) || is_untouched() { Ok(block) } else { Err("dangling pointer write") }
}
