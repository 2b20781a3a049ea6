//! Writes, for each header, a program that compares it with the Rust sources.

mod comparison;
mod flatten;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use comparison::{out_folder, Comparison, Scope};
use flatten::Extent;

const SHM: &[(&str, Extent)] =
    &[("src/c_api/foot_1_4/types.rs", Extent::All), ("src/c_api/foot_1_4/functions.rs", Extent::All)];
const CHAIN: &[(&str, Extent)] =
    &[("src/c_api/chain/types.rs", Extent::All), ("src/c_api/chain/functions.rs", Extent::All)];
const LAUNCHER: &[(&str, Extent)] =
    &[("src/c_api/launcher/types.rs", Extent::All), ("src/c_api/launcher/functions.rs", Extent::All)];
const STATISTICS: &[(&str, Extent)] =
    &[("src/c_api/statistics/types.rs", Extent::All), ("src/c_api/statistics/functions.rs", Extent::All)];
const LIBRARIES: &[(&str, Extent)] = &[
    ("src/pixman/raw.rs", Extent::All),
    ("src/pixman/mod.rs", Extent::Named),
    ("src/wayland/raw.rs", Extent::All),
    ("src/wayland/mod.rs", Extent::Named),
    ("src/wayland/requests.rs", Extent::Named),
];
const POOL: &[(&str, Extent)] = &[
    ("src/pool/record.rs", Extent::All),
    ("src/c_api/pool/types.rs", Extent::All),
    ("src/c_api/pool/functions.rs", Extent::All),
    ("tools/abi/tests/plan9_pools.rs", Extent::All),
];

/// What the original headers have beside functions. What else stands in the sources is millpond's own.
const ORIGINAL_SHM: &[&str] = &["buffer"];
const ORIGINAL_POOL: &[&str] = &[
    "Pool",
    "POOL_ANTAGONISM",
    "POOL_PARANOIA",
    "POOL_VERBOSITY",
    "POOL_DEBUGGING",
    "POOL_LOGGING",
    "POOL_TOLERANCE",
    "POOL_NOREUSE",
];

/// Which functions the library exports, and which of them the original headers have too.
const NAMES: &str = "src/c_api/names.txt";

/// What is only in those originals that come with all of Plan 9.
const PLAN9_POOLS: &[&str] = &["mainmem", "imagmem", "secrmem"];

/// Literals may be names of pools here, and there they may not.
const TO_CONST_HERE: [(&str, &str); 1] = [("Pool", "name")];

/// The two types that pool.h takes from u.h, for a folder that has none.
const U_H: &str = "#include <stdint.h>\ntypedef uintptr_t uintptr;\ntypedef unsigned long ulong;\n";

/// The folder of the project.
struct Project(PathBuf);

