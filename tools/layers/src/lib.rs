//! Checks the house: a module uses only what stands on lower floors, no files of a folder use each other in a circle, and
//! effects keep to their places; and the tables of invariants have the numbers that the code has. Where unsafe code may
//! stand, and how long functions are, rustc and clippy check.

mod circles;
pub mod house;
mod invariants;
mod paths;
mod purity;
mod source;
mod tokens;
mod uses;

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use circles::Circle;
use source::Source;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    NotRust,
    NoFloor,
    UsesHigherFloor,
    UnneededException,
    ImportCircle,
    InvariantTable,
    PureWithoutForbid,
    PureWithEffect,
    LongFile,
}

/// What is wrong where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Breach {
    pub path: String,
    pub line: usize,
    pub rule: Rule,
    pub message: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Reads every .rs file in `src/` below the root, and what is compared with them: pairs of the path, as breaches say it, and the text.
pub fn read_tree(root: &Path) -> io::Result<Vec<(String, String)>> {
    let mut folders: Vec<PathBuf> = vec![root.join("src")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path.strip_prefix(root).expect("it was found below the root");
                files.push((below.to_string_lossy().replace('\\', "/"), fs::read_to_string(&path)?));
            }
        }
    }
    let tables = fs::read_to_string(root.join(invariants::TABLES))?;
    files.push((invariants::TABLES.to_owned(), tables));
    files.sort();
    Ok(files)
}

/// Every breach in these files, in order.
pub fn check(files: &[(String, String)]) -> Vec<Breach> {
    check_but(files, house::FOLDERS_WITH_CIRCLES)
}

/// The same, where some folders may have circles of imports.
pub fn check_but(files: &[(String, String)], folders_with_circles: &[&str]) -> Vec<Breach> {
    let mut checker = Checker::default();
    let mut sources = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".rs")) {
        match Source::parse(path, text) {
            Ok(source) => sources.push(source),
            Err((line, reason)) => checker.report(path, line, Rule::NotRust, format!("not Rust: {reason}")),
        }
    }
    for source in &sources {
        checker.check(source);
    }
    checker.check_circles(&sources, folders_with_circles);
    if let Some((_, tables)) = files.iter().find(|(path, _)| path == invariants::TABLES) {
        checker.check_invariants(&sources, tables);
    }
    checker.check_exceptions(files);
    checker.breaches.sort();
    checker.breaches
}

#[derive(Default)]
struct Checker {
    breaches: Vec<Breach>,
    exceptions_needed: BTreeSet<(&'static str, &'static str)>,
}

impl Checker {
    fn report(&mut self, path: &str, line: usize, rule: Rule, message: String) {
        self.breaches.push(Breach { path: path.to_owned(), line, rule, message });
    }

    fn check(&mut self, source: &Source) {
        self.check_floors(source);
        self.check_purity(source);
        self.check_length(source);
    }

    fn check_floors(&mut self, source: &Source) {
        let Some(module) = source.top_module() else { return };
        let Some(floor) = house::floor_of(module) else {
            let message = format!("{module} has no floor: give it one in tools/layers/src/house.rs");
            return self.report(&source.path, 1, Rule::NoFloor, message);
        };
        for used in &uses::uses(source) {
            if let Some(exception) = house::exception(module, &used.name) {
                self.exceptions_needed.insert((exception.from, exception.to));
                continue;
            }
            let message = match house::floor_of(&used.name) {
                Some(other) if other < floor => continue,
                Some(other) => format!(
                    "{module} (floor {floor}) uses {} (floor {other}): move what it needs below floor {floor}, or pass it in",
                    used.name
                ),
                None if used.name == uses::ROOT => format!("{module} takes all of the crate's root: name the modules"),
                None => {
                    format!("{module} uses crate::{}, which has no floor: name the module in which it is", used.name)
                }
            };
            self.report(&source.path, used.line, Rule::UsesHigherFloor, message);
        }
    }

    fn check_circles(&mut self, sources: &[Source], folders_with_circles: &[&str]) {
        let circles = circles::circles(sources);
        for folder in circles::folders(sources) {
            let name = folder.join("/");
            let is_listed = folders_with_circles.contains(&name.as_str());
            let found: Vec<&Circle> = circles.iter().filter(|circle| circle.folder == folder).collect();
            if is_listed && found.is_empty() {
                let message = format!("{name} has no circles of imports any more: take it off the list");
                self.report("tools/layers/src/house.rs", 1, Rule::UnneededException, message);
            }
            for circle in found.iter().filter(|_| !is_listed) {
                let way = [circle.members.join(" uses "), circle.members[0].clone()].join(" uses ");
                let message = format!("in {name}, {way}: put what both need into a file below them");
                self.report(&circle.path, circle.line, Rule::ImportCircle, message);
            }
        }
    }

    fn check_invariants(&mut self, sources: &[Source], tables: &str) {
        for fault in invariants::faults(sources, tables) {
            self.report(&fault.path, fault.line, Rule::InvariantTable, fault.message);
        }
    }

    fn check_purity(&mut self, source: &Source) {
        if !purity::is_pure(source) {
            return;
        }
        if purity::lacks_forbid(source) {
            let message = "a module of decisions: begin it with #![forbid(unsafe_code)]".to_owned();
            self.report(&source.path, 1, Rule::PureWithoutForbid, message);
        }
        for (line, effect) in purity::effects(source) {
            let message = format!("{effect} in a module of decisions: return what is to be done, and do it on floor 3");
            self.report(&source.path, line, Rule::PureWithEffect, message);
        }
    }

    fn check_length(&mut self, source: &Source) {
        let lines = source.text.lines().count();
        if lines > house::FILE_LINES {
            let message = format!("{lines} lines: at most {}; split the file by what it does", house::FILE_LINES);
            self.report(&source.path, lines, Rule::LongFile, message);
        }
    }

    /// Only of modules that are there: a part of the tree is not told what the rest needs.
    fn check_exceptions(&mut self, files: &[(String, String)]) {
        let is_there = |module: &str| {
            let folder = format!("src/{module}/");
            let file = format!("src/{module}.rs");
            files.iter().any(|(path, _)| path.starts_with(&folder) || *path == file)
        };
        for exception in house::EXCEPTIONS.iter().filter(|exception| is_there(exception.from)) {
            if !self.exceptions_needed.contains(&(exception.from, exception.to)) {
                let message =
                    format!("{} does not use {} any more: take the exception out", exception.from, exception.to);
                self.report("tools/layers/src/house.rs", 1, Rule::UnneededException, message);
            }
        }
    }
}
