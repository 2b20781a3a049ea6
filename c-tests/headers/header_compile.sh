#!/bin/sh
# Compiles shm.h, pool.h and millpond.h in the ways in which programs do: C99, C11, C23 and C++17, pool.h and millpond.h
# also C89 and C++98; gcc and clang, every warning an error. chain_compile.sh does it to chain/shm.h.
#
#     c-tests/headers/header_compile.sh [FOLDER WITH shm.h]      default: $MILLPOND_INCLUDE, or include/ of this project
#
# MILLPOND_C_COMPILERS, MILLPOND_CPP_COMPILERS and MILLPOND_C_FLAGS: with others, for another machine.
#
# A compiler that is not there is skipped, with a line. Ends with 0, with 1 if something did not compile as it should,
# and with 77 (skipped, for meson) if there is no compiler or no pixman or wayland-client to compile with.
set -eu

project=$(cd "$(dirname "$0")/../.." && pwd)
include=${1:-${MILLPOND_INCLUDE:-$project/include}}
warnings="-Wall -Wextra -Wpedantic -Werror -Wundef -Wshadow -Wwrite-strings"
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

cat >"$work/launcher.c" <<'END'
#include "launcher/shm.h"
int eight_fields(const struct buffer *buffer);
int eight_fields(const struct buffer *buffer) { return buffer->busy && buffer->pix ? buffer->width : 0; }
END
# A program that reads its own statistics page: the header twice, alone and among the others.
cat >"$work/statistics_calls" <<'END'
uint64_t most_bytes(uint32_t number);
uint64_t most_bytes(uint32_t number)
{
	struct millpond_stats_pool pool;
	struct millpond_stats_group group;
	struct millpond_stats_buffer buffer;
	pool.size = sizeof(pool);
	group.size = sizeof(group);
	buffer.size = sizeof(buffer);
	if (millpond_stats_fd() < 0 || number >= millpond_stats_count())
		return 0;
	if (millpond_stats_get_pool(number, &pool) == 1 && pool.name[0] != 0)
		return pool.peak_bytes;
	if (millpond_stats_get_group(number, &group) == MILLPOND_STATS_REFUSED)
		return group.file_bytes;
	if (millpond_stats_get_buffer(number, &buffer) == 1 && (buffer.state & MILLPOND_STATS_HELD) != 0)
		return buffer.bytes;
	return (MILLPOND_STATS_CACHED | MILLPOND_STATS_GIVEN_UP);
}
END
printf '#include <millpond.h>\n#include "millpond.h"\n' | cat - "$work/statistics_calls" >"$work/statistics.c"
printf '#include <pool.h>\n#include <millpond.h>\n' | cat - "$work/statistics_calls" >"$work/statistics_and_pools.c"
printf '#include <millpond.h>\n#include <shm.h>\n' | cat - "$work/statistics_calls" >"$work/statistics_and_buffers.c"

cat >"$work/alone.c" <<'END'
#include "shm.h"
END

cat >"$work/twice.c" <<'END'
#include "shm.h"
#include "shm.h"
END

# A program with Pools: the header twice, a static pool, Plan 9's name for a type, and names of pools of both kinds.
cat >"$work/pool_calls" <<'END'
static Pool pool;
static Pool system_pool = POOL_SYSTEM_INIT("a literal");
void *zeroed(POOL_ULONG n);
void *zeroed(POOL_ULONG n)
{
	return poolzalloc(&system_pool, n);
}
ulong free_bytes(char *name);
ulong free_bytes(char *name)
{
	pool.name = "a literal";
	if (name)
		pool.name = name;
	return (ulong)pool.curfree + poolmsize(&pool, 0);
}
END
printf '#include <pool.h>\n#include "pool.h"\n' | cat - "$work/pool_calls" >"$work/pool.c"
# The system may have that name for the type too, whichever comes first.
printf '#include <sys/types.h>\n#include <pool.h>\n' | cat - "$work/pool_calls" >"$work/pool_after_types.c"
printf '#include <pool.h>\n#include <sys/types.h>\n#include <stdlib.h>\n' | cat - "$work/pool_calls" \
	>"$work/pool_before_types.c"

# A program whose ulong has 32 bits, and that says what is as wide as unsigned long.
cat >"$work/pool_own_ulong.c" <<'END'
typedef unsigned int ulong;
#define POOL_ULONG unsigned long
#include <pool.h>
unsigned long (*size_of_block)(Pool *, void *) = poolmsize;
ulong own(void);
ulong own(void)
{
	return sizeof(ulong) == 4;
}
END

# drawterm's words. Without POOL_ULONG that must not compile where pointers have 64 bits.
cat >"$work/words" <<'END'
#include <stdint.h>
#include <sys/types.h>
#ifdef __clang__
#pragma clang diagnostic ignored "-Wkeyword-macro"
#endif
typedef unsigned int p9_ulong;
#define ulong p9_ulong
#define long int
END
cat >"$work/words_calls" <<'END'
#include <pool.h>
long flags_of(Pool *pool);
long flags_of(Pool *pool)
{
	return pool->flags;
}
END
cat "$work/words" "$work/words_calls" >"$work/pool_words_alone.c"
echo '#define POOL_ULONG uintptr_t' | cat "$work/words" - "$work/words_calls" >"$work/pool_words.c"
cat >>"$work/pool_words.c" <<'END'
void *(*alloc)(Pool *, uintptr_t) = poolalloc;
void *(*allocalign)(Pool *, uintptr_t, uintptr_t, intptr_t, uintptr_t) = poolallocalign;
END
echo '#define POOL_ULONG unsigned short' | cat - "$work/pool_words_alone.c" >"$work/pool_short.c"
echo '#pragma pack(1)' | cat - "$work/pool.c" >"$work/pool_packed.c"

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

