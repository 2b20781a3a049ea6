#!/bin/sh
# Checks that Valgrind, and AddressSanitizer of gcc and clang, name the line of a program that misuses a pool's memory:
#
#	checks/runs/annotations.sh [FOLDER WITH libmillpond.so]		default: build
#
# A checker that is not there is skipped, with a line.
set -eu
cd "$(dirname "$0")/../.."
folder=$(cd "${1:-build}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source=c-tests/pool/misuse.c
name=${source##*/}
checked=0
unset MILLPOND_ANNOTATE

fail() {
	sed 's/^/    /' "$work/said" >&2
	echo "annotations: FAILED: $*" >&2
	exit 1
}

# compile COMPILER PROGRAM OPTION...
compile() {
	compiler=$1 program=$2
	shift 2
	"$compiler" -std=gnu99 -g -O0 -Wall -Wextra -Wno-clobbered "$@" -Iinclude "$source" \
		"$folder/libmillpond.so.0" -Wl,-rpath,"$folder" -o "$program"
}

line_of() {
	sed -n "/\/\* MISUSE $1 \*\//=" "$source"
}

# names_lines CHECKER STATUS WAYS COMMAND...: the command, run for each way, ends with the status and names the line.
names_lines() {
	checker=$1 expected=$2 ways=$3
	shift 3
	for way in $ways; do
		status=0
		"$@" "$way" >"$work/said" 2>&1 || status=$?
		[ "$status" = "$expected" ] || fail "$checker, $way: ended with $status, not with $expected"
		grep -Eq "(^|[^a-z_])$name:$(line_of "$way")([^0-9]|$)" "$work/said" ||
			fail "$checker, $way: does not name line $(line_of "$way") of $source"
		checked=$((checked + 1))
	done
	status=0
	"$@" nothing >"$work/said" 2>&1 || status=$?
	if [ "$status" != 0 ] || [ -s "$work/said" ]; then
		fail "$checker complains where nothing is wrong (status $status)"
	fi
	checked=$((checked + 1))
}

ways=$(sed -n 's/.*\/\* MISUSE \([a-z_]*\) .*/\1/p' "$source")
[ "$(echo "$ways" | wc -l)" -ge 10 ] || fail "the misuses in $source are not found"

if command -v valgrind >/dev/null; then
	compile cc "$work/plain"
	names_lines Valgrind 9 "$ways" valgrind -q --error-exitcode=9 --leak-check=full \
		--errors-for-leak-kinds=definite "$work/plain"
	# Who wants to see the pool as it is can.
	MILLPOND_ANNOTATE=0 valgrind -q --error-exitcode=9 "$work/plain" overflow >"$work/said" 2>&1 ||
		fail "MILLPOND_ANNOTATE=0 does not keep the pool silent"
	checked=$((checked + 1))
else
	echo "annotations: skipped: there is no valgrind"
fi

# clang's runtime does not look for addr2line by itself where there is no llvm-symbolizer.
ASAN_OPTIONS=detect_leaks=1:exitcode=9:external_symbolizer_path=$(command -v llvm-symbolizer || command -v addr2line)
export ASAN_OPTIONS
# Memory that was never written, and blocks that nothing points to, are Memcheck's alone.
ways=$(echo "$ways" | grep -vx -e never_written -e leaked)
for compiler in gcc clang; do
	if compile "$compiler" "$work/$compiler" -fsanitize=address 2>"$work/said"; then
		names_lines "AddressSanitizer of $compiler" 9 "$ways" "$work/$compiler"
	else
		echo "annotations: skipped: $compiler cannot build with AddressSanitizer"
	fi
done
echo "annotations: $checked runs checked"
