#!/bin/sh
# Builds dlmalloc 2.8.6 as a library of mspaces: build_mspace.sh FILE.so
#
# The source is the one that the crate libffi-sys carries; cargo fetches it, nothing of that crate is built.
set -eu

output=$1
manifest=$(dirname "$0")/Cargo.toml

folder=$(cargo metadata --quiet --locked --format-version 1 --manifest-path "$manifest" --features dlmalloc-source |
	tr ',' '\n' | sed -n 's|^"manifest_path":"\(.*/libffi-sys-[^/]*\)/Cargo.toml"$|\1|p' | head -n 1)
[ -f "$folder/libffi/src/dlmalloc.c" ] || {
	echo "dlmalloc.c is not where it was expected: $folder/libffi/src" >&2
	exit 1
}
# No locks inside: the comparison puts a mutex outside. The warnings are not ours to mend.
${CC:-cc} -w -O2 -fPIC -shared -DONLY_MSPACES=1 -DUSE_LOCKS=0 "$folder/libffi/src/dlmalloc.c" -o "$output"
