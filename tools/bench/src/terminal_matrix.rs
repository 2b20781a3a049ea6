//! What a terminal's frames cost, load by load and policy by policy: two tables for each size, as text.

use crate::goals::{all, groups};
use crate::records::{Record, Size, Terminal, TerminalCalls, Variant};

const MIB: f64 = 1024.0 * 1024.0;

/// Both variants' figure of one case.
#[derive(Clone, Copy, Debug)]
struct Both {
    ours: Option<f64>,
    original: Option<f64>,
}

/// All tables; "" if there are no frames of a terminal.
pub fn text(records: &[Record]) -> String {
    let calls: Vec<&TerminalCalls> = all!(records, TerminalCalls).collect();
    let mut text = String::new();
    for (size, frames) in groups(all!(records, Terminal), |terminal: &Terminal| terminal.size) {
        text.push_str(&times(size, &frames));
        text.push_str(&costs(size, &frames, &calls));
    }
    text
}

/// Each once, in the order in which they came.
fn names<'a>(frames: &[&'a Terminal], name: fn(&Terminal) -> &str) -> Vec<&'a str> {
    let mut names = Vec::new();
    for frame in frames {
        if !names.contains(&name(frame)) {
            names.push(name(frame));
        }
    }
    names
}

fn loads<'a>(frames: &[&'a Terminal]) -> Vec<&'a str> {
    names(frames, |frame| &frame.load)
}

fn policies<'a>(frames: &[&'a Terminal]) -> Vec<&'a str> {
    names(frames, |frame| &frame.policy)
}

fn both(frames: &[&Terminal], load: &str, policy: &str, figure: impl Fn(&Terminal) -> Option<f64>) -> Both {
    let of = |variant| {
        let is_it = |frame: &&&Terminal| frame.variant == variant && frame.load == load && frame.policy == policy;
        frames.iter().find(is_it).and_then(|frame| figure(frame))
    };
    Both { ours: of(Variant::Ours), original: of(Variant::Original) }
}

impl Both {
    /// How many times the original's figure ours goes into.
    pub fn ratio(self) -> Option<f64> {
        let (ours, original) = (self.ours?, self.original?);
        (ours > 0.0).then_some(original / ours)
    }

    /// As two columns.
    fn show(self, show: impl Fn(f64) -> String) -> String {
        let show = |figure: Option<f64>| figure.map_or("-".to_owned(), &show);
        format!("{:>8} {:>8}", show(self.ours), show(self.original))
    }
}

/// Load by policy: millpond, the original, and how many times faster; in front of them what painting alone takes.
fn times(size: Size, frames: &[&Terminal]) -> String {
    let policies = policies(frames);
    let mut text = format!(
        "\nA terminal of {size}: us for a frame of millpond, of the original, and the ratio\n{:16}{:>10}",
        "", "painting"
    );
    for policy in &policies {
        text.push_str(&format!("{:>28}", format!("released {policy}")));
    }
    text.push('\n');
    for load in loads(frames) {
        let painting = frames.iter().find(|frame| frame.variant == Variant::Floor && frame.load == load);
        let painting = painting.map_or("-".to_owned(), |frame| number(frame.mean_ns / 1e3));
        text.push_str(&format!("  {load:14}{painting:>10}"));
        for policy in &policies {
            let both = both(frames, load, policy, |frame| Some(frame.mean_ns / 1e3));
            let ratio = both.ratio().map_or("-".to_owned(), |ratio| format!("{ratio:.2}x"));
            text.push_str(&format!("  {} {ratio:>8}", both.show(number)));
        }
        text.push('\n');
    }
    text
}

/// A line for each load and policy, two columns for each figure.
fn costs(size: Size, frames: &[&Terminal], calls: &[&TerminalCalls]) -> String {
    let mut text = format!(
        "\nThe same at {size}, millpond and original: MiB copied for a frame (by the terminal; by the library), page \
         faults, requests\nand system calls for a frame, the worst frame in us, MiB resident while it lasts and at the end\n"
    );
    let headings =
        ["terminal copies", "library copies", "faults", "requests", "calls", "worst frame", "resident", "at the end"];
    text.push_str(&format!("{:26}", ""));
    for heading in headings {
        text.push_str(&format!("{heading:>19}"));
    }
    text.push('\n');
    for load in loads(frames) {
        for policy in policies(frames) {
            text.push_str(&cost_line(size, frames, calls, load, policy));
        }
    }
    text
}

