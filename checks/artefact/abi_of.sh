#!/bin/sh
# Writes the C ABI of the sources, as abidw sees it: abi_of.sh SOURCE_DIR TARGET_DIR OUTPUT
#
# The library is built once more with debug information, from which abidw reads functions, parameters and structs. What is
# of Rust only is taken out: in which module a type stands, and the order of numbering, change without C noticing.
set -eu
source_dir=$1 target_dir=$2 output=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd "$source_dir" && build-aux/cargo.sh "$PWD" "$target_dir" "$work/libmillpond.a" \
	"$work/libmillpond.d" debug=true wayland_version="$(pkg-config --modversion wayland-client)")
soname=libmillpond.so.$(sed -n "s/.*soversion: '\(.*\)'.*/\1/p" "$source_dir/meson.build")
"$source_dir/build-aux/names.sh" map prefix= shm pool >"$work/millpond.map"
# shellcheck disable=SC2046 # the flags are words
gcc -shared -o "$work/$soname" -Wl,-soname,"$soname" -Wl,--version-script="$work/millpond.map" \
	-Wl,--whole-archive "$work/libmillpond.a" -Wl,--no-whole-archive -Wl,--as-needed \
	$(pkg-config --libs pixman-1 wayland-client)

abidw --no-corpus-path --no-comp-dir-path --no-show-locs --drop-undefined-syms --type-id-style hash \
	--out-file "$work/abi" "$work/$soname"
sed -e '/<namespace-decl /d; /<\/namespace-decl>/d; /<abi-instr /d; /<\/abi-instr>/d' \
	-e "/<\/elf-function-symbols>/a <abi-instr address-size='64' path='millpond' language='LANG_C99'>" \
	-e 's/^<\/abi-corpus>/<\/abi-instr>\n&/' -e 's/^ *//' -e 's/[a-z_0-9]*:://g' "$work/abi" >"$output"
