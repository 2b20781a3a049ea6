//! The test of the test: a header that does not say what the Rust sources say is found out.

mod chain;
mod pool;
mod shm;
mod statistics;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One fault in a header: what is replaced, in order, and a word that the complaint must contain.
struct Mutation {
    name: &'static str,
    replacements: &'static [(&'static str, &'static str)],
    complaint: &'static str,
}

#[test]
fn faults_in_the_headers_are_found() {
    find_all("shm.h", "shm", shm::MUTATIONS);
    find_all("chain/shm.h", "chain", chain::MUTATIONS);
    find_all("pool.h", "pool", pool::MUTATIONS);
    find_all("millpond.h", "statistics", statistics::MUTATIONS);
}

fn find_all(header: &str, test: &str, mutations: &[Mutation]) {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../include").join(header)).unwrap();

    let (agrees, output) = compare(header, test, &text);
    assert!(agrees, "{header} as it is must pass, or the rest says nothing:\n{output}");

    for mutation in mutations {
        let mutated = mutation.replacements.iter().fold(text.clone(), |text, (old, new)| {
            assert_eq!(text.matches(old).count(), 1, "{}: {old:?} must be in {header} once", mutation.name);
            text.replace(old, new)
        });
        let (agrees, output) = compare(header, test, &mutated);
        assert!(!agrees, "{header}: not found: {}", mutation.name);
        assert!(
            output.contains(mutation.complaint),
            "{header}: {}: found for another reason:\n{output}",
            mutation.name
        );
    }
    println!("abi: all {} faults in {header} were found", mutations.len());
}

/// Runs tests/shm.rs, or another of its neighbours, with this text as the header: whether it passed, and what it said.
fn compare(header: &str, test: &str, text: &str) -> (bool, String) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mutated-header");
    let path = folder.join(header);
    fs::create_dir_all(path.parent().expect("the folder is one")).unwrap();
    fs::write(path, text).unwrap();
    let output = Command::new(env::var_os("CARGO").expect("cargo sets CARGO"))
        .args(["test", "--quiet", "--offline", "--package", "abi", "--features", "mutated_header", "--test", test])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("MILLPOND_HEADERS", &folder)
        .env("MILLPOND_HEADER", header)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said.into_owned())
}
