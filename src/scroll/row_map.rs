//! Where the rows of a newer picture stood in an older one.

use super::step::{Direction, Step};

/// More pieces than some scrolls with kept rows make in one frame.
const BANDS_MAX: usize = 16;

/// Rows that were moved together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Band {
    /// The first row.
    pub(super) start: usize,
    /// The row behind the last.
    pub(super) end: usize,
    /// Row y of the newer picture is row y + shift of the older one; None: these rows are in no older picture.
    pub(super) shift: Option<isize>,
}

/// For each row of a view where it was before.
///
/// ```text
///   older        newer, after a scroll by 2 that keeps row 0 and the last row
///   0 a          0 a   shift 0
///   1 b          1 d   shift 2
///   2 c          2 e   shift 2
///   3 d          3     None
///   4 e          4     None
///   5 f          5 f   shift 0
/// ```
#[derive(Clone, Copy, Debug)]
pub(super) struct RowMap {
    bands: [Band; BANDS_MAX],
    count: usize,
}

const NO_BAND: Band = Band { start: 0, end: 0, shift: None };

impl RowMap {
    /// Nothing was moved.
    pub(super) fn unmoved(view_rows: usize) -> RowMap {
        let mut map = RowMap { bands: [NO_BAND; BANDS_MAX], count: 0 };
        map.clear(view_rows);
        map
    }

    /// Nothing was moved any more.
    pub(super) fn clear(&mut self, view_rows: usize) {
        self.bands[0] = Band { start: 0, end: view_rows, shift: Some(0) };
        self.count = 1;
    }

    /// What one step does to a view.
    pub(super) fn of_step(view_rows: usize, step: &Step) -> RowMap {
        let kept = &step.kept;
        let top = if kept.top_rows > 0 { kept.top_margin_rows..kept.top_reach() } else { 0..0 };
        let bottom_end = view_rows - if kept.bottom_rows > 0 { kept.bottom_margin_rows } else { 0 };
        let bottom = view_rows - kept.bottom_reach()..bottom_end;
        let mut map = RowMap { bands: [NO_BAND; BANDS_MAX], count: 0 };
        map.push_moved(0, top.start, view_rows, step);
        let bottom_start = bottom.start.max(top.end);
        map.push(top.start, top.end, Some(0));
        map.push_moved(top.end, bottom_start, view_rows, step);
        map.push(bottom_start, bottom.end, Some(0));
        map.push_moved(bottom.end, view_rows, view_rows, step);
        map
    }

    /// The rows of the view, from top to bottom. Neighbours differ.
    pub(super) fn bands(&self) -> &[Band] {
        &self.bands[..self.count]
    }

    /// True if nothing was moved.
    pub(super) fn is_unmoved(&self) -> bool {
        self.count == 1 && self.bands[0].shift == Some(0)
    }

    /// Goes on with what happened next. None: too many pieces.
    pub(super) fn then(&self, next: &RowMap) -> Option<RowMap> {
        let mut map = RowMap { bands: [NO_BAND; BANDS_MAX], count: 0 };
        let mut fits = true;
        for band in next.bands() {
            let Some(shift) = band.shift else {
                fits &= map.push(band.start, band.end, None);
                continue;
            };
            for earlier in self.bands() {
                let start = band.start.max(earlier.start.saturating_add_signed(-shift));
                let end = band.end.min(earlier.end.saturating_add_signed(-shift));
                fits &= map.push(start, end, earlier.shift.map(|earlier| earlier + shift));
            }
        }
        fits.then_some(map)
    }

    /// The shift of most rows. 0 before others of as many rows.
    pub(super) fn main_shift(&self) -> isize {
        if self.is_unmoved() {
            return 0;
        }
        let rows_of = |shift: isize| {
            let bands = self.bands().iter().filter(|band| band.shift == Some(shift));
            bands.map(|band| band.end - band.start).sum::<usize>()
        };
        let mut best = (0, rows_of(0));
        for shift in self.bands().iter().filter_map(|band| band.shift) {
            let rows = rows_of(shift);
            if rows > best.1 {
                best = (shift, rows);
            }
        }
        best.0
    }

    /// Rows that a step moves, or that it brings in.
    fn push_moved(&mut self, start: usize, end: usize, view_rows: usize, step: &Step) {
        let rows = isize::try_from(step.rows).unwrap_or(isize::MAX);
        match step.direction {
            Direction::Up => {
                let exposed = (view_rows - step.rows).clamp(start, end.max(start));
                self.push(start, exposed, Some(rows));
                self.push(exposed, end, None);
            }
            Direction::Down => {
                let exposed = step.rows.clamp(start, end.max(start));
                self.push(start, exposed, None);
                self.push(exposed, end, Some(-rows));
            }
        }
    }

    /// Adds rows at the end. False: there is no room.
    fn push(&mut self, start: usize, end: usize, shift: Option<isize>) -> bool {
        if start >= end {
            return true;
        }
        if let Some(last) = self.count.checked_sub(1).map(|index| &mut self.bands[index]) {
            if last.end == start && last.shift == shift {
                last.end = end;
                return true;
            }
        }
        let Some(place) = self.bands.get_mut(self.count) else { return false };
        *place = Band { start, end, shift };
        self.count += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::step::Kept;
    use super::*;

    fn map_of(bands: &[(usize, usize, Option<isize>)]) -> RowMap {
        let mut map = RowMap { bands: [NO_BAND; BANDS_MAX], count: 0 };
        for &(start, end, shift) in bands {
            assert!(map.push(start, end, shift));
        }
        assert_eq!(map.count, bands.len());
        map
    }

    /// Bands that each differ from the one before; the first has two rows, the others one.
    fn as_many_bands_as_there_may_be() -> RowMap {
        let mut map = map_of(&[(0, 2, Some(1))]);
        for row in 2..=BANDS_MAX {
            assert!(map.push(row, row + 1, Some(isize::from(row % 2 == 1))));
        }
        assert_eq!(map.count, BANDS_MAX);
        map
    }

    #[test]
    fn neighbours_differ() {
        let up = Step { rows: 1, direction: Direction::Up, kept: Kept::default() };
        let once = RowMap::of_step(10, &up);
        let twice = once.then(&once).unwrap();
        let expected = map_of(&[(0, 8, Some(2)), (8, 10, None)]);
        assert_eq!(twice.bands(), expected.bands());
    }

    #[test]
    fn too_many_pieces_are_none() {
        let earlier = as_many_bands_as_there_may_be();
        let rows = BANDS_MAX + 1;
        assert!(earlier.then(&map_of(&[(0, rows, Some(0))])).is_some());
        assert!(earlier.then(&map_of(&[(0, rows, Some(0)), (rows, rows + 1, None)])).is_none());
        assert!(earlier.then(&map_of(&[(0, 1, None), (1, rows, Some(0))])).is_none());
    }

    #[test]
    fn the_main_shift_is_that_of_most_rows() {
        assert_eq!(map_of(&[(0, 6, Some(1)), (6, 10, Some(2))]).main_shift(), 1);
        assert_eq!(map_of(&[(0, 2, Some(1)), (2, 5, Some(2)), (5, 7, Some(1))]).main_shift(), 1);
        assert_eq!(map_of(&[(0, 5, Some(3)), (5, 10, Some(0))]).main_shift(), 0);
        assert_eq!(map_of(&[(0, 5, Some(0)), (5, 10, Some(3))]).main_shift(), 0);
        assert_eq!(map_of(&[(0, 10, None)]).main_shift(), 0);
    }
}
