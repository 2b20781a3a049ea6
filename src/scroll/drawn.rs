//! What was drawn: a bounded list of rectangles, which may cover more than was drawn, never less.

use crate::units::Rectangle;

use super::row_map::RowMap;

/// A terminal's frame has some rows and four margins; a list of more is made coarser.
const RECTANGLES_MAX: usize = 32;

/// Rectangles of a view.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn {
    rectangles: [Rectangle; RECTANGLES_MAX],
    count: usize,
}

impl Drawn {
    /// Nothing.
    pub(super) const fn nothing() -> Drawn {
        Drawn { rectangles: [Rectangle::EMPTY; RECTANGLES_MAX], count: 0 }
    }

    /// Nothing any more.
    pub(super) fn clear(&mut self) {
        self.count = 0;
    }

    /// The rectangles. They may overlap.
    pub(super) fn rectangles(&self) -> &[Rectangle] {
        &self.rectangles[..self.count]
    }

    /// Adds a rectangle. If there are too many, it is put together with the one that grows least by it.
    pub(super) fn add(&mut self, rectangle: Rectangle) {
        if rectangle.is_empty() || self.rectangles().iter().any(|other| other.contains(&rectangle)) {
            return;
        }
        self.remove_within(&rectangle);
        if let Some(place) = self.rectangles.get_mut(self.count) {
            *place = rectangle;
            self.count += 1;
            return;
        }
        let growth = |other: &&mut Rectangle| other.around(&rectangle).pixels() - other.pixels();
        if let Some(nearest) = self.rectangles.iter_mut().min_by_key(growth) {
            *nearest = nearest.around(&rectangle);
        }
    }

    fn remove_within(&mut self, rectangle: &Rectangle) {
        let mut kept = 0;
        for index in 0..self.count {
            if !rectangle.contains(&self.rectangles[index]) {
                self.rectangles[kept] = self.rectangles[index];
                kept += 1;
            }
        }
        self.count = kept;
    }

    /// The same pixels after rows were moved. What was in rows that are gone is gone.
    #[must_use]
    pub(super) fn moved(&self, map: &RowMap) -> Drawn {
        let mut moved = Drawn::nothing();
        for band in map.bands() {
            let Some(shift) = band.shift else { continue };
            let (start, end) = (band.start.saturating_add_signed(shift), band.end.saturating_add_signed(shift));
            for rectangle in self.rectangles() {
                moved.add(rectangle.rows_between(start, end).shifted_rows(-shift));
            }
        }
        moved
    }
}
