//! Blocks at addresses that the program asks for.
#![forbid(unsafe_code)]

use super::call::Call;
use super::damage::Stop;
use super::error::Reason;
use super::heap::Heap;
use super::layout::{HEADER, TAIL};

/// Fills what `poolallocalign` returns.
const FILL_ALIGNED: u8 = 0xDD;

/// What `poolallocalign` is asked for.
#[derive(Clone, Copy)]
pub(super) struct Alignment {
    pub(super) align: usize,
    pub(super) offset: isize,
    pub(super) span: usize,
}

impl Call<'_> {
    pub(super) fn allocate_aligned_for_program(&mut self, wanted: usize, how: Alignment) -> Result<usize, Stop> {
        let data = self.allocate_aligned(wanted, how)?;
        self.tell_allocated(data);
        self.tell_of_new(data, wanted);
        Ok(data)
    }

    /// The data of a new block at an address as asked; 0 if there is none.
    fn allocate_aligned(&mut self, data: usize, how: Alignment) -> Result<usize, Stop> {
        let Alignment { align, span, .. } = how;
        let Some(asked) = data.checked_add(align) else { return self.refuse(Reason::InvalidSize) };
        let offset = normal_offset(how);
        let mut start = self.allocate(asked)?;
        if start == 0 {
            return Ok(0);
        }
        if span != 0 && start / span != start.wrapping_add(asked) / span {
            self.release_unseen(start)?;
            let Some(twice) = asked.checked_mul(2) else { return self.refuse(Reason::InvalidSize) };
            start = self.allocate(twice)?;
            if start == 0 {
                return Ok(0);
            }
        }
        let room_end = self.heap().block(start - HEADER).map_or(0, |block| block.end() - TAIL);
        let place = place_in_span(start, data, align, offset, span);
        let place = place.filter(|place| place.checked_add(data).is_some_and(|end| end <= room_end));
        let Some(place) = place else {
            self.release_unseen(start)?;
            return self.refuse(Reason::NoPlace { data, span, align, offset });
        };
        Ok(self.heap().take_place(start, place, data))
    }

    /// Frees a block that the program has never seen, also in a pool that keeps what is freed.
    fn release_unseen(&mut self, data: usize) -> Result<(), Stop> {
        let passed = self.block_of(data)?;
        self.release_block(passed.block)
    }
}

impl Heap<'_> {
    /// Makes `data` bytes at `place` of the block whose data begins at `start` the block's data.
    fn take_place(&mut self, start: usize, place: usize, data: usize) -> usize {
        let Some(whole) = self.block(start - HEADER) else { return 0 };
        self.count_freed(whole.bytes());
        let block = self.free_front(whole, place - start, data);
        block.fill_before(place);
        let block = self.cut(block, place - block.data() + data, true);
        self.count_allocated(block.bytes());
        if self.flags.fills() {
            block.fill(place, data, FILL_ALIGNED);
        }
        place
    }
}

/// The offset between 0 and the alignment; 0 without one.
fn normal_offset(how: Alignment) -> usize {
    if how.align == 0 {
        return usize::from_ne_bytes(how.offset.to_ne_bytes());
    }
    let far = how.offset.unsigned_abs() % how.align;
    if how.offset < 0 { (how.align - far) % how.align } else { far }
}

/// The first address from `start` on that has the offset modulo the alignment, and crosses no multiple of the span.
fn place_in_span(start: usize, data: usize, align: usize, offset: usize, span: usize) -> Option<usize> {
    let place = aligned(start, align, offset);
    let crosses = |place: usize| place / span != place.wrapping_add(data).wrapping_sub(1) / span;
    // No bytes cross nothing, also at the start of a span.
    if span == 0 || data == 0 || !crosses(place) {
        return Some(place);
    }
    let place = aligned(place + (span - place % span), align, offset);
    (!crosses(place)).then_some(place)
}

fn aligned(start: usize, align: usize, offset: usize) -> usize {
    if align == 0 {
        return start;
    }
    let now = start % align;
    if now <= offset { start + (offset - now) } else { start + (align - now + offset) }
}
