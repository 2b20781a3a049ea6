//! What was seen in one look: of the processes, their pages, and the memory files that they share.

use serde::Serialize;

use crate::limits;
use crate::page::Page;

/// One look at the system, or at a core.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Snapshot {
    /// When, on the clock of the pages.
    pub now_ns: u64,
    /// Those that have a page or a memory file, or are a compositor.
    pub processes: Vec<Process>,
    /// Those that have none of it: their numbers and names.
    #[serde(skip)]
    pub others: Vec<Process>,
    /// Shared memory files.
    pub files: Vec<SharedFile>,
    /// Processes of the same user that could not be looked into.
    pub unseen_processes: usize,
    /// What could not be read.
    pub notes: Vec<Note>,
    /// What was passed over because it is another's, or went meanwhile.
    pub passed_over: Vec<Note>,
}

/// A sentence about a process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Note {
    /// The process.
    pub pid: u32,
    /// With its name.
    pub process: String,
    /// What there is to say.
    pub what: String,
}

/// A process.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// As the system calls it.
    pub name: String,
    /// Descriptors that it has open, where that could be seen.
    pub descriptors: Option<u64>,
    /// So many it may have: RLIMIT_NOFILE.
    pub descriptor_limit: Option<u64>,
    /// Whether Wayland's clients connect to it.
    pub is_compositor: bool,
    /// Its statistics pages: one for each copy of the library.
    pub pages: Vec<Page>,
}

/// A file of memory, of whatever kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SharedFile {
    /// Device and inode are the file; names are not.
    pub device: u64,
    /// The other half.
    pub inode: u64,
    /// As it was called when it was made.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Of these in memory, where that could be seen.
    pub resident_bytes: Option<u64>,
    /// Who has it.
    pub holders: Vec<Holder>,
}

/// What one process has of a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Holder {
    /// The process.
    pub pid: u32,
    /// Descriptors that are the file.
    pub descriptors: u64,
    /// Bytes that it has mapped.
    pub mapped_bytes: u64,
}

impl Process {
    /// Something to say of it.
    pub fn note(&self, what: String) -> Note {
        Note { pid: self.pid, process: self.title(), what }
    }

    /// Whether it is named there, by number or by name. The system keeps the first 15 bytes of a name.
    pub fn is_one_of(&self, wanted: &[String]) -> bool {
        let is_cut = self.name.len() == limits::NAME_BYTES;
        let is_name = |each: &String| *each == self.name || is_cut && each.starts_with(&self.name);
        wanted.iter().any(|each| is_name(each) || each.parse() == Ok(self.pid))
    }

    /// As it is called in lines: the name can be another's too.
    pub fn title(&self) -> String {
        format!("{}[{}]", self.name, self.pid)
    }
}

impl Snapshot {
    /// The process with this number.
    pub fn process(&self, pid: u32) -> Option<&Process> {
        self.processes.iter().find(|process| process.pid == pid)
    }

    /// Takes these for compositors too, by number or by name.
    pub fn add_compositors(&mut self, wanted: &[String]) {
        for process in &mut self.processes {
            process.is_compositor |= process.is_one_of(wanted);
        }
    }

    /// Those of the wanted that are no process, by number or by name.
    pub fn missing<'wanted>(&self, wanted: &'wanted [String]) -> Vec<&'wanted str> {
        let is_there = |each: &String| {
            let mut all = self.processes.iter().chain(&self.others);
            all.any(|process| process.is_one_of(std::slice::from_ref(each)))
        };
        wanted.iter().filter(|each| !is_there(each)).map(String::as_str).collect()
    }

    /// Its title, or its number where nothing else is known.
    pub fn title(&self, pid: u32) -> String {
        self.process(pid).map_or_else(|| format!("[{pid}]"), Process::title)
    }

    /// Files that this process has.
    pub fn files_of(&self, pid: u32) -> impl Iterator<Item = &SharedFile> {
        self.files.iter().filter(move |file| file.holder(pid).is_some())
    }

    /// Who is to be called the compositor of this process's buffers: of those that have its files too, one that clients
    /// connect to, or else the one with the most of them.
    pub fn compositor_of(&self, pid: u32) -> Option<&Process> {
        let others = self.processes.iter().filter(|other| other.pid != pid);
        let shared = |other: &&Process| self.files_of(pid).filter(|file| file.holder(other.pid).is_some()).count();
        others
            .filter(|other| shared(other) > 0)
            .max_by_key(|other| (other.is_compositor, shared(other)))
            .or_else(|| self.processes.iter().find(|process| process.is_compositor))
    }
}

impl SharedFile {
    /// What this process has of it.
    pub fn holder(&self, pid: u32) -> Option<&Holder> {
        self.holders.iter().find(|holder| holder.pid == pid)
    }
}
