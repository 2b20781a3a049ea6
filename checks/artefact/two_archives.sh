#!/bin/sh
# A C program that links libmillpond.a and another Rust archive, in each order: two_archives.sh ARCHIVE.a
set -eu
archive=$(realpath "$1")
cd "$(dirname "$0")/../.."
. checks/common.sh

folder=checks/artefact/two-archives
libraries="$(pkg-config --libs pixman-1 wayland-client) -lm"

rustc --edition 2024 --crate-type staticlib -C opt-level=2 -C lto=fat -C panic=abort \
	-o "$work/small.a" $folder/other_small.rs
rustc --edition 2024 --crate-type staticlib -C opt-level=1 -o "$work/std.a" $folder/other_std.rs

# links HOW ARGUMENTS...: a program so linked runs
links() {
	how=$1
	shift
	# shellcheck disable=SC2046,SC2086 # the flags are words
	if ! gcc -Wall -Wextra -Werror -Iinclude $(pkg-config --cflags pixman-1 wayland-client) -o "$work/program" \
		$folder/main.c "$@" $libraries 2>"$work/log"; then
		differs "a program with two Rust archives does not link, $how: $(grep -m 1 -E 'multiple|undefined' "$work/log")" \
			"See build-aux/cargo.sh: the archive must define our names only"
	elif ! "$work/program" 2>"$work/log"; then
		differs "a program with two Rust archives does not work, $how: $(cat "$work/log")" "Debug it: $folder"
	else
		right "two Rust archives in one program, $how"
	fi
}

for other in small std; do
	define=
	[ $other = small ] || define=-DWITH_STD
	links "millpond before $other" $define "$archive" "$work/$other.a"
	links "millpond behind $other" $define "$work/$other.a" "$archive"
	links "millpond whole, then $other" $define -Wl,--whole-archive "$archive" -Wl,--no-whole-archive "$work/$other.a"
	links "millpond and $other, not position independent" $define -no-pie "$archive" "$work/$other.a"
done
# An archive without std cannot be linked whole by itself: it lacks what std's unwinding would need.
links "millpond and std, each whole" -DWITH_STD -Wl,--whole-archive "$archive" "$work/std.a" -Wl,--no-whole-archive
total "programs with two Rust archives"
