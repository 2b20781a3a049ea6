//! Looks at all processes, and puts together what they have.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::descriptors::{self, Descriptors, OpenFile};
use super::mappings::{self, Mapping};
use super::pages::{self, Unread};
use super::sockets;
use crate::limits;
use crate::names;
use crate::page::Flaw;
use crate::snapshot::{Holder, Process, SharedFile, Snapshot};
use crate::text;

/// A file, before it is known whether more than one process has it.
#[derive(Default)]
struct Found {
    file: SharedFile,
    is_of_memory: bool,
    is_mapped: bool,
}

#[derive(Default)]
struct Look {
    snapshot: Snapshot,
    files: BTreeMap<(u64, u64), Found>,
    sockets: BTreeSet<u64>,
    user: u32,
}

/// All that can be seen now.
pub fn look() -> io::Result<Snapshot> {
    let root = Path::new("/proc");
    let user = fs::metadata(root.join("self"))?.uid();
    let mut look = Look { sockets: sockets::of_compositors(), user, ..Look::default() };
    let mut pids: Vec<u32> = fs::read_dir(root)?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| *pid != std::process::id())
        .collect();
    pids.sort_unstable();
    for pid in pids {
        look.add(pid, &root.join(pid.to_string()));
    }
    Ok(look.finish())
}

impl Look {
    fn add(&mut self, pid: u32, folder: &Path) {
        let name = name_of(folder);
        let descriptors = match descriptors::of_process(folder) {
            Ok(descriptors) => descriptors,
            Err(error) => return self.pass_over(pid, folder, &name, &error),
        };
        let mappings = mappings::of_process(folder);
        let is_compositor = descriptors.sockets.iter().any(|inode| self.sockets.contains(inode));
        let has_files = !descriptors.files.is_empty() || !mappings.is_empty();
        if !has_files && !is_compositor {
            self.snapshot.others.push(Process { pid, name, ..Process::default() });
            return;
        }
        let mut process = Process {
            pid,
            name,
            descriptors: Some(descriptors.count),
            descriptor_limit: descriptor_limit(folder),
            is_compositor,
            pages: Vec::new(),
        };
        self.add_pages(&mut process, folder, &descriptors);
        self.add_files(pid, descriptors.files, mappings);
        self.snapshot.processes.push(process);
    }

    fn pass_over(&mut self, pid: u32, folder: &Path, name: &str, error: &io::Error) {
        let is_of_this_user = fs::metadata(folder).is_ok_and(|status| status.uid() == self.user);
        if is_of_this_user && error.kind() == io::ErrorKind::PermissionDenied {
            self.snapshot.unseen_processes += 1;
        }
        let process = Process { pid, name: name.into(), ..Process::default() };
        self.snapshot.passed_over.push(process.note(error.to_string()));
        self.snapshot.others.push(process);
    }

    fn add_pages(&mut self, process: &mut Process, folder: &Path, descriptors: &Descriptors) {
        let pids = if descriptors.pages.is_empty() { Vec::new() } else { own_pids(folder, process.pid) };
        for path in descriptors.pages.iter().take(limits::PAGES_OF_A_PROCESS_MAX) {
            match pages::read(path) {
                Ok(page) if pids.contains(&page.pid) => process.pages.push(page),
                Ok(page) => {
                    let what = format!("a page that it has inherited from process {}", page.pid);
                    self.snapshot.passed_over.push(process.note(what));
                }
                Err(Unread::Hidden(error)) => {
                    self.snapshot.passed_over.push(process.note(format!("its page: {error}")));
                }
                Err(Unread::Flawed(flaw @ Flaw::NotBegun)) => {
                    self.snapshot.passed_over.push(process.note(format!("its page: {flaw}")));
                }
                Err(Unread::Flawed(flaw)) => {
                    self.snapshot.notes.push(process.note(format!("its page cannot be read: {flaw}")));
                }
            }
        }
    }

