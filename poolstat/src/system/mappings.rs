//! Which shared memory files a process has mapped.

use std::path::Path;

use crate::names::{FileKind, kind_of};

/// A mapping of a shared memory file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mapping {
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) name: Vec<u8>,
    pub(super) bytes: u64,
    /// Where it ends in the file, which is at least that long.
    pub(super) end_bytes: u64,
    pub(super) is_of_memory: bool,
}

pub(super) fn of_process(folder: &Path) -> Vec<Mapping> {
    super::read_list(&folder.join("maps")).map(|list| parse(&list)).unwrap_or_default()
}

fn parse(list: &[u8]) -> Vec<Mapping> {
    list.split(|byte| *byte == b'\n').filter_map(mapping_of).collect()
}

/// Of "start-end rw-s offset major:minor inode    name".
fn mapping_of(line: &[u8]) -> Option<Mapping> {
    // Most lines are of libraries, and of memory without a name: they are passed over by a look at two letters.
    let slash = line.iter().position(|byte| *byte == b'/')?;
    let (fields, name) = line.split_at(slash);
    let kind = kind_of(name)?;
    let mut words = std::str::from_utf8(fields).ok()?.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let is_shared = words.next()?.ends_with('s');
    let number = |text: &str| u64::from_str_radix(text, 16).ok();
    let offset = number(words.next()?)?;
    let (major, minor) = words.next()?.split_once(':')?;
    let bytes = number(end)?.checked_sub(number(start)?)?;
    (is_shared || kind == FileKind::Memory).then_some(Mapping {
        device: nix::sys::stat::makedev(number(major)?, number(minor)?),
        inode: words.next()?.parse().ok()?,
        name: name.to_vec(),
        bytes,
        end_bytes: offset.checked_add(bytes)?,
        is_of_memory: kind == FileKind::Memory,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &[u8] = b"55d0-55e0 r--p 00000000 fd:01 131  /usr/bin/foot
7f00001000-7f00005000 rw-s 00002000 00:01 77                             /memfd:wayland-shm (deleted)
7f00005000-7f00006000 rw-p 00000000 00:00 0
7f00006000-7f00007000 rw-p 00000000 00:1b 9                              /tmp/history (deleted)
7f00008000-7f00009000 rw-s 00000000 00:1b 10                             /tmp/pixels (deleted)
7ffd000-7ffe000 rw-p 00000000 00:00 0                                    [stack]
nonsense/memfd:x
ffffffffffffffff-0 rw-s 0 00:01 1 /memfd:backwards
";

    #[test]
    fn memory_files_and_what_is_shared_are_found() {
        let found = parse(LIST);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].inode, found[0].bytes, found[0].end_bytes), (77, 0x4000, 0x6000));
        assert_eq!(found[0].name, b"/memfd:wayland-shm (deleted)");
        assert_eq!((found[1].inode, found[1].is_of_memory), (10, false));
    }
}
