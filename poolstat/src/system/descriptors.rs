//! What a process has open: memory files, its statistics pages, and sockets that clients connect to.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use millpond::statistics_page::NAME;

/// Whether a name is that of shared memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    /// By its name alone.
    Memory,
    /// Unlinked, where programs put such files. It is one if it is mapped shared, or several processes have it.
    Unlinked,
}

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

const DELETED: &[u8] = b" (deleted)";

/// Whether a link or a line of the mappings is about shared memory.
pub(super) fn kind_of(name: &[u8]) -> Option<FileKind> {
    let starts = |starts: &[&[u8]]| starts.iter().any(|start| name.starts_with(start));
    if starts(&[b"/memfd:", b"/dev/shm/", b"/SYSV"]) {
        return Some(FileKind::Memory);
    }
    (name.ends_with(DELETED) && starts(&[b"/tmp/", b"/var/tmp/", b"/run/"])).then_some(FileKind::Unlinked)
}

/// The name without what the system writes around it.
pub(super) fn plain_name(name: &[u8]) -> &[u8] {
    let name = name.strip_suffix(DELETED).unwrap_or(name);
    name.strip_prefix(b"/memfd:").unwrap_or(name)
}

fn is_page(link: &[u8]) -> bool {
    link.strip_prefix(b"/memfd:").and_then(|name| name.strip_suffix(DELETED)) == Some(NAME.to_bytes())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_shared_memory_are_known() {
        let memory = Some(FileKind::Memory);
        for (name, kind) in [
            ("/memfd:wayland-shm (deleted)", memory),
            ("/dev/shm/wlroots-x (deleted)", memory),
            ("/dev/shm/named", memory),
            ("/SYSV00000000 (deleted)", memory),
            ("/run/user/1000/weston-shared-x (deleted)", Some(FileKind::Unlinked)),
            ("/tmp/x", None),
            ("/home/someone/x (deleted)", None),
            ("/dev/zero (deleted)", None),
            ("anon_inode:[eventfd]", None),
        ] {
            assert_eq!(kind_of(name.as_bytes()), kind, "{name}");
        }
    }

    #[test]
    fn a_page_has_its_name_and_no_other() {
        assert!(is_page(b"/memfd:millpond-stats (deleted)"));
        for other in ["/memfd:millpond-stats", "/memfd:millpond-stats2 (deleted)", "/tmp/millpond-stats (deleted)"] {
            assert!(!is_page(other.as_bytes()), "{other}");
        }
        assert_eq!(plain_name(b"/memfd:millpond-stats (deleted)"), b"millpond-stats");
    }
}
