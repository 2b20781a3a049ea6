#!/bin/sh
# Compiles chain/shm.h in the ways in which programs do: as each version of foot, C99, C11, C23 and C++17, gcc and clang,
# every warning an error; with definitions of the program's own beside it; and without saying which foot it is.
#
#     c-tests/headers/chain_compile.sh [FOLDER WITH shm.h]      default: include/chain/ of this project
#
# MILLPOND_C_COMPILERS, MILLPOND_CPP_COMPILERS and MILLPOND_C_FLAGS as in header_compile.sh, which calls this.
# Ends with 0, with 1 if something did not compile as it should, and with 77 if there is nothing to compile with.
set -eu

project=$(cd "$(dirname "$0")/../.." && pwd)
include=${1:-$project/include/chain}
program=$project/c-tests/chain/program
warnings="-Wall -Wextra -Wpedantic -Werror -Wundef -Wshadow -Wwrite-strings"
flags=${MILLPOND_C_FLAGS:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compiled=0
failed=0

say() { printf 'chain_compile: %s\n' "$*"; }

fail() {
	failed=$((failed + 1))
	say "FAILED: $*"
}

if ! libraries=$(pkg-config --cflags pixman-1 wayland-client 2>/dev/null); then
	say "skipped: pkg-config does not find pixman-1 and wayland-client"
	exit 77
fi

printf '#include "shm.h"\n#include "shm.h"\n' >"$work/twice.c"

# Calls of what all versions have.
cat >"$work/calls.c" <<'END'
#include "shm.h"
void frame(struct buffer_chain *chain, struct buffer *buf);
void frame(struct buffer_chain *chain, struct buffer *buf)
{
	if (buf->age > 1 || !shm_can_scroll(buf) || !shm_scroll(buf, 3, 0, 1, 0, 1))
		shm_purge(chain);
	shm_addref(buf);
	shm_unref(buf);
	shm_chain_free(chain);
	shm_set_max_pool_size(1 << 20);
	shm_fini();
}
END

# A program that has functions of these names itself, as foot has one of for its profiling.
cat >"$work/own_calls.c" <<'END'
#include "shm.h"
void shm_unref(struct buffer *buf);
void shm_unref(struct buffer *buf) { (void)buf; }
void shm_chain_free(struct buffer_chain *chain);
void shm_chain_free(struct buffer_chain *chain) { (void)chain; }
END
cat >"$work/own_makers.c" <<'END'
#include "shm.h"
#if MILLPOND_FOOT_VERSION >= 12203
enum shm_bit_depth shm_chain_bit_depth(const struct buffer_chain *chain)
{
	(void)chain;
	return SHM_BITS_8;
}
#endif
struct buffer_chain *
#if MILLPOND_FOOT_VERSION < 12100
shm_chain_new(struct wl_shm *shm, bool scrollable, size_t pix_instances)
{
	(void)shm;
#elif MILLPOND_FOOT_VERSION < 12203
shm_chain_new(struct wayland *wayl, bool scrollable, size_t pix_instances, bool ten_bit_it_if_capable)
{
	(void)wayl;
	(void)ten_bit_it_if_capable;
#elif MILLPOND_FOOT_VERSION < 12500
shm_chain_new(struct wayland *wayl, bool scrollable, size_t pix_instances, enum shm_bit_depth desired_bit_depth)
{
	(void)wayl;
	(void)desired_bit_depth;
#else
shm_chain_new(struct wayland *wayl, bool scrollable, size_t pix_instances, enum shm_bit_depth desired_bit_depth,
	      void (*release_cb)(struct buffer *buf, void *data), void *cb_data)
{
	(void)wayl;
	(void)desired_bit_depth;
	(void)release_cb;
	(void)cb_data;
#endif
	(void)scrollable;
	(void)pix_instances;
	return NULL;
}
int main(void)
{
	return sizeof(struct buffer) == 1;
}
END

# compiles COMPILER FLAG...
compiles() {
	compiled=$((compiled + 1))
	# shellcheck disable=SC2086 # the flags are words
	if ! "$@" $warnings $flags $libraries -I"$include" -I"$program" -c -o "$work/object" 2>"$work/messages"; then
		fail "$*"
		cat "$work/messages"
	fi
}

# refuses TEXT COMPILER FLAG...: must not compile, and the message must have the text.
refuses() {
	text=$1
	shift
	compiled=$((compiled + 1))
	# shellcheck disable=SC2086 # the flags are words
	if "$@" $flags $libraries -I"$include" -I"$program" -fsyntax-only 2>"$work/messages"; then
		fail "compiles, and must not: $*"
	elif ! grep -q "$text" "$work/messages"; then
		fail "the message has no $text: $*"
		cat "$work/messages"
	fi
}

is_there() { command -v "$1" >/dev/null 2>&1; }

# accepts COMPILER FLAG...: whether the compiler knows these flags, for an empty file.
accepts() { "$@" -Werror -fsyntax-only -x c /dev/null >/dev/null 2>&1; }

check_c() {
	newest=c23
	accepts "$1" -std=c23 || newest=c2x
	for version in 10802 11200 11301 11400 11600 11700 12100 12203 12300 12500 12600 12800; do
		for standard in c99 gnu99 c11 "$newest"; do
			compiles "$1" -std=$standard -Wstrict-prototypes -DMILLPOND_FOOT_VERSION=$version "$work/twice.c"
		done
		for level in -O0 -O2; do
			compiles "$1" -std=c11 -Wstrict-prototypes $level -DMILLPOND_FOOT_VERSION=$version "$work/calls.c"
			compiles "$1" -std=gnu11 -Wno-missing-prototypes $level -DMILLPOND_FOOT_VERSION=$version "$work/own_makers.c"
			compiles "$1" -std=gnu11 $level -DMILLPOND_FOOT_VERSION=$version "$work/own_calls.c"
		done
		compiles "$1" -std=c11 -DHAVE_PIXMAN_RGBA_16 -DMILLPOND_FOOT_VERSION=$version "$work/twice.c"
	done
	refuses 'which foot is it' "$1" -std=c11 "$work/twice.c"
	refuses 'foot before 1.8.2 has no buffer chains' "$1" -std=c11 -DMILLPOND_FOOT_VERSION=10801 "$work/twice.c"
	refuses 'Then say 12800' "$1" -std=c11 -DMILLPOND_FOOT_VERSION=12900 "$work/twice.c"
}

check_cpp() {
	for version in 10802 11301 11400 11600 11700 12100 12203 12300 12500 12600 12800; do
		for standard in c++11 c++17 c++20; do
			compiles "$1" -std=$standard -x c++ -DMILLPOND_FOOT_VERSION=$version "$work/twice.c"
			compiles "$1" -std=$standard -x c++ -DMILLPOND_FOOT_VERSION=$version "$work/calls.c"
		done
	done
}

for compiler in ${MILLPOND_C_COMPILERS:-gcc clang}; do
	! is_there "$compiler" || check_c "$compiler"
done
for compiler in ${MILLPOND_CPP_COMPILERS:-g++ clang++}; do
	! is_there "$compiler" || check_cpp "$compiler"
done

if [ "$compiled" -eq 0 ]; then
	say "skipped: there is no compiler"
	exit 77
fi
if [ "$failed" -ne 0 ]; then
	say "FAILED: $failed of $compiled compilations"
	exit 1
fi
say "all $compiled compilations as they should be"
