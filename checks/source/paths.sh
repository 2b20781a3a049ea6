#!/bin/sh
# Paths that texts, comments and scripts name are there: those that begin with a folder of the project, as
# docs/parity.md, and those of programs that are built, as build/c-tests/shm/test_life, for their folder's sake.
set -eu
cd "$(dirname "$0")/../.."
. checks/common.sh

# What git knows or would take; without git, what a tarball holds.
git ls-files --cached --others --exclude-standard >"$work/files" 2>/dev/null ||
	find . -type f ! -path './build/*' ! -path './target/*' ! -path './vendor/*' | sed 's|^\./||' >"$work/files"
folders=$(sed -n 's|^\([a-z][^/.]*\)/.*|\1|p' "$work/files" | sort -u | tr '\n' '|')
folders=${folders%|}

# A variable stands for anything. The tests of tools/layers and of tools/planted make sources up, and libFuzzer makes scripts.
grep -vE '\.(abi|svg|lock|txt)$|^tools/(layers|planted)/|^fuzz/(corpus|found)/' "$work/files" | while read -r file; do
	[ ! -f "$file" ] || sed -E 's/\$[({]?[A-Za-z_]+( [^)]*)?[)}]?/*/g' "$file" |
		{ grep -noE "(^|[^A-Za-z0-9_./@*-])(build/)?($folders)/[A-Za-z0-9_./*-]*[A-Za-z0-9_*/]" || true; } |
		sed -E "s|^([0-9]+):[^a-z]?|$file:\1 |"
done >"$work/named"

# is_there PLACE PATH
is_there() {
	case $2 in
	# Where it is installed.
	include/millpond* | man/man3) return ;;
	# What is built, and what make dist adds.
	*/target | poolstat/vendor*) return ;;
	build/*) set -- "$1" "$(dirname "${2#build/}")" ;;
	esac
	# A tool names its own files too, and so do the scripts of fuzz/ and the files of poolstat/.
	tool=$(expr "$1" : '\(tools/[^/]*/\)' \| "$1" : '\(fuzz/\)' \| "$1" : '\(poolstat/\)' || true)
	for found in $2 ${tool:+"$tool$2"}; do
		[ ! -e "$found" ] || return 0
	done
	# A program, as ninja calls it.
	grep -qs "'${2##*/}'" "$(dirname "$2")/meson.build"
}

count=0
while read -r place path; do
	count=$((count + 1))
	is_there "$place" "$path" || differs "$place names $path, which is not there" "Write where it is"
done <"$work/named"
[ "$count" -gt 100 ] || differs "only $count paths were found" "Repair paths.sh"
checked=$count
total "paths that are named"
