//! What is called a fault, and what is not, in made-up looks.

mod support;

use poolstat::diagnosis::{Fault, Finding, diagnose};
use poolstat::page::{Buffer, Group, Page, Pool};
use poolstat::snapshot::{Holder, Process, SharedFile, Snapshot};

const SECOND: u64 = 1_000_000_000;
const NOW: u64 = 100_000 * SECOND;
const CLIENT: u32 = 900;
const COMPOSITOR: u32 = 812;

fn buffer(inode: u64, held_for: Option<u64>, releases: u64) -> Buffer {
    Buffer {
        is_held: held_for.is_some(),
        is_cached: held_for.is_none(),
        held_since_ns: held_for.map_or(0, |seconds| NOW - seconds * SECOND),
        inode,
        releases,
        made_ns: NOW - 500 * SECOND,
        ..Buffer::default()
    }
}

/// A look at a client with these buffers, which the compositor has too.
fn look(name: &str, buffers: Vec<Buffer>) -> Snapshot {
    let count = |is_counted: fn(&&Buffer) -> bool| buffers.iter().filter(is_counted).count() as u64;
    let held_since = buffers.iter().map(|buffer| buffer.held_since_ns).filter(|since_ns| *since_ns != 0);
    let group = Group {
        name: name.into(),
        cookie: 0x1a,
        width: 800,
        height: 600,
        live: buffers.len() as u64,
        held: count(|buffer| buffer.is_held),
        cached: count(|buffer| buffer.is_cached),
        held_limit: 6,
        oldest_held_ns: held_since.min().unwrap_or(0),
        ..Group::default()
    };
    let files = buffers.iter().map(|buffer| file(buffer.inode, "millpond", 1_920_000, &[(CLIENT, 1), (COMPOSITOR, 0)]));
    let files = files.collect();
    let page = Page { pid: CLIENT, made_ns: SECOND, groups: vec![group], buffers, ..Page::default() };
    Snapshot {
        now_ns: NOW,
        processes: vec![process(COMPOSITOR, Vec::new()), process(CLIENT, vec![page])],
        files,
        ..Snapshot::default()
    }
}

fn process(pid: u32, pages: Vec<Page>) -> Process {
    let is_compositor = pid == COMPOSITOR;
    let name = if is_compositor { "sway" } else { "foot" };
    Process { pid, name: name.into(), descriptors: Some(40), descriptor_limit: Some(1024), is_compositor, pages }
}

fn file(inode: u64, name: &str, bytes: u64, holders: &[(u32, u64)]) -> SharedFile {
    let holder = |(pid, descriptors): &(u32, u64)| Holder { pid: *pid, descriptors: *descriptors, mapped_bytes: bytes };
    let holders = holders.iter().map(holder).collect();
    SharedFile { device: 1, inode, name: name.into(), bytes, resident_bytes: Some(bytes), holders }
}

fn files(files: Vec<SharedFile>) -> Snapshot {
    let processes = vec![process(COMPOSITOR, Vec::new()), process(CLIENT, Vec::new())];
    Snapshot { now_ns: NOW, processes, files, ..Snapshot::default() }
}

fn group(snapshot: &mut Snapshot) -> &mut Group {
    &mut snapshot.processes[1].pages[0].groups[0]
}

fn faults(findings: &[Finding]) -> Vec<Fault> {
    findings.iter().map(|finding| finding.fault).collect()
}

fn line(finding: &Finding) -> String {
    format!("{}: {}: {}", finding.process, finding.heading(), finding.what)
}

#[test]
fn a_window_that_stands_still_is_no_fault() {
    for held in 0..=4 {
        let buffers = (0..held).map(|inode| buffer(inode, Some(3_600 + inode), 10));
        assert_eq!(diagnose(&look("chain", buffers.collect()), None), [], "{held}");
    }
    // And one key is typed: the older one is still there, the new one is drawn.
    let buffers = vec![buffer(1, Some(3_600), 7), buffer(2, Some(0), 7)];
    assert_eq!(diagnose(&look("chain", buffers), None), []);
}

#[test]
fn a_program_that_draws_is_no_fault_whatever_it_holds_for_a_moment() {
    let buffers = (0..20).map(|inode| buffer(inode, Some(4), 0)).chain([buffer(30, None, 9)]);
    assert_eq!(diagnose(&look("foot 1.4", buffers.collect()), None), []);
}

