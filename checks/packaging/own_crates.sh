#!/bin/sh
# Built as distributions do that have crates of their own, where no others are: with those of Debian, which are older than
# those of Cargo.lock. -Dlocked=false takes them; without it they are refused.
set -eu
. "$(dirname "$0")/common.sh"

mkdir "$work/packages" "$work/home"
cd "$work/packages"
if ! command -v apt-get >/dev/null || ! apt-get -qq download librust-libc-dev librust-pkg-config-dev >"$work/log" 2>&1; then
	echo "skipped: Debian's packages librust-libc-dev and librust-pkg-config-dev are not to be had"
	exit 0
fi
for package in *.deb; do
	dpkg-deb --extract "$package" "$work"
done
CARGO_HOME=$work/home CARGO_NET_OFFLINE=true
export CARGO_HOME CARGO_NET_OFFLINE
cat >"$CARGO_HOME/config.toml" <<-END_OF_CONFIGURATION
	[source.crates-io]
	replace-with = "distribution"

	[source.distribution]
	directory = "$work/usr/share/cargo/registry"
END_OF_CONFIGURATION

copy_project "$work/millpond"
cd "$work/millpond"
quietly meson setup "$work/locked" -Dtests=false -Dpoolstat=false
if ninja -C "$work/locked" >"$work/output" 2>&1; then
	fail "crates were taken that Cargo.lock does not name"
fi
grep -q 'lock' "$work/output" || fail "cargo does not say why: $(cat "$work/output")"
rm Cargo.lock
quietly meson setup "$work/build" -Dtests=false -Dpoolstat=false -Dlocked=false --prefix="$work/installed" --libdir=lib
quietly meson install -C "$work/build"
for crate in libc pkg-config; do
	own=$(find "$work/usr/share/cargo/registry" -name "$crate-[0-9]*" | sed "s/.*$crate-//")
	same "the $crate that was taken" "$own" "$(grep -A 1 "^name = \"$crate\"" Cargo.lock | sed -n 's/^version = "\(.*\)"/\1/p')"
done
block "### In a meson project" c >main.c
# shellcheck disable=SC2086
quietly $CC main.c -I"$work/installed/include/millpond" -L"$work/installed/lib" -lmillpond -o example
same "a program with it" "$uses_pool" "$(LD_LIBRARY_PATH=$work/installed/lib ./example)"
finish "facts about a distribution's crates"
