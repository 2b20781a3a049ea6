#!/bin/sh
# Builds libmillpond.a with cargo, for meson: cargo.sh SOURCE_DIR TARGET_DIR OUTPUT DEPFILE [NAME=VALUE...]
#
#	halves=shm,pool          what is in the library: one or both
#	wayland_version=1.21.0   the libwayland-client that it is linked with
#	symbol_prefix=word_      what the exported names begin with
#	triplet=...              what it is built for, as rustc names it
#
# Always optimised, whatever the C project's build type: only then is nothing of Rust's own left to link.
# cargo reads its configuration from the current folder, so it runs in the source folder.
set -eu
source_dir=$1 target_dir=$2 output=$3 depfile=$4
shift 4
halves=shm,pool wayland_version='' symbol_prefix='' triplet=''
for setting; do
	case $setting in
	halves=*) halves=${setting#*=} ;;
	wayland_version=*) wayland_version=${setting#*=} ;;
	symbol_prefix=*) symbol_prefix=${setting#*=} ;;
	triplet=*) triplet=${setting#*=} ;;
	*)
		echo "cargo.sh: $setting is no setting" >&2
		exit 2
		;;
	esac
done

if ! command -v cargo >/dev/null 2>&1; then
	echo "millpond: cargo is not installed; Rust 1.85 or newer is needed to build this library" >&2
	exit 1
fi

# One optimised unit, for this machine unless another is named, whatever the caller's environment says.
unset CARGO_BUILD_TARGET CARGO_PROFILE_RELEASE_LTO CARGO_PROFILE_RELEASE_CODEGEN_UNITS CARGO_PROFILE_RELEASE_PANIC

# What is written is named as ninja names it: from the folder that this runs in.
(
	cd "$source_dir"
	MILLPOND_LINKED_BY_CALLER=1 MILLPOND_WAYLAND_VERSION=$wayland_version MILLPOND_SYMBOL_PREFIX=$symbol_prefix \
		CARGO_TARGET_DIR=$target_dir \
		cargo rustc --quiet --locked --release --lib --crate-type staticlib \
		--no-default-features --features "$halves" ${triplet:+--target "$triplet"}
)

# With --target, cargo builds into a folder of that name.
built=$target_dir${triplet:+/$triplet}/release
if [ ! -f "$built/libmillpond.a" ]; then
	echo "millpond: cargo has not written $built/libmillpond.a; does its configuration say build.target?" \
		"Then say the same with -Dtriplet" >&2
	exit 1
fi
# Only our own object, which needs nothing of the rest: the rest is Rust's copy of the C compiler's helpers, and two Rust
# archives that are linked whole would both bring it.
ours=$(ar t "$built/libmillpond.a" | grep '^millpond-')
# shellcheck disable=SC2086 # the names of objects are words
(cd "$built" && rm -f ours.a && ar x libmillpond.a $ours && ar crsD ours.a $ours && rm -f $ours)
mv "$built/ours.a" "$output.part"
mv "$output.part" "$output"
# cargo's list of files, but with the name under which ninja knows the archive.
printf '%s:' "$(printf '%s\n' "$output" | sed 's/[ #]/\\&/g')" >"$depfile"
sed -n 's|^.*/libmillpond\.a:||p' "$built/libmillpond.d" >>"$depfile"
