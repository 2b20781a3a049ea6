#!/bin/sh
# Compares the pool with the original and with other allocators:
#
#	bench.sh [--program pool_bench] [--library libmillpond.so] [--folder DIR] [options of pool_bench]
#
# The measuring program and millpond are those that meson has built into build/. What else it needs it makes in DIR
# (default: build/pool-bench): the traces of real programs, and the peers, whose sources cargo fetches. What is not there
# is left out with a line: jemalloc and mimalloc are Debian's libjemalloc2 and libmimalloc2.0.
# MILLPOND_REFERENCE=DIR names the folder with the original, libpool_ref.so. The figures are also written to
# bench-pool.json and drawn in bench-pool.svg, in this folder, unless a part of the rows is asked for.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
folder=$root/build/pool-bench
program=$root/build/benches/pool/pool_bench
library=$root/build/libmillpond.so.0
while [ $# -gt 0 ]; do
	case $1 in
	--program) program=$2; shift 2 ;;
	--library) library=$2; shift 2 ;;
	--folder) folder=$2; shift 2 ;;
	*) break ;;
	esac
done
mkdir -p "$folder"
is_whole=true
for option; do
	case $option in --only | --profile) is_whole=false ;; esac
done
! $is_whole || set -- --json bench-pool.json --picture bench-pool.svg "$@"

"$root/tools/trace/record.sh" "$folder/traces"
set -- "$@" --traces "$folder/traces"
# A peer that cannot be built is left out, and the rest is measured.
if CARGO_TARGET_DIR="$folder/peers" cargo build --quiet --locked --release \
	--manifest-path "$root/tools/peers/Cargo.toml"; then
	set -- "$@" --tlsf "$folder/peers/release/libpeers.so"
else
	echo "left out: TLSF, whose crate rlsf cannot be had" >&2
fi
if [ -f "$folder/libmspace.so" ] || "$root/tools/peers/build_mspace.sh" "$folder/libmspace.so"; then
	set -- "$@" --mspace "$folder/libmspace.so"
else
	echo "left out: dlmalloc, whose source in the crate libffi-sys cannot be had" >&2
fi
if [ -n "${MILLPOND_REFERENCE:-}" ]; then
	set -- "$@" --original "$MILLPOND_REFERENCE/libpool_ref.so"
else
	echo "left out: the original (MILLPOND_REFERENCE is not set)" >&2
fi
if [ -f "$library" ]; then
	set -- "$@" --millpond "$library"
else
	echo "left out: millpond itself ($library is not there)" >&2
fi
# jemalloc keeps thread-local data where the dynamic linker has little room unless it is told to make some.
GLIBC_TUNABLES=glibc.rtld.optional_static_tls=65536 "$program" "$@"

# What the statistics page costs.
if $is_whole && [ -f "$library" ]; then
	echo
	"$(dirname "$program")/pair_cost" "$library"
fi
