//! JSON: all that was seen, on one line.

use serde::Serialize;

use super::Report;
use crate::diagnosis::Finding;
use crate::slopes::Slope;
use crate::snapshot::Snapshot;

/// Grows when a field changes its meaning, or goes.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    #[serde(flatten)]
    snapshot: &'a Snapshot,
    findings: &'a [Finding],
    slopes: &'a [Slope],
}

/// A document, with its line's end.
pub fn json(report: &Report) -> serde_json::Result<String> {
    let Report { snapshot, findings, slopes } = report;
    Ok(serde_json::to_string(&Document { version: VERSION, snapshot, findings, slopes })? + "\n")
}
