//! `make check-planted`: each fault of checks/planted is planted in a copy of the sources, and the suite that it names must
//! fail then.
//!
//! ```text
//! planted [--check] [NAME...]
//! ```
//!
//! `--check` only looks whether each text still occurs once. NAME: the faults with that in their names, or in their files'.
//! There is a copy for each of two workers in build/planted. They stay: the second time is quicker.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use planted::suite::{End, Suite, last_lines};
use planted::{Fault, copy, read};

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let only_checks = words.iter().any(|word| word == "--check");
    words.retain(|word| word != "--check");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let faults = match read(&root) {
        Ok(faults) => faults,
        Err(wrong) => return complain(&wrong),
    };
    if only_checks {
        println!("{} planted faults checked: each text occurs once", faults.len());
        return ExitCode::SUCCESS;
    }
    let is_wanted = |fault: &&Fault| {
        words.is_empty() || words.iter().any(|word| fault.name.contains(word) || fault.path.contains(word))
    };
    let chosen: Vec<&Fault> = faults.iter().filter(is_wanted).collect();
    if chosen.is_empty() {
        return complain(&[format!("no fault has {} in its name or file", words.join(" or "))]);
    }
    match plant_all(&root, &chosen) {
        Ok(wrong) if wrong.is_empty() => ExitCode::SUCCESS,
        Ok(wrong) => complain(&wrong),
        Err(reason) => complain(&[reason]),
    }
}

fn complain(wrong: &[String]) -> ExitCode {
    for reason in wrong {
        eprintln!("planted: {reason}");
    }
    ExitCode::FAILURE
}

/// As many as the tests of the project are run by.
const WORKERS: usize = 2;

/// Everything that is not as it should be.
fn plant_all(root: &Path, faults: &[&Fault]) -> Result<Vec<String>, String> {
    let began = Instant::now();
    let mut by_suite: BTreeMap<&Suite, Vec<&Fault>> = BTreeMap::new();
    for fault in faults {
        by_suite.entry(&fault.suite).or_default().push(fault);
    }
    let grounds = (1..=WORKERS).map(|number| Ground::new(root, number)).collect::<Result<Vec<Ground>, String>>()?;
    let left = Mutex::new(by_suite.into_iter());
    let next = || left.lock().ok().and_then(|mut left| left.next());
    let work = |ground: &Ground| {
        let mut wrong = Vec::new();
        while let Some((suite, faults)) = next() {
            wrong.append(&mut ground.try_suite(suite, &faults));
        }
        wrong
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = grounds.iter().map(|ground| scope.spawn(|| work(ground))).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("workers do not panic")).collect()
    });
    let seconds = began.elapsed().as_secs();
    println!("{} planted faults checked in {seconds} s, {} not found", faults.len(), wrong.len());
    Ok(wrong)
}

/// A copy in which faults are planted.
struct Ground {
    copy: PathBuf,
    log: PathBuf,
}

impl Ground {
    fn new(root: &Path, number: usize) -> Result<Ground, String> {
        let folder = root.join(format!("build/planted/{number}"));
        let ground = Ground { copy: folder.join("copy"), log: folder.join("log") };
        let made = fs::create_dir_all(&ground.copy).and_then(|()| copy::refresh(root, &ground.copy));
        made.map_err(|reason| format!("{}: {reason}", ground.copy.display()))?;
        Ok(ground)
    }

    /// What a suite does not find of these faults; all of them, if it fails without any.
    fn try_suite(&self, suite: &Suite, faults: &[&Fault]) -> Vec<String> {
        if let Err(reason) = self.check_without_fault(suite) {
            println!("WRONG: {suite}");
            return faults.iter().map(|fault| format!("{}: {reason}", fault.name)).collect();
        }
        let mut wrong = Vec::new();
        for fault in faults {
            let began = Instant::now();
            match self.plant(fault) {
                Ok(()) => println!("found: {} ({} s)", fault.name, began.elapsed().as_secs()),
                Err(reason) => {
                    println!("NOT FOUND: {}: {}", fault.name, fault.what);
                    wrong.push(format!("{}: {reason}", fault.name));
                }
            }
        }
        wrong
    }

    fn check_without_fault(&self, suite: &Suite) -> Result<(), String> {
        suite.build(&self.copy, &self.log).map_err(|reason| format!("{suite} does not build:\n{reason}"))?;
        match suite.run(&self.copy, &self.log).map_err(|reason| format!("{suite}: {reason}"))? {
            End::Passed if suite.has_run(&self.log) => Ok(()),
            End::Passed => Err(format!("{suite}: no test is run")),
            End::Failed => Err(format!("{suite} fails without a fault:\n{}", last_lines(&self.log))),
            End::TookTooLong => Err(format!("{suite} takes too long without a fault: name one test of it")),
        }
    }

    /// Plants one fault, and takes it out again.
    fn plant(&self, fault: &Fault) -> Result<(), String> {
        let path = self.copy.join(&fault.path);
        let text = fs::read_to_string(&path).map_err(|reason| reason.to_string())?;
        fs::write(&path, fault.planted_in(&text)?).map_err(|reason| reason.to_string())?;
        let found = self.is_found(fault);
        fs::write(&path, text).map_err(|reason| reason.to_string())?;
        found
    }

    fn is_found(&self, fault: &Fault) -> Result<(), String> {
        let suite = &fault.suite;
        suite.build(&self.copy, &self.log).map_err(|reason| format!("with the fault it does not build:\n{reason}"))?;
        match suite.run(&self.copy, &self.log).map_err(|reason| reason.to_string())? {
            End::Failed => Ok(()),
            End::Passed => Err(format!("{suite} passes with the fault in {}: {}", fault.path, fault.what)),
            End::TookTooLong => Err(format!("{suite} does not end with the fault in {}", fault.path)),
        }
    }
}
