//! The marks of the chart's lines.

use plotters::element::{Drawable, PointCollection};
use plotters::prelude::*;
use plotters_backend::{BackendCoord, DrawingErrorKind};

#[derive(Clone, Copy, Debug)]
pub enum Shape {
    Circle,
    Hollow,
    Triangle,
    Cross,
    Square,
}

/// A mark at one point, in whatever the chart counts.
#[derive(Debug)]
pub struct Mark<C> {
    pub at: C,
    pub shape: Shape,
    pub color: RGBColor,
}

impl<'a, C> PointCollection<'a, C> for &'a Mark<C> {
    type Point = &'a C;
    type IntoIter = std::iter::Once<&'a C>;

    fn point_iter(self) -> Self::IntoIter {
        std::iter::once(&self.at)
    }
}

impl<C, B: DrawingBackend> Drawable<B> for Mark<C> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        points: I,
        backend: &mut B,
        _size: (u32, u32),
    ) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        let line = self.color.stroke_width(2);
        for (x, y) in points {
            match self.shape {
                Shape::Circle => backend.draw_circle((x, y), 5, &self.color, true)?,
                Shape::Hollow => {
                    backend.draw_circle((x, y), 5, &WHITE, true)?;
                    backend.draw_circle((x, y), 5, &line, false)?;
                }
                Shape::Triangle => {
                    backend.fill_polygon([(x, y - 7), (x + 6, y + 4), (x - 6, y + 4)], &self.color)?;
                }
                Shape::Cross => {
                    backend.draw_line((x - 4, y - 4), (x + 4, y + 4), &line)?;
                    backend.draw_line((x - 4, y + 4), (x + 4, y - 4), &line)?;
                }
                Shape::Square => backend.draw_rect((x - 4, y - 4), (x + 4, y + 4), &self.color, true)?,
            }
        }
        Ok(())
    }
}
