//! The command itself, on processes that really have such files and pages: each shape of a leak is named in one call.
//!
//! A process with a leak is this program once more, as the test `helper`: it makes what it is told, says so, and waits.

mod support;

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::os::unix::net::UnixListener;
use std::process::{Child, Command, Output, Stdio};

use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use poolstat::page::{Buffer, Group, Page, Pool};
use poolstat::system::now_ns;
use support::bytes_of;

const SECOND: u64 = 1_000_000_000;
const PIXELS: u64 = 1_920_000;

fn memory_file(name: &str, bytes: u64) -> File {
    let file = File::from(memfd_create(name, MFdFlags::empty()).unwrap());
    file.set_len(bytes).unwrap();
    file
}

fn page_file(page: &Page) -> File {
    let bytes = bytes_of(page);
    let file = memory_file("millpond-stats", bytes.len() as u64);
    file.write_all_at(&bytes, 0).unwrap();
    file
}

fn own_page() -> Page {
    Page { pid: std::process::id(), program: "helper".into(), made_ns: now_ns(), ..Page::default() }
}

/// Groups and buffers as a program has them that holds `held` buffers, the oldest for a minute.
fn held(count: u64, files: &mut Vec<File>) -> Page {
    let mut page = own_page();
    for index in 0..count {
        files.push(memory_file("pixels", PIXELS));
        let inode = files.last().unwrap().metadata().unwrap().ino();
        let held_since_ns = now_ns() - (60 - index) * SECOND;
        page.buffers.push(Buffer { is_held: true, inode, held_since_ns, width: 800, height: 600, ..Buffer::default() });
    }
    let oldest_held_ns = page.buffers[0].held_since_ns;
    let group = Group { name: "chain".into(), cookie: 7, width: 800, height: 600, ..Group::default() };
    page.groups.push(Group { live: count, held: count, held_limit: 6, oldest_held_ns, ..group });
    page
}

fn lost() -> Page {
    let group = Group { name: "foot 1.4".into(), cookie: 1, width: 800, height: 600, ..Group::default() };
    let pool = Pool { name: "main".into(), allocs: 10, frees: 4, allocated_bytes: 4096, ..Pool::default() };
    let groups = vec![Group { live: 200, taken_twice: 200, ..group }];
    Page { groups, pools: vec![pool], ..own_page() }
}

/// What a process of each kind has open for as long as it waits.
fn make(shape: &str) -> (Vec<File>, Vec<OwnedFd>) {
    let (mut files, mut descriptors) = (Vec::new(), Vec::new());
    match shape {
        "lost" => files.push(page_file(&lost())),
        "stuck" => {
            let page = held(6, &mut files);
            files.push(page_file(&page));
        }
        "calm" => {
            let page = held(2, &mut files);
            files.push(page_file(&page));
        }
        "frames" => files.extend((0..70).map(|_| memory_file("frame", PIXELS))),
        "one" => files.push(memory_file("one-file", PIXELS)),
        "five" => files.extend((0..5).map(|_| memory_file("one-of-five", PIXELS))),
        "copies" => {
            files.push(memory_file("quickshell", 4096));
            descriptors.extend((0..29).map(|_| files[0].as_fd().try_clone_to_owned().unwrap()));
        }
        "unborn" => files.extend([memory_file("millpond-stats", 4096), memory_file("millpond-stats", 0)]),
        "inherited" => files.push(page_file(&Page { pid: 1, ..lost() })),
        "damaged" => {
            let mut bytes = bytes_of(&lost());
            bytes[8] = 9;
            let file = memory_file("millpond-stats", bytes.len() as u64);
            file.write_all_at(&bytes, 0).unwrap();
            files.push(file);
        }
        "rude" => {
            let mut page = lost();
            page.pools[0].name = "\x1b[2J\x07evil".into();
            files.push(page_file(&page));
            files.push(memory_file("\x1b[31mname", PIXELS));
        }
        _ => panic!("{shape} is no shape"),
    }
    (files, descriptors)
}

/// No test, but what another process is started as.
#[test]
#[ignore = "the tests start it"]
fn helper() {
    let Ok(shape) = std::env::var("POOLSTAT_SHAPE") else {
        return;
    };
    let compositor = std::env::var_os("POOLSTAT_SOCKET").map(|path| UnixListener::bind(path).unwrap());
    let kept = make(&shape);
    // Behind what the test's own harness has written.
    println!("\nready");
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    drop((kept, compositor));
}

struct Helper {
    child: Child,
}

impl Helper {
    fn new(shape: &str) -> Self {
        Self::start(Command::new(std::env::current_exe().unwrap()).env("POOLSTAT_SHAPE", shape))
    }

