#!/bin/sh
# Debian packages of the archive of make dist and of packaging/debian: built by dpkg's own tools, with no complaint of
# lintian's, with debug symbols in a package of their own; and a program that is built with what is in them.
set -eu
. "$(dirname "$0")/common.sh"
for program in dpkg-buildpackage dh lintian; do
	if ! command -v $program >/dev/null 2>&1; then
		echo "skipped: there is no $program (apt-get install dpkg-dev debhelper lintian)"
		exit 0
	fi
done

# names.txt is the source of the list of names.
same "the names of the symbols file" "$("$project/build-aux/names.sh" list prefix= shm pool | sed 's/^/ /' | sort)" \
	"$(sed '1d; / MILLPOND_[0-9.]*@/d' "$project/packaging/debian/libmillpond0.symbols" | sort)"

copy_project "$work/checkout"
commit_all "$work/checkout"
quietly make -C "$work/checkout" BUILD="$work/made" dist
mkdir "$work/debian"
cd "$work/debian"
cp "$work/made/dist/meson-dist/millpond-$version.tar.xz" "millpond_$version.orig.tar.xz"
tar -xf "millpond_$version.orig.tar.xz"
cp -r "$project/packaging/debian" "millpond-$version/debian"

# dh gives the programs another home, where rustup would look for Rust. Rust need not be a package (-d).
RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}
export RUSTUP_HOME
(
	cd "millpond-$version"
	quietly env DEB_BUILD_OPTIONS="parallel=2${DEB_BUILD_OPTIONS:+ $DEB_BUILD_OPTIONS}" \
		dpkg-buildpackage --unsigned-source --unsigned-changes --no-check-builddeps
)
packages=$(for package in *.deb; do dpkg-deb --field "$package" Package; done)
same "the packages" "libmillpond-dev libmillpond0 libmillpond0-dbgsym" "$(echo "$packages" | sort | one_line)"
quietly lintian --allow-root --fail-on error,warning ./*.changes
same "what lintian says" "" "$(grep -v '^N:' "$work/output" || true)"
same "what the library needs" "libc6 libpixman-1-0 libwayland-client0" \
	"$(dpkg-deb --field "$(echo libmillpond0_*.deb)" Depends | tr ',' '\n' | sed 's/ (.*//; s/^ //' | sort | one_line)"

for package in *.deb; do
	dpkg-deb --extract "$package" "$work/root"
done
symbols=$(find "$work/root/usr/lib/debug" -name '*.debug')
LC_ALL=C readelf --debug-dump=line "$symbols" >"$work/lines" 2>/dev/null
grep -q 'requests\.rs' "$work/lines" || fail "the debug symbols are not about our lines"
library=$(find "$work/root/usr/lib" -name libmillpond.so.0)
block "### In a meson project" c >main.c
# shellcheck disable=SC2086
quietly $CC main.c -I"$work/root/usr/include/millpond" -L"$(dirname "$library")" -lmillpond -o example
same "a program with the packages" "$uses_pool" "$(LD_LIBRARY_PATH=$(dirname "$library") ./example)"
finish "facts about Debian packages"
