//! Circles of imports: in each folder, its files and the folders in it, each of which counts as one.
//!
//! What a file means by a name is looked up as the compiler does: `super::Failure` is the file that has `Failure`, also
//! where `mod.rs` only hands it on. So a `mod.rs` is a part of a circle only with what it has itself, and what it uses.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::paths::{ALL, Names, Path, Place, paths};
use crate::source::Source;

/// `a` uses `b`, which uses `a`: the files or folders in this order, and where the first uses the second.
#[derive(Debug, PartialEq, Eq)]
pub struct Circle {
    /// `["shm"]`
    pub folder: Vec<String>,
    pub members: Vec<String>,
    pub path: String,
    pub line: usize,
}

/// Every module that is a folder.
pub fn folders(sources: &[Source]) -> BTreeSet<Vec<String>> {
    sources.iter().flat_map(|source| (1..source.module.len()).map(|length| source.module[..length].to_vec())).collect()
}

pub fn circles(sources: &[Source]) -> Vec<Circle> {
    let files = Files::new(sources);
    let uses = files.uses();
    folders(sources).into_iter().flat_map(|folder| circles_in(&folder, sources, &uses)).collect()
}

/// From one source to another, and the line.
type Uses = BTreeMap<(usize, usize), usize>;

struct Files<'a> {
    sources: &'a [Source],
    names: Vec<Names>,
    defined: Vec<BTreeSet<String>>,
    by_module: BTreeMap<&'a [String], usize>,
}

/// More names that only stand for others than any path goes through.
const HANDED_ON_MAX: usize = 8;

impl<'a> Files<'a> {
    fn new(sources: &'a [Source]) -> Files<'a> {
        Files {
            sources,
            names: sources.iter().map(Names::of).collect(),
            defined: sources.iter().map(defined).collect(),
            by_module: sources.iter().enumerate().map(|(index, source)| (source.module.as_slice(), index)).collect(),
        }
    }

    fn uses(&self) -> Uses {
        let mut uses = Uses::new();
        for (index, source) in self.sources.iter().enumerate() {
            for Path { segments, line, place } in paths(source, &self.names[index]) {
                let hands_on = place == Place::PublicUse && source.is_head_of_folder();
                if place == Place::Test || hands_on {
                    continue;
                }
                let mut found = BTreeSet::new();
                self.resolve(&segments, HANDED_ON_MAX, &mut found);
                for used in found {
                    uses.entry((index, used)).or_insert(line);
                }
            }
        }
        uses
    }

    /// The files that a path leads to.
    fn resolve(&self, path: &[String], depth: usize, found: &mut BTreeSet<usize>) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let known = (1..=path.len()).rev().find_map(|length| Some((length, *self.by_module.get(&path[..length])?)));
        let Some((length, file)) = known else { return };
        let only_hands_on = self.sources[file].is_head_of_folder();
        let Some(name) = path.get(length) else {
            // The module itself is named. What of a folder's is meant, other paths say.
            if !only_hands_on {
                found.insert(file);
            }
            return;
        };
        if name == ALL {
            found.insert(file);
            self.names[file].bound.values().for_each(|bound| self.resolve(bound, depth, found));
            return;
        }
        let rest = &path[length + 1..];
        let bound = self.names[file].bound.get(name);
        let handed_on = match bound {
            Some(bound) => Some([bound, rest].concat()),
            None if self.defined[file].contains(name) => None,
            None => self.names[file].globs.iter().find_map(|glob| self.through_glob(glob, &path[length..])),
        };
        if handed_on.is_none() || !only_hands_on {
            found.insert(file);
        }
        if let Some(handed_on) = handed_on {
            self.resolve(&handed_on, depth, found);
        }
    }

    /// `pub use a::*` has what `a` has.
    fn through_glob(&self, glob: &[String], rest: &[String]) -> Option<Vec<String>> {
        let module = glob.strip_suffix(&[ALL.to_owned()])?;
        let file = *self.by_module.get(module)?;
        self.defined[file].contains(rest.first()?).then(|| [module, rest].concat())
    }
}

/// The names of a file's own items.
fn defined(source: &Source) -> BTreeSet<String> {
    let name = |item: &syn::Item| match item {
        syn::Item::Const(item) => Some(item.ident.to_string()),
        syn::Item::Enum(item) => Some(item.ident.to_string()),
        syn::Item::Fn(item) => Some(item.sig.ident.to_string()),
        syn::Item::Macro(item) => item.ident.as_ref().map(ToString::to_string),
        syn::Item::Static(item) => Some(item.ident.to_string()),
        syn::Item::Struct(item) => Some(item.ident.to_string()),
        syn::Item::Trait(item) => Some(item.ident.to_string()),
        syn::Item::Type(item) => Some(item.ident.to_string()),
        syn::Item::Union(item) => Some(item.ident.to_string()),
        _ => None,
    };
    source.syntax.items.iter().filter_map(name).collect()
}

/// Who uses whom in a folder, and where.
type Neighbours<'a> = BTreeMap<&'a str, BTreeMap<&'a str, (usize, usize)>>;

fn circles_in(folder: &[String], sources: &[Source], uses: &Uses) -> Vec<Circle> {
    let member = |index: usize| sources[index].member_of(folder);
    let mut neighbours = Neighbours::new();
    for ((from, to), line) in uses {
        if let (Some(user), Some(used)) = (member(*from), member(*to)) {
            if user != used {
                neighbours.entry(user).or_default().entry(used).or_insert((*from, *line));
            }
        }
    }
    let mut ways: Vec<Vec<&str>> = neighbours.keys().filter_map(|start| way(start, start, &neighbours)).collect();
    ways.sort_by_key(Vec::len);
    // Of what is knotted together, the shortest circle is told.
    let mut told: Vec<Vec<&str>> = Vec::new();
    for circle in ways {
        let is_knotted_with = |other: &Vec<&str>| {
            way(circle[0], other[0], &neighbours).is_some() && way(other[0], circle[0], &neighbours).is_some()
        };
        if !told.iter().any(is_knotted_with) {
            told.push(circle);
        }
    }
    told.sort();
    told.into_iter().map(|way| circle(folder, &way, sources, &neighbours)).collect()
}

fn circle(folder: &[String], way: &[&str], sources: &[Source], neighbours: &Neighbours<'_>) -> Circle {
    let next = way.get(1).copied().unwrap_or(way[0]);
    let (from, line) = neighbours[way[0]][next];
    let members = way.iter().map(|member| (*member).to_owned()).collect();
    Circle { folder: folder.to_vec(), members, path: sources[from].path.clone(), line }
}

/// The shortest way from one to another, or round to the same: without its end.
fn way<'a>(start: &'a str, end: &str, neighbours: &Neighbours<'a>) -> Option<Vec<&'a str>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(place) = waiting.pop_front() {
        for next in neighbours.get(place).into_iter().flat_map(BTreeMap::keys) {
            if *next == end {
                let mut way = vec![place];
                while let Some(before) = came_from.get(way[way.len() - 1]) {
                    way.push(before);
                }
                way.reverse();
                return Some(way);
            }
            if *next != start && !came_from.contains_key(next) {
                came_from.insert(next, place);
                waiting.push_back(next);
            }
        }
    }
    None
}
