#!/bin/sh
# What a reader of the sources looks at: `make lint`. Nothing is run of the library.
set -eu
cd "$(dirname "$0")/../.."
. checks/runs/steps.sh

build-aux/packages.sh build demo terminal check manual

step "formatting of the Rust code" cargo fmt --check
step "formatting of the tools" \
	cargo fmt --check --manifest-path tools/Cargo.toml -p headers -p layers -p abi -p bench -p planted -p rust-tests
# Each half alone and both, as Rust programs and as the C library have them; and with a prefix.
for halves in shm pool shm,pool; do
	step "clippy, $halves" \
		cargo clippy --quiet --locked --all-targets --no-default-features --features std,$halves -- --deny warnings
	step "clippy without std, $halves" \
		cargo clippy --quiet --locked --no-default-features --features $halves -- --deny warnings
done
step "clippy, with a prefix" env MILLPOND_SYMBOL_PREFIX=any_ cargo clippy --quiet --locked -- --deny warnings
step "the manual pages" mandoc -T lint -W warning man/pool.3 man/shm.3 man/millpond-chain.3 man/millpond-launcher.3
step "the floors" tool layers
step "planted faults fit the sources" tool planted -- --check
step "no circles among the C files" checks/source/circles.sh
step "paths that are named" checks/source/paths.sh
step "the index of the documents" checks/source/index.sh
step "the pages of the manual" checks/source/manual.sh
step "the scripts" checks/source/scripts.sh
step "what the hosting site runs" checks/source/workflows.sh
step "the contract of pools" checks/source/contract.sh
step "versions agree" checks/source/versions.sh
step "licences" checks/source/licences.sh
step "what a tarball holds" checks/source/tarball.sh
step "cargo-deny" checks/source/deny.sh --if-there
all_passed
