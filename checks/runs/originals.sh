#!/bin/sh
# How many tests of each suite the originals pass: `make check-originals`. It fails nothing; the figures stand in
# docs/testing.md.
#
# The C tests are what they are, and the original, built by `make reference` or below $MILLPOND_REFERENCE, comes before
# millpond for the names that both have. Not all that it does otherwise is a fault: a suite also has what millpond promises beyond it.
# shm: the programs that use shm.h alone; pool: those that use what the original's pool.h has.
set -eu
cd "$(dirname "$0")/../.."
shm='arguments life purge small_buffers displays misbehaving never_release in_hand defects file_errors foreign_files scrolling
	memory_files few_objects huge_pages fork exec'
pool='arguments settings changes defects defects_aligned defects_limits panics damage damage_large set_aside callbacks print
	index threads flips'

reference=${MILLPOND_REFERENCE:-build/reference}
case $reference in
/*) ;;
*) reference=$PWD/$reference ;;
esac
[ -f "$reference/libpool_ref.so" ] || {
	echo "originals.sh: no $reference/libpool_ref.so: see make reference, or set MILLPOND_REFERENCE" >&2
	exit 1
}
[ -f build/build.ninja ] || meson setup build >/dev/null
ninja -C build --quiet

# passed LIBRARY PROGRAM: how many of how many tests it passes with the library; those that cannot be done here are left out
passed() {
	LD_PRELOAD=$1 timeout 300 "$2" 2>/dev/null |
		awk '/^1\.\./ { all = substr($0, 4) } /# SKIP/ { all--; next } /^ok/ { passed++ } END { printf "%d %d\n", passed, all }'
}

# compare HEADER LIBRARY PREFIX NAME...
compare() {
	header=$1 library=$2 prefix=$3
	shift 3
	for name; do
		program=$(find build/c-tests -type f -name "test_$prefix$name" | head -n 1)
		# shellcheck disable=SC2046 # two words
		set -- $(passed '' "$program") $(passed "$library" "$program")
		echo "| $header | $prefix$name | $1 of $2 | $3 |"
	done
}

echo "| | suite | passed by millpond | passed by the original |"
echo "|---|---|---|---|"
# shellcheck disable=SC2086 # words
compare shm.h "$reference/libshm_ref_ndebug.so" '' $shm
# shellcheck disable=SC2086 # words
compare pool.h "$reference/libpool_ref.so" pool_ $pool
