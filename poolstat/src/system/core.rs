//! Opens a core.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::core_file;
use crate::elf::{Bytes, Refusal};
use crate::snapshot::Snapshot;

impl Bytes for File {
    fn count(&self) -> u64 {
        self.metadata().map_or(0, |status| status.len())
    }

    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        self.read_exact_at(into, at)
    }
}

/// What the process had of whose memory this file is.
pub fn read_core(path: &Path) -> Result<Snapshot, Refusal> {
    core_file::snapshot_of(&File::open(path)?)
}
