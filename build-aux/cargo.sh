#!/bin/sh
# Builds libmillpond.a with cargo, for meson: cargo.sh SOURCE_DIR TARGET_DIR OUTPUT DEPFILE WAYLAND_VERSION [TRIPLET]
#
# Always optimised, whatever the C project's build type: only then is nothing of Rust's own left to link.
# cargo reads its configuration from the current folder, so it runs in the source folder; all paths are absolute.
set -eu
source_dir=$1 target_dir=$2 output=$3 depfile=$4 wayland_version=$5 triplet=${6:-}

if ! command -v cargo >/dev/null 2>&1; then
	echo "millpond: cargo is not installed; Rust 1.85 or newer is needed to build this library" >&2
	exit 1
fi

cd "$source_dir"
MILLPOND_LINKED_BY_CALLER=1 MILLPOND_WAYLAND_VERSION=$wayland_version CARGO_TARGET_DIR=$target_dir \
	cargo rustc --quiet --locked --release --lib --crate-type staticlib --no-default-features \
	${triplet:+--target "$triplet"}

# With --target, cargo builds into a folder of that name.
built=$target_dir${triplet:+/$triplet}/release
cp "$built/libmillpond.a" "$output.part"
mv "$output.part" "$output"
sed "s|^.*libmillpond\.a:|$output:|" "$built/libmillpond.d" >"$depfile"
