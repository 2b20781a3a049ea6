#!/bin/sh
# What a real foot takes without and with millpond, side by side in one run: bench.sh [--quick] VERSION
#
# Both are those that `make check-foot` has built. A row says what foot itself takes, CPU of all its threads: without
# millpond, with it, and how many times less that is; medians. SIZES='1920x1080 800x600', and
# PHASES='typing drain': these alone.
set -eu
cd "$(dirname "$0")/../.."
runs=3 frames=200 sizes=${SIZES:-800x600 1920x1080 3840x2160} compositors="sway weston-pixman weston-gl"
if [ "${1:-}" = --quick ]; then
	shift
	runs=1 sizes=1920x1080
fi
version=${1:-1.13.1}
phases=${PHASES:-typing one-line three-lines region reverse screen drain}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. benches/foot/prepare.sh

if ! has_programs "$version"; then
	echo "bench-foot: foot $version is not built: type \`make check-foot\` first" >&2
	exit 1
fi
prepare "$version"
echo "foot $version, CPU of each frame in microseconds: as it is, with millpond, times less; page faults of each frame;"
echo "shared memory and address space in MiB; milliseconds until all was read"
for compositor in $compositors; do
	for size in $sizes; do
		# shellcheck disable=SC2086 # phases are words
		in_session "$compositor" "$size" $frames $runs $phases
		# shellcheck disable=SC2086
		medians "$work/$compositor-$size/stock" $phases >"$work/one"
		# shellcheck disable=SC2086
		medians "$work/$compositor-$size/relinked" $phases >"$work/other"
		paste -d ' ' "$work/one" "$work/other" | awk -v place="$compositor $size" '
			function times(one, other) { return other > 0 ? sprintf("%.2f", one / other) : "-" }
			{
				printf "%-24s %-12s %6d %6d %5s   faults %4d %4d   shared %4d %4d   space %5d %4d   %5d %5d\n",
					place, $1, $2, $8, times($2, $8), $3, $9, $4 / 1024, $10 / 1024, $5 / 1024, $11 / 1024, $6, $12
			}'
	done
done
