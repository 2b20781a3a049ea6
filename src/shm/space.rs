//! The bytes of a memory file: who is where in it, and what was touched.

use crate::limits;
use crate::os::{Mapping, MemoryFile, PrivateMemory, page_bytes};
use crate::placement::{BestFit, Touched};
use crate::units::{Span, round_down, round_up};

use super::Failure;

/// A memory file, mapped as a whole. Spans count from its start.
#[derive(Debug)]
pub(super) struct Space {
    mapping: Mapping,
    places: BestFit,
    touched: Touched,
    touched_free_bytes: usize,
    /// True if some of it was said to be worth huge pages.
    may_have_huge_pages: bool,
}

impl Space {
    /// Maps the `bytes` bytes of a file that nobody has written yet.
    pub(super) fn new(file: &MemoryFile, bytes: usize) -> Result<Space, Failure> {
        Ok(Space {
            places: BestFit::new(bytes).map_err(|_| Failure::Memory)?,
            mapping: Mapping::new(file, bytes).map_err(Failure::of("mmap"))?,
            touched: Touched::new(),
            touched_free_bytes: 0,
            may_have_huge_pages: false,
        })
    }

    pub(super) fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// Puts memory of this process alone in the place of a taken span, which is never given back.
    pub(super) fn replace(&mut self, span: Span) -> Result<PrivateMemory, Failure> {
        self.mapping.replace(whole_pages(span)).map_err(Failure::of("mmap"))
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

    /// Bytes of `span` that are resident.
    pub(super) fn touched_bytes(&self, span: Span) -> usize {
        self.touched.bytes_within(span)
    }

    /// Bytes that are free and resident.
    pub(super) fn touched_free_bytes(&self) -> usize {
        self.touched_free_bytes
    }

    /// True if nothing in it is resident.
    pub(super) fn is_untouched(&self) -> bool {
        self.touched.bytes() == 0
    }

    /// Asks for huge pages wherever one lies in `span` as a whole: none brings memory of a neighbour.
    pub(super) fn ask_for_huge_pages(&mut self, span: Span) {
        let whole = huge_pages_in(span);
        if !whole.is_empty() {
            self.mapping.ask_for_huge_pages(whole);
            self.may_have_huge_pages = true;
        }
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
        let present = if self.may_have_huge_pages { self.with_what_came_along(span) } else { span };
        if !self.touched.add(present) {
            return Err(Failure::Memory);
        }
        if present != span {
            let free_spans = self.places.free_spans().iter();
            self.touched_free_bytes = free_spans.map(|free| self.touched.bytes_within(*free)).sum();
        }
        Ok(())
    }

    /// Makes a taken span present and zero.
    pub(super) fn renew(&mut self, span: Span) -> Result<(), Failure> {
        for touched in self.touched.within(span) {
            self.mapping.zero(touched);
        }
        self.reach(span)
    }

    /// A huge page is present as a whole, though only a part of it was reached.
    ///
    /// ```text
    ///   huge pages   |                  |                  |                  |
    ///   span                    |.............................|
    ///   present      |......................................................|
    /// ```
    fn with_what_came_along(&self, span: Span) -> Span {
        let start = round_down(span.start, limits::HUGE_PAGE_BYTES);
        let end = round_up(span.end(), limits::HUGE_PAGE_BYTES).unwrap_or(usize::MAX).min(self.mapping.bytes());
        let before_bytes = self.mapping.present_bytes_at_end(Span::between(start, span.start));
        let behind_bytes = self.mapping.present_bytes_at_start(Span::between(span.end(), end));
        Span::between(span.start - before_bytes, span.end() + behind_bytes)
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
        self.mapping.punch_hole(span).or_else(|_| file.punch_hole(span)).map_err(|errno| {
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

/// The part of `span` that whole huge pages of the file cover.
fn huge_pages_in(span: Span) -> Span {
    let start = round_up(span.start, limits::HUGE_PAGE_BYTES).unwrap_or(usize::MAX);
    Span::between(start, round_down(span.end(), limits::HUGE_PAGE_BYTES))
}

fn first_pages(span: Span, most_bytes: usize) -> Span {
    Span::new(span.start, span.bytes.min(round_down(most_bytes, page_bytes()).max(page_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "invariant S2")]
    fn an_offset_that_no_file_has_is_noticed() {
        let _ = whole_pages(Span::new(usize::MAX - 1, 1));
    }
}
