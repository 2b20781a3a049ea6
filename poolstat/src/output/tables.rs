//! Tables and sentences for people.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Report;
use super::columns::Table;
use crate::arguments::Arguments;
use crate::diagnosis::{Finding, is_orphan};
use crate::page::{Buffer, Group, Page, Pool};
use crate::slopes::Slope;
use crate::snapshot::{Process, SharedFile, Snapshot};
use crate::units;

/// How words are marked.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether a terminal reads it that understands colours.
    pub has_colours: bool,
}

impl Style {
    fn bold(self, text: &str) -> String {
        self.marked("1", text)
    }

    fn fault(self, text: &str) -> String {
        self.marked("1;31", text)
    }

    fn marked(self, code: &str, text: &str) -> String {
        if self.has_colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.into() }
    }

    fn table(self, table: &Table) -> String {
        let (head, rows) = table.write();
        format!("{}\n{rows}", self.bold(head.trim_end()))
    }
}

/// What was asked for.
pub fn tables(report: &Report, arguments: &Arguments, style: Style) -> String {
    let snapshot = &report.snapshot;
    let mut parts = Vec::new();
    if arguments.pools {
        parts.push(section(style, &pools(snapshot), "no program here has a pool of millpond"));
    }
    if arguments.buffers {
        parts.push(section(style, &groups(snapshot), "no program here has buffers of millpond"));
        let buffers = buffers(snapshot);
        if !buffers.is_empty() {
            parts.push(style.table(&buffers));
        }
    }
    if arguments.memory {
        parts.push(section(style, &files(snapshot), "no program here has shared memory files"));
    }
    if parts.is_empty() {
        let none = "no program here uses millpond; poolstat -m shows the memory files of all programs";
        parts.push(section(style, &processes(snapshot), none));
    }
    parts.join("\n")
}

fn section(style: Style, table: &Table, none: &str) -> String {
    if table.is_empty() { format!("{none}\n") } else { style.table(table) }
}

fn pages(snapshot: &Snapshot) -> impl Iterator<Item = (&Process, &Page)> {
    snapshot.processes.iter().flat_map(|process| process.pages.iter().map(move |page| (process, page)))
}

fn processes(snapshot: &Snapshot) -> Table {
    let mut table = Table::new(&[
        "<PROCESS",
        "POOLS",
        "USED",
        "ARENAS",
        "BUFFERS",
        "HELD",
        "CACHED",
        "FILES",
        "BYTES",
        "DESCRIPTORS",
        "LEFT_OUT",
    ]);
    for process in snapshot.processes.iter().filter(|process| !process.pages.is_empty()) {
        let pools = || process.pages.iter().flat_map(|page| &page.pools);
        let groups = || process.pages.iter().flat_map(|page| &page.groups);
        let files = || snapshot.files_of(process.pid);
        let sum = |numbers: &mut dyn Iterator<Item = u64>| numbers.fold(0, u64::saturating_add);
        let limit = process.descriptor_limit.map_or_else(|| "-".into(), |limit| limit.to_string());
        table.add(vec![
            process.title(),
            pools().count().to_string(),
            units::bytes(sum(&mut pools().map(|pool| pool.allocated_bytes))),
            units::bytes(sum(&mut pools().map(|pool| pool.arena_bytes))),
            sum(&mut groups().map(|group| group.live)).to_string(),
            sum(&mut groups().map(|group| group.held)).to_string(),
            sum(&mut groups().map(|group| group.cached)).to_string(),
            files().count().to_string(),
            units::bytes(sum(&mut files().map(|file| file.bytes))),
            process.descriptors.map_or_else(|| "-".into(), |count| format!("{count}/{limit}")),
            sum(&mut process.pages.iter().map(|page| page.left_out)).to_string(),
        ]);
    }
    table
}

fn pools(snapshot: &Snapshot) -> Table {
    let mut table = Table::new(&[
        "<PROCESS", "<ITEM", "SIZE", "LIMIT", "USED", "FREE", "REQ", "FAIL", "BLOCKS", "PEAK", "LARGEST", "ARENAS",
        "MOVED", "DAMAGED",
    ]);
    for (process, page) in pages(snapshot) {
        for pool in &page.pools {
            table.add(pool_row(process, pool));
        }
    }
    table
}

