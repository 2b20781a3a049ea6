//! OpenMetrics: for those that collect numbers (Prometheus, and others).

use std::fmt::Write as _;

use super::Report;
use crate::diagnosis::Fault;
use crate::page::{Group, Pool};

/// Samples of one name, of whatever has them.
struct Family {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    samples: Vec<(String, u64)>,
}

type PoolNumber = (&'static str, &'static str, &'static str, fn(&Pool) -> u64);
type GroupNumber = (&'static str, &'static str, &'static str, fn(&Group) -> u64);

const POOLS: [PoolNumber; 9] = [
    ("pool_allocated_bytes", "gauge", "Bytes of blocks that are allocated", |pool| pool.allocated_bytes),
    ("pool_free_bytes", "gauge", "Bytes of free blocks", |pool| pool.free_bytes),
    ("pool_arena_bytes", "gauge", "Bytes of arenas", |pool| pool.arena_bytes),
    ("pool_peak_bytes", "gauge", "The most bytes that were allocated", |pool| pool.peak_bytes),
    ("pool_largest_free_bytes", "gauge", "Bytes of the largest free block", |pool| pool.largest_free_bytes),
    ("pool_allocs", "counter", "Blocks that were allocated", |pool| pool.allocs),
    ("pool_frees", "counter", "Blocks that were freed", |pool| pool.frees),
    ("pool_fails", "counter", "Calls that returned nil for want of memory", |pool| pool.fails),
    ("pool_set_aside", "counter", "Blocks that were found damaged", |pool| pool.set_aside),
];

const GROUPS: [GroupNumber; 12] = [
    ("buffers_live", "gauge", "Buffers that are there", |group| group.live),
    ("buffers_held", "gauge", "Buffers that the program or the compositor has", |group| group.held),
    ("buffers_cached", "gauge", "Buffers that may be handed out", |group| group.cached),
    ("buffers_lost", "gauge", "Buffers that are neither held nor cached", Group::lost),
    ("buffers_file_bytes", "gauge", "Bytes of memory files that are these buffers' alone", |group| group.file_bytes),
    ("buffers_created", "counter", "Buffers that were made", |group| group.created),
    ("buffers_destroyed", "counter", "Buffers that have ended", |group| group.destroyed),
    ("buffers_gets", "counter", "Buffers that were handed out", |group| group.gets),
    ("buffers_taken_twice", "counter", "Buffers that were taken while they were held", |group| group.taken_twice),
    ("buffers_abandoned", "counter", "Buffers that were given up while they were held", |group| group.abandoned),
    ("buffers_late_releases", "counter", "Releases of buffers that had been given up", |group| group.late_releases),
    ("buffers_double_releases", "counter", "Releases of buffers that were not held", |group| group.double_releases),
];

/// A text, with its end mark.
pub fn openmetrics(report: &Report) -> String {
    let mut families = of_pages(report);
    families.extend(of_files(report));
    families.push(of_faults(report));
    let mut text = String::new();
    for Family { name, kind, help, samples } in families {
        if samples.is_empty() {
            continue;
        }
        let total = if kind == "counter" { "_total" } else { "" };
        let _ = writeln!(text, "# TYPE millpond_{name} {kind}\n# HELP millpond_{name} {help}.");
        for (labels, value) in samples {
            let _ = writeln!(text, "millpond_{name}{total}{{{labels}}} {value}");
        }
    }
    text + "# EOF\n"
}

fn of_pages(report: &Report) -> Vec<Family> {
    // Two pages of one process, and two pools of one page, may have one name; no two samples have the same labels.
    let pages = || {
        let processes = report.snapshot.processes.iter();
        processes.flat_map(|process| {
            let labels = move |number| format!("{},page=\"{number}\"", process_labels(process.pid, &process.name));
            process.pages.iter().enumerate().map(move |(number, page)| (labels(number), page))
        })
    };
    let pools = POOLS.map(|(name, kind, help, number)| {
        let mut samples = Vec::new();
        for (whose, page) in pages() {
            samples.extend(page.pools.iter().enumerate().map(|(index, pool)| {
                (format!("{whose},pool=\"{}\",index=\"{index}\"", escaped(&pool.name)), number(pool))
            }));
        }
        Family { name, kind, help, samples }
    });
    let groups = GROUPS.map(|(name, kind, help, number)| {
        let mut samples = Vec::new();
        for (whose, page) in pages() {
            samples.extend(page.groups.iter().map(|group| {
                let group_name = escaped(&group.name);
                let labels =
                    format!("{whose},group=\"{group_name}\",cookie=\"{:#x}\",index=\"{}\"", group.cookie, group.record);
                (labels, number(group))
            }));
        }
        Family { name, kind, help, samples }
    });
    pools.into_iter().chain(groups).collect()
}

fn of_files(report: &Report) -> [Family; 3] {
    let processes = &report.snapshot.processes;
    let sum = |number: fn(&crate::snapshot::SharedFile) -> u64| {
        let of_one = |process: &crate::snapshot::Process| {
            let sum = report.snapshot.files_of(process.pid).map(number).fold(0, u64::saturating_add);
            (process_labels(process.pid, &process.name), sum)
        };
        processes.iter().map(of_one).collect::<Vec<_>>()
    };
    let open =
        |process: &crate::snapshot::Process| Some((process_labels(process.pid, &process.name), process.descriptors?));
    [
        Family { name: "shared_files", kind: "gauge", help: "Memory files that a process has", samples: sum(|_| 1) },
        Family { name: "shared_bytes", kind: "gauge", help: "Their bytes", samples: sum(|file| file.bytes) },
        Family {
            name: "descriptors",
            kind: "gauge",
            help: "Descriptors that a process has open",
            samples: processes.iter().filter_map(open).collect(),
        },
    ]
}

/// Each fault, also where there is none: 0 is an answer.
fn of_faults(report: &Report) -> Family {
    let count = |fault: Fault| report.findings.iter().filter(|finding| finding.fault == fault).count() as u64;
    let samples = Fault::ALL.map(|fault| (format!("fault=\"{}\"", fault.word()), count(fault)));
    Family { name: "faults", kind: "gauge", help: "Lines about this fault", samples: samples.into() }
}

fn process_labels(pid: u32, name: &str) -> String {
    format!("process=\"{}\",pid=\"{pid}\"", escaped(name))
}

/// A line's end is no part of any name here.
fn escaped(name: &str) -> String {
    name.replace('\\', "\\\\").replace('"', "\\\"")
}
