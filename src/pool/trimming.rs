//! Giving free memory back: arenas without blocks to the program, whole pages inside free blocks to the system.
//!
//! ```text
//!   arena   | Arena | free ......................................... | end |     goes to `free`
//!
//!   arena   | Arena | block | free, links | page | page | ... | tail | block | end |
//!                                         given back: the addresses stay the pool's
//! ```
//!
//! No block moves. From high to low addresses, first all arenas, then pages: as much as may go, so that what is to be
//! kept stays where addresses are low.
#![forbid(unsafe_code)]

use super::block::Block;
use super::call::Call;
use super::damage::Stop;
use super::grant::Grant;
use super::heap::{Heap, MARK_GIVEN_BACK};
use super::index::Index;
use super::integrity::blocks;
use super::layout::{ARENA, ARENA_DOWN, HEADER, MINIMUM, TAIL, UNALLOC_MAGIC, WORD};
use super::room::Room;
use crate::os;

impl Call<'_> {
    /// Gives back what is free, but for `keep_bytes` bytes of it. Returns how many bytes that were. What is damaged is
    /// told of, and stays as it is.
    pub(super) fn trim(&mut self, keep_bytes: usize) -> Result<usize, Stop> {
        self.mends = false;
        self.heap().check_counts()?;
        if self.locked.record().curfree() <= keep_bytes {
            return Ok(0);
        }
        let arena_bytes = self.give_back_arenas(keep_bytes);
        Ok(arena_bytes.saturating_add(self.give_back_pages(keep_bytes)))
    }

    /// The program may use the pool when it gets an arena.
    fn give_back_arenas(&mut self, keep_bytes: usize) -> usize {
        let (mut given_bytes, mut above) = (0_usize, usize::MAX);
        while self.locked.record().free().is_some() {
            let Some(start) = self.arena_below(above) else { break };
            above = start;
            match self.heap().take_arena(start, keep_bytes) {
                Ok(Some(arena)) => {
                    given_bytes = given_bytes.saturating_add(arena.bytes());
                    self.give_back_arena(arena);
                }
                Ok(None) => {}
                Err(Stop) => self.tell(),
            }
        }
        given_bytes
    }

    fn give_back_arena(&mut self, arena: Grant) {
        if let Some(watch) = self.watch {
            watch.arena_ends(arena.start(), arena.bytes());
        }
        self.leave();
        self.locked.free_arena(arena);
        self.look_again();
    }

    fn give_back_pages(&mut self, keep_bytes: usize) -> usize {
        let mut left_bytes = self.locked.record().curfree().saturating_sub(keep_bytes);
        // What the pool fills with patterns is to show that somebody relies on it.
        if self.flags.fills() {
            left_bytes = 0;
        }
        let (mut given_bytes, mut above) = (0_usize, usize::MAX);
        while let Some(start) = self.arena_below(above) {
            above = start;
            match self.heap().give_back_pages_of(start, &mut left_bytes) {
                Ok(bytes) => given_bytes = given_bytes.saturating_add(bytes),
                Err(Stop) => self.tell(),
            }
        }
        given_bytes
    }
}

impl<'heap> Heap<'heap> {
    /// Takes an arena that has no blocks but free ones out of the pool, if enough is free without it.
    fn take_arena(&mut self, start: usize, keep_bytes: usize) -> Result<Option<Grant>, Stop> {
        let Some(place) = self.index.arenas.place_of(start) else { return Ok(None) };
        let room = self.index.arenas.at(place);
        let left_bytes = self.pool.curfree().checked_sub(room.last_end() - room.first());
        if left_bytes.is_none_or(|left_bytes| left_bytes < keep_bytes) || !is_all_free(room) {
            return Ok(None);
        }
        if self.check_before_trimming(place).is_err() {
            // It is looked at again with the others, and told of then.
            self.findings.damage = None;
            return Ok(None);
        }
        if let Err(Stop) = self.take_all(room) {
            self.free_again(room);
            return Err(Stop);
        }
        if self.flags.fills() {
            room.fill(MARK_GIVEN_BACK);
        }
        Ok(Some(self.end_arena(place)))
    }

    /// Takes all blocks of an arena, which are free, out of the index. Where somebody has made up blocks, the index may
    /// know others there.
    fn take_all(&mut self, room: Room<'heap>) -> Result<(), Stop> {
        let mut end = room.first();
        for block in blocks(room) {
            self.take_free(block)?;
            end = block.end();
        }
        let known = self.index.first_within(room).or((end != room.last_end()).then_some(end));
        known.map_or(Ok(()), |block| Err(self.found_block(block, "corrupt free list")))
    }

    fn free_again(&mut self, room: Room<'heap>) {
        blocks(room).filter(|block| block.magic() == UNALLOC_MAGIC).for_each(|block| self.add_free(block));
    }

