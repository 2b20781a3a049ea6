#!/bin/sh
# No circles among the C files: X.c and X.h together include, and call, only what does not lead back to them.
#
#	circles.sh [FOLDER...]		default: c-tests benches ffi-examples
#
# Of calls, those are seen whose function a header declares that the file includes, wherever the function is defined.
set -eu
cd "$(dirname "$0")/../.."
. checks/common.sh

[ $# -gt 0 ] || set -- c-tests benches ffi-examples
find "$@" -name '*.[ch]' | sort >"$work/files"

# shellcheck disable=SC2046 # the files are words
# Writes FROM TO for each pair, without suffixes; tsort finds what goes in a circle.
awk '
	function group(file) { return substr(file, 1, length(file) - 2) }

	# The file that an #include means: beside the including one, or below one of the folders that are searched.
	function resolve(from, name,    folder, place) {
		folder = from
		sub(/[^\/]*$/, "", folder)
		while (sub(/^\.\.\//, "", name))
			sub(/[^\/]*\/$/, "", folder)
		if ((folder name) in is_file)
			return folder name
		for (place in searched)
			if ((place name) in is_file)
				return place name
		return ""
	}

	# The name of the function whose declaration or definition begins with this line.
	function function_of(line) {
		if (line !~ /^[a-z][a-z_0-9 *]*[ *][a-z_0-9]+\(/ || line ~ /^(static|typedef|return|else) /)
			return ""
		sub(/\(.*/, "", line)
		sub(/.*[ *]/, "", line)
		return line
	}

	function reach(file, from,    i, n, list) {
		if (seen[from, file]++)
			return
		n = split(includes[file], list, " ")
		for (i = 1; i <= n; i++)
			reach(list[i], from)
	}

	BEGIN {
		searched["c-tests/"] = searched["benches/"] = 1
		for (i = 1; i < ARGC; i++)
			is_file[ARGV[i]] = 1
	}
	/^#include "/ {
		split($0, part, "\"")
		if ((found = resolve(FILENAME, part[2])) != "") {
			includes[FILENAME] = includes[FILENAME] " " found
			if (group(found) != group(FILENAME))
				print group(FILENAME), group(found)
		}
	}
	(name = function_of($0)) != "" {
		if (FILENAME ~ /\.h$/)
			declared[name] = declared[name] " " FILENAME
		else if ($0 !~ /;$/)
			defined[name] = defined[name] " " FILENAME
	}
	FILENAME ~ /\.c$/ {
		line = $0
		sub(/^[ \t]*(\/\*|\*).*/, "", line)
		gsub(/(struct|enum) [a-z_0-9]+/, "", line)
		count = split(line, word, /[^A-Za-z_0-9]+/)
		for (i = 1; i <= count; i++)
			if (word[i] ~ /^[a-z]/ && word[i] ~ /_/)
				uses[FILENAME, word[i]] = 1
	}
	# How near a file is to the header that declares what it defines: several programs have names in common.
	function nearness(header, file,    folder, parent) {
		folder = header
		sub(/[^\/]*$/, "", folder)
		parent = folder
		sub(/\/.*/, "/", parent)
		return group(header) == group(file) ? 3 : index(file, folder) == 1 ? 2 : index(file, parent) == 1
	}

	function note_use(file, header, name,    count, definer, d, best) {
		count = split(defined[name], definer, " ")
		for (d = 1; d <= count; d++) {
			if (definer[d] == file)
				return
			if (nearness(header, definer[d]) > nearness(header, best))
				best = definer[d]
		}
		if (best != "" && group(best) != group(file))
			print group(file), group(best), name
	}
	END {
		for (pair in uses) {
			split(pair, use, SUBSEP)
			if (!(use[2] in declared) || !(use[2] in defined))
				continue
			reach(use[1], use[1])
			count = split(declared[use[2]], header, " ")
			for (i = 1; i <= count; i++)
				if ((use[1], header[i]) in seen)
					note_use(use[1], header[i], use[2])
		}
	}' $(cat "$work/files") | sort -u >"$work/uses"

awk '{ print $1, $2 }' "$work/uses" | sort -u >"$work/pairs"
count=$(wc -l <"$work/pairs")
if tsort "$work/pairs" >/dev/null 2>"$work/circles"; then
	checked=$count
else
	sed -n 's/^tsort: \([^ ]*\/[^ ]*\)$/    \1/p' "$work/circles" >&2
	differs "files include or call each other in a circle" "Move what they share into a file of its own"
fi
[ "$count" -gt 300 ] || [ "$1" != c-tests ] || differs "only $count uses were found" "Repair circles.sh"
total "uses of C files by others"
