//! What finds faults: how it is built, and how it ends.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A suite finds a fault within this time, or not at all.
pub const SECONDS: u64 = 60;
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Tests that are run together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suite {
    /// `cargo test`: its options that name a target, and the filter behind them.
    Rust { target: Vec<String>, filter: Vec<String> },
    /// A program below the build folder, and its arguments.
    C { program: String, arguments: Vec<String> },
}

/// How a run has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Passed,
    Failed,
    TookTooLong,
}

impl Suite {
    /// From what a list says.
    pub fn parse(text: &str) -> Result<Suite, String> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["cargo", "test", "--lib", ..] => {
                Ok(Suite::Rust { target: words[2..3].to_vec(), filter: words[3..].to_vec() })
            }
            ["cargo", "test", "--test", _, ..] => {
                Ok(Suite::Rust { target: words[2..4].to_vec(), filter: words[4..].to_vec() })
            }
            [program, ..] if program.starts_with("c-tests/") => {
                Ok(Suite::C { program: words[0].clone(), arguments: words[1..].to_vec() })
            }
            _ => Err(format!("{text}: neither \"cargo test --lib\" or \"--test NAME\" nor a program in c-tests/")),
        }
    }

    /// Builds what is run; what the compiler says, if it does not build.
    pub fn build(&self, copy: &Path, log: &Path) -> Result<(), String> {
        let mut command = match self {
            Suite::Rust { target, .. } => {
                let mut command = cargo_test(copy);
                command.arg("--no-run").args(target);
                command
            }
            Suite::C { program, .. } => {
                configure(copy, log)?;
                let mut command = Command::new("ninja");
                in_pieces(&mut command).arg("-C").arg(copy.join("build")).arg("--quiet").arg(program);
                command
            }
        };
        let end = start(&mut command, log).and_then(|mut child| child.wait()).map_err(|reason| reason.to_string())?;
        if end.success() { Ok(()) } else { Err(last_lines(log)) }
    }

    /// Runs what was built.
    pub fn run(&self, copy: &Path, log: &Path) -> io::Result<End> {
        let mut command = match self {
            Suite::Rust { target, filter } => {
                let mut command = cargo_test(copy);
                command.args(target).arg("--").args(filter);
                command
            }
            Suite::C { program, arguments } => {
                let mut command = Command::new(copy.join("build").join(program));
                command.args(arguments);
                command
            }
        };
        let child = start(&mut command, log)?;
        wait(child)
    }

    /// True if a run that passed has run something.
    pub fn has_run(&self, log: &Path) -> bool {
        let text = fs::read_to_string(log).unwrap_or_default();
        match self {
            Suite::Rust { .. } => !text.contains("test result: ok. 0 passed"),
            Suite::C { .. } => text.lines().any(|line| line.starts_with("ok ") && !line.contains("# SKIP")),
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Suite::Rust { target, filter } => {
                write!(formatter, "cargo test {}", [target.as_slice(), filter.as_slice()].concat().join(" "))
            }
            Suite::C { program, arguments } => {
                write!(formatter, "{}", [std::slice::from_ref(program), arguments.as_slice()].concat().join(" "))
            }
        }
    }
}

fn cargo_test(copy: &Path) -> Command {
    let mut command = Command::new("cargo");
    in_pieces(&mut command).current_dir(copy).args(["test", "--quiet", "--locked"]);
    command
}

/// Little is optimised, so that a changed file is built in seconds.
fn in_pieces(command: &mut Command) -> &mut Command {
    for profile in ["TEST", "RELEASE"] {
        command.env(format!("CARGO_PROFILE_{profile}_OPT_LEVEL"), "1");
        command.env(format!("CARGO_PROFILE_{profile}_CODEGEN_UNITS"), "16");
        command.env(format!("CARGO_PROFILE_{profile}_LTO"), "off");
    }
    command.env("CARGO_INCREMENTAL", "1").env_remove("CARGO_TARGET_DIR").env_remove("RUSTFLAGS")
}

fn configure(copy: &Path, log: &Path) -> Result<(), String> {
    if copy.join("build/build.ninja").exists() {
        return Ok(());
    }
    // The archive has Rust's own libraries in it, which name what only unwinding needs.
    let mut command = Command::new("meson");
    command.args(["setup", "-Ddemo=false", "-Dpoolstat=false", "build"]).current_dir(copy);
    command.env("LDFLAGS", "-Wl,--defsym=rust_eh_personality=0");
    let end = start(&mut command, log).and_then(|mut child| child.wait()).map_err(|reason| reason.to_string())?;
    if end.success() { Ok(()) } else { Err(last_lines(log)) }
}

fn start(command: &mut Command, log: &Path) -> io::Result<Child> {
    let output = File::create(log)?;
    command.stdin(Stdio::null()).stderr(output.try_clone()?).stdout(output).process_group(0);
    // As long as in `make check`, or shorter; and never beside the originals.
    command.env("MILLPOND_SOAK_SCROLLS", "20000").env("MILLPOND_POOL_DEPTH", "5").env_remove("MILLPOND_REFERENCE");
    command.spawn()
}

/// Waits, but not too long: then the process and its children are ended.
fn wait(mut child: Child) -> io::Result<End> {
    let patience = std::env::var("MILLPOND_TEST_PATIENCE").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let limit = Duration::from_secs(SECONDS * patience);
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(if status.success() { End::Passed } else { End::Failed });
        }
        if began.elapsed() > limit {
            Command::new("kill").args(["-KILL", "--", &format!("-{}", child.id())]).status()?;
            child.wait()?;
            return Ok(End::TookTooLong);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// What a log ends with.
pub fn last_lines(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}
