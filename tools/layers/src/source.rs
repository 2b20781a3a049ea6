//! One source file, read once, for every rule to look at.

use std::str::FromStr;

use proc_macro2::{TokenStream, TokenTree};

pub struct Source {
    /// With `/`, from the root of the project: `src/shm/cache.rs`.
    pub path: String,
    pub text: String,
    pub syntax: syn::File,
    /// Everything in the file, also what stands in macros, which `syntax` does not look into.
    pub tokens: Vec<TokenTree>,
    /// `["shm", "cache"]`; nothing for `src/lib.rs`.
    pub module: Vec<String>,
}

impl Source {
    /// Fails with the line and the reason if the text is not Rust.
    pub fn parse(path: &str, text: &str) -> Result<Self, (usize, String)> {
        let syntax = syn::parse_file(text).map_err(|error| (error.span().start().line, error.to_string()))?;
        let tokens = TokenStream::from_str(text).map_err(|error| (error.span().start().line, error.to_string()))?;
        let tokens = tokens.into_iter().collect();
        Ok(Source { path: path.to_owned(), text: text.to_owned(), syntax, tokens, module: module_of(path) })
    }

    /// The module directly below `src/` that the file belongs to; `None` for `src/lib.rs`.
    pub fn top_module(&self) -> Option<&str> {
        self.module.first().map(String::as_str)
    }

    /// True for the file of a folder in which its parts are declared.
    pub fn is_head_of_folder(&self) -> bool {
        self.path.ends_with("/mod.rs")
    }

    /// What the file is in a folder: the file or folder directly in it. `mod` is the folder's own file; `None`: it lies
    /// elsewhere.
    pub fn member_of(&self, folder: &[String]) -> Option<&str> {
        let inner = self.module.strip_prefix(folder)?;
        Some(inner.first().map_or("mod", String::as_str))
    }
}

fn module_of(path: &str) -> Vec<String> {
    let inner = path.strip_prefix("src/").unwrap_or(path);
    let inner = inner.strip_suffix(".rs").unwrap_or(inner);
    let mut module: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if module == ["lib"] || module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    module
}

#[cfg(test)]
mod tests {
    use super::module_of;

    #[test]
    fn a_file_is_its_module() {
        assert_eq!(module_of("src/lib.rs"), Vec::<String>::new());
        assert_eq!(module_of("src/units.rs"), ["units"]);
        assert_eq!(module_of("src/shm/mod.rs"), ["shm"]);
        assert_eq!(module_of("src/shm/cache.rs"), ["shm", "cache"]);
    }
}