    /// One that clients would connect to.
    fn compositor(shape: &str, folder: &Folder) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        Self::start(command.env("POOLSTAT_SHAPE", shape).env("POOLSTAT_SOCKET", folder.path.join("wayland-9")))
    }

    fn start(command: &mut Command) -> Self {
        let command = command.args(["--exact", "helper", "--ignored", "--nocapture", "--test-threads=1"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = Vec::new();
        let mut byte = [0];
        let output = child.stdout.as_mut().unwrap();
        while !said.ends_with(b"\nready\n") {
            assert_eq!(output.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&said));
            said.push(byte[0]);
        }
        Self { child }
    }

    fn pid(&self) -> String {
        self.child.id().to_string()
    }

    fn raw_pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).unwrap())
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder that goes with its owner.
struct Folder {
    path: std::path::PathBuf,
}

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("poolstat-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self { path }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

fn poolstat(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_poolstat")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// What it says of one process, and its exit code.
fn say(arguments: &[&str]) -> (String, i32) {
    let output = poolstat(arguments);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
}

#[test]
fn buffers_that_were_lost_and_taken_twice() {
    let helper = Helper::new("lost");
    let (said, code) = say(&[&helper.pid()]);
    assert!(said.contains(": LOST: 200 buffers 800x600 of \"foot 1.4\" 0x1 of 200 that live"), "{said}");
    assert!(said.contains(": HELD TWICE: buffers 800x600"), "{said}");
    assert_eq!(code, 1);
    let (said, code) = say(&["-z", &helper.pid()]);
    assert!(said.lines().next().unwrap().starts_with("PROCESS"), "{said}");
    let row: Vec<_> = said.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row[1..9], ["main", "0", "-", "4.0K", "0", "10", "0", "6"], "{said}");
    assert_eq!(code, 1);
}

#[test]
fn buffers_that_are_not_released() {
    let helper = Helper::new("stuck");
    let (said, code) = say(&["-q", &helper.pid()]);
    assert!(said.contains(": NOT RELEASED by "), "{said}");
    assert!(said.contains(": 2 buffers 800x600 of \"chain\" 0x7 held for 6"), "{said}");
    assert_eq!(code, 1);
    let (said, _) = say(&["-b", &helper.pid()]);
    assert_eq!(said.matches("held  ").count(), 6, "{said}");
}

#[test]
fn a_window_that_stands_still() {
    let helper = Helper::new("calm");
    let (said, code) = say(&[&helper.pid()]);
    let row: Vec<_> = said.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row[4..8], ["2", "2", "0", "3"], "{said}");
    assert_eq!(code, 0, "{said}");
    assert_eq!(say(&["-q", &helper.pid()]), (String::new(), 0));
}

#[test]
fn a_process_that_was_stopped_is_read() {
    let helper = Helper::new("lost");
    kill(helper.raw_pid(), Signal::SIGSTOP).unwrap();
    let (said, code) = say(&["-q", &helper.pid()]);
    assert!(said.contains("LOST"), "{said}");
    assert_eq!(code, 1);
}

#[test]
fn a_file_for_each_frame() {
    let helper = Helper::new("frames");
    let (said, code) = say(&["-m", &helper.pid()]);
    let row: Vec<_> = said.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row[..5], ["frame", "70", "128.1M", "0", "70"], "{said}");
    assert!(said.contains(": MANY FILES: 70 files \"frame\" of 1.8M each"), "{said}");
    assert_eq!(code, 1);
}

#[test]
fn many_descriptors_of_one_file() {
    let helper = Helper::new("copies");
    let (said, code) = say(&["-m", &helper.pid()]);
    assert!(said.contains(": DESCRIPTOR LEAK: 30 descriptors of one file, \"quickshell\" inode "), "{said}");
    assert_eq!(code, 1);
}

#[test]
fn files_that_only_the_compositor_has() {
    let folder = Folder::new("orphan");
    let compositor = Helper::compositor("five", &folder);
    let (said, code) = say(&["-m", &compositor.pid()]);
    assert!(said.contains("(orphan)"), "{said}");
    assert!(said.contains(": ORPHAN: 5 files \"one-of-five\" (9.1M) that no client has"), "{said}");
    assert_eq!(code, 1);
    // What it may still show is in the table, and no fault.
    let other_folder = Folder::new("shown");
    let shows = Helper::compositor("one", &other_folder);
    let (said, code) = say(&["-m", &shows.pid()]);
    assert!(said.contains("(orphan)") && !said.contains("ORPHAN"), "{said}");
    assert_eq!(code, 0);
    // The same of a program that is no compositor.
    let client = Helper::new("one");
    let (said, code) = say(&["-m", &client.pid()]);
    assert!(said.contains("one-file") && !said.contains("orphan"), "{said}");
    assert_eq!(code, 0);
}

