//! The pages in a core: of a process that has ended, or of which a debugger made a copy.

use millpond::statistics_page::{HEADER_BYTES, MAGIC, NAME};

use crate::elf::{self, Bytes, Core, Refusal};
use crate::limits;
use crate::names::{FileKind, kind_of, plain_name};
use crate::page::{Extent, Page};
use crate::snapshot::{Holder, Process, SharedFile, Snapshot};
use crate::text;

/// A page begins at one of the machine's, and no machine has smaller ones.
const STEP_BYTES: usize = 4096;
/// Bytes of a core that are searched at a time.
const CHUNK_BYTES: usize = 1 << 20;

/// What the process had of whose memory this is.
pub fn snapshot_of(file: &dyn Bytes) -> Result<Snapshot, Refusal> {
    let core = elf::read(file)?;
    let mut snapshot = Snapshot::default();
    let mut process = Process { pid: core.pid.unwrap_or(0), name: text::of_field(&core.name), ..Process::default() };
    let mut places = named_places(&core);
    if places.is_empty() {
        places = searched_places(file, &core);
    }
    for place in places.into_iter().take(limits::PAGES_OF_A_PROCESS_MAX) {
        match page_at(file, place) {
            Ok(page) if core.pid.is_some_and(|pid| pid != page.pid) => {
                let what = format!("a page that it has inherited from process {}", page.pid);
                snapshot.notes.push(process.note(what));
            }
            Ok(page) => process.pages.push(page),
            Err(flaw) => snapshot.notes.push(process.note(format!("its page cannot be read: {flaw}"))),
        }
    }
    snapshot.now_ns = process.pages.iter().map(newest_time).max().unwrap_or(0);
    snapshot.files = mapped_memory(&core, process.pid);
    snapshot.processes.push(process);
    Ok(snapshot)
}

/// Where the page lies that the core's list of files names; offset and how many bytes there are.
fn named_places(core: &Core) -> Vec<(u64, u64)> {
    let is_page = |file: &&elf::MappedFile| file.offset == 0 && plain_name(&file.name) == NAME.to_bytes();
    let pages = core.files.iter().filter(is_page).take(limits::PAGES_OF_A_PROCESS_MAX);
    pages.filter_map(|file| core.place_of(file.address)).collect()
}

/// Where one begins, in a core without such a list.
fn searched_places(file: &dyn Bytes, core: &Core) -> Vec<(u64, u64)> {
    let mut found = Vec::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    // Segments lie beside each other; those that do not would have the same bytes read again and again.
    let mut left = file.count();
    for segment in &core.segments {
        let mut at = 0;
        while at < segment.bytes && left > 0 {
            let wanted = usize::try_from(segment.bytes - at).unwrap_or(usize::MAX).min(CHUNK_BYTES);
            let place = segment.offset.saturating_add(at);
            // A core may have been cut short.
            if file.read(place, &mut chunk[..wanted]).is_err() {
                break;
            }
            for start in (0..wanted).step_by(STEP_BYTES) {
                if chunk[start..wanted].starts_with(&MAGIC) && found.len() < limits::PAGES_OF_A_PROCESS_MAX {
                    found.push((place + start as u64, segment.bytes - at - start as u64));
                }
            }
            at += wanted as u64;
            left = left.saturating_sub(wanted as u64);
        }
    }
    found
}

fn page_at(file: &dyn Bytes, place: (u64, u64)) -> Result<Page, String> {
    let header = bytes_at(file, place, HEADER_BYTES)?;
    let extent = Extent::of(&header).map_err(|flaw| flaw.to_string())?;
    let bytes = bytes_at(file, place, extent.bytes)?;
    Page::parse(&bytes).map_err(|flaw| flaw.to_string())
}

fn bytes_at(file: &dyn Bytes, (offset, there): (u64, u64), count: usize) -> Result<Vec<u8>, String> {
    if count as u64 > there {
        return Err("the core ends before it does".into());
    }
    let mut bytes = vec![0; count];
    file.read(offset, &mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// A core does not say when it was made; later than anything in it.
fn newest_time(page: &Page) -> u64 {
    let of_buffers = page.buffers.iter().map(|buffer| buffer.made_ns.max(buffer.held_since_ns));
    of_buffers.chain(page.groups.iter().map(|group| group.oldest_held_ns)).chain([page.made_ns]).max().unwrap_or(0)
}

/// The memory files that were mapped. A core has no inodes: files of one name are one for each mapping.
fn mapped_memory(core: &Core, pid: u32) -> Vec<SharedFile> {
    let mappings = core.files.iter().filter(|file| kind_of(&file.name) == Some(FileKind::Memory));
    mappings
        .take(limits::FILES_OF_A_CORE_MAX)
        .map(|mapping| SharedFile {
            name: text::shown(plain_name(&mapping.name)),
            inode: mapping.address,
            bytes: mapping.offset.saturating_add(mapping.bytes),
            holders: vec![Holder { pid, descriptors: 0, mapped_bytes: mapping.bytes }],
            ..SharedFile::default()
        })
        .collect()
}
