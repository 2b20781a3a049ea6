#!/bin/sh
# What cargo-c installs is what meson installs: `make check-cinstall`. Where cargo-c is not installed, it is built first,
# into build/packaging (some minutes), and kept there.
# shellcheck disable=SC2046,SC2086 # flags are words
set -eu
. "$(dirname "$0")/common.sh"
cache=${PACKAGING_CACHE:-$project/build/packaging}
cargo_c=0.10.24+cargo-0.98.0

if ! command -v cargo-cinstall >/dev/null 2>&1; then
	PATH=$cache/cargo-c/bin:$PATH
	export PATH
	if ! command -v cargo-cinstall >/dev/null 2>&1; then
		echo "building cargo-c $cargo_c"
		quietly cargo install --quiet --locked --debug --root "$cache/cargo-c" "cargo-c@$cargo_c"
	fi
fi

prefix=$work/home/millpond
mkdir "$work/home"
copy_project "$work/millpond"
cd "$work/millpond"
block "### Installed" sh >meson_lines
grep '^cargo cinstall ' README.md >cargo_lines
block "### In a meson project" c >main.c

# install WAY: with README.md's lines, into $work/WAY
install_by() {
	quietly at_home "$work/home" PREFIX="$prefix" sh -eu "./$1_lines"
	mv "$prefix" "$work/$1"
}
install_by meson
install_by cargo

tree() {
	(cd "$work/$1" && find . ! -type d | sort)
}

library_of() {
	echo "$(LC_ALL=C readelf -d "$work/$1/lib/libmillpond.so" | grep -o 'soname: .*')" \
		"$(readlink -f "$work/$1/lib/libmillpond.so" | sed 's|.*/||')" \
		"$(readlink -f "$work/$1/lib/libmillpond.so.0" | sed 's|.*/||')" "$(needed "$work/$1/lib/libmillpond.so")" \
		"$(LC_ALL=C readelf -d "$work/$1/lib/libmillpond.so" | grep -o NODELETE)"
	exported "$work/$1/lib/libmillpond.so"
}

# use WAY: puts what was installed so to where it was installed
use() {
	rm -f "$prefix"
	ln -s "$work/$1" "$prefix"
}

# flags WAY: what pkg-config says to those who link the shared library
flags() {
	use "$1"
	pkg-config --modversion millpond
	pkg-config --cflags --libs millpond | one_line
	pkg-config --print-requires millpond
}

PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib
export PKG_CONFIG_PATH LD_LIBRARY_PATH
same "files" "$(tree meson)" "$(tree cargo)"
for file in include/millpond/shm.h include/millpond/pool.h share/man/man3/shm.3 share/man/man3/pool.3; do
	cmp "$work/meson/$file" "$work/cargo/$file" || fail "$file differs"
	checked=$((checked + 1))
done
same "the library" "$(library_of meson)" "$(library_of cargo)"
same "pkg-config's flags" "$(flags meson)" "$(flags cargo)"

# A program that was linked with one runs with both; the archives link too.
for linked in meson cargo; do
	use $linked
	quietly $CC main.c $(pkg-config --cflags --libs millpond) -o example
	for run in meson cargo; do
		use $run
		same "linked with $linked's, run with $run's" "$uses_pool" "$(./example 2>/dev/null)"
	done
	use $linked
	quietly $CC main.c $(pkg-config --cflags --libs --static millpond | sed 's/-lmillpond/-l:libmillpond.a/') -o example
	same "the archive of $linked" "$uses_pool" "$(./example)"
	same "what the program with the archive of $linked needs" "" "$(needed ./example | grep millpond || true)"
done
finish "facts about cargo cinstall and meson install"
