//! The chart: what a step costs against the size of the picture, both logarithmic; below it a terminal's frames.

use std::path::Path;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::marks::{Mark, Shape};
use crate::ratios;
use crate::records::{Machine, Record, Scroll, Size, Variant};

pub type Failure = Box<dyn std::error::Error>;
pub type Panel<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<LogCoord<f64>, LogCoord<f64>>>;

const WIDTH: u32 = 1280;
/// Of the upper part, with the foot.
const HEIGHT: u32 = 720;
const FOOT: u32 = 40;
const TERMINAL_HEIGHT: u32 = 380;
pub const FONT: &str = "sans-serif";
const BYTES_PER_MEGABYTE: f64 = 1e6;
const RATIO_SIZES: [Size; 2] = [Size { width: 1920, height: 1080 }, Size { width: 3840, height: 2160 }];

/// A line of the chart. The colours can be told apart by people who do not see all of them, the marks by everybody.
struct Line {
    variant: Variant,
    name: &'static str,
    color: RGBColor,
    shape: Shape,
}

const LINES: [Line; 5] = [
    Line {
        variant: Variant::Original,
        name: "foot's own shm.c (1.8.1)",
        color: RGBColor(213, 94, 0),
        shape: Shape::Triangle,
    },
    Line { variant: Variant::Memmove, name: "memmove in place", color: RGBColor(117, 112, 179), shape: Shape::Square },
    Line { variant: Variant::Ours, name: "millpond", color: RGBColor(0, 114, 178), shape: Shape::Circle },
    Line {
        variant: Variant::OursUncleared,
        name: "millpond, exposed rows not zeroed",
        color: RGBColor(0, 114, 178),
        shape: Shape::Hollow,
    },
    Line {
        variant: Variant::Floor,
        name: "writing the rows, no scroll",
        color: RGBColor(110, 110, 110),
        shape: Shape::Cross,
    },
];

/// Writes the chart to `file`. Nothing, if there is nothing to draw.
pub fn draw(file: &Path, records: &[Record]) -> Result<(), Failure> {
    let steps = scrolls(records, |scroll| scroll.rows == 40);
    let halves = scrolls(records, |scroll| scroll.rows.unsigned_abs() > scroll.size.height / 4);
    let terminal = ratios::to_draw(records);
    let has_steps = !steps.is_empty() || !halves.is_empty();
    let upper_height = if has_steps { HEIGHT - FOOT } else { 0 };
    let lower_height = if terminal.is_empty() { 0 } else { TERMINAL_HEIGHT };
    if upper_height + lower_height == 0 {
        return Ok(());
    }
    let root = SVGBackend::new(file, (WIDTH, upper_height + lower_height + FOOT)).into_drawing_area();
    root.fill(&WHITE)?;
    let (upper, rest) = root.split_vertically(upper_height);
    let (lower, foot) = rest.split_vertically(lower_height);
    if has_steps {
        draw_steps(&upper, &steps, &halves)?;
    }
    if !terminal.is_empty() {
        ratios::draw(&lower, &terminal)?;
    }
    draw_foot(&foot, records)?;
    root.present()?;
    Ok(())
}

fn draw_steps(area: &Panel<'_>, steps: &[&Scroll], halves: &[&Scroll]) -> Result<(), Failure> {
    let titled = area.titled("CPU time of one scroll step, wraps included", (FONT, 24))?;
    let panels = titled.titled("numbers: how many times as long as with millpond", (FONT, 14))?;
    let (left, right) = panels.split_horizontally(WIDTH / 2);
    let range = range_of(steps.iter().chain(halves).map(|scroll| scroll.mean_ns / 1e3));
    draw_panel(&left, "by 40 rows", steps, range, true)?;
    draw_panel(&right, "by half a page (45 % of the rows)", halves, range, false)
}

/// The cases to draw: without kept rows, smallest first.
fn scrolls(records: &[Record], is_wanted: impl Fn(&Scroll) -> bool) -> Vec<&Scroll> {
    let mut scrolls: Vec<&Scroll> = records
        .iter()
        .filter_map(|record| match record {
            Record::Scroll(scroll) if scroll.kept_rows == 0 && is_wanted(scroll) => Some(scroll),
            _ => None,
        })
        .collect();
    scrolls.sort_by(|a, b| a.size.bytes().total_cmp(&b.size.bytes()));
    scrolls
}

/// Whole powers of ten around all figures, with room for the names of the sizes below them.
fn range_of(figures: impl Iterator<Item = f64>) -> (f64, f64) {
    let (mut low, mut high) = (f64::MAX, 0.0_f64);
    for figure in figures.filter(|figure| *figure > 0.0) {
        low = low.min(figure);
        high = high.max(figure);
    }
    (10_f64.powf((low / 4.0).log10().floor()), 10_f64.powf(high.log10().ceil()))
}

fn megabytes(scroll: &Scroll) -> f64 {
    scroll.size.bytes() / BYTES_PER_MEGABYTE
}

