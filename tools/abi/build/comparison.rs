//! One header, or a few, against some of the Rust sources.

use std::collections::HashSet;
use std::env;
use std::fs;
use std::iter;
use std::path::{Path, PathBuf};

use crate::flatten::{flatten, Extent, Flat, Rules, KEYWORD_FIELDS, POINTER_TO_FUNCTIONS, PRELUDE};

/// What has another name in millpond than in C.
const NAMES_IN_C: &[(&str, &str)] = &[
    ("REPEAT_NONE", "PIXMAN_REPEAT_NONE"),
    ("FILTER_NEAREST", "PIXMAN_FILTER_NEAREST"),
    ("SHM_CREATE_POOL", "WL_SHM_CREATE_POOL"),
    ("POOL_CREATE_BUFFER", "WL_SHM_POOL_CREATE_BUFFER"),
    ("POOL_DESTROY", "WL_SHM_POOL_DESTROY"),
    ("BUFFER_DESTROY", "WL_BUFFER_DESTROY"),
    ("BufferListener", "wl_buffer_listener"),
    ("DESTROYS", "WL_MARSHAL_FLAG_DESTROY"),
];

/// Which declarations are compared. The others are read all the same, so that their names are known.
pub enum Scope {
    All,
    /// Those of so many files, the last ones.
    LastSources(usize),
    Names(Vec<String>),
}

pub struct Comparison<'a> {
    /// Also the name of the test, and of the files in OUT_DIR.
    pub name: &'a str,
    pub root: &'a Path,
    pub sources: &'a [(&'a str, Extent)],
    /// What must be included before the headers.
    pub included_before: Option<&'a str>,
    pub headers: &'a [&'a str],
    pub scope: Scope,
    /// `(struct, field)` of fields that have another type there, and the same size and place.
    pub fields_of_other_type: &'static [(&'static str, &'static str)],
}

impl Comparison<'_> {
    /// Leaves `NAME_declarations.rs` and `NAME.rs` in OUT_DIR, and the C half in a library that the tests are linked with.
    ///
    /// The headers are looked for in these folders, and where the libraries have theirs.
    pub fn write(&self, folders: &[&Path]) {
        let out = out_folder();
        let rules = rules();
        let sources: Vec<(PathBuf, Extent)> =
            self.sources.iter().map(|(source, extent)| (self.root.join(source), *extent)).collect();
        let files = flatten(&sources, &rules);
        let declarations = out.join(format!("{}_declarations.rs", self.name));
        let text: String = iter::once(PRELUDE).chain(files.iter().map(|file| file.text.as_str())).collect();
        fs::write(&declarations, text).expect("OUT_DIR can be written");

        let includes: Vec<PathBuf> = folders.iter().map(PathBuf::from).chain(library_folders()).collect();
        let rust_file = self.generate(&files, &declarations);
        let c_file = rust_file.with_extension("c");
        self.make_joinable(&rust_file);
        self.make_joinable(&c_file);
        for header in self.headers {
            if let Some(path) = folders.first().map(|folder| folder.join(header)) {
                assert!(path.exists(), "there is no {}", path.display());
                println!("cargo::rerun-if-changed={}", path.display());
            }
        }
        compile(&c_file, &includes, self.name);
    }

    fn generate(&self, files: &[Flat], declarations: &Path) -> PathBuf {
        let compared: HashSet<String> = match self.scope {
            Scope::All => files.iter().flat_map(|file| file.names.clone()).collect(),
            Scope::LastSources(count) => files.iter().rev().take(count).flat_map(|file| file.names.clone()).collect(),
            Scope::Names(ref names) => names.iter().cloned().collect(),
        };
        let declared: HashSet<&str> = files.iter().flat_map(|file| &file.names).map(String::as_str).collect();
        let has_named = self.sources.iter().any(|(_, extent)| matches!(extent, Extent::Named));
        let named = NAMES_IN_C.iter().map(|(rust, _)| *rust).filter(|_| has_named);
        for name in compared.iter().map(String::as_str).chain(named) {
            assert!(declared.contains(name), "{name} is in none of the sources any more: {:?}", self.sources);
        }
        let is_skipped = move |name: &str| !compared.contains(name);

        let mut generator = ctest2::TestGenerator::new();
        for header in self.included_before.iter().chain(self.headers) {
            generator.header(header);
        }
        let (in_function, in_static, in_constant, in_struct) =
            (is_skipped.clone(), is_skipped.clone(), is_skipped.clone(), is_skipped.clone());
        generator
            .skip_fn(in_function)
            .skip_static(in_static)
            .skip_const(in_constant)
            .skip_struct(in_struct)
            .skip_type(is_skipped)
            .skip_field_type({
                let other = self.fields_of_other_type;
                move |in_struct, field| other.contains(&(in_struct, field))
            })
            .type_name(c_type_name)
            .const_cname(c_name)
            .field_name(|_, field| c_field_name(field))
            .generate_files(declarations, &format!("{}.rs", self.name))
    }

    /// ctest2 means one comparison for a program, with a `main` of its own. Here the C halves of several are linked
    /// together, so their names must differ; and the test says in its own words how it ended.
    fn make_joinable(&self, generated: &Path) {
        let text = fs::read_to_string(generated).expect("ctest2 has written it");
        let mut joinable =
            text.replace("__test_", &format!("__test_{}_", self.name)).replace("fn main()", "fn main_of_ctest2()");
        for (flat, rust, _) in KEYWORD_FIELDS {
            joinable = joinable
                .replace(&format!(").{flat})"), &format!(").{rust})"))
                .replace(&format!(", {flat})"), &format!(", {rust})"));
        }
        fs::write(generated, joinable).expect("OUT_DIR can be written");
    }
}

