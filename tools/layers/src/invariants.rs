//! Invariants are numbered: "invariant P2: ..." in the code, and a row `| P2 | ... | what holds it |` in the table.

use std::collections::BTreeMap;

use proc_macro2::TokenTree;

use crate::source::Source;
use crate::tokens::{for_each_list, line_of};

/// Where the tables are.
pub const TABLES: &str = "docs/architecture.md";

/// A number that is at fault: where, and what is wrong with it.
#[derive(Debug)]
pub struct Fault {
    pub path: String,
    pub line: usize,
    pub message: String,
}

/// A place where a number stands.
struct Mention {
    path: String,
    line: usize,
    says: String,
}

pub fn faults(sources: &[Source], tables: &str) -> Vec<Fault> {
    let mut found = Vec::new();
    let mut report = |place: &Mention, message: String| {
        found.push(Fault { path: place.path.clone(), line: place.line, message });
    };
    let in_code = mentions_in_code(sources);
    let mut in_tables: BTreeMap<String, Mention> = BTreeMap::new();
    for (number, row) in rows(tables) {
        if row.says.is_empty() {
            report(&row, format!("invariant {number}: say which test holds it, or why none reaches it"));
        }
        if !in_code.contains_key(&number) {
            report(&row, format!("invariant {number} is not in the code: take the row out"));
        }
        if in_tables.contains_key(&number) {
            report(&row, format!("invariant {number} has two rows"));
        }
        in_tables.insert(number, row);
    }
    for (number, places) in &in_code {
        if !in_tables.contains_key(number) {
            report(&places[0], format!("invariant {number} has no row in {TABLES}"));
        }
        for other in places.iter().filter(|other| other.says != places[0].says) {
            report(other, format!("invariant {number} says something else elsewhere: give it a number of its own"));
        }
    }
    found
}

/// All numbers in string literals, with what is said of each.
fn mentions_in_code(sources: &[Source]) -> BTreeMap<String, Vec<Mention>> {
    let mut mentions: BTreeMap<String, Vec<Mention>> = BTreeMap::new();
    for source in sources {
        for_each_list(&source.tokens, &mut |tokens| {
            for token in tokens {
                let TokenTree::Literal(literal) = token else { continue };
                let text = literal.to_string();
                let Some((number, says)) = text.strip_prefix("\"invariant ").and_then(|rest| rest.split_once(": "))
                else {
                    continue;
                };
                let says = says.trim_end_matches('"').to_owned();
                let mention = Mention { path: source.path.clone(), line: line_of(token), says };
                mentions.entry(number.to_owned()).or_default().push(mention);
            }
        });
    }
    mentions
}

/// The rows that begin with a number, with what stands in the third column.
fn rows(tables: &str) -> Vec<(String, Mention)> {
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let lines = tables.lines().enumerate().filter(|(_, line)| line.starts_with("| "));
    lines
        .map(|(index, line)| (index + 1, cells(line)))
        .filter(|(_, cells)| cells.get(1).is_some_and(|cell| is_number(cell)))
        .map(|(line, cells)| {
            let says = cells.get(3).cloned().unwrap_or_default();
            (cells[1].clone(), Mention { path: TABLES.to_owned(), line, says })
        })
        .collect()
}

/// `P2`
fn is_number(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|first| first.is_ascii_uppercase())
        && text.len() > 1
        && letters.all(|letter| letter.is_ascii_digit())
}
