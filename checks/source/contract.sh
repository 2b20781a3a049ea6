#!/bin/sh
# The contract of pools is the same in include/pool.h, which has it from the Rust documentation, and in man/pool.3.
set -eu
cd "$(dirname "$0")/../.."
. checks/common.sh

words() {
	tr -s '[:space:]' '\n' | tr -d '\140' | sed '/^$/d; /^\*$/d'
}

sed -n '/The contract, which pool(3) has in the same words/,/^struct Pool/p' include/pool.h | sed '1d; /^ \*\/$/,$d' |
	words >"$work/header"
sed -n '/^\.Ss The contract/,/^\.S[sh] /p' man/pool.3 | sed '/^\./d' | words >"$work/manual"
if [ "$(wc -w <"$work/manual")" -gt 100 ]; then
	right "pool(3) has a contract"
else
	differs "pool(3) has no contract" "It stands under '.Ss The contract'"
fi
same "pool.h and pool(3) say the same of it" "$work/manual" "$work/header" \
	"Change src/pool/record.rs and man/pool.3 together, then run make headers"
total "claims about the contract of pools"
