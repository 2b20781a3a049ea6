#!/bin/sh
# One version of millpond, one oldest Rust and one oldest version of each library, wherever they stand.
set -eu
cd "$(dirname "$0")/../.."
. checks/common.sh

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
rust=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
abi=$(sed -n "s/.*soversion: '\(.*\)'.*/\1/p" meson.build)

# says WHERE WHAT WANTED FOUND
says() {
	if [ "$3" = "$4" ]; then
		right "$1: $2 $3"
	else
		differs "$1 says $2 ${4:-nothing}, and it should be ${3:-none}" \
			"Change it there, or at the source: Cargo.toml, or soversion in meson.build"
	fi
}

locked() {
	awk '/^name = "millpond"$/ {getline; gsub(/.* = |"/, ""); print}' "$1"
}

says Cargo.lock version "$version" "$(locked Cargo.lock)"
says tools/Cargo.lock version "$version" "$(locked tools/Cargo.lock)"
says fuzz/Cargo.lock version "$version" "$(locked fuzz/Cargo.lock)"
says poolstat/Cargo.lock "version of the library" "$version" "$(locked poolstat/Cargo.lock)"
says poolstat/Cargo.toml version "$version" "$(sed -n 's/^version = "\(.*\)"/\1/p' poolstat/Cargo.toml)"
says README.md "revision of the wrap" "v$version" "$(sed -n 's/^revision = //p' README.md)"
says packaging/debian/changelog version "$version" "$(sed -n '1s/^millpond (\(.*\)-[^-]*).*/\1/p' packaging/debian/changelog)"
says packaging/alpine/APKBUILD version "$version" "$(sed -n 's/^pkgver=//p' packaging/alpine/APKBUILD)"
says packaging/nix/default.nix version "$version" "$(sed -n 's/^ *version = "\(.*\)";/\1/p' packaging/nix/default.nix)"
says meson.build version "$version" "$(sed -n "s/^\tversion: '\(.*\)',/\1/p" meson.build)"
library=$(sed -n "s/^\t\tversion: '\{0,1\}\([^',]*\).*/\1/p" meson.build | sort -u)
[ "$library" != 'meson.project_version()' ] || library=$version
says "the file name of the library (meson.build)" version "$abi.${version#*.}" "$library"
names=src/c_api/names.txt
nodes=$(awk '!/^#/ && !seen[$4]++ {print $4}' $names)
says $names "the newest node" "MILLPOND_$abi" "$(echo "$nodes" | tail -n 1 | sed 's/\..*//')"
says $names "the nodes, the oldest first:" "$(echo "$nodes" | sort -V | xargs)" "$(echo "$nodes" | xargs)"
newest=$(awk '!/^#/ {print $5}' $names | sort -Vu | tail -n 1)
says $names "no name of a release after" "$version" "$(printf '%s\n' "$newest" "$version" | sort -V | tail -n 1)"

# Either changes are being collected, or this is the release and has its date.
top=$(sed -n 's/^## //p' CHANGELOG.md | head -n 1)
case $top in
Unreleased | "$version - "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]) right "CHANGELOG.md begins with: $top" ;;
*) differs "CHANGELOG.md begins with '$top'" "Wanted: '## Unreleased', or '## $version - YEAR-MONTH-DAY' in a release" ;;
esac

for page in man/*.[1-9]; do
	# Ours, and the head of those that are made of a program's arguments: .TH NAME 1 "DATE" "SOURCE"
	stated=$(sed -n 's/^\.Os *//p; s/^\.TH .* "[^"]*" "\([^"]*\)"$/\1/p' "$page" | tr -d '"')
	says "$page" ".Os, or the end of .TH" "millpond $version" "$stated"
	dated=$(sed -n 's/^\.Dd //p; s/^\.TH [^"]*"\([^"]*\)".*/\1/p' "$page")
	if date -d "${dated:-none}" >"$work/date" 2>&1; then
		right "$page has a date: $dated"
	else
		differs "$page has no date" "Write a line: .Dd $(date '+%B %d, %Y')"
	fi
done

for file in tools/Cargo.toml tools/peers/Cargo.toml fuzz/Cargo.toml poolstat/Cargo.toml; do
	says $file "rust-version" "$rust" "$(sed -n 's/^rust-version = "\(.*\)"/\1/p' $file)"
done
texts="README.md CONTRIBUTING.md docs/*.md build-aux/* checks/*/*.sh meson.build .ci/*"
for place in README.md build-aux/cargo.sh; do
	grep -qE "$rust or newer" $place || differs "$place does not say: Rust $rust or newer" "Say it"
done
# shellcheck disable=SC2086 # the files are words
{ grep -nE 'Rust[^.]{0,20} 1\.[0-9]+ or newer|Rust \(1\.[0-9]+ or newer|rust-version [0-9.]+[0-9]' $texts || true; } |
	sed -n 's/^\([^:]*:[0-9]*\):.*\(Rust\|rust-version\)[^0-9]*\(1\.[0-9]*\).*/\1 \3/p' >"$work/texts"
while read -r place stated; do
	says "$place" "oldest Rust" "$rust" "$stated"
done <"$work/texts"

# oldest NAME: as meson and as build.rs want it
for name in pixman-1 wayland-client; do
	says build.rs "oldest $name" "$(sed -n "s/.*dependency('$name', version: '>=\([0-9.]*\)'.*/\1/p" meson.build)" \
		"$(sed -n "s/.*probe(\"$name\", \"\([0-9.]*\)\").*/\1/p" build.rs)"
	says "build.rs, for cargo-c," "oldest $name" "$(sed -n "s/.*dependency('$name', version: '>=\([0-9.]*\)'.*/\1/p" meson.build)" \
		"$(sed -n "s/.*Requires:.*$name >= \([0-9.]*\).*/\1/p" build.rs)"
done
for crate in libc pkg-config; do
	says docs/packaging.md "oldest $crate" "$(sed -n "s/^$crate = .*\"\([0-9]*\.[0-9.]*\)\".*/\1/p" Cargo.toml)" \
		"$(sed -n "s/.*$crate \(0\.[0-9]*\.[0-9]*\) .*are the oldest.*/\1/p" docs/packaging.md)"
done
total "versions"
