//! Plays all scripts of `corpus/` and `found/` once, with any Rust: what a search has reached before is reached again, and
//! what it has found stays repaired.

use std::fs;
use std::path::Path;

use arbitrary::{Arbitrary, Unstructured};
use millpond_fuzz::{buffers, catching_up, life, pool, scroll, statistics_page};

/// Plays the files of one target; returns how many.
fn play_all<Script: for<'bytes> Arbitrary<'bytes>>(target: &str, play: impl Fn(&Script)) -> usize {
    let folders = ["corpus", "found"].map(|kind| Path::new(env!("CARGO_MANIFEST_DIR")).join(kind).join(target));
    let entries = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in &files {
        let bytes = fs::read(file).unwrap();
        // As the target does.
        if let Ok(script) = Script::arbitrary_take_rest(Unstructured::new(&bytes)) {
            println!("{}", file.display());
            play(&script);
        }
    }
    assert!(!files.is_empty(), "there is nothing for {target}");
    files.len()
}

/// One test: a pool, and the displays of a header, are there once in a process.
#[test]
fn every_script_of_the_corpora() {
    let count = play_all("scroll", scroll::play)
        + play_all("life", life::play)
        + play_all("catching_up", catching_up::play)
        + play_all("pool_operations", pool::operations::play)
        + play_all("pool_damage", pool::damage::play)
        + play_all("buffers", buffers::play)
        + play_all("statistics_page", statistics_page::play)
        + play_all("core_file", statistics_page::play_core);
    println!("{count} scripts of the corpora checked");
}
