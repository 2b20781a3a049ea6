//! A breach of every rule is found where it is, and what keeps the rules is left alone.

use layers::{Breach, Rule, check_but, house};

fn breaches(path: &str, text: &str) -> Vec<Breach> {
    check_but(&[(path.to_owned(), text.to_owned())], &[])
}

/// Exactly one breach, of this rule, on this line.
#[track_caller]
fn assert_breach(path: &str, text: &str, rule: Rule, line: usize) {
    let found = breaches(path, text);
    let summary: Vec<_> = found.iter().map(|breach| (breach.rule, breach.line)).collect();
    assert_eq!(summary, [(rule, line)], "{path}: {text}\n{found:#?}");
    assert!(found[0].to_string().starts_with(&format!("{path}:{line}: ")), "{}", found[0]);
}

#[track_caller]
fn assert_clean(path: &str, text: &str) {
    assert_eq!(breaches(path, text), [], "{path}: {text}");
}

#[test]
fn a_clean_house() {
    let files = [
        (
            "src/lib.rs",
            "#![no_std]\npub mod units;\n#[allow(unsafe_code, reason = \"system calls\")]\npub mod os;\npub mod shm;\n",
        ),
        ("src/limits.rs", "#![forbid(unsafe_code)]\npub const ROWS: i32 = 9;\n"),
        ("src/units.rs", "#![forbid(unsafe_code)]\npub struct Size(i32);\n"),
        ("src/life/mod.rs", "#![forbid(unsafe_code)]\nmod state;\npub use state::State;\n"),
        ("src/life/state.rs", "use super::super::units::Size;\nuse std::collections::BTreeMap;\npub enum State {}\n"),
        (
            "src/os/mod.rs",
            "use crate::units::Size;\n// SAFETY: no argument\npub fn f() { unsafe { libc::getpid() }; }\n",
        ),
        (
            "src/shm/mod.rs",
            "mod a;\nuse crate::{life::State, os, units};\ntype F = unsafe extern \"C\" fn(i32);\nuse self::a::b;\n",
        ),
        ("src/c_api/mod.rs", "use crate::shm;\n#[unsafe(no_mangle)]\npub extern \"C\" fn g() {}\n"),
    ];
    let files: Vec<(String, String)> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    assert_eq!(check_but(&files, &[]), []);
}

#[test]
fn a_higher_floor() {
    assert_breach("src/os/a.rs", "\nuse crate::shm::Buffer;", Rule::UsesHigherFloor, 2);
    assert_breach("src/shm/a.rs", "fn f() {\n    crate::c_api::g();\n}", Rule::UsesHigherFloor, 2);
    assert_breach("src/shm/a.rs", "use super::super::c_api;", Rule::UsesHigherFloor, 1);
    assert_breach("src/shm/a.rs", "fn f() { assert!(crate::c_api::IS_SET); }", Rule::UsesHigherFloor, 1);
    assert_breach("src/shm/a.rs", "use crate::{\n    os,\n    c_api::face,\n};", Rule::UsesHigherFloor, 3);
    assert_breach("src/shm/a.rs", "mod tests {\n    use super::super::super::c_api;\n}", Rule::UsesHigherFloor, 2);
}

#[test]
fn the_same_floor() {
    assert_breach("src/shm/a.rs", "use crate::pool;", Rule::UsesHigherFloor, 1);
    assert_breach("src/limits.rs", "#![forbid(unsafe_code)]\nuse crate::units;", Rule::UsesHigherFloor, 2);
    assert_clean("src/shm/a.rs", "use crate::shm::b;\nuse super::c;");
}

#[test]
fn what_has_no_floor() {
    assert_breach("src/attic/mod.rs", "fn f() {}", Rule::NoFloor, 1);
    assert_breach("src/shm/a.rs", "use crate::Buffer;", Rule::UsesHigherFloor, 1);
    assert_breach("src/shm/a.rs", "\nuse crate::*;", Rule::UsesHigherFloor, 2);
    assert_breach("src/shm/a.rs", "use crate as everything;", Rule::UsesHigherFloor, 1);
}

#[test]
fn an_exception_that_nothing_needs() {
    let found = breaches("src/pixman/mod.rs", "fn f() {}\n");
    assert_eq!(found.iter().map(|breach| breach.rule).collect::<Vec<_>>(), [Rule::UnneededException], "{found:#?}");
}

#[test]
fn every_exception_says_why() {
    for exception in house::EXCEPTIONS {
        assert!(exception.reason.len() > 20, "{exception:?}");
        assert!(house::floor_of(exception.from) <= house::floor_of(exception.to), "{exception:?} needs no exception");
    }
}

#[test]
fn a_pure_module_that_does_not_forbid_unsafe_code() {
    for module in house::PURE {
        assert_breach(&format!("src/{module}.rs"), "#![allow(dead_code)]\n", Rule::PureWithoutForbid, 1);
        assert_breach(&format!("src/{module}/mod.rs"), "//! Text.\n", Rule::PureWithoutForbid, 1);
        assert_clean(&format!("src/{module}/part.rs"), "fn f() {}\n");
    }
}

#[test]
fn an_effect_in_a_pure_module() {
    for module in house::PURE {
        let path = format!("src/{module}/part.rs");
        assert_breach(&path, "\nuse libc::c_int;", Rule::PureWithEffect, 2);
        assert_breach(&path, "extern crate std;", Rule::PureWithEffect, 1);
        assert_breach(&path, "extern \"C\" fn f() {}", Rule::PureWithEffect, 1);
        assert_breach(&path, "fn f() { m!(libc::getpid()) }", Rule::PureWithEffect, 1);
        assert_clean(&path, "use std::collections::HashMap;\nuse core::fmt;");
    }
    for effect in house::EFFECTS_OF_STD {
        assert_breach("src/life/part.rs", &format!("use std::{effect};"), Rule::PureWithEffect, 1);
        assert_breach("src/life/part.rs", &format!("use std::{{fmt, {effect}::X}};"), Rule::PureWithEffect, 1);
        assert_breach("src/life/part.rs", &format!("fn f() {{\n    std::{effect}::x()\n}}"), Rule::PureWithEffect, 2);
    }
    assert_clean("src/shm/a.rs", "use std::fs;\nuse libc::c_int;");
}

#[test]
fn a_long_file() {
    assert_clean("src/shm/a.rs", &"//\n".repeat(house::FILE_LINES));
    assert_breach("src/shm/a.rs", &"//\n".repeat(house::FILE_LINES + 1), Rule::LongFile, house::FILE_LINES + 1);
}

#[test]
fn what_is_not_rust() {
    assert_breach("src/shm/a.rs", "fn f() {}\nfn {", Rule::NotRust, 2);
}
