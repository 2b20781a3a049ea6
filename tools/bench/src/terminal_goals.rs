//! The rows about a terminal's frames. Each stands for all policies of the compositor, or for all loads, and shows the
//! case that is furthest from its goal.

use crate::goals::{all, groups};
use crate::records::{Record, Size, Terminal, TerminalPixels, Variant};
use crate::row::{Figures, Goal, Row, Unit};

const SECTION: &str = "A terminal's frame, as foot 1.8.1 draws it";

/// What counts as "not slower": three hundredths are noise.
const AS_FAST: f64 = 0.97;
const TYPING: f64 = 0.95;
const SCROLLING: f64 = 2.0;
const TURN_OF_MEMMOVE: f64 = 1.5;
const RESIDENT_SCROLLING: f64 = 1.5;
const RESIDENT_AT_REST: f64 = 1.05;

/// Loads that move the view by few lines. Others are moved by the terminal, or painted as a whole.
const SCROLLING_LOADS: [&str; 4] = ["one line", "three lines", "scroll region", "reverse"];
const FULL_HD_HEIGHT: u32 = 1080;
const AT_REST: &str = "idle";
const ONE_LATE: &str = "one late";

pub fn rows(records: &[Record]) -> Vec<Row> {
    let mut rows = Vec::new();
    let pixels: Vec<&TerminalPixels> = all!(records, TerminalPixels).collect();
    if !pixels.is_empty() {
        let figures = Figures::of(pixels, |pixels| Some(pixels.wrong_pictures));
        rows.push(Row::new(SECTION, "wrong pictures", Unit::Count, figures, Goal::AtMost(0.0)));
    }
    for (size, group) in groups(all!(records, Terminal), |terminal: &Terminal| terminal.size) {
        rows.extend(speeds(size, &group));
        rows.extend(worst_frames(size, &group));
        rows.extend(resident(size, &group));
    }
    rows
}

/// The same case of both variants.
struct Pair<'a> {
    load: &'a str,
    policy: &'a str,
    ours: &'a Terminal,
    original: Option<&'a Terminal>,
}

impl Pair<'_> {
    fn figures(&self, figure: fn(&Terminal) -> f64) -> Figures {
        Figures { ours: Some(figure(self.ours)), original: self.original.map(figure), memmove: None }
    }
}

fn pairs<'a>(group: &[&'a Terminal]) -> Vec<Pair<'a>> {
    let of_original = |ours: &Terminal| {
        group
            .iter()
            .copied()
            .find(|other| other.variant == Variant::Original && other.load == ours.load && other.policy == ours.policy)
    };
    let ours = group.iter().copied().filter(|terminal| terminal.variant == Variant::Ours);
    ours.map(|ours| Pair { load: &ours.load, policy: &ours.policy, ours, original: of_original(ours) }).collect()
}

fn is_scrolling(load: &str) -> bool {
    SCROLLING_LOADS.contains(&load)
}

fn speed_goal(size: Size, load: &str) -> f64 {
    match load {
        "typing" => TYPING,
        load if is_scrolling(load) && size.height >= FULL_HD_HEIGHT => SCROLLING,
        _ => AS_FAST,
    }
}

