//! Which bytes of a stretch of memory have been written since they were last given back to the system.
//!
//! What was never touched reads as zero and takes no memory; what was touched needs zeroing before it is new again.

use alloc::vec::Vec;

use crate::units::Span;

/// A set of bytes, as sorted spans that neither overlap nor touch.
#[derive(Debug, Default)]
pub struct Touched {
    spans: Vec<Span>,
    bytes: usize,
}

impl Touched {
    /// Nothing is touched.
    pub fn new() -> Touched {
        Touched { spans: Vec::new(), bytes: 0 }
    }

    /// True if every byte of `span` is in the set.
    pub fn contains(&self, span: Span) -> bool {
        let index = self.spans.partition_point(|touched| touched.end() < span.end());
        span.is_empty() || self.spans.get(index).is_some_and(|touched| touched.start <= span.start)
    }

    /// Adds `span`. False, and nothing changed, if there is no memory for the list.
    #[must_use]
    pub fn add(&mut self, span: Span) -> bool {
        if span.is_empty() || self.contains(span) {
            return true;
        }
        if self.spans.try_reserve(1).is_err() {
            return false;
        }
        // The spans that overlap or touch the new one melt into it.
        let first = self.spans.partition_point(|touched| touched.end() < span.start);
        let behind = self.spans.partition_point(|touched| touched.start <= span.end());
        let melted = &self.spans[first..behind];
        let start = melted.first().map_or(span.start, |touched| touched.start.min(span.start));
        let end = melted.last().map_or(span.end(), |touched| touched.end().max(span.end()));
        let melted_bytes: usize = melted.iter().map(|touched| touched.bytes).sum();
        self.spans.drain(first..behind);
        self.spans.insert(first, Span::between(start, end));
        self.bytes = self.bytes - melted_bytes + (end - start);
        true
    }

    /// Takes `span` out. False, and nothing changed, if there is no memory for the list.
    #[must_use]
    pub fn remove(&mut self, span: Span) -> bool {
        if span.is_empty() {
            return true;
        }
        if self.spans.try_reserve(1).is_err() {
            return false;
        }
        let first = self.spans.partition_point(|touched| touched.end() <= span.start);
        let behind = self.spans.partition_point(|touched| touched.start < span.end());
        if first >= behind {
            return true;
        }
        let removed: usize = self.spans[first..behind].iter().map(|touched| touched.intersection(span).bytes).sum();
        let left = Span::between(self.spans[first].start, span.start);
        let right = Span::between(span.end(), self.spans[behind - 1].end());
        self.spans.drain(first..behind);
        for rest in [right, left] {
            if !rest.is_empty() {
                self.spans.insert(first, rest);
            }
        }
        self.bytes -= removed;
        true
    }

    /// The parts of `span` that are in the set, from low to high; none of them is empty.
    pub fn within(&self, span: Span) -> impl Iterator<Item = Span> + '_ {
        let first = self.spans.partition_point(|touched| touched.end() <= span.start);
        self.spans[first..]
            .iter()
            .take_while(move |touched| touched.start < span.end())
            .map(move |touched| touched.intersection(span))
            .filter(|touched| !touched.is_empty())
    }

    /// The parts of `span` that are not in the set, from low to high.
    pub fn missing_within(&self, span: Span) -> impl Iterator<Item = Span> + '_ {
        let mut position = span.start;
        let ends = self.within(span).map(Some).chain(core::iter::once(None));
        ends.map(move |next| match next {
            Some(touched) => {
                let gap = Span::between(position, touched.start);
                position = touched.end();
                gap
            }
            None => Span::between(position, span.end()),
        })
        .filter(|gap| !gap.is_empty())
    }

    /// Bytes of `span` that are in the set.
    pub fn bytes_within(&self, span: Span) -> usize {
        self.within(span).map(|touched| touched.bytes).sum()
    }

    /// Bytes in the set.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}
