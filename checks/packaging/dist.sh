#!/bin/sh
# The archive of `make dist` builds where there is no network and cargo has never run: as a subproject in a folder
# outside of the sources, installed, and with cargo alone.
set -eu
. "$(dirname "$0")/common.sh"

copy_project "$work/checkout"
commit_all "$work/checkout"
quietly make -C "$work/checkout" BUILD="$work/made" dist
archive=$work/made/dist/meson-dist/millpond-$version.tar.xz
[ -f "$archive" ] || fail "make dist has made no millpond-$version.tar.xz"
tar -C "$work" -xf "$archive"
sources=$work/millpond-$version
same "crates in the archive" "libc pkg-config" "$(cd "$sources/vendor" && echo *)"
same "files of crates that dpkg's tools would remove" "" "$(find "$sources/vendor" -name '*.orig')"
for file in LICENSE README.md Cargo.lock include/shm.h include/pool.h include/chain/shm.h include/launcher/shm.h \
	include/millpond.h man/shm.3 man/pool.3 man/millpond-chain.3 man/millpond-launcher.3 man/millpond.3 man/poolstat.1; do
	[ -f "$sources/$file" ] || fail "$file is not in the archive"
done
[ -d "$sources/poolstat/vendor/clap" ] || fail "the crates of poolstat are not in the archive"

# From here on there are no crates but those of the archive.
mkdir "$work/home"
CARGO_HOME=$work/home CARGO_NET_OFFLINE=true
export CARGO_HOME CARGO_NET_OFFLINE

example "$work/example"
mv "$sources" "$work/example/subprojects/millpond"
sources=$work/example/subprojects/millpond
quietly meson setup "$work/elsewhere" "$work/example" -Ddefault_library=static
quietly ninja -C "$work/elsewhere"
same "the example as a subproject" "$uses_pool" "$("$work/elsewhere/example")"

quietly meson setup "$work/build" "$sources" --prefix="$work/installed" --libdir=lib -Dtests=false
quietly meson install -C "$work/build"
same "the installed library" "$(names pool shm)" "$(exported "$work/installed/lib/libmillpond.so.0")"
same "the installed command" "poolstat $version" "$("$work/installed/bin/poolstat" --version)"

(
	cd "$sources"
	block "### In a meson project" c >main.c
	block "### Without meson and pkg-config" sh >lines
	quietly sh -eu ./lines
)
same "the example with cargo alone" "$uses_pool" "$("$sources/example")"
same "crates fetched" "" "$(find "$work/home" -name '*.crate')"
finish "facts about the archive"
