//! Buffers that are shown in turn: the older one is brought up to date from the newest.
//!
//! A compositor that keeps the last buffer until the next one makes two of them alternate, and each lags a frame behind.
//! What a frame did is known when the next one begins, and added to what the other buffers of its kind lack. The one
//! that is handed out next makes up for what it lacks: its view moves in its ring, and what is different is copied.
//!
//! ```text
//!   frame         1           2           3
//!   handed out    A           B           A
//!   the program   draws X     draws Y     draws Z
//!   A has         X           X           X, Y from B, Z
//!   B has                     X, Y        X, Y                lacks Z, which A has
//! ```

use crate::os::RowsShape;
use crate::scroll::{CatchingUp, Motion};

use super::arenas::{Arenas, Range};
use super::buffer::Buffer;
use super::record::Record;
use super::{Display, Failure, Handle, RecordedScrolls};

/// Where the newest pixels of a group are.
#[derive(Clone, Copy, Debug)]
struct Newest {
    range: Range,
    /// The first byte of the view, counted from the start of the arena.
    start: usize,
}

impl<H: Handle> Display<H> {
    /// A request of this kind begins: what the last frame of the group did is added to what the others lack.
    pub(super) fn end_frame(&mut self, group: u64) {
        let Some(index) = self.find_in_group(group, |buffer| buffer.record.as_ref().is_some_and(|r| r.is_open)) else {
            return;
        };
        let Some(buffer) = self.buffers.at_mut(index) else { return };
        let Some(mut record) = buffer.record.take() else { return };
        record.end_frame(&buffer.handle);
        let kind = buffer.kind;
        let mut next = self.buffers.first_tagged(group);
        while let Some(other) = next {
            next = self.buffers.next_tagged(other);
            let behind = self.buffers.at_mut(other).filter(|buffer| buffer.kind == kind);
            if let Some(behind) = behind.and_then(|buffer| buffer.record.as_mut()) {
                behind.lag.append(&record.frame);
            }
        }
        if let Some(buffer) = self.buffers.at_mut(index) {
            buffer.record = Some(record);
        }
    }

    /// A buffer was handed out. Where it is the only one of its kind, nobody needs to know what its frames do. Where it
    /// does not follow one of its kind, what was known of the others is of no use: the program draws all anew.
    pub(super) fn begin_frame(&mut self, index: usize, newest: Option<usize>) {
        let follows_its_kind = newest.is_some();
        let replays = newest.map_or(0, |newest| self.replays(index, newest));
        let Some(buffer) = self.buffers.at(index) else { return };
        let kind = buffer.kind;
        let is_alike = |buffer: &Buffer<H>| buffer.kind == kind && buffer.state.is_current();
        let mut next = self.buffers.first_tagged(kind.group());
        let mut count = 0;
        while let Some(other) = next {
            next = self.buffers.next_tagged(other);
            count += usize::from(self.buffers.at(other).is_some_and(is_alike));
        }
        let has_company = count > 1;
        let mut next = self.buffers.first_tagged(kind.group());
        while let Some(other) = next {
            next = self.buffers.next_tagged(other);
            if let Some(buffer) = self.buffers.at_mut(other).filter(|buffer| is_alike(buffer)) {
                if buffer.keep_company(has_company, follows_its_kind) {
                    self.rest_due_at_ms = 0;
                }
            }
        }
        if let Some(record) = self.buffers.at_mut(index).and_then(|buffer| buffer.record.as_mut()) {
            record.begin_frame(replays);
        }
    }

    /// How many scrolls of the last frame the program does again in a buffer that lacks just that frame.
    fn replays(&self, index: usize, newest: usize) -> usize {
        let Some((buffer, newest)) = self.buffers.at(index).zip(self.buffers.at(newest)) else { return 0 };
        match newest.handle.recorded_scrolls() {
            RecordedScrolls::Count(scrolls) if H::KNOWS_SINGLE_FRAMES && buffer.handle.age() == 1 => scrolls,
            _ => 0,
        }
    }

