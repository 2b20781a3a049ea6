//! Compiles what the tests need that is written in C.

use std::path::Path;

#[path = "compositor.rs"]
mod compositor;

fn main() {
    compositor::compile(Path::new(".."));
}
