//! A copy of the sources that is kept from run to run: only what differs is written, so that little is built again.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What the library and the C tests are built of.
const PARTS: [&str; 15] = [
    "Cargo.toml",
    "Cargo.lock",
    "build.rs",
    "build-aux",
    "meson.build",
    "meson_options.txt",
    "README.md",
    "benches",
    "c-tests",
    "ffi-examples",
    "include",
    "man",
    "protocols",
    "src",
    "tests",
];

/// Makes `copy` the same as `root`. What was built in it stays.
pub fn refresh(root: &Path, copy: &Path) -> io::Result<()> {
    for part in PARTS {
        let from = files_below(root, Path::new(part))?;
        for path in files_below(copy, Path::new(part))?.difference(&from) {
            fs::remove_file(copy.join(path))?;
        }
        for path in from {
            copy_one(&root.join(&path), &copy.join(&path))?;
        }
    }
    // The library is built in another way: quickly, and step by step.
    copy_one(&root.join("checks/planted/cargo.sh"), &copy.join("build-aux/cargo.sh"))
}

fn copy_one(from: &Path, to: &Path) -> io::Result<()> {
    if fs::read(to).ok() == Some(fs::read(from)?) {
        return Ok(());
    }
    fs::create_dir_all(to.parent().unwrap_or(to))?;
    fs::copy(from, to).map(drop)
}

fn files_below(root: &Path, part: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::new();
    let mut left = vec![part.to_owned()];
    while let Some(path) = left.pop() {
        if root.join(&path).is_dir() {
            for entry in fs::read_dir(root.join(&path))? {
                left.push(path.join(entry?.file_name()));
            }
        } else if root.join(&path).exists() && path != Path::new("build-aux/cargo.sh") {
            files.insert(path);
        }
    }
    Ok(files)
}
