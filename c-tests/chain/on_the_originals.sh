#!/bin/sh
# Runs the tests of buffer chains on the originals: foot's own shm.c, of each generation that the clone has.
#
#     c-tests/chain/on_the_originals.sh CLONE-OF-FOOT [BUILD-FOLDER]      default: build
#
# CLONE-OF-FOOT: its git repository, bare or not. BUILD-FOLDER: of this project, built, for the test compositor. Needs
# tllist.h. What is taken from the clone goes into a temporary folder, and nothing of it into this project.
#
# Leaves out the tests that hold for millpond alone. What differs all the same is listed in docs/parity.md and below.
set -eu

project=$(cd "$(dirname "$0")/../.." && pwd)
clone=$1
build=$(cd "${2:-$project/build}" && pwd)
if [ -e "$clone/.git" ]; then
	clone=$clone/.git
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Where an original does otherwise: RELEASE TEST
cat >"$work/known" <<'END'
1.8.2 whatever_the_compositor_does_the_picture_is_right
1.25.0 buffers_that_are_not_needed_go
1.25.0 whatever_the_compositor_does_the_picture_is_right
1.25.0 whatever_the_compositor_does_pictures_of_wide_strides_are_right
END

# What shm.c takes from the rest of foot, as far as it needs it.
mkdir -p "$work/stubs/fcft"
cat >"$work/stubs/log.h" <<'END'
#define LOG_DBG(...) ((void)0)
#define LOG_INFO(...) ((void)0)
#define LOG_WARN(...) ((void)0)
#define LOG_ERR(...) ((void)0)
#define LOG_ERRNO(...) ((void)0)
END
cat >"$work/stubs/debug.h" <<'END'
#include <stdio.h>
#include <stdlib.h>
#define xassert(condition) ((condition) ? (void)0 : (fprintf(stderr, "xassert: %s\n", #condition), abort()))
#define BUG(...) (fprintf(stderr, __VA_ARGS__), abort())
END
cat >"$work/stubs/macros.h" <<'END'
#define UNUSED __attribute__((unused))
#define NOINLINE __attribute__((noinline))
END
cat >"$work/stubs/xmalloc.h" <<'END'
#include <stdlib.h>
#define xmalloc malloc
#define xcalloc calloc
END
cat >"$work/stubs/stride.h" <<'END'
#include <pixman.h>
static inline int stride_for_format_and_width(pixman_format_code_t format, int width)
{
	return (PIXMAN_FORMAT_BPP(format) * width + 31) / 32 * 4;
}
END
cp "$work/stubs/stride.h" "$work/stubs/fcft/stride.h"

wrong=0
for release in 1.8.2 1.11.0 1.13.1 1.14.0 1.16.2 1.18.1 1.20.2 1.22.1 1.24.0 1.25.0 1.27.0; do
	if ! git --git-dir="$clone" rev-parse -q --verify "refs/tags/$release" >/dev/null; then
		echo "$release: skipped: the clone does not have it"
		continue
	fi
	number=$(echo "$release" | awk -F. '{print $1 * 10000 + $2 * 100 + $3}')
	here=$work/$release
	mkdir "$here"
	git --git-dir="$clone" show "$release:shm.c" >"$here/shm.c"
	git --git-dir="$clone" show "$release:shm.h" >"$here/shm.h"
	# shellcheck disable=SC2046 # the flags are words
	gcc -std=gnu99 -g -O1 -w -D_GNU_SOURCE -DMEMFD_CREATE -DMILLPOND_FOOT_VERSION="$number" -DON_THE_ORIGINALS \
		-I"$here" -I"$work/stubs" -I"$project/c-tests/chain/program" -I"$project/c-tests" \
		$(pkg-config --cflags wayland-client wayland-server pixman-1) -o "$here/tests" "$here/shm.c" "$project"/c-tests/chain/*.c \
		"$build/c-tests/compositor/libc_test_support.a" "$build/c-tests/support/libc_test_runner.a" \
		$(pkg-config --libs wayland-client wayland-server pixman-1) -lm -lpthread -ldl
	"$here/tests" >"$here/results" 2>"$here/messages" || true
	sed -n 's/^not ok [0-9]* - //p' "$here/results" | sort >"$here/failed"
	awk -v release="$release" '$1 == release {print $2}' "$work/known" | sort >"$here/known"
	if cmp -s "$here/failed" "$here/known"; then
		echo "$release: $(grep -c '^ok' "$here/results") tests agree, $(wc -l <"$here/known") are known to differ"
	else
		wrong=1
		echo "$release: FAILED: fails (<) and is known to (>):"
		diff "$here/failed" "$here/known" || true
		test -z "${VERBOSE:-}" || grep -h "^# " "$here/results" "$here/messages"
	fi
done
exit $wrong
