#!/bin/sh
# What documents say of the size of the stripped library is so: size.sh LIBRARY.so. Within a fiftieth with the Rust that
# they name; other versions make up to a tenth more or less of it.
set -eu
library=$1
cd "$(dirname "$0")/../.."
. checks/common.sh

if [ "$(uname -m)" != x86_64 ]; then
	echo "skipped: the sizes in documents are those of x86_64"
	exit 0
fi
strip --strip-unneeded -o "$work/stripped" "$library"
size_bytes=$(wc -c <"$work/stripped")
named_rust=$(sed -n 's/.*tripped it has [0-9]* KB with Rust \([0-9.]*[0-9]\).*/\1/p' docs/packaging.md)
case $(rustc --version) in
"rustc $named_rust."*) part=50 ;;
*) part=10 ;;
esac

# stated PLACE PATTERN
stated() {
	kilobytes=$(sed -n "s/.*$2.*/\1/p" "$1" | head -n 1)
	off=$((kilobytes * 1000 - size_bytes))
	claim="$1 says $kilobytes KB, and it has $size_bytes bytes"
	if [ -n "$kilobytes" ] && [ ${off#-} -le $((size_bytes / part)) ]; then
		right "$claim"
	else
		differs "$claim" "Write $(((size_bytes + 500) / 1000)) KB there, if that is meant"
	fi
}
stated docs/packaging.md 'tripped it has \([0-9]*\) KB'
stated docs/decisions.md 'stripped library has \([0-9]*\) KB'
total "sizes in documents"
