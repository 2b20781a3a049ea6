//! The test of the test: a header that does not say what src/c_api/shm.rs says is found out.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One fault in shm.h: what is replaced, in order, and a word that the complaint must contain.
struct Mutation {
    name: &'static str,
    replacements: &'static [(&'static str, &'static str)],
    complaint: &'static str,
}

const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "width and height change places",
        replacements: &[
            ("int width;", "int former_width;"),
            ("int height;", "int width;"),
            ("int former_width;", "int height;"),
        ],
        complaint: "height",
    },
    Mutation {
        name: "a parameter is long instead of int",
        replacements: &[("struct buffer *buf, int rows,", "struct buffer *buf, long rows,")],
        complaint: "shm_scroll",
    },
    Mutation {
        name: "a function returns int instead of bool",
        replacements: &[("bool shm_can_scroll(", "int shm_can_scroll(")],
        complaint: "shm_can_scroll",
    },
    Mutation {
        name: "a parameter is missing",
        replacements: &[("shm_purge(struct wl_shm *shm, unsigned long cookie)", "shm_purge(struct wl_shm *shm)")],
        complaint: "shm_purge",
    },
    Mutation {
        name: "a pointer is not to const",
        replacements: &[("shm_can_scroll(const struct buffer *", "shm_can_scroll(struct buffer *")],
        complaint: "shm_can_scroll",
    },
    Mutation {
        name: "a field is int instead of unsigned",
        replacements: &[("unsigned int age;", "int age;")],
        complaint: "age",
    },
    Mutation {
        name: "a field follows the last",
        replacements: &[("pixman_region32_t dirty;", "pixman_region32_t dirty; int one_more;")],
        complaint: "buffer size",
    },
    Mutation {
        name: "a constant has another value",
        replacements: &[("SHM_ERRORS_RETURN 1", "SHM_ERRORS_RETURN 2")],
        complaint: "SHM_ERRORS_RETURN",
    },
    Mutation {
        name: "a callback takes another argument",
        replacements: &[("(int level, const char *message,", "(int level, char *message,")],
        complaint: "shm_set_log_handler",
    },
];

#[test]
fn faults_in_the_header_are_found() {
    let header = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../include/shm.h")).unwrap();

    let (agrees, output) = compare(&header);
    assert!(agrees, "the header as it is must pass, or the rest says nothing:\n{output}");

    for mutation in MUTATIONS {
        let mutated = mutation.replacements.iter().fold(header.clone(), |text, (old, new)| {
            assert_eq!(text.matches(old).count(), 1, "{}: {old:?} must be in shm.h once", mutation.name);
            text.replace(old, new)
        });
        let (agrees, output) = compare(&mutated);
        assert!(!agrees, "not found: {}", mutation.name);
        assert!(output.contains(mutation.complaint), "{}: found for another reason:\n{output}", mutation.name);
    }
    println!("abi: all {} faults were found", MUTATIONS.len());
}

/// Runs tests/header.rs with this text as shm.h: whether it passed, and what it said.
fn compare(header: &str) -> (bool, String) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mutated-header");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("shm.h"), header).unwrap();
    let output = Command::new(env::var_os("CARGO").expect("cargo sets CARGO"))
        .args(["test", "--quiet", "--offline", "--package", "abi", "--features", "mutated_header", "--test", "header"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("MILLPOND_HEADERS", &folder)
        .env_remove("FOOT_HEADERS")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said.into_owned())
}
