//! Exact best fit: the smallest free span that is large enough, the lowest of several.

use alloc::vec::Vec;

use crate::units::Span;

/// The free spans of a stretch of memory of fixed length.
///
/// ```text
/// 0        4096            12288     16384        capacity
/// | taken  | free          | taken   | free       |
///            spans[0]                  spans[1]          sorted, never adjacent, never empty
/// ```
#[derive(Debug)]
pub struct BestFit {
    spans: Vec<Span>,
    capacity_bytes: usize,
    free_bytes: usize,
    taken_count: usize,
}

/// There is no memory for the list of free spans itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoListMemory;

impl BestFit {
    /// A stretch of `capacity_bytes` bytes, all free.
    pub fn new(capacity_bytes: usize) -> Result<BestFit, NoListMemory> {
        let mut spans = Vec::new();
        spans.try_reserve(8).map_err(|_| NoListMemory)?;
        if capacity_bytes > 0 {
            spans.push(Span::new(0, capacity_bytes));
        }
        Ok(BestFit { spans, capacity_bytes, free_bytes: capacity_bytes, taken_count: 0 })
    }

    /// Takes `bytes` bytes (not 0) from the start of the smallest free span that has them.
    ///
    /// None if no span is large enough, or if there would be no memory to give the span back later: `give_back` never
    /// fails.
    pub fn take(&mut self, bytes: usize) -> Option<Span> {
        if bytes == 0 {
            return None;
        }
        // Each taken span can split the free ones once more.
        let most_spans = self.taken_count + 2;
        self.spans.try_reserve(most_spans.saturating_sub(self.spans.len())).ok()?;

        let fitting = self.spans.iter().enumerate().filter(|(_, span)| span.bytes >= bytes);
        let (index, found) = fitting.min_by_key(|(_, span)| span.bytes).map(|(index, span)| (index, *span))?;
        if found.bytes == bytes {
            self.spans.remove(index);
        } else {
            self.spans[index] = Span::new(found.start + bytes, found.bytes - bytes);
        }
        self.free_bytes -= bytes;
        self.taken_count += 1;
        Some(Span::new(found.start, bytes))
    }

    /// Gives a taken span back, and merges it with its free neighbours.
    pub fn give_back(&mut self, span: Span) {
        assert!(!span.is_empty() && span.end() <= self.capacity_bytes, "invariant P1: a span lies inside its stretch");
        let index = self.spans.partition_point(|free| free.start < span.start);
        let before = index.checked_sub(1).map(|index| self.spans[index]);
        let after = self.spans.get(index).copied();
        assert!(before.is_none_or(|free| free.end() <= span.start), "invariant P2: a span is given back once");
        assert!(after.is_none_or(|free| span.end() <= free.start), "invariant P2: a span is given back once");

        let joins_before = before.is_some_and(|free| free.end() == span.start);
        let joins_after = after.is_some_and(|free| free.start == span.end());
        match (joins_before, joins_after) {
            (true, true) => {
                let after_bytes = self.spans.remove(index).bytes;
                self.spans[index - 1].bytes += span.bytes + after_bytes;
            }
            (true, false) => self.spans[index - 1].bytes += span.bytes,
            (false, true) => {
                self.spans[index].start = span.start;
                self.spans[index].bytes += span.bytes;
            }
            (false, false) => self.spans.insert(index, span),
        }
        self.free_bytes += span.bytes;
        self.taken_count -= 1;
    }

    /// The free spans, from low to high.
    pub fn free_spans(&self) -> &[Span] {
        &self.spans
    }

    /// Bytes in all free spans.
    pub fn free_bytes(&self) -> usize {
        self.free_bytes
    }

    /// True if nothing is taken.
    pub fn is_all_free(&self) -> bool {
        self.taken_count == 0
    }
}
