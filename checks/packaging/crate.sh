#!/bin/sh
# The package that `cargo publish` would send: it holds what its files name, a C program and a Rust program are built of
# it alone, and its documentation is made without a warning, of either half, both and none, and shows what is promised.
set -eu
. "$(dirname "$0")/common.sh"
CARGO_TARGET_DIR=$work/target
export CARGO_TARGET_DIR

copy_project "$work/checkout"
commit_all "$work/checkout"
(cd "$work/checkout" && quietly cargo package --locked --no-verify)
tar -C "$work" -xf "$CARGO_TARGET_DIR/package/millpond-$version.crate"
sources=$work/millpond-$version
cd "$sources"

for file in LICENSE README.md CHANGELOG.md Cargo.lock build.rs include/*.h include/*/shm.h man/*.3 src/c_api/names.txt \
	meson.build build-aux/cargo.sh docs/README.md; do
	[ -f "$sources/$file" ] || fail "$file is not in the package"
	checked=$((checked + 1))
done
bytes=$(wc -c <"$CARGO_TARGET_DIR/package/millpond-$version.crate")
[ "$bytes" -lt 3000000 ] || fail "the package has $bytes bytes, where ten million are the limit: what is it that grew?"

# Links, and paths in texts; tools/ is said to be for those who have the repository.
grep -o '](\(\.\./\)*[A-Za-z][^):#]*[)#]' ./*.md docs/*.md | sed 's/\](//; s/[)#]$//' >"$work/links"
while IFS=: read -r document link; do
	[ -e "$(dirname "$document")/$link" ] || fail "$document has a link to $link, which is not in the package"
	checked=$((checked + 1))
done <"$work/links"
quietly checks/source/paths.sh
same "crates that are asked for" "libc pkg-config" \
	"$(sed -n 's/^\[\(build-\)*dependencies\.\([a-z-]*\)\]$/\2/p' Cargo.toml | sort | one_line)"

# A C program, with README.md's lines, and a Rust program.
block "### In a meson project" c >main.c
block "### Without meson and pkg-config" sh >lines
sed -i "s|target/release|$CARGO_TARGET_DIR/release|" lines
quietly sh -eu ./lines
same "a C program" "$uses_pool" "$(./example)"
mkdir -p "$work/rust/src"
cat >"$work/rust/Cargo.toml" <<END_OF_MANIFEST
[package]
name = "example"
version = "0.0.0"
edition = "2024"

[dependencies]
millpond = { path = "../millpond-$version", default-features = false, features = ["std", "pool"] }
END_OF_MANIFEST
cat >"$work/rust/src/main.rs" <<'END_OF_PROGRAM'
use millpond::c_api::pool::{poolalloc, poolfree, poolsystem};

fn main() {
    // SAFETY: the name lasts, the pool is alive, and the block is freed once.
    unsafe {
        let pool = poolsystem(c"example".as_ptr().cast_mut());
        let block = poolalloc(pool, 100);
        println!("100 bytes asked for, {} in use", (*pool).curalloc);
        poolfree(pool, block);
    }
}
END_OF_PROGRAM
cp Cargo.lock "$work/rust"
quietly cargo build --quiet --offline --manifest-path "$work/rust/Cargo.toml"
same "a Rust program" "$uses_pool" "$("$CARGO_TARGET_DIR/debug/example")"

# documents FEATURES...: without a warning
documents() {
	rm -rf "$CARGO_TARGET_DIR/doc"
	quietly env RUSTDOCFLAGS=--deny=warnings cargo doc --quiet --locked --offline --no-deps "$@"
	checked=$((checked + 1))
}
documents --no-default-features
documents --no-default-features --features pool
same "modules of pools that are shown" "c_api c_api/pool c_api/statistics" \
	"$(cd "$CARGO_TARGET_DIR/doc/millpond" && find . -mindepth 1 -maxdepth 2 -type d | sed 's|^\./||' | sort | one_line)"
documents --no-default-features --features shm
# As on docs.rs, where no libraries are.
DOCS_RS=1 PKG_CONFIG_LIBDIR=$work/nothing
export DOCS_RS PKG_CONFIG_LIBDIR
touch build.rs
documents
same "modules that are shown" "c_api c_api/chain c_api/foot_1_4 c_api/launcher c_api/pool c_api/statistics" \
	"$(cd "$CARGO_TARGET_DIR/doc/millpond" && find . -mindepth 1 -maxdepth 2 -type d | sed 's|^\./||' | sort | one_line)"
finish "facts about the package for cargo"