    /// Brings a buffer that is about to be handed out up to date, from the one that was handed out last. False, and
    /// nothing changed, if that is not known to be right.
    pub(super) fn catch_up(&mut self, index: usize, newest_index: Option<usize>) -> bool {
        let Some(newest) = newest_index.and_then(|index| self.buffers.at(index)) else { return false };
        let is_complete = newest.record.as_ref().is_some_and(|record| record.lag.is_known());
        let (kind, source) = (newest.kind, Newest { range: newest.range, start: newest.view_span().start });
        let Some(buffer) = self.buffers.at_mut(index).filter(|buffer| is_complete && buffer.kind == kind) else {
            return false;
        };
        let Some(mut record) = buffer.record.take() else { return false };
        // Whoever went on drawing after the next frame had begun has pixels of their own.
        let is_as_it_was = record.mark == buffer.handle.drawn_mark();
        let can_do_it = H::KNOWS_SINGLE_FRAMES && buffer.handle.age() == 1;
        let is_for_us = |how: &CatchingUp<'_>| is_as_it_was && !(can_do_it && how.is_mostly_copying());
        let catching_up = record.lag.catching_up().filter(is_for_us);
        let copied_bytes = catching_up.and_then(|how| buffer.follow(&mut self.arenas, how, source).ok());
        if !buffer.has_rested {
            self.rest_due_at_ms = self.rest_due_at_ms.min(buffer.rests_at_ms());
        }
        if let Some(bytes) = copied_bytes {
            record.lag.clear();
            self.copy_statistics.count_caught_up(bytes);
            self.holdings.count_copied(&buffer.account, bytes);
        }
        buffer.record = Some(record);
        copied_bytes.is_some()
    }

    fn find_in_group(&self, group: u64, is_it: impl Fn(&Buffer<H>) -> bool) -> Option<usize> {
        let mut next = self.buffers.first_tagged(group);
        while let Some(index) = next {
            if self.buffers.at(index).is_some_and(&is_it) {
                return Some(index);
            }
            next = self.buffers.next_tagged(index);
        }
        None
    }
}

impl<H: Handle> Buffer<H> {
    /// Others like it are there, or are not. True if its ring has memory now that it may not use any more.
    fn keep_company(&mut self, has_company: bool, follows_its_kind: bool) -> bool {
        if !has_company {
            self.record = None;
        } else if self.record.is_none() {
            self.record = Record::new(&self.picture);
        }
        if let Some(record) = self.record.as_mut().filter(|_| !follows_its_kind) {
            record.lag.forget();
        }
        let has_excess = self.ring.as_mut().is_some_and(|ring| ring.share(has_company));
        self.has_rested &= !has_excess;
        has_excess
    }

    /// Does what the newest pixels are ahead by. First what can fail; returns the bytes that were copied.
    fn follow(&mut self, arenas: &mut Arenas, how: CatchingUp<'_>, newest: Newest) -> Result<usize, Failure> {
        let (ring, how) = match self.ring {
            Some(ring) => {
                let (ring, motion) = ring.follow(how.shift, how.rows_per_frame());
                (Some(ring), if motion == Motion::Shift { how } else { how.by_copying_all() })
            }
            None => (None, if how.shift == 0 { how } else { how.by_copying_all() }),
        };
        let row = ring.map_or(0, |ring| ring.offset());
        if !self.may_show_at(row) {
            return Err(Failure::Memory);
        }
        self.prepare(arenas, row)?;
        if self.ring.is_some_and(|old| old.offset() != row) {
            self.offsets.switch_to(row);
            self.offsets.current_mut().images.reset();
            self.count_scroll();
        }
        self.ring = ring;
        Ok(self.copy_from(arenas, how, newest))
    }

    fn copy_from(&self, arenas: &Arenas, how: CatchingUp<'_>, newest: Newest) -> usize {
        let (from, to) = (arenas.space(newest.range).mapping(), arenas.space(self.range).mapping());
        let start = self.view_span().start;
        let (pixel_bytes, stride_bytes) = (self.picture.pixel_bytes(), self.picture.row_bytes());
        let mut copied_bytes = 0;
        how.for_each_run(|runs| {
            let offset_bytes = runs.start * pixel_bytes;
            let shape = RowsShape { rows: runs.count, row_bytes: runs.length * pixel_bytes, stride_bytes };
            to.copy_rows_from(start + offset_bytes, from, newest.start + offset_bytes, shape);
            copied_bytes += shape.rows * shape.row_bytes;
        });
        copied_bytes
    }
}