/// The pair whose share of ours in the other figure is the greatest; the first one where there is no other.
fn furthest<'a, 'b>(
    pairs: impl Iterator<Item = &'b Pair<'a>>,
    share: impl Fn(&Pair<'a>) -> Option<f64>,
) -> Option<&'b Pair<'a>>
where
    'a: 'b,
{
    pairs.max_by(|left, right| {
        let (left, right) = (share(left).unwrap_or(0.0), share(right).unwrap_or(0.0));
        left.total_cmp(&right)
    })
}

fn share_of_original(pair: &Pair<'_>, figure: fn(&Terminal) -> f64) -> Option<f64> {
    let original = figure(pair.original?);
    (original > 0.0).then(|| figure(pair.ours) / original)
}

fn speeds(size: Size, group: &[&Terminal]) -> Vec<Row> {
    let time = |terminal: &Terminal| terminal.mean_ns;
    let mut rows = Vec::new();
    let pairs = pairs(group);
    for (load, of_load) in by_load(&pairs) {
        let Some(worst) = furthest(of_load.into_iter(), |pair| share_of_original(pair, time)) else { continue };
        let goal = Goal::TimesOriginal(speed_goal(size, load));
        let what = format!("{load}; worst: {}", worst.policy);
        rows.push(Row::new(SECTION, what, Unit::Nanoseconds, worst.figures(time), goal).at(size));
    }
    rows
}

fn by_load<'a, 'b>(pairs: &'b [Pair<'a>]) -> Vec<(&'a str, Vec<&'b Pair<'a>>)> {
    let mut loads: Vec<(&str, Vec<&Pair<'_>>)> = Vec::new();
    for pair in pairs {
        match loads.iter_mut().find(|(load, _)| *load == pair.load) {
            Some((_, of_load)) => of_load.push(pair),
            None => loads.push((pair.load, vec![pair])),
        }
    }
    loads
}

/// What the worst frame takes more than the others: a turn, which carries the view to another place.
fn worst_frames(size: Size, group: &[&Terminal]) -> Option<Row> {
    let extra = |terminal: &Terminal| terminal.round_worst_median_ns - terminal.median_ns;
    let pairs = pairs(group);
    let scrolling = pairs.iter().filter(|pair| is_scrolling(pair.load));
    let worst = furthest(scrolling, |pair| Some(extra(pair.ours) / pair.ours.view_memmove_ns))?;
    let figures = Figures { memmove: Some(worst.ours.view_memmove_ns), ..worst.figures(extra) };
    let what = format!("worst frame, above the median: {}, {}", worst.load, worst.policy);
    Some(Row::new(SECTION, what, Unit::Nanoseconds, figures, Goal::OfMemmove(TURN_OF_MEMMOVE)).at(size))
}

fn resident(size: Size, group: &[&Terminal]) -> Vec<Row> {
    let scrolling = |terminal: &Terminal| terminal.resident_running_bytes;
    let at_rest = |terminal: &Terminal| terminal.resident_end_bytes;
    let pairs = pairs(group);
    let mut rows = Vec::new();
    let late = pairs.iter().filter(|pair| is_scrolling(pair.load) && pair.policy == ONE_LATE);
    if let Some(worst) = furthest(late, |pair| share_of_original(pair, scrolling)) {
        let what = format!("resident, {}, {}", worst.load, worst.policy);
        let goal = Goal::OfOriginal(RESIDENT_SCROLLING);
        rows.push(Row::new(SECTION, what, Unit::Bytes, worst.figures(scrolling), goal).at(size));
    }
    let resting = pairs.iter().filter(|pair| pair.load == AT_REST);
    if let Some(worst) = furthest(resting, |pair| share_of_original(pair, at_rest)) {
        let what = format!("resident at rest; worst: {}", worst.policy);
        let goal = Goal::OfOriginal(RESIDENT_AT_REST);
        rows.push(Row::new(SECTION, what, Unit::Bytes, worst.figures(at_rest), goal).at(size));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::Verdict;
    use crate::terminal_matrix::tests::{record, terminal};

    const FULL_HD: Size = Size { width: 1920, height: 1080 };
    const SMALL: Size = Size { width: 800, height: 600 };

    fn pair(size: Size, load: &str, policy: &str, ours_ns: f64, original_ns: f64) -> Vec<Record> {
        vec![
            record(Terminal { mean_ns: ours_ns, ..terminal(Variant::Ours, size, load, policy) }),
            record(Terminal { mean_ns: original_ns, ..terminal(Variant::Original, size, load, policy) }),
        ]
    }

    fn verdict(records: &[Record], beginning: &str) -> Verdict {
        let rows = rows(records);
        rows.iter().find(|row| row.what.starts_with(beginning)).unwrap().verdict
    }

    #[test]
    fn a_load_is_judged_by_its_worst_policy() {
        let mut records = pair(FULL_HD, "one line", "early", 10.0, 100.0);
        records.extend(pair(FULL_HD, "one line", "one late", 60.0, 100.0));
        records.extend(pair(FULL_HD, "one line", "two late", 50.0, 100.0));
        let rows = rows(&records);
        assert_eq!(rows[0].what, "one line; worst: one late");
        assert_eq!(rows[0].verdict, Verdict::Short);
        assert_eq!(rows[0].figures.ours, Some(60.0));
    }

    #[test]
    fn goals_depend_on_load_and_size() {
        assert_eq!(verdict(&pair(FULL_HD, "reverse", "early", 50.0, 100.0), "reverse"), Verdict::Pass);
        assert_eq!(verdict(&pair(FULL_HD, "reverse", "early", 51.0, 100.0), "reverse"), Verdict::Short);
        assert_eq!(verdict(&pair(SMALL, "reverse", "early", 100.0, 100.0), "reverse"), Verdict::Pass);
        assert_eq!(verdict(&pair(FULL_HD, "typing", "early", 105.0, 100.0), "typing"), Verdict::Pass);
        assert_eq!(verdict(&pair(FULL_HD, "typing", "early", 106.0, 100.0), "typing"), Verdict::Short);
        assert_eq!(verdict(&pair(FULL_HD, "page", "early", 103.0, 100.0), "page"), Verdict::Pass);
        assert_eq!(verdict(&pair(FULL_HD, "page", "early", 104.0, 100.0), "page"), Verdict::Short);
    }

    #[test]
    fn a_turn_may_take_one_and_a_half_memmoves() {
        let frame = |worst_ns| {
            let case = terminal(Variant::Ours, SMALL, "one line", "early");
            record(Terminal { median_ns: 10.0, round_worst_median_ns: worst_ns, view_memmove_ns: 100.0, ..case })
        };
        assert_eq!(verdict(&[frame(160.0)], "worst frame"), Verdict::Pass);
        assert_eq!(verdict(&[frame(161.0)], "worst frame"), Verdict::Short);
    }

    #[test]
    fn memory_is_compared_with_the_original() {
        let held = |variant, load: &str, running, end| {
            let case = terminal(variant, SMALL, load, "one late");
            record(Terminal { resident_running_bytes: running, resident_end_bytes: end, ..case })
        };
        let scrolling = [held(Variant::Ours, "reverse", 150.0, 0.0), held(Variant::Original, "reverse", 100.0, 0.0)];
        assert_eq!(verdict(&scrolling, "resident, reverse"), Verdict::Pass);
        let resting = [held(Variant::Ours, "idle", 0.0, 106.0), held(Variant::Original, "idle", 0.0, 100.0)];
        assert_eq!(verdict(&resting, "resident at rest"), Verdict::Short);
    }

    #[test]
    fn without_an_original_nothing_is_judged_but_turns() {
        let alone = [record(terminal(Variant::Ours, FULL_HD, "one line", "one late"))];
        assert_eq!(verdict(&alone, "one line"), Verdict::Open);
        assert_eq!(verdict(&alone, "resident"), Verdict::Open);
    }
}
