//! What a picture lacks of a newer one, and how it is brought up to date.
//!
//! Two buffers that are shown in turn lag one frame behind each other. What the newer frame did is known: it scrolled,
//! which is a matter of rows, and it drew, which the program has recorded. So the older picture is scrolled likewise, and
//! what is different then is copied from the newer one.
//!
//! ```text
//!   older      newer: scrolled by 1, drew X       older, view moved by 1      and copied
//!   a          b                                  b                           b
//!   b          c                                  c                           c
//!   c          d X                                d                           d X    <- drawn
//!   d          new                                ?                           new    <- in no older picture
//! ```

use crate::limits;
use crate::units::Rectangle;

use super::drawn::Drawn;
use super::row_map::RowMap;
use super::step::{Kept, Step};

/// What happened to a picture since another one was the same: rows were moved, and something was drawn.
#[derive(Clone, Copy, Debug)]
pub struct Lag {
    width: usize,
    rows: usize,
    map: RowMap,
    drawn: Drawn,
    /// How many frames were appended.
    frames: usize,
    is_known: bool,
}

/// How an older picture becomes the newer one.
#[derive(Clone, Copy, Debug)]
pub struct CatchingUp<'lag> {
    /// Row y becomes what is row y + shift. Rows from outside the picture hold anything.
    pub shift: isize,
    lag: &'lag Lag,
    copies_all: bool,
}

impl Lag {
    /// Nothing has happened to a picture of so many pixels and rows.
    pub fn none(width: usize, rows: usize) -> Lag {
        Lag { width, rows, map: RowMap::unmoved(rows), drawn: Drawn::nothing(), frames: 0, is_known: true }
    }

    /// The pictures are the same again.
    pub fn clear(&mut self) {
        self.map.clear(self.rows);
        self.drawn.clear();
        self.frames = 0;
        self.is_known = true;
    }

    /// Something has happened that nobody knows.
    pub fn forget(&mut self) {
        self.is_known = false;
    }

    /// True if what has happened is known.
    pub fn is_known(&self) -> bool {
        self.is_known
    }

    /// The whole picture.
    pub fn whole(&self) -> Rectangle {
        Rectangle { left: 0, top: 0, right: self.width, bottom: self.rows }
    }

    /// Something was drawn. What lies outside the picture does not count.
    pub fn draw(&mut self, rectangle: Rectangle) {
        self.drawn.add(rectangle.intersection(&self.whole()));
    }

    /// The picture was scrolled, and that counts as drawing: all rows but those that were kept.
    pub fn draw_moved(&mut self, step: &Step) {
        let Kept { top_margin_rows, top_rows, bottom_margin_rows, bottom_rows } = step.kept;
        let above = if top_rows > 0 { top_margin_rows } else { 0 };
        let below = if bottom_rows > 0 { self.rows.saturating_sub(bottom_margin_rows) } else { self.rows };
        let whole = self.whole();
        self.draw(whole.rows_between(0, above));
        self.draw(whole.rows_between(step.kept.top_reach(), self.rows.saturating_sub(step.kept.bottom_reach())));
        self.draw(whole.rows_between(below, self.rows));
    }

    /// The picture was scrolled.
    pub fn scroll(&mut self, step: &Step) {
        self.move_rows(&RowMap::of_step(self.rows, step));
    }

    /// All that happened in `newer` happened next, to the same picture.
    pub fn append(&mut self, newer: &Lag) {
        if !newer.is_known || newer.width != self.width || newer.rows != self.rows {
            return self.forget();
        }
        self.frames += 1;
        self.move_rows(&newer.map);
        for rectangle in newer.drawn.rectangles() {
            self.drawn.add(*rectangle);
        }
    }

    fn move_rows(&mut self, map: &RowMap) {
        if map.is_unmoved() {
            return;
        }
        match self.map.then(map) {
            Some(both) => {
                self.map = both;
                self.drawn = self.drawn.moved(map);
            }
            // Too many pieces: as if everything had been drawn.
            None => {
                self.map = RowMap::unmoved(self.rows);
                self.draw(self.whole());
            }
        }
    }