#[test]
fn a_page_of_another_process_is_passed_over_and_one_of_another_version_is_said() {
    let inherited = Helper::new("inherited");
    let (said, code) = say(&["-z", &inherited.pid()]);
    assert_eq!((said.as_str(), code), ("no program here has a pool of millpond\n", 0));
    // Two that are just being made.
    let unborn = Helper::new("unborn");
    let (said, code) = say(&["-z", &unborn.pid()]);
    assert_eq!((said.as_str(), code), ("no program here has a pool of millpond\n", 0));
    let damaged = Helper::new("damaged");
    let output = poolstat(&["-q", &damaged.pid()]);
    let said = String::from_utf8(output.stderr).unwrap();
    let wanted = format!(
        "[{}]: its page cannot be read: it is of version 9, and this poolstat knows version 1\n",
        damaged.pid()
    );
    assert!(said.ends_with(&wanted), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn names_do_nothing_to_a_terminal() {
    let helper = Helper::new("rude");
    for arguments in [&["-zbm"][..], &["--openmetrics"], &["--json"], &["-z", "-w", "0.1", "-n", "2"]] {
        let pid = helper.pid();
        let (said, _) = say(&[arguments, &[&pid]].concat());
        assert!(!said.contains(|character: char| character.is_control() && character != '\n'), "{said:?}");
        assert!(said.contains("u{1b}[2J"), "{said}");
    }
}

#[test]
fn programs_read_it_too() {
    let helper = Helper::new("lost");
    let (said, code) = say(&["--json", &helper.pid()]);
    assert_eq!((said.lines().count(), code), (1, 1));
    let document: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(document["version"], 1);
    // Another test's poolstat may have the page open at this moment, and is listed, too.
    let processes = document["processes"].as_array().unwrap();
    let process = processes.iter().find(|each| each["pid"] == helper.child.id()).unwrap();
    assert_eq!(process["pages"][0]["groups"][0]["live"], 200, "{said}");
    let faults: Vec<_> = document["findings"].as_array().unwrap().iter().map(|each| &each["fault"]).collect();
    assert_eq!(faults, ["LOST", "HELD TWICE"]);
    let (said, _) = say(&["--openmetrics", &helper.pid()]);
    assert!(said.contains("\nmillpond_buffers_lost{process=\""), "{said}");
    assert!(said.contains("\nmillpond_faults{fault=\"LOST\"} 1\n"), "{said}");
    assert!(said.ends_with("\n# EOF\n"), "{said}");
}

#[test]
fn looks_that_are_repeated_end_when_they_are_told_to() {
    let helper = Helper::new("calm");
    let (said, code) = say(&["-w", "0.1", "-n", "3", &helper.pid()]);
    assert_eq!((said.matches("PROCESS").count(), said.matches("nothing grows").count(), code), (3, 3, 0), "{said}");
}

#[test]
fn what_cannot_be_looked_at_is_two() {
    assert_eq!(poolstat(&["-c", "/nowhere/core"]).status.code(), Some(2));
    assert_eq!(poolstat(&["-c", env!("CARGO_BIN_EXE_poolstat")]).status.code(), Some(2));
    assert_eq!(poolstat(&["--unknown"]).status.code(), Some(2));
    assert_eq!(poolstat(&["-w", "0"]).status.code(), Some(2));
    for arguments in [&["nobody-is-called-so"][..], &["-q", "4194305"], &["--compositor", "nobody-is-called-so"]] {
        let output = poolstat(arguments);
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("poolstat: there is no process "), "{arguments:?}");
        assert_eq!((output.stdout.len(), output.status.code()), (0, Some(2)), "{arguments:?}");
    }
}

#[test]
fn a_process_is_found_by_its_name() {
    // "processes-0123456789abcdef": the system keeps less of it.
    let helper = Helper::new("lost");
    let name = std::fs::read_to_string(format!("/proc/{}/comm", helper.pid())).unwrap();
    let file = std::env::current_exe().unwrap();
    for wanted in [name.trim_end(), file.file_name().unwrap().to_str().unwrap()] {
        // What it says of the helpers of other tests, which have this name too, is theirs.
        let output = poolstat(&["-q", wanted]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains(&format!("[{}]: LOST: 200 buffers", helper.pid())), "{wanted}: {said}");
        assert_eq!(output.status.code(), Some(1));
    }
    assert_eq!(poolstat(&[&name[..5]]).status.code(), Some(2));
}

/// A process with nothing to see is one nevertheless.
#[test]
fn a_process_without_shared_memory_is_no_fault() {
    let mut child = Command::new("sleep").arg("60").spawn().unwrap();
    assert_eq!(say(&["-q", &child.id().to_string()]), (String::new(), 0));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn whoever_reads_may_stop_reading() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolstat"));
    let mut child = command.args(["-m"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(!said.contains("panicked"), "{said}");
    assert!(child.wait().unwrap().code().is_some());
    std::io::stdout().flush().unwrap();
}
