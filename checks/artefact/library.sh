#!/bin/sh
# The shared library as a distributor looks at it, with readelf: library.sh LIBRARY.so
set -eu
library=$1
cd "$(dirname "$0")/../.."
. checks/common.sh
LC_ALL=C
export LC_ALL

# Rust 1.95 makes 463 KB of it; docs/decisions.md says why it is not less. Other versions may make a tenth more: Rust 1.85
# makes 500 KB.
largest_bytes=475136
if ! readelf -p .comment "$library" | grep -q 'rustc version 1\.95\.'; then
	largest_bytes=$((largest_bytes * 11 / 10))
fi

strip --strip-unneeded -o "$work/stripped" "$library"
readelf -W --file-header "$library" >"$work/header"
readelf -W --segments "$library" >"$work/segments"
readelf -W --dynamic "$library" >"$work/dynamic"
readelf -W --notes "$library" >"$work/notes"
readelf -W --section-headers "$work/stripped" >"$work/sections"

# has CLAIM FILE PATTERN WHAT-TO-DO, lacks the same
has() {
	if grep -qE "$3" "$2"; then right "$1"; else differs "not so: $1" "$4"; fi
}

lacks() {
	if found=$(grep -E "$3" "$2"); then differs "not so: $1, but: $found" "$4"; else right "$1"; fi
}

flags="See link_args in meson.build"
soname=libmillpond.so.$(sed -n "s/.*soversion: '\(.*\)'.*/\1/p" meson.build)

printf '%s\n' libc.so.6 libpixman-1.so.0 libwayland-client.so.0 >"$work/wanted"
sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' "$work/dynamic" | sort >"$work/needed"
same "it needs libc, libpixman-1 and libwayland-client, and nothing more" "$work/wanted" "$work/needed" \
	"See the dependencies in meson.build, and what in src/ calls another library"
has "its SONAME is $soname" "$work/dynamic" "\(SONAME\).*\[$soname\]" "See soversion in meson.build"
lacks "no RPATH or RUNPATH" "$work/dynamic" '\((RPATH|RUNPATH)\)' "$flags"
has "a build-id" "$work/notes" 'NT_GNU_BUILD_ID' "Link with -Wl,--build-id"
has "position independent" "$work/header" 'Type: *DYN' "$flags"
lacks "no relocation in the code (TEXTREL)" "$work/dynamic" 'TEXTREL' "Compile with -fPIC"
has "relocations read-only after start (RELRO)" "$work/segments" '^  GNU_RELRO' "$flags: -z relro"
has "all of them, because functions are bound at start (BIND_NOW)" "$work/dynamic" '\(FLAGS\).*BIND_NOW' "$flags: -z now"
has "it stays when a program closes it (NODELETE)" "$work/dynamic" '\(FLAGS_1\).*NODELETE' "$flags: -z nodelete"
has "a stack that is not executable" "$work/segments" '^  GNU_STACK .* RW ' \
	"An object lacks .note.GNU-stack; see link_args in meson.build: -z noexecstack"
lacks "no segment writable and executable" "$work/segments" '^  LOAD .* RWE ' "$flags"
lacks "no initialiser but the C compiler's" "$work/sections" \
	'\.(ctors|preinit_array)|\.init_array +INIT_ARRAY +[0-9a-f]+ [0-9a-f]+ 0000(0[9a-f]|[1-9a-f])' \
	"Start when the program first calls, not when it starts"

size_bytes=$(wc -c <"$work/stripped")
claim="stripped at most $largest_bytes bytes (it is $size_bytes)"
if [ "$size_bytes" -le $largest_bytes ]; then
	right "$claim"
else
	differs "not so: $claim" "See what grew: nm -S --size-sort $library | tail; a new limit goes into checks/artefact/library.sh"
fi

strings -n 6 "$work/stripped" >"$work/strings"
home=${CARGO_HOME:-$HOME/.cargo}
if grep -qF -e "$PWD/" -e "$home/" "$work/strings"; then
	differs "it holds paths of this machine: $(grep -F -e "$PWD/" -e "$home/" "$work/strings" | head -n 1)" \
		"Give rustc --remap-path-prefix in build-aux/cargo.sh"
else
	right "no path of this machine"
fi

grep -q 'x86 feature: IBT, SHSTK' "$work/notes" ||
	echo "cannot be had: CET notes, because rustc makes code for them on nightly only"
total "properties of $soname"
