//! Buffers that were lost, taken twice, or not released.

use std::cmp::Reverse;
use std::collections::BTreeMap;
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
        let mut kin: BTreeMap<u32, Vec<&Buffer>> = BTreeMap::new();
        for buffer in &page.buffers {
            kin.entry(buffer.group).or_default().push(buffer);
        }
        let earlier_page = before.and_then(|before| earlier_page(before, process.pid, page));
        let earlier = earlier_page.map(by_memory).unwrap_or_default();
        for group in &page.groups {
            let kin = kin.get(&group.record).map_or(&[][..], Vec::as_slice);
            findings.extend(lost(process, group, earlier_page));
            findings.extend(held_twice(process, group));
            findings.extend(not_released(now, process, &earlier, group, kin));
        }
    }
}

fn earlier_page<'a>(before: &'a Snapshot, pid: u32, page: &Page) -> Option<&'a Page> {
    before.process(pid)?.pages.iter().find(|earlier| earlier.made_ns == page.made_ns)
}

/// A buffer is where it lies, and when it was made.
type Place = (u64, u64, u64);

fn place(buffer: &Buffer) -> Place {
    (buffer.inode, buffer.offset_bytes, buffer.made_ns)
}

fn by_memory(page: &Page) -> BTreeMap<Place, &Buffer> {
    page.buffers.iter().map(|buffer| (place(buffer), buffer)).collect()
}

/// As a group is called in a line.
fn title(group: &Group) -> String {
    format!("{}x{} of \"{}\" {:#x}", group.width, group.height, group.name, group.cookie)
}

fn buffers(count: u64) -> String {
    units::counted(count, "buffer")
}

/// Those that were lost in the earlier look too: after a change of size a program has its last reference a little longer.
fn lost(process: &Process, group: &Group, earlier: Option<&Page>) -> Option<Finding> {
    let is_same = |before: &&Group| (before.record, before.cookie) == (group.record, group.cookie);
    let before = earlier.map(|page| page.groups.iter().find(is_same).map_or(0, Group::lost));
    let lost = group.lost().min(before.unwrap_or(u64::MAX));
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
    earlier: &BTreeMap<Place, &Buffer>,
    group: &Group,
    kin: &[&Buffer],
) -> Option<Finding> {
    let held_for = age(now, group.oldest_held_ns)?;
    let stuck = if group.name == OF_ANY_SURFACES { Vec::new() } else { stuck(now, kin, earlier) };
    let (count, why) = if !stuck.is_empty() {
        (stuck.len() as u64, "while newer ones were released or handed out")
    } else if is_beyond_any_need(group, kin) {
        (group.held, "more than any window needs")
    } else {
        return None;
    };
    let oldest = stuck.iter().filter_map(|buffer| age(now, buffer.held_since_ns)).max().unwrap_or(held_for);
    let what = format!("{} {} held for {} {why}", buffers(count), title(group), units::span(oldest));
    let mut finding = Finding::new(Fault::NotReleased, process, what);
    finding.by = Some(holder(now, process, &stuck));
    Some(finding)
}

/// How long something is held since then, if that is long.
fn age(now: &Snapshot, since_ns: u64) -> Option<Duration> {
    let ns = now.now_ns.saturating_sub(since_ns);
    (since_ns > 0 && ns > limits::HELD_NS_MAX).then(|| Duration::from_nanos(ns))
}

/// Those that are held for long, although newer ones came, and went, or are too many for one surface.
fn stuck<'a>(now: &Snapshot, kin: &[&'a Buffer], earlier: &BTreeMap<Place, &Buffer>) -> Vec<&'a Buffer> {
    // A label that is made once may be shown for as long as it likes.
    let kin = || kin.iter().filter(|buffer| !buffer.is_used_once);
    let has_come_back = |buffer: &&&Buffer| buffer.is_cached && buffer.releases > 0;
    let newest_back = kin().filter(has_come_back).map(|buffer| buffer.made_ns).max().unwrap_or(0);
    // Handed out at the earlier look, and released since.
    let went = kin().filter_map(|buffer| {
        let before = earlier.get(&place(buffer))?;
        (before.is_held && before.releases < buffer.releases).then_some(before.held_since_ns)
    });
    let newest = newest_back.max(went.max().unwrap_or(0));
    let mut held: Vec<&'a Buffer> = kin().filter(|buffer| buffer.is_held).copied().collect();
    // The clock goes in steps, in which there may be several frames: of those any may be the newest. The newest of all has
    // no date until the next one is handed out.
    held.sort_by_key(|buffer| Reverse(buffer.held_since_ns.wrapping_sub(1)));
    let is_stuck = |(newer, buffer): (usize, &'a Buffer)| {
        let is_waited_for = !buffer.is_given_up && age(now, buffer.held_since_ns).is_some();
        let is_passed_over = newer >= limits::HELD_BY_A_SURFACE || buffer.held_since_ns < newest;
        (is_waited_for && is_passed_over).then_some(buffer)
    };
    held.into_iter().enumerate().filter_map(is_stuck).collect()
}

/// What the group's counts alone say: of one surface, where the buffers found no records; of any, what the library warns of.
fn is_beyond_any_need(group: &Group, kin: &[&Buffer]) -> bool {
    if group.name == OF_ANY_SURFACES {
        return group.held_limit > 0 && group.held > group.held_limit;
    }
    kin.is_empty() && group.held > limits::HELD_BY_A_SURFACE as u64
}

/// Who has them: the program itself by its references, or the other one that has their file.
fn holder(now: &Snapshot, process: &Process, stuck: &[&Buffer]) -> String {
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
