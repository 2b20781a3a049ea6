#!/bin/sh
# Compares the pool with the original and with other allocators:
#
#	bench.sh [--library libmillpond.so] [--folder DIR] [--json FILE.json] [--quick] [options of pool_bench]
#
# What it needs it builds into DIR (default: build/pool-bench): the measuring program, the traces of real programs,
# and the peers, whose sources cargo fetches. jemalloc and mimalloc are Debian's libjemalloc2 and libmimalloc2.0; what
# is not there is left out. MILLPOND_REFERENCE=DIR names the folder with the original, libpool_ref.so.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
folder=$root/build/pool-bench
library=$root/build/libmillpond.so.0
CC=${CC:-cc}
while [ $# -gt 0 ]; do
	case $1 in
	--library) library=$2; shift 2 ;;
	--folder) folder=$2; shift 2 ;;
	*) break ;;
	esac
done
mkdir -p "$folder"

"$CC" -std=gnu99 -D_GNU_SOURCE -O2 -g -pthread -I"$root/include" "$here"/*.c -o "$folder/pool_bench" -ldl -lm
"$root/tools/trace/record.sh" "$folder/traces"
set -- "$@" --traces "$folder/traces"
# A peer that cannot be built is left out, and the rest is measured.
if CARGO_TARGET_DIR="$folder/peers" cargo build --quiet --locked --release \
	--manifest-path "$root/tools/peers/Cargo.toml"; then
	set -- "$@" --tlsf "$folder/peers/release/libpeers.so"
fi
if [ -f "$folder/libmspace.so" ] || "$root/tools/peers/build_mspace.sh" "$folder/libmspace.so"; then
	set -- "$@" --mspace "$folder/libmspace.so"
fi
if [ -n "${MILLPOND_REFERENCE:-}" ]; then
	set -- "$@" --original "$MILLPOND_REFERENCE/libpool_ref.so"
fi
if [ -f "$library" ]; then
	set -- "$@" --millpond "$library"
else
	echo "$library is not there: millpond itself is left out" >&2
fi
# jemalloc keeps thread-local data where the dynamic linker has little room unless it is told to make some.
GLIBC_TUNABLES=glibc.rtld.optional_static_tls=65536 exec "$folder/pool_bench" "$@"
