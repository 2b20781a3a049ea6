//! The headers that are checked in are current, and one that is not is found.

use std::fs;
use std::path::{Path, PathBuf};

use headers::{HEADERS, Header, project_root};

/// A folder with copies of what makes one header. Removed at the end of the test.
struct Copy(PathBuf);

impl Copy {
    fn of(header: &Header, name: &str) -> Self {
        let copy = Copy(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        for path in header.sources.iter().copied().chain([header.configuration, header.output]) {
            let target = copy.0.join(path);
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::copy(project_root().join(path), target).unwrap();
        }
        copy
    }

    fn replace(&self, path: &str, old: &str, new: &str) {
        let path = self.0.join(path);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{} has no {old:?}", path.display());
        fs::write(path, text.replace(old, new)).unwrap();
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_headers_are_current() {
    for header in HEADERS {
        assert_eq!(header.check(&project_root()).unwrap(), None, "{}", header.output);
    }
}

#[test]
fn declarations_say_the_names_of_types_that_programs_may_define() {
    for header in HEADERS {
        let text = header.generate(&project_root()).unwrap();
        let is_declaration = |line: &&str| !line.trim_start().starts_with(['#', '/', '*']);
        let declarations: Vec<&str> =
            text.lines().filter(is_declaration).filter(|line| !line.starts_with("typedef")).collect();
        for (from, to) in header.type_names {
            assert!(declarations.iter().any(|line| line.contains(to)), "{}: no {to}", header.output);
            assert!(!declarations.iter().any(|line| line.contains(from)), "{}: {from}", header.output);
        }
    }
}

#[test]
fn a_change_in_the_source_is_found_and_written() {
    let shm = HEADERS.iter().find(|header| header.output == "include/shm.h").unwrap();
    let copy = Copy::of(shm, "change-in-source");
    copy.replace(shm.sources[0], "pub age: c_uint", "pub age: c_ulong");

    let difference = shm.check(&copy.0).unwrap().expect("the header is stale");
    assert!(difference.contains("-\tunsigned int age;\n+\tunsigned long age;"), "{difference}");

    assert!(shm.write(&copy.0).unwrap());
    assert_eq!(shm.check(&copy.0).unwrap(), None);
    assert!(!shm.write(&copy.0).unwrap(), "a current header is not written again");
}

#[test]
fn a_change_in_the_header_is_found() {
    let shm = HEADERS.iter().find(|header| header.output == "include/shm.h").unwrap();
    let copy = Copy::of(shm, "change-in-header");
    copy.replace(shm.output, "void shm_fini(void);", "int shm_fini(void);");
    let difference = shm.check(&copy.0).unwrap().expect("the header was changed");
    assert!(difference.contains("-int shm_fini(void);\n+void shm_fini(void);"), "{difference}");
}

#[test]
fn a_source_that_is_not_rust_is_a_failure() {
    let shm = HEADERS.iter().find(|header| header.output == "include/shm.h").unwrap();
    let copy = Copy::of(shm, "not-rust");
    copy.replace(shm.sources[0], "pub struct buffer {", "pub struct {");
    let failure = shm.check(&copy.0).unwrap_err().to_string();
    assert!(failure.contains("cannot make a header from") && failure.contains("types.rs"), "{failure}");
}
