//! The rows of the table, and what is wanted of each.

use crate::records::{Cached, HasVariant, Memory, Record, Resizing, Scroll, Size, SystemCalls, Timed, TurningRound};
use crate::row::{Figures, Goal, Row, Unit};
use crate::terminal_goals;

/// Memory beside the live views that is allowed in each process.
const VIRTUAL_ALLOWANCE_BYTES: f64 = 2.0 * 1024.0 * 1024.0;

const FULL_HD: f64 = 1920.0 * 1080.0 * 4.0;
const FOUR_K: f64 = 3840.0 * 2160.0 * 4.0;

/// All rows, in the order of the table.
pub fn rows(records: &[Record]) -> Vec<Row> {
    let mut rows = Vec::new();
    rows.extend(steady_state(records));
    rows.extend(scrolling(records));
    rows.extend(carrying(records));
    rows.extend(resizing(records));
    rows.extend(small_buffers(records));
    rows.extend(cached(records));
    rows.extend(memory(records));
    rows.extend(new_buffers(records));
    rows.extend(weston(records));
    rows.extend(terminal_goals::rows(records));
    rows
}

/// The records of one kind.
macro_rules! all {
    ($records:expr, $kind:ident) => {
        $records.iter().filter_map(|record| match record {
            $crate::records::Record::$kind(record) => Some(record),
            _ => None,
        })
    };
}
pub(crate) use all;

/// Records in groups that have the same key, in the order in which the keys came first.
pub fn groups<'a, R: HasVariant, K: PartialEq>(
    records: impl Iterator<Item = &'a R>,
    key: impl Fn(&R) -> K,
) -> Vec<(K, Vec<&'a R>)> {
    let mut groups: Vec<(K, Vec<&'a R>)> = Vec::new();
    for record in records {
        let key = key(record);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, group)) => group.push(record),
            None => groups.push((key, vec![record])),
        }
    }
    groups
}

fn is_half_a_page(scroll: &Scroll) -> bool {
    scroll.rows.unsigned_abs() > scroll.size.height / 4
}

fn rows_text(rows: i32) -> String {
    if rows < 0 { format!("{} rows down", -rows) } else { format!("{rows} rows") }
}

