//! Bytes that are said to be a statistics page, or a core with one in it, beside a reader that knows the layout by heart.

use std::io;

use arbitrary::{Arbitrary, Unstructured};
use poolstat::arguments::Arguments;
use poolstat::core_file;
use poolstat::diagnosis::diagnose;
use poolstat::elf::Bytes;
use poolstat::output::{self, Report, Style};
use poolstat::page::{Page, settle};
use poolstat::slopes::History;
use poolstat::snapshot::{Process, Snapshot};

/// The bytes, as they are.
#[derive(Clone, Debug)]
pub struct Script {
    /// Of a page, or of a core.
    pub bytes: Vec<u8>,
}

impl<'a> Arbitrary<'a> for Script {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        Ok(Self { bytes: bytes.bytes(bytes.len())?.to_vec() })
    }
}

struct Slice<'a>(&'a [u8]);

impl Bytes for Slice<'_> {
    fn count(&self) -> u64 {
        self.0.len() as u64
    }

    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(at).ok();
        let end = start.and_then(|start| start.checked_add(into.len()));
        let found = start.zip(end).and_then(|(start, end)| self.0.get(start..end));
        into.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

/// Reads the bytes as a page, twice, the second time with some changed; and says all that can be said of it.
pub fn play(script: &Script) {
    let parsed = Page::parse(&script.bytes);
    let model = Model::read(&script.bytes);
    let Ok(page) = parsed else {
        assert!(model.is_none(), "the model reads a page: {parsed:?}");
        return;
    };
    model.expect("the model reads no page").compare(&page);
    tell(page.clone(), Some(page));

    let mut first = script.bytes.clone();
    let mut later = script.bytes.clone();
    for at in (0..later.len()).step_by(97) {
        later[at] ^= 1;
    }
    settle(&mut first, &later);
    let settled = Page::parse(&first).expect("a page stays one");
    tell(settled, None);
}

/// Reads the bytes as a core, whose first byte has its highest bit changed: scripts lie in archives, where tools that know
/// ELF take them for broken programs otherwise.
pub fn play_core(script: &Script) {
    let mut bytes = script.bytes.clone();
    if let Some(first) = bytes.first_mut() {
        *first ^= 0x80;
    }
    if let Ok(snapshot) = core_file::snapshot_of(&Slice(&bytes)) {
        say(&snapshot, None);
    }
}

/// What comes of a page of a process, beside an earlier one.
fn tell(page: Page, earlier: Option<Page>) {
    let snapshot = |page: Page, now_ns| {
        let process = Process { pid: page.pid, name: page.program.clone(), pages: vec![page], ..Process::default() };
        Snapshot { now_ns, processes: vec![process], ..Snapshot::default() }
    };
    let earlier = earlier.map(|page| snapshot(page, 1));
    say(&snapshot(page, 1 << 40), earlier.as_ref());
}

fn say(snapshot: &Snapshot, earlier: Option<&Snapshot>) {
    let mut history = History::default();
    if let Some(earlier) = earlier {
        history.add(earlier);
    }
    let slopes = history.add(snapshot);
    let report = Report { findings: diagnose(snapshot, earlier), slopes, snapshot: snapshot.clone() };
    let arguments = Arguments { pools: true, buffers: true, memory: true, ..Arguments::default() };
    let style = Style { has_colours: false };
    let texts = [
        output::tables(&report, &arguments, style),
        output::tables(&report, &Arguments::default(), style),
        output::findings(&report.findings, style),
        output::slopes(&report, style),
        output::openmetrics(&report),
        output::json(&report).expect("all of it has a form"),
    ];
    for text in texts {
        let is_harmful = |character: char| character.is_control() && character != '\n';
        assert!(!text.contains(is_harmful), "{text:?}");
    }
}

/// Numbers at places that stand here as numbers.
struct Model<'a> {
    bytes: &'a [u8],
    header_bytes: usize,
    record_bytes: usize,
    used_count: usize,
}

impl<'a> Model<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize);
        if bytes.len() < 128 || &bytes[..8] != b"MILLPOND" || number(8)? != 1 {
            return None;
        }
        let (header_bytes, record_bytes) = (number(12)?, number(16)?);
        let (record_count, used_count) = (number(20)?, number(24)?);
        if header_bytes < 128 || header_bytes % 8 > 0 || record_bytes < 256 || record_bytes % 8 > 0 {
            return None;
        }
        let end = used_count.checked_mul(record_bytes)?.checked_add(header_bytes)?;
        let fits = used_count <= record_count && end <= bytes.len() && end <= 16 << 20;
        fits.then_some(Self { bytes, header_bytes, record_bytes, used_count })
    }

    fn record(&self, index: usize) -> &[u8] {
        &self.bytes[self.header_bytes + index * self.record_bytes..][..self.record_bytes]
    }

    fn compare(&self, page: &Page) {
        let small = |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        let large = |bytes: &[u8], at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        let (mut pools, mut groups, mut buffers) = (page.pools.iter(), page.groups.iter(), page.buffers.iter());
        for index in 0..self.used_count {
            let record = self.record(index);
            if small(record, 4) % 2 == 0 {
                continue;
            }
            match small(record, 0) {
                1 => {
                    let pool = pools.next().expect("a pool");
                    assert_eq!((pool.frees, pool.set_aside), (large(record, 40), large(record, 128)));
                }
                2 => {
                    let group = groups.next().expect("a group");
                    assert_eq!((group.record as usize, group.cookie), (index, large(record, 40)));
                    assert_eq!(
                        (group.live, group.held, group.cached),
                        (large(record, 72), large(record, 80), large(record, 88))
                    );
                }
                3 => {
                    let buffer = buffers.next().expect("a buffer");
                    assert_eq!((buffer.group, buffer.is_held), (small(record, 8), small(record, 12) & 1 == 1));
                    assert_eq!((buffer.bytes, buffer.inode), (large(record, 48), large(record, 64)));
                }
                _ => {}
            }
        }
        assert!(pools.next().is_none() && groups.next().is_none() && buffers.next().is_none());
        assert_eq!(
            (page.pid, page.made_ns, page.left_out),
            (small(self.bytes, 28), large(self.bytes, 32), large(self.bytes, 40))
        );
    }
}
