//! Finds libwayland-client and pixman for the half `shm`, and says which way of sending requests libwayland has.
//!
//! When meson links, it has looked for the two itself and passes what this needs:
//! `MILLPOND_LINKED_BY_CALLER=1` and `MILLPOND_WAYLAND_VERSION=1.21.0`. Then pkg-config is not asked.
//!
//! `MILLPOND_SYMBOL_PREFIX=word_` exports `word_poolalloc` instead of `poolalloc`, and so on.
//!
//! `MILLPOND_PROBES=false` leaves the probes out, which are there otherwise where the machine is x86_64, i686 or aarch64.
//!
//! For cargo-c it collects what is installed beside the library: what belongs to the halves that are in.

use std::path::{Path, PathBuf};
use std::process::exit;
use std::{env, fs, io};

/// The first libwayland with `wl_proxy_marshal_array_flags`, which sends and destroys in one step.
const MARSHAL_FLAGS_SINCE: (u32, u32) = (1, 20);

fn main() {
    for variable in
        ["MILLPOND_LINKED_BY_CALLER", "MILLPOND_WAYLAND_VERSION", "MILLPOND_SYMBOL_PREFIX", "MILLPOND_PROBES"]
    {
        println!("cargo:rerun-if-env-changed={variable}");
    }
    println!("cargo:rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("linux") {
        println!(
            "cargo::error=millpond needs Linux: memory files, futexes, and what madvise and mincore say there (docs/packaging.md)"
        );
        exit(1);
    }
    if has_feature("CAPI") {
        collect_for_cargo_c().expect("what cargo-c installs can be copied");
    }
    // The shared library of cargo stays in memory when a program closes it, like that of meson.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");

    if has_feature("SHM") && major_minor(&wayland_version()) >= MARSHAL_FLAGS_SINCE {
        println!("cargo:rustc-cfg=wayland_marshal_flags");
    }
    if may_have_probes() {
        println!("cargo:rustc-cfg=has_probes");
    }
    let prefix = env::var("MILLPOND_SYMBOL_PREFIX").unwrap_or_default();
    if !prefix.is_empty() {
        assert!(begins_a_name(&prefix), "MILLPOND_SYMBOL_PREFIX={prefix}: letters, digits and _, not a digit first");
        println!("cargo:rustc-cfg=has_symbol_prefix");
        println!("cargo:rustc-env=MILLPOND_SYMBOL_PREFIX={prefix}");
    }
}

/// True unless `MILLPOND_PROBES=false`, on machines whose notes the tools can read.
fn may_have_probes() -> bool {
    let variable = |name| env::var(name).unwrap_or_default();
    let machine = (variable("CARGO_CFG_TARGET_ARCH"), variable("CARGO_CFG_TARGET_POINTER_WIDTH"));
    let is_known = matches!((machine.0.as_str(), machine.1.as_str()), ("x86_64" | "aarch64", "64") | ("x86", "32"));
    match variable("MILLPOND_PROBES").as_str() {
        "" | "true" => is_known,
        "false" => false,
        other => panic!("MILLPOND_PROBES={other}: true or false"),
    }
}

fn has_feature(name: &str) -> bool {
    env::var_os(format!("CARGO_FEATURE_{name}")).is_some()
}

/// Headers, manual pages and files for pkg-config, in the folders of Cargo.toml's `capi.install`.
fn collect_for_cargo_c() -> io::Result<()> {
    let output = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says OUT_DIR"));
    for folder in ["include", "share"] {
        let _ = fs::remove_dir_all(output.join(folder));
    }
    let mut files =
        vec![("include/millpond.h", "include/millpond/millpond.h"), ("man/millpond.3", "share/man/man3/millpond.3")];
    if has_feature("POOL") {
        files.extend([("include/pool.h", "include/millpond/pool.h"), ("man/pool.3", "share/man/man3/pool.3")]);
    }
    if has_feature("SHM") {
        files.extend([
            ("include/shm.h", "include/millpond/shm.h"),
            ("include/chain/shm.h", "include/millpond-chain/shm.h"),
            ("include/launcher/shm.h", "include/millpond-launcher/shm.h"),
            ("man/shm.3", "share/man/man3/shm.3"),
            ("man/millpond-chain.3", "share/man/man3/millpond-chain.3"),
            ("man/millpond-launcher.3", "share/man/man3/millpond-launcher.3"),
        ]);
    }
    for (from, to) in files {
        println!("cargo:rerun-if-changed={from}");
        let to = output.join(to);
        fs::create_dir_all(to.parent().expect("it lies in a folder"))?;
        fs::copy(from, to)?;
    }
    write_for_pkg_config(&output.join("share/pkgconfig"))
}

/// millpond.pc is by cargo-c, with the same requirements for any halves; so what these need stands in a file of its own.
fn write_for_pkg_config(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let version = env::var("CARGO_PKG_VERSION").expect("cargo says the version");
    let write = |name: &str, description: &str, rest: &str| {
        let head = "prefix=${pcfiledir}/../..\n";
        let text = format!("{head}\nName: {name}\nDescription: {description}\nVersion: {version}\n{rest}");
        fs::write(folder.join(format!("{name}.pc")), text)
    };
    if !has_feature("SHM") {
        return write("millpond-needs", "nothing, for millpond as cargo-c has installed it", "");
    }
    let requirements = "Requires: pixman-1 >= 0.36, wayland-client >= 1.10\n";
    write("millpond-needs", "what millpond needs, as cargo-c has installed it", requirements)?;
    for (name, description) in [
        ("millpond-chain", "chains of pixel buffers for Wayland (the interface of foot's shm.c from 1.8.2 on)"),
        ("millpond-launcher", "pixel buffers for launchers and notifiers on Wayland (the interface of fnott's shm.c)"),
    ] {
        write(name, description, &format!("Requires: millpond\nCflags: -I${{prefix}}/include/{name}\n"))?;
    }
    Ok(())
}

/// Makes sure that the two libraries are linked, by us or by the caller.
fn wayland_version() -> String {
    if env::var_os("MILLPOND_LINKED_BY_CALLER").is_some() {
        return env::var("MILLPOND_WAYLAND_VERSION").unwrap_or_else(|_| "1.10".into());
    }
    // docs.rs links nothing, and has neither.
    if env::var_os("DOCS_RS").is_some() {
        return "1.10".into();
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
