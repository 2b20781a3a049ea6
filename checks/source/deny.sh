#!/bin/sh
# Runs cargo-deny over the library and the tools, as deny.toml says; installs it into build/ if it is nowhere (two minutes).
#
# --if-there: only if it is installed.
set -eu
cd "$(dirname "$0")/../.."
. checks/common.sh

PATH=$PATH:$PWD/build/cargo-deny/bin
if ! command -v cargo-deny >/dev/null 2>&1; then
	if [ "${1:-}" = --if-there ]; then
		echo "skipped: cargo-deny is not installed (make deny installs it into build/)"
		exit 0
	fi
	echo "installing cargo-deny into build/cargo-deny"
	cargo install --quiet --locked --root build/cargo-deny cargo-deny@0.20.2
fi

for manifest in Cargo.toml tools/Cargo.toml tools/peers/Cargo.toml fuzz/Cargo.toml poolstat/Cargo.toml; do
	if cargo-deny --log-level error --manifest-path $manifest --locked --config "$PWD/deny.toml" \
		check bans licenses sources >"$work/log" 2>&1; then
		right "$manifest: $(tail -n 1 "$work/log")"
	else
		cat "$work/log" >&2
		differs "cargo-deny refuses a crate of $manifest" "Do without it, or state in deny.toml and docs/decisions.md why it may be"
	fi
done
total "lock files with cargo-deny"
