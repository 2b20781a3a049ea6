//! Sizes of pictures, spans of bytes, and arithmetic that cannot wrap round.
#![forbid(unsafe_code)]

/// What a pixel is made of. The names are those of wl_shm: from the highest bits of a little-endian number to the lowest,
/// so that the bytes are the same on all machines.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// Colours and transparency, 8 bits each.
    Argb8888,
    /// The same without transparency.
    Xrgb8888,
    /// Colours of 10 bits, and 2 bits of transparency.
    Argb2101010,
    /// The same without transparency.
    Xrgb2101010,
    /// Colours of 10 bits the other way round, and 2 bits of transparency.
    Abgr2101010,
    /// The same without transparency.
    Xbgr2101010,
    /// Colours and transparency, 16 bits each.
    Abgr16161616,
    /// The same without transparency.
    Xbgr16161616,
    /// One colour of 8 bits.
    R8,
}

impl PixelFormat {
    /// All that there are.
    pub const ALL: [PixelFormat; 9] = [
        PixelFormat::Argb8888,
        PixelFormat::Xrgb8888,
        PixelFormat::Argb2101010,
        PixelFormat::Xrgb2101010,
        PixelFormat::Abgr2101010,
        PixelFormat::Xbgr2101010,
        PixelFormat::Abgr16161616,
        PixelFormat::Xbgr16161616,
        PixelFormat::R8,
    ];

    /// Bits of a colour.
    pub const fn color_bits(self) -> i32 {
        match self {
            PixelFormat::R8 | PixelFormat::Argb8888 | PixelFormat::Xrgb8888 => 8,
            PixelFormat::Argb2101010
            | PixelFormat::Xrgb2101010
            | PixelFormat::Abgr2101010
            | PixelFormat::Xbgr2101010 => 10,
            PixelFormat::Abgr16161616 | PixelFormat::Xbgr16161616 => 16,
        }
    }

    /// Bytes of a pixel: 1, 4 or 8.
    pub const fn pixel_bytes(self) -> usize {
        match self {
            PixelFormat::R8 => 1,
            PixelFormat::Argb8888
            | PixelFormat::Xrgb8888
            | PixelFormat::Argb2101010
            | PixelFormat::Xrgb2101010
            | PixelFormat::Abgr2101010
            | PixelFormat::Xbgr2101010 => 4,
            PixelFormat::Abgr16161616 | PixelFormat::Xbgr16161616 => 8,
        }
    }
}

/// What the bytes from one row to the next are a multiple of: a power of two, 4 at least, as pixman wants it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StrideAlignment {
    power: u8,
}

impl StrideAlignment {
    /// 4 bytes: rows of pixels of 4 or 8 bytes follow each other without a gap.
    pub const LEAST: StrideAlignment = StrideAlignment { power: 2 };

    /// 64 KiB: as much as a page has on any machine.
    pub const MOST: StrideAlignment = StrideAlignment { power: 16 };

    /// None: no power of two from 4 up to 65536.
    pub fn new(bytes: usize) -> Option<StrideAlignment> {
        let power = (2..=16_u8).find(|power| 1 << power == bytes)?;
        Some(StrideAlignment { power })
    }

    /// In bytes.
    pub fn bytes(self) -> usize {
        1 << self.power
    }

    /// An alignment with which scrolling by `step_rows` rows leads from page to page: this one, or a larger one if a picture
    /// with rows of so many bytes is no more than a hundredth larger then.
    ///
    /// A stride that is a multiple of this one, and whose product with the rows is a multiple of a page, is one of the
    /// larger of two powers of two.
    #[must_use]
    pub fn suiting(self, row_bytes: usize, step_rows: usize, page_bytes: usize) -> StrideAlignment {
        let Some(step) = step_rows.checked_ilog2().map(|_| 1 << step_rows.trailing_zeros()) else { return self };
        let Some(wanted) = StrideAlignment::new(page_bytes / page_bytes.min(step)) else { return self };
        let stride = |alignment: StrideAlignment| round_up(row_bytes, alignment.bytes());
        let costs_little = match (stride(self), stride(wanted)) {
            (Some(before), Some(after)) => after.saturating_sub(before) <= before / 100,
            _ => false,
        };
        if wanted.power > self.power && costs_little { wanted } else { self }
    }
}

