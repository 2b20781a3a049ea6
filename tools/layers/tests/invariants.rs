//! The numbers of invariants in the code and those in the table are the same.

use layers::{Rule, check};

/// Path and line of each breach.
#[track_caller]
fn assert_faults(code: &str, tables: &str, expected: &[(&str, usize)]) {
    let files = [("src/shm/a.rs".to_owned(), code.to_owned()), ("docs/architecture.md".to_owned(), tables.to_owned())];
    let found = check(&files);
    assert!(found.iter().all(|breach| breach.rule == Rule::InvariantTable), "{found:#?}");
    let found: Vec<_> = found.iter().map(|breach| (breach.path.as_str(), breach.line)).collect();
    assert_eq!(found, expected, "{code}\n{tables}");
}

const CODE: &str =
    "fn f() {\n    assert!(a, \"invariant S1: a is there\");\n    b.expect(\"invariant S12: b too\");\n}";
const TABLES: &str =
    "| number | what holds | held by |\n|---|---|---|\n| S1 | a is there | a test |\n| S12 | b too | none |\n";

#[test]
fn the_same_numbers() {
    assert_faults(CODE, TABLES, &[]);
    assert_faults(CODE, &format!("# Text\n\n{TABLES}\n| more | H |\n|---|---|\n| A1 b | c |\n"), &[]);
    assert_faults(&format!("{CODE}\nfn g() {{ assert!(c, \"invariant S1: a is there\") }}"), TABLES, &[]);
    // Only what the code says of itself, not what its texts say of others.
    assert_faults(&format!("// invariant S3: none\n{CODE}\nfn g() {{ \"of invariant S4: x\"; }}"), TABLES, &[]);
}

#[test]
fn a_number_without_a_row() {
    let rows: Vec<&str> = TABLES.lines().collect();
    assert_faults(CODE, &rows[..3].join("\n"), &[("src/shm/a.rs", 3)]);
    assert_faults(CODE, "", &[("src/shm/a.rs", 2), ("src/shm/a.rs", 3)]);
}

#[test]
fn a_row_without_a_number() {
    assert_faults(CODE, &format!("{TABLES}| H1 | c | a test |"), &[("docs/architecture.md", 5)]);
    assert_faults("", TABLES, &[("docs/architecture.md", 3), ("docs/architecture.md", 4)]);
}

#[test]
fn a_row_that_no_test_holds() {
    assert_faults(CODE, &TABLES.replace("none", ""), &[("docs/architecture.md", 4)]);
    assert_faults(CODE, &TABLES.replace("| none |", ""), &[("docs/architecture.md", 4)]);
}

#[test]
fn one_number_twice() {
    let other = format!("{CODE}\nfn g() {{ assert!(c, \"invariant S1: c is not there\") }}");
    assert_faults(&other, TABLES, &[("src/shm/a.rs", 5)]);
    assert_faults(CODE, &format!("{TABLES}| S1 | a | a test |"), &[("docs/architecture.md", 5)]);
}
