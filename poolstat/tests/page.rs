//! Bytes of pages: right ones are read as they were written, and of all others one thing is said.

mod support;

use std::mem::offset_of;

use millpond::statistics_page::{HEADER_BYTES, Header, PAGE_BYTES, RECORD_BYTES, RecordHead};
use poolstat::page::{Extent, Flaw, Page, settle};
use support::{bytes_of, example, put};

/// Whatever the bytes are: it ends, and no text of it could do anything to a terminal.
fn parse_anything(bytes: &[u8]) -> Result<Page, Flaw> {
    let parsed = Page::parse(bytes);
    if let Ok(page) = &parsed {
        let names = page.pools.iter().map(|pool| &pool.name).chain(page.groups.iter().map(|group| &group.name));
        for name in names.chain([&page.program]) {
            assert!(!name.chars().any(char::is_control), "{name:?}");
        }
        page.groups.iter().for_each(|group| assert!(group.lost() <= group.live));
        page.pools.iter().for_each(|pool| assert!(pool.blocks() <= pool.allocs));
    }
    parsed
}

fn changed(at: usize, number: u32) -> Vec<u8> {
    let mut bytes = bytes_of(&example());
    put(&mut bytes, at, &number.to_le_bytes());
    bytes
}

#[test]
fn a_page_is_read_as_it_was_written() {
    assert_eq!(Page::parse(&bytes_of(&example())), Ok(example()));
    // With the room behind it that pages have.
    let mut bytes = bytes_of(&example());
    bytes.resize(PAGE_BYTES, 0xff);
    assert_eq!(Page::parse(&bytes), Ok(example()));
    assert_eq!(Page::parse(&bytes_of(&Page::default())), Ok(Page::default()));
}

#[test]
fn a_page_that_ends_early_is_none_at_any_byte() {
    let bytes = bytes_of(&example());
    for end in 0..bytes.len() {
        assert_eq!(parse_anything(&bytes[..end]), Err(Flaw::EndsEarly), "{end}");
    }
}

#[test]
fn every_bit_that_falls_over_is_survived() {
    let good = bytes_of(&example());
    let mut refused = 0;
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bytes = good.clone();
            bytes[at] ^= 1 << bit;
            refused += usize::from(parse_anything(&bytes).is_err());
        }
        for byte in [0, 0x1b, 0x7f, 0x80, 0xff] {
            let mut bytes = good.clone();
            bytes[at] = byte;
            let _ = parse_anything(&bytes);
        }
    }
    // The mark, the version, and the two sizes with all that stands above them.
    assert!(refused > 100, "{refused}");
}

#[test]
fn what_the_header_says_is_believed_as_far_as_it_can_be() {
    assert_eq!(parse_anything(b""), Err(Flaw::EndsEarly));
    assert_eq!(parse_anything(&[0; 4096]), Err(Flaw::NotBegun));
    assert_eq!(parse_anything(&[1; 4096]), Err(Flaw::NoPage));
    assert_eq!(parse_anything(&changed(offset_of!(Header, version), 2)), Err(Flaw::OtherVersion(2)));
    assert_eq!(parse_anything(&changed(offset_of!(Header, version), 0)), Err(Flaw::OtherVersion(0)));
    for field in [offset_of!(Header, header_bytes), offset_of!(Header, record_bytes)] {
        for size in [0, 1, 8, 127, 255, 260] {
            assert_eq!(parse_anything(&changed(field, size)), Err(Flaw::Sizes), "{size}");
        }
        assert_eq!(parse_anything(&changed(field, u32::MAX - 7)), Err(Flaw::TooLarge));
    }
    assert_eq!(parse_anything(&changed(offset_of!(Header, used_count), 4096)), Err(Flaw::Counts));
    assert_eq!(parse_anything(&changed(offset_of!(Header, record_count), 2)), Err(Flaw::Counts));
    assert_eq!(parse_anything(&changed(offset_of!(Header, used_count), 4)), Err(Flaw::EndsEarly));
    // All as large as it can be: the product fits into 64 bits, and is far too much.
    let mut bytes = changed(offset_of!(Header, used_count), u32::MAX);
    put(&mut bytes, offset_of!(Header, record_count), &u32::MAX.to_le_bytes());
    put(&mut bytes, offset_of!(Header, record_bytes), &(u32::MAX - 7).to_le_bytes());
    put(&mut bytes, offset_of!(Header, header_bytes), &(u32::MAX - 7).to_le_bytes());
    assert_eq!(parse_anything(&bytes), Err(Flaw::TooLarge));
}

#[test]
fn newer_pages_may_have_larger_headers_and_records() {
    let good = bytes_of(&example());
    let mut bytes = good[..HEADER_BYTES].to_vec();
    put(&mut bytes, offset_of!(Header, header_bytes), &136_u32.to_le_bytes());
    put(&mut bytes, offset_of!(Header, record_bytes), &264_u32.to_le_bytes());
    bytes.extend([0xaa; 8]);
    for record in good[HEADER_BYTES..].chunks_exact(RECORD_BYTES) {
        bytes.extend(record);
        bytes.extend([0xbb; 8]);
    }
    assert_eq!(Page::parse(&bytes), Ok(example()));
}

#[test]
fn what_belongs_to_nothing_is_passed_over() {
    let mut bytes = bytes_of(&example());
    // The group ends; the pool becomes something that is not known yet.
    put(&mut bytes, HEADER_BYTES + offset_of!(RecordHead, generation), &2_u32.to_le_bytes());
    put(&mut bytes, HEADER_BYTES + RECORD_BYTES, &77_u32.to_le_bytes());
    let page = Page::parse(&bytes).unwrap();
    assert_eq!((page.groups.len(), page.pools.len(), page.buffers.len()), (0, 0, 1));
}

#[test]
fn what_changes_its_owner_meanwhile_is_not_read() {
    let mut first = bytes_of(&example());
    let mut later = first.clone();
    // Only counts have changed: that is as good as any.
    later[HEADER_BYTES + 100] ^= 1;
    settle(&mut first, &later);
    assert_eq!(Page::parse(&first), Ok(example()));
    put(&mut later, HEADER_BYTES + offset_of!(RecordHead, generation), &3_u32.to_le_bytes());
    settle(&mut first, &later);
    assert_eq!(Page::parse(&first).unwrap().groups, []);
    // A page that has become shorter, or another.
    settle(&mut first, &later[..HEADER_BYTES + RECORD_BYTES]);
    assert_eq!(Page::parse(&first).unwrap().buffers, []);
    settle(&mut first[..200], &later);
    settle(&mut [], &[]);
}

#[test]
fn texts_without_an_end_and_with_commands_are_harmless() {
    let mut page = example();
    page.pools[0].name = "x".repeat(32);
    page.groups[0].name = "\x1b]0;owned\x07\r\n\u{202e}".into();
    let parsed = Page::parse(&bytes_of(&page)).unwrap();
    assert_eq!(parsed.pools[0].name, page.pools[0].name);
    assert_eq!(parsed.groups[0].name, "\\u{1b}]0;owned\\u{7}\\u{d}\\u{a}\\u{202e}");
}

#[test]
fn random_bytes_are_survived() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let good = bytes_of(&example());
    for _ in 0..20_000 {
        let mut bytes = good.clone();
        for _ in 0..random() % 64 {
            let at = usize::try_from(random()).unwrap() % bytes.len();
            bytes[at] = random().to_le_bytes()[0];
        }
        // Mostly behind the mark and the version, which would refuse nearly all.
        bytes[..12].copy_from_slice(&good[..12]);
        let _ = parse_anything(&bytes);
        let _ = Extent::of(&bytes);
    }
}
