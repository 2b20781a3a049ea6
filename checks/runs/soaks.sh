#!/bin/sh
# The random and the exhaustive C tests at full length, which `make check` runs shorter; and the tests of pixel buffers
# where pages seem to be larger. Five minutes on two cores.
set -eu
cd "$(dirname "$0")/../.."
build=build

[ -f $build/build.ninja ] || meson setup $build >/dev/null
ninja -C $build --quiet
MILLPOND_SOAK_SCROLLS=${MILLPOND_SOAK_SCROLLS:-1000000} MILLPOND_POOL_DEPTH=${MILLPOND_POOL_DEPTH:-7}
export MILLPOND_SOAK_SCROLLS MILLPOND_POOL_DEPTH
meson test -C $build --no-rebuild --print-errorlogs --num-processes 2 \
	catching_up catching_up_late scroll_soak pool_sequences
grep '^# ' $build/meson-logs/testlog.txt | sed 's/^# //' || true
checks/machines/pages.sh quick
