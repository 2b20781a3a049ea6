#!/bin/sh
# Run by `meson dist`: puts the crates that the library needs into the archive, and tells cargo to take them from there.
# What tools/ needs is not among them: the tests want a checkout.
set -eu
cd "$MESON_DIST_ROOT"
mkdir -p .cargo
cargo vendor --locked vendor >.cargo/config.toml
