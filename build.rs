//! Finds libwayland-client and pixman, and says which way of sending requests libwayland has.
//!
//! When meson links, it has looked for the two itself and passes what this needs:
//! `MILLPOND_LINKED_BY_CALLER=1` and `MILLPOND_WAYLAND_VERSION=1.21.0`. Then pkg-config is not asked.

use std::env;

/// The first libwayland with `wl_proxy_marshal_array_flags`, which sends and destroys in one step.
const MARSHAL_FLAGS_SINCE: (u32, u32) = (1, 20);

fn main() {
    println!("cargo:rerun-if-env-changed=MILLPOND_LINKED_BY_CALLER");
    println!("cargo:rerun-if-env-changed=MILLPOND_WAYLAND_VERSION");
    println!("cargo:rerun-if-changed=build.rs");

    let version = if env::var_os("MILLPOND_LINKED_BY_CALLER").is_some() {
        env::var("MILLPOND_WAYLAND_VERSION").unwrap_or_else(|_| "1.10".into())
    } else {
        probe("pixman-1", "0.36");
        let found = probe("wayland-client", "1.10");
        env::var("MILLPOND_WAYLAND_VERSION").unwrap_or(found)
    };
    if major_minor(&version) >= MARSHAL_FLAGS_SINCE {
        println!("cargo:rustc-cfg=wayland_marshal_flags");
    }
}

fn probe(name: &str, at_least: &str) -> String {
    match pkg_config::Config::new().atleast_version(at_least).probe(name) {
        Ok(library) => library.version,
        Err(error) => {
            eprintln!(
                "millpond needs {name} {at_least} or newer (Debian: apt-get install libpixman-1-dev libwayland-dev)"
            );
            panic!("{error}");
        }
    }
}

fn major_minor(version: &str) -> (u32, u32) {
    let mut numbers = version.split('.').map(|part| part.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}
