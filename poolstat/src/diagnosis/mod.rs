//! What is wrong, in words: decided by what was seen alone.
//!
//! A buffer that is held, or a file that somebody has, is no fault by itself. What is one, and what is not:
//!
//! - A compositor keeps what a window shows, and a few more on their way (`limits::HELD_BY_A_SURFACE`). A buffer is called
//!   not released when it is held for long **and** newer ones have come back meanwhile, or more are held than any window
//!   needs. The buffers of the launchers' interface belong to any number of windows, each of which may stand still: there
//!   only more than the library itself warns about is a fault.
//! - A program may lose a buffer only by a mistake: one is enough. So with one that was taken twice.
//! - A file that no client has any more is an orphan, unless it is one that the compositor made. A few may be what is shown
//!   of clients that have no more to draw.
//! - Several descriptors of one file, or files of one kind, are a fault beyond the numbers of `limits`.

mod buffers;
mod files;

pub use files::is_orphan;
use serde::Serialize;

use crate::limits;
use crate::snapshot::{Process, Snapshot};

/// What can be wrong. The words are for scripts too, and do not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Fault {
    /// Live, neither held nor cached.
    #[serde(rename = "LOST")]
    Lost,
    /// Held for long, while newer ones were released.
    #[serde(rename = "NOT RELEASED")]
    NotReleased,
    /// Taken once more while it was held.
    #[serde(rename = "HELD TWICE")]
    HeldTwice,
    /// Only the compositor has the file.
    #[serde(rename = "ORPHAN")]
    Orphan,
    /// Many descriptors of one file.
    #[serde(rename = "DESCRIPTOR LEAK")]
    DescriptorLeak,
    /// Many files of one kind.
    #[serde(rename = "MANY FILES")]
    ManyFiles,
    /// Few descriptors are left.
    #[serde(rename = "NEAR RLIMIT_NOFILE")]
    NearLimit,
    /// Blocks of a pool were found damaged.
    #[serde(rename = "DAMAGED")]
    Damaged,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Lost,
        Self::NotReleased,
        Self::HeldTwice,
        Self::Orphan,
        Self::DescriptorLeak,
        Self::ManyFiles,
        Self::NearLimit,
        Self::Damaged,
    ];

    /// As it stands in a line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Lost => "LOST",
            Self::NotReleased => "NOT RELEASED",
            Self::HeldTwice => "HELD TWICE",
            Self::Orphan => "ORPHAN",
            Self::DescriptorLeak => "DESCRIPTOR LEAK",
            Self::ManyFiles => "MANY FILES",
            Self::NearLimit => "NEAR RLIMIT_NOFILE",
            Self::Damaged => "DAMAGED",
        }
    }

    /// What it means.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Lost => "buffers that are there, are held by nobody, and will never be handed out again",
            Self::NotReleased => "buffers that are held for more than 5 seconds while newer ones were released",
            Self::HeldTwice => {
                "buffers that were taken once more while they were held, so that one release was too few"
            }
            Self::Orphan => {
                "more than 4 memory files that only the compositor has: the client that made them has closed them, or ended"
            }
            Self::DescriptorLeak => "more than 8 descriptors of one memory file in one process",
            Self::ManyFiles => "more than 64 memory files of one name and size in one process",
            Self::NearLimit => "a process has 80 of 100 descriptors that it may have",
            Self::Damaged => "blocks of a pool that something has written over, which the pool has set aside",
        }
    }

    /// What to do next.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Lost => "look where the program marks a buffer busy, or takes a reference, without giving it back",
            Self::NotReleased => {
                "run the program with WAYLAND_DEBUG=1: if it commits the buffer and no wl_buffer.release comes, it is the \
                 compositor; if it never commits it, it is the program. Another compositor tells too"
            }
            Self::HeldTwice => "look where the program takes a buffer that it has not been given back",
            Self::Orphan => "report it to the compositor: it keeps a wl_shm_pool or wl_buffer whose client has let go",
            Self::DescriptorLeak => {
                "look where the process duplicates or receives that descriptor, and does not close it"
            }
            Self::ManyFiles => {
                "see whether they grow with -w: a file for each frame that is never closed, or not reused"
            }
            Self::NearLimit => "see with -m what they are; whatever opens the next file fails",
            Self::Damaged => "run the program under valgrind or AddressSanitizer, which name the line that does it",
        }
    }
}

/// Something that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub fault: Fault,
    /// Whose, for those that look it up.
    pub pid: u32,
    /// Whose, with its name.
    pub process: String,
    /// Who has not released it, where that is the fault.
    pub by: Option<String>,
    /// The rest of the line.
    pub what: String,
}

impl Finding {
    fn new(fault: Fault, process: &Process, what: String) -> Self {
        Self { fault, pid: process.pid, process: process.title(), by: None, what }
    }

    /// "NOT RELEASED by sway[812]"
    pub fn heading(&self) -> String {
        match &self.by {
            Some(by) => format!("{} by {by}", self.fault.word()),
            None => self.fault.word().into(),
        }
    }
}

/// What is wrong in the look `now`. `before` is an earlier one: what it can refute is not said, and what only two looks
/// can show is.
pub fn diagnose(now: &Snapshot, before: Option<&Snapshot>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for process in &now.processes {
        buffers::diagnose(now, before, process, &mut findings);
        pools(process, &mut findings);
        files::diagnose(now, process, &mut findings);
        near_limit(process, &mut findings);
    }
    files::orphans(now, before, &mut findings);
    findings.sort_by_key(|finding| (finding.pid, finding.fault));
    findings.truncate(limits::FINDINGS_MAX);
    findings
}

fn pools(process: &Process, findings: &mut Vec<Finding>) {
    for pool in process.pages.iter().flat_map(|page| &page.pools) {
        if pool.set_aside > 0 {
            let what = format!("{} blocks of the pool \"{}\"", pool.set_aside, pool.name);
            findings.push(Finding::new(Fault::Damaged, process, what));
        }
    }
}

fn near_limit(process: &Process, findings: &mut Vec<Finding>) {
    if let (Some(descriptors), Some(limit)) = (process.descriptors, process.descriptor_limit) {
        if u128::from(descriptors) * 100 >= u128::from(limit) * u128::from(limits::DESCRIPTORS_PERCENT_MAX) {
            let what = format!("{descriptors} of {limit} descriptors are open");
            findings.push(Finding::new(Fault::NearLimit, process, what));
        }
    }
}
