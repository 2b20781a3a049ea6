#!/bin/sh
# Looks for what building, testing and the demo need, Rust first: packages.sh GROUP..., of build, demo, terminal, check,
# lint, packaging, manual, dist, debian, cinstall, foot.
#
# As root, or with CI set, it installs what is missing; otherwise it prints the one line to type, and stops. Where there
# is no apt-get, it names what is missing as pkg-config and PATH know it, and stops only without what the library itself
# needs: the rest is left out, and who leaves it out says so.
set -eu
cd "$(dirname "$0")/.."

missing=      # as Debian's packages are called
unnamed=      # as pkg-config, PATH and people call them
is_blocked=   # the library itself cannot be built
oldest_rust=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)

# need PACKAGE KIND NAME: the package is missing if this is not here
need() {
	"$2" "$3" >/dev/null 2>&1 && return
	missing="$missing $1"
	case $2 in
	library) unnamed="$unnamed, $3 (for pkg-config)" ;;
	header) unnamed="$unnamed, <$3>" ;;
	*) unnamed="$unnamed, $3" ;;
	esac
	[ "$group" != build ] || is_blocked=yes
}

program() {
	command -v "$1"
}

library() {
	pkg-config --exists "$1"
}

header() {
	echo "#include <$1>" | gcc -E -x c -
}

# Not called vim: then command -v would find it.
editor() {
	program vim || program vim.tiny
}

# Some font is always found; one for text has cells of one width.
font() {
	[ "$(fc-match --format '%{spacing}' monospace)" = 100 ]
}

# True if clang has what a program with AddressSanitizer is linked with.
sanitizer() {
	folder=$(clang -print-resource-dir)/lib
	test -e "$folder/linux/libclang_rt.asan-$(uname -m).a" || test -e "$folder/$(uname -m)-pc-linux-gnu/libclang_rt.asan.a"
}

ensurepip() {
	python3 -c 'import ensurepip, venv'
}

# What draws text and takes pictures of it, and what windows are made of.
need_window() {
	need libwayland-bin program wayland-scanner
	need wayland-protocols library wayland-protocols
	need libfcft-dev library fcft
	need fontconfig program fc-match
	need fonts-dejavu-core font "a font of one width (as fc-match monospace says)"
}

look_for() {
	group=$1
	case $group in
	build)
		need make program make
		need gcc program gcc
		need libc6-dev header stdlib.h
		need pkg-config program pkg-config
		need meson program meson
		need libpixman-1-dev library pixman-1
		need libwayland-dev library wayland-client
		;;
	demo)
		need_window
		need libpng-dev library libpng
		;;
	terminal)
		need libvterm-dev library vterm
		need libxkbcommon-dev library xkbcommon
		;;
	check)
		need g++ program g++
		need clang program clang
		# The version is clang's; which that is may not be known yet.
		need libclang-rt-CLANG-dev sanitizer "the sanitizers of clang"
		need valgrind program valgrind
		need weston program weston
		need abigail-tools program abidiff
		# What reads libraries.
		need binutils program readelf
		# Programs that run with their memory from a pool.
		need git program git
		need python3 program python3
		need sqlite3 program sqlite3
		need xz-utils program xz
		# Programs that the terminal shows.
		need vim-tiny editor vim
		need less program less
		need htop program htop
		# Only for comparing with the originals, where they are there.
		need libtllist-dev library tllist
		;;
	lint)
		need shellcheck program shellcheck
		need mandoc program mandoc
		need cmark-gfm program cmark-gfm
		need git program git
		;;
	packaging)
		# What fetches the newest meson, and a program that is built in another way.
		need python3-venv ensurepip "ensurepip and venv of python3"
		need xz-utils program xz
		need cmake program cmake
		;;
	manual)
		need mandoc program mandoc
		need cmark-gfm program cmark-gfm
		;;
	dist)
		need git program git
		need xz-utils program xz
		;;
	foot)
		# What foot is built of, and what it is looked at in.
		need_window
		need libxkbcommon-dev library xkbcommon
		need libfontconfig-dev library fontconfig
		need libutf8proc-dev library libutf8proc
		need libtllist-dev library tllist
		need binutils program nm
		need python3 program python3
		need xz-utils program xz
		need sway program sway
		need weston program weston
		need grim program grim
		need wtype program wtype
		;;
	debian)
		# What makes packages, and looks at them.
		need dpkg-dev program dpkg-buildpackage
		need debhelper program dh
		need lintian program lintian
		;;
	cinstall)
		# What building cargo-c needs.
		need libssl-dev library openssl
		;;
	*)
		echo "packages.sh: $group is no group" >&2
		exit 2
		;;
	esac
}