# refuses TEXT COMPILER FLAG... SOURCE: the header must not compile, and the message must have the text.
refuses() {
	text=$1
	shift
	compiled=$((compiled + 1))
	# shellcheck disable=SC2086 # the flags are words
	if "$@" $warnings $flags $libraries -I"$include" -fsyntax-only 2>"$work/messages"; then
		failed=$((failed + 1))
		say "FAILED: compiles, and must not: $*"
	elif ! grep -q "$text" "$work/messages"; then
		failed=$((failed + 1))
		say "FAILED: the message has no $text: $*"
		cat "$work/messages"
	fi
}

# The sources with a pool, or with the statistics page, that must compile, and those that must not, with more flags for the language.
check_pools() {
	for source in pool pool_after_types pool_before_types pool_own_ulong pool_words statistics statistics_and_pools; do
		compiles "$@" "$work/$source.c" || true
	done
	if [ "$pointer_bits" = 64 ]; then
		refuses millpond_POOL_ULONG_is_as_wide_as_a_pointer "$@" "$work/pool_words_alone.c"
		refuses millpond_Pool_has_its_size "$@" "$work/pool_words_alone.c"
		refuses millpond_Pool_has_alloc_in_place "$@" "$work/pool_words_alone.c"
		refuses millpond_Pool_has_its_size "$@" "$work/pool_packed.c"
	fi
	refuses millpond_POOL_ULONG_is_as_wide_as_a_pointer "$@" "$work/pool_short.c"
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
		[ ! -f "$include/launcher/shm.h" ] ||
			compiles "$compiler" -std="$standard" -Wstrict-prototypes "$work/launcher.c" || true
		for source in alone twice types_before types_after statistics_and_buffers; do
			compiles "$compiler" -std="$standard" -Wstrict-prototypes "$work/$source.c" || true
		done
	done
	for standard in c89 gnu89 c99 gnu99 c11 "$newest"; do
		check_pools "$compiler" -std="$standard" -Wstrict-prototypes
	done
}

# asks_for_c_name COMPILER NAME FLAG... SOURCE: what a C++ program calls has the name that it has in C.
asks_for_c_name() {
	compiler=$1 name=$2
	shift 2
	compiles "$compiler" -std=c++17 "$@" || return 0
	if ! nm "$work/object" | grep -q " U $name\$"; then
		failed=$((failed + 1))
		say "FAILED: $compiler: a C++ program does not ask for the C name $name"
	fi
}

check_cpp() {
	compiler=$1
	if ! is_there "$compiler"; then
		skip "there is no $compiler"
		return
	fi
	[ ! -f "$include/launcher/shm.h" ] ||
		compiles "$compiler" -std=c++17 -x c++ "$work/launcher.c" || true
	for source in alone twice types_before types_after statistics_and_buffers; do
		compiles "$compiler" -std=c++17 -x c++ "$work/$source.c" || true
	done
	for standard in c++98 c++11 c++17 c++20; do
		check_pools "$compiler" -std="$standard" -x c++
	done
	asks_for_c_name "$compiler" shm_fini "$work/linkage.cc"
	asks_for_c_name "$compiler" millpond_stats_fd -x c++ "$work/statistics.c"
}

# On a 32-bit machine whose off_t has 32 bits, struct buffer would have another layout: that must not compile.
check_32_bits() {
	compiler=$1
	is_there "$compiler" || return 0
	cat >"$work/headers.c" <<'END'
#include <stdint.h>
#include <sys/types.h>
typedef char pointers_have_32_bits[sizeof(void *) == 4 ? 1 : -1];
END
	if ! "$compiler" -m32 -fsyntax-only "$work/headers.c" 2>/dev/null; then
		skip "$compiler -m32 does not make programs of 32 bits here"
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

# bits COMPILER: how many a pointer has with these flags.
bits() {
	# shellcheck disable=SC2086
	if echo '#include <stdint.h>
typedef char pointers_have_64_bits[UINTPTR_MAX > 0xffffffff ? 1 : -1];' | "$1" $flags -fsyntax-only -x c - 2>/dev/null; then
		echo 64
	else
		echo 32
	fi
}

for compiler in ${MILLPOND_C_COMPILERS:-gcc clang}; do
	pointer_bits=64
	! is_there "$compiler" || pointer_bits=$(bits "$compiler")
	check_c "$compiler"
	check_32_bits "$compiler"
done
for compiler in ${MILLPOND_CPP_COMPILERS:-g++ clang++}; do
	check_cpp "$compiler"
done

# The header of buffer chains, if it is there too.
if [ -f "$include/chain/shm.h" ]; then
	"$project/c-tests/headers/chain_compile.sh" "$include/chain" || [ $? = 77 ] || failed=$((failed + 1))
fi

if [ "$compiled" -eq 0 ]; then
	say "skipped: there is no compiler"
	exit 77
fi
if [ "$failed" -ne 0 ]; then
	say "FAILED: $failed of $compiled compilations, $skipped skipped"
	exit 1
fi
say "all $compiled compilations as they should be, $skipped skipped"
