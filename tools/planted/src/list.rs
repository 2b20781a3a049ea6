//! The lists: what they say, and whether it still is so.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::suite::Suite;

/// Where the lists stand, below the project's folder.
pub const FOLDER: &str = "checks/planted";

/// A small change of the sources that some suite must find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub name: String,
    /// What is wrong, for people.
    pub what: String,
    /// The file, below the project's folder.
    pub path: String,
    pub suite: Suite,
    /// What is replaced: it occurs once in the file.
    pub before: String,
    pub after: String,
}

impl Fault {
    /// The file's text with the fault in it; what is wrong with the list otherwise.
    pub fn planted_in(&self, text: &str) -> Result<String, String> {
        match text.matches(&self.before).count() {
            1 => Ok(text.replacen(&self.before, &self.after, 1)),
            0 => Err(format!("{}: the text is not in {} any more: write what stands there now", self.name, self.path)),
            count => Err(format!("{}: the text is {count} times in {}: write more of it", self.name, self.path)),
        }
    }
}

/// The faults of all lists below a folder, by the names of the files; or all that is wrong with them.
pub fn read(root: &Path) -> Result<Vec<Fault>, Vec<String>> {
    let folder = root.join(FOLDER);
    let entries = fs::read_dir(&folder).map_err(|reason| vec![format!("{}: {reason}", folder.display())])?;
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    let mut faults = Vec::new();
    let mut wrong = Vec::new();
    for file in files {
        match fs::read_to_string(&file).map_err(|reason| reason.to_string()).and_then(|text| parse(&text)) {
            Ok(found) => faults.extend(found),
            Err(reason) => wrong.push(format!("{}: {reason}", file.display())),
        }
    }
    let mut names = BTreeSet::new();
    for fault in &faults {
        if !names.insert(&fault.name) {
            wrong.push(format!("{}: two faults have this name", fault.name));
        }
        let text = fs::read_to_string(root.join(&fault.path)).map_err(|reason| format!("{}: {reason}", fault.path));
        if let Err(reason) = text.and_then(|text| fault.planted_in(&text)) {
            wrong.push(reason);
        }
    }
    if wrong.is_empty() { Ok(faults) } else { Err(wrong) }
}

/// The faults of one list.
pub fn parse(text: &str) -> Result<Vec<Fault>, String> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    lines.split(|line| line.is_empty()).filter(|part| !part.is_empty()).map(parse_one).collect()
}

fn parse_one(lines: &[&str]) -> Result<Fault, String> {
    let [title, path, suite, change @ ..] = lines else {
        return Err(format!("{}: a fault has four lines at least", lines[0]));
    };
    let (name, what) = title.split_once(": ").ok_or_else(|| format!("{title}: not NAME: WHAT"))?;
    let wrong = |what: &str| format!("{name}: {what}");
    let path = path.strip_prefix("in ").ok_or_else(|| wrong("the second line is no \"in FILE\""))?;
    let suite = suite.strip_prefix("found by ").ok_or_else(|| wrong("the third line is no \"found by SUITE\""))?;
    let before_count = change.iter().take_while(|line| line.starts_with('-')).count();
    let (before, after) = change.split_at(before_count);
    if before.is_empty() || !after.iter().all(|line| line.starts_with('+')) {
        return Err(wrong("what follows is not lines with - and then lines with +"));
    }
    let joined = |lines: &[&str]| lines.iter().map(|line| &line[1..]).collect::<Vec<_>>().join("\n");
    let (before, after) = (joined(before), joined(after));
    if before == after || before.trim().is_empty() {
        return Err(wrong("nothing is changed"));
    }
    Ok(Fault {
        name: name.to_owned(),
        what: what.to_owned(),
        path: path.to_owned(),
        suite: Suite::parse(suite).map_err(|reason| wrong(&reason))?,
        before,
        after,
    })
}
