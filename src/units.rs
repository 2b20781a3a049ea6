//! Sizes of pictures, spans of bytes, and arithmetic that cannot wrap round.
#![forbid(unsafe_code)]

/// Bytes of one pixel in `WL_SHM_FORMAT_ARGB8888`, the only format of this API.
pub const BYTES_PER_PIXEL: i32 = 4;

/// The same as a count.
pub const PIXEL_BYTES: usize = 4;

/// Why a width and a height make no buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadSize {
    /// The width is zero or negative.
    Width,
    /// The height is zero or negative.
    Height,
    /// A row, or all rows together, have more bytes than the wire's int32 can say.
    TooLarge,
}

/// The size of a picture: every product in it is known to fit the wire's int32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureSize {
    /// Width in pixels, at least 1.
    pub width: i32,
    /// Height in rows of pixels, at least 1.
    pub height: i32,
    /// Bytes from one row to the next: width * 4, as in the original.
    pub stride_bytes: i32,
}

impl PictureSize {
    /// Checks what a program asks for.
    pub fn new(width: i32, height: i32) -> Result<PictureSize, BadSize> {
        if width <= 0 {
            return Err(BadSize::Width);
        }
        if height <= 0 {
            return Err(BadSize::Height);
        }
        let stride_bytes = width.checked_mul(BYTES_PER_PIXEL).ok_or(BadSize::TooLarge)?;
        stride_bytes.checked_mul(height).ok_or(BadSize::TooLarge)?;
        Ok(PictureSize { width, height, stride_bytes })
    }

    /// Bytes of all rows.
    pub fn bytes(&self) -> usize {
        self.rows() * self.row_bytes()
    }

    /// Height as a count.
    pub fn rows(&self) -> usize {
        count(self.height)
    }

    /// Width as a count.
    pub fn columns(&self) -> usize {
        count(self.width)
    }

    /// Stride as a count.
    pub fn row_bytes(&self) -> usize {
        count(self.stride_bytes)
    }
}

/// A checked, positive C int as a count.
fn count(number: i32) -> usize {
    usize::try_from(number).expect("invariant U1: sizes of a picture are positive")
}

/// A span of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where it begins, in bytes from the start of what it is a part of.
    pub start: usize,
    /// Its length in bytes.
    pub bytes: usize,
}

impl Span {
    /// A span of `bytes` bytes from `start`.
    pub fn new(start: usize, bytes: usize) -> Span {
        Span { start, bytes }
    }

    /// The span from `start` up to, not including, `end`; empty if `end` is not above `start`.
    pub fn between(start: usize, end: usize) -> Span {
        Span { start, bytes: end.saturating_sub(start) }
    }

    /// The first byte behind it.
    pub fn end(&self) -> usize {
        self.start + self.bytes
    }

    /// True if it has no byte.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// What both have in common; empty if nothing.
    pub fn intersection(&self, other: Span) -> Span {
        Span::between(self.start.max(other.start), self.end().min(other.end()))
    }
}

/// Some pixels: those of columns `left` up to, not including, `right`, in rows `top` up to `bottom`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rectangle {
    /// The first column.
    pub left: usize,
    /// The first row.
    pub top: usize,
    /// The column behind the last.
    pub right: usize,
    /// The row behind the last.
    pub bottom: usize,
}

impl Rectangle {
    /// No pixel.
    pub const EMPTY: Rectangle = Rectangle { left: 0, top: 0, right: 0, bottom: 0 };

    /// True if it has no pixel.
    pub fn is_empty(&self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }

    /// How many pixels it has.
    pub fn pixels(&self) -> usize {
        self.right.saturating_sub(self.left) * self.bottom.saturating_sub(self.top)
    }

    /// True if all pixels of `other` are in it.
    pub fn contains(&self, other: &Rectangle) -> bool {
        self.left <= other.left && self.top <= other.top && self.right >= other.right && self.bottom >= other.bottom
    }

    /// What both have in common; empty if nothing.
    #[must_use]
    pub fn intersection(&self, other: &Rectangle) -> Rectangle {
        Rectangle {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
    }

    /// The smallest rectangle that has both in it.
    #[must_use]
    pub fn around(&self, other: &Rectangle) -> Rectangle {
        Rectangle {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// Its part in rows `top` up to, not including, `bottom`.
    #[must_use]
    pub fn rows_between(&self, top: usize, bottom: usize) -> Rectangle {
        Rectangle { top: self.top.max(top), bottom: self.bottom.min(bottom), ..*self }
    }

    /// The same by so many rows further down. It is empty, or lies in a picture before and after.
    #[must_use]
    pub fn shifted_rows(&self, rows: isize) -> Rectangle {
        let shift = |row: usize| row.saturating_add_signed(rows);
        if self.is_empty() {
            return Rectangle::EMPTY;
        }
        Rectangle { top: shift(self.top), bottom: shift(self.bottom), ..*self }
    }
}

/// Rounds up to a multiple of `multiple`, a power of two; None if that does not fit.
pub fn round_up(bytes: usize, multiple: usize) -> Option<usize> {
    debug_assert!(multiple.is_power_of_two());
    Some(bytes.checked_add(multiple - 1)? & !(multiple - 1))
}

/// Rounds down to a multiple of `multiple`, a power of two.
pub fn round_down(bytes: usize, multiple: usize) -> usize {
    debug_assert!(multiple.is_power_of_two());
    bytes & !(multiple - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_at_the_edges() {
        assert_eq!(PictureSize::new(0, 1), Err(BadSize::Width));
        assert_eq!(PictureSize::new(-1, 1), Err(BadSize::Width));
        assert_eq!(PictureSize::new(i32::MIN, i32::MIN), Err(BadSize::Width));
        assert_eq!(PictureSize::new(1, 0), Err(BadSize::Height));
        assert_eq!(PictureSize::new(1, -5), Err(BadSize::Height));
        assert_eq!(PictureSize::new(i32::MAX / 4 + 1, 1), Err(BadSize::TooLarge));
        assert_eq!(PictureSize::new(32768, 32768), Err(BadSize::TooLarge));
        assert_eq!(PictureSize::new(i32::MAX, i32::MAX), Err(BadSize::TooLarge));
        let smallest = PictureSize::new(1, 1).unwrap();
        assert_eq!((smallest.stride_bytes, smallest.bytes()), (4, 4));
        let largest = PictureSize::new(23168, 23168).unwrap();
        assert_eq!(largest.bytes(), 23168 * 23168 * 4);
        assert!(PictureSize::new(23171, 23171).is_err());
        assert_eq!(PictureSize::new(1, i32::MAX / 4).unwrap().bytes(), 0x7fff_fffc);
    }

    #[test]
    fn rounding() {
        assert_eq!(round_up(0, 4096), Some(0));
        assert_eq!(round_up(1, 4096), Some(4096));
        assert_eq!(round_up(4096, 4096), Some(4096));
        assert_eq!(round_up(usize::MAX, 4096), None);
        assert_eq!(round_down(4097, 4096), 4096);
    }

    #[test]
    fn spans_meet() {
        let span = Span::new(10, 10);
        assert_eq!(span.intersection(Span::new(15, 100)), Span::between(15, 20));
        assert!(span.intersection(Span::new(20, 5)).is_empty());
        assert!(span.intersection(Span::new(0, 10)).is_empty());
    }
}
