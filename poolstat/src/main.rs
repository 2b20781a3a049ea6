//! The command: looks, says, and ends with 1 if something is wrong.
#![forbid(unsafe_code)]

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use poolstat::arguments::{Arguments, Colour};
use poolstat::diagnosis;
use poolstat::output::{self, Report, Style};
use poolstat::slopes::History;
use poolstat::snapshot::Snapshot;
use poolstat::system;

/// It could not look, as clap says of arguments.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.watch {
        Some(seconds) => watch(&arguments, seconds),
        None => once(&arguments),
    };
    match outcome {
        Ok(is_anything_wrong) => ExitCode::from(u8::from(is_anything_wrong)),
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("poolstat: {error}");
            ExitCode::from(FAILED)
        }
    }
}

fn once(arguments: &Arguments) -> io::Result<bool> {
    let (snapshot, before) = match &arguments.core {
        Some(path) => {
            let read = system::read_core(path);
            let failed = |error| io::Error::other(format!("{}: {error}", path.display()));
            (read.map_err(failed)?, None)
        }
        None => seen_twice(arguments)?,
    };
    if let Some(name) = snapshot.missing(&[&arguments.processes[..], &arguments.compositor].concat()).first() {
        return Err(io::Error::other(format!("there is no process {name}")));
    }
    let findings = diagnosis::diagnose(&snapshot, before.as_ref());
    let mut report = Report { snapshot, findings, slopes: Vec::new() };
    report.restrict_to(&arguments.processes);
    tell(&report, arguments)?;
    Ok(!report.findings.is_empty())
}

/// A second look where the first one saw a fault: what was between two states then is not there any more.
fn seen_twice(arguments: &Arguments) -> io::Result<(Snapshot, Option<Snapshot>)> {
    let first = look(arguments)?;
    if diagnosis::diagnose(&first, None).is_empty() {
        return Ok((first, None));
    }
    Ok((look(arguments)?, Some(first)))
}

fn look(arguments: &Arguments) -> io::Result<Snapshot> {
    let mut snapshot = system::look()?;
    snapshot.add_compositors(&arguments.compositor);
    Ok(snapshot)
}

fn watch(arguments: &Arguments, seconds: f64) -> io::Result<bool> {
    let mut history = History::default();
    let mut before: Option<Snapshot> = None;
    let mut looks = 0;
    loop {
        let started = Instant::now();
        let snapshot = look(arguments)?;
        let mut report = Report {
            findings: diagnosis::diagnose(&snapshot, before.as_ref()),
            slopes: history.add(&snapshot),
            snapshot: snapshot.clone(),
        };
        report.restrict_to(&arguments.processes);
        if !arguments.json && io::stdout().is_terminal() {
            // To the upper left, and nothing below: what is shown is what is now.
            io::stdout().write_all(b"\x1b[H\x1b[J")?;
        }
        tell(&report, arguments)?;
        before = Some(snapshot);
        looks += 1;
        if arguments.looks == Some(looks) {
            return Ok(!report.findings.is_empty());
        }
        thread::sleep(Duration::from_secs_f64(seconds).saturating_sub(started.elapsed()));
    }
}

fn tell(report: &Report, arguments: &Arguments) -> io::Result<()> {
    let mut stderr = io::stderr();
    for note in &report.snapshot.notes {
        writeln!(stderr, "poolstat: {}: {}", note.process, note.what)?;
    }
    if arguments.verbose {
        for note in &report.snapshot.passed_over {
            writeln!(stderr, "poolstat: passed over: {}: {}", note.process, note.what)?;
        }
    }
    let text = if arguments.json {
        output::json(report)?
    } else if arguments.openmetrics {
        output::openmetrics(report)
    } else {
        for_people(report, arguments)
    };
    let mut stdout = io::stdout();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

fn for_people(report: &Report, arguments: &Arguments) -> String {
    let style = Style { has_colours: has_colours(arguments.colour) };
    let mut parts = Vec::new();
    if !arguments.quiet {
        parts.push(output::tables(report, arguments, style));
    }
    if arguments.watch.is_some() {
        parts.push(output::slopes(report, style));
    }
    if !report.findings.is_empty() {
        parts.push(output::findings(&report.findings, style));
    }
    let end = if arguments.watch.is_some() { "\n" } else { "" };
    parts.join("\n") + end
}

fn has_colours(colour: Colour) -> bool {
    match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    }
}
