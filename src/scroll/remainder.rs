//! What of a picture a region leaves: the rectangles that a program does not draw.
//!
//! A region's rectangles come in bands, from the top down, and in each from the left to the right:
//!
//! ```text
//!   +---------------------+
//!   | 1                   |      1, 6: rows without a rectangle
//!   +---+-----+-----+-----+
//!   | 2 |drawn| 3   |drawn|      2, 3, 4, 5: what a band leaves
//!   +---+--+--+-----+-----+
//!   | 4    |drawn| 5      |
//!   +------+-----+--------+
//!   | 6                   |
//!   +---------------------+
//! ```

use crate::units::Rectangle;

/// Takes the rectangles of a region, one after the other, and visits what is between them.
#[derive(Clone, Copy, Debug)]
pub struct Remainder {
    whole: Rectangle,
    /// The rows of the band that the last rectangle was in. What is above was visited.
    band: (usize, usize),
    /// In the band, what is left of this column was visited, or drawn.
    column: usize,
}

impl Remainder {
    /// Of a picture of so many pixels and rows, before the first rectangle.
    pub fn new(width: usize, rows: usize) -> Remainder {
        let whole = Rectangle { left: 0, top: 0, right: width, bottom: rows };
        Remainder { whole, band: (0, 0), column: width }
    }

    /// The next rectangle. What lies outside the picture does not count.
    pub fn pass(&mut self, rectangle: Rectangle, visit: &mut dyn FnMut(Rectangle)) {
        let drawn = rectangle.intersection(&self.whole);
        if drawn.is_empty() {
            return;
        }
        if (drawn.top, drawn.bottom) != self.band {
            self.end_band(visit);
            self.visit((0, self.whole.right), (self.band.1, drawn.top), visit);
            self.band = (drawn.top, drawn.bottom);
            self.column = 0;
        }
        self.visit((self.column, drawn.left), self.band, visit);
        self.column = self.column.max(drawn.right);
    }

    /// There is no other rectangle.
    pub fn finish(mut self, visit: &mut dyn FnMut(Rectangle)) {
        self.end_band(visit);
        self.visit((0, self.whole.right), (self.band.1, self.whole.bottom), visit);
    }

    fn end_band(&mut self, visit: &mut dyn FnMut(Rectangle)) {
        self.visit((self.column, self.whole.right), self.band, visit);
        self.column = self.whole.right;
    }

    fn visit(&self, (left, right): (usize, usize), (top, bottom): (usize, usize), visit: &mut dyn FnMut(Rectangle)) {
        let left_over = Rectangle { left, top, right, bottom };
        if !left_over.is_empty() {
            visit(left_over);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    const WIDTH: usize = 3;
    const ROWS: usize = 4;

    /// The bands of a picture in which each bit says whether a pixel is drawn, as a region has them: what stands side by
    /// side is one rectangle, and rows that are alike are one band.
    fn bands_of(bits: usize) -> Vec<Rectangle> {
        let runs_of = |row: usize| {
            let is_drawn = |column: usize| column < WIDTH && bits >> (row * WIDTH + column) & 1 != 0;
            let starts = (0..WIDTH).filter(|column| is_drawn(*column) && (*column == 0 || !is_drawn(column - 1)));
            starts.map(|left| (left, (left..).find(|column| !is_drawn(*column)).unwrap())).collect::<Vec<_>>()
        };
        let mut rectangles = Vec::new();
        let mut top = 0;
        while top < ROWS {
            let bottom = (top..ROWS).find(|row| runs_of(*row) != runs_of(top)).unwrap_or(ROWS);
            rectangles.extend(runs_of(top).iter().map(|&(left, right)| Rectangle { left, top, right, bottom }));
            top = bottom;
        }
        rectangles
    }

    #[test]
    fn each_pixel_that_is_not_drawn_is_visited_once_and_no_other() {
        for bits in 0..1 << (WIDTH * ROWS) {
            let mut times = [0; WIDTH * ROWS];
            let mut visit = |left_over: Rectangle| {
                for row in left_over.top..left_over.bottom {
                    for column in left_over.left..left_over.right {
                        times[row * WIDTH + column] += 1;
                    }
                }
            };
            let mut remainder = Remainder::new(WIDTH, ROWS);
            for rectangle in bands_of(bits) {
                remainder.pass(rectangle, &mut visit);
            }
            remainder.finish(&mut visit);
            for (place, times) in times.iter().enumerate() {
                assert_eq!(*times, 1 - (bits >> place & 1), "pixel {place} of {bits:#b}");
            }
        }
    }

    #[test]
    fn what_is_no_region_visits_pixels_of_the_picture_at_most() {
        let coordinates = [0, 1, 3, 9, usize::MAX];
        let each = || coordinates.iter().copied();
        for (first_left, first_top, second_left, second_top) in
            each().flat_map(|a| each().flat_map(move |b| each().flat_map(move |c| each().map(move |d| (a, b, c, d)))))
        {
            let mut visit = |left_over: Rectangle| assert!(left_over.right <= WIDTH && left_over.bottom <= ROWS);
            let mut remainder = Remainder::new(WIDTH, ROWS);
            for (left, top) in [(first_left, first_top), (second_left, second_top)] {
                let (right, bottom) = (left.saturating_add(2), top.saturating_add(2));
                remainder.pass(Rectangle { left, top, right, bottom }, &mut visit);
            }
            remainder.finish(&mut visit);
        }
    }
}
