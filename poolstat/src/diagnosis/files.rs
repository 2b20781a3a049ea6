//! Memory files: too many of them, too many descriptors of one, and those that only the compositor has.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnosis::{Fault, Finding};
use crate::limits;
use crate::snapshot::{Process, SharedFile, Snapshot};
use crate::units;

pub(super) fn diagnose(now: &Snapshot, process: &Process, findings: &mut Vec<Finding>) {
    findings.extend(descriptor_leak(now, process));
    // A compositor has what its clients send: theirs is the fault, and it is said of them.
    if !process.is_compositor {
        many_files(now, process, findings);
    }
}

fn descriptor_leak(now: &Snapshot, process: &Process) -> Option<Finding> {
    let mut count = 0;
    let mut worst: Option<(u64, &SharedFile)> = None;
    for file in now.files_of(process.pid) {
        let descriptors = file.holder(process.pid)?.descriptors;
        if descriptors > limits::DESCRIPTORS_OF_A_FILE_MAX {
            count += 1;
            if worst.is_none_or(|(most, _)| descriptors > most) {
                worst = Some((descriptors, file));
            }
        }
    }
    let (descriptors, file) = worst?;
    let more = match count {
        1 => String::new(),
        _ => format!(", and {} more like it", units::counted(count - 1, "file")),
    };
    let bytes = units::bytes(file.bytes);
    let what = format!("{descriptors} descriptors of one file, \"{}\" inode {} ({bytes}){more}", file.name, file.inode);
    Some(Finding::new(Fault::DescriptorLeak, process, what))
}

fn many_files(now: &Snapshot, process: &Process, findings: &mut Vec<Finding>) {
    let mut kinds: BTreeMap<(&str, u64), usize> = BTreeMap::new();
    for file in now.files_of(process.pid) {
        *kinds.entry((&file.name, file.bytes)).or_default() += 1;
    }
    for ((name, bytes), count) in kinds {
        if count > limits::FILES_OF_A_KIND_MAX {
            let what = format!("{count} files \"{name}\" of {} each", units::bytes(bytes));
            findings.push(Finding::new(Fault::ManyFiles, process, what));
        }
    }
}

/// How many files, and how large they are together.
#[derive(Default)]
struct Sum {
    count: u64,
    bytes: u64,
}

/// Those of each compositor together: programs may give each file a name of its own.
pub(super) fn orphans(now: &Snapshot, before: Option<&Snapshot>, findings: &mut Vec<Finding>) {
    let mut kinds: BTreeMap<u32, BTreeMap<&str, Sum>> = BTreeMap::new();
    // A file may have been made between the look at the client and the one at the compositor.
    let earlier: Option<BTreeSet<(u64, u64)>> = before.map(|before| {
        let orphans = before.files.iter().filter(|file| is_orphan(before, file));
        orphans.map(|file| (file.device, file.inode)).collect()
    });
    for file in &now.files {
        let was_one = |earlier: &BTreeSet<(u64, u64)>| earlier.contains(&(file.device, file.inode));
        if let Some(holder) = file.holders.first() {
            if is_orphan(now, file) && earlier.as_ref().is_none_or(was_one) {
                let sum = kinds.entry(holder.pid).or_default().entry(&file.name).or_default();
                sum.count += 1;
                sum.bytes = sum.bytes.saturating_add(file.bytes);
            }
        }
    }
    for (pid, names) in kinds {
        let count = names.values().map(|sum| sum.count).sum();
        if let Some(process) = now.process(pid).filter(|_| count > limits::ORPHANS_MAX) {
            findings.push(Finding::new(Fault::Orphan, process, orphans_in_words(now, count, &names)));
        }
    }
}

fn orphans_in_words(now: &Snapshot, count: u64, names: &BTreeMap<&str, Sum>) -> String {
    let bytes = names.values().fold(0, |bytes: u64, sum| bytes.saturating_add(sum.bytes));
    let most = names.iter().max_by_key(|(_, sum)| (sum.count, sum.bytes)).map_or("", |(name, _)| name);
    let more = match names.len() {
        1 => String::new(),
        several => format!(" and {}", units::counted(several as u64 - 1, "other name")),
    };
    let unsure = match now.unseen_processes {
        0 => String::new(),
        unseen => format!("; {} could not be looked into", units::counted(unseen as u64, "process")),
    };
    let (files, bytes) = (units::counted(count, "file"), units::bytes(bytes));
    format!("{files} \"{most}\"{more} ({bytes}) that no client has{unsure}")
}

/// Whether only compositors have it, and it is none of their own.
pub fn is_orphan(snapshot: &Snapshot, file: &SharedFile) -> bool {
    let compositors =
        || file.holders.iter().map(|holder| snapshot.process(holder.pid).filter(|process| process.is_compositor));
    file.bytes >= limits::ORPHAN_BYTES_MIN
        && !file.holders.is_empty()
        && compositors().all(|process| process.is_some())
        && !compositors().flatten().any(|process| is_own(snapshot, process, &file.name))
}

/// Whether files of this name are the compositor's, and no client's.
fn is_own(snapshot: &Snapshot, compositor: &Process, name: &str) -> bool {
    let is_named_after = |own: &str| !own.is_empty() && name.starts_with(own);
    let is_client = |pid: u32| snapshot.process(pid).is_none_or(|process| !process.is_compositor);
    let is_clients = |file: &SharedFile| file.name == name && file.holders.iter().any(|holder| is_client(holder.pid));
    (limits::NAMES_OF_COMPOSITORS.into_iter().any(is_named_after) || is_named_after(&compositor.name))
        && !snapshot.files.iter().any(is_clients)
}