/// How pixels lie in rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PixelLayout {
    /// What each is made of.
    pub format: PixelFormat,
    /// Where rows begin.
    pub stride_alignment: StrideAlignment,
}

impl PixelLayout {
    /// A number that no other layout has: 0 for colours and transparency of 8 bits each, rows without a gap.
    #[inline(always)]
    pub const fn number(self) -> u32 {
        let alignment = self.stride_alignment.power - StrideAlignment::LEAST.power;
        u32::from_le_bytes([self.format as u8, alignment, 0, 0])
    }
}

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

/// A picture: every product of its sizes is known to fit the wire's int32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Width in pixels, at least 1.
    pub width: i32,
    /// Height in rows of pixels, at least 1.
    pub height: i32,
    /// Bytes from one row to the next: those of `width` pixels, rounded up. Whole pixels.
    pub stride_bytes: i32,
    /// What a pixel is made of.
    pub format: PixelFormat,
}

impl Picture {
    /// Checks what a program asks for.
    pub fn new(width: i32, height: i32, layout: PixelLayout) -> Result<Picture, BadSize> {
        if width <= 0 {
            return Err(BadSize::Width);
        }
        if height <= 0 {
            return Err(BadSize::Height);
        }
        let row_bytes = count(width).checked_mul(layout.format.pixel_bytes());
        let stride_bytes = row_bytes.and_then(|bytes| round_up(bytes, layout.stride_alignment.bytes()));
        let stride_bytes = stride_bytes.and_then(|bytes| i32::try_from(bytes).ok()).ok_or(BadSize::TooLarge)?;
        stride_bytes.checked_mul(height).ok_or(BadSize::TooLarge)?;
        Ok(Picture { width, height, stride_bytes, format: layout.format })
    }

    /// Bytes of all rows.
    pub fn bytes(&self) -> usize {
        self.rows() * self.row_bytes()
    }

    /// Height as a count.
    pub fn rows(&self) -> usize {
        count(self.height)
    }

    /// Stride as a count.
    pub fn row_bytes(&self) -> usize {
        count(self.stride_bytes)
    }

    /// Bytes of a pixel.
    pub fn pixel_bytes(&self) -> usize {
        self.format.pixel_bytes()
    }

