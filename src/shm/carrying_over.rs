//! Pixels that a program does not draw are copied from another buffer, because it says so.

use crate::os::RowsShape;
use crate::scroll::Remainder;
use crate::units::Rectangle;

use super::arenas::Arenas;
use super::buffer::Buffer;
use super::{Display, Handle, Key};

/// Why nothing was copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCarried {
    /// One of them was given up.
    GivenUp,
    /// The buffer to copy to is not in the program's hands.
    NotHandedOut,
    /// The two have not the same size, or not the same format.
    NotAlike,
}

impl<H: Handle> Display<H> {
    /// Copies from one buffer to another all but what the program is going to draw. `visit_drawn` calls its argument for
    /// each rectangle of that, as a region has them.
    pub fn carry_over(
        &mut self,
        to: Key,
        from: Key,
        visit_drawn: impl Fn(&mut dyn FnMut(Rectangle)),
    ) -> Result<(), NotCarried> {
        let pair = self.buffers.get(to).zip(self.buffers.get(from));
        let (target, source) = pair.ok_or(NotCarried::GivenUp)?;
        if !target.state.is_held() {
            return Err(NotCarried::NotHandedOut);
        }
        if target.picture != source.picture {
            return Err(NotCarried::NotAlike);
        }
        if to == from {
            return Ok(());
        }
        let copied_bytes = target.take_over(&self.arenas, source, visit_drawn);
        let is_frame_before = self.is_frame_before(target, source);
        if let Some(buffer) = self.buffers.get_mut(to) {
            self.copy_statistics.count_caught_up(copied_bytes);
            self.holdings.count_copied(&buffer.account, copied_bytes);
            match &mut buffer.record {
                Some(record) if is_frame_before => record.begin_after_it(),
                Some(record) => record.lose_track(),
                None => {}
            }
        }
        Ok(())
    }

    /// True if what is in `source` is what the frame in `target` begins with, as far as others know of it.
    fn is_frame_before(&self, target: &Buffer<H>, source: &Buffer<H>) -> bool {
        let (Some(now), Some(before)) = (&target.record, &source.record) else { return false };
        let mut next = self.buffers.first_tagged(source.kind.group());
        while let Some(index) = next {
            let is_between = |other: &Buffer<H>| {
                other.handed_out_at > source.handed_out_at && other.handed_out_at != target.handed_out_at
            };
            if self.buffers.at(index).is_some_and(is_between) {
                return false;
            }
            next = self.buffers.next_tagged(index);
        }
        target.kind == source.kind && now.is_unmoved() && before.is_as_known(&source.handle)
    }
}

impl<H: Handle> Buffer<H> {
    /// Returns the bytes that were copied.
    fn take_over(&self, arenas: &Arenas, source: &Buffer<H>, visit_drawn: impl Fn(&mut dyn FnMut(Rectangle))) -> usize {
        let (to, from) = (arenas.space(self.range).mapping(), arenas.space(source.range).mapping());
        let (to_start, from_start) = (self.view_span().start, source.view_span().start);
        let (pixel_bytes, stride_bytes) = (self.picture.pixel_bytes(), self.picture.row_bytes());
        let mut copied_bytes = 0;
        let mut copy = |kept: Rectangle| {
            let offset_bytes = kept.top * stride_bytes + kept.left * pixel_bytes;
            let row_bytes = (kept.right - kept.left) * pixel_bytes;
            let shape = RowsShape { rows: kept.bottom - kept.top, row_bytes, stride_bytes };
            to.copy_rows_from(to_start + offset_bytes, from, from_start + offset_bytes, shape);
            copied_bytes += shape.rows * row_bytes;
        };
        let mut remainder = Remainder::new(self.picture.stride_pixels(), self.picture.rows());
        visit_drawn(&mut |drawn| remainder.pass(drawn, &mut copy));
        remainder.finish(&mut copy);
        copied_bytes
    }
}
