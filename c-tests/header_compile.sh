#!/bin/sh
# Compiles shm.h and pool.h in the ways in which programs do: C99, C11, C23 and C++17, pool.h also C89 and C++98; gcc and
# clang, every warning an error.
#
#     c-tests/header_compile.sh [FOLDER WITH shm.h]      default: $MILLPOND_INCLUDE, or include/ of this project
#
# MILLPOND_C_COMPILERS, MILLPOND_CPP_COMPILERS and MILLPOND_C_FLAGS: with others, for another machine.
#
# A compiler that is not there is skipped, with a line. Ends with 0, with 1 if something did not compile as it should,
# and with 77 (skipped, for meson) if there is no compiler or no pixman or wayland-client to compile with.
set -eu

project=$(cd "$(dirname "$0")/.." && pwd)
include=${1:-${MILLPOND_INCLUDE:-$project/include}}
warnings="-Wall -Wextra -Wpedantic -Werror -Wundef -Wshadow"
flags=${MILLPOND_C_FLAGS:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compiled=0
failed=0
skipped=0

say() { printf 'header_compile: %s\n' "$*"; }

skip() {
	say "skipped: $*"
	skipped=$((skipped + 1))
}

if [ ! -f "$include/shm.h" ]; then
	say "FAILED: there is no $include/shm.h"
	exit 1
fi
if ! libraries=$(pkg-config --cflags pixman-1 wayland-client 2>/dev/null); then
	say "skipped: pkg-config does not find pixman-1 and wayland-client"
	exit 77
fi

cat >"$work/alone.c" <<'END'
#include "shm.h"
END

cat >"$work/twice.c" <<'END'
#include "shm.h"
#include "shm.h"
END

# A program with Pools: the header twice, a static pool, and Plan 9's name of its own.
cat >"$work/pool.c" <<'END'
#include <pool.h>
#include "pool.h"
static Pool pool;
ulong free_bytes(void);
ulong free_bytes(void)
{
	return (ulong)pool.curfree + poolmsize(&pool, 0);
}
END

# What a program like foot has of its own. The header only names these types, whichever comes first.
cat >"$work/types" <<'END'
struct damage { int type, lines; };
struct terminal { int fd; };
struct url { int id; };
END
cat >"$work/calls" <<'END'
unsigned long sum_of_cookies(struct terminal *term, struct url *url);
unsigned long sum_of_cookies(struct terminal *term, struct url *url)
{
	return shm_cookie_grid(term) + shm_cookie_search(term) + shm_cookie_scrollback_indicator(term) +
	       shm_cookie_render_timer(term) + shm_cookie_csd(term, 7) + shm_cookie_url(url);
}
int lines_of(const struct buffer *buf);
int lines_of(const struct buffer *buf)
{
	int lines = 0;
	for (size_t i = 0; i < buf->scroll_damage_count; i++)
		lines += buf->scroll_damage[i].lines;
	return lines;
}
END
echo '#include "shm.h"' >"$work/include"
cat "$work/types" "$work/include" "$work/calls" >"$work/types_before.c"
cat "$work/include" "$work/types" "$work/calls" >"$work/types_after.c"

# A C++ program must ask for the C names.
cat >"$work/linkage.cc" <<'END'
#include "shm.h"
void finish();
void finish()
{
	shm_fini();
}
END

# compiles COMPILER FLAG... SOURCE: says what is wrong if it does not.
compiles() {
	compiled=$((compiled + 1))
	# shellcheck disable=SC2086 # the flags are words
	if ! "$@" $warnings $flags $libraries -I"$include" -c -o "$work/object" 2>"$work/messages"; then
		failed=$((failed + 1))
		say "FAILED: $*"
		cat "$work/messages"
		return 1
	fi
}

is_there() { command -v "$1" >/dev/null 2>&1; }

# accepts COMPILER FLAG...: whether the compiler knows these flags, for an empty file.
accepts() { "$@" -Werror -fsyntax-only -x c /dev/null >/dev/null 2>&1; }

check_c() {
	compiler=$1
	if ! is_there "$compiler"; then
		skip "there is no $compiler"
		return
	fi
	newest=c23
	accepts "$compiler" -std=c23 || newest=c2x
	for standard in c99 c11 "$newest"; do
		for source in alone twice types_before types_after; do
			compiles "$compiler" -std="$standard" -Wstrict-prototypes "$work/$source.c" || true
		done
	done
	for standard in c89 gnu89 c99 gnu99 c11 "$newest"; do
		compiles "$compiler" -std="$standard" -Wstrict-prototypes "$work/pool.c" || true
	done
}

check_cpp() {
	compiler=$1
	if ! is_there "$compiler"; then
		skip "there is no $compiler"
		return
	fi
	for source in alone twice types_before types_after; do
		compiles "$compiler" -std=c++17 -x c++ "$work/$source.c" || true
	done
	for standard in c++98 c++11 c++17 c++20; do
		compiles "$compiler" -std="$standard" -x c++ "$work/pool.c" || true
	done
	if compiles "$compiler" -std=c++17 "$work/linkage.cc"; then
		if ! nm "$work/object" | grep -q ' U shm_fini$'; then
			failed=$((failed + 1))
			say "FAILED: $compiler: a C++ program does not ask for the C name shm_fini"
		fi
	fi
}

# On a 32-bit machine whose off_t has 32 bits, struct buffer would have another layout: that must not compile.
check_32_bits() {
	compiler=$1
	is_there "$compiler" || return 0
	printf '#include <stdint.h>\n#include <sys/types.h>\n' >"$work/headers.c"
	if ! "$compiler" -m32 -fsyntax-only "$work/headers.c" 2>/dev/null; then
		skip "$compiler has no 32-bit headers"
		return
	fi
	compiles "$compiler" -m32 -std=c99 -D_FILE_OFFSET_BITS=64 "$work/alone.c" || true
	compiled=$((compiled + 1))
	# shellcheck disable=SC2086
	if "$compiler" -m32 -std=c99 $libraries -I"$include" -fsyntax-only "$work/alone.c" 2>"$work/messages"; then
		failed=$((failed + 1))
		say "FAILED: $compiler -m32: compiles although off_t has 32 bits"
	elif ! grep -q millpond_off_t_is_64_bits_wide "$work/messages"; then
		failed=$((failed + 1))
		say "FAILED: $compiler -m32: the message does not say that off_t must have 64 bits"
		cat "$work/messages"
	fi
}

for compiler in ${MILLPOND_C_COMPILERS:-gcc clang}; do
	check_c "$compiler"
	check_32_bits "$compiler"
done
for compiler in ${MILLPOND_CPP_COMPILERS:-g++ clang++}; do
	check_cpp "$compiler"
done

if [ "$compiled" -eq 0 ]; then
	say "skipped: there is no compiler"
	exit 77
fi
if [ "$failed" -ne 0 ]; then
	say "FAILED: $failed of $compiled compilations, $skipped skipped"
	exit 1
fi
say "all $compiled compilations as they should be, $skipped skipped"
