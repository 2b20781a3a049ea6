#!/bin/sh
# docs/README.md has a link and a sentence for each document: all in docs/ and man/, and those beside README.md.
set -eu
cd "$(dirname "$0")/../.."
. checks/common.sh
LC_ALL=C
export LC_ALL

index=docs/README.md
find docs man -type f ! -path $index >"$work/files"
find . -maxdepth 1 -name '*.md' | sed 's|^\./||' >>"$work/files"
sort -o "$work/files" "$work/files"

# An entry is "- [NAME](PATH): a sentence."; it may go on in the next line.
awk '/^- / { if (entry != "") print entry; entry = $0; next } /^  / { entry = entry " " $0; next }
	{ if (entry != "") print entry; entry = "" } END { if (entry != "") print entry }' $index >"$work/entries"
while read -r entry; do
	path=$(printf '%s\n' "$entry" | sed -n 's/^- \[[^]]*\](\([^)]*\)): .\{20,\}\.$/\1/p')
	case $path in
	'') differs "$index has an entry that is no link and sentence: $entry" "Write: - [Name](path): what is in it." ;;
	../*) echo "${path#../}" ;;
	*) echo "docs/$path" ;;
	esac
done <"$work/entries" >"$work/unsorted"
sort "$work/unsorted" >"$work/linked"
same "$index names each document once" "$work/files" "$work/linked" "Add or take out an entry of $index"
checked=$(wc -l <"$work/linked")
total "documents in the index"
