//! `make bench`: runs the measuring program, prints a table, writes bench.json and bench.svg.
//!
//! ```text
//! bench --program FILE --library FILE [--output DIR] [--quick] [--only SCENARIO [--width PIXELS]] [--from FILE.json]
//! ```
//!
//! What --only leaves out is not in what is written either.
//!
//! The environment variable MILLPOND_REFERENCE names a folder with libshm_ref_ndebug.so, to compare with.

mod chart;
mod goals;
mod marks;
mod ratios;
mod records;
mod row;
mod table;
mod terminal_goals;
mod terminal_matrix;

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use records::Record;

type Failure = Box<dyn Error>;

#[derive(Debug, Default)]
struct Arguments {
    program: PathBuf,
    library: PathBuf,
    output: PathBuf,
    is_quick: bool,
    /// Handed on to the measuring program: which of its scenarios, and the width of the pictures.
    only: Option<String>,
    width: Option<String>,
    /// The figures of an earlier run: nothing is measured then.
    from: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let arguments = read_arguments()?;
    let began = Instant::now();
    let values = match &arguments.from {
        Some(file) => earlier(file)?,
        None => measure(&arguments)?,
    };
    let records = values.iter().map(Record::read).collect::<Result<Vec<Record>, String>>()?;
    let rows = goals::rows(&records);
    print!("\n{}\n{}{}", heading(&records), table::text(&rows), terminal_matrix::text(&records));
    let json_file = arguments.output.join("bench.json");
    let chart_file = arguments.output.join("bench.svg");
    let result = json!({ "quick": arguments.is_quick, "table": rows, "measured": values });
    std::fs::write(&json_file, serde_json::to_string_pretty(&result)?)?;
    chart::draw(&chart_file, &records)?;
    println!("{} s; written: {}, {}", began.elapsed().as_secs(), json_file.display(), chart_file.display());
    Ok(())
}

/// What was measured, on what.
fn heading(records: &[Record]) -> String {
    let machine = records.iter().find_map(|record| match record {
        Record::Machine(machine) => Some(machine),
        _ => None,
    });
    machine.map_or(String::new(), |machine| {
        let compared = if machine.has_original { "the original and memmove" } else { "memmove" };
        format!(
            "millpond {} beside {compared}: CPU time of the calling thread\n\
             {} x {}, Linux {}, load {:.1} at the start\n",
            machine.millpond, machine.processors, machine.processor, machine.kernel, machine.load_at_start
        )
    })
}

fn read_arguments() -> Result<Arguments, Failure> {
    use lexopt::prelude::{Long, ValueExt as _};
    let mut arguments = Arguments { output: PathBuf::from("."), ..Arguments::default() };
    let mut words = lexopt::Parser::from_env();
    while let Some(word) = words.next()? {
        match word {
            Long("quick") => arguments.is_quick = true,
            Long("program") => arguments.program = words.value()?.into(),
            Long("library") => arguments.library = words.value()?.into(),
            Long("output") => arguments.output = words.value()?.into(),
            Long("only") => arguments.only = Some(words.value()?.string()?),
            Long("width") => arguments.width = Some(words.value()?.string()?),
            Long("from") => arguments.from = Some(words.value()?.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    Ok(arguments)
}

/// Runs the measuring program; its progress goes to our standard error.
fn measure(arguments: &Arguments) -> Result<Vec<Value>, Failure> {
    let mut command = Command::new(&arguments.program);
    command.arg("--library").arg(&arguments.library);
    match std::env::var_os("MILLPOND_REFERENCE") {
        Some(folder) => {
            command.arg("--reference").arg(folder);
        }
        None => eprintln!("MILLPOND_REFERENCE is not set: comparing with memmove only"),
    }
    if arguments.is_quick {
        command.arg("--quick");
    }
    for (option, value) in [("--only", &arguments.only), ("--width", &arguments.width)] {
        if let Some(value) = value {
            command.arg(option).arg(value);
        }
    }
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{} cannot be started: {error}", arguments.program.display()))?;
    let output = child.stdout.take().ok_or("no output of the measuring program")?;
    let mut values = Vec::new();
    for line in BufReader::new(output).lines() {
        values.push(serde_json::from_str(&line?)?);
    }
    let status = child.wait()?;
    if !status.success() {
        return Err(format!("the measuring program ended with {status}").into());
    }
    Ok(values)
}

/// The figures of a bench.json.
fn earlier(file: &Path) -> Result<Vec<Value>, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut result: Value = serde_json::from_str(&text)?;
    match result["measured"].take() {
        Value::Array(values) => Ok(values),
        _ => Err(format!("{} has no figures in it", file.display()).into()),
    }
}
