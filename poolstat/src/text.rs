//! Names that others have chosen, as they may be shown: a name can say anything, also to a terminal.

use std::fmt::Write as _;

/// Characters of a name that are shown at most: the longest that the system gives to a memory file.
const SHOWN_MAX: usize = 256;

/// The text up to a byte of 0, or to the end of its field.
pub fn of_field(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    shown(&field[..end])
}

/// What does nothing to a terminal, to a table or to a line: letters, digits, and what ASCII has in print. All else is
/// written in numbers, also marks that turn the direction of a line.
pub fn shown(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if text.len() >= SHOWN_MAX {
                text.push_str("...");
                return text;
            }
            if character.is_ascii_graphic() || character == ' ' || character.is_alphanumeric() {
                text.push(character);
            } else {
                let _ = write!(text, "\\u{{{:x}}}", u32::from(character));
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_with_a_zero_or_with_its_field() {
        assert_eq!(of_field(b"heap\0rest"), "heap");
        assert_eq!(of_field(b"0123456789"), "0123456789");
        assert_eq!(of_field(b"\0"), "");
        assert_eq!(of_field(b""), "");
    }

    #[test]
    fn what_speaks_to_a_terminal_is_written_in_numbers() {
        assert_eq!(shown(b"a\x1b[31mb\n\x07"), "a\\u{1b}[31mb\\u{a}\\u{7}");
        assert_eq!(shown("\u{202e}txt\u{9b}\u{2028}".as_bytes()), "\\u{202e}txt\\u{9b}\\u{2028}");
        assert_eq!(shown(b"\xff\xc3"), "\\xff\\xc3");
        assert_eq!(shown("Fenster größer".as_bytes()), "Fenster größer");
    }

    #[test]
    fn a_long_name_ends_somewhere() {
        assert!(shown(&[b'a'; 100_000]).len() < 300);
        assert!(shown(&[0x1b; 100_000]).len() < 300);
    }
}