fn cost_line(size: Size, frames: &[&Terminal], calls: &[&TerminalCalls], load: &str, policy: &str) -> String {
    type Cost = fn(&Terminal) -> Option<f64>;
    let before: [Cost; 4] = [
        |frame| Some(frame.caller_bytes / MIB),
        |frame| frame.library_bytes.map(|bytes| bytes / MIB),
        |frame| Some(frame.client_faults),
        |frame| Some(frame.requests),
    ];
    let after: [Cost; 3] = [
        |frame| Some(frame.round_worst_median_ns / 1e3),
        |frame| Some(frame.resident_running_bytes / MIB),
        |frame| Some(frame.resident_end_bytes / MIB),
    ];
    let mut line = format!("  {load:14}{policy:10}");
    let show = |both: Both| format!("  {}", both.show(number));
    for cost in before {
        line.push_str(&show(both(frames, load, policy, cost)));
    }
    line.push_str(&show(calls_of(size, calls, load, policy)));
    for cost in after {
        line.push_str(&show(both(frames, load, policy, cost)));
    }
    line.push('\n');
    line
}

fn calls_of(size: Size, calls: &[&TerminalCalls], load: &str, policy: &str) -> Both {
    let of = |variant| {
        let mut cases = calls.iter().filter(|case| case.variant == variant && case.size == size && case.is_counted);
        cases.find(|case| case.load == load && case.policy == policy).map(|case| case.in_frames / case.frames)
    };
    Both { ours: of(Variant::Ours), original: of(Variant::Original) }
}

/// Three digits, or as many as stand before the point.
fn number(figure: f64) -> String {
    match figure {
        figure if figure == figure.trunc() => format!("{figure:.0}"),
        figure if figure < 10.0 => format!("{figure:.2}"),
        figure if figure < 100.0 => format!("{figure:.1}"),
        figure => format!("{figure:.0}"),
    }
}

/// How many times faster a frame is than the original's: for each load the policies, by their names.
pub fn ratios(records: &[Record], size: Size) -> Vec<(&str, Vec<(&str, f64)>)> {
    let frames: Vec<&Terminal> = all!(records, Terminal).filter(|terminal| terminal.size == size).collect();
    let of_load = |load| {
        let ratio = |policy| both(&frames, load, policy, |frame| Some(frame.mean_ns)).ratio();
        policies(&frames).into_iter().filter_map(|policy| ratio(policy).map(|ratio| (policy, ratio))).collect()
    };
    loads(&frames).into_iter().map(|load| (load, of_load(load))).collect()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    const SIZE: Size = Size { width: 1920, height: 1080 };

    /// A case, for the tests of all that looks at such.
    pub fn terminal(variant: Variant, size: Size, load: &str, policy: &str) -> Terminal {
        Terminal {
            variant,
            size,
            load: load.to_owned(),
            policy: policy.to_owned(),
            mean_ns: 1000.0,
            median_ns: 1000.0,
            round_worst_median_ns: 1000.0,
            view_memmove_ns: 100.0,
            caller_bytes: 0.0,
            library_bytes: None,
            client_faults: 0.0,
            requests: 0.0,
            resident_running_bytes: MIB,
            resident_end_bytes: MIB,
        }
    }

    pub fn record(terminal: Terminal) -> Record {
        Record::Terminal(terminal)
    }

    fn some() -> Vec<Record> {
        vec![
            record(terminal(Variant::Ours, SIZE, "typing", "early")),
            record(Terminal { mean_ns: 2500.0, ..terminal(Variant::Original, SIZE, "typing", "early") }),
            record(Terminal { mean_ns: 500.0, ..terminal(Variant::Floor, SIZE, "typing", "early") }),
            record(terminal(Variant::Ours, SIZE, "typing", "one late")),
        ]
    }

    #[test]
    fn a_cell_has_both_figures_and_their_ratio() {
        let text = text(&some());
        let line = text.lines().find(|line| line.trim_start().starts_with("typing")).unwrap();
        let cells: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(cells, ["typing", "0.50", "1", "2.50", "2.50x", "1", "-", "-"]);
    }

    #[test]
    fn what_was_not_measured_is_left_out() {
        assert_eq!(text(&[]), "");
        assert_eq!(ratios(&some(), SIZE), [("typing", vec![("early", 2.5)])]);
    }
}
