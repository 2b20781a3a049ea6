//! What is asked of a core: where memory lies in it, who it is of, and which files were mapped.
//!
//! A core is as little to be believed as a page: each number is looked at before it is used, and nothing is read but at
//! places that lie in the file.

use std::io;

use crate::limits;

/// Bytes at places of a file.
pub trait Bytes {
    /// How many there are.
    fn count(&self) -> u64;

    /// All of `into`, from there on.
    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<()>;
}

/// A part of the memory that the process had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its address in the process.
    pub address: u64,
    /// Where it lies in the core.
    pub offset: u64,
    /// Bytes that are there.
    pub bytes: u64,
}

/// A file that was mapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedFile {
    /// Where it began.
    pub address: u64,
    /// Bytes of the mapping.
    pub bytes: u64,
    /// Where in the file, in bytes.
    pub offset: u64,
    /// As the system called it.
    pub name: Vec<u8>,
}

/// What is known of a core.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Core {
    /// The process, if a note says it.
    pub pid: Option<u32>,
    /// Its name.
    pub name: Vec<u8>,
    /// Its memory.
    pub segments: Vec<Segment>,
    /// The files that it had mapped.
    pub files: Vec<MappedFile>,
}

/// Why a file is not read as a core.
#[derive(Debug)]
pub enum Refusal {
    /// It cannot be read.
    Unreadable(io::Error),
    /// It is none.
    NoCore,
    /// Its tables are longer than those of any.
    TooLarge,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::Unreadable(error) => write!(formatter, "{error}"),
            Self::NoCore => formatter.write_str("it is no ELF core"),
            Self::TooLarge => formatter.write_str("its tables are longer than those of any core"),
        }
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

const LOAD: u32 = 1;
const NOTE: u32 = 4;
const CORE: u16 = 4;
const PRPSINFO: u32 = 3;
const FILES: u32 = 0x4649_4c45;

/// How numbers are written.
#[derive(Clone, Copy)]
struct Shape {
    is_wide: bool,
    is_big_endian: bool,
}

impl Shape {
    fn number(self, bytes: &[u8], at: usize, size: usize) -> Option<u64> {
        let field = bytes.get(at..at.checked_add(size)?)?;
        let join = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.is_big_endian { field.iter().fold(0, join) } else { field.iter().rev().fold(0, join) })
    }

    fn half(self, bytes: &[u8], at: usize) -> Option<u16> {
        u16::try_from(self.number(bytes, at, 2)?).ok()
    }

    fn small(self, bytes: &[u8], at: usize) -> Option<u32> {
        u32::try_from(self.number(bytes, at, 4)?).ok()
    }

    /// A number as wide as an address, the `index`th of a row of them.
    fn word(self, bytes: &[u8], start: usize, index: usize) -> Option<u64> {
        let size = self.word_bytes();
        self.number(bytes, start.checked_add(index.checked_mul(size)?)?, size)
    }

    fn word_bytes(self) -> usize {
        if self.is_wide { 8 } else { 4 }
    }
}

/// A program header.
struct ProgramHeader {
    kind: u32,
    segment: Segment,
}

fn program_header(shape: Shape, bytes: &[u8]) -> Option<ProgramHeader> {
    let places = if shape.is_wide { [8, 16, 32] } else { [4, 8, 16] };
    let [offset, address, in_file] = places.map(|at| shape.number(bytes, at, shape.word_bytes()));
    let segment = Segment { address: address?, offset: offset?, bytes: in_file? };
    Some(ProgramHeader { kind: shape.small(bytes, 0)?, segment })
}

