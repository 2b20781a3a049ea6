#!/bin/sh
# The block of C behind a heading of README.md, as statements of a function: readme_block.sh README.md HEADING
#
# What it includes, whoever includes this has included.
set -eu
awk -v heading="$2" '
	/^#+ / && !is_inside { is_behind = ($0 == heading) }
	is_inside && /^```$/ { exit }
	is_inside && !/^#include/ { print; found = 1 }
	is_behind && $0 == "```c" { is_inside = 1 }
	END { exit !found }
' "$1" || { echo "$1 has no block of C behind '$2'" >&2; exit 1; }