    fn add_files(&mut self, pid: u32, open: Vec<OpenFile>, mappings: Vec<Mapping>) {
        for each in open {
            let found = self.file((each.device, each.inode), &each.name);
            found.is_of_memory |= each.is_of_memory;
            found.file.bytes = each.bytes;
            found.file.resident_bytes = Some(each.resident_bytes);
            holder_of(&mut found.file, pid).descriptors += each.descriptors;
        }
        for each in mappings {
            let found = self.file((each.device, each.inode), &each.name);
            found.is_of_memory |= each.is_of_memory;
            found.is_mapped = true;
            // Where nobody has a descriptor, it is known only up to where it is mapped.
            if found.file.resident_bytes.is_none() {
                found.file.bytes = found.file.bytes.max(each.end_bytes);
            }
            let holder = holder_of(&mut found.file, pid);
            holder.mapped_bytes = holder.mapped_bytes.saturating_add(each.bytes);
        }
    }

    fn file(&mut self, key: (u64, u64), name: &[u8]) -> &mut Found {
        let found = self.files.entry(key).or_default();
        if found.file.holders.is_empty() {
            (found.file.device, found.file.inode) = key;
            found.file.name = text::shown(names::plain_name(name));
        }
        found
    }

    fn finish(self) -> Snapshot {
        let mut snapshot = self.snapshot;
        let is_shared = |found: &Found| found.is_of_memory || found.is_mapped || found.file.holders.len() > 1;
        snapshot.files = self.files.into_values().filter(is_shared).map(|found| found.file).collect();
        let has_any = |process: &Process| {
            process.is_compositor || !process.pages.is_empty() || snapshot.files_of(process.pid).next().is_some()
        };
        let (kept, others): (Vec<Process>, _) = snapshot.processes.iter().cloned().partition(has_any);
        snapshot.processes = kept;
        snapshot.others.extend(others);
        snapshot.now_ns = super::now_ns();
        snapshot
    }
}

/// Processes are looked at one after another, so it is the last one of the list, or none yet.
fn holder_of(file: &mut SharedFile, pid: u32) -> &mut Holder {
    if file.holders.last().is_none_or(|last| last.pid != pid) {
        file.holders.push(Holder { pid, ..Holder::default() });
    }
    let last = file.holders.len() - 1;
    &mut file.holders[last]
}

fn name_of(folder: &Path) -> String {
    let name = fs::read(folder.join("comm")).unwrap_or_default();
    text::shown(name.strip_suffix(b"\n").unwrap_or(&name))
}

/// The numbers that a process has, here and in the container in which it runs.
fn own_pids(folder: &Path, pid: u32) -> Vec<u32> {
    let status = fs::read(PathBuf::from(folder).join("status")).unwrap_or_default();
    let line = status.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"NSpid:"));
    let inside = line.and_then(|line| std::str::from_utf8(line).ok()).unwrap_or_default();
    inside.split_ascii_whitespace().filter_map(|word| word.parse().ok()).chain([pid]).collect()
}

fn descriptor_limit(folder: &Path) -> Option<u64> {
    limit_of(&fs::read(folder.join("limits")).ok()?)
}

fn limit_of(list: &[u8]) -> Option<u64> {
    let line = list.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"Max open files"))?;
    std::str::from_utf8(line).ok()?.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_the_soft_one() {
        let list = b"Limit  Soft Limit  Hard Limit  Units\nMax open files            1024   524288    files\n";
        assert_eq!(limit_of(list), Some(1024));
        assert_eq!(limit_of(b"Max open files            unlimited   unlimited    files\n"), None);
        assert_eq!(limit_of(b""), None);
    }

    #[test]
    fn a_holder_is_counted_once() {
        let mut file = SharedFile::default();
        for (pid, holders) in [(1, 1), (1, 1), (2, 2), (2, 2)] {
            holder_of(&mut file, pid).descriptors += 1;
            assert_eq!(file.holders.len(), holders);
        }
        assert!(file.holders.iter().all(|holder| holder.descriptors == 2));
    }
}