fn main() {
    let project = Project(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
    println!("cargo::rerun-if-changed=build");
    for variable in ["MILLPOND_HEADERS", "MILLPOND_HEADER", "FOOT_HEADERS", "PLAN9_HEADERS"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    println!("cargo::rustc-check-cfg=cfg(has_original_shm)");
    println!("cargo::rustc-check-cfg=cfg(has_original_pool)");

    // tests/mutations gives another folder than include/, and is interested in one header.
    let own = folder("MILLPOND_HEADERS").unwrap_or_else(|| project.0.join("include"));
    let only = env::var("MILLPOND_HEADER").ok();
    let is_wanted = |header: &str| only.as_ref().is_none_or(|only| only == header);
    if is_wanted("shm.h") {
        project.compare_shm("shm", &own, Scope::LastSources(SHM.len()));
    }
    if is_wanted("chain/shm.h") {
        project.compare_chain(&own.join("chain"));
    }
    if is_wanted("launcher/shm.h") {
        project.compare_launcher(&own.join("launcher"));
    }
    if is_wanted("pool.h") {
        project.compare_pool("pool", &[&own], None, Scope::All, &[]);
    }
    if is_wanted("millpond.h") {
        project.compare_statistics(&own);
    }
    if only.is_some() {
        return;
    }
    project.compare_libraries();
    if let Some(original) = folder("FOOT_HEADERS") {
        println!("cargo::rustc-cfg=has_original_shm");
        project.compare_shm("original_shm", &original, Scope::Names(project.original("shm", ORIGINAL_SHM)));
    }
    if let Some(original) = folder("PLAN9_HEADERS") {
        println!("cargo::rustc-cfg=has_original_pool");
        project.compare_original_pool(&original);
    }
}

impl Project {
    /// What the original header of this half has: these names, and the functions.
    fn original(&self, half: &str, others: &[&str]) -> Vec<String> {
        let path = self.0.join(NAMES);
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).unwrap_or_else(|reason| panic!("{}: {reason}", path.display()));
        let lines = text.lines().map(|line| line.split(' ').collect::<Vec<_>>());
        let functions = lines.filter(|words| words.get(1..3) == Some(&[half, "original"]));
        others.iter().map(|name| (*name).to_owned()).chain(functions.map(|words| words[0].to_owned())).collect()
    }

    fn compare_libraries(&self) {
        let regions = self.0.join("tools/abi/build/pixman_regions.h");
        println!("cargo::rerun-if-changed={}", regions.display());
        Comparison {
            name: "libraries",
            root: &self.0,
            sources: LIBRARIES,
            included_before: regions.to_str(),
            headers: &["pixman.h", "wayland-client.h"],
            scope: Scope::All,
            fields_of_other_type: &[],
        }
        .write(&[]);
    }

    fn compare_chain(&self, folder: &Path) {
        let sources = [LIBRARIES, CHAIN].concat();
        Comparison {
            name: "chain",
            root: &self.0,
            sources: &sources,
            included_before: None,
            headers: &["shm.h"],
            scope: Scope::LastSources(CHAIN.len()),
            fields_of_other_type: &[],
        }
        .write(&[folder]);
    }

    fn compare_launcher(&self, folder: &Path) {
        let sources = [LIBRARIES, LAUNCHER].concat();
        Comparison {
            name: "launcher",
            root: &self.0,
            sources: &sources,
            included_before: None,
            headers: &["shm.h"],
            scope: Scope::LastSources(LAUNCHER.len()),
            fields_of_other_type: &[],
        }
        .write(&[folder]);
    }

    fn compare_statistics(&self, folder: &Path) {
        Comparison {
            name: "statistics",
            root: &self.0,
            sources: STATISTICS,
            included_before: None,
            headers: &["millpond.h"],
            scope: Scope::All,
            fields_of_other_type: &[],
        }
        .write(&[folder]);
    }

    fn compare_shm(&self, name: &str, folder: &Path, scope: Scope) {
        let sources = [LIBRARIES, SHM].concat();
        Comparison {
            name,
            root: &self.0,
            sources: &sources,
            included_before: None,
            headers: &["shm.h"],
            scope,
            fields_of_other_type: &[],
        }
        .write(&[folder]);
    }

    fn compare_pool(
        &self,
        name: &str,
        folders: &[&Path],
        included_before: Option<&str>,
        scope: Scope,
        fields_of_other_type: &'static [(&'static str, &'static str)],
    ) {
        Comparison {
            name,
            root: &self.0,
            sources: POOL,
            included_before,
            headers: &["pool.h"],
            scope,
            fields_of_other_type,
        }
        .write(folders);
    }

    fn compare_original_pool(&self, original: &Path) {
        let types = out_folder().join("types");
        fs::create_dir_all(&types).and_then(|()| fs::write(types.join("u.h"), U_H)).expect("OUT_DIR can be written");
        let header = original.join("pool.h");
        let text = fs::read_to_string(&header).unwrap_or_else(|reason| panic!("{}: {reason}", header.display()));
        let its_pools = PLAN9_POOLS.iter().copied().filter(|name| text.contains(name));
        let mut names = self.original("pool", ORIGINAL_POOL);
        names.extend(its_pools.map(str::to_owned));
        let (folders, scope) = ([original, types.as_path()], Scope::Names(names));
        self.compare_pool("original_pool", &folders, Some("u.h"), scope, &TO_CONST_HERE);
    }
}

/// The folder that a variable of the environment names. An empty variable is none.
fn folder(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}
