//! A line of text without an allocation: messages must come out when there is no memory.
#![forbid(unsafe_code)]

use core::fmt::{self, Write};

/// A text of at most `SIZE` - 1 bytes, and one byte behind it. What does not fit is cut off.
#[derive(Debug)]
pub struct Text<const SIZE: usize> {
    bytes: [u8; SIZE],
    length: usize,
}

impl<const SIZE: usize> Default for Text<SIZE> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const SIZE: usize> Text<SIZE> {
    /// No text yet.
    pub fn new() -> Self {
        Text { bytes: [0; SIZE], length: 0 }
    }

    /// A text in one go.
    pub fn of(arguments: fmt::Arguments<'_>) -> Self {
        let mut text = Text::new();
        text.add(arguments);
        text
    }

    /// Adds some text.
    pub fn add(&mut self, arguments: fmt::Arguments<'_>) {
        // A text that is cut off is still a text.
        let _ = self.write_fmt(arguments);
    }

    /// Adds what `fill` writes into the room that is left; it returns how many bytes.
    pub fn add_bytes(&mut self, fill: impl FnOnce(&mut [u8]) -> usize) {
        let end = SIZE - 1;
        self.length += fill(&mut self.bytes[self.length..end]).min(end - self.length);
    }

    /// The text, with one byte behind it.
    pub fn ended_by(&mut self, end: u8) -> &mut [u8] {
        self.bytes[self.length] = end;
        &mut self.bytes[..=self.length]
    }

    /// The text, with a NUL at its end.
    pub fn terminated(&mut self) -> &mut [u8] {
        self.ended_by(0)
    }

    /// The text alone.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl<const SIZE: usize> Write for Text<SIZE> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = SIZE - 1 - self.length;
        let taken = text.len().min(room);
        self.bytes[self.length..self.length + taken].copy_from_slice(&text.as_bytes()[..taken]);
        self.length += taken;
        if taken == text.len() { Ok(()) } else { Err(fmt::Error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_off() {
        let mut text: Text<8> = Text::default();
        assert_eq!(text.as_bytes(), b"");
        text.add(format_args!("{}-{}", 12345, 6789));
        assert_eq!(text.as_bytes(), b"12345-6");
        assert_eq!(text.ended_by(b'\n'), b"12345-6\n");
        text.add(format_args!("more"));
        assert_eq!(text.terminated(), b"12345-6\0");
    }
    #[test]
    fn bytes_are_added_as_far_as_there_is_room() {
        let mut text: Text<8> = Text::of(format_args!("abc"));
        text.add_bytes(|room| {
            assert_eq!(room.len(), 4);
            room[..2].copy_from_slice(b"de");
            2
        });
        assert_eq!(text.as_bytes(), b"abcde");
        // One that says too much is not believed.
        text.add_bytes(|room| {
            room.fill(b'f');
            usize::MAX
        });
        assert_eq!(text.as_bytes(), b"abcdeff");
        text.add_bytes(|room| room.len());
        assert_eq!(text.as_bytes(), b"abcdeff");
    }

    #[test]
    fn a_writer_hears_of_what_is_cut_off() {
        let mut text: Text<4> = Text::new();
        assert!(write!(text, "abc").is_ok());
        assert!(write!(text, "d").is_err());
        assert_eq!(text.as_bytes(), b"abc");
    }
}
