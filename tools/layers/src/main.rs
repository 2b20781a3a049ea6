//! Prints one line for every breach of the house's rules in src/, and ends with 1 if there is one.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let files = match layers::read_tree(&root) {
        Ok(files) => files,
        Err(reason) => {
            eprintln!("layers: cannot read {}: {reason}", root.join("src").display());
            return ExitCode::from(2);
        }
    };
    let breaches = layers::check(&files);
    for breach in &breaches {
        println!("{breach}");
    }
    match breaches.len() {
        0 => println!("layers: {} files, every rule kept", files.len()),
        1 => println!("layers: {} files, 1 breach", files.len()),
        count => println!("layers: {} files, {count} breaches", files.len()),
    }
    if breaches.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
