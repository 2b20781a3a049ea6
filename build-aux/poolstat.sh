#!/bin/sh
# Builds the command poolstat with cargo, for meson: poolstat.sh SOURCE_DIR TARGET_DIR OUTPUT DEPFILE [NAME=VALUE...]
#
#	triplet=...              what it is built for, as rustc names it; empty or "native": this machine
#	locked=false             with other crates than those of poolstat/Cargo.lock
#	cargo=PATH rustc=PATH    the programs; RUSTC in the environment goes before the second
#	linker=PATH              the C compiler for that machine, where it is another one: it links
#
# It runs in the folder poolstat: an archive of make dist has its crates there, and a line that tells cargo so.
set -eu
source_dir=$1 target_dir=$2 output=$3 depfile=$4
shift 4
triplet='' locked=true cargo=cargo rustc=rustc linker=''
for setting; do
	case $setting in
	triplet=native) ;;
	triplet=*) triplet=${setting#*=} ;;
	locked=*) locked=${setting#*=} ;;
	cargo=*) cargo=${setting#*=} ;;
	rustc=*) rustc=${setting#*=} ;;
	linker=*) linker=${setting#*=} ;;
	*)
		echo "poolstat.sh: $setting is no setting" >&2
		exit 2
		;;
	esac
done
RUSTC=${RUSTC:-$rustc}
export RUSTC
unset CARGO_BUILD_TARGET
if [ -n "$linker" ] && [ -n "$triplet" ]; then
	variable=CARGO_TARGET_$(echo "$triplet" | tr 'a-z-' 'A-Z_')_LINKER
	eval "[ -n \"\${$variable:-}\" ] || export $variable=\$linker"
fi
flags=--locked
[ "$locked" = true ] || flags=''
(
	cd "$source_dir/poolstat"
	# shellcheck disable=SC2086 # no flag is no word
	CARGO_TARGET_DIR=$target_dir "$cargo" build --quiet $flags --release ${triplet:+--target "$triplet"}
)
built=$target_dir${triplet:+/$triplet}/release
cp "$built/poolstat" "$output.part"
mv "$output.part" "$output"
# cargo's list of files, but with the name under which ninja knows the program.
printf '%s:' "$(printf '%s\n' "$output" | sed 's/[ #]/\\&/g')" >"$depfile"
sed -n 's|^.*/poolstat:||p' "$built/poolstat.d" >>"$depfile"
