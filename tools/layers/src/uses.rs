//! Which modules below the root of the crate a file names, other than its own.

use crate::paths::{self, Names};
use crate::source::Source;

/// A name directly below the root of the crate that a file uses.
#[derive(Debug, PartialEq, Eq)]
pub struct Use {
    pub name: String,
    pub line: usize,
}

/// What stands in `Use::name` when a file takes the root itself, and with it everything.
pub const ROOT: &str = paths::ALL;

pub fn uses(source: &Source) -> Vec<Use> {
    let paths = paths::paths(source, &Names::default()).into_iter();
    let names = paths.filter_map(|path| Some(Use { name: path.segments.into_iter().next()?, line: path.line }));
    let mut found: Vec<Use> = names.filter(|used| Some(used.name.as_str()) != source.top_module()).collect();
    found.dedup();
    found
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
        assert_eq!(names_in("src/a.rs", "pub(crate) fn f() {} pub(in crate::b) fn g() {}"), ["b"]);
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
        assert_eq!(names_in("src/a.rs", "use crate::*;\nuse crate as all;\nuse super::*;"), [ROOT, ROOT, ROOT]);
    }

    #[test]
    fn no_paths() {
        assert_eq!(
            names_in("src/a.rs", "/// [`crate::b`]\nfn f(&self) { \"crate::b\"; core::c(); self.d }"),
            Vec::<String>::new()
        );
    }
}
