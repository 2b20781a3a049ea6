#!/bin/sh
# Changes of the ABI, made in a copy of the sources, which the comparison of abi.sh must find: a test of that check.
set -eu
cd "$(dirname "$0")/../.."
. checks/common.sh

promised=checks/artefact/millpond.$(uname -m).abi
if [ ! -f "$promised" ]; then
	echo "skipped: no ABI file for $(uname -m)"
	exit 0
fi

# What the functions take does not depend on it, and it is quicker.
CARGO_PROFILE_RELEASE_OPT_LEVEL=1
export CARGO_PROFILE_RELEASE_OPT_LEVEL

# finds WHAT PATTERN FOLDER SED-COMMAND
finds() {
	what=$1 pattern=$2 folder=$3 change=$4
	rm -rf "$work/copy"
	mkdir "$work/copy"
	cp -R Cargo.toml Cargo.lock build.rs build-aux meson.build src "$work/copy"
	for bench in benches tests; do [ ! -d $bench ] || cp -R $bench "$work/copy"; done
	sed -i "$change" "$work/copy/$folder"/*.rs
	if diff -rq "$folder" "$work/copy/$folder" >/dev/null; then
		differs "the change no longer applies to $folder: $what" "Look for the line and change the pattern here"
	elif ! checks/artefact/abi_of.sh "$work/copy" "$PWD/build/abi-faults" "$work/changed" >"$work/log" 2>&1; then
		differs "a changed copy does not build: $what" "$(tail -n 3 "$work/log")"
	elif ! differs_in_abi "$promised" "$work/changed" "$work/log"; then
		differs "abidiff lets pass: $what" "See checks/artefact/abi_of.sh"
	elif ! grep -q "$pattern" "$work/log"; then
		differs "abidiff does not name: $what" "It says: $(cat "$work/log")"
	else
		right "found: $what"
	fi
}

finds "a widened field" "offset.*changed" src/c_api/foot_1_4 \
	's/pub offset: off_t/pub offset: i128/; s/off_t::try_from(view.offset_in_pool).*;/view.offset_in_pool as i128;/'
finds "fields that have changed places" "wraps" src/c_api/statistics \
	's/pub scrolls: u64/pub former: u64/; s/pub wraps: u64/pub scrolls: u64/; s/pub former: u64/pub wraps: u64/'
finds "a removed function" "void pooldump" src/c_api/pool 's/fn pooldump(/fn pooldump_is_gone(/'
finds "a parameter of another type" "parameter 1 .*changed" src/c_api/foot_1_4 \
	's/fn shm_set_error_mode(mode: c_int)/fn shm_set_error_mode(mode: i16)/
		s/settings::set_error_mode(mode)/settings::set_error_mode(mode.into())/'

total "changes of the ABI are found,"
