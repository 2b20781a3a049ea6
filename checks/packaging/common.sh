# shellcheck shell=sh
# What the tests of packaging share. A test begins with
#
#	. "$(dirname "$0")/common.sh"
#
# and ends with `finish`. What it makes is in $work, and goes with it. The programs and project files that README.md
# shows are taken from there, so that what a newcomer types is what is tested.
set -eu

test_name=$(basename "$0" .sh)
tests=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$tests/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
checked=0
skipped=0
CC=${CC:-cc}
# shellcheck disable=SC2034 # for those that read this
version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$project/Cargo.toml")

fail() {
	echo "$test_name: $*" >&2
	exit 1
}

finish() {
	echo "$test_name: $checked $1 checked, $skipped skipped"
}

# quietly COMMAND...: shows what it printed only if it fails
quietly() {
	if ! "$@" >"$work/output" 2>&1; then
		cat "$work/output" >&2
		fail "failed: $*"
	fi
}

# same WHAT EXPECTED FOUND
same() {
	if [ "$2" != "$3" ]; then
		printf '%s\n' "$2" >"$work/expected"
		printf '%s\n' "$3" >"$work/found"
		diff "$work/expected" "$work/found" >&2 || true
		fail "$1 (< expected, > found)"
	fi
	checked=$((checked + 1))
}

# at_home FOLDER COMMAND...: with another home than cargo's own, where README.md's lines put what they install
at_home() {
	home=$1
	shift
	env CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}" RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}" HOME="$home" "$@"
}

# block HEADING LANGUAGE: the first block of that language behind that heading of README.md
block() {
	awk -v heading="$1" -v fence="\`\`\`$2" '
		/^#+ / { is_behind = ($0 == heading) }
		is_inside && /^```$/ { exit }
		is_inside { print; found = 1 }
		is_behind && $0 == fence { is_inside = 1 }
		END { exit !found }
	' "$project/README.md" || fail "README.md has no block $2 behind the heading $1"
}

# copy_project FOLDER: the sources as a checkout has them, with changes that are not committed
copy_project() {
	mkdir -p "$1"
	if git -C "$project" ls-files --cached --others --exclude-standard >"$work/files" 2>/dev/null; then
		(cd "$project" && while read -r file; do [ ! -f "$file" ] || printf '%s\n' "$file"; done) \
			<"$work/files" >"$work/there"
		tar -C "$project" -cf "$work/copy.tar" -T "$work/there"
	else
		tar -C "$project" --exclude=./build --exclude=./target --exclude=./tools -cf "$work/copy.tar" .
	fi
	tar -C "$1" -xf "$work/copy.tar"
	rm "$work/copy.tar"
}

# commit_all FOLDER: makes it a repository with one commit
commit_all() {
	git -C "$1" -c init.defaultBranch=main init --quiet
	git -C "$1" add --all
	git -C "$1" -c user.name=tests -c user.email=tests@localhost -c commit.gpgSign=false \
		commit --quiet --no-verify --message everything
}

# example FOLDER: README.md's project, with a second program that uses buffers. meson does not look at the name of the
# variable behind the fallback while the name of the dependency is enough, so the second program asks for it.
example() {
	mkdir -p "$1/subprojects"
	block "### In a meson project" meson >"$1/meson.build"
	block "### In a meson project" c >"$1/main.c"
	cp "$tests/buffers_user.c" "$1"
	variable=$(sed -n "s/.*fallback: \['millpond', '\(.*\)'\].*/\1/p" "$1/meson.build")
	cat >>"$1/meson.build" <<-END
		variable = subproject('millpond').get_variable('$variable')
		executable('buffers_user', 'buffers_user.c', dependencies: variable)
	END
}

# exported LIBRARY: the names that a shared library defines, without versions
exported() {
	nm --dynamic --defined-only "$1" | awk '$2 ~ /^[TDBR]$/ { sub(/@.*/, "", $3); print $3 }' | sort
}

# one_line: the words on standard input
one_line() {
	tr -s ' \n' '  ' | sed 's/^ //; s/ $//'
}

# needed LIBRARY: the libraries that the dynamic linker loads with it, in one line
needed() {
	LC_ALL=C readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' | sort | one_line
}

# names HALF...: what src/c_api/names.txt says that these halves export
names() {
	"$project/build-aux/names.sh" list prefix= "$@" | sed 's/@.*//' | sort
}

# the text of README.md's program, and of ours
# shellcheck disable=SC2034 # for those that read this
uses_pool="100 bytes asked for, 160 in use"
