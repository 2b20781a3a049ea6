//! Makes the C headers from the Rust sources, so that there is one text of each declaration.

mod difference;
mod tidy;

use std::fmt;
use std::path::{Path, PathBuf};

/// One header. Paths are below the root of the project.
#[derive(Debug, Clone, Copy)]
pub struct Header {
    /// What it is made from; the first is what messages name.
    pub sources: &'static [&'static str],
    pub configuration: &'static str,
    pub output: &'static str,
    /// What declarations say in place of a type of C: `(type, name)`. Programs may give the name another meaning.
    pub type_names: &'static [(&'static str, &'static str)],
}

/// Every header that the project has.
pub const HEADERS: &[Header] = &[
    Header {
        sources: &["src/c_api/foot_1_4/types.rs", "src/c_api/foot_1_4/functions.rs"],
        configuration: "tools/headers/shm.toml",
        output: "include/shm.h",
        type_names: &[],
    },
    Header {
        sources: &["src/c_api/chain/types.rs", "src/c_api/chain/functions.rs"],
        configuration: "tools/headers/chain.toml",
        output: "include/chain/shm.h",
        type_names: &[],
    },
    Header {
        sources: &["src/c_api/launcher/types.rs", "src/c_api/launcher/functions.rs"],
        configuration: "tools/headers/launcher.toml",
        output: "include/launcher/shm.h",
        type_names: &[],
    },
    Header {
        sources: &["src/pool/record.rs", "src/c_api/pool/types.rs", "src/c_api/pool/functions.rs"],
        configuration: "tools/headers/pool.toml",
        output: "include/pool.h",
        type_names: &[("unsigned long", "POOL_ULONG"), (", long offset", ", POOL_LONG offset")],
    },
    Header {
        sources: &["src/c_api/statistics/types.rs", "src/c_api/statistics/functions.rs"],
        configuration: "tools/headers/millpond.toml",
        output: "include/millpond.h",
        type_names: &[],
    },
];

/// Why a header could not be made, read or written: what was tried, and the reason.
#[derive(Debug)]
pub struct Failure {
    attempt: String,
    reason: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.attempt, self.reason)
    }
}

fn failed_to(attempt: &str, path: &Path, reason: impl fmt::Display) -> Failure {
    Failure { attempt: format!("cannot {attempt} {}", path.display()), reason: reason.to_string() }
}

/// The folder in which `src/` and `include/` stand.
pub fn project_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Header {
    /// The text that the header should have.
    pub fn generate(&self, root: &Path) -> Result<String, Failure> {
        let source = root.join(self.sources[0]);
        let configuration = root.join(self.configuration);
        let config =
            cbindgen::Config::from_file(&configuration).map_err(|reason| failed_to("read", &configuration, reason))?;
        let builder = cbindgen::Builder::new().with_config(config);
        let bindings = self
            .sources
            .iter()
            .fold(builder, |builder, source| builder.with_src(root.join(source)))
            .generate()
            .map_err(|reason| failed_to("make a header from", &source, reason))?;
        let mut text = Vec::new();
        bindings.write(&mut text);
        let text = String::from_utf8(text).map_err(|reason| failed_to("make a header from", &source, reason))?;
        Ok(tidy::tidy(&self.with_type_names(&text)))
    }

    fn with_type_names(&self, text: &str) -> String {
        let renamed = text.lines().map(|line| {
            let is_declaration = !line.trim_start().starts_with(['#', '/', '*']) && !line.starts_with("typedef");
            let names = self.type_names.iter().filter(|_| is_declaration);
            names.fold(line.to_owned(), |line, (from, to)| line.replace(from, to)) + "\n"
        });
        renamed.collect()
    }

    /// Writes the header. False if it was current already; then the file is not touched.
    pub fn write(&self, root: &Path) -> Result<bool, Failure> {
        let text = self.generate(root)?;
        let output = root.join(self.output);
        if std::fs::read_to_string(&output).is_ok_and(|current| current == text) {
            return Ok(false);
        }
        std::fs::write(&output, text).map_err(|reason| failed_to("write", &output, reason))?;
        Ok(true)
    }

    /// How the file differs from what it should be, for a person to read; `None` if it is current.
    pub fn check(&self, root: &Path) -> Result<Option<String>, Failure> {
        let output = root.join(self.output);
        let current = std::fs::read_to_string(&output).map_err(|reason| failed_to("read", &output, reason))?;
        Ok(difference::between(&current, &self.generate(root)?))
    }
}
