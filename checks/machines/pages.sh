#!/bin/sh
# Runs the C tests of pixel buffers, of system pools, and of what pools give back, where pages seem to have 16 and 64 KiB:
# pages.sh quick|all
#
# c-tests/support/large_pages.c says how. The library is the one that `meson test` uses. quick is part of `make check-soaks`; all is
# what `make check-cross MACHINES=pages` runs.
set -eu
cd "$(dirname "$0")/../.."
extent=${1:-quick}
build=build

quick="life purge small_buffers scrolling huge_pages held_soak"
rest="sanity layout arguments settings never_release displays defects memory_files few_objects catching_up
	catching_up_costs chain_11301 chain_12500 scroll_soak parity faults carry_over held statistics pool_system pool_zeroed
	pool_trimming pool_statistics_page"
case $extent in
quick) tests=$quick ;;
all) tests="$quick $rest" ;;
*) echo "usage: $0 quick|all" >&2; exit 2 ;;
esac
unset MILLPOND_REFERENCE

case $(uname -m) in
x86_64 | aarch64) ;;
*)
	echo "skipped: larger pages are not made up on this machine"
	exit 0
	;;
esac
[ -f $build/build.ninja ] || meson setup $build >/dev/null
ninja -C $build --quiet
for size in 16 64; do
	# shellcheck disable=SC2086 # the tests are words
	meson test -C $build --no-rebuild --print-errorlogs --num-processes 2 --timeout-multiplier 3 \
		--setup pages_${size}k $tests
	echo "$(grep -c '^ok ' $build/meson-logs/testlog-pages_${size}k.txt) C tests checked with pages of $size KiB"
done
