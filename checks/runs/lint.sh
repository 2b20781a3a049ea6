#!/bin/sh
# What a reader of the sources looks at: `make lint`. Nothing is run of the library.
set -eu
cd "$(dirname "$0")/../.."
. checks/runs/steps.sh

build-aux/packages.sh build lint

# with_component COMMAND PACKAGE NAME ARGUMENT...: a step of a part of Rust that not every Rust has
with_component() {
	component=$1 package=$2
	shift 2
	if cargo "$component" --version >/dev/null 2>&1; then
		step "$@"
	else
		echo "$1 ... skipped"
		skipped "$1" "there is no cargo $component (rustup component add ${package#rust-}; Debian: apt-get install $package)"
	fi
}

with_component fmt rustfmt "formatting of the Rust code" cargo fmt --check
with_component fmt rustfmt "formatting of the tools" \
	cargo fmt --check --manifest-path tools/Cargo.toml -p headers -p layers -p abi -p bench -p planted -p rust-tests
with_component fmt rustfmt "formatting of the search by coverage" cargo fmt --check --manifest-path fuzz/Cargo.toml
with_component fmt rustfmt "formatting of poolstat" cargo fmt --check --manifest-path poolstat/Cargo.toml
# Each half alone and both, as Rust programs and as the C library have them; and with a prefix.
for halves in shm pool shm,pool; do
	with_component clippy rust-clippy "clippy, $halves" \
		cargo clippy --quiet --locked --all-targets --no-default-features --features std,$halves -- --deny warnings
	with_component clippy rust-clippy "clippy without std, $halves" \
		cargo clippy --quiet --locked --no-default-features --features $halves -- --deny warnings
done
with_component clippy rust-clippy "clippy, the search by coverage" env CARGO_TARGET_DIR=build/fuzz \
	cargo clippy --quiet --locked --all-targets --manifest-path fuzz/Cargo.toml --no-default-features -- --deny warnings
with_component clippy rust-clippy "clippy, poolstat" \
	cargo clippy --quiet --locked --all-targets --manifest-path poolstat/Cargo.toml -- --deny warnings
with_component clippy rust-clippy "clippy, with a prefix" env MILLPOND_SYMBOL_PREFIX=any_ cargo clippy --quiet --locked -- --deny warnings
step "the manual pages" mandoc -T lint -W warning man/millpond.3 man/pool.3 man/shm.3 man/millpond-chain.3 man/millpond-launcher.3 \
	man/poolstat.1
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
step "counts and times in documents" checks/source/figures.sh
step "licences" checks/source/licences.sh
step "what a tarball holds" checks/source/tarball.sh
step "cargo-deny" checks/source/deny.sh --if-there
all_passed
