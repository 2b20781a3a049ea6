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
block "### Installed" sh | sed "s|meson setup build/library|& -Dpoolstat=false|" >meson_lines
grep '^cargo cinstall ' README.md >cargo_lines
block "### In a meson project" c >main.c

# install WAY: with README.md's lines, into $work/WAY
install_by() {
	quietly at_home "$work/home" PREFIX="$prefix" sh -eu "./$1_lines"
	mv "$prefix" "$work/$1"
}
install_by meson
install_by cargo

# Without the files for pkg-config, which say the same with other words and lie elsewhere.
tree() {
	(cd "$work/$1" && find . ! -type d ! -name '*.pc' | sort)
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

# flags WAY NAME...: what pkg-config says to those who link the shared library, as paths of this folder
flags() {
	use "$1"
	shift
	for name; do
		pkg-config --modversion "$name"
		pkg-config --cflags --libs "$name" | sed "s|-I[^ ]*/\.\./\.\./|-I$prefix/|g" | one_line
	done
}

# compare NAME...: both ways, of what these names of pkg-config stand for
compare() {
	same "files" "$(tree meson)" "$(tree cargo)"
	(cd "$work/meson" && find include share/man -type f) >"$work/copied"
	while read -r file; do
		cmp "$work/meson/$file" "$work/cargo/$file" || fail "$file differs"
		checked=$((checked + 1))
	done <"$work/copied"
	same "the library" "$(library_of meson)" "$(library_of cargo)"
	same "pkg-config's flags" "$(flags meson "$@")" "$(flags cargo "$@")"
}

# What README.md says of where pkg-config looks.
PKG_CONFIG_PATH=$prefix/lib/pkgconfig:$prefix/share/pkgconfig LD_LIBRARY_PATH=$prefix/lib
export PKG_CONFIG_PATH LD_LIBRARY_PATH
compare millpond millpond-chain millpond-launcher

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

# A program with each of the other headers, as cargo has installed them.
use cargo
for face in "millpond-chain chains_user.c no chain without a compositor" \
	"millpond-launcher launcher_user.c no buffer without a compositor"; do
	# shellcheck disable=SC2086
	set -- $face
	name=$1 source=$2
	shift 2
	quietly $CC -DMILLPOND_FOOT_VERSION=11600 "$tests/$source" $(pkg-config --cflags --libs "$name") -o example
	same "a program with $name" "$*" "$(./example 2>/dev/null)"
done

# Pools alone, where no other library is.
rm "$prefix"
rm -r "$work/meson" "$work/cargo"
PKG_CONFIG_LIBDIR=$work/nothing
export PKG_CONFIG_LIBDIR
rm -rf build
sed -i "s|meson setup build/library|& -Dshm=false|" meson_lines
sed -i "s|--features shm,pool|--features pool|" cargo_lines
install_by meson
install_by cargo
compare millpond
use cargo
quietly $CC main.c $(pkg-config --cflags --libs millpond) -o example
same "a program with pools alone" "$uses_pool" "$(./example)"
same "what it needs" "libc.so.6 libmillpond.so.0" "$(needed ./example)"
finish "facts about cargo cinstall and meson install"
