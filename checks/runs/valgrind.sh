#!/bin/sh
# The C tests under valgrind: no error, and nothing lost, in the tests' children too. valgrind.sh
# quick|rest|list: `make check-valgrind` runs both; list names each test that is run or
# left out.
set -eu
cd "$(dirname "$0")/../.."
extent=${1:-quick}
build=build

quick="life purge small_buffers chain_11301 chain_12500 pool_arguments pool_changes pool_damage pool_defects_aligned pool_diagnosis pool_layout
	pool_panics pool_reasons"
# Left out are poolmalloc (valgrind has its own malloc in place of it), pool_original and pool_large (nothing without the
# original), faults, chain_faults and launcher_faults (thousands of processes, each a start of valgrind; the sanitizers run them),
# pool_damage_large (thousands of heaps, likewise), pool_error (it has a calloc() of its own, and valgrind another one), fork, pool_threads and
# pool_system_threads (hundreds of forks, each after a turn of every thread: minutes; so with exec and pool_system_stress),
# fork_steps and pool_system_fork_steps (they trace themselves, as a debugger does), dlclose_often (the loader reads words
# beyond the ends of texts, and what pixman takes when it is loaded it does not give back), pool_index, pool_system and
# pool_faults (valgrind itself needs mappings), pool_callbacks and pool_set_aside (valgrind reports the question whether there is
# memory at bad addresses), pool_shared and pool_walk (they take too long), probes and
# pool_probes (they change code that valgrind has translated before), leaks, leaks_poolstat and leaks_session (their programs lose what they do on purpose).
left_out="poolmalloc pool_original pool_large pool_damage_large faults chain_faults launcher_faults pool_error dlclose_often fork exec fork_steps
	pool_system_fork_steps pool_system_stress pool_threads pool_system_threads pool_index pool_system pool_faults
	pool_callbacks pool_set_aside pool_shared pool_walk probes pool_probes leaks leaks_poolstat leaks_session"
rest="dlclose log_handlers sanity layout arguments settings never_release in_hand held carry_over statistics displays misbehaving protocol_log defects file_errors foreign_files
	scrolling huge_pages held_soak scroll_soak parity
	terminal_changes terminal_scrolling terminal_scrolling_late terminal_scrolling_memmove terminal_changing
	terminal_weston
	memory_files few_objects catching_up catching_up_late catching_up_costs
	chain_10802 chain_11200 chain_11400 chain_11600 chain_11700 chain_12100 chain_12203 chain_12600 chain_12800 chain_two_faces launcher readme_buffers readme_pools
	weston weston_scrolls weston_windows catching_up_weston
	pool_arena pool_example_system pool_example_callbacks pool_zeroed pool_transcripts pool_sequences pool_settings pool_print pool_defects
	pool_defects_limits pool_flips pool_trimming pool_statistics pool_statistics_page"
# shellcheck disable=SC2086 # the tests are words
case $extent in
list) printf '%s\n' $quick $rest $left_out; exit ;;
quick) tests=$quick slower=3 ;;
rest) tests=$rest slower=12 ;;
*) echo "usage: $0 quick|rest|list" >&2; exit 2 ;;
esac

# What takes hours otherwise: as many scrolls, and as long sequences of operations, as fit into a minute.
MILLPOND_SOAK_SCROLLS=${MILLPOND_SOAK_SCROLLS:-20000}
MILLPOND_POOL_DEPTH=${MILLPOND_POOL_DEPTH:-5}
MILLPOND_TEST_PATIENCE=${MILLPOND_TEST_PATIENCE:-20}
# The tests read the pool's own memory, and the library's own reads are looked at too: it tells nothing of blocks.
MILLPOND_ANNOTATE=0
export MILLPOND_SOAK_SCROLLS MILLPOND_POOL_DEPTH MILLPOND_TEST_PATIENCE MILLPOND_ANNOTATE
# Without the original: its faults are not ours to find.
unset MILLPOND_REFERENCE

[ -f $build/build.ninja ] || meson setup $build >/dev/null
ninja -C $build --quiet
log=valgrind-$extent
# shellcheck disable=SC2086
meson test -C $build --no-rebuild --print-errorlogs --num-processes 2 --logbase $log --timeout-multiplier $slower \
	--wrap "valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite" \
	$tests
# meson adds the name of what it wraps to that of the log.
echo "$(cat $build/meson-logs/"$log"*.txt | grep -c "^ok ") C tests checked by valgrind"
