#!/bin/sh
# Without meson and pkg-config: README.md's lines for cargo and cc.
set -eu
. "$(dirname "$0")/common.sh"
copy_project "$work/millpond"
cd "$work/millpond"
block "### In a meson project" c >main.c
block "### Without meson and pkg-config" sh >lines

quietly sh -eu ./lines
same "pools, without a libwayland-client" "$uses_pool" "$(./example)"
same "what the program needs" libc.so.6 "$(needed ./example)"

# Both halves, with what README.md says comes behind the archive.
# shellcheck disable=SC2016 # as README.md has it
behind=$(awk '/^### / { is_behind = ($0 == "### Without meson and pkg-config") } is_behind' "$project/README.md" |
	sed -n 's/^With `shm,pool`, `\(.*\)` comes behind the archive.$/\1/p')
[ -n "$behind" ] || fail "README.md does not say what comes behind the archive"
sed "s/--features pool/--features shm,pool/; s|libmillpond\.a|& $behind|; s/main\.c/both.c/" lines >both_lines
cp "$tests/buffers_user.c" both.c
quietly sh -eu ./both_lines
same "buffers" "no buffer without a compositor" "$(./example 2>/dev/null)"
finish "facts about plain cargo and cc"
