#!/bin/sh
# Systematic failure at full length, of which `make check` does a part: each call of the system, of malloc(), libwayland
# and pixman fails once, and from then on, in the fixed scenario with each error of its manual page, and in hundreds of
# random ones; with limits of descriptors, of memory and of files, in a full file system, and among signals; and each call
# of pools, `alloc` and those of the system.
#
# MILLPOND_FAULT_SCENARIOS=N: so many random ones of each kind, in place of 200.
set -eu
cd "$(dirname "$0")/../.."
build=build

[ -f $build/build.ninja ] || meson setup $build >/dev/null
ninja -C $build --quiet
MILLPOND_FAULT_SCENARIOS=${MILLPOND_FAULT_SCENARIOS:-200}
export MILLPOND_FAULT_SCENARIOS
# Each has two workers.
meson test -C $build --no-rebuild --print-errorlogs --num-processes 1 --timeout-multiplier 12 faults chain_faults launcher_faults pool_faults
log=$build/meson-logs/testlog.txt
sed -n '/injections/s/^# /    /p' $log
awk '/injections/ { for (i = 2; i <= NF; i++) { if ($i ~ /^injections/) injections += $(i - 1); if ($i ~ /^runs:?$/) runs += $(i - 1) } }
	END { printf "%d runs, %d injections\n", runs, injections }' $log
