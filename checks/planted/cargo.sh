#!/bin/sh
# In the copy where faults are planted, this is build-aux/cargo.sh: it takes the same arguments, and builds so that a
# changed file costs a second. In the archive is all of Rust's that the library needs.
set -eu
source_dir=$1 target_dir=$2 output=$3 depfile=$4
shift 4
halves=shm,pool wayland_version=''
for setting; do
	case $setting in
	halves=*) halves=${setting#*=} ;;
	wayland_version=*) wayland_version=${setting#*=} ;;
	esac
done
(
	cd "$source_dir"
	MILLPOND_LINKED_BY_CALLER=1 MILLPOND_WAYLAND_VERSION=$wayland_version CARGO_TARGET_DIR=$target_dir \
		cargo rustc --quiet --locked --release --lib --crate-type staticlib \
		--no-default-features --features "$halves"
)
cp "$target_dir/release/libmillpond.a" "$output"
printf '%s:' "$output" >"$depfile"
sed -n 's|^.*/libmillpond\.a:||p' "$target_dir/release/libmillpond.d" >>"$depfile"
