//! Cores: made by hand in each shape that machines have, damaged at every byte, and one that the system has made.

mod support;

use std::fs;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use poolstat::elf::Refusal;
use poolstat::page::Page;
use poolstat::snapshot::Snapshot;
use poolstat::system::read_core;
use support::{bytes_of, example};

const PAGE_ADDRESS: u64 = 0x7000_0000;

#[derive(Clone, Copy)]
struct Shape {
    is_wide: bool,
    is_big_endian: bool,
    has_files: bool,
}

const SHAPES: [Shape; 5] = [
    Shape { is_wide: true, is_big_endian: false, has_files: true },
    Shape { is_wide: true, is_big_endian: true, has_files: true },
    Shape { is_wide: false, is_big_endian: false, has_files: true },
    Shape { is_wide: false, is_big_endian: true, has_files: true },
    Shape { is_wide: true, is_big_endian: false, has_files: false },
];

impl Shape {
    fn number(self, value: u64, size: usize) -> Vec<u8> {
        let mut bytes = value.to_le_bytes()[..size].to_vec();
        if self.is_big_endian {
            bytes.reverse();
        }
        bytes
    }

    fn words(self, values: &[u64]) -> Vec<u8> {
        values.iter().flat_map(|value| self.number(*value, if self.is_wide { 8 } else { 4 })).collect()
    }

    fn smalls(self, values: &[u64]) -> Vec<u8> {
        values.iter().flat_map(|value| self.number(*value, 4)).collect()
    }

    fn note(self, kind: u64, body: &[u8]) -> Vec<u8> {
        let padded = |bytes: &[u8]| [bytes, &vec![0; bytes.len().next_multiple_of(4) - bytes.len()]].concat();
        [self.smalls(&[5, body.len() as u64, kind]), padded(b"CORE\0"), padded(body)].concat()
    }

    /// As the kernel writes it: state, flags, user and group, four numbers, name, arguments.
    fn process(self, pid: u64) -> Vec<u8> {
        let mut body = [vec![0; 4], self.words(&[0])].concat();
        if self.is_wide {
            body.splice(4..4, [0; 4]);
        }
        let users = if self.is_wide { self.smalls(&[1000, 1000]) } else { vec![0; 4] };
        [body, users, self.smalls(&[pid, 1, 1, 1]), b"terminal\0\0\0\0\0\0\0\0".to_vec(), vec![b'x'; 80]].concat()
    }

    fn files(self) -> Vec<u8> {
        let head = self.words(&[2, 4096, 0x1000, 0x2000, 0, PAGE_ADDRESS, PAGE_ADDRESS + 8192, 0]);
        [head, b"/usr/bin/terminal\0/memfd:millpond-stats (deleted)\0".to_vec()].concat()
    }

    fn program_header(self, kind: u64, offset: u64, address: u64, bytes: u64) -> Vec<u8> {
        if self.is_wide {
            return [self.smalls(&[kind, 4]), self.words(&[offset, address, 0, bytes, bytes, 4])].concat();
        }
        self.smalls(&[kind, offset, address, 0, bytes, bytes, 4, 4])
    }

    /// A core with this page behind two of the machine's pages of other memory.
    fn core(self, page: &Page) -> Vec<u8> {
        let mut notes = self.note(3, &self.process(u64::from(page.pid)));
        if self.has_files {
            notes.extend(self.note(0x4649_4c45, &self.files()));
        }
        let (header_bytes, entry_bytes) = if self.is_wide { (64, 56) } else { (52, 32) };
        let notes_at = header_bytes + 3 * entry_bytes;
        let memory_at = (notes_at + notes.len() as u64).next_multiple_of(4096);
        let page_bytes = bytes_of(page);
        let class = if self.is_wide { 2 } else { 1 };
        let order = if self.is_big_endian { 2 } else { 1 };
        let mut core = [b"\x7fELF".to_vec(), vec![class, order, 1], vec![0; 9]].concat();
        core.extend([self.number(4, 2), self.number(62, 2), self.smalls(&[1])].concat());
        core.extend(self.words(&[0, header_bytes, 0]));
        core.extend(self.smalls(&[0]));
        core.extend([header_bytes, entry_bytes, 3, 0, 0, 0].iter().flat_map(|value| self.number(*value, 2)));
        core.extend(self.program_header(4, notes_at, 0, notes.len() as u64));
        core.extend(self.program_header(1, memory_at, 0x1000, 8192));
        core.extend(self.program_header(1, memory_at + 8192, PAGE_ADDRESS, page_bytes.len() as u64));
        core.extend(notes);
        core.resize(usize::try_from(memory_at).unwrap(), 0);
        core.extend([0xcc; 8192]);
        core.extend(page_bytes);
        core
    }
}

/// A file that goes with its owner.
struct Written {
    path: PathBuf,
    file: fs::File,
}

