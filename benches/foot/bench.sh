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
built=$PWD/build/real/foot-$version
library=$PWD/build/real/prefix/lib

if [ ! -x "$built/relinked/build/foot" ]; then
	echo "bench-foot: foot $version is not built: type \`make check-foot\` first" >&2
	exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cc -O2 -std=c99 -o "$work/load" benches/foot/load.c
cp benches/foot/session.sh "$work"
cp "$built/stock/build/foot" "$work/stock"
cp "$built/relinked/build/foot" "$work/relinked"
cp "$library"/libmillpond.so.0 "$work"

# in_session COMPOSITOR SIZE: as an ordinary user, which sway wants
in_session() {
	folder=$work/$1-$2
	mkdir "$folder"
	# shellcheck disable=SC2086 # phases are words
	set -- "$work/session.sh" "$1" "$2" "$folder" "$work/stock" "$work/relinked" "$work/load" $frames $runs $phases
	if [ "$(id -u)" = 0 ]; then
		chown nobody "$folder"
		set -- setpriv --reuid="$(id -u nobody)" --regid="$(id -g nobody)" --clear-groups "$@"
	fi
	env LD_LIBRARY_PATH="$work" "$@"
}

# medians FILE: of each phase, of each column
medians() {
	for phase in $phases; do
		printf '%s' "$phase"
		for column in 2 3 4 5 6; do
			awk -v phase="$phase" -v column=$column '$1 == phase { print $column }' "$1" | sort -n |
				awk '{ n[NR] = $1 } END { printf " %s", n[int((NR + 1) / 2)] }'
		done
		echo
	done
}

echo "foot $version, CPU of each frame in microseconds: as it is, with millpond, times less; page faults of each frame;"
echo "shared memory and address space in MiB; milliseconds until all was read"
for compositor in $compositors; do
	for size in $sizes; do
		in_session "$compositor" "$size"
		medians "$work/$compositor-$size/stock" >"$work/one"
		medians "$work/$compositor-$size/relinked" >"$work/other"
		paste -d ' ' "$work/one" "$work/other" | awk -v place="$compositor $size" '
			function times(one, other) { return other > 0 ? sprintf("%.2f", one / other) : "-" }
			{
				printf "%-24s %-12s %6d %6d %5s   faults %4d %4d   shared %4d %4d   space %5d %4d   %5d %5d\n",
					place, $1, $2, $8, times($2, $8), $3, $9, $4 / 1024, $10 / 1024, $5 / 1024, $11 / 1024, $6, $12
			}'
	done
done
