//! The sources of millpond keep the rules.

use std::path::Path;

#[test]
fn the_sources_keep_the_rules() {
    let files = layers::read_tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap();
    assert!(files.iter().any(|(path, _)| path == "src/lib.rs"), "src/lib.rs was not found");
    let breaches: Vec<String> = layers::check(&files).iter().map(ToString::to_string).collect();
    assert!(breaches.is_empty(), "\n{}", breaches.join("\n"));
}
