//! Writes, for each header, a program that compares it with the Rust sources.

mod comparison;
mod flatten;

use std::env;
use std::path::{Path, PathBuf};

use comparison::{Comparison, Scope};
use flatten::Extent;

const SHM: (&str, Extent) = ("src/c_api/shm.rs", Extent::All);
const LIBRARIES: &[(&str, Extent)] = &[
    ("src/pixman/raw.rs", Extent::All),
    ("src/pixman/mod.rs", Extent::Named),
    ("src/wayland/raw.rs", Extent::All),
    ("src/wayland/mod.rs", Extent::Named),
    ("src/wayland/requests.rs", Extent::Named),
];

/// What the original shm.h has. All else in src/c_api/shm.rs is millpond's own.
const ORIGINAL_NAMES: &[&str] =
    &["buffer", "shm_get_buffer", "shm_fini", "shm_set_max_pool_size", "shm_can_scroll", "shm_scroll", "shm_purge"];

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-env-changed=MILLPOND_HEADERS");
    println!("cargo::rerun-if-env-changed=FOOT_HEADERS");
    println!("cargo::rustc-check-cfg=cfg(has_original_headers)");

    let everything = [LIBRARIES, &[SHM]].concat();

    let headers = ["pixman.h", "wayland-client.h"];
    Comparison { name: "libraries", root: &root, sources: LIBRARIES, headers: &headers, scope: Scope::All }.write(None);

    // Another folder than include/ is what tests/mutations.rs gives.
    let own = env::var_os("MILLPOND_HEADERS").map_or_else(|| root.join("include"), PathBuf::from);
    let headers = ["shm.h"];
    Comparison { name: "header", root: &root, sources: &everything, headers: &headers, scope: Scope::LastSource }
        .write(Some(&own));

    if let Some(original) = env::var_os("FOOT_HEADERS") {
        println!("cargo::rustc-cfg=has_original_headers");
        let scope = Scope::Names(ORIGINAL_NAMES);
        Comparison { name: "original", root: &root, sources: &everything, headers: &headers, scope }
            .write(Some(Path::new(&original)));
    }
}
