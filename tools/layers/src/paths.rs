//! Every path in a file that leads to a module of the crate: in `use`, in code and in macros.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, TokenTree};

use crate::source::Source;
use crate::tokens::{group_at, ident_at, inside, is_ident, is_path_separator, is_punct, line_of};

/// A path, from the root of the crate on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// `["shm", "arena", "Arena"]`. The last is [`ALL`] where everything is taken.
    pub segments: Vec<String>,
    pub line: usize,
    pub place: Place,
}

/// Where a path stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Code,
    Use,
    /// `pub use`
    PublicUse,
    /// What only tests have.
    Test,
}

/// What stands for everything that a module has.
pub const ALL: &str = "*";

/// What the files' own `use` lines say.
#[derive(Debug, Default)]
pub struct Names {
    /// Modules that the file declares.
    pub children: BTreeSet<String>,
    /// What a name in this file stands for.
    pub bound: BTreeMap<String, Vec<String>>,
    /// Modules that everything is taken from.
    pub globs: Vec<Vec<String>>,
}

impl Names {
    pub fn of(source: &Source) -> Names {
        let mut names = Names::default();
        for item in &source.syntax.items {
            if let syn::Item::Mod(module) = item {
                names.children.insert(module.ident.to_string());
            }
        }
        let tokens = &source.tokens;
        for index in 0..tokens.len() {
            if is_ident(tokens, index, "use") {
                let scope = Scope { names: &names, module: &source.module, place: Place::Use };
                let mut found = Vec::new();
                scope.use_line(tokens, index + 1, &mut found);
                for (path, name) in found {
                    match name {
                        Some(name) => drop(names.bound.insert(name, path.segments)),
                        None => names.globs.push(path.segments),
                    }
                }
            }
        }
        names
    }
}

pub fn paths(source: &Source, names: &Names) -> Vec<Path> {
    let mut found = Vec::new();
    Scope { names, module: &source.module, place: Place::Code }.look(&source.tokens, &mut found);
    found
}

/// Where in a file we are.
#[derive(Clone, Copy)]
struct Scope<'a> {
    names: &'a Names,
    module: &'a [String],
    place: Place,
}

/// A path, and what it is called from then on; nothing is if all is taken.
type Named = (Path, Option<String>);

