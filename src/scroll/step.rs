//! What a program asks of a scroll, checked.

/// Rows that stay where they are while the rest scrolls. The margins lie outside them, and scroll with the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Rows above the kept rows at the top.
    pub top_margin_rows: usize,
    /// Kept rows at the top; 0 for none.
    pub top_rows: usize,
    /// Rows below the kept rows at the bottom.
    pub bottom_margin_rows: usize,
    /// Kept rows at the bottom; 0 for none.
    pub bottom_rows: usize,
}

impl Kept {
    /// Rows from the upper edge to the end of the kept rows; 0 if none are kept, whatever the margin.
    pub(super) fn top_reach(&self) -> usize {
        if self.top_rows > 0 { self.top_margin_rows.saturating_add(self.top_rows) } else { 0 }
    }

    /// The same from the lower edge.
    pub(super) fn bottom_reach(&self) -> usize {
        if self.bottom_rows > 0 { self.bottom_margin_rows.saturating_add(self.bottom_rows) } else { 0 }
    }
}

/// Which way the content goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Rows move up, and new ones appear at the bottom (`rows > 0` in C).
    Up,
    /// Rows move down, and new ones appear at the top (`rows < 0` in C).
    Down,
}

/// A scroll that makes sense for its view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// By how many rows: at least 1, less than the view has.
    pub rows: usize,
    /// Which way.
    pub direction: Direction,
    /// What stays.
    pub kept: Kept,
}

/// Why a scroll makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadStep {
    /// `rows` is 0.
    NoRows,
    /// `|rows|` is not less than the height.
    TooManyRows,
    /// A margin or a number of kept rows is negative.
    Negative,
    /// The kept rows and the scrolled distance do not fit in the view: rows would be both kept and overwritten.
    Overlap,
}

impl Step {
    /// Checks the arguments of `shm_scroll` for a view of `view_rows` rows.
    pub fn new(view_rows: usize, rows: i32, margins_and_kept: [i32; 4]) -> Result<Step, BadStep> {
        if rows == 0 {
            return Err(BadStep::NoRows);
        }
        let direction = if rows > 0 { Direction::Up } else { Direction::Down };
        let rows = usize::try_from(rows.unsigned_abs()).map_err(|_| BadStep::TooManyRows)?;
        if rows >= view_rows {
            return Err(BadStep::TooManyRows);
        }
        let mut numbers = [0_usize; 4];
        for (number, given) in numbers.iter_mut().zip(margins_and_kept) {
            *number = usize::try_from(given).map_err(|_| BadStep::Negative)?;
        }
        let [top_margin_rows, top_rows, bottom_margin_rows, bottom_rows] = numbers;
        let kept = Kept { top_margin_rows, top_rows, bottom_margin_rows, bottom_rows };
        let needed = kept.top_reach().saturating_add(kept.bottom_reach()).saturating_add(rows);
        if needed > view_rows {
            return Err(BadStep::Overlap);
        }
        Ok(Step { rows, direction, kept })
    }
}
