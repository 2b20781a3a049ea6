#!/bin/sh
# Every test of what the library does: `make check` runs this. `make lint`, `make check-packaging` and the others of
# `make help` look at the rest.
#
# MILLPOND_REFERENCE=DIR: also compare with the original in DIR/libshm_ref.so (`make reference`). MILLPOND_WERROR=true:
# warnings of the C compiler are errors, as in .ci/run; not for users, whose compiler may be newer and warn of more.
set -eu
cd "$(dirname "$0")/../.."
. checks/runs/steps.sh

build-aux/packages.sh build demo terminal check
build=build

# skips_of LOG: "PROGRAM: TEST<tab>REASON" for each C test that meson's log says was skipped
skips_of() {
	awk '
		/^test: / { program = $2 }
		/^ok .* # SKIP / {
			reason = $0
			sub(/^.* # SKIP /, "", reason)
			print program ": " $4 "\t" reason
		}
		/^# skipped: / { print program "\t" substr($0, 12) }
	' "$1"
}

# What the C tests count, and what was skipped of them.
tell_of_c_tests() {
	c_log=$build/meson-logs/testlog.txt
	grep '^# ' $c_log | grep -v '^# skipped: ' | sed 's/^# /    /' || true
	c_tests=$(grep -c '^ok ' $c_log || true)
	c_skipped=$(grep -c '^ok .*# SKIP' $c_log || true)
	echo "    $((c_tests - c_skipped)) C tests passed, $c_skipped skipped"
	skips_of $c_log | sed 's/^/    /; s/\t/: /' >>"$left_out"
}

has_terminal() {
	grep -q ffi-examples/terminal/terminal $build/build.ninja
}

[ -f $build/build.ninja ] || step "meson setup" meson setup -Dwerror="${MILLPOND_WERROR:-false}" $build
# A build folder that is older than a library here does not know what needs it.
has_terminal || step "meson setup, once more" meson setup --reconfigure $build
# The library is built on one processor, and what follows mostly on one, too. What goes wrong is said below.
ninja -C $build >/dev/null 2>&1 </dev/null &
beside=$!
step "the headers are current" tool headers -- --check
step "the headers in C89 to C23 and C++" c-tests/headers/header_compile.sh
step "Rust tests" cargo test --quiet --locked -- --nocapture
step "tests of the tools, ABI against the C headers" \
	cargo test --quiet --locked --manifest-path tools/Cargo.toml --workspace -- --nocapture
step "tests of poolstat" cargo test --quiet --locked --manifest-path poolstat/Cargo.toml -- --nocapture
if has_terminal; then
	step "lists of tests" checks/source/test_lists.sh $build
else
	skipped "the terminal, and the lists of tests" "it needs fcft, libpng, libvterm and xkbcommon"
fi
wait $beside || true
beside=
step "build of the C parts" ninja -C $build
# Shorter than `make check-soaks`.
step "C tests" env MILLPOND_SOAK_SCROLLS="${MILLPOND_SOAK_SCROLLS:-200000}" MILLPOND_POOL_DEPTH="${MILLPOND_POOL_DEPTH:-6}" \
	meson test -C $build --no-rebuild --print-errorlogs --num-processes 2
tell_of_c_tests

# What a distributor looks at.
library=$build/libmillpond.so.0 archive=$build/libmillpond.a
step "exported names" checks/artefact/names.sh $library $archive
step "properties of the library" checks/artefact/library.sh $library
step "its probes" checks/artefact/probes.sh $library
step "its size in documents" checks/artefact/size.sh $library
step_with abidw "the C ABI is the promised one" checks/artefact/abi.sh

step "checkers of memory name the line" checks/runs/annotations.sh $build
all_passed