impl Written {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("poolstat-core-{name}-{}", std::process::id()));
        fs::write(&path, bytes).unwrap();
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        Self { path, file }
    }

    fn read(&self) -> Result<Snapshot, Refusal> {
        read_core(&self.path)
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[test]
fn cores_of_each_shape_are_read() {
    for (index, shape) in SHAPES.into_iter().enumerate() {
        let core = Written::new(&format!("shape{index}"), &shape.core(&example()));
        let snapshot = core.read().unwrap();
        assert_eq!(snapshot.notes, [], "{index}");
        let process = &snapshot.processes[0];
        assert_eq!(
            (process.title().as_str(), process.pages.as_slice()),
            ("terminal[4321]", &[example()][..]),
            "{index}"
        );
        assert_eq!(snapshot.files.len(), usize::from(shape.has_files));
        // The newest time that is in it.
        assert_eq!(snapshot.now_ns, example().made_ns);
    }
}

#[test]
fn a_page_that_was_inherited_is_said_to_be() {
    let other = Page { pid: 77, ..example() };
    let mut core = SHAPES[0].core(&example());
    let start = core.len() - bytes_of(&other).len();
    core[start..].copy_from_slice(&bytes_of(&other));
    let snapshot = Written::new("inherited", &core).read().unwrap();
    assert_eq!(snapshot.processes[0].pages, []);
    assert_eq!(snapshot.notes[0].what, "a page that it has inherited from process 77");
}

#[test]
fn what_is_no_core_is_refused() {
    for (index, bytes) in [&b""[..], b"\x7fELF", &[0x7f; 100], b"#!/bin/sh\n"].into_iter().enumerate() {
        let written = Written::new(&format!("none{index}"), bytes);
        assert!(matches!(written.read(), Err(Refusal::NoCore)), "{index}");
    }
    // A program.
    let mut program = SHAPES[0].core(&example());
    program[16] = 2;
    assert!(matches!(Written::new("program", &program).read(), Err(Refusal::NoCore)));
}

#[test]
fn a_core_that_ends_early_or_is_damaged_is_survived() {
    for (index, shape) in SHAPES.into_iter().enumerate() {
        let good = shape.core(&example());
        let written = Written::new(&format!("damaged{index}"), &good);
        let memory_at = good.len() - 8192 - bytes_of(&example()).len();
        for at in (0..memory_at.min(700)).chain([memory_at + 8192, memory_at + 8200]) {
            for byte in [0, 1, 0x7f, 0xff] {
                written.file.write_all_at(&[byte], at as u64).unwrap();
                let _ = written.read();
            }
            written.file.write_all_at(&good[at..=at], at as u64).unwrap();
        }
        assert!(written.read().is_ok());
        for end in (0..good.len()).rev().step_by(53) {
            written.file.set_len(end as u64).unwrap();
            if let Ok(snapshot) = written.read() {
                assert_eq!(snapshot.processes[0].pages, [], "{end}");
            }
        }
    }
}

/// No test, but what another process is started as: it has a page mapped, and ends with a core.
#[test]
#[ignore = "a test starts it"]
fn crashes() {
    if std::env::var_os("POOLSTAT_CRASHES").is_none() {
        return;
    }
    let page = Page { pid: std::process::id(), ..example() };
    let bytes = bytes_of(&page);
    let flags = nix::sys::memfd::MFdFlags::empty();
    let file = fs::File::from(nix::sys::memfd::memfd_create("millpond-stats", flags).unwrap());
    file.write_all_at(&bytes, 0).unwrap();
    map(&file, bytes.len());
    std::process::abort();
}

#[expect(unsafe_code, reason = "what is tested is a mapping in a core")]
fn map(file: &fs::File, bytes: usize) {
    use nix::sys::mman::{MapFlags, ProtFlags, mmap};
    let bytes = std::num::NonZero::new(bytes).unwrap();
    // SAFETY: a new mapping, at an address that the system chooses; nothing reads it.
    unsafe { mmap(None, bytes, ProtFlags::PROT_READ, MapFlags::MAP_SHARED, file, 0) }.unwrap();
}

#[test]
fn a_core_of_the_systems_is_read() {
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
    if !pattern.starts_with("core") {
        println!("skipped: cores go elsewhere here ({})", pattern.trim());
        return;
    }
    let folder = std::env::temp_dir().join(format!("poolstat-crash-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let test = std::env::current_exe().unwrap();
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -c unlimited && exec \"$0\" --exact crashes --ignored --test-threads=1"])
        .arg(test)
        .env("POOLSTAT_CRASHES", "1")
        .current_dir(&folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = child.id();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    let has_core = child.wait().unwrap().core_dumped();
    if has_core {
        let core = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
        let output =
            Command::new(env!("CARGO_BIN_EXE_poolstat")).args(["-z", "-b", "-m", "-c"]).arg(&core).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains(&format!("[{pid}]")) && said.contains("foot 1.4"), "{said}");
        assert!(said.contains("millpond-stats"), "{said}");
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert_eq!(read_core(&core).unwrap().processes[0].pages, [Page { pid, ..example() }]);
    } else {
        println!("skipped: no core may be made here: {said}");
    }
    fs::remove_dir_all(&folder).unwrap();
}
