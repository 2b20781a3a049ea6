//! The second row of the chart: how many times faster a terminal's frame is than the original's, for each load.

use plotters::prelude::*;

use crate::chart::{FONT, Failure, Panel};
use crate::marks::{Mark, Shape};
use crate::records::{Record, Size};
use crate::terminal_matrix::ratios;

const SIZE: Size = Size { width: 1920, height: 1080 };
/// At least from here to there, so that the line of equal speed is always in the middle of something.
const NARROWEST: (f64, f64) = (0.5, 4.0);

struct Policy {
    name: &'static str,
    text: &'static str,
    color: RGBColor,
    shape: Shape,
}

const POLICIES: [Policy; 3] = [
    Policy { name: "early", text: "buffer released at once", color: RGBColor(0, 114, 178), shape: Shape::Circle },
    Policy { name: "one late", text: "one commit later", color: RGBColor(213, 94, 0), shape: Shape::Triangle },
    Policy { name: "two late", text: "two commits later", color: RGBColor(117, 112, 179), shape: Shape::Square },
];

type Loads<'a> = Vec<(&'a str, Vec<(&'a str, f64)>)>;
type Chart<'a, 'b> =
    ChartContext<'a, SVGBackend<'b>, Cartesian2d<plotters::coord::types::RangedCoordf64, LogCoord<f64>>>;

/// What there is to draw; nothing without an original.
pub fn to_draw(records: &[Record]) -> Loads<'_> {
    let mut loads = ratios(records, SIZE);
    loads.retain(|(_, policies)| !policies.is_empty());
    loads
}

pub fn draw(panel: &Panel<'_>, loads: &Loads<'_>) -> Result<(), Failure> {
    let (low, high) = range_of(loads);
    // Room for the legend, behind the last load.
    let right = loads.len() as f64 + 1.2;
    let mut chart = ChartBuilder::on(panel)
        .caption(format!("a terminal of {SIZE}: times as fast as foot's own shm.c (1.8.1), for each load"), (FONT, 18))
        .margin(12)
        .x_label_area_size(32)
        .y_label_area_size(76)
        .build_cartesian_2d(-0.5..right, (low..high).log_scale())?;
    let name = |at: &f64| {
        let is_load = (at - at.round()).abs() < 0.01 && *at > -0.4;
        if is_load { loads.get(at.round() as usize).map_or("", |(load, _)| *load).to_owned() } else { String::new() }
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(loads.len() + 2)
        .x_label_formatter(&name)
        // There are more places for ticks than loads.
        .set_tick_mark_size(LabelAreaPosition::Bottom, 0)
        .y_desc("foot's shm.c / millpond")
        .axis_desc_style((FONT, 15))
        .label_style((FONT, 13))
        .bold_line_style(RGBColor(215, 215, 215))
        .light_line_style(RGBColor(242, 242, 242))
        .y_label_formatter(&|ratio| format!("{ratio}x"))
        .draw()?;
    let equal = RGBColor(90, 90, 90).stroke_width(2);
    chart.draw_series(LineSeries::new([(-0.5, 1.0), (right, 1.0)], equal))?;
    for (index, policy) in POLICIES.iter().enumerate() {
        draw_policy(&mut chart, policy, index, loads)?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .margin(14)
        .legend_area_size(20)
        .label_font((FONT, 14))
        .background_style(WHITE.mix(0.9))
        .border_style(RGBColor(190, 190, 190))
        .draw()?;
    Ok(())
}

fn range_of(loads: &Loads<'_>) -> (f64, f64) {
    let ratios = loads.iter().flat_map(|(_, policies)| policies).map(|(_, ratio)| *ratio);
    ratios.fold(NARROWEST, |(low, high), ratio| (low.min(ratio / 1.5), high.max(ratio * 1.5)))
}

/// The policies of a load stand side by side.
fn draw_policy<'a, 'b: 'a>(
    chart: &mut Chart<'a, 'b>,
    policy: &Policy,
    index: usize,
    loads: &Loads<'_>,
) -> Result<(), Failure> {
    let (color, shape) = (policy.color, policy.shape);
    let aside = (index as f64 - 1.0) * 0.2;
    let points: Vec<(f64, f64)> = loads
        .iter()
        .enumerate()
        .flat_map(|(place, (_, policies))| {
            let of_policy = policies.iter().filter(|(name, _)| *name == policy.name);
            of_policy.map(move |(_, ratio)| (place as f64 + aside, *ratio))
        })
        .collect();
    for (at, ratio) in &points {
        let stem = [(*at, 1.0), (*at, *ratio)];
        chart.draw_series(LineSeries::new(stem, color.stroke_width(2)))?;
    }
    chart
        .draw_series(points.into_iter().map(|at| Mark { at, shape, color }))?
        .label(policy.text)
        .legend(move |(x, y)| EmptyElement::at((x, y)) + Mark { at: (8, 0), shape, color });
    Ok(())
}
