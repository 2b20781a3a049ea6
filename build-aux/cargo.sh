#!/bin/sh
# Builds libmillpond.a with cargo, for meson: cargo.sh SOURCE_DIR TARGET_DIR OUTPUT DEPFILE [NAME=VALUE...] [-- AR...]
#
#	halves=shm,pool          what is in the library: one or both
#	wayland_version=1.21.0   the libwayland-client that it is linked with
#	symbol_prefix=word_      what the exported names begin with
#	probes=false             without the places where tracers may stop
#	triplet=...              what it is built for, as rustc names it; empty or "native": this machine
#	elf=2:1:62               what the object's header must say: class:order:machine (build-aux/target.sh)
#	debug=true               with all that a debugger wants to know
#	locked=false             with other crates than those of Cargo.lock
#	cargo=PATH rustc=PATH    the programs; RUSTC in the environment goes before the second
#
# AR is the archiver for that machine. Always optimised, whatever the C project's build type: only then is nothing of
# Rust's own left to link. cargo reads its configuration from the current folder, so it runs in the source folder.
set -eu
source_dir=$1 target_dir=$2 output=$3 depfile=$4
shift 4
halves=shm,pool wayland_version='' symbol_prefix='' probes=true triplet='' elf=unknown debug=false locked=true cargo=cargo rustc=rustc
while [ $# -gt 0 ]; do
	setting=$1
	shift
	case $setting in
	halves=*) halves=${setting#*=} ;;
	wayland_version=*) wayland_version=${setting#*=} ;;
	symbol_prefix=*) symbol_prefix=${setting#*=} ;;
	probes=*) probes=${setting#*=} ;;
	triplet=native) ;;
	triplet=*) triplet=${setting#*=} ;;
	elf=*) elf=${setting#*=} ;;
	debug=*) debug=${setting#*=} ;;
	locked=*) locked=${setting#*=} ;;
	cargo=*) cargo=${setting#*=} ;;
	rustc=*) rustc=${setting#*=} ;;
	--) break ;;
	*)
		echo "cargo.sh: $setting is no setting" >&2
		exit 2
		;;
	esac
done
[ $# -gt 0 ] || set -- ar
RUSTC=${RUSTC:-$rustc}
export RUSTC

if ! command -v "$cargo" >/dev/null 2>&1; then
	echo "millpond: cargo is not installed; Rust 1.85 or newer is needed to build this library" >&2
	exit 1
fi

# One optimised unit, for this machine unless another is named, whatever the caller's environment says.
unset CARGO_BUILD_TARGET CARGO_PROFILE_RELEASE_LTO CARGO_PROFILE_RELEASE_CODEGEN_UNITS CARGO_PROFILE_RELEASE_PANIC \
	CARGO_PROFILE_RELEASE_STRIP
CARGO_PROFILE_RELEASE_DEBUG=0
[ "$debug" = false ] || CARGO_PROFILE_RELEASE_DEBUG=2
export CARGO_PROFILE_RELEASE_DEBUG

# What is written is named as ninja names it: from the folder that this runs in. The same bytes come of it in any
# folder: paths of this machine would stand where debuggers look, who find the sources from the folder of the sources.
(
	cd "$source_dir"
	flags=--locked
	[ "$locked" = true ] || flags=''
	# shellcheck disable=SC2086 # no flag is no word
	MILLPOND_LINKED_BY_CALLER=1 MILLPOND_WAYLAND_VERSION=$wayland_version MILLPOND_SYMBOL_PREFIX=$symbol_prefix \
		MILLPOND_PROBES=$probes CARGO_TARGET_DIR=$target_dir \
		"$cargo" rustc --quiet $flags --release --lib --crate-type staticlib \
		--no-default-features --features "$halves" ${triplet:+--target "$triplet"} \
		-- "--remap-path-prefix=$PWD=." "--remap-path-prefix=${CARGO_HOME:-${HOME:-}/.cargo}=cargo"
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
ours=$("$@" t "$built/libmillpond.a" | grep '^millpond-')

# elf_of OBJECT: what its header says, whichever order its bytes have
elf_of() {
	# shellcheck disable=SC2046 # the bytes are words
	set -- $(od -A n -t u1 -N 20 "$1")
	case $6 in
	1) echo "$5:$6:$((${19} + 256 * ${20}))" ;;
	*) echo "$5:$6:$((${20} + 256 * ${19}))" ;;
	esac
}

(
	cd "$built"
	rm -f ours.a
	# shellcheck disable=SC2086 # the names of objects are words
	"$@" x libmillpond.a $ours
	for object in $ours; do
		found=$(elf_of "$object")
		if [ "$elf" != unknown ] && [ "$found" != "$elf" ]; then
			echo "millpond: cargo has built for another machine (its objects are $found, and not $elf):" \
				"see -Dtriplet, and cargo's configuration" >&2
			exit 1
		fi
	done
	# shellcheck disable=SC2086
	"$@" crsD ours.a $ours
	# shellcheck disable=SC2086
	rm -f $ours
)
mv "$built/ours.a" "$output.part"
mv "$output.part" "$output"
# cargo's list of files, but with the name under which ninja knows the archive.
printf '%s:' "$(printf '%s\n' "$output" | sed 's/[ #]/\\&/g')" >"$depfile"
sed -n 's|^.*/libmillpond\.a:||p' "$built/libmillpond.d" >>"$depfile"
