//! What names of files say, as the system writes them in links and lists.

use millpond::statistics_page::NAME;

/// Whether a name is that of shared memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// By its name alone.
    Memory,
    /// Unlinked, where programs put such files. It is one if it is mapped shared, or several processes have it.
    Unlinked,
}

const DELETED: &[u8] = b" (deleted)";

/// Whether a link or a line of the mappings is about shared memory.
pub fn kind_of(name: &[u8]) -> Option<FileKind> {
    let starts = |starts: &[&[u8]]| starts.iter().any(|start| name.starts_with(start));
    if starts(&[b"/memfd:", b"/dev/shm/", b"/SYSV"]) {
        return Some(FileKind::Memory);
    }
    (name.ends_with(DELETED) && starts(&[b"/tmp/", b"/var/tmp/", b"/run/"])).then_some(FileKind::Unlinked)
}

/// The name without what the system writes around it.
pub fn plain_name(name: &[u8]) -> &[u8] {
    let name = name.strip_suffix(DELETED).unwrap_or(name);
    name.strip_prefix(b"/memfd:").unwrap_or(name)
}

/// Whether it is that of a statistics page.
pub fn is_page(link: &[u8]) -> bool {
    link.strip_prefix(b"/memfd:").and_then(|name| name.strip_suffix(DELETED)) == Some(NAME.to_bytes())
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
