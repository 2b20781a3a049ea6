#!/bin/sh
# What build-aux/packages.sh says and does where something is missing: on a system that is made up of a few programs, with
# an apt-get that only writes down what it is asked for.
set -eu
. "$(dirname "$0")/common.sh"
packages=$project/build-aux/packages.sh

# system NAME PROGRAM...: a folder for PATH, with these programs of this system and what scripts need
system() {
	bin=$work/$1
	shift
	mkdir "$bin"
	for program in sh sed sort head tail id mktemp rm dirname uname printf test "$@"; do
		ln -s "$(command -v "$program")" "$bin"
	done
}

# rust VERSION: cargo and rustc of that version
rust() {
	for tool in cargo rustc; do
		printf '#!/bin/sh\necho "%s %s (made up)"\n' $tool "$1" >"$bin/$tool"
		chmod +x "$bin/$tool"
	done
}

# apt OFFERED-RUST OFFERED-RUST-WEB CLANG
apt() {
	cat >"$bin/apt-cache" <<-END
		#!/bin/sh
		case \$* in
		"policy rustc") echo "  Candidate: $1" ;;
		"policy rustc-web") echo "  Candidate: $2" ;;
		"depends clang") echo "  Depends: clang-$3" ;;
		esac
	END
	printf '#!/bin/sh\necho "$*" >>"%s/asked"\n' "$work" >"$bin/apt-get"
	chmod +x "$bin/apt-cache" "$bin/apt-get"
}

# asks USER GROUP...: leaves what is said in $work/said; USER is root, or somebody who may not install
asks() {
	echo "#!/bin/sh" >"$work/id"
	echo "echo $([ "$1" = root ] && echo 0 || echo 1000)" >>"$work/id"
	rm -f "$bin/id"
	cp "$work/id" "$bin/id"
	chmod +x "$bin/id"
	shift
	rm -f "$work/asked"
	touch "$work/asked"
	status=0
	env -u CI PATH="$bin" "$packages" "$@" >"$work/said" 2>&1 || status=$?
}

line_to_type() {
	sed -n 's/^  sudo apt-get install //p' "$work/said"
}

# Rust first. Debian 12 has it twice, and the one that is called cargo is too old.
system old gcc pkg-config
rust 1.65.0
apt 1.63.0+dfsg1-2 1.85.0+dfsg3-1 14
asks somebody build
same "status with an old Rust" 1 $status
same "what is said of an old Rust" "millpond needs Rust 1.85 or newer, and $bin/cargo is 1.65.0" "$(head -n 1 "$work/said")"
same "the line with an old Rust" "cargo-web rustc-web make meson" "$(line_to_type)"
asks root build
same "what root is told of an old Rust" "1 cargo-web rustc-web make meson" "$status $(line_to_type)"
same "what is installed in place of an old Rust" "update" "$(cat "$work/asked")"

# A new system.
system new
apt 1.85.0+dfsg3-1 '(none)' 19
asks somebody build check
same "what is said without Rust" "millpond needs Rust 1.85 or newer, and there is no cargo here" "$(head -n 1 "$work/said")"
same "how the line begins" "cargo rustc make gcc libc6-dev pkg-config meson libpixman-1-dev libwayland-dev g++ clang \
libclang-rt-19-dev" "$(line_to_type | cut -d ' ' -f 1-12)"
same "how it ends" "valgrind weston abigail-tools binutils git python3 sqlite3 xz-utils vim-tiny less htop libtllist-dev" \
	"$(line_to_type | cut -d ' ' -f 13-)"
asks root build
same "what root installs" "update
install -y --no-install-recommends cargo rustc make gcc libc6-dev pkg-config meson libpixman-1-dev libwayland-dev" \
	"$(cat "$work/asked")"

# No Rust that is new enough.
apt 1.75.0 '(none)' 19
asks somebody build
same "without a Rust that is new enough" "1 1" "$status $(grep -c 'not among the packages.*rust-lang.org' "$work/said")"

# No apt-get: everything but what the library needs may be missing.
system other make gcc pkg-config meson
rust 1.96.0
asks somebody build demo check
same "status without apt-get" 0 $status
same "what is missing, without apt-get" "fc-match clang valgrind weston" "$(grep -o 'fc-match\|clang\|valgrind\|weston' "$work/said" |
	awk '!seen[$0]++' | one_line)"
same "Debian's names, without apt-get" 0 "$(grep -c 'apt-get install\|-dev' "$work/said" || true)"
system bare make gcc pkg-config
rust 1.96.0
PKG_CONFIG_LIBDIR=$work/nothing
export PKG_CONFIG_LIBDIR
asks somebody build demo
same "status without what the library needs" 1 $status
same "libraries that are missing" "pixman-1 wayland-client wayland-protocols fcft libpng" \
	"$(tr ',:' '\n' <"$work/said" | sed -n 's/^ \(.*\) (for pkg-config).*/\1/p' | one_line)"
finish "facts about what is asked for"
