#!/bin/sh
# Compares docs/licences.md with what cargo says of the crates; licences.sh --write writes it.
set -eu
cd "$(dirname "$0")/../.."
. checks/common.sh
LC_ALL=C
export LC_ALL

# crates CARGO-TREE-ARGUMENTS...: NAME VERSION|LICENCE of each crate that is not ours
crates() {
	cargo tree --locked --target x86_64-unknown-linux-gnu --prefix none --format '{p}|{l}' "$@" |
		sed -e '/^$/d; s/ (\*)$//; s/ (proc-macro)//; s/ v/ /' -e '/ ([^|]*)|/d' -e 's#MIT/Apache-2.0#MIT OR Apache-2.0#' | sort -u
}

table() {
	echo "| crate | licence |"
	echo "|---|---|"
	sed 's/\(.*\)|\(.*\)/| \1 | \2 |/' "$1"
}

crates --edges normal,build >"$work/library"
crates --manifest-path poolstat/Cargo.toml --edges normal,no-proc-macro >"$work/poolstat"
{
	crates --manifest-path tools/Cargo.toml --workspace --edges normal,build,dev
	crates --manifest-path tools/peers/Cargo.toml --all-features --edges normal,build,dev
	crates --manifest-path fuzz/Cargo.toml --all-features --edges normal,build,dev
	crates --manifest-path poolstat/Cargo.toml --edges normal,build,dev
} >"$work/all"
sort -u "$work/all" | comm -13 "$work/library" - >"$work/tools"

cat >"$work/licences.md" <<-END
	# Licences of the crates

	Written by \`make licences\` from what cargo says; \`make lint\` compares. millpond is under the
	MIT licence (\`LICENSE\`). What is linked into a program besides: pixman, libwayland (both MIT)
	and the C library, dynamically.

	## The library

	$(table "$work/library")

	pkg-config runs while the library is built and is no part of it. Rust's own libraries (core,
	alloc) are under MIT OR Apache-2.0.

	## The command poolstat

	What is in the program; \`-Dpoolstat=false\` does without it, and the library needs none of these. What reads
	Rust's syntax while it is built stands below.

	$(table "$work/poolstat")

	## The tools and tests

	Not part of what is shipped, and not needed to build the library.

	$(table "$work/tools")
END

if [ "${1:-}" = --write ]; then
	mv "$work/licences.md" docs/licences.md
	echo "docs/licences.md is written"
	exit 0
fi

cat "$work/library" "$work/poolstat" >"$work/shipped"
while IFS='|' read -r crate licence; do
	case " $licence " in
	*" MIT "*) right "$crate may be used under MIT" ;;
	*) differs "$crate is under $licence" "The library, and poolstat, take only what can be had under MIT" ;;
	esac
done <"$work/shipped"
for statement in 'LICENSE:^MIT License$' 'Cargo.toml:^license = "MIT"$' "meson.build:license: 'MIT'" \
	'include/millpond.h:MIT licence' 'include/pool.h:MIT licence' 'include/shm.h:MIT licence' 'include/chain/shm.h:MIT licence' \
	'include/launcher/shm.h:MIT licence' 'man/millpond-launcher.3:MIT licence' \
	'man/poolstat.1:MIT licence' 'man/millpond.3:MIT licence' 'man/millpond-chain.3:MIT licence' 'man/pool.3:MIT licence' 'man/shm.3:MIT licence'; do
	file=${statement%%:*}
	if grep -q "${statement#*:}" "$file"; then
		right "$file says MIT"
	else
		differs "$file does not say that millpond is under MIT" "Wanted: ${statement#*:}"
	fi
done
if cmp -s "$work/licences.md" docs/licences.md; then
	right "docs/licences.md is current"
else
	diff docs/licences.md "$work/licences.md" | grep '^[<>]' >&2 || true
	differs "docs/licences.md is out of date" "Look at the licences above, and run \`make licences\`"
fi
total "statements about licences"
