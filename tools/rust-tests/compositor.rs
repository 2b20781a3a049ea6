//! Compiles the test compositor of c-tests, with the server's side of xdg-shell: for the build scripts of Rust programs that
//! use it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The compositor, and the client's side of a surface.
const SOURCES: &[&str] = &["fail.c", "hold.c", "rules.c", "run.c", "shell.c", "surface.c", "watch.c", "window.c"];

/// `tools` is the folder of that name, from where the build script runs.
pub fn compile(tools: &Path) {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let c_tests = tools.join("../c-tests");
    let layout = tools.join("rust-tests/src/layout.c");
    println!("cargo::rerun-if-changed={}", c_tests.join("compositor").display());
    println!("cargo::rerun-if-changed={}", layout.display());

    let protocol = variable("wayland-protocols", "pkgdatadir") + "/stable/xdg-shell/xdg-shell.xml";
    scan("server-header", &protocol, &out.join("xdg-shell-server-protocol.h"));
    scan("private-code", &protocol, &out.join("xdg-shell-protocol.c"));

    let mut compiler = cc::Build::new();
    for library in ["wayland-server", "wayland-client", "pixman-1"] {
        compiler.includes(probe(library).include_paths);
    }
    compiler
        .files(SOURCES.iter().map(|source| c_tests.join("compositor").join(source)))
        .file(layout)
        .file(out.join("xdg-shell-protocol.c"))
        .include(&c_tests)
        .include(&out)
        .std("gnu99")
        .define("_GNU_SOURCE", None)
        .warnings(true)
        .warnings_into_errors(true)
        .compile("test_compositor");
    // Once more, behind the library that needs it.
    println!("cargo::rustc-link-lib=wayland-server");
}

fn probe(library: &str) -> pkg_config::Library {
    pkg_config::probe_library(library)
        .unwrap_or_else(|reason| panic!("{library} is needed (Debian: libwayland-dev, libpixman-1-dev): {reason}"))
}

fn variable(package: &str, name: &str) -> String {
    pkg_config::get_variable(package, name)
        .unwrap_or_else(|reason| panic!("{package} is needed (Debian: wayland-protocols, libwayland-dev): {reason}"))
}

fn scan(what: &str, protocol: &str, target: &Path) {
    let scanner = variable("wayland-scanner", "wayland_scanner");
    let status = Command::new(&scanner).arg(what).arg(protocol).arg(target).status();
    assert!(status.is_ok_and(|status| status.success()), "{scanner} {what} {protocol} failed");
}
