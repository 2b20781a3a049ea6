//! A row of the table: figures, a goal, and whether it is reached.

use serde::{Serialize, Serializer};

use crate::records::{HasVariant, Variant};

/// The same figure of the three that are compared; None where it was not measured.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Figures {
    pub ours: Option<f64>,
    pub original: Option<f64>,
    pub memmove: Option<f64>,
}

impl Figures {
    /// One figure out of each record.
    pub fn of<'a, R: HasVariant + 'a>(
        records: impl IntoIterator<Item = &'a R>,
        figure: impl Fn(&R) -> Option<f64>,
    ) -> Figures {
        let mut figures = Figures::default();
        for record in records {
            match record.variant() {
                Variant::Ours => figures.ours = figure(record),
                Variant::Original => figures.original = figure(record),
                Variant::Memmove => figures.memmove = figure(record),
                Variant::OursUncleared | Variant::Floor => {}
            }
        }
        figures
    }
}

/// What a figure is counted in.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Nanoseconds,
    Count,
    Views,
    Bytes,
}

impl Unit {
    fn show(self, figure: f64) -> String {
        match self {
            Unit::Nanoseconds if figure < 1e3 => format!("{figure:.0} ns"),
            Unit::Nanoseconds if figure < 1e4 => format!("{:.2} us", figure / 1e3),
            Unit::Nanoseconds if figure < 1e6 => format!("{:.1} us", figure / 1e3),
            Unit::Nanoseconds => format!("{:.2} ms", figure / 1e6),
            Unit::Count if figure == figure.trunc() => format!("{figure:.0}"),
            Unit::Count if figure < 0.01 => format!("{figure:.4}"),
            Unit::Count => format!("{figure:.2}"),
            Unit::Views => format!("{figure:.2} views"),
            Unit::Bytes => format!("{:.2} MiB", figure / 1024.0 / 1024.0),
        }
    }
}

/// What is wanted of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// Ours takes at most the original's figure divided by this.
    TimesOriginal(f64),
    /// Ours takes at most memmove's figure times this.
    OfMemmove(f64),
    /// Ours is at most the original's figure times this.
    OfOriginal(f64),
    /// Our figure is at most this.
    AtMost(f64),
    /// Not asked for; shown because it is good to know.
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Pass,
    Short,
    /// There is no goal, or nothing to compare with.
    Open,
}

#[derive(Clone, Debug, Serialize)]
pub struct Row {
    pub section: &'static str,
    pub what: String,
    pub size: String,
    pub unit: Unit,
    #[serde(flatten)]
    pub figures: Figures,
    /// Original (without it: memmove) divided by ours; where less than so many times a figure is wanted: ours divided by it.
    pub ratio: Option<f64>,
    #[serde(serialize_with = "goal_as_text")]
    pub goal: Goal,
    pub verdict: Verdict,
    /// Why there is no verdict, or what else to know.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub note: String,
}

impl Row {
    pub fn new(section: &'static str, what: impl Into<String>, unit: Unit, figures: Figures, goal: Goal) -> Row {
        let ratio = ratio(&figures, goal);
        let verdict = verdict(&figures, goal);
        let note = if matches!(goal, Goal::TimesOriginal(_)) && figures.original.is_none() {
            "against memmove".to_owned()
        } else {
            String::new()
        };
        Row { section, what: what.into(), size: String::new(), unit, figures, ratio, goal, verdict, note }
    }

    #[must_use]
    pub fn at(self, size: impl std::fmt::Display) -> Row {
        Row { size: size.to_string(), ..self }
    }

    /// Says why there can be no verdict.
    #[must_use]
    pub fn open(self, note: &str) -> Row {
        Row { verdict: Verdict::Open, note: note.to_owned(), ..self }
    }

    #[must_use]
    pub fn noted(self, note: &str) -> Row {
        Row { note: note.to_owned(), ..self }
    }

    /// The columns, as text.
    pub fn cells(&self) -> [String; 8] {
        let show = |figure: Option<f64>| figure.map_or("-".to_owned(), |figure| self.unit.show(figure));
        [
            self.what.clone(),
            self.size.clone(),
            show(self.figures.ours),
            show(self.figures.original),
            show(self.figures.memmove),
            self.ratio_text(),
            self.goal.text(self.unit),
            self.verdict.text().to_owned(),
        ]
    }

    fn ratio_text(&self) -> String {
        match (self.ratio, self.goal) {
            (None, _) | (_, Goal::AtMost(_)) => "-".to_owned(),
            (Some(ratio), Goal::OfMemmove(_)) => format!("{ratio:.2} mm"),
            (Some(ratio), Goal::OfOriginal(_)) => format!("{ratio:.2} or"),
            (Some(ratio), _) if ratio < 2.0 => format!("{ratio:.2}x"),
            (Some(ratio), _) => format!("{ratio:.1}x"),
        }
    }
}

impl Goal {
    fn text(self, unit: Unit) -> String {
        match self {
            Goal::TimesOriginal(times) => format!(">= {times}x"),
            Goal::OfMemmove(times) => format!("<= {times} mm"),
            Goal::OfOriginal(times) => format!("<= {times} or"),
            Goal::AtMost(most) => format!("<= {}", unit.show(most)).replace("<= 0", "0"),
            Goal::None => "-".to_owned(),
        }
    }
}

