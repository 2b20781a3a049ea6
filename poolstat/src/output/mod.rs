//! What is written: as tables for people, as JSON and OpenMetrics for programs.

mod columns;
mod json;
mod openmetrics;
mod tables;

pub use json::json;
pub use openmetrics::openmetrics;
pub use tables::{Style, findings, slopes, tables};

use crate::diagnosis::Finding;
use crate::slopes::Slope;
use crate::snapshot::Snapshot;

/// All that one look has come to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What was seen.
    pub snapshot: Snapshot,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What grows, from the second look on.
    pub slopes: Vec<Slope>,
}

impl Report {
    /// Leaves only what is about these processes, by number or by name; about all of them, if none is named.
    pub fn restrict_to(&mut self, wanted: &[String]) {
        if wanted.is_empty() {
            return;
        }
        let snapshot = &mut self.snapshot;
        let by_name: Vec<(u32, bool)> =
            snapshot.processes.iter().map(|process| (process.pid, process.is_one_of(wanted))).collect();
        let stays = |pid: u32| by_name.contains(&(pid, true));
        self.findings.retain(|finding| {
            // What a compositor does not release is its affair too.
            let is_by_one = finding.by.as_ref().is_some_and(|by| {
                let mut processes = snapshot.processes.iter();
                processes.any(|process| stays(process.pid) && *by == process.title())
            });
            stays(finding.pid) || is_by_one
        });
        self.slopes.retain(|slope| stays(slope.quantity.pid));
        for notes in [&mut snapshot.notes, &mut snapshot.passed_over] {
            notes.retain(|note| stays(note.pid) || wanted.iter().any(|each| each.parse() == Ok(note.pid)));
        }
        // The names of those that share a file with them are still needed.
        snapshot.files.retain(|file| file.holders.iter().any(|holder| stays(holder.pid)));
        for process in &mut snapshot.processes {
            if !stays(process.pid) {
                process.pages.clear();
            }
        }
        let files = &snapshot.files;
        snapshot
            .processes
            .retain(|process| stays(process.pid) || files.iter().any(|file| file.holder(process.pid).is_some()));
    }
}
