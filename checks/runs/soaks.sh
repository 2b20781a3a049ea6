#!/bin/sh
# The random and the exhaustive C tests at full length, which `make check` runs shorter; and the tests of pixel buffers
# where pages seem to be larger; forks at more instructions; and `make soak` in short, which must notice what grows.
# Six minutes on two cores.
set -eu
cd "$(dirname "$0")/../.."
build=build

[ -f $build/build.ninja ] || meson setup $build >/dev/null
ninja -C $build --quiet
MILLPOND_SOAK_SCROLLS=${MILLPOND_SOAK_SCROLLS:-1000000} MILLPOND_POOL_DEPTH=${MILLPOND_POOL_DEPTH:-7}
MILLPOND_FORKS=${MILLPOND_FORKS:-200}
export MILLPOND_SOAK_SCROLLS MILLPOND_POOL_DEPTH MILLPOND_FORKS
meson test -C $build --no-rebuild --print-errorlogs --num-processes 2 \
	catching_up catching_up_late scroll_soak pool_sequences fork_steps pool_system_fork_steps
grep '^# ' $build/meson-logs/testlog.txt | sed 's/^# //' || true

soak=$build/benches/soak/soak
for kind in memory descriptors mappings; do
	if $soak --seconds 5 --leak $kind >$build/soak.txt || ! grep -q "^  $kind .* GROWS$" $build/soak.txt; then
		cat $build/soak.txt
		echo "the soak does not notice that $kind grow" >&2
		exit 1
	fi
done
$soak --seconds 30
checks/machines/pages.sh quick
