//! Finds libwayland-client and pixman for the half `shm`, and says which way of sending requests libwayland has.
//!
//! When meson links, it has looked for the two itself and passes what this needs:
//! `MILLPOND_LINKED_BY_CALLER=1` and `MILLPOND_WAYLAND_VERSION=1.21.0`. Then pkg-config is not asked.
//!
//! `MILLPOND_SYMBOL_PREFIX=word_` exports `word_poolalloc` instead of `poolalloc`, and so on.

use std::env;

/// The first libwayland with `wl_proxy_marshal_array_flags`, which sends and destroys in one step.
const MARSHAL_FLAGS_SINCE: (u32, u32) = (1, 20);

fn main() {
    for variable in ["MILLPOND_LINKED_BY_CALLER", "MILLPOND_WAYLAND_VERSION", "MILLPOND_SYMBOL_PREFIX"] {
        println!("cargo:rerun-if-env-changed={variable}");
    }
    println!("cargo:rerun-if-changed=build.rs");
    // The shared library of cargo stays in memory when a program closes it, like that of meson.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");

    if env::var_os("CARGO_FEATURE_SHM").is_some() && major_minor(&wayland_version()) >= MARSHAL_FLAGS_SINCE {
        println!("cargo:rustc-cfg=wayland_marshal_flags");
    }
    let prefix = env::var("MILLPOND_SYMBOL_PREFIX").unwrap_or_default();
    if !prefix.is_empty() {
        assert!(begins_a_name(&prefix), "MILLPOND_SYMBOL_PREFIX={prefix}: letters, digits and _, not a digit first");
        println!("cargo:rustc-cfg=has_symbol_prefix");
        println!("cargo:rustc-env=MILLPOND_SYMBOL_PREFIX={prefix}");
    }
}

/// Makes sure that the two libraries are linked, by us or by the caller.
fn wayland_version() -> String {
    if env::var_os("MILLPOND_LINKED_BY_CALLER").is_some() {
        return env::var("MILLPOND_WAYLAND_VERSION").unwrap_or_else(|_| "1.10".into());
    }
    probe("pixman-1", "0.36");
    let found = probe("wayland-client", "1.10");
    env::var("MILLPOND_WAYLAND_VERSION").unwrap_or(found)
}

fn begins_a_name(prefix: &str) -> bool {
    !prefix.starts_with(|first: char| first.is_ascii_digit())
        && prefix.chars().all(|each| each.is_ascii_alphanumeric() || each == '_')
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
