//! A circle of imports between the files of a folder is found, whatever way the imports are written.

use layers::{Breach, Rule, check_but};

fn breaches(files: &[(&str, &str)]) -> Vec<Breach> {
    breaches_but(files, &[])
}

fn breaches_but(files: &[(&str, &str)], folders_with_circles: &[&str]) -> Vec<Breach> {
    let files: Vec<(String, String)> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    check_but(&files, folders_with_circles)
}

/// Two files: does the second, which is used by the first, use the first?
#[track_caller]
fn assert_circle(is_one: bool, head: &str, one: &str, other: &str) {
    let found = breaches(&[("src/pool/mod.rs", head), ("src/pool/a.rs", one), ("src/pool/b.rs", other)]);
    let rules: Vec<_> = found.iter().map(|breach| breach.rule).collect();
    let expected = if is_one { vec![Rule::ImportCircle] } else { Vec::new() };
    assert_eq!(rules, expected, "{head} / {one} / {other}\n{found:#?}");
}

const HEAD: &str = "mod a;\nmod b;\npub use a::A;\nuse b::B;";
const HAS_A: &str = "pub struct A;\nfn f() {}";

#[test]
fn however_it_is_written() {
    let users = [
        "use super::b;",
        "use super::b::B;",
        "use crate::pool::b::{self, B};",
        "use super::{b::{B as C}, super::units};",
        "use super::super::pool::b::*;",
        "fn g() { super::b::h() }",
        "fn g() { assert!(crate::pool::b::IS_SET); }",
        "type T = Vec<super::b::B>;",
        // Through mod.rs, which only hands it on.
        "use super::B;",
        "use crate::pool::{B};",
        "fn g(_: super::B) {}",
        "use super::*;",
        "mod inner { use super::super::b::B; }",
    ];
    let used = ["use super::a::A;", "use super::A;", "use crate::pool::A as Other;", "fn i() { super::a::f() }"];
    for user in users {
        let user = format!("{HAS_A}\n{user}");
        for used in used {
            let used = format!("pub struct B;\n{used}");
            assert_circle(true, HEAD, &user, &used);
            assert_circle(false, HEAD, HAS_A, &used);
            assert_circle(false, HEAD, &user, "pub struct B;");
        }
    }
}

#[test]
fn what_is_no_circle() {
    let uses_b = "pub struct A;\nuse super::b::B;";
    for other in [
        "pub struct B;\n#[cfg(test)]\nmod tests { use super::super::a::A; use super::*; }",
        "pub struct B;\n#[cfg(all(test, feature = \"std\"))]\nmod tests { use crate::pool::a::A; }",
        "pub struct B;\n/// [`super::a::A`]\nfn f(&self) { self.a(); \"super::a::A\"; core::a::A; }",
        "pub struct B;\npub(super) fn f() {}",
        "pub struct B;\nuse crate::units::a::A;",
        "pub struct B;\nuse self::B as C;\nfn f() { B::new() }",
    ] {
        assert_circle(false, HEAD, uses_b, other);
    }
}

#[test]
fn through_what_a_file_hands_on() {
    // b is used through c, and through everything that c has.
    for middle in ["pub use super::b::B;", "pub use super::b::*;"] {
        let files = [
            ("src/pool/mod.rs", "mod a;\nmod b;\nmod c;"),
            ("src/pool/a.rs", "pub struct A;\nuse super::c::B;"),
            ("src/pool/b.rs", "pub struct B;\nuse super::a::A;"),
            ("src/pool/c.rs", middle),
        ];
        let found = breaches(&files);
        assert_eq!(found.iter().map(|breach| breach.rule).collect::<Vec<_>>(), [Rule::ImportCircle], "{found:#?}");
    }
}

#[test]
fn a_head_that_does_something_itself() {
    let child = "use super::f;";
    for head in
        ["mod a;\nfn f() {}\nfn g() { a::h() }", "mod a;\nuse a::h;\nfn f() {}", "mod a;\nuse self::a::h;\nfn f() {}"]
    {
        let found = breaches(&[("src/pool/mod.rs", head), ("src/pool/a.rs", child)]);
        assert_eq!(found.iter().map(|breach| breach.rule).collect::<Vec<_>>(), [Rule::ImportCircle], "{head}");
    }
    let head = "mod a;\npub use a::h;\npub(crate) use a::i;\nfn f() {}";
    assert_eq!(breaches(&[("src/pool/mod.rs", head), ("src/pool/a.rs", child)]), []);
}

#[test]
fn a_long_way_round() {
    let found = breaches(&[
        ("src/pool/mod.rs", "mod a;\nmod b;\nmod c;\nmod d;"),
        ("src/pool/a.rs", "\nuse super::b;"),
        ("src/pool/b.rs", "use super::c;"),
        ("src/pool/c.rs", "fn f() {\n    super::a::f()\n}"),
        ("src/pool/d.rs", "use super::a;"),
    ]);
    let summary: Vec<_> = found.iter().map(|breach| (breach.path.as_str(), breach.line, breach.rule)).collect();
    assert_eq!(summary, [("src/pool/a.rs", 2, Rule::ImportCircle)], "{found:#?}");
    assert!(found[0].message.contains("in pool, a uses b uses c uses a:"), "{}", found[0].message);
}

#[test]
fn folders_in_a_folder_count_as_one() {
    let files = [
        ("src/pool/mod.rs", "mod x;\nmod y;"),
        ("src/pool/x/mod.rs", "pub mod a;\npub mod b;"),
        ("src/pool/x/a.rs", "use crate::pool::y::c;"),
        ("src/pool/x/b.rs", ""),
        ("src/pool/y/mod.rs", "pub mod c;\npub mod d;"),
        ("src/pool/y/c.rs", ""),
        ("src/pool/y/d.rs", "use super::super::x;\nfn f() { x::b::g() }"),
    ];
    let found = breaches(&files);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].message.contains("in pool, x uses y uses x:"), "{}", found[0].message);
    // Inside a folder, as in any.
    let found = breaches(&[
        ("src/pool/mod.rs", "mod x;"),
        ("src/pool/x/mod.rs", "mod a;\nmod b;"),
        ("src/pool/x/a.rs", "use super::b;"),
        ("src/pool/x/b.rs", "use super::a;"),
    ]);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].message.contains("in pool/x, a uses b uses a:"), "{}", found[0].message);
}

#[test]
fn an_entry_of_the_list_that_nothing_needs() {
    let (head, one) = (("src/pool/mod.rs", "mod a;\nmod b;"), ("src/pool/a.rs", "use super::b;"));
    let clean = breaches_but(&[head, one, ("src/pool/b.rs", "")], &["pool"]);
    assert_eq!(clean.iter().map(|breach| breach.rule).collect::<Vec<_>>(), [Rule::UnneededException], "{clean:#?}");
    let circle = [head, one, ("src/pool/b.rs", "use super::a;")];
    assert_eq!(breaches_but(&circle, &["pool"]), []);
    assert_eq!(breaches_but(&circle, &[]).len(), 1);
}
