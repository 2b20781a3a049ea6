#!/bin/sh
# Run by `meson dist`: puts the crates that the library needs into the archive, and tells cargo to take them from there.
# What tools/ needs is not among them: the tests want a checkout.
set -eu
cd "$MESON_DIST_ROOT"
mkdir -p .cargo
cargo vendor --locked vendor >.cargo/config.toml

# dpkg's tools take files for leftovers that end so, and remove them; cargo would miss them.
find vendor -name '*.orig' -exec rm {} +
sed -i 's/"[^"]*\.orig":"[0-9a-f]*",\{0,1\}//' vendor/*/.cargo-checksum.json