#[test]
fn one_that_was_lost_is_said_with_its_count() {
    let mut snapshot = look("foot 1.4", vec![buffer(1, None, 3)]);
    group(&mut snapshot).live = 201;
    let findings = diagnose(&snapshot, None);
    let wanted = "foot[900]: LOST: 200 buffers 800x600 of \"foot 1.4\" 0x1a of 201 that live: neither held nor cached";
    assert_eq!(findings.iter().map(line).collect::<Vec<_>>(), [wanted]);
    // As many as in the look before: a program may have dropped the others meanwhile, or be about to.
    let mut before = snapshot.clone();
    group(&mut before).live = 3;
    assert!(diagnose(&snapshot, Some(&before))[0].what.starts_with("2 buffers "));
    group(&mut before).live = 1;
    assert_eq!(diagnose(&snapshot, Some(&before)), []);
    group(&mut snapshot).live = 1;
    assert_eq!(diagnose(&snapshot, None), []);
}

#[test]
fn labels_that_are_made_once_are_shown_as_long_as_they_like() {
    let label = |inode: u64| Buffer { is_used_once: true, ..buffer(inode, Some(60 - inode), 0) };
    assert_eq!(diagnose(&look("chain", (0..30).map(label).collect()), None), []);
}

#[test]
fn one_that_was_taken_twice_is_said() {
    let mut snapshot = look("chain", vec![buffer(1, None, 3)]);
    group(&mut snapshot).taken_twice = 1;
    let findings = diagnose(&snapshot, None);
    let wanted =
        "foot[900]: HELD TWICE: buffers 800x600 of \"chain\" 0x1a were taken while they were held, 1 time so far";
    assert_eq!(findings.iter().map(line).collect::<Vec<_>>(), [wanted]);
}

#[test]
fn a_compositor_that_never_releases_is_named() {
    let buffers = (0..6).map(|inode| buffer(inode, Some(60 - inode), 0));
    let findings = diagnose(&look("chain", buffers.collect()), None);
    let wanted = "foot[900]: NOT RELEASED by sway[812]: 2 buffers 800x600 of \"chain\" 0x1a held for 60 s \
                  while newer ones were released or handed out";
    assert_eq!(findings.iter().map(line).collect::<Vec<_>>(), [wanted]);
}

#[test]
fn frames_of_one_step_of_the_clock_are_counted_too() {
    let at_once = |count: u64| (0..count).map(|inode| buffer(inode, Some(60), 0)).collect();
    assert_eq!(diagnose(&look("foot 1.4", at_once(4)), None), []);
    assert!(diagnose(&look("foot 1.4", at_once(20)), None)[0].what.starts_with("16 buffers "));
}

#[test]
fn the_newest_has_no_date_yet_and_is_the_newest_all_the_same() {
    let newest = || Buffer { held_since_ns: 0, ..buffer(9, Some(0), 0) };
    let with_newest =
        |count: u64| (0..count).map(|inode| buffer(inode, Some(60 - inode), 0)).chain([newest()]).collect();
    for count in 0..=3 {
        assert_eq!(diagnose(&look("foot 1.4", with_newest(count)), None), []);
    }
    assert!(diagnose(&look("foot 1.4", with_newest(4)), None)[0].what.starts_with("1 buffer "));
    assert!(diagnose(&look("foot 1.4", with_newest(5)), None)[0].what.starts_with("2 buffers "));
}

#[test]
fn one_that_stays_while_a_newer_one_has_come_back_is_not_released() {
    let newer = |releases| Buffer { made_ns: NOW - SECOND, ..buffer(2, None, releases) };
    let stuck = || buffer(1, Some(60), 3);
    let findings = diagnose(&look("chain", vec![stuck(), newer(1)]), None);
    assert_eq!(faults(&findings), [Fault::NotReleased]);
    assert_eq!(findings[0].by.as_deref(), Some("sway[812]"));
    // It was given back by the program, which has not shown it.
    assert_eq!(diagnose(&look("chain", vec![stuck(), newer(0)]), None), []);
    // An old one that came back may have done so before.
    assert_eq!(diagnose(&look("chain", vec![stuck(), buffer(2, None, 9)]), None), []);
    // It is not long ago.
    assert_eq!(diagnose(&look("chain", vec![buffer(1, Some(5), 3), newer(1)]), None), []);
    // The program has given it up: it is said nowhere that it should come back.
    let given_up = Buffer { is_given_up: true, ..stuck() };
    assert_eq!(diagnose(&look("chain", vec![given_up, newer(1)]), None), []);
}

#[test]
fn two_looks_show_that_others_come_and_go() {
    let stuck = || buffer(1, Some(60), 3);
    let before = look("chain", vec![stuck(), buffer(2, Some(1), 5), buffer(3, None, 5)]);
    let mut now = look("chain", vec![stuck(), buffer(2, None, 6), buffer(3, Some(0), 5)]);
    assert_eq!(diagnose(&now, None), []);
    assert_eq!(faults(&diagnose(&now, Some(&before))), [Fault::NotReleased]);
    // Another page at the place of the process.
    now.processes[1].pages[0].made_ns += 1;
    assert_eq!(diagnose(&now, Some(&before)), []);
}

