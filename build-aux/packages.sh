#!/bin/sh
# Looks for what building, testing and the demo need: packages.sh GROUP..., of build, demo, terminal, check,
# manual, dist, debian, cinstall, foot.
#
# As root, or with CI set, it installs what is missing; otherwise it prints the one line to type, and stops.
set -eu

missing=

# need PACKAGE TEST...: the package is missing if the test fails
need() {
	package=$1
	shift
	"$@" >/dev/null 2>&1 || missing="$missing $package"
}

has() {
	command -v "$1"
}

library() {
	pkg-config --exists "$1"
}

has_vim() {
	has vim || has vim.tiny
}

# True if clang has what a program with AddressSanitizer is linked with.
clang_sanitizes() {
	test -e "$(clang -print-resource-dir)/lib/linux/libclang_rt.asan-$(uname -m).a"
}

for group in "$@"; do
	case $group in
	build)
		need gcc has gcc
		need libc6-dev test -e /usr/include/stdlib.h
		need pkg-config has pkg-config
		need meson has meson
		need libpixman-1-dev library pixman-1
		need libwayland-dev library wayland-client
		;;
	demo)
		need libwayland-bin has wayland-scanner
		need wayland-protocols library wayland-protocols
		need libfcft-dev library fcft
		need libpng-dev library libpng
		need fonts-dejavu-core test -e /usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf
		;;
	terminal)
		need libvterm-dev library vterm
		need libxkbcommon-dev library xkbcommon
		;;
	check)
		need g++ has g++
		need clang has clang
		clang_major=$(clang -dumpversion 2>/dev/null | cut -d . -f 1)
		need "libclang-rt-${clang_major:-14}-dev" clang_sanitizes
		need valgrind has valgrind
		need weston has weston
		need mandoc has mandoc
		need shellcheck has shellcheck
		need abigail-tools has abidiff
		# Programs that run with their memory from a pool.
		need git has git
		need python3 has python3
		need sqlite3 has sqlite3
		# Programs that the terminal shows.
		need vim-tiny has_vim
		need less has less
		need htop has htop
		# Only for comparing with the originals, where they are there.
		need libtllist-dev library tllist
		need make has make
		# What reads libraries, and what fetches the newest meson.
		need binutils has readelf
		need python3-venv python3 -c 'import ensurepip, venv'
		need xz-utils has xz
		# A program that is built in another way.
		need cmake has cmake
		;;
	manual)
		need mandoc has mandoc
		need cmark-gfm has cmark-gfm
		;;
	dist)
		need git has git
		need xz-utils has xz
		;;
	foot)
		# What foot is built of, and what it is looked at in.
		need libwayland-bin has wayland-scanner
		need wayland-protocols library wayland-protocols
		need libxkbcommon-dev library xkbcommon
		need libfontconfig-dev library fontconfig
		need libutf8proc-dev library libutf8proc
		need libtllist-dev library tllist
		need libfcft-dev library fcft
		need fonts-dejavu-core test -e /usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf
		need binutils has nm
		need python3 has python3
		need xz-utils has xz
		need sway has sway
		need weston has weston
		need grim has grim
		need wtype has wtype
		;;
	debian)
		# What makes packages, and looks at them.
		need dpkg-dev has dpkg-buildpackage
		need debhelper has dh
		need lintian has lintian
		;;
	cinstall)
		# What building cargo-c needs.
		need libssl-dev library openssl
		;;
	esac
done

if ! command -v cargo >/dev/null 2>&1; then
	echo "millpond needs Rust 1.85 or newer (cargo and rustc): https://www.rust-lang.org/tools/install" >&2
	exit 1
fi
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] || [ -n "${CI:-}" ]; then
	echo "installing:$missing"
	as_root=
	[ "$(id -u)" = 0 ] || as_root=sudo
	log=$(mktemp)
	# shellcheck disable=SC2086 # the packages are words
	if ! { $as_root apt-get update && DEBIAN_FRONTEND=noninteractive \
		$as_root apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		rm -f "$log"
		echo "these packages could not be installed:$missing" >&2
		exit 1
	fi
	rm -f "$log"
else
	echo "These Debian packages are missing. Type this, then try again:" >&2
	echo "  sudo apt-get install$missing" >&2
	exit 1
fi