impl Verdict {
    fn text(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Short => "short",
            Verdict::Open => "-",
        }
    }
}

fn goal_as_text<S: Serializer>(goal: &Goal, serializer: S) -> Result<S::Ok, S::Error> {
    match goal {
        Goal::TimesOriginal(times) => serializer.collect_str(&format_args!("original / ours >= {times}")),
        Goal::OfMemmove(times) => serializer.collect_str(&format_args!("ours / memmove <= {times}")),
        Goal::OfOriginal(times) => serializer.collect_str(&format_args!("ours / original <= {times}")),
        Goal::AtMost(most) => serializer.collect_str(&format_args!("ours <= {most}")),
        Goal::None => serializer.serialize_none(),
    }
}

fn ratio(figures: &Figures, goal: Goal) -> Option<f64> {
    let ours = figures.ours?;
    let (above, below) = match goal {
        Goal::OfMemmove(_) => (ours, figures.memmove?),
        Goal::OfOriginal(_) => (ours, figures.original?),
        _ => (figures.original.or(figures.memmove)?, ours),
    };
    (below > 0.0).then_some(above / below)
}

fn verdict(figures: &Figures, goal: Goal) -> Verdict {
    let is_reached = match goal {
        Goal::TimesOriginal(times) => {
            figures.ours.zip(figures.original).map(|(ours, original)| ours * times <= original)
        }
        Goal::OfMemmove(times) => figures.ours.zip(figures.memmove).map(|(ours, memmove)| ours <= memmove * times),
        Goal::OfOriginal(times) => figures.ours.zip(figures.original).map(|(ours, original)| ours <= original * times),
        Goal::AtMost(most) => figures.ours.map(|ours| ours <= most),
        Goal::None => None,
    };
    match is_reached {
        Some(true) => Verdict::Pass,
        Some(false) => Verdict::Short,
        None => Verdict::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(ours: f64, original: f64, memmove: f64) -> Figures {
        Figures { ours: Some(ours), original: Some(original), memmove: Some(memmove) }
    }

    fn row(figures: Figures, goal: Goal) -> Row {
        Row::new("section", "what", Unit::Nanoseconds, figures, goal)
    }

    #[test]
    fn goals_are_reached_exactly_at_their_limit() {
        assert_eq!(row(figures(10.0, 250.0, 100.0), Goal::TimesOriginal(25.0)).verdict, Verdict::Pass);
        assert_eq!(row(figures(10.1, 250.0, 100.0), Goal::TimesOriginal(25.0)).verdict, Verdict::Short);
        assert_eq!(row(figures(150.0, 250.0, 100.0), Goal::OfMemmove(1.5)).verdict, Verdict::Pass);
        assert_eq!(row(figures(151.0, 250.0, 100.0), Goal::OfMemmove(1.5)).verdict, Verdict::Short);
        assert_eq!(row(figures(375.0, 250.0, 100.0), Goal::OfOriginal(1.5)).verdict, Verdict::Pass);
        assert_eq!(row(figures(376.0, 250.0, 100.0), Goal::OfOriginal(1.5)).verdict, Verdict::Short);
        assert_eq!(row(figures(0.0, 250.0, 100.0), Goal::AtMost(0.0)).verdict, Verdict::Pass);
        assert_eq!(row(figures(0.1, 250.0, 100.0), Goal::AtMost(0.0)).verdict, Verdict::Short);
    }

    #[test]
    fn what_was_not_measured_has_no_verdict() {
        let without_original = Figures { original: None, ..figures(10.0, 0.0, 100.0) };
        let row_without = row(without_original, Goal::TimesOriginal(25.0));
        assert_eq!(row_without.verdict, Verdict::Open);
        assert_eq!(row_without.note, "against memmove");
        assert_eq!(row_without.ratio, Some(10.0));
        assert_eq!(row(without_original, Goal::OfOriginal(1.5)).verdict, Verdict::Open);
        assert_eq!(row(Figures::default(), Goal::AtMost(0.0)).verdict, Verdict::Open);
        assert_eq!(row(figures(1.0, 1.0, 1.0), Goal::None).verdict, Verdict::Open);
    }

    #[test]
    fn the_ratio_is_of_what_the_goal_is_about() {
        assert_eq!(row(figures(10.0, 250.0, 100.0), Goal::TimesOriginal(2.0)).ratio, Some(25.0));
        assert_eq!(row(figures(10.0, 250.0, 100.0), Goal::OfMemmove(2.0)).ratio, Some(0.1));
        assert_eq!(row(figures(10.0, 250.0, 100.0), Goal::OfOriginal(2.0)).ratio, Some(0.04));
        assert_eq!(row(figures(0.0, 250.0, 100.0), Goal::None).ratio, None);
    }

    #[test]
    fn figures_are_shown_in_a_unit_that_reads_well() {
        assert_eq!(Unit::Nanoseconds.show(51.4), "51 ns");
        assert_eq!(Unit::Nanoseconds.show(1563.0), "1.56 us");
        assert_eq!(Unit::Nanoseconds.show(12_748_000.0), "12.75 ms");
        assert_eq!(Unit::Count.show(3.0), "3");
        assert_eq!(Unit::Count.show(0.0049), "0.0049");
        assert_eq!(Goal::AtMost(0.0).text(Unit::Count), "0");
        assert_eq!(Goal::AtMost(1.25).text(Unit::Views), "<= 1.25 views");
    }
}
