//! Which sockets Wayland's clients connect to.

use std::collections::BTreeSet;
use std::path::Path;

/// The flag of a socket that listens, in /proc/net/unix.
const LISTENS: u32 = 1 << 16;

/// Their inodes.
pub(super) fn of_compositors() -> BTreeSet<u64> {
    let list = super::read_list(Path::new("/proc/net/unix")).unwrap_or_default();
    let display = std::env::var_os("WAYLAND_DISPLAY").unwrap_or_default();
    listening(&list, display.as_encoded_bytes())
}

/// Of the lines "address: references protocol flags type state inode path". `display` may be a path.
fn listening(list: &[u8], display: &[u8]) -> BTreeSet<u64> {
    let inode_of = |line: &[u8]| {
        let mut words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        let flags = u32::from_str_radix(std::str::from_utf8(words.nth(3)?).ok()?, 16).ok()?;
        let inode = std::str::from_utf8(words.nth(2)?).ok()?.parse().ok()?;
        let path = words.next()?;
        let name = path.rsplit(|byte| *byte == b'/').next()?;
        let is_display = name.starts_with(b"wayland-") || path == display;
        (flags & LISTENS != 0 && is_display).then_some(inode)
    };
    list.split(|byte| *byte == b'\n').filter_map(inode_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &[u8] = b"Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 17351 /run/user/1000/wayland-1
0000000000000000: 00000003 00000000 00000000 0001 03 17352 /run/user/1000/wayland-1
0000000000000000: 00000002 00000000 00010000 0001 01 17353 /tmp/.X11-unix/X0
0000000000000000: 00000002 00000000 00010000 0001 01 17354 /tmp/elsewhere
0000000000000000: 00000002 00000000 00010000 0001 01 17355
0000000000000000: 00000002
";

    #[test]
    fn a_socket_that_listens_under_the_name_of_a_display_is_a_compositors() {
        assert_eq!(listening(LIST, b""), BTreeSet::from([17351]));
        assert_eq!(listening(LIST, b"/tmp/elsewhere"), BTreeSet::from([17351, 17354]));
    }
}