fn steady_state(records: &[Record]) -> Vec<Row> {
    const SECTION: &str = "A scroll step in steady state";
    let mut rows = Vec::new();
    for ((size, step_rows), group) in groups(all!(records, SystemCalls), |calls: &SystemCalls| (calls.size, calls.rows))
    {
        let figures =
            Figures::of(group.iter().copied(), |calls| calls.is_counted.then_some(calls.in_library / calls.steps));
        let what = format!("system calls, {}", rows_text(step_rows));
        let row = Row::new(SECTION, what, Unit::Count, figures, Goal::AtMost(0.0)).at(size);
        let could_count = figures.ours.is_some();
        rows.push(if could_count { row } else { row.open("ptrace is not allowed here") });
    }
    type Counted = (&'static str, fn(&Scroll) -> f64);
    let counted: [Counted; 2] = [
        ("page faults, client", |scroll| scroll.client_faults / scroll.steps),
        ("page faults, compositor", |scroll| scroll.server_faults / scroll.steps),
    ];
    for (what, count) in counted {
        for (size, group) in groups(all!(records, Scroll), |scroll: &Scroll| scroll.size) {
            rows.push(Row::new(SECTION, what, Unit::Count, worst(&group, count), Goal::AtMost(0.0)).at(size));
        }
    }
    rows.extend(objects(SECTION, records));
    rows
}

/// A ring keeps 96 Wayland buffers at the most. Where a lap has more places, each step makes one and destroys one.
fn objects(section: &'static str, records: &[Record]) -> Vec<Row> {
    const PLACES_MAX: u32 = 94;
    let has_few = |scroll: &&Scroll| scroll.size.height / scroll.rows.unsigned_abs().max(1) <= PLACES_MAX;
    let count: fn(&Scroll) -> f64 = |scroll| (scroll.buffers_made + scroll.buffers_destroyed) / scroll.steps;
    let mut rows = Vec::new();
    for (size, group) in groups(all!(records, Scroll), |scroll: &Scroll| scroll.size) {
        let (few, many): (Vec<&Scroll>, Vec<&Scroll>) = group.into_iter().partition(has_few);
        for (what, group, most) in [
            ("buffers made or destroyed", few, 0.0),
            ("buffers made or destroyed, more than 96 places a lap", many, 2.0),
        ] {
            if !group.is_empty() {
                rows.push(Row::new(section, what, Unit::Count, worst(&group, count), Goal::AtMost(most)).at(size));
            }
        }
    }
    rows
}

/// The greatest figure of each variant over several cases.
fn worst(group: &[&Scroll], count: fn(&Scroll) -> f64) -> Figures {
    let mut worst = Figures::default();
    let greater = |old: Option<f64>, new: Option<f64>| old.into_iter().chain(new).reduce(f64::max);
    for scroll in group {
        let figures = Figures::of([*scroll], |scroll| Some(count(scroll)));
        worst.ours = greater(worst.ours, figures.ours);
        worst.original = greater(worst.original, figures.original);
        worst.memmove = greater(worst.memmove, figures.memmove);
    }
    worst
}

fn step_goal(size: Size) -> Goal {
    match size.bytes() {
        bytes if bytes <= FULL_HD => Goal::TimesOriginal(25.0),
        bytes if bytes < FOUR_K => Goal::None,
        bytes if bytes == FOUR_K => Goal::TimesOriginal(12.0),
        bytes if bytes > FOUR_K * 3.0 => Goal::TimesOriginal(9.0),
        _ => Goal::None,
    }
}

fn scrolling(records: &[Record]) -> Vec<Row> {
    let cases = groups(all!(records, Scroll), |scroll: &Scroll| (scroll.size, scroll.rows, scroll.kept_rows));
    let (mut steps, mut halves, mut halves_of_memmove, mut kept) = (vec![], vec![], vec![], vec![]);
    for ((size, step_rows, kept_rows), group) in &cases {
        let figures = Figures::of(group.iter().copied(), |scroll| Some(scroll.mean_ns));
        let row = |section, what: String, goal| {
            let row = Row::new(section, what, Unit::Nanoseconds, figures, goal).at(size);
            let is_whole = group.iter().all(|scroll| scroll.has_whole_laps);
            if is_whole || !row.note.is_empty() { row } else { row.noted("less than a lap of the original") }
        };
        let what = rows_text(*step_rows);
        if group.iter().any(|scroll| is_half_a_page(scroll)) {
            const SECTION: &str = "Half a page (45 % of the rows)";
            halves.push(row(SECTION, what.clone(), Goal::TimesOriginal(12.0)));
            halves_of_memmove.push(row(SECTION, format!("{what}, against memmove"), Goal::OfMemmove(1.5)));
        } else if *kept_rows > 0 {
            let what = format!("{what}, {kept_rows} + {kept_rows} kept");
            kept.push(row("With kept rows", what, Goal::TimesOriginal(5.0)));
        } else {
            steps.push(row(
                "A scroll step: get, scroll, write the exposed rows; mean with wraps",
                what,
                step_goal(*size),
            ));
        }
    }
    [steps, halves, halves_of_memmove, kept].concat()
}

fn carrying(records: &[Record]) -> Vec<Row> {
    const SECTION: &str = "The step that wraps, turning round, cold bursts";
    let mut rows = Vec::new();
    let cases = groups(all!(records, Scroll), |scroll: &Scroll| (scroll.size, scroll.rows, scroll.kept_rows));
    for ((size, step_rows, kept_rows), group) in cases {
        if kept_rows > 0 || group.iter().any(|scroll| is_half_a_page(scroll)) {
            continue;
        }
        let mut figures = Figures::of(group.iter().copied(), |scroll| {
            (scroll.carried_median_ns > 0.0).then_some(scroll.carried_median_ns)
        });
        figures.memmove = Figures::of(group.iter().copied(), |scroll| Some(scroll.step_median_ns)).memmove;
        let what = format!("the step that wraps, {}", rows_text(step_rows));
        rows.push(Row::new(SECTION, what, Unit::Nanoseconds, figures, Goal::OfMemmove(1.5)).at(size));
    }
    for ((size, step_rows), group) in
        groups(all!(records, TurningRound), |turning: &TurningRound| (turning.size, turning.rows))
    {
        let figures = Figures::of(group.iter().copied(), |turning| Some(turning.carried_in_a_row));
        let what = format!("two wraps in a row, turning round, {}", rows_text(step_rows));
        rows.push(Row::new(SECTION, what, Unit::Count, figures, Goal::AtMost(0.0)).at(size));
    }
    for (size, group) in groups(all!(records, ColdBurst), |burst: &Timed| burst.size) {
        let figures = Figures::of(group.iter().copied(), |burst| Some(burst.mean_ns));
        let what = "60 steps of a new buffer, each";
        rows.push(Row::new(SECTION, what, Unit::Nanoseconds, figures, Goal::TimesOriginal(2.5)).at(size));
    }
    rows
}

fn resize_goal(size: Size) -> f64 {
    match size.bytes() {
        bytes if bytes <= FULL_HD => 16.0,
        bytes if bytes <= FOUR_K => 9.0,
        _ => 7.0,
    }
}

fn resizing(records: &[Record]) -> Vec<Row> {
    const SECTION: &str = "Resizing: a new size each frame, get and full paint";
    let cases = groups(all!(records, Resizing), |resizing: &Resizing| resizing.size);
    let mut rows = Vec::new();
    for (size, group) in &cases {
        let figures = Figures::of(group.iter().copied(), |resizing| Some(resizing.mean_ns));
        let goal = Goal::TimesOriginal(resize_goal(*size));
        rows.push(Row::new(SECTION, "client, per frame", Unit::Nanoseconds, figures, goal).at(size));
    }
    for (size, group) in &cases {
        let figures = Figures::of(group.iter().copied(), |resizing| Some(resizing.server_cpu_ns));
        let goal = Goal::TimesOriginal(5.0);
        rows.push(Row::new(SECTION, "compositor, per frame", Unit::Nanoseconds, figures, goal).at(size));
    }
    for (size, group) in &cases {
        let figures = Figures::of(group.iter().copied(), |resizing| Some(resizing.client_faults / resizing.sizes));
        rows.push(Row::new(SECTION, "page faults, client, per frame", Unit::Count, figures, Goal::None).at(size));
    }
    for (size, group) in &cases {
        let figures =
            Figures::of(group.iter().copied(), |resizing| Some(resizing.memory_files_made / resizing.sizes * 20.0));
        rows.push(Row::new(SECTION, "memory files per 20 sizes", Unit::Count, figures, Goal::AtMost(1.0)).at(size));
    }
    rows
}

fn small_buffers(records: &[Record]) -> Vec<Row> {
    const SECTION: &str = "200 small buffers of 90x24";
    let all: Vec<_> = all!(records, SmallBuffers).collect();
    if all.is_empty() {
        return Vec::new();
    }
    let figures = |figure: fn(&crate::records::SmallBuffers) -> f64| {
        Figures::of(all.iter().copied(), |small| Some(figure(small)))
    };
    vec![
        Row::new(
            SECTION,
            "create and paint one",
            Unit::Nanoseconds,
            figures(|small| small.create_ns),
            Goal::TimesOriginal(16.0),
        ),
        Row::new(SECTION, "purge one", Unit::Nanoseconds, figures(|small| small.purge_ns), Goal::TimesOriginal(16.0)),
        Row::new(
            SECTION,
            "shm_fini, each",
            Unit::Nanoseconds,
            figures(|small| small.fini_ns),
            Goal::TimesOriginal(4.0),
        ),
        Row::new(SECTION, "descriptors", Unit::Count, figures(|small| small.descriptors), Goal::AtMost(1.0)),
        Row::new(SECTION, "mappings", Unit::Count, figures(|small| small.mappings), Goal::AtMost(1.0)),
    ]
}

fn cached(records: &[Record]) -> Vec<Row> {
    const SECTION: &str = "shm_get_buffer of a cached buffer";
    let mut rows = Vec::new();
    for (buffers, group) in groups(all!(records, Cached), |cached: &Cached| cached.buffers) {
        let name = if buffers == 1 { "1 buffer, with its release".to_owned() } else { format!("{buffers} buffers") };
        let figures = Figures::of(group.iter().copied(), |cached| Some(cached.mean_ns));
        rows.push(Row::new(SECTION, format!("{name}, each"), Unit::Nanoseconds, figures, Goal::TimesOriginal(1.0)));
        let figures = Figures::of(group.iter().copied(), |cached| {
            cached.allocations_are_counted.then_some(cached.allocations / cached.gets)
        });
        let row = Row::new(SECTION, format!("{name}: allocations"), Unit::Count, figures, Goal::AtMost(0.0));
        rows.push(if figures.ours.is_some() { row } else { row.open("cannot be counted with this C library") });
    }
    rows
}

fn memory(records: &[Record]) -> Vec<Row> {
    const SECTION: &str = "Memory of one scrolling buffer";
    const MIB: f64 = 1024.0 * 1024.0;
    type Held = (&'static str, Unit, f64, fn(&Memory) -> f64);
    let held: [Held; 5] = [
        ("resident while scrolling", Unit::Views, 2.0, |memory| memory.resident_scrolling_bytes / memory.view_bytes),
        ("resident when idle", Unit::Views, 1.25, |memory| memory.resident_idle_bytes / memory.view_bytes),
        ("given back in one call, at most", Unit::Bytes, MIB, |memory| memory.given_back_max_bytes),
        ("virtual beyond 2 MiB, client", Unit::Views, 4.0, |memory| excess_views(memory, memory.virtual_bytes)),
        ("virtual beyond 2 MiB, compositor", Unit::Views, 4.0, |memory| {
            excess_views(memory, memory.server_virtual_bytes)
        }),
    ];
    let mut rows = Vec::new();
    for (what, unit, most, figure) in held {
        for (size, group) in groups(all!(records, Memory), |memory: &Memory| memory.size) {
            let figures = Figures::of(group.iter().copied(), |memory| Some(figure(memory)));
            rows.push(Row::new(SECTION, what, unit, figures, Goal::AtMost(most)).at(size));
        }
    }
    let resizing: Vec<_> = all!(records, ResizingAddressSpace).collect();
    if let Some(first) = resizing.first() {
        let client = Figures::of(resizing.iter().copied(), |space| Some(space.client_views));
        let server = Figures::of(resizing.iter().copied(), |space| Some(space.server_views));
        for (what, figures) in [("resizing: virtual, client", client), ("resizing: virtual, compositor", server)] {
            rows.push(Row::new(SECTION, what, Unit::Views, figures, Goal::AtMost(4.0)).at(first.size));
        }
    }
    rows
}

fn excess_views(memory: &Memory, virtual_bytes: f64) -> f64 {
    (virtual_bytes - VIRTUAL_ALLOWANCE_BYTES).max(0.0) / memory.view_bytes
}

fn new_buffers(records: &[Record]) -> Vec<Row> {
    const SECTION: &str = "A new buffer: get and first full paint";
    let mut rows = Vec::new();
    for (size, group) in groups(all!(records, NewBuffer), |new: &Timed| new.size) {
        let setting = group[0].huge_pages.as_str();
        let has_huge_pages = ["always", "within_size", "advise", "force"].contains(&setting);
        let goal = if has_huge_pages && size.bytes() >= FOUR_K { Goal::TimesOriginal(5.0) } else { Goal::None };
        let figures = Figures::of(group.iter().copied(), |new| Some(new.mean_ns));
        let row = Row::new(SECTION, "cold", Unit::Nanoseconds, figures, goal).at(size);
        let note = format!("huge pages for memory files are off here (shmem_enabled: {setting}), so there is no goal");
        rows.push(if has_huge_pages { row } else { row.open(&note) });
    }
    rows
}

fn weston(records: &[Record]) -> Vec<Row> {
    const SECTION: &str = "On weston (headless, pixman), a frame of a program with two buffers";
    let mut rows = Vec::new();
    let cases = groups(all!(records, Weston), |weston: &crate::records::Weston| (weston.size, weston.rows));
    for ((size, step_rows), group) in cases {
        type Counted = (&'static str, Unit, fn(&crate::records::Weston) -> f64);
        let counted: [Counted; 4] = [
            ("scroll and write", Unit::Nanoseconds, |weston| weston.mean_ns),
            ("page faults, client", Unit::Count, |weston| weston.client_faults),
            ("page faults, weston", Unit::Count, |weston| weston.server_faults),
            ("weston's own time", Unit::Nanoseconds, |weston| weston.server_cpu_ns),
        ];
        for (what, unit, figure) in counted {
            let figures = Figures::of(group.iter().copied(), |weston| Some(figure(weston)));
            let what = format!("{what}, {}", rows_text(step_rows));
            rows.push(Row::new(SECTION, what, unit, figures, Goal::None).at(size));
        }
    }
    rows
}
