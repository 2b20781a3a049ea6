#!/bin/sh
# Each test that meson knows is known to the scripts that run the tests in other ways, or said there to be left out:
# test_lists.sh [BUILD]		default: build
set -eu
cd "$(dirname "$0")/../.."
. checks/common.sh
LC_ALL=C
export LC_ALL

meson test -C "${1:-build}" --no-rebuild --list 2>"$work/log" | sed 's|.* / ||' | sort >"$work/tests" || true
[ -s "$work/tests" ] || { cat "$work/log" >&2; differs "meson lists no test" "Run meson setup build"; }

for script in checks/runs/sanitizers.sh checks/runs/valgrind.sh checks/machines/cross.sh; do
	$script list | sort >"$work/listed"
	same "$script runs or leaves out each test, once" "$work/tests" "$work/listed" \
		"Write it into one of the lists there; into left_out with its reason"
done
total "lists of tests"