    /// Takes an arena out of the table and the list, and off what is counted. Where arenas have become one with space
    /// between them, nobody knows whose that was: as long as such ones stay, it counts as theirs.
    fn end_arena(&mut self, place: usize) -> Grant {
        let above = (place + 1 < self.index.arenas.count()).then(|| self.index.arenas.at(place + 1));
        match (place.checked_sub(1).map(|below| self.index.arenas.at(below)), above) {
            (Some(below), above) => self.set_above(below, above),
            (None, Some(above)) => above.set_word(above.start() + ARENA_DOWN, 0),
            (None, None) => self.pool.set_arenalist(0),
        }
        let arena = self.index.arenas.remove(place);
        let all_bytes = self.index.arenas.block_bytes() + self.index.arenas.count() * (ARENA + HEADER);
        self.pool.set_cursize(self.pool.cursize().min(all_bytes));
        arena
    }

    /// Gives back whole pages of the free blocks of an arena, no more than are left to give. Returns how many of these
    /// bytes took memory.
    fn give_back_pages_of(&mut self, start: usize, left_bytes: &mut usize) -> Result<usize, Stop> {
        let Some(place) = self.index.arenas.place_of(start) else { return Ok(0) };
        self.check_before_trimming(place)?;
        let room = self.index.arenas.at(place);
        let (mut given_bytes, mut end) = (0, room.last_end());
        while let Some(block) = block_before(end, room) {
            end = block.address();
            let (from, to) = upper_pages(end + MINIMUM, block.end() - TAIL, *left_bytes, os::page_bytes());
            if !block.is_free() || from >= to {
                continue;
            }
            if let Some(bytes) = block.discard(from, to) {
                given_bytes += bytes;
                *left_bytes -= to - from;
            }
        }
        Ok(given_bytes)
    }

    /// Checks an arena from end to end, its place in the list, and that its free blocks and the lists say the same.
    fn check_before_trimming(&mut self, place: usize) -> Result<(), Stop> {
        let room = self.index.arenas.at(place);
        let start_at = |place: usize| self.index.arenas.at(place).start();
        let below = place.checked_sub(1).map_or(0, start_at);
        let above = if place + 1 < self.index.arenas.count() { start_at(place + 1) } else { 0 };
        let is_first = above == 0;
        self.check_arena_header(room, above)?;
        let is_in_list =
            room.word(room.start() + ARENA_DOWN) == below && (!is_first || self.pool.arenalist() == room.start());
        if !is_in_list {
            return Err(self.found_arena(room, "bad arena list"));
        }
        self.check_with_lists(room)
    }
}

impl<'heap> Index<'heap> {
    /// A block of those that the index itself has, which lies in an arena.
    fn first_within(&self, room: Room<'heap>) -> Option<usize> {
        let lists = (0..self.bits.len()).filter(|group| self.bits[*group] != 0);
        let heads = lists.flat_map(|group| &self.heads[group * 64..(group + 1) * 64]);
        let known = heads.chain(&self.trees).flatten().map(|spot| spot.address());
        let loose = [self.victim.address(), self.grown().map_or(0, Block::address)];
        known.chain(loose).find(|address| (room.start()..room.end()).contains(address))
    }
}

/// True if an arena has no blocks but free ones. There may be several: what comes between arenas that become one is not
/// always joined with what follows.
fn is_all_free(room: Room<'_>) -> bool {
    let end = blocks(room).take_while(|block| block.is_free()).last().map(Block::end);
    end == Some(room.last_end())
}

/// The block that ends at an address, in an arena that was checked.
fn block_before(end: usize, room: Room<'_>) -> Option<Block<'_>> {
    let bytes = room.word(end.wrapping_sub(WORD));
    room.block_of(end.wrapping_sub(bytes), bytes).filter(|_| end > room.first())
}

/// The whole pages between two addresses, the upper ones of them if there are more than so many bytes.
fn upper_pages(from: usize, to: usize, most_bytes: usize, page_bytes: usize) -> (usize, usize) {
    let end = to / page_bytes * page_bytes;
    let most = most_bytes / page_bytes * page_bytes;
    (from.next_multiple_of(page_bytes).max(end.saturating_sub(most)), end)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every span in four small pages, and every limit, against looking at each page.
    #[test]
    fn pages_are_whole_inside_and_the_upper_ones() {
        const PAGE: usize = 16;
        for (from, to) in (0..=4 * PAGE).flat_map(|from| (from..=4 * PAGE).map(move |to| (from, to))) {
            let inside = (0..4).filter(|page| page * PAGE >= from && (page + 1) * PAGE <= to);
            let inside: std::vec::Vec<usize> = inside.collect();
            for most_bytes in 0..=5 * PAGE {
                let taken = &inside[inside.len().saturating_sub(most_bytes / PAGE)..];
                let (first, end) = upper_pages(from, to, most_bytes, PAGE);
                let found: std::vec::Vec<usize> = (first..end.max(first)).step_by(PAGE).map(|at| at / PAGE).collect();
                assert_eq!(found, taken, "{from} to {to}, at most {most_bytes}");
            }
        }
    }
}
