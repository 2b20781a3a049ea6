#!/bin/sh
# The C tests that `make check` does not run under valgrind, by the same rule: no error, and nothing lost, in the tests'
# children too. `make check-valgrind` runs this.
set -eu
cd "$(dirname "$0")/.."
build=build

# What takes hours otherwise: as many scrolls, and sequences of operations as long, as fit into a minute.
MILLPOND_SOAK_SCROLLS=${MILLPOND_SOAK_SCROLLS:-20000}
MILLPOND_POOL_DEPTH=${MILLPOND_POOL_DEPTH:-5}
MILLPOND_TEST_PATIENCE=${MILLPOND_TEST_PATIENCE:-20}
# The tests read the pool's own memory.
MILLPOND_ANNOTATE=0
export MILLPOND_SOAK_SCROLLS MILLPOND_POOL_DEPTH MILLPOND_TEST_PATIENCE MILLPOND_ANNOTATE
# Without the original: its faults are not ours to find.
unset MILLPOND_REFERENCE

[ -f $build/build.ninja ] || meson setup $build >/dev/null
ninja -C $build --quiet
# Left out: poolmalloc (valgrind has its own malloc in place of it), pool_original (nothing without the original), faults
# (thousands of processes, each a start of valgrind: `make check-sanitizers` looks for the same there).
meson test -C $build --no-rebuild --print-errorlogs --num-processes 2 --logbase valgrind-all --timeout-multiplier 12 \
	--wrap "valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite" \
	sanity layout arguments settings never_release displays defects scrolling held_soak scroll_soak parity \
	weston weston_scrolls pool_arena pool_transcripts pool_sequences pool_settings pool_error pool_defects pool_defects_limits \
	pool_flips
# meson adds the name of what it wraps to that of the log.
echo "$(cat $build/meson-logs/valgrind-all*.txt | grep -c "^ok ") C tests checked by valgrind"