fn pool_row(process: &Process, pool: &Pool) -> Vec<String> {
    vec![
        process.title(),
        pool.name.clone(),
        units::bytes(pool.arena_bytes),
        units::limit(pool.limit_bytes),
        units::bytes(pool.allocated_bytes),
        units::bytes(pool.free_bytes),
        pool.allocs.to_string(),
        pool.fails.to_string(),
        pool.blocks().to_string(),
        units::bytes(pool.peak_bytes),
        units::bytes(pool.largest_free_bytes),
        pool.arenas.to_string(),
        pool.moves.to_string(),
        pool.set_aside.to_string(),
    ]
}

fn groups(snapshot: &Snapshot) -> Table {
    let mut table = Table::new(&[
        "<PROCESS", "<ITEM", "<COOKIE", "SIZE", "LIVE", "HELD", "CACHED", "LOST", "OLDEST", "LIMIT", "REQ", "MADE",
        "ENDED", "TWICE", "GIVEN_UP", "LATE", "DOUBLE", "BYTES",
    ]);
    for (process, page) in pages(snapshot) {
        for group in &page.groups {
            table.add(group_row(snapshot, process, group));
        }
    }
    table
}

fn group_row(snapshot: &Snapshot, process: &Process, group: &Group) -> Vec<String> {
    vec![
        process.title(),
        group.name.clone(),
        format!("{:#x}", group.cookie),
        format!("{}x{}", group.width, group.height),
        group.live.to_string(),
        group.held.to_string(),
        group.cached.to_string(),
        group.lost().to_string(),
        since(snapshot, group.oldest_held_ns),
        group.held_limit.to_string(),
        group.gets.to_string(),
        group.created.to_string(),
        group.destroyed.to_string(),
        group.taken_twice.to_string(),
        group.abandoned.to_string(),
        group.late_releases.to_string(),
        group.double_releases.to_string(),
        units::bytes(group.file_bytes),
    ]
}

fn buffers(snapshot: &Snapshot) -> Table {
    let mut table = Table::new(&[
        "<PROCESS",
        "<COOKIE",
        "SIZE",
        "BYTES",
        "<STATE",
        "SINCE",
        "REQ",
        "RELEASED",
        "REFERENCES",
        "TWICE",
        "INODE",
        "OFFSET",
        "<ALSO_HELD_BY",
    ]);
    let files: BTreeMap<u64, &SharedFile> = snapshot.files.iter().map(|file| (file.inode, file)).collect();
    for (process, page) in pages(snapshot) {
        for buffer in &page.buffers {
            // The same number on another device is another file.
            let file = files.get(&buffer.inode).filter(|file| file.holder(process.pid).is_some());
            let others = file.map(|file| holders(snapshot, file, Some(process.pid))).unwrap_or_default();
            table.add(buffer_row(snapshot, process, buffer, others));
        }
    }
    table
}

fn buffer_row(snapshot: &Snapshot, process: &Process, buffer: &Buffer, others: String) -> Vec<String> {
    let once = if buffer.is_used_once { ", once" } else { "" };
    let state = match (buffer.is_given_up, buffer.is_held, buffer.is_cached) {
        (true, ..) => "given up",
        (_, true, _) => "held",
        (_, _, true) => "cached",
        _ => "neither",
    };
    vec![
        process.title(),
        format!("{:#x}", buffer.cookie),
        format!("{}x{}", buffer.width, buffer.height),
        units::bytes(buffer.bytes),
        format!("{state}{once}"),
        since(snapshot, buffer.held_since_ns),
        buffer.gets.to_string(),
        buffer.releases.to_string(),
        buffer.references.to_string(),
        buffer.taken_twice.to_string(),
        buffer.inode.to_string(),
        buffer.offset_bytes.to_string(),
        others,
    ]
}