# as_new_as_needed VERSION: 1.85.0 and 1.96.0+dfsg1-1 are
as_new_as_needed() {
	[ "$(printf '%s\n' "$oldest_rust" "${1%%[!0-9.]*}" | sort -V | head -n 1)" = "$oldest_rust" ]
}

# rust_here: sets what is wrong with it, if something is
rust_here() {
	rust_complaint=
	for tool in cargo rustc; do
		if ! command -v $tool >/dev/null 2>&1; then
			rust_complaint="there is no $tool here"
			has_old_rust=
			return
		fi
		found=$($tool --version 2>/dev/null | sed -n "s/^$tool \([0-9.]*\).*/\1/p")
		if ! as_new_as_needed "${found:-0}"; then
			rust_complaint="$(command -v $tool) is ${found:-of no version that it says}"
			has_old_rust=yes
			return
		fi
	done
}

# rust_packages: those of this system that are new enough; Debian 12 has them beside older ones
rust_packages() {
	for suffix in '' -web; do
		candidate=$(apt-cache policy "rustc$suffix" 2>/dev/null | sed -n 's/^ *Candidate: //p')
		if as_new_as_needed "${candidate:-0}"; then
			echo "cargo$suffix rustc$suffix"
			return
		fi
	done
}

say_where_rust_is() {
	if command -v rustup >/dev/null 2>&1; then
		echo "rustup brings it: rustup update stable" >&2
	else
		echo "It is not among the packages of this system: https://www.rust-lang.org/tools/install" >&2
	fi
}

# resolve: names what depends on lists of packages, in $missing
resolve() {
	clang=$(clang -dumpversion 2>/dev/null || apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-//p')
	clang=$(echo "$clang" | head -n 1)
	# Without a list there is no name; the next run has clang itself to ask.
	missing=$(echo "$missing " | sed "s/ libclang-rt-CLANG-dev / ${clang:+libclang-rt-${clang%%.*}-dev }/; s/ *$//")
}

name_without_apt() {
	echo "These are not here (and there is no apt-get whose packages could be named): ${unnamed#, }" >&2
	if [ -n "$is_blocked" ] || [ -n "$rust_complaint" ]; then
		echo "Some of them the library itself needs" >&2
		exit 1
	fi
	echo "It goes on without them, as far as it can" >&2
	exit 0
}

install_all() {
	echo "installing:$missing"
	# shellcheck disable=SC2086 # the packages are words
	if ! DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y --no-install-recommends $missing >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		echo "these packages could not be installed:$missing" >&2
		exit 1
	fi
}

rust_here
for group; do
	look_for "$group"
done
[ -z "$rust_complaint" ] || echo "millpond needs Rust $oldest_rust or newer, and $rust_complaint" >&2
[ -n "$missing$rust_complaint" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
	[ -z "$rust_complaint" ] || say_where_rust_is
	[ -z "$missing" ] || name_without_apt
	exit 1
fi

may_install=
[ "$(id -u)" != 0 ] && [ -z "${CI:-}" ] || may_install=yes
if [ -n "$may_install" ]; then
	as_root=
	[ "$(id -u)" = 0 ] || as_root=sudo
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	# Without lists, as in a fresh container, nothing can be named.
	$as_root apt-get update >"$log" 2>&1 || tail -n 5 "$log" >&2
fi
resolve
if [ -n "$rust_complaint" ]; then
	rust=$(rust_packages)
	if command -v rustup >/dev/null 2>&1 || [ -z "$rust" ]; then
		say_where_rust_is
		[ -z "$missing" ] || echo "and these Debian packages: sudo apt-get install$missing" >&2
		exit 1
	fi
	missing=" $rust$missing"
	# An older one that somebody has chosen is not replaced without a word.
	[ -z "$has_old_rust" ] || may_install=
fi
[ -n "$missing" ] || exit 0
if [ -n "$may_install" ]; then
	install_all
else
	echo "These Debian packages are missing. Type this, then try again:" >&2
	echo "  sudo apt-get install$missing" >&2
	exit 1
fi
