#!/bin/sh
# Compares the C ABI of the sources with the one that programs were promised: abi.sh; abi.sh --write renews the promise.
#
# Constness and the texts of the headers are not seen here, but by `tools/headers` and `tools/abi`.
set -eu
cd "$(dirname "$0")/../.."
. checks/common.sh

machine=$(uname -m)
promised=checks/artefact/millpond.$machine.abi

if [ "${1:-}" = --write ]; then
	checks/artefact/abi_of.sh "$PWD" "$PWD/build/abi" "$work/now"
	mv "$work/now" "$promised"
	echo "$promised is written; git diff shows what has changed"
	exit 0
fi
if [ ! -f "$promised" ]; then
	echo "skipped: no ABI file for $machine"
	exit 0
fi

checks/artefact/abi_of.sh "$PWD" "$PWD/build/abi" "$work/now"
# Other versions of abidw see pointers to functions in another way.
format_of() {
	sed -n "s/^<abi-corpus version='\([0-9.]*\)'.*/\1/p" "$1"
}
if [ "$(format_of "$promised")" != "$(format_of "$work/now")" ]; then
	echo "skipped: this abidw writes format $(format_of "$work/now"), and $promised has $(format_of "$promised")"
	exit 0
fi
functions=$(grep -c '<function-decl' "$promised")
if differs_in_abi "$promised" "$work/now" "$work/difference"; then
	cat "$work/difference" >&2
	differs "the C ABI has changed" "If that is meant, write a line into CHANGELOG.md, see docs/release.md, and run \`make abi\`"
else
	right "the C ABI is that of $promised"
fi
# If nothing was read, nothing differs.
for number in "$functions" "$(grep -c '<function-decl' "$work/now")"; do
	[ "$number" -gt 20 ] || differs "only $number functions were found" "Without debug information there is no ABI to compare"
done
total "ABI file of $functions functions"
