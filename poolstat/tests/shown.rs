//! What is written of one made-up look, as it stands in `tests/shown`: `POOLSTAT_WRITE=1 cargo test --test shown` writes it
//! anew, to be looked at.

mod support;

use std::fs;
use std::path::Path;

use clap::Parser;
use poolstat::arguments::Arguments;
use poolstat::diagnosis::diagnose;
use poolstat::output::{self, Report, Style};
use poolstat::page::{Buffer, Group, Page, Pool};
use poolstat::slopes::History;
use poolstat::snapshot::{Holder, Note, Process, SharedFile, Snapshot};

const SECOND: u64 = 1_000_000_000;

fn is_as_shown(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shown").join(name);
    if std::env::var_os("POOLSTAT_WRITE").is_some() {
        fs::write(&path, found).unwrap();
    }
    let wanted = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "{}: wanted\n{wanted}\nfound\n{found}", path.display());
}

fn group(cookie: u64, counts: [u64; 3]) -> Group {
    let [live, held, cached] = counts;
    let sizes = Group { name: "foot 1.4".into(), cookie, width: 800, height: 600, held_limit: 9, ..Group::default() };
    Group { live, held, cached, created: live + 4, destroyed: 4, gets: 70_000, file_bytes: live * 1_920_000, ..sizes }
}

fn terminal() -> Process {
    let now = 5_000 * SECOND;
    let buffer = |inode: u64, state: (bool, bool), held_since_ns: u64| {
        let (is_held, is_cached) = state;
        let of =
            Buffer { group: 1, inode, held_since_ns, made_ns: now - 90 * SECOND, cookie: 0x55d0, ..Buffer::default() };
        Buffer { is_held, is_cached, width: 800, height: 600, bytes: 1_920_000, releases: 9, gets: 10, ..of }
    };
    let stuck = buffer(71, (true, false), now - 61 * SECOND);
    let newer = Buffer { made_ns: now - 30 * SECOND, ..buffer(72, (false, true), 0) };
    let mut with_stuck = group(0x55d0, [2, 1, 1]);
    with_stuck.oldest_held_ns = stuck.held_since_ns;
    (with_stuck.name, with_stuck.record) = ("chain".into(), 1);
    let pool = Pool { name: "main".into(), allocs: 2_500, frees: 500, fails: 1, arenas: 2, ..Pool::default() };
    let pool =
        Pool { arena_bytes: 1 << 20, allocated_bytes: 700_000, free_bytes: 300_000, peak_bytes: 900_000, ..pool };
    let no_limit = Pool { name: "fonts \"x\"".into(), limit_bytes: u64::MAX, ..Pool::default() };
    let pools = vec![Pool { limit_bytes: 64 << 20, largest_free_bytes: 200_000, ..pool }, no_limit];
    let lost = Group { taken_twice: 200, ..group(1, [201, 0, 1]) };
    let page = Page { pid: 900, pools, groups: vec![lost, with_stuck], buffers: vec![stuck, newer], ..Page::default() };
    let open = (Some(230), Some(1024));
    Process {
        pid: 900,
        name: "foot".into(),
        descriptors: open.0,
        descriptor_limit: open.1,
        pages: vec![page],
        ..Process::default()
    }
}

fn snapshot() -> Snapshot {
    let sway =
        Process { pid: 812, name: "sway".into(), is_compositor: true, descriptors: Some(900), ..Process::default() };
    let file = |inode: u64, name: &str, holders: &[(u32, u64, u64)]| SharedFile {
        device: 1,
        inode,
        name: name.into(),
        bytes: 1_920_000,
        resident_bytes: (inode != 90).then_some(1_900_544),
        holders: holders
            .iter()
            .map(|&(pid, descriptors, mapped_bytes)| Holder { pid, descriptors, mapped_bytes })
            .collect(),
    };
    let both = [(812, 0, 1_920_000), (900, 1, 1_920_000)];
    Snapshot {
        now_ns: 5_000 * SECOND,
        processes: vec![Process { descriptor_limit: Some(1024), ..sway }, terminal()],
        files: vec![
            file(71, "millpond", &both),
            file(72, "millpond", &both),
            file(80, "wayland-shm", &[(812, 10, 0)]),
            file(81, "wayland-shm", &[(812, 1, 0)]),
            file(82, "wayland-shm", &[(812, 1, 0)]),
            file(83, "wayland-shm", &[(812, 1, 0)]),
            file(90, "gdk-wayland", &[(812, 0, 1_920_000)]),
        ],
        notes: vec![Note { pid: 7, process: "x[7]".into(), what: "its page cannot be read".into() }],
        ..Snapshot::default()
    }
}

fn report() -> Report {
    let snapshot = snapshot();
    Report { findings: diagnose(&snapshot, None), snapshot, slopes: Vec::new() }
}

fn written(words: &[&str]) -> String {
    let arguments = Arguments::try_parse_from([&["poolstat"], words].concat()).unwrap();
    let style = Style { has_colours: false };
    let mut report = report();
    report.restrict_to(&arguments.processes);
    format!("{}\n{}", output::tables(&report, &arguments, style), output::findings(&report.findings, style))
}

#[test]
fn tables_and_sentences() {
    is_as_shown("processes.txt", &written(&[]));
    is_as_shown("all.txt", &written(&["-z", "-b", "-m"]));
    is_as_shown("of_foot.txt", &written(&["-m", "foot"]));
    is_as_shown("of_sway.txt", &written(&["-m", "812"]));
    is_as_shown("of_nobody.txt", &written(&["-z", "-b", "-m", "nobody"]));
}

#[test]
fn for_programs() {
    let json = output::json(&report()).unwrap();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    is_as_shown("report.json", &(serde_json::to_string_pretty(&value).unwrap() + "\n"));
    is_as_shown("metrics.txt", &output::openmetrics(&report()));
}

#[test]
fn colours() {
    let style = Style { has_colours: true };
    let said = output::findings(&report().findings, style);
    assert!(said.contains("foot[900]: \x1b[1;31mLOST\x1b[0m: 200 buffers"), "{said}");
    assert!(!output::findings(&report().findings, Style { has_colours: false }).contains('\x1b'));
}

#[test]
fn slopes() {
    let mut history = History::default();
    history.add(&snapshot());
    let mut later = snapshot();
    later.now_ns += 30 * SECOND;
    let page = &mut later.processes[1].pages[0];
    page.groups[0].live += 15;
    page.pools[0].allocated_bytes += 1 << 20;
    page.pools[0].frees += 7;
    later.files.pop();
    later.files.pop();
    let report = Report { slopes: history.add(&later), snapshot: later, findings: Vec::new() };
    is_as_shown("slopes.txt", &output::slopes(&report, Style { has_colours: false }));
}

/// No metric's sample stands twice, and each line is one of three kinds.
#[test]
fn metrics_are_well_formed() {
    let text = output::openmetrics(&report());
    let mut seen = std::collections::BTreeSet::new();
    for line in text.lines() {
        if line.starts_with("# ") {
            continue;
        }
        let (labels, number) = line.rsplit_once(' ').unwrap();
        assert!(number.parse::<u64>().is_ok(), "{line}");
        assert!(labels.starts_with("millpond_") && labels.ends_with('}'), "{line}");
        assert!(seen.insert(labels.to_owned()), "twice: {line}");
    }
    assert!(text.contains("pool=\"fonts \\\"x\\\"\""), "{text}");
}