fn since(snapshot: &Snapshot, since_ns: u64) -> String {
    match since_ns {
        0 => "-".into(),
        _ => units::span(Duration::from_nanos(snapshot.now_ns.saturating_sub(since_ns))),
    }
}

/// Files of one name that the same processes have.
#[derive(Default)]
struct Kind {
    count: u64,
    bytes: u64,
    resident_bytes: u64,
    /// Of a file that nobody has open it cannot be seen how much is present.
    has_unseen: bool,
    descriptors: u64,
}

impl Kind {
    fn add(&mut self, file: &SharedFile) {
        self.count += 1;
        self.bytes = self.bytes.saturating_add(file.bytes);
        self.resident_bytes = self.resident_bytes.saturating_add(file.resident_bytes.unwrap_or(0));
        self.has_unseen |= file.resident_bytes.is_none();
        self.descriptors += file.holders.iter().map(|holder| holder.descriptors).sum::<u64>();
    }
}

/// One row for those of a kind: what leaks has one row, and not a thousand.
fn files(snapshot: &Snapshot) -> Table {
    let mut kinds: BTreeMap<(&str, String), Kind> = BTreeMap::new();
    for file in &snapshot.files {
        kinds.entry((&file.name, holders(snapshot, file, None))).or_default().add(file);
    }
    let mut rows: Vec<_> = kinds.into_iter().collect();
    rows.sort_by_key(|(_, kind)| std::cmp::Reverse(kind.bytes));
    let mut table = Table::new(&["<FILE", "COUNT", "BYTES", "PRESENT", "DESCRIPTORS", "<HELD_BY"]);
    for ((name, holders), kind) in rows {
        table.add(vec![
            if name.is_empty() { "-".into() } else { name.into() },
            kind.count.to_string(),
            units::bytes(kind.bytes),
            if kind.has_unseen { "-".into() } else { units::bytes(kind.resident_bytes) },
            kind.descriptors.to_string(),
            holders,
        ]);
    }
    table
}

/// "sway[812]:fd,map foot[900]:map", and "orphan" behind it.
fn holders(snapshot: &Snapshot, file: &SharedFile, but: Option<u32>) -> String {
    let others = file.holders.iter().filter(|holder| Some(holder.pid) != but);
    let mut words: Vec<String> = others
        .map(|holder| {
            let how = match (holder.descriptors > 0, holder.mapped_bytes > 0) {
                (true, true) => "fd,map",
                (true, false) => "fd",
                _ => "map",
            };
            format!("{}:{how}", snapshot.title(holder.pid))
        })
        .collect();
    if is_orphan(snapshot, file) {
        words.push("(orphan)".into());
    }
    words.join(" ")
}

/// A line for each fault, and what to do about each kind of them.
pub fn findings(findings: &[Finding], style: Style) -> String {
    let mut text = String::new();
    let mut kinds = Vec::new();
    for finding in findings {
        text += &format!("{}: {}: {}\n", finding.process, style.fault(&finding.heading()), finding.what);
        if !kinds.contains(&finding.fault) {
            kinds.push(finding.fault);
        }
    }
    for fault in kinds {
        text += &format!("  {}: {}\n", style.bold(fault.word()), fault.advice());
    }
    text
}

/// What changes, the fastest first.
pub fn slopes(report: &Report, style: Style) -> String {
    let mut slopes: Vec<&Slope> = report.slopes.iter().collect();
    slopes.sort_by(|one, other| other.per_minute.abs().total_cmp(&one.per_minute.abs()));
    let mut table = Table::new(&["<PROCESS", "<ITEM", "<COLUMN", "A_MINUTE"]);
    for slope in slopes {
        let quantity = &slope.quantity;
        let sign = if slope.per_minute < 0.0 { "-" } else { "+" };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "as saturates, and it is positive")]
        let size = slope.per_minute.abs().round() as u64;
        let number = if quantity.is_bytes { units::bytes(size) } else { size.to_string() };
        table.add(vec![
            report.snapshot.title(quantity.pid),
            quantity.item.clone(),
            quantity.column.into(),
            format!("{sign}{number}"),
        ]);
    }
    section(style, &table, "nothing grows")
}
