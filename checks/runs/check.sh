#!/bin/sh
# Every test: `make check` runs this. Each step says what it is; the output of a step that fails is shown.
#
# MILLPOND_REFERENCE=DIR: also compare with the original in DIR/libshm_ref.so.
set -eu
cd "$(dirname "$0")/../.."
build=build

build-aux/packages.sh build demo terminal check

log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0

# step NAME COMMAND...: runs quietly, shows the lines that count something
step() {
	name=$1
	shift
	printf '%s ... ' "$name"
	started=$(date +%s)
	if ! "$@" >"$log" 2>&1 </dev/null; then
		echo "FAILED"
		cat "$log"
		echo
		echo "failed: $name ($*)" >&2
		exit 1
	fi
	echo "ok ($(($(date +%s) - started)) s)"
	grep -E "$counting" "$log" | sed 's/^[# ]*/    /' || true
	passed=$((passed + 1))
}
counting='^[0-9]+ passed, 0 failed|^test result: .* [1-9][0-9]* passed|checked|comparisons agree|every rule kept|is current|as they should be|skipped|injections'

tool() {
	cargo run --quiet --locked --manifest-path tools/Cargo.toml -p "$@"
}

step "formatting of the Rust code" cargo fmt --check
step "formatting of the tools" \
	cargo fmt --check --manifest-path tools/Cargo.toml -p headers -p layers -p abi -p bench -p rust-tests
# Each half alone and both, as Rust programs and as the C library have them; and with a prefix.
for halves in shm pool shm,pool; do
	step "clippy, $halves" \
		cargo clippy --quiet --locked --all-targets --no-default-features --features std,$halves -- --deny warnings
	step "clippy without std, $halves" \
		cargo clippy --quiet --locked --no-default-features --features $halves -- --deny warnings
done
step "clippy, with a prefix" env MILLPOND_SYMBOL_PREFIX=any_ cargo clippy --quiet --locked -- --deny warnings
step "the headers are current" tool headers -- --check
step "the headers in C89 to C23 and C++" c-tests/headers/header_compile.sh
step "the manual pages" mandoc -T lint -W warning man/pool.3 man/shm.3 man/millpond-chain.3 man/millpond-launcher.3
step "the floors" tool layers
step "no circles among the C files" checks/source/circles.sh
step "paths that are named" checks/source/paths.sh
step "the scripts" checks/source/scripts.sh
step "the contract of pools" checks/source/contract.sh
step "versions agree" checks/source/versions.sh
step "licences" checks/source/licences.sh
step "what a tarball holds" checks/source/tarball.sh
step "cargo-deny" checks/source/deny.sh --if-there
step "Rust tests" cargo test --quiet --locked -- --nocapture
step "tests of the tools, ABI against the C headers" \
	cargo test --quiet --locked --manifest-path tools/Cargo.toml --workspace -- --nocapture
[ -f $build/build.ninja ] || step "meson setup" meson setup $build
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

# What programs and distributors do with it, with the lines of README.md.
step "as a meson subproject" checks/packaging/subproject.sh
step "installed, both halves and each alone" checks/packaging/install.sh
step "with prefixed names" checks/packaging/prefix.sh
step "with cargo and cc alone" checks/packaging/plain.sh
step "from the archive of make dist" checks/packaging/dist.sh

# What a distributor looks at.
library=$build/libmillpond.so.0 archive=$build/libmillpond.a
step "exported names" checks/artefact/names.sh $library $archive
step "properties of the library" checks/artefact/library.sh $library
step "faults that a library may have" checks/artefact/library_faults.sh
step "two Rust archives in one program" checks/artefact/two_archives.sh $archive
step "the C ABI is the promised one" checks/artefact/abi.sh
step "changes of the ABI are seen" checks/artefact/abi_faults.sh

step "checkers of memory name the line" checks/runs/annotations.sh $build

step "C tests under valgrind" checks/runs/valgrind.sh quick
step "C tests under the sanitizers" checks/runs/sanitizers.sh quick

echo
echo "$passed passed, 0 failed"
