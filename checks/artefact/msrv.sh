#!/bin/sh
# The library with the oldest Rust and the oldest crates that Cargo.toml allows; and poolstat, with the crates of its
# Cargo.lock, with that Rust.
set -eu
cd "$(dirname "$0")/../.."
. checks/common.sh

folder=$(checks/artefact/oldest_rust.sh)
PATH=$folder:$PATH
unset RUSTC RUSTUP_TOOLCHAIN
export PATH
rust=$(rustc --version | cut -d' ' -f2)
CARGO_TARGET_DIR=$PWD/build/msrv-tests
export CARGO_TARGET_DIR

# works CLAIM WHAT-TO-DO COMMAND...
works() {
	claim=$1 remedy=$2
	shift 2
	if "$@" >"$work/log" 2>&1 </dev/null; then
		right "$claim"
	else
		cat "$work/log" >&2
		differs "not so: $claim" "$remedy"
	fi
}
newer="Write it without what is newer, or raise rust-version in Cargo.toml and wherever it stands"

rm -rf build/msrv
works "meson configures the library" "$newer" meson setup -Dtests=false -Dpoolstat=false build/msrv
works "the C library builds with Rust $rust" "$newer" ninja -C build/msrv
[ $wrong = 0 ] || total
works "its names are the documented ones" "See above" \
	checks/artefact/names.sh build/msrv/libmillpond.so.0 build/msrv/libmillpond.a
works "it is as distributors want it" "See above" checks/artefact/library.sh build/msrv/libmillpond.so.0
works "an example builds with it" "See above" gcc -Iinclude ffi-examples/pool/pool_arena.c -o "$work/pool_arena" \
	build/msrv/libmillpond.so.0 -Wl,-rpath,"$PWD/build/msrv"
works "and runs" "Debug it" "$work/pool_arena"
works "the Rust tests in src/ pass with Rust $rust" "$newer" cargo test --quiet --locked --lib
works "poolstat passes its tests with Rust $rust" "$newer" \
	env CARGO_TARGET_DIR="$PWD/build/msrv-poolstat" cargo test --quiet --locked --tests --manifest-path poolstat/Cargo.toml

# The lock file holds the newest crates; Cargo.toml says how old they may be.
mkdir "$work/copy"
cp -R Cargo.toml Cargo.lock build.rs build-aux src "$work/copy"
for extra in benches tests; do
	[ ! -d $extra ] || cp -R $extra "$work/copy"
done
cd "$work/copy"
sed -n '/^\[\(build-\)*dependencies\]/,/^$/s/^\([a-z][a-z0-9_-]*\) = .*"\([0-9]*\.[0-9]*\.[0-9]*\)".*/\1 \2/p' \
	Cargo.toml >"$work/oldest"
[ -s "$work/oldest" ] || { echo "msrv.sh finds no crates in Cargo.toml" >&2; exit 1; }
while read -r crate version; do
	works "$crate $version, the oldest allowed, is to be had" "Raise it in Cargo.toml" \
		cargo update --quiet --package "$crate" --precise "$version"
done <"$work/oldest"
works "the library builds with them" "Raise the version in Cargo.toml" \
	build-aux/cargo.sh "$PWD" "$CARGO_TARGET_DIR" "$work/libmillpond.a" "$work/libmillpond.d" wayland_version=1.10
total "things about the oldest Rust ($rust) and crates"