fn draw_panel(
    panel: &Panel<'_>,
    title: &str,
    scrolls: &[&Scroll],
    (low, high): (f64, f64),
    has_legend: bool,
) -> Result<(), Failure> {
    let (narrow, wide) = (0.7, 190.0);
    let mut chart = ChartBuilder::on(panel)
        .caption(title, (FONT, 18))
        .margin(12)
        .x_label_area_size(48)
        .y_label_area_size(76)
        .build_cartesian_2d((narrow..wide).log_scale(), (low..high).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("size of the picture (MB, 4 bytes per pixel)")
        .y_desc("CPU time per step (µs)")
        .axis_desc_style((FONT, 15))
        .label_style((FONT, 13))
        .bold_line_style(RGBColor(215, 215, 215))
        .light_line_style(RGBColor(242, 242, 242))
        .x_label_formatter(&|value| plain(*value))
        .y_label_formatter(&|value| plain(*value))
        .draw()?;
    draw_sizes(&mut chart, scrolls, (low, high))?;
    for line in &LINES {
        draw_line(&mut chart, line, scrolls)?;
        if matches!(line.variant, Variant::Original | Variant::Memmove) {
            draw_ratios(&mut chart, line, scrolls)?;
        }
    }
    if has_legend {
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .margin(14)
            .legend_area_size(34)
            .label_font((FONT, 14))
            .background_style(WHITE.mix(0.9))
            .border_style(RGBColor(190, 190, 190))
            .draw()?;
    }
    Ok(())
}

/// 1000 as "1 000", 0.1 as "0.1".
fn plain(value: f64) -> String {
    if value < 1.0 {
        return format!("{value}");
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A dashed line and the name for each size that was measured.
fn draw_sizes(chart: &mut Chart<'_, '_>, scrolls: &[&Scroll], (low, high): (f64, f64)) -> Result<(), Failure> {
    let mut last = None;
    for scroll in scrolls {
        if last == Some(scroll.size) {
            continue;
        }
        last = Some(scroll.size);
        let at = megabytes(scroll);
        let style = RGBColor(190, 190, 190).stroke_width(1);
        chart.draw_series(DashedLineSeries::new([(at, low), (at, high)], 3, 4, style))?;
        let label = (FONT, 12).into_font().transform(FontTransform::Rotate270).color(&RGBColor(120, 120, 120));
        let place = (at * 1.02, low * 1.15);
        chart.draw_series([Text::new(scroll.size.to_string(), place, label)])?;
    }
    Ok(())
}

fn draw_line<'a, 'b: 'a>(chart: &mut Chart<'a, 'b>, line: &Line, scrolls: &[&Scroll]) -> Result<(), Failure> {
    let points: Vec<(f64, f64)> = scrolls
        .iter()
        .filter(|scroll| scroll.variant == line.variant && scroll.mean_ns > 0.0)
        .map(|scroll| (megabytes(scroll), scroll.mean_ns / 1e3))
        .collect();
    // Without an original to compare with, nor a word about it.
    if points.is_empty() {
        return Ok(());
    }
    let style = line.color.stroke_width(2);
    let (color, shape) = (line.color, line.shape);
    let series = match shape {
        Shape::Hollow | Shape::Cross => chart.draw_series(DashedLineSeries::new(points.clone(), 6, 4, style))?,
        _ => chart.draw_series(LineSeries::new(points.clone(), style))?,
    };
    series.label(line.name).legend(move |(x, y)| {
        EmptyElement::at((x, y)) + PathElement::new([(0, 0), (28, 0)], style) + Mark { at: (14, 0), shape, color }
    });
    chart.draw_series(points.into_iter().map(|at| Mark { at, shape, color }))?;
    Ok(())
}

/// How many times as long as millpond it takes, at the two sizes that most screens have.
fn draw_ratios(chart: &mut Chart<'_, '_>, line: &Line, scrolls: &[&Scroll]) -> Result<(), Failure> {
    let of = |variant: Variant, size: Size| {
        scrolls.iter().find(|scroll| scroll.variant == variant && scroll.size == size && scroll.mean_ns > 0.0)
    };
    for size in RATIO_SIZES {
        let (Some(other), Some(ours)) = (of(line.variant, size), of(Variant::Ours, size)) else { continue };
        let ratio = other.mean_ns / ours.mean_ns;
        let text = if ratio < 10.0 { format!("{ratio:.1}x") } else { format!("{ratio:.0}x") };
        // Where the marks nearly touch, the number stands below both.
        let (vertical, aside) = if ratio < 2.0 { (VPos::Top, 0.6) } else { (VPos::Bottom, 1.22) };
        let style = (FONT, 15).into_font().style(FontStyle::Bold).color(&line.color);
        let style = style.pos(Pos::new(HPos::Center, vertical));
        chart.draw_series([Text::new(text, (megabytes(other), other.mean_ns / 1e3 * aside), style)])?;
    }
    Ok(())
}

fn draw_foot(foot: &Panel<'_>, records: &[Record]) -> Result<(), Failure> {
    let machine = records.iter().find_map(|record| match record {
        Record::Machine(machine) => Some(machine),
        _ => None,
    });
    let has_steps = records.iter().any(|record| matches!(record, Record::Scroll(_)));
    let text = machine.map_or(String::new(), |machine| describe(machine, has_steps));
    foot.draw(&Text::new(text, (76, 10), (FONT, 13).into_font().color(&RGBColor(90, 90, 90))))?;
    Ok(())
}

fn describe(machine: &Machine, has_steps: bool) -> String {
    // Behind the numbers stands who has built the kernel, and sometimes for which host.
    let numbers = |character: char| character.is_ascii_digit() || character == '.';
    let version: String = machine.kernel.chars().take_while(|character| numbers(*character)).collect();
    let step = if has_steps { "; a step: get, scroll, and write the rows that came in" } else { "" };
    format!(
        "millpond {}, {} x {}, Linux {version}{step}; compositor in another process",
        machine.millpond, machine.processors, machine.processor
    )
}
