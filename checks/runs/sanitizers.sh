#!/bin/sh
# The C tests of both interfaces under the sanitizers of gcc and of clang: AddressSanitizer with LeakSanitizer, and
# UndefinedBehaviorSanitizer. sanitizers.sh quick|all|list; `make check-sanitizers` runs all;
# list names each test that is run or left out.
#
# Where a nightly Rust is installed, the Rust code is instrumented as well; otherwise only its calls of malloc() and
# free() are seen. Without MILLPOND_REFERENCE: the original is loaded in a way that AddressSanitizer does not allow.
set -eu
cd "$(dirname "$0")/../.."
extent=${1:-quick}
unset MILLPOND_REFERENCE
folder=build/sanitizers

# Half a minute together on two cores.
quick="sanity layout settings life purge small_buffers displays scrolling huge_pages held_soak scroll_soak
	memory_files few_objects catching_up catching_up_costs chain_11301 chain_11400 chain_12500
	pool_layout pool_arguments pool_settings pool_changes pool_defects pool_defects_aligned pool_defects_limits
	pool_panics pool_diagnosis pool_damage pool_reasons pool_set_aside
	pool_zeroed pool_probes probes"
# Some minutes.
rest="fork exec log_handlers pool_threads pool_system_threads pool_system_stress arguments defects file_errors foreign_files misbehaving protocol_log never_release in_hand held carry_over statistics parity faults
	chain_10802 chain_11200 chain_11600 chain_11700 chain_12100 chain_12203 chain_12600 chain_12800 chain_two_faces chain_faults launcher launcher_faults readme_buffers readme_pools
	pool_flips pool_transcripts pool_sequences pool_arena pool_example_system pool_example_callbacks pool_callbacks pool_print pool_shared
	pool_trimming pool_damage_large pool_walk pool_statistics pool_statistics_page
	catching_up_late weston weston_scrolls weston_windows catching_up_weston
	terminal_changes terminal_scrolling terminal_scrolling_late terminal_scrolling_memmove terminal_changing terminal_weston"
# Nothing without the original: pool_original, pool_large. Itself the malloc of the programs that it runs: poolmalloc. Has
# a calloc() of its own: pool_error. Load the shared library: dlclose, dlclose_often. Take mappings from the sanitizers, or
# count them: pool_index, pool_system, pool_faults. Stand still at single instructions, of which there would be many more: fork_steps,
# pool_system_fork_steps. Have programs that lose memory on purpose: leaks, leaks_poolstat, leaks_session.
left_out="pool_original pool_large poolmalloc pool_error dlclose dlclose_often pool_index pool_system pool_faults fork_steps pool_system_fork_steps leaks leaks_poolstat leaks_session"
# shellcheck disable=SC2086 # the tests are words
case $extent in
list) printf '%s\n' $quick $rest $left_out; exit ;;
quick) tests=$quick MILLPOND_SOAK_SCROLLS=${MILLPOND_SOAK_SCROLLS:-50000} ;;
all) tests="$quick $rest" MILLPOND_SOAK_SCROLLS=${MILLPOND_SOAK_SCROLLS:-300000} ;;
*) echo "usage: $0 quick|all|list" >&2; exit 2 ;;
esac
MILLPOND_POOL_DEPTH=${MILLPOND_POOL_DEPTH:-6}
MILLPOND_TEST_PATIENCE=${MILLPOND_TEST_PATIENCE:-5}
# The tests read the pool's own memory, and where Rust is instrumented, so does the pool.
MILLPOND_ANNOTATE=0
export MILLPOND_SOAK_SCROLLS MILLPOND_POOL_DEPTH MILLPOND_TEST_PATIENCE MILLPOND_ANNOTATE

. checks/runs/steps.sh

has_nightly() {
	case $(uname -sm) in
	"Linux x86_64" | "Linux aarch64") RUSTUP_TOOLCHAIN=nightly cargo --version 2>/dev/null | grep -q nightly ;;
	*) false ;;
	esac
}

# The programs of the tests, as meson knows them: test_NAME mostly.
targets() {
	for name in $tests; do
		case $name in
		terminal_scrolling* | terminal_changing) echo terminal ;;
		sanity | held_soak | scroll_soak | pool_arena) echo "$name" ;;
		pool_example_*) echo "pool_${name#pool_example_}" ;;
		*) echo "test_$name" ;;
		esac
	done
	echo sanitizer_faults
	[ "$extent" = quick ] || echo scroller
}

build() {
	[ -f "$folder/$1/build.ninja" ] || env CC="$1" meson setup "$folder/$1" -Ddefault_library=static \
		-Dwerror="${MILLPOND_WERROR:-false}" \
		-Db_sanitize=address,undefined -Db_lundef=false -Dc_args=-fno-sanitize-recover=all
	# So that meson knows where the programs are now.
	ninja -C "$folder/$1" build.ninja
	# What cargo builds for itself is instrumented with the rest, and need not be free of leaks.
	# shellcheck disable=SC2046
	if [ -n "$nightly" ]; then
		env RUSTUP_TOOLCHAIN=nightly RUSTFLAGS=-Zsanitizer=address ASAN_OPTIONS=detect_leaks=0 \
			meson compile -C "$folder/$1" $(targets)
	else
		meson compile -C "$folder/$1" $(targets)
	fi
}

# must_report COMPILER FAULT TEXT: the fault must end the program, with the report that belongs to it
must_report() {
	said=$folder/$1/said
	if "$folder/$1/c-tests/support/sanitizer_faults" "$2" >"$said" 2>&1 || ! grep -q "$3" "$said"; then
		cat "$said"
		echo "$1 does not report the fault '$2'" >&2
		return 1
	fi
}

check_reports() {
	must_report "$1" leak "LeakSanitizer: detected memory leaks"
	must_report "$1" use_after_free "AddressSanitizer: heap-use-after-free"
	must_report "$1" overflow_of_a_block "AddressSanitizer: heap-buffer-overflow"
	must_report "$1" undefined "runtime error: signed integer overflow"
	[ -z "$nightly" ] || must_report "$1" use_after_free_in_rust "AddressSanitizer: heap-use-after-free"
}

run() {
	# shellcheck disable=SC2086
	meson test -C "$folder/$1" --no-rebuild --print-errorlogs --num-processes 2 --timeout-multiplier 4 $tests
	echo "$1: $(grep -c '^ok ' "$folder/$1/meson-logs/testlog.txt") C tests checked by the sanitizers"
	[ "$extent" = quick ] || env -u WAYLAND_DISPLAY "$folder/$1/ffi-examples/scroller/scroller" \
		--size 800x600 -o "$folder/$1/demo.png" README.md
}

nightly=
if has_nightly; then
	nightly=yes
else
	skipped "the Rust code itself" "no nightly toolchain: rustup toolchain install nightly"
fi
for compiler in gcc clang; do
	step "build with $compiler" build $compiler
done
# Faults of memory end the program by their signal, as without sanitizers: some tests expect just that.
ASAN_OPTIONS=handle_segv=0:handle_sigbus=0:handle_sigill=0:handle_sigfpe=0:handle_abort=0:allocator_may_return_null=1
UBSAN_OPTIONS=print_stacktrace=1
export ASAN_OPTIONS UBSAN_OPTIONS
for compiler in gcc clang; do
	step "faults that $compiler must report" check_reports $compiler
	step "tests with $compiler" run $compiler
done
all_passed
