//! `headers` writes include/*.h; `headers --check` only says whether they are current.

use std::path::Path;
use std::process::ExitCode;

use headers::{Failure, HEADERS, Header, project_root};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_check = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--check"] => true,
        _ => {
            eprintln!("usage: headers [--check]");
            return ExitCode::from(2);
        }
    };
    let root = project_root();
    let mut are_all_current = true;
    for header in HEADERS {
        let outcome = if is_check { check(header, &root) } else { write(header, &root) };
        are_all_current &= outcome.unwrap_or_else(|failure| {
            eprintln!("headers: {failure}");
            false
        });
    }
    if are_all_current { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn write(header: &Header, root: &Path) -> Result<bool, Failure> {
    let outcome = if header.write(root)? { "written" } else { "was current" };
    println!("headers: {} {outcome}", header.output);
    Ok(true)
}

fn check(header: &Header, root: &Path) -> Result<bool, Failure> {
    let Some(difference) = header.check(root)? else {
        println!("headers: {} is current", header.output);
        return Ok(true);
    };
    eprintln!(
        "headers: {} is not what {} says (- the file, + the source):\n{difference}",
        header.output, header.sources[0]
    );
    eprintln!("Run `cargo run -p headers` in tools/ (or `make headers`), and commit {}.", header.output);
    Ok(false)
}
