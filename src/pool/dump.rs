//! Printing blocks. The program may use the pool, and reset it, whenever a text is printed: what is read for a text is
//! looked up after the one before it, and nothing is known of the pool any more when it has been printed.
#![forbid(unsafe_code)]

use super::Text;
use super::block::Block;
use super::call::Call;
use super::damage::Complaint;
use super::heap::Heap;
use super::layout::{ALLOC_MAGIC, OVERHEAD, TAIL, WORD};
use super::room::Room;

/// Makes the next text about a block, if there is one.
type Part = fn(&Heap<'_>, usize) -> Option<Text>;

/// What is printed of a block that is damaged, one after the other.
const PARTS: [Part; 5] = [header_part, tail_part, data_title, data_before_end, data_behind_end];

/// So many bytes are shown before and behind the end of what the program asked for.
const SHOWN: usize = 8;

impl Call<'_> {
    /// Prints all blocks of all arenas.
    pub(super) fn print_all(&mut self) {
        let pool = self.locked.record();
        let mut head = Text::of(format_args!("pool {:x} ", pool.address()));
        head.add_bytes(|room| pool.copy_name(room));
        head.add(format_args!("\n"));
        self.print(&mut head);
        self.visit_arenas(|call, start| {
            call.print_word_and_size(start);
            call.visit_blocks(start, Call::print_word_and_size);
            call.print(&mut Text::of(format_args!("\n")));
        });
    }

    fn print_word_and_size(&mut self, address: usize) {
        let heap = self.heap();
        let word = |address| heap.index.arenas.room(address).map_or(0, |room| room.word(address));
        let (first, second) = (word(address), word(address.wrapping_add(WORD)));
        self.print(&mut Text::of(format_args!("({address:x} {first:08x} {second})")));
    }

    /// Prints what is tolerated in all arenas.
    #[cold]
    pub(super) fn print_tolerated(&mut self) {
        self.visit_arenas(Call::print_tolerated_in);
    }

    /// Prints what is tolerated in the arena that begins here.
    #[cold]
    pub(super) fn print_tolerated_in(&mut self, start: usize) {
        self.visit_blocks(start, |call, address| {
            let mut complaint = None;
            let heap = call.heap();
            // A fault beside it is for the check that follows.
            let _ = heap.index.arenas.room(address).map(|room| heap.find_fault(address, room, &mut complaint));
            if let Some(complaint) = complaint {
                call.complain(complaint);
            }
        });
    }

    /// Visits the arenas from high to low addresses. Each is looked up when it is visited.
    fn visit_arenas(&mut self, mut visit: impl FnMut(&mut Self, usize)) {
        let mut above = usize::MAX;
        while let Some(start) = self.arena_below(above) {
            above = start;
            visit(self, start);
        }
    }

    /// Visits the blocks of an arena as far as one leads to the next. Each is looked up when it is visited.
    fn visit_blocks(&mut self, start: usize, mut visit: impl FnMut(&mut Self, usize)) {
        let Some(room) = self.heap().index.arenas.room(start) else { return };
        let (mut address, last_end) = (room.first(), room.last_end());
        while address < last_end {
            let next = self.heap().block(address).map(Block::end);
            visit(self, address);
            let Some(next) = next else { return };
            address = next;
        }
    }

    /// Prints what is tolerated in a block.
    #[cold]
    pub(super) fn complain(&mut self, complaint: Complaint) {
        self.print(&mut Text::of(format_args!("{}\n", complaint.what)));
        self.dump_block(complaint.block);
    }

    /// Prints a block's header, tail, and the data around its end; nothing that lies outside the arena.
    pub(super) fn dump_block(&mut self, block: usize) {
        for part in PARTS {
            let Some(mut text) = part(&self.heap(), block) else { return };
            self.print(&mut text);
        }
    }
}

impl<'heap> Heap<'heap> {
    /// An allocated block, and so far behind its begin ends what the program asked for, where as much as is shown stands
    /// before and behind that.
    fn end_of_data(&self, address: usize) -> Option<(Block<'heap>, usize)> {
        let block = self.block(address).filter(|block| block.magic() == ALLOC_MAGIC)?;
        let slack = block.slack();
        (slack >= OVERHEAD && slack <= block.bytes()).then(|| (block, block.bytes() + TAIL - slack))
    }
}

fn header_part(heap: &Heap<'_>, block: usize) -> Option<Text> {
    let room = heap.index.arenas.room(block).filter(|room| room.end() - block >= 7 * WORD)?;
    let mut text = Text::of(format_args!("pool "));
    text.add_bytes(|place| heap.pool.copy_name(place));
    text.add(format_args!(" block {block:x}\nhdr"));
    add_words(&mut text, room, block, 6);
    text.add(format_args!("\n"));
    Some(text)
}

fn tail_part(heap: &Heap<'_>, address: usize) -> Option<Text> {
    let room = heap.index.arenas.room(address)?;
    let tail = room.block(address)?.end() - TAIL;
    let first = (tail - 6 * WORD).max(room.start());
    let mut text = Text::of(format_args!("tail"));
    add_words(&mut text, room, first, (tail - first) / WORD);
    text.add(format_args!(" |"));
    add_words(&mut text, room, tail, 2);
    text.add(format_args!("\n"));
    Some(text)
}

fn data_title(heap: &Heap<'_>, block: usize) -> Option<Text> {
    heap.end_of_data(block).map(|_| Text::of(format_args!("user data ")))
}

fn data_before_end(heap: &Heap<'_>, block: usize) -> Option<Text> {
    let (block, end) = heap.end_of_data(block)?;
    let mut text = Text::new();
    add_bytes(&mut text, block, end - SHOWN);
    Some(text)
}

fn data_behind_end(heap: &Heap<'_>, block: usize) -> Option<Text> {
    let (block, end) = heap.end_of_data(block)?;
    let mut text = Text::of(format_args!(" | "));
    add_bytes(&mut text, block, end);
    text.add(format_args!("\n"));
    Some(text)
}

fn add_words(text: &mut Text, room: Room<'_>, from: usize, count: usize) {
    for number in 0..count {
        text.add(format_args!(" {:08x}", room.word(from + number * WORD)));
    }
}

/// Eight bytes, in two groups.
fn add_bytes(text: &mut Text, block: Block<'_>, from: usize) {
    for number in 0..SHOWN {
        let gap = ["", " ", "  "][usize::from(number > 0) + usize::from(number == 4)];
        text.add(format_args!("{gap}{:02x}", block.byte(from + number)));
    }
}
