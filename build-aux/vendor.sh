#!/bin/sh
# Run by `meson dist`: puts the crates that the library needs into the archive, and tells cargo to take them from there.
# What tools/ needs is not among them: the tests want a checkout. What poolstat needs lies in a folder of its own, so that
# who packages the library alone can leave it out.
set -eu
cd "$MESON_DIST_ROOT/poolstat"
mkdir -p .cargo
# Before the library's, which would say that there are no others.
cargo vendor --locked vendor >.cargo/config.toml
cd ..
mkdir -p .cargo
cargo vendor --locked vendor >.cargo/config.toml

# dpkg's tools take files for leftovers that end so, and remove them; cargo would miss them.
find vendor poolstat/vendor -name '*.orig' -exec rm {} +
sed -i 's/"[^"]*\.orig":"[0-9a-f]*",\{0,1\}//' vendor/*/.cargo-checksum.json poolstat/vendor/*/.cargo-checksum.json
