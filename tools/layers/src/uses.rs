//! Which modules a file names: `crate::X` and `super::super::X`, in `use`, in paths and in macros.

use proc_macro2::{Delimiter, TokenTree};

use crate::source::Source;
use crate::tokens::{group_at, ident_at, inside, is_ident, is_path_separator, is_punct, line_of};

/// A name directly below the root of the crate that a file uses.
#[derive(Debug, PartialEq, Eq)]
pub struct Use {
    pub name: String,
    pub line: usize,
}

/// What stands in `Use::name` when a file takes the root itself, and with it everything.
pub const ROOT: &str = "*";

pub fn uses(source: &Source) -> Vec<Use> {
    let mut found = Vec::new();
    look(&source.tokens, &source.module, &mut found);
    found
}

fn look(tokens: &[TokenTree], module: &[String], found: &mut Vec<Use>) {
    let mut index = 0;
    while index < tokens.len() {
        if let Some((name, body)) = inline_module(tokens, index) {
            let inner: Vec<String> = module.iter().cloned().chain([name]).collect();
            look(&body, &inner, found);
            index += 3;
            continue;
        }
        if let Some(base) = path_start(tokens, index, module) {
            follow(tokens, index + 1, base, found);
        }
        if let TokenTree::Group(group) = &tokens[index] {
            look(&inside(group), module, found);
        }
        index += 1;
    }
}

/// `mod NAME { ... }`
fn inline_module(tokens: &[TokenTree], index: usize) -> Option<(String, Vec<TokenTree>)> {
    if !is_ident(tokens, index, "mod") {
        return None;
    }
    let name = ident_at(tokens, index + 1)?.to_string();
    Some((name, inside(group_at(tokens, index + 2, Delimiter::Brace)?)))
}

/// The module that a path begins from; `None` where no path from the root or from here begins.
fn path_start(tokens: &[TokenTree], index: usize, module: &[String]) -> Option<Vec<String>> {
    let is_within_a_path = index >= 2 && is_path_separator(tokens, index - 2);
    if is_within_a_path {
        return None;
    }
    match ident_at(tokens, index)?.to_string().as_str() {
        "crate" => Some(Vec::new()),
        "self" => Some(module.to_vec()),
        "super" => Some(above(module)),
        _ => None,
    }
}

fn above(module: &[String]) -> Vec<String> {
    module[..module.len().saturating_sub(1)].to_vec()
}

/// Follows a path from `base`, where `index` is just behind what led there.
fn follow(tokens: &[TokenTree], index: usize, base: Vec<String>, found: &mut Vec<Use>) {
    let line = |index: usize| tokens.get(index).map_or(0, line_of);
    if !is_path_separator(tokens, index) {
        if base.is_empty() && is_ident(tokens, index, "as") {
            found.push(Use { name: ROOT.to_owned(), line: line(index) });
        }
        return;
    }
    let next = index + 2;
    if let Some(group) = group_at(tokens, next, Delimiter::Brace) {
        for branch in inside(group).split(|token| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',')) {
            step(branch, 0, base.clone(), found);
        }
        return;
    }
    step(tokens, next, base, found);
}

/// One name of a path, at `index`.
fn step(tokens: &[TokenTree], index: usize, base: Vec<String>, found: &mut Vec<Use>) {
    if base.is_empty() && is_punct(tokens, index, '*') {
        found.push(Use { name: ROOT.to_owned(), line: line_of(&tokens[index]) });
    }
    let Some(name) = ident_at(tokens, index) else { return };
    match name.to_string().as_str() {
        "super" => follow(tokens, index + 1, above(&base), found),
        "self" => follow(tokens, index + 1, base, found),
        name if base.is_empty() => found.push(Use { name: name.to_owned(), line: line_of(&tokens[index]) }),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{ROOT, uses};
    use crate::source::Source;

    fn names_in(path: &str, text: &str) -> Vec<String> {
        uses(&Source::parse(path, text).unwrap()).into_iter().map(|found| found.name).collect()
    }

    #[test]
    fn paths_from_the_root() {
        assert_eq!(names_in("src/a.rs", "use crate::b; fn f() { crate::c::g() }"), ["b", "c"]);
        assert_eq!(names_in("src/a.rs", "use crate::{b::{self, X}, c}; type T = Vec<crate::d::E>;"), ["b", "c", "d"]);
        assert_eq!(names_in("src/a.rs", "pub(crate) fn f() {} pub(in crate::a) fn g() {}"), ["a"]);
    }

    #[test]
    fn paths_upwards() {
        assert_eq!(
            names_in("src/a/b.rs", "use super::c; use super::super::d; use super::super::{e, f::G};"),
            ["d", "e", "f"]
        );
        assert_eq!(names_in("src/a/b.rs", "mod tests { use super::super::c; use super::super::super::d; }"), ["d"]);
        assert_eq!(names_in("src/a/mod.rs", "use super::b; use self::c; use self::super::d;"), ["b", "d"]);
        assert_eq!(names_in("src/a/b.rs", "use super::{super::c, d};"), ["c"]);
    }

    #[test]
    fn paths_in_macros() {
        assert_eq!(names_in("src/a.rs", "fn f() { assert!(crate::b::C == 1); }"), ["b"]);
        assert_eq!(names_in("src/a.rs", "macro_rules! m { () => { $crate::b::c() } }"), ["b"]);
    }

    #[test]
    fn the_root_itself() {
        assert_eq!(names_in("src/a.rs", "use crate::*; use crate as all; use super::*;"), [ROOT, ROOT, ROOT]);
    }

    #[test]
    fn no_paths() {
        assert_eq!(
            names_in("src/a.rs", "/// [`crate::b`]\nfn f(&self) { \"crate::b\"; core::c(); self.d }"),
            Vec::<String>::new()
        );
    }
}
