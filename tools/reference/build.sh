#!/bin/sh
# Builds the originals as shared objects, from sources that you have: `make reference FOOT=DIR PLAN9=DIR`, or
#
#	tools/reference/build.sh OUTPUT FOOT PLAN9	"" for one of them: not that one
#
# FOOT is a source folder of foot, 1.8.0 or 1.8.1 (others before 1.8.2 have a smaller struct, and do for neither tests nor
# measurements). PLAN9 is one of 9front, or of another Plan 9 with sys/src/libc/port/pool.c and sys/include/pool.h; the
# tests know what commit bd43bd6f1 of 9front does. Nothing of either is part of millpond: only here, and only what you name.
#
# It leaves libshm_ref.so (with assertions), libshm_ref_ndebug.so (as releases are built) and libpool_ref.so in OUTPUT,
# and the headers beside what they need in OUTPUT/foot and OUTPUT/plan9. Needed: gcc, libpixman-1-dev, libwayland-dev,
# libfcft-dev and libtllist-dev.
set -eu
if [ $# != 3 ] || [ -z "$2$3" ]; then
	echo "usage: make reference FOOT=DIR PLAN9=DIR   with the sources of foot 1.8.1, of 9front, or of both" >&2
	exit 2
fi
foot=$2 plan9=$3
mkdir -p "$1"
output=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)

# collect NAME FILE...: a folder with our files and copies of these; copies, as a file finds others beside it first
collect() {
	name=$1
	shift
	for file; do
		[ -f "$file" ] || { echo "make reference: $file is not there" >&2; exit 1; }
	done
	mkdir -p "$output/$name"
	cp "$here/$name"/* "$@" "$output/$name"
}

# compile NAME OPTION...: what we cannot change may give warnings
compile() {
	name=$1
	shift
	gcc -w -O2 -g -fPIC -shared "$@" -o "$output/$name.part"
	mv "$output/$name.part" "$output/$name"
	echo "$output/$name"
}

# Without words, so that a folder may have spaces in its name.
if [ -n "$foot" ]; then
	collect foot "$foot/shm.c" "$foot/shm.h"
	if grep -q buffer_chain "$foot/shm.h" || ! grep -q shm_set_max_pool_size "$foot/shm.h"; then
		echo "make reference: $foot is not foot 1.8.1: its shm.h has other functions" >&2
		exit 1
	fi
	libraries=$(pkg-config --cflags --libs wayland-client pixman-1 fcft tllist)
	for kind in '' _ndebug; do
		# shellcheck disable=SC2086 # the flags are words
		compile "libshm_ref$kind.so" ${kind:+-DNDEBUG} -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DMEMFD_CREATE \
			"$output/foot/shm.c" -Wl,--as-needed $libraries
	done
fi
if [ -n "$plan9" ]; then
	collect plan9 "$plan9/sys/src/libc/port/pool.c" "$plan9/sys/include/pool.h"
	# In ISO C 0xEE+1 is one word, and none that is a number.
	sed 's/\(0x[0-9A-Fa-f]*[Ee]\)+/\1 +/' "$output/plan9/pool.c" >"$output/plan9/pool_iso.c"
	compile libpool_ref.so -fplan9-extensions -fno-strict-aliasing -I"$output/plan9" \
		"$output/plan9/pool_iso.c" "$output/plan9/support.c"
fi
echo "With MILLPOND_REFERENCE=$output the tests and benchmarks compare with these"