    /// From one row to the next, in pixels: the width, and what the alignment adds.
    pub fn stride_pixels(&self) -> usize {
        self.row_bytes() / self.pixel_bytes()
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

    fn layout(format: PixelFormat, alignment_bytes: usize) -> PixelLayout {
        PixelLayout { format, stride_alignment: StrideAlignment::new(alignment_bytes).unwrap() }
    }

    #[test]
    fn sizes_at_the_edges() {
        let new = |width, height| Picture::new(width, height, layout(PixelFormat::Argb8888, 4));
        assert_eq!(new(0, 1), Err(BadSize::Width));
        assert_eq!(new(-1, 1), Err(BadSize::Width));
        assert_eq!(new(i32::MIN, i32::MIN), Err(BadSize::Width));
        assert_eq!(new(1, 0), Err(BadSize::Height));
        assert_eq!(new(1, -5), Err(BadSize::Height));
        assert_eq!(new(i32::MAX / 4 + 1, 1), Err(BadSize::TooLarge));
        assert_eq!(new(32768, 32768), Err(BadSize::TooLarge));
        assert_eq!(new(i32::MAX, i32::MAX), Err(BadSize::TooLarge));
        let smallest = new(1, 1).unwrap();
        assert_eq!((smallest.stride_bytes, smallest.bytes()), (4, 4));
        let largest = new(23168, 23168).unwrap();
        assert_eq!(largest.bytes(), 23168 * 23168 * 4);
        assert!(new(23171, 23171).is_err());
        assert_eq!(new(1, i32::MAX / 4).unwrap().bytes(), 0x7fff_fffc);
    }

    #[test]
    #[should_panic(expected = "invariant U1")]
    fn a_size_that_was_not_checked_is_noticed() {
        let picture = Picture { width: 1, height: -1, stride_bytes: 4, format: PixelFormat::Argb8888 };
        let _ = picture.rows();
    }

    #[test]
    fn rows_of_any_format_begin_where_they_are_to() {
        use PixelFormat::{Abgr16161616, Argb8888, R8, Xrgb2101010};
        for (format, pixel_bytes) in [(R8, 1), (Argb8888, 4), (Xrgb2101010, 4), (Abgr16161616, 8)] {
            for alignment_bytes in [4, 8, 64, 256, 4096] {
                for width in (1..300).chain([1920, 4095, 4096, 4097]) {
                    let picture = Picture::new(width, 3, layout(format, alignment_bytes)).unwrap();
                    let needed_bytes = count(width) * pixel_bytes;
                    assert_eq!(picture.row_bytes() % alignment_bytes, 0);
                    assert_eq!(picture.stride_pixels() * pixel_bytes, picture.row_bytes(), "whole pixels");
                    assert!((needed_bytes..needed_bytes + alignment_bytes).contains(&picture.row_bytes()));
                    assert_eq!(picture.bytes(), 3 * picture.row_bytes());
                }
            }
        }
        // What the alignment adds counts.
        assert_eq!(Picture::new(1, i32::MAX / 256, layout(R8, 256)).unwrap().bytes(), 0x7fff_ff00);
        assert_eq!(Picture::new(1, i32::MAX / 256 + 1, layout(R8, 256)), Err(BadSize::TooLarge));
        assert_eq!(Picture::new(i32::MAX, 1, layout(R8, 4)), Err(BadSize::TooLarge));
        assert_eq!(Picture::new(i32::MAX, 1, layout(Abgr16161616, 4096)), Err(BadSize::TooLarge));
    }

    #[test]
    fn alignments_are_powers_of_two() {
        assert_eq!(StrideAlignment::new(4), Some(StrideAlignment::LEAST));
        for bytes in [0, 1, 2, 3, 5, 6, 12, 255, 257, 65535, 65537, 131_072, usize::MAX] {
            assert_eq!(StrideAlignment::new(bytes), None);
        }
        for bytes in [4, 8, 256, 65536] {
            assert_eq!(StrideAlignment::new(bytes).unwrap().bytes(), bytes);
        }
        let beyond = StrideAlignment::LEAST.suiting(usize::MAX, 16, 4096);
        assert_eq!(beyond, StrideAlignment::LEAST, "no stride suits what has none");
        for page_bytes in [2, 12_288, 131_072] {
            let odd = StrideAlignment::LEAST.suiting(1 << 20, 1, page_bytes);
            assert_eq!(odd, StrideAlignment::LEAST, "no alignment is {page_bytes}");
        }
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

    #[test]
    fn colours_have_the_bits_that_their_names_say() {
        use PixelFormat::{
            Abgr2101010, Abgr16161616, Argb8888, Argb2101010, R8, Xbgr2101010, Xbgr16161616, Xrgb8888, Xrgb2101010,
        };
        let bits = |format: PixelFormat| format.color_bits();
        assert_eq!([Argb8888, Xrgb8888, R8].map(bits), [8; 3]);
        assert_eq!([Argb2101010, Xrgb2101010, Abgr2101010, Xbgr2101010].map(bits), [10; 4]);
        assert_eq!([Abgr16161616, Xbgr16161616].map(bits), [16; 2]);
    }

    #[test]
    fn each_layout_has_a_number_of_its_own() {
        assert_eq!(layout(PixelFormat::Argb8888, 4).number(), 0);
        let layouts =
            || PixelFormat::ALL.into_iter().flat_map(|format| (2..=16).map(move |power| layout(format, 1 << power)));
        let mut numbers: std::vec::Vec<u32> = layouts().map(PixelLayout::number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), layouts().count());
        // The format is in the first byte: who looks for one alone need not know the rest.
        assert_eq!(layout(PixelFormat::R8, 65536).number(), 14 << 8 | PixelFormat::R8 as u32);
    }
}
