//! What a list may say, and what is said of one that is wrong.

use planted::list::{Fault, parse};
use planted::suite::Suite;

const LIST: &str = "\
# A remark.

wrap_late: the view wraps late
in src/scroll/plan.rs
found by cargo test --test scroll steady
-if end > self.extent {
-    wrap();
+if end > self.extent + 1 {
+    wrap();

lost: a buffer is lost
in src/shm/make.rs
found by c-tests/shm/test_life buffers_are_zero
-    keep(buffer);
";

fn faults() -> Vec<Fault> {
    parse(LIST).unwrap()
}

#[test]
fn a_list_says_what_is_changed_and_what_finds_it() {
    let found = faults();
    assert_eq!(found.iter().map(|fault| fault.name.as_str()).collect::<Vec<_>>(), ["wrap_late", "lost"]);
    assert_eq!(found[0].path, "src/scroll/plan.rs");
    assert_eq!(found[0].suite.to_string(), "cargo test --test scroll steady");
    assert_eq!(found[0].before, "if end > self.extent {\n    wrap();");
    assert_eq!(found[1].after, "", "a line may go without another in its place");
    let c_suite = Suite::C { program: "c-tests/shm/test_life".into(), arguments: vec!["buffers_are_zero".into()] };
    assert_eq!(found[1].suite, c_suite);
}

#[test]
fn a_text_that_is_not_there_once_is_refused() {
    let fault = &faults()[1];
    assert_eq!(fault.planted_in("{\n    keep(buffer);\n}").unwrap(), "{\n\n}");
    assert!(fault.planted_in("{}").unwrap_err().contains("not in src/shm/make.rs any more"));
    assert!(fault.planted_in("    keep(buffer);    keep(buffer);").unwrap_err().contains("2 times"));
}

#[test]
fn what_is_no_list_is_refused() {
    let instead = |from: &str, to: &str| parse(&LIST.replace(from, to)).unwrap_err();
    assert!(instead("lost: a buffer is lost", "lost").contains("NAME: WHAT"));
    assert!(instead("in src/shm/make.rs", "src/shm/make.rs").contains("in FILE"));
    assert!(instead("found by c-tests", "c-tests").contains("found by SUITE"));
    assert!(instead("found by c-tests", "found by make check c-tests").contains("neither"));
    assert!(instead("-    keep(buffer);", "+    keep(buffer);").contains("lines with - and then"));
    assert!(instead("-    keep(buffer);", "-    keep(buffer);\n+    keep(buffer);").contains("nothing is changed"));
    assert!(instead("-    keep(buffer);\n", "").contains("lines with - and then"));
}

/// `make lint` says the same, with what to do.
#[test]
fn the_lists_of_the_project_fit_its_sources() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let faults = planted::read(&root).unwrap();
    assert!(faults.len() >= 60, "only {} faults", faults.len());
}
