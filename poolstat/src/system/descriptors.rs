//! What a process has open: memory files, its statistics pages, and sockets that clients connect to.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::names::{FileKind, is_page, kind_of};

/// A shared memory file that a process has open.
#[derive(Debug)]
pub(super) struct OpenFile {
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) name: Vec<u8>,
    pub(super) bytes: u64,
    pub(super) resident_bytes: u64,
    pub(super) descriptors: u64,
    pub(super) is_of_memory: bool,
}

/// All of a process.
#[derive(Debug, Default)]
pub(super) struct Descriptors {
    pub(super) count: u64,
    pub(super) files: Vec<OpenFile>,
    /// Paths of descriptors that may be a page, one for each file.
    pub(super) pages: Vec<PathBuf>,
    /// Inodes of sockets.
    pub(super) sockets: Vec<u64>,
}

/// Of the process whose folder this is.
pub(super) fn of_process(folder: &Path) -> io::Result<Descriptors> {
    let mut found = Descriptors::default();
    let mut places: BTreeMap<(u64, u64), usize> = BTreeMap::new();
    for entry in fs::read_dir(folder.join("fd"))? {
        let path = entry?.path();
        found.count += 1;
        // One that was closed meanwhile is none.
        let Ok(link) = fs::read_link(&path) else {
            continue;
        };
        let link = link.as_os_str().as_bytes();
        if let Some(inode) = socket_inode(link) {
            found.sockets.push(inode);
        } else if let Some(kind) = kind_of(link) {
            found.add(&mut places, path, link, kind);
        }
    }
    Ok(found)
}

fn socket_inode(link: &[u8]) -> Option<u64> {
    let digits = link.strip_prefix(b"socket:[")?.strip_suffix(b"]")?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

impl Descriptors {
    fn add(&mut self, places: &mut BTreeMap<(u64, u64), usize>, path: PathBuf, link: &[u8], kind: FileKind) {
        let Ok(status) = fs::metadata(&path) else {
            return;
        };
        if !status.is_file() {
            return;
        }
        let key = (status.dev(), status.ino());
        if let Some(place) = places.get(&key) {
            self.files[*place].descriptors += 1;
            return;
        }
        places.insert(key, self.files.len());
        self.files.push(OpenFile {
            device: key.0,
            inode: key.1,
            name: link.to_vec(),
            bytes: status.len(),
            // In units of 512 bytes, whatever the file system.
            resident_bytes: status.blocks().saturating_mul(512),
            descriptors: 1,
            is_of_memory: kind == FileKind::Memory,
        });
        if is_page(link) {
            self.pages.push(path);
        }
    }
}