impl Scope<'_> {
    fn look(self, tokens: &[TokenTree], found: &mut Vec<Path>) {
        let mut index = 0;
        while index < tokens.len() {
            if let Some((name, body)) = inline_module(tokens, index) {
                let module: Vec<String> = self.module.iter().cloned().chain([name]).collect();
                let place = if is_for_tests(tokens, index) { Place::Test } else { self.place };
                Scope { module: &module, place, ..self }.look(&body, found);
                index += 3;
                continue;
            }
            if is_ident(tokens, index, "use") {
                let mut named = Vec::new();
                let place = if is_public(tokens, index) { Place::PublicUse } else { Place::Use };
                let place = if self.place == Place::Test { Place::Test } else { place };
                index = Scope { place, ..self }.use_line(tokens, index + 1, &mut named);
                found.extend(named.into_iter().map(|(path, _)| path));
                continue;
            }
            if let Some(base) = self.path_start(tokens, index) {
                let mut named = Vec::new();
                self.follow(tokens, index + 1, base, &mut named);
                found.extend(named.into_iter().map(|(path, _)| path));
            }
            if let TokenTree::Group(group) = &tokens[index] {
                self.look(&inside(group), found);
            }
            index += 1;
        }
    }

    /// What stands between `use` and its end. Returns where that is.
    fn use_line(self, tokens: &[TokenTree], start: usize, found: &mut Vec<Named>) -> usize {
        let length =
            tokens[start..].iter().position(|token| matches!(token, TokenTree::Punct(end) if end.as_char() == ';'));
        let end = start + length.unwrap_or(tokens.len() - start);
        let line = &tokens[start..end];
        if let Some(base) = self.path_start(line, 0) {
            self.follow(line, 1, base, found);
        }
        end
    }

    /// The module that a path begins from; `None` where no path to a module of the crate begins.
    fn path_start(self, tokens: &[TokenTree], index: usize) -> Option<Vec<String>> {
        let is_within_a_path = index >= 2 && is_path_separator(tokens, index - 2);
        if is_within_a_path {
            return None;
        }
        match ident_at(tokens, index)?.to_string().as_str() {
            "crate" => Some(Vec::new()),
            "self" => Some(self.module.to_vec()),
            "super" => Some(above(self.module)),
            _ if !is_path_separator(tokens, index + 1) => None,
            name if self.names.children.contains(name) => Some(below(self.module, name)),
            name => self.names.bound.get(name).cloned(),
        }
    }

    /// Follows a path from `base`, where `index` is just behind what led there.
    fn follow(self, tokens: &[TokenTree], index: usize, base: Vec<String>, found: &mut Vec<Named>) {
        let line = |index: usize| tokens.get(index).map_or(0, line_of);
        if !is_path_separator(tokens, index) {
            if base.is_empty() && is_ident(tokens, index, "as") {
                found.push((self.path(vec![ALL.to_owned()], line(index)), None));
            }
            return;
        }
        let next = index + 2;
        if let Some(group) = group_at(tokens, next, Delimiter::Brace) {
            let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
            for branch in inside(group).split(is_comma) {
                self.step(branch, 0, base.clone(), found);
            }
            return;
        }
        self.step(tokens, next, base, found);
    }

    /// One name of a path, at `index`.
    fn step(self, tokens: &[TokenTree], index: usize, base: Vec<String>, found: &mut Vec<Named>) {
        let Some(token) = tokens.get(index) else { return };
        let line = line_of(token);
        if is_punct(tokens, index, '*') {
            return found.push((self.path(below(&base, ALL), line), None));
        }
        let Some(name) = ident_at(tokens, index).map(ToString::to_string) else {
            // `Type::<T>`
            return found.push((self.path(base, line), None));
        };
        let goes_on = is_path_separator(tokens, index + 1);
        let next = match name.as_str() {
            "super" => above(&base),
            "self" => base,
            name => below(&base, name),
        };
        if goes_on {
            return self.follow(tokens, index + 1, next, found);
        }
        if name == "super" {
            return;
        }
        let alias = if is_ident(tokens, index + 1, "as") { ident_at(tokens, index + 2) } else { None };
        let called = alias.map(ToString::to_string).or_else(|| next.last().cloned());
        found.push((self.path(next, line), called));
    }

    fn path(self, segments: Vec<String>, line: usize) -> Path {
        Path { segments, line, place: self.place }
    }
}

fn above(module: &[String]) -> Vec<String> {
    module[..module.len().saturating_sub(1)].to_vec()
}

fn below(module: &[String], name: &str) -> Vec<String> {
    module.iter().cloned().chain([name.to_owned()]).collect()
}

/// `mod NAME { ... }`
fn inline_module(tokens: &[TokenTree], index: usize) -> Option<(String, Vec<TokenTree>)> {
    if !is_ident(tokens, index, "mod") {
        return None;
    }
    let name = ident_at(tokens, index + 1)?.to_string();
    Some((name, inside(group_at(tokens, index + 2, Delimiter::Brace)?)))
}

/// True if `#[cfg(test)]`, or `test` with more, stands before the item at `index`.
fn is_for_tests(tokens: &[TokenTree], index: usize) -> bool {
    let mut index = index;
    while index >= 2 && is_punct(tokens, index - 2, '#') {
        let Some(attribute) = group_at(tokens, index - 1, Delimiter::Bracket) else { return false };
        let attribute = attribute.stream().to_string();
        if attribute.starts_with("cfg")
            && attribute.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == "test")
        {
            return true;
        }
        index -= 2;
    }
    false
}

/// `pub use`, `pub(super) use`
fn is_public(tokens: &[TokenTree], index: usize) -> bool {
    let Some(before) = index.checked_sub(1) else { return false };
    let scope = usize::from(group_at(tokens, before, Delimiter::Parenthesis).is_some());
    before.checked_sub(scope).is_some_and(|before| is_ident(tokens, before, "pub"))
}