/// Reads the tables of a core.
pub fn read(file: &dyn Bytes) -> Result<Core, Refusal> {
    let mut head = [0; 64];
    file.read(0, &mut head[..52]).map_err(|_| Refusal::NoCore)?;
    if !head.starts_with(b"\x7fELF") || !matches!(head[4], 1 | 2) || !matches!(head[5], 1 | 2) {
        return Err(Refusal::NoCore);
    }
    let shape = Shape { is_wide: head[4] == 2, is_big_endian: head[5] == 2 };
    if shape.is_wide {
        file.read(0, &mut head).map_err(|_| Refusal::NoCore)?;
    }
    if shape.half(&head, 16) != Some(CORE) {
        return Err(Refusal::NoCore);
    }
    let (table_at, size_at) = if shape.is_wide { (32, 54) } else { (28, 42) };
    let table = shape.number(&head, table_at, shape.word_bytes()).ok_or(Refusal::NoCore)?;
    let size = usize::from(shape.half(&head, size_at).ok_or(Refusal::NoCore)?);
    let count = usize::from(shape.half(&head, size_at + 2).ok_or(Refusal::NoCore)?).min(limits::SEGMENTS_MAX);
    let table_bytes = size * count;
    if table_bytes as u64 > limits::NOTE_BYTES_MAX {
        return Err(Refusal::TooLarge);
    }
    let mut bytes = vec![0; table_bytes];
    file.read(table, &mut bytes)?;

    let mut core = Core::default();
    let mut note_bytes = 0_u64;
    for header in bytes.chunks_exact(size.max(1)).filter_map(|bytes| program_header(shape, bytes)) {
        match header.kind {
            LOAD if header.segment.bytes > 0 => core.segments.push(header.segment),
            NOTE => {
                note_bytes = note_bytes.saturating_add(header.segment.bytes);
                if note_bytes > limits::NOTE_BYTES_MAX {
                    return Err(Refusal::TooLarge);
                }
                read_notes(&mut core, shape, file, header.segment)?;
            }
            _ => {}
        }
    }
    Ok(core)
}

fn read_notes(core: &mut Core, shape: Shape, file: &dyn Bytes, segment: Segment) -> Result<(), Refusal> {
    let mut bytes = vec![0; usize::try_from(segment.bytes).map_err(|_| Refusal::TooLarge)?];
    file.read(segment.offset, &mut bytes)?;
    let mut rest = bytes.as_slice();
    while let Some((kind, name, body, behind)) = next_note(shape, rest) {
        match (kind, name) {
            (PRPSINFO, b"CORE\0") => read_process(core, shape, body),
            (FILES, b"CORE\0") => core.files.extend(mapped_files(shape, body).unwrap_or_default()),
            _ => {}
        }
        rest = behind;
    }
    Ok(())
}

type Note<'a> = (u32, &'a [u8], &'a [u8], &'a [u8]);

/// Kind, name, body, and what comes behind: each begins at a multiple of four.
fn next_note(shape: Shape, bytes: &[u8]) -> Option<Note<'_>> {
    let size = |at: usize| usize::try_from(shape.small(bytes, at)?).ok();
    let (name_bytes, body_bytes) = (size(0)?, size(4)?);
    let name_end = name_bytes.checked_add(12)?;
    let body_start = name_end.checked_next_multiple_of(4)?;
    let body_end = body_start.checked_add(body_bytes)?;
    let name = bytes.get(12..name_end)?;
    let body = bytes.get(body_start..body_end)?;
    let behind = bytes.get(body_end.checked_next_multiple_of(4)?..).unwrap_or_default();
    Some((shape.small(bytes, 8)?, name, body, behind))
}

/// Number and name, behind four letters, flags, and two or four numbers of which users have 16 or 32 bits.
fn read_process(core: &mut Core, shape: Shape, body: &[u8]) {
    // From the end, where all machines agree: name (16), arguments (80); before these four numbers of which the first is it.
    let Some(name_start) = body.len().checked_sub(96) else {
        return;
    };
    core.name = body[name_start..name_start + 16].to_vec();
    core.pid = name_start.checked_sub(16).and_then(|at| shape.small(body, at));
}

/// A count, the size of pages, so many times start, end and page; then as many names.
fn mapped_files(shape: Shape, body: &[u8]) -> Option<Vec<MappedFile>> {
    let count = usize::try_from(shape.word(body, 0, 0)?).ok()?;
    let page_bytes = shape.word(body, 0, 1)?;
    let names_start = count.checked_mul(3)?.checked_add(2)?.checked_mul(shape.word_bytes())?;
    let mut names = body.get(names_start..)?.split(|byte| *byte == 0);
    let mut files = Vec::new();
    for index in 0..count {
        let field = |which: usize| shape.word(body, 0, 2 + 3 * index + which);
        let (start, end) = (field(0)?, field(1)?);
        files.push(MappedFile {
            address: start,
            bytes: end.saturating_sub(start),
            offset: field(2)?.saturating_mul(page_bytes),
            name: names.next()?.to_vec(),
        });
    }
    Some(files)
}

impl Core {
    /// Where bytes at this address lie in the core, and how many there are from there on.
    pub fn place_of(&self, address: u64) -> Option<(u64, u64)> {
        self.segments.iter().find_map(|segment| {
            let into = address.checked_sub(segment.address).filter(|into| *into < segment.bytes)?;
            Some((segment.offset.checked_add(into)?, segment.bytes - into))
        })
    }
}