/// pixman's types are typedefs, those of libwayland and of shm.h are tags.
fn c_type_name(name: &str, is_struct: bool, is_union: bool) -> String {
    let name = c_name(name);
    match name.as_str() {
        same if same == POINTER_TO_FUNCTIONS.0 => POINTER_TO_FUNCTIONS.1.to_owned(),
        _ if name.starts_with("pixman_") => name,
        _ if is_union => format!("union {name}"),
        _ if is_struct => format!("struct {name}"),
        _ => name,
    }
}

fn c_field_name(name: &str) -> String {
    let keyword = KEYWORD_FIELDS.iter().find(|(flat, _, _)| *flat == name).map(|(_, _, c)| *c);
    keyword.unwrap_or(name).to_owned()
}

fn c_name(name: &str) -> String {
    let other_name = NAMES_IN_C.iter().find(|(rust, _)| *rust == name).map(|(_, c)| *c);
    let format = name
        .strip_prefix("PIXMAN_")
        .filter(|name| !name.starts_with("TYPE_"))
        .map(|format| format!("PIXMAN_{}", format.to_lowercase()));
    other_name.map(str::to_owned).or(format).unwrap_or_else(|| name.to_owned())
}

pub fn out_folder() -> PathBuf {
    PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"))
}

fn rules() -> Rules {
    // build.rs of millpond chooses between two ways of sending a request. Old headers have only one of them.
    let has_flags = library("wayland-client").is_some_and(|found| is_at_least(&found.version, (1, 20)));
    Rules {
        names_in_c: NAMES_IN_C,
        unmet_conditions: if has_flags { Vec::new() } else { vec!["wayland_marshal_flags"] },
    }
}

fn is_at_least(version: &str, wanted: (u32, u32)) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= wanted
}

fn library_folders() -> Vec<PathBuf> {
    let needed = |name| library(name).unwrap_or_else(|| panic!("pkg-config does not find {name}"));
    ["pixman-1", "wayland-client"].into_iter().flat_map(|name| needed(name).include_paths).collect()
}

fn library(name: &str) -> Option<pkg_config::Library> {
    pkg_config::Config::new().cargo_metadata(false).probe(name).ok()
}

fn compile(c_file: &Path, includes: &[PathBuf], name: &str) {
    cc::Build::new()
        .file(c_file)
        .includes(includes)
        // For chain/shm.h, which needs nothing of a program's then.
        .define("MILLPOND_FOOT_VERSION", "11600")
        .std("gnu11")
        .flags(["-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-Wno-type-limits", "-Wno-unknown-pragmas"])
        .compile(&format!("abi_{name}"));
}
