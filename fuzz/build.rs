//! Compiles what the scripts play in: the program that has a pool, the test compositor, and programs with buffers.

use std::path::Path;

#[path = "../tools/rust-tests/compositor.rs"]
mod compositor;

/// The versions of foot whose headers are used; 10400: that with cookies. 11301 records scrolls, 11600 does not.
const FACES: [u32; 3] = [10400, 11301, 11600];

fn main() {
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=../include");
    compile("fuzz_program", "src/pool/program.c", &[]);
    compile("fuzz_space", "src/pool/space.c", &[]);
    for version in FACES {
        let defines = [("FACE_VERSION", version.to_string()), ("FACE", format!("face_{version}"))];
        compile(&format!("fuzz_face_{version}"), "src/buffers/face.c", &defines);
    }
    compositor::compile(Path::new("../tools"));
}

fn compile(name: &str, source: &str, defines: &[(&str, String)]) {
    let mut compiler = cc::Build::new();
    for library in ["wayland-client", "pixman-1"] {
        let found = pkg_config::probe_library(library)
            .unwrap_or_else(|reason| panic!("{library} is needed (Debian: libwayland-dev, libpixman-1-dev): {reason}"));
        compiler.includes(found.include_paths);
    }
    for (define, value) in defines {
        compiler.define(define, value.as_str());
    }
    compiler
        .file(source)
        .include("../include")
        .std("gnu99")
        .warnings(true)
        .extra_warnings(true)
        .warnings_into_errors(true)
        .compile(name);
}
