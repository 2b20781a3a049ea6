//! Texts for the pool's `print` and `panic`, as Plan 9's formats make them.
#![forbid(unsafe_code)]

use core::fmt::{self, Write};

/// A text of bounded length, terminated for C. What does not fit is cut off.
pub(super) struct Text {
    bytes: [u8; 768],
    length: usize,
}

impl Text {
    pub(super) fn new() -> Text {
        Text { bytes: [0; 768], length: 0 }
    }

    /// A text in one go.
    pub(super) fn of(arguments: fmt::Arguments<'_>) -> Text {
        let mut text = Text::new();
        text.add(arguments);
        text
    }

    pub(super) fn add(&mut self, arguments: fmt::Arguments<'_>) {
        // A text that is cut off is still a text.
        let _ = self.write_fmt(arguments);
    }

    /// Adds what `fill` writes into the room that is left.
    pub(super) fn add_bytes(&mut self, fill: impl FnOnce(&mut [u8]) -> usize) {
        let end = self.bytes.len() - 1;
        self.length += fill(&mut self.bytes[self.length..end]).min(end - self.length);
    }

    /// The text, with a NUL at its end.
    pub(super) fn terminated(&mut self) -> &mut [u8] {
        self.bytes[self.length] = 0;
        &mut self.bytes[..=self.length]
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.bytes.len() - 1 - self.length;
        let taken = text.len().min(room);
        self.bytes[self.length..self.length + taken].copy_from_slice(&text.as_bytes()[..taken]);
        self.length += taken;
        if taken == text.len() { Ok(()) } else { Err(fmt::Error) }
    }
}