#[test]
fn what_the_program_has_references_to_is_its_own() {
    let mut buffers: Vec<Buffer> = (0..6).map(|inode| buffer(inode, Some(60 - inode), 0)).collect();
    buffers.iter_mut().for_each(|buffer| buffer.references = 1);
    let findings = diagnose(&look("chain", buffers), None);
    assert_eq!(findings[0].by.as_deref(), Some("foot[900] itself, which has references to it"));
}

#[test]
fn buffers_of_any_number_of_windows_are_a_fault_beyond_what_the_library_warns_of() {
    let windows = |count: u64| (0..count).map(|inode| buffer(inode, Some(60 - inode), 0)).collect::<Vec<_>>();
    assert_eq!(diagnose(&look("launcher", windows(6)), None), []);
    assert_eq!(faults(&diagnose(&look("launcher", windows(7)), None)), [Fault::NotReleased]);
}

#[test]
fn where_buffers_found_no_records_their_count_speaks() {
    let mut snapshot = look("chain", Vec::new());
    *group(&mut snapshot) =
        Group { live: 5, held: 5, oldest_held_ns: NOW - 60 * SECOND, ..group(&mut snapshot).clone() };
    assert_eq!(faults(&diagnose(&snapshot, None)), [Fault::NotReleased]);
    group(&mut snapshot).held = 4;
    group(&mut snapshot).cached = 1;
    assert_eq!(diagnose(&snapshot, None), []);
}

#[test]
fn nobody_is_named_where_nobody_is_seen() {
    let mut snapshot = look("chain", (0..6).map(|inode| buffer(inode, Some(60 - inode), 0)).collect());
    snapshot.processes.remove(0);
    snapshot.files.clear();
    assert_eq!(diagnose(&snapshot, None)[0].by.as_deref(), Some("the compositor"));
}

/// So many files like this one.
fn copies(count: u64, file: &SharedFile) -> Vec<SharedFile> {
    (0..count).map(|index| SharedFile { inode: file.inode + index, ..file.clone() }).collect()
}

#[test]
fn files_that_only_the_compositor_has_are_orphans() {
    let orphans = |count| files(copies(count, &file(7, "wayland-shm", 8 << 20, &[(COMPOSITOR, 0)])));
    let findings = diagnose(&orphans(5), None);
    let wanted = "sway[812]: ORPHAN: 5 files \"wayland-shm\" (40.0M) that no client has";
    assert_eq!(findings.iter().map(line).collect::<Vec<_>>(), [wanted]);
    // What it shows of clients that have let go.
    assert_eq!(diagnose(&orphans(4), None), []);
    // Each with a name of its own.
    let mut named = orphans(300);
    named.files.iter_mut().for_each(|file| file.name += &(file.inode % 100).to_string());
    let wanted = "sway[812]: ORPHAN: 300 files \"wayland-shm99\" and 99 other names (2.3G) that no client has";
    assert_eq!(diagnose(&named, None).iter().map(line).collect::<Vec<_>>(), [wanted]);
    for (why, no_orphan) in [
        ("a client has it", file(7, "wayland-shm", 8 << 20, &[(COMPOSITOR, 0), (CLIENT, 1)])),
        ("only a client has it", file(7, "wayland-shm", 8 << 20, &[(CLIENT, 1)])),
        ("a keymap", file(7, "keymap", 65_536, &[(COMPOSITOR, 1)])),
        ("the compositor's own screen", file(7, "wlroots-3x", 8 << 20, &[(COMPOSITOR, 1)])),
        ("called as the compositor", file(7, "sway-cursor", 8 << 20, &[(COMPOSITOR, 1)])),
        ("of nobody", file(7, "wayland-shm", 8 << 20, &[])),
    ] {
        assert_eq!(diagnose(&files(copies(5, &no_orphan)), None), [], "{why}");
    }
}

#[test]
fn a_name_that_clients_use_too_is_no_compositors_own() {
    let theirs = || file(8, "sway-like", 1 << 20, &[(CLIENT, 1), (COMPOSITOR, 0)]);
    let alone = || copies(5, &file(7, "sway-like", 8 << 20, &[(COMPOSITOR, 0)]));
    assert_eq!(diagnose(&files(alone()), None), []);
    assert_eq!(faults(&diagnose(&files([alone(), vec![theirs()]].concat()), None)), [Fault::Orphan]);
}

