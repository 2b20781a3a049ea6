//! Printing blocks. The program may use the pool, and reset it, whenever a text is printed: what is read for a text is
//! looked up after the one before it, and nothing is known of the pool any more when it has been printed.
#![forbid(unsafe_code)]

use super::Text;
use super::arena_table::Extent;
use super::call::Call;
use super::damage::Complaint;
use super::heap::{Heap, data_bytes, data_of, first_block, size_of, tail_of};
use super::integrity::is_plausible;
use super::layout::{ALLOC_MAGIC, HEADER, WORD};
use super::raw_memory::{byte, word};

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
        self.visit_arenas(|call, arena| {
            call.print_word_and_size(arena.start);
            call.visit_blocks(arena, |call, block, _| call.print_word_and_size(block));
            call.print(&mut Text::of(format_args!("\n")));
        });
    }

    fn print_word_and_size(&mut self, block: usize) {
        self.print(&mut Text::of(format_args!("({block:x} {:08x} {})", word(block), size_of(block))));
    }

    /// Prints what is tolerated in all arenas.
    #[cold]
    pub(super) fn print_tolerated(&mut self) {
        self.visit_arenas(Self::print_tolerated_in);
    }

    /// Prints what is tolerated in an arena.
    #[cold]
    pub(super) fn print_tolerated_in(&mut self, arena: Extent) {
        self.visit_blocks(arena, |call, block, arena| {
            let mut complaint = None;
            // A fault beside it is for the check that follows.
            let _ = call.heap().find_fault(block, arena, &mut complaint);
            if let Some(complaint) = complaint {
                call.complain(complaint);
            }
        });
    }

    /// Visits the arenas from high to low addresses. Each is looked up when it is visited.
    fn visit_arenas(&mut self, mut visit: impl FnMut(&mut Self, Extent)) {
        let mut above = usize::MAX;
        while let Some(arena) = self.heap().index.arenas.highest_below(above) {
            above = arena.start;
            visit(self, arena);
        }
    }

    /// Visits the blocks of an arena as far as one leads to the next. Each is looked up when it is visited.
    fn visit_blocks(&mut self, arena: Extent, mut visit: impl FnMut(&mut Self, usize, Extent)) {
        let mut block = first_block(arena.start);
        while block < arena.end - HEADER {
            let Some(around) = self.heap().arena_of_header(block) else { break };
            let bytes = size_of(block);
            let is_last = !is_plausible(block, bytes, around);
            visit(self, block, around);
            if is_last {
                break;
            }
            block += bytes;
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

impl Heap<'_> {
    /// The arena in which a block may begin here.
    fn arena_of_header(&self, block: usize) -> Option<Extent> {
        self.index.arenas.find(block).filter(|arena| block >= first_block(arena.start) && block < arena.end - HEADER)
    }

    /// The arena of a block that has a header and a tail.
    fn arena_of_whole(&self, block: usize) -> Option<Extent> {
        self.arena_of_header(block).filter(|arena| is_plausible(block, size_of(block), *arena))
    }

    /// Where what the program asked for ends in an allocated block.
    fn end_of_data(&self, block: usize) -> Option<usize> {
        let arena = self.arena_of_whole(block)?;
        if word(block) != ALLOC_MAGIC || data_bytes(block) >= size_of(block) {
            return None;
        }
        let end = data_of(block) + data_bytes(block);
        (end >= arena.start + SHOWN && end + SHOWN <= arena.end).then_some(end)
    }
}

fn header_part(heap: &Heap<'_>, block: usize) -> Option<Text> {
    heap.index.arenas.find(block).filter(|arena| arena.end - block >= 7 * WORD)?;
    let mut text = Text::of(format_args!("pool "));
    text.add_bytes(|room| heap.pool.copy_name(room));
    text.add(format_args!(" block {block:x}\nhdr"));
    add_words(&mut text, block, 6);
    text.add(format_args!("\n"));
    Some(text)
}

fn tail_part(heap: &Heap<'_>, block: usize) -> Option<Text> {
    let arena = heap.arena_of_whole(block)?;
    let tail = tail_of(block);
    let first = (tail - 6 * WORD).max(arena.start);
    let mut text = Text::of(format_args!("tail"));
    add_words(&mut text, first, (tail - first) / WORD);
    text.add(format_args!(" |"));
    add_words(&mut text, tail, 2);
    text.add(format_args!("\n"));
    Some(text)
}

fn data_title(heap: &Heap<'_>, block: usize) -> Option<Text> {
    heap.end_of_data(block).map(|_| Text::of(format_args!("user data ")))
}

fn data_before_end(heap: &Heap<'_>, block: usize) -> Option<Text> {
    let mut text = Text::new();
    add_bytes(&mut text, heap.end_of_data(block)? - SHOWN);
    Some(text)
}

fn data_behind_end(heap: &Heap<'_>, block: usize) -> Option<Text> {
    let mut text = Text::of(format_args!(" | "));
    add_bytes(&mut text, heap.end_of_data(block)?);
    text.add(format_args!("\n"));
    Some(text)
}

fn add_words(text: &mut Text, from: usize, count: usize) {
    for number in 0..count {
        text.add(format_args!(" {:08x}", word(from + number * WORD)));
    }
}

/// Eight bytes, in two groups.
fn add_bytes(text: &mut Text, from: usize) {
    for number in 0..SHOWN {
        let gap = ["", " ", "  "][usize::from(number > 0) + usize::from(number == 4)];
        text.add(format_args!("{gap}{:02x}", byte(from + number)));
    }
}
