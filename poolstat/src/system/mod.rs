//! Looks at the system: the only module with effects.
//!
//! ```text
//!  look          all processes, put together
//!    descriptors   /proc/PID/fd: memory files, pages, sockets      pages   reads a page
//!    mappings      /proc/PID/maps                                   sockets  who listens for clients
//!  core          the pages of a core
//! ```
//!
//! All is read only. No process is stopped, and none of what it has is mapped: a file that shrinks meanwhile does no harm.

mod core;
mod descriptors;
mod look;
mod mappings;
mod pages;
mod sockets;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::limits;

pub use self::core::read_core;
pub use look::look;

/// A list of the system's, up to a limit; it ends early rather than to be refused.
fn read_list(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limits::LIST_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The clock of the pages.
pub fn now_ns() -> u64 {
    let time = nix::time::clock_gettime(nix::time::ClockId::CLOCK_MONOTONIC);
    let part = |value: i64| u64::try_from(value).unwrap_or(0);
    time.map_or(0, |time| part(time.tv_sec()).saturating_mul(1_000_000_000).saturating_add(part(time.tv_nsec())))
}