    /// How to make up for it; None if that is not known.
    pub fn catching_up(&self) -> Option<CatchingUp<'_>> {
        let shift = self.map.main_shift();
        self.is_known.then_some(CatchingUp { shift, lag: self, copies_all: false })
    }
}

impl CatchingUp<'_> {
    /// About how many rows each frame moved.
    pub fn rows_per_frame(&self) -> usize {
        self.shift.unsigned_abs() / self.lag.frames.max(1)
    }

    /// The same without a move: everything is copied.
    #[must_use]
    pub fn by_copying_all(self) -> Self {
        CatchingUp { shift: 0, copies_all: true, ..self }
    }

    /// True if a program that draws over some of it anyway does better by itself: nothing moves, and much of the picture is
    /// to be copied.
    pub fn is_mostly_copying(&self) -> bool {
        let mut pixels = 0_usize;
        self.for_each_copy(|rectangle| {
            pixels += (rectangle.right - rectangle.left) * (rectangle.bottom - rectangle.top);
        });
        self.shift == 0 && pixels > self.lag.width * self.lag.rows / limits::CATCHING_UP_PART
    }

    /// Calls `copy` for what is to be copied from the newer picture after the move.
    pub fn for_each_copy(&self, mut copy: impl FnMut(Rectangle)) {
        let whole = self.lag.whole();
        if self.copies_all {
            return copy(whole);
        }
        for band in self.lag.map.bands() {
            let rows = whole.rows_between(band.start, band.end);
            if band.shift != Some(self.shift) {
                copy(rows);
                continue;
            }
            for rectangle in self.lag.drawn.rectangles() {
                let part = rectangle.intersection(&rows);
                if !part.is_empty() {
                    copy(part);
                }
            }
        }
    }

    /// The same as runs of pixels: with what is at the right of a row goes what is at the left of the next one, if both
    /// are to be copied. So the margins of a window are touched once for each row.
    pub fn for_each_run(&self, mut copy: impl FnMut(Runs)) {
        let width = self.lag.width;
        let mut left: Option<Rectangle> = None;
        self.for_each_copy(|rectangle| {
            match left.take() {
                Some(left) if is_beside(&left, &rectangle, width) => {
                    return copy_both_sides(left, rectangle, width, &mut copy);
                }
                Some(left) => copy(Runs::of(&left, width)),
                None => {}
            }
            if rectangle.left == 0 && rectangle.right < width {
                left = Some(rectangle);
            } else {
                copy(Runs::of(&rectangle, width));
            }
        });
        if let Some(left) = left {
            copy(Runs::of(&left, width));
        }
    }
}

/// Pixels in runs of one length, a row from one to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Runs {
    /// The first pixel, counted row by row from the upper left corner.
    pub start: usize,
    /// Pixels of a run.
    pub length: usize,
    /// How many runs.
    pub count: usize,
}

impl Runs {
    fn of(rectangle: &Rectangle, width: usize) -> Runs {
        Runs {
            start: rectangle.top * width + rectangle.left,
            length: rectangle.right - rectangle.left,
            count: rectangle.bottom - rectangle.top,
        }
    }
}

/// True if the two are the left and the right end of the same rows.
fn is_beside(left: &Rectangle, right: &Rectangle, width: usize) -> bool {
    left.top == right.top && left.bottom == right.bottom && right.right == width && right.left > left.right
}

/// ```text
///   row y        | left |                    | right |
///   row y + 1    | left |                    | right |      right of y and left of y + 1 follow each other in memory
/// ```
fn copy_both_sides(left: Rectangle, right: Rectangle, width: usize, copy: &mut impl FnMut(Runs)) {
    let between = right.bottom - right.top - 1;
    copy(Runs { count: 1, ..Runs::of(&left, width) });
    if between > 0 {
        copy(Runs { length: width - right.left + left.right, count: between, ..Runs::of(&right, width) });
    }
    copy(Runs::of(&right.rows_between(right.bottom - 1, right.bottom), width));
}
