//! Reads statistics pages of processes that run, or stand still.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::thread;
use std::time::Duration;

use millpond::statistics_page::HEADER_BYTES;

use crate::limits;
use crate::page::{self, Extent, Flaw, Page};

/// Why a page was not read.
pub(super) enum Unread {
    /// It is gone, or another's.
    Hidden(io::Error),
    /// It is no page.
    Flawed(Flaw),
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        Self::Hidden(error)
    }
}

impl From<Flaw> for Unread {
    fn from(flaw: Flaw) -> Self {
        Self::Flawed(flaw)
    }
}

/// The page behind a descriptor of a process. A page in which buffers are just changing hands is looked at again.
pub(super) fn read(descriptor: &Path) -> Result<Page, Unread> {
    let file = OpenOptions::new().read(true).custom_flags(nix::fcntl::OFlag::O_NONBLOCK.bits()).open(descriptor)?;
    if file.metadata()?.len() == 0 {
        return Err(Flaw::NotBegun.into());
    }
    let mut looks = 1;
    loop {
        let mut first = bytes_of(&file)?;
        page::settle(&mut first, &bytes_of(&file)?);
        let page = Page::parse(&first)?;
        if page.is_balanced() || looks == limits::LOOKS_AT_A_PAGE_MAX {
            return Ok(page);
        }
        looks += 1;
        thread::sleep(Duration::from_micros(limits::PAUSE_BETWEEN_LOOKS_MICROSECONDS));
    }
}

/// Up to the last record that is in use: most of a page was never written, and reading it would make it present.
fn bytes_of(file: &File) -> Result<Vec<u8>, Unread> {
    let mut bytes = vec![0; HEADER_BYTES];
    fill(file, &mut bytes, 0)?;
    bytes.resize(Extent::of(&bytes)?.bytes, 0);
    fill(file, &mut bytes[HEADER_BYTES..], HEADER_BYTES)?;
    Ok(bytes)
}

fn fill(file: &File, bytes: &mut [u8], at: usize) -> Result<(), Unread> {
    file.read_exact_at(bytes, at as u64).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => Unread::Flawed(Flaw::EndsEarly),
        _ => Unread::Hidden(error),
    })
}