#[test]
fn an_orphan_was_one_in_the_look_before_too() {
    let orphan = files(copies(5, &file(7, "wayland-shm", 8 << 20, &[(COMPOSITOR, 0)])));
    let with_client = files(copies(5, &file(7, "wayland-shm", 8 << 20, &[(COMPOSITOR, 0), (CLIENT, 1)])));
    let other = files(copies(5, &file(70, "wayland-shm", 8 << 20, &[(COMPOSITOR, 0)])));
    assert_eq!(faults(&diagnose(&orphan, Some(&orphan))), [Fault::Orphan]);
    assert_eq!(diagnose(&orphan, Some(&with_client)), []);
    assert_eq!(diagnose(&orphan, Some(&other)), []);
}

#[test]
fn processes_that_cannot_be_seen_make_an_orphan_unsure() {
    let mut snapshot = files(copies(5, &file(7, "wayland-shm", 8 << 20, &[(COMPOSITOR, 0)])));
    snapshot.unseen_processes = 2;
    assert!(diagnose(&snapshot, None)[0].what.ends_with("; 2 processes could not be looked into"));
}

#[test]
fn descriptors_of_one_file_are_counted() {
    let with = |descriptors| files(vec![file(7, "quickshell", 4096, &[(CLIENT, descriptors)])]);
    assert_eq!(diagnose(&with(8), None), []);
    let findings = diagnose(&with(2005), None);
    let wanted = "foot[900]: DESCRIPTOR LEAK: 2005 descriptors of one file, \"quickshell\" inode 7 (4.0K)";
    assert_eq!(findings.iter().map(line).collect::<Vec<_>>(), [wanted]);
    // In a compositor too.
    let more = (1..4).map(|inode| file(inode, "x", 4096, &[(COMPOSITOR, 8 + inode)]));
    let findings = diagnose(&files(more.collect()), None);
    let wanted =
        "sway[812]: DESCRIPTOR LEAK: 11 descriptors of one file, \"x\" inode 3 (4.0K), and 2 files more like it";
    assert_eq!(findings.iter().map(line).collect::<Vec<_>>(), [wanted]);
}

#[test]
fn many_files_of_a_kind_are_said_of_the_client() {
    let with = |count: u64| {
        let holders = [(CLIENT, 1), (COMPOSITOR, 0)];
        files((0..count).map(|inode| file(inode, "WebKitSharedMemory", 1 << 20, &holders)).collect())
    };
    assert_eq!(diagnose(&with(64), None), []);
    let findings = diagnose(&with(2034), None);
    let wanted = "foot[900]: MANY FILES: 2034 files \"WebKitSharedMemory\" of 1.0M each";
    assert_eq!(findings.iter().map(line).collect::<Vec<_>>(), [wanted]);
}

#[test]
fn few_descriptors_that_are_left_are_said() {
    let with = |open, limit| {
        let mut snapshot = files(Vec::new());
        snapshot.processes[1].descriptors = open;
        snapshot.processes[1].descriptor_limit = limit;
        diagnose(&snapshot, None)
    };
    assert_eq!(with(Some(819), Some(1024)), []);
    assert_eq!(
        line(&with(Some(820), Some(1024))[0]),
        "foot[900]: NEAR RLIMIT_NOFILE: 820 of 1024 descriptors are open"
    );
    assert_eq!(with(None, Some(1024)), []);
    assert_eq!(with(Some(820), None), []);
    assert_eq!(with(Some(u64::MAX), Some(u64::MAX)).len(), 1);
}

#[test]
fn damage_of_a_pool_is_said() {
    let mut snapshot = look("chain", Vec::new());
    let pool = |set_aside| Pool { name: "main".into(), set_aside, ..Pool::default() };
    snapshot.processes[1].pages[0].pools = vec![pool(0), pool(3)];
    assert_eq!(line(&diagnose(&snapshot, None)[0]), "foot[900]: DAMAGED: 3 blocks of the pool \"main\"");
}

#[test]
fn whatever_a_page_says_something_comes_of_it() {
    let mut page = support::example();
    page.groups[0] = Group { live: u64::MAX, held: 1, cached: u64::MAX, ..page.groups[0].clone() };
    page.buffers[0] = Buffer { held_since_ns: u64::MAX, made_ns: u64::MAX, ..page.buffers[0].clone() };
    let processes = vec![process(CLIENT, vec![page])];
    let snapshot = Snapshot { now_ns: NOW, processes, ..Snapshot::default() };
    assert_eq!(faults(&diagnose(&snapshot, Some(&snapshot))), [Fault::HeldTwice, Fault::Damaged]);
}

#[test]
fn each_fault_has_one_word() {
    let mut words: Vec<_> = Fault::ALL.map(Fault::word).to_vec();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), Fault::ALL.len());
    for fault in Fault::ALL {
        assert_eq!(serde_json::to_string(&fault).unwrap(), format!("\"{}\"", fault.word()));
        let told = poolstat::arguments::WORDS.map(|(word, _)| word);
        assert!(told.iter().any(|word| word.starts_with(fault.word())), "{}", fault.word());
    }
}
