#!/bin/sh
# A library whose names have a prefix, and a program that has a poolalloc of its own: both are called, from a file that
# uses the prefixed names and from one that was written for the short ones. With meson, and with cargo alone.
# shellcheck disable=SC2046,SC2086 # flags are words
set -eu
. "$(dirname "$0")/common.sh"
block "### In a meson project" c >"$work/main.c"

prefixed() {
	names pool shm | sed 's/^/pond_/' | sort
}

# runs_both WAY LIBRARY...: the program with the headers in $headers
runs_both() {
	way=$1
	shift
	quietly $CC -Wall -Wextra -Werror -std=gnu99 -Dmain=unchanged_program -I"$headers" -c "$work/main.c" -o "$work/main.o"
	quietly $CC -Wall -Wextra -Werror -std=gnu99 -I"$headers" "$tests/own_poolalloc.c" "$work/main.o" "$@" \
		$(pkg-config --libs pixman-1 wayland-client) -o "$work/own"
	same "own and prefixed names, $way" "$uses_pool
both called" "$(LD_LIBRARY_PATH=$work/installed/lib "$work/own")"
}

quietly meson setup "$work/build" "$project" --prefix="$work/installed" --libdir=lib -Dtests=false -Dpoolstat=false \
	-Ddefault_library=both -Dsymbol_prefix=pond_
quietly meson install -C "$work/build"
headers=$work/installed/include/millpond
same "names with a prefix" "$(prefixed)" "$(exported "$work/installed/lib/libmillpond.so")"
same "the prefix in millpond.pc" pond_ \
	"$(PKG_CONFIG_PATH=$work/installed/lib/pkgconfig pkg-config --variable=symbol_prefix millpond)"
runs_both "the shared library" -L"$work/installed/lib" -lmillpond
runs_both "the archive" "$work/installed/lib/libmillpond.a"

# shm.h and millpond.h with the short names, and without any.
compile="$CC -Wall -Wextra -Werror -I$headers $(pkg-config --cflags pixman-1 wayland-client) -c -o $work/buffers.o"
quietly $compile "$tests/buffers_user.c"
same "what a program calls by the short names" "$(printf 'pond_%s\n' shm_can_scroll shm_fini shm_get_buffer)" \
	"$(nm --undefined-only "$work/buffers.o" | awk '$2 ~ /shm_/ { print $2 }')"
cat >"$work/statistics.c" <<'END'
#include "millpond.h"
int page(struct millpond_stats_pool *pool);
int page(struct millpond_stats_pool *pool)
{
	return millpond_stats_count() > 0 && millpond_stats_get_pool(0, pool) > 0 ? millpond_stats_fd() : -1;
}
END
# calls_of_statistics: what the program asks for that reads its statistics page, with the headers in $headers
calls_of_statistics() {
	quietly $CC -Wall -Wextra -Werror -I"$headers" -c -o "$work/statistics.o" "$work/statistics.c"
	nm --undefined-only "$work/statistics.o" | awk '/millpond_stats/ { print $2 }'
}
of_statistics=$(printf 'pond_millpond_stats_%s\n' count fd get_pool)
same "what a program calls that reads its statistics page" "$of_statistics" "$(calls_of_statistics)"
cat >"$work/none.c" <<'END'
#define MILLPOND_ONLY_PREFIXED_NAMES
#include "shm.h"
#include <pool.h>
#include <millpond.h>
Pool initialised = POOL_SYSTEM_INIT("none");
#if defined shm_fini || defined poolfree || defined poolsystem_alloc || defined millpond_stats_fd
#error "there are short names"
#endif
void finish(void);
void finish(void)
{
	if (pond_millpond_stats_fd() < 0)
		pond_shm_fini();
}
END
quietly $compile "$work/none.c"
checked=$((checked + 1))

# The header of buffer chains, whose names for programs have no prefix in any case.
cat >"$work/chains.c" <<'END'
#include "shm.h"
struct buffer *first(struct wl_shm *shm);
struct buffer *first(struct wl_shm *shm)
{
	return shm_get_buffer(shm_chain_new(shm, true, 1), 64, 48);
}
END
quietly $CC -Wall -Wextra -Werror -DMILLPOND_FOOT_VERSION=11600 -I"$headers-chain" \
	$(pkg-config --cflags pixman-1 wayland-client) -c -o "$work/chains.o" "$work/chains.c"
same "what a program with buffer chains calls" "$(printf 'pond_millpond_chain_%s\n' get_buffer new)" \
	"$(nm --undefined-only "$work/chains.o" | awk '$2 ~ /chain_/ { print $2 }')"

# As a subproject, where nothing is installed, and one half is left out.
mkdir -p "$work/subproject/subprojects"
ln -s "$project" "$work/subproject/subprojects/millpond"
cp "$work/main.c" "$work/subproject"
block "### In a meson project" meson | sed "s/'millpond_dep'\]/&, default_options: ['shm=false']/" \
	>"$work/subproject/meson.build"
quietly meson setup "$work/subproject/build" "$work/subproject" -Dmillpond:symbol_prefix=pond_
quietly ninja -C "$work/subproject/build"
same "the example as a subproject" "$uses_pool" "$("$work/subproject/build/example")"
same "what the example calls" pond_poolalloc \
	"$(nm --dynamic "$work/subproject/build/example" | grep -o '[a-z_]*poolalloc')"
same "what pools alone need as a subproject" libc.so.6 \
	"$(needed "$work/subproject/build/subprojects/millpond/libmillpond.so")"

# cargo alone.
headers=$work/headers
mkdir "$headers"
for half in pool shm; do
	"$project/build-aux/names.sh" header "$project/include/$half.h" prefix=pond_ $half >"$headers/$half.h"
done
"$project/build-aux/names.sh" header "$project/include/millpond.h" prefix=pond_ both >"$headers/millpond.h"
same "what it calls with headers made by hand" "$of_statistics" "$(calls_of_statistics)"
(
	cd "$project"
	quietly env MILLPOND_SYMBOL_PREFIX=pond_ CARGO_TARGET_DIR="$work/target" cargo rustc --quiet --locked --release \
		--lib --crate-type staticlib,cdylib --no-default-features --features shm,pool
)
same "names with a prefix, from cargo" "$(prefixed)" "$(exported "$work/target/release/libmillpond.so")"
runs_both "cargo's archive" "$work/target/release/libmillpond.a"
if MILLPOND_SYMBOL_PREFIX=1- cargo check --quiet --manifest-path "$project/Cargo.toml" --target-dir "$work/target" \
	2>"$work/output"; then
	fail "cargo takes a prefix that no name can begin with"
fi
same "lines about a bad prefix" 1 "$(grep -c 'MILLPOND_SYMBOL_PREFIX=1-: letters' "$work/output")"
finish "facts about prefixed names"
