#!/bin/sh
# Every test of what the library does: `make check` runs this. `make lint`, `make check-packaging` and the others of
# `make help` look at the rest.
#
# MILLPOND_REFERENCE=DIR: also compare with the original in DIR/libshm_ref.so. MILLPOND_WERROR=true: warnings of the C
# compiler are errors, as in .ci/run; not for users, whose compiler may be newer and warn of more.
set -eu
cd "$(dirname "$0")/../.."
. checks/runs/steps.sh

build-aux/packages.sh build demo terminal check
build=build

step "the headers are current" tool headers -- --check
step "the headers in C89 to C23 and C++" c-tests/headers/header_compile.sh
step "Rust tests" cargo test --quiet --locked -- --nocapture
step "tests of the tools, ABI against the C headers" \
	cargo test --quiet --locked --manifest-path tools/Cargo.toml --workspace -- --nocapture
[ -f $build/build.ninja ] || step "meson setup" meson setup -Dwerror="${MILLPOND_WERROR:-false}" $build
step "lists of tests" checks/source/test_lists.sh $build
step "build of the C parts" ninja -C $build
# Shorter than `make check-soaks`.
step "C tests" env MILLPOND_SOAK_SCROLLS="${MILLPOND_SOAK_SCROLLS:-200000}" MILLPOND_POOL_DEPTH="${MILLPOND_POOL_DEPTH:-6}" \
	meson test -C $build --no-rebuild --print-errorlogs --num-processes 2
c_log=$build/meson-logs/testlog.txt
grep '^# ' $c_log | sed 's/^# /    /' || true
c_tests=$(grep -c '^ok ' $c_log || true)
skipped=$(grep -c '^ok .*# SKIP' $c_log || true)
echo "    $((c_tests - skipped)) C tests passed, $skipped skipped"

# What a distributor looks at.
library=$build/libmillpond.so.0 archive=$build/libmillpond.a
step "exported names" checks/artefact/names.sh $library $archive
step "properties of the library" checks/artefact/library.sh $library
step "the C ABI is the promised one" checks/artefact/abi.sh

step "checkers of memory name the line" checks/runs/annotations.sh $build
all_passed
