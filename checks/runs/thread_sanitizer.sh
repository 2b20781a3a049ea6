#!/bin/sh
# The C tests that have threads, under ThreadSanitizer, with the Rust code instrumented. MILLPOND_THREAD_OPERATIONS=1000000:
# with so many operations on a pool in each of eight threads, and not 20,000. `make check-sanitizers` runs it.
#
# That needs a nightly Rust. Of the standard library the C library has `core` alone, and what it uses of that is compiled
# into it: so it is all seen, and no standard library need be built anew.
set -eu
cd "$(dirname "$0")/../.."
unset MILLPOND_REFERENCE
folder=build/sanitizers/thread
tests="displays log_handlers fork pool_statistics_page pool_threads pool_system_threads pool_system_stress"
# glibc, libwayland and pixman are not instrumented; what of them the tests use is made for threads.
MILLPOND_TEST_PATIENCE=${MILLPOND_TEST_PATIENCE:-5}
# In a child of a program with threads it gives up otherwise.
TSAN_OPTIONS=die_after_fork=0
export MILLPOND_TEST_PATIENCE TSAN_OPTIONS

log=$(mktemp)
trap 'rm -f "$log"' EXIT

quietly() {
	"$@" >"$log" 2>&1 </dev/null || { cat "$log" >&2; return 1; }
}

# races_in FAULT [TEXT]: true if the fault ends the program, with a report that says so
races_in() {
	# shellcheck disable=SC2086 # a command and its arguments
	! $wrapper "$folder/c-tests/support/sanitizer_faults" "$1" >"$log" 2>&1 && grep -q "${2-data race}" "$log"
}

must_report() {
	races_in "$@" || { cat "$log" >&2; echo "ThreadSanitizer does not report the fault '$1'" >&2; return 1; }
}

case $(uname -sm) in
"Linux x86_64" | "Linux aarch64") RUSTUP_TOOLCHAIN=nightly cargo --version 2>/dev/null | grep -q nightly ;;
*) false ;;
esac || {
	echo "skipped: ThreadSanitizer (no nightly toolchain: rustup toolchain install nightly)"
	exit 0
}

[ -f $folder/build.ninja ] || quietly env CC=clang meson setup $folder -Ddefault_library=static \
	-Db_sanitize=thread -Db_lundef=false
quietly ninja -C $folder build.ninja
# shellcheck disable=SC2046,SC2086 # the tests are words
quietly env RUSTUP_TOOLCHAIN=nightly RUSTFLAGS="-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer" \
	meson compile -C $folder $(printf 'test_%s ' $tests) sanitizer_faults

# Where addresses are more random than clang 14 expects, they must not be.
wrapper=
races_in race || wrapper="setarch -R"
must_report race "WARNING: ThreadSanitizer: data race"
must_report race_in_rust '#0 .*millpond::'
# shellcheck disable=SC2086
quietly meson test -C $folder --no-rebuild --print-errorlogs --num-processes 2 --timeout-multiplier 20 \
	${wrapper:+--wrap "$wrapper"} $tests
echo "clang: $(cat $folder/meson-logs/testlog*.txt | grep -c '^ok ') C tests with threads checked by ThreadSanitizer"
grep -h 'operations in' $folder/meson-logs/testlog*.txt | sed 's/^# /  /'
