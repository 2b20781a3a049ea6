//! Buffers that were lost, taken twice, or not released.

use std::time::Duration;

use crate::diagnosis::{Fault, Finding};
use crate::limits;
use crate::page::{Buffer, Group, Page};
use crate::snapshot::{Process, Snapshot};
use crate::units;

/// What groups are called whose buffers belong to any number of windows: this interface has no cookies.
const OF_ANY_SURFACES: &str = "launcher";

pub(super) fn diagnose(now: &Snapshot, before: Option<&Snapshot>, process: &Process, findings: &mut Vec<Finding>) {
    for page in &process.pages {
        let earlier = before.and_then(|before| earlier_page(before, process.pid, page));
        for group in &page.groups {
            findings.extend(lost(process, group));
            findings.extend(held_twice(process, group));
            findings.extend(not_released(now, process, page, earlier, group));
        }
    }
}

fn earlier_page<'a>(before: &'a Snapshot, pid: u32, page: &Page) -> Option<&'a Page> {
    before.process(pid)?.pages.iter().find(|earlier| earlier.made_ns == page.made_ns)
}

/// As a group is called in a line.
fn title(group: &Group) -> String {
    format!("{}x{} of \"{}\" {:#x}", group.width, group.height, group.name, group.cookie)
}

fn buffers(count: u64) -> String {
    units::counted(count, "buffer")
}

fn lost(process: &Process, group: &Group) -> Option<Finding> {
    let lost = group.lost();
    if lost == 0 {
        return None;
    }
    let what = format!("{} {} of {} that live: neither held nor cached", buffers(lost), title(group), group.live);
    Some(Finding::new(Fault::Lost, process, what))
}

fn held_twice(process: &Process, group: &Group) -> Option<Finding> {
    if group.taken_twice == 0 {
        return None;
    }
    let times = units::counted(group.taken_twice, "time");
    let what = format!("buffers {} were taken while they were held, {times} so far", title(group));
    Some(Finding::new(Fault::HeldTwice, process, what))
}

fn not_released(
    now: &Snapshot,
    process: &Process,
    page: &Page,
    earlier: Option<&Page>,
    group: &Group,
) -> Option<Finding> {
    let held_for = age(now, group.oldest_held_ns)?;
    let kin: Vec<&Buffer> = page.buffers.iter().filter(|buffer| buffer.group == group.record).collect();
    let stuck: Vec<&&Buffer> =
        kin.iter().filter(|buffer| group.name != OF_ANY_SURFACES && is_stuck(now, &kin, earlier, buffer)).collect();
    let (count, why) = if !stuck.is_empty() {
        (stuck.len() as u64, "while newer ones were released or handed out")
    } else if is_beyond_any_need(group, &kin) {
        (group.held, "more than any window needs")
    } else {
        return None;
    };
    let oldest = stuck.iter().filter_map(|buffer| age(now, buffer.held_since_ns)).max().unwrap_or(held_for);
    let seconds = units::span(oldest);
    let what = format!("{} {} held for {seconds} {why}", buffers(count), title(group));
    let mut finding = Finding::new(Fault::NotReleased, process, what);
    finding.by = Some(holder(now, process, &stuck));
    Some(finding)
}

/// How long something is held since then, if that is long.
fn age(now: &Snapshot, since_ns: u64) -> Option<Duration> {
    let ns = now.now_ns.saturating_sub(since_ns);
    (since_ns > 0 && ns > limits::HELD_NS_MAX).then(|| Duration::from_nanos(ns))
}

/// Whether this one is held for long, although newer ones came, and went, or are too many for one surface.
fn is_stuck(now: &Snapshot, kin: &[&Buffer], earlier: Option<&Page>, buffer: &Buffer) -> bool {
    if !buffer.is_held || buffer.is_given_up || age(now, buffer.held_since_ns).is_none() {
        return false;
    }
    let came_after = |other: &&&Buffer| other.is_held && other.held_since_ns > buffer.held_since_ns;
    let newer_held = kin.iter().filter(came_after).count();
    let has_come_back = |other: &&Buffer| other.is_cached && other.releases > 0 && other.made_ns > buffer.held_since_ns;
    newer_held >= limits::HELD_BY_A_SURFACE
        || kin.iter().any(has_come_back)
        || earlier.is_some_and(|earlier| others_came_and_went(earlier, kin, buffer))
}

/// Whether another buffer was handed out after this one, and was released since the earlier look.
fn others_came_and_went(earlier: &Page, kin: &[&Buffer], buffer: &Buffer) -> bool {
    kin.iter().any(|other| {
        let same = |before: &&Buffer| {
            (before.inode, before.offset_bytes, before.made_ns) == (other.inode, other.offset_bytes, other.made_ns)
        };
        earlier.buffers.iter().find(same).is_some_and(|before| {
            before.is_held && before.held_since_ns > buffer.held_since_ns && before.releases < other.releases
        })
    })
}

/// What the group's counts alone say: of one surface, where the buffers found no records; of any, what the library warns of.
fn is_beyond_any_need(group: &Group, kin: &[&Buffer]) -> bool {
    if group.name == OF_ANY_SURFACES {
        return group.held_limit > 0 && group.held > group.held_limit;
    }
    kin.is_empty() && group.held > limits::HELD_BY_A_SURFACE as u64
}

/// Who has them: the program itself by its references, or the other one that has their file.
fn holder(now: &Snapshot, process: &Process, stuck: &[&&Buffer]) -> String {
    if !stuck.is_empty() && stuck.iter().all(|buffer| buffer.references > 0) {
        return format!("{} itself, which has references to it", process.title());
    }
    let others = |pid: &u32| *pid != process.pid;
    let of_a_file = stuck.iter().find_map(|buffer| {
        let has_it =
            |file: &&crate::snapshot::SharedFile| file.inode == buffer.inode && file.holder(process.pid).is_some();
        let holders = &now.files.iter().find(has_it)?.holders;
        let pids = holders.iter().map(|holder| holder.pid).filter(others);
        pids.max_by_key(|pid| now.process(*pid).is_some_and(|other| other.is_compositor))
    });
    match of_a_file.and_then(|pid| now.process(pid)).or_else(|| now.compositor_of(process.pid)) {
        Some(other) => other.title(),
        None => "the compositor".into(),
    }
}
