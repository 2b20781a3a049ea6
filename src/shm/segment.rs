//! One mapping, and who is where in it.

use crate::limits;
use crate::os::{Mapping, MemoryFile, Wish, page_bytes};
use crate::placement::{BestFit, Touched};
use crate::units::{Span, round_down, round_up};

use super::Failure;

/// A part of a memory file that is mapped in one piece. Spans count from its start.
#[derive(Debug)]
pub(super) struct Segment {
    mapping: Mapping,
    start_in_file: usize,
    places: BestFit,
    touched: Touched,
    touched_free_bytes: usize,
}

impl Segment {
    /// Maps `bytes` bytes of the file, which nobody has written yet.
    pub(super) fn new(file: &MemoryFile, start_in_file: usize, bytes: usize, wish: Wish) -> Result<Segment, Failure> {
        Ok(Segment {
            places: BestFit::new(bytes).map_err(|_| Failure::Memory)?,
            mapping: Mapping::new(file, start_in_file, bytes, wish).map_err(Failure::of("mmap"))?,
            start_in_file,
            touched: Touched::new(),
            touched_free_bytes: 0,
        })
    }

    pub(super) fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    pub(super) fn start_in_file(&self) -> usize {
        self.start_in_file
    }

    /// Takes `bytes` bytes (whole pages).
    pub(super) fn take(&mut self, bytes: usize) -> Option<Span> {
        let span = self.places.take(bytes)?;
        self.touched_free_bytes -= self.touched.bytes_within(span);
        Some(span)
    }

    pub(super) fn give_back(&mut self, span: Span) {
        self.places.give_back(span);
        self.touched_free_bytes += self.touched.bytes_within(span);
    }

    /// Bytes that are free and resident.
    pub(super) fn touched_free_bytes(&self) -> usize {
        self.touched_free_bytes
    }

    /// True if nothing in it is resident.
    pub(super) fn is_untouched(&self) -> bool {
        self.touched.bytes() == 0
    }

    /// Makes a taken span present: its pages are there, so that writing to them cannot fail.
    pub(super) fn reach(&mut self, span: Span) -> Result<(), Failure> {
        let span = whole_pages(span);
        if self.touched.contains(span) {
            return Ok(());
        }
        for missing in self.touched.missing_within(span) {
            self.mapping.populate(missing).map_err(Failure::of("madvise"))?;
        }
        if self.touched.add(span) { Ok(()) } else { Err(Failure::Memory) }
    }

    /// Makes a taken span present and zero.
    pub(super) fn renew(&mut self, span: Span) -> Result<(), Failure> {
        if span.bytes >= limits::HUGE_PAGES_WORTH_BYTES {
            let start = round_up(span.start, limits::HUGE_PAGE_BYTES).unwrap_or(span.end());
            self.mapping.ask_for_huge_pages(Span::between(start, round_down(span.end(), limits::HUGE_PAGE_BYTES)));
        }
        for touched in self.touched.within(span) {
            self.mapping.zero(touched);
        }
        self.reach(span)
    }

    /// Gives up to `most_bytes` of the touched free memory back to the system. Returns how many bytes.
    pub(super) fn trim(&mut self, file: &MemoryFile, most_bytes: usize) -> Result<usize, Failure> {
        let mut given_bytes = 0;
        while given_bytes < most_bytes && self.touched_free_bytes > 0 {
            let found = self.places.free_spans().iter().find_map(|free| self.touched.within(*free).next());
            let Some(found) = found else { break };
            let span = first_pages(found, most_bytes - given_bytes);
            self.punch(file, span)?;
            self.touched_free_bytes -= span.bytes;
            given_bytes += span.bytes;
        }
        Ok(given_bytes)
    }

    /// Gives up to `most_bytes` of what is touched in a taken span, outside `kept`, back. Returns how many bytes.
    pub(super) fn trim_around(
        &mut self,
        file: &MemoryFile,
        taken: Span,
        kept: Span,
        most_bytes: usize,
    ) -> Result<usize, Failure> {
        let kept = whole_pages(kept);
        for around in [Span::between(taken.start, kept.start), Span::between(kept.end(), taken.end())] {
            let found = self.touched.within(around).next();
            if let Some(found) = found {
                let span = first_pages(found, most_bytes);
                self.punch(file, span)?;
                return Ok(span.bytes);
            }
        }
        Ok(0)
    }

    fn punch(&mut self, file: &MemoryFile, span: Span) -> Result<(), Failure> {
        if !self.touched.remove(span) {
            return Err(Failure::Memory);
        }
        let in_file = Span::new(self.start_in_file + span.start, span.bytes);
        file.punch_hole(in_file).map_err(|errno| {
            // There is room in the list for what was in it a moment ago.
            let is_back = self.touched.add(span);
            assert!(is_back, "invariant S6: a span that was taken out of the list fits in again");
            Failure::System { call: "fallocate", errno }
        })
    }
}

fn whole_pages(span: Span) -> Span {
    let end =
        round_up(span.end(), page_bytes()).expect("invariant S2: offsets in a file are far from the end of usize");
    Span::between(round_down(span.start, page_bytes()), end)
}

fn first_pages(span: Span, most_bytes: usize) -> Span {
    Span::new(span.start, span.bytes.min(round_down(most_bytes, page_bytes()).max(page_bytes())))
}
