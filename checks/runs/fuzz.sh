#!/bin/sh
# Search by coverage, with libFuzzer: what `make fuzz` and `make fuzz-smoke` run. docs/testing.md says what the targets are.
#
#	fuzz.sh smoke [SECONDS]           all targets, two at a time, so many seconds each (60)
#	fuzz.sh same SCRIPTS              all targets, so many scripts each, and the same ones each time: no search, but a
#	                                  test that passes again where it passed
#	fuzz.sh run TARGET [SECONDS]      one target on all cores; without SECONDS: until it is stopped
#	fuzz.sh repeat TARGET FILE        what is in FILE once more, and the script that it is
#	fuzz.sh minimise                  what the others have found goes into fuzz/corpus: as few files as reach all that was
#	                                  reached
#
# What is new lies in build/fuzz/corpus, what failed in build/fuzz/artifacts. It needs a nightly Rust and a C++ compiler.
set -eu
cd "$(dirname "$0")/../.."
targets="scroll life catching_up pool_operations pool_damage buffers statistics_page core_file"
machine=$(uname -m)-unknown-linux-gnu
folder=build/fuzz
found=$folder/corpus
failed=$folder/artifacts
limit_kib=300

usage() {
	sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

# What was found before, and random scripts of the state machines: with any Rust.
play_again() {
	CARGO_TARGET_DIR=$folder cargo test --quiet --locked --manifest-path fuzz/Cargo.toml --no-default-features
}

if ! cargo +nightly --version >/dev/null 2>&1; then
	if [ "${1:-}" = smoke ] || [ "${1:-}" = same ]; then
		play_again
		echo "skipped: the search itself: no nightly Rust is installed (rustup toolchain install nightly)"
		exit 0
	fi
	echo "fuzz.sh needs a nightly Rust: rustup toolchain install nightly" >&2
	exit 1
fi

# As cargo-fuzz does, without the comparisons: each is a call, in loops over memory too, and takes two thirds of the time.
build() {
	flags="--cfg fuzzing -Zsanitizer=address -Ccodegen-units=1 -Cpasses=sancov-module"
	for option in level=4 inline-8bit-counters pc-table; do
		flags="$flags -Cllvm-args=-sanitizer-coverage-$option"
	done
	RUSTFLAGS=$flags CARGO_TARGET_DIR=$folder cargo +nightly build --quiet --locked --release --bins \
		--manifest-path fuzz/Cargo.toml --target "$machine"
}

program() {
	echo "$folder/$machine/release/$1"
}

named() {
	case " $targets " in
	*" $1 "*) ;;
	*) echo "there is no target '$1'. With TARGET=NAME, or as the argument, one of: $targets" >&2; exit 2 ;;
	esac
}

# The scripts that are made follow from the seed, and from what those before have reached, which hangs on addresses too.
fixed_addresses=
if [ "${1:-}" = same ]; then
	export PROPTEST_RNG_SEED=1
	! setarch -R true 2>/dev/null || fixed_addresses="setarch -R"
fi

# search TARGET LIMIT ARGUMENTS...: what is found is added to $found, and the corpus is only read
search() {
	name=$1 limit=$2
	shift 2
	mkdir -p "$found/$name" "$failed/$name"
	set -- "$@" "$found/$name" "fuzz/corpus/$name"
	[ ! -d "fuzz/found/$name" ] || set -- "$@" "fuzz/found/$name"
	# shellcheck disable=SC2086 # words
	RUST_BACKTRACE=1 $fixed_addresses "$(program "$name")" $limit -timeout=30 -max_len=4096 -print_final_stats=1 \
		-artifact_prefix="$failed/$name/" "$@"
}

# The outcome of one target, as a line; and why it failed, if it has.
tell() {
	name=$1 log=$folder/$1.log
	if [ "$2" != 0 ]; then
		grep -aE 'panicked|rules out|ERROR|SUMMARY|Test unit' -A 2 "$log" >&2 || tail -n 30 "$log" >&2
		echo "$name failed; all of it is in $log, and the script in $failed/$name" >&2
		echo "once more: checks/runs/fuzz.sh repeat $name FILE" >&2
		return 1
	fi
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	edges=$(sed -n 's/.* cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
	seconds=$(sed -n 's/^Done .* in \([0-9]*\) second.*/\1/p' "$log")
	echo "$name: $runs scripts played and checked in $seconds s, $edges edges reached"
}

search_all() {
	limit=$1 passed=0
	# shellcheck disable=SC2086 # the targets are words
	set -- $targets
	while [ $# -gt 0 ]; do
		search "$1" "$limit" >"$folder/$1.log" 2>&1 </dev/null &
		first=$1 one=$!
		shift
		search "$1" "$limit" >"$folder/$1.log" 2>&1 </dev/null &
		status=0 other_status=0 other=$!
		wait $one || status=$?
		wait $other || other_status=$?
		tell "$first" $status
		tell "$1" $other_status
		shift
		passed=$((passed + 2))
	done
	echo "$passed passed, 0 failed"
}

minimise() {
	for name in $targets; do
		mkdir -p "$found/$name" "fuzz/corpus/$name"
		rm -rf "$folder/merged/$name"
		mkdir -p "$folder/merged/$name"
		"$(program "$name")" -set_cover_merge=1 -use_counters=0 -timeout=30 -max_len=4096 \
			"$folder/merged/$name" "fuzz/corpus/$name" "$found/$name" >$folder/merge.log 2>&1 </dev/null || { tail -n 30 $folder/merge.log >&2; exit 1; }
		rm -rf "fuzz/corpus/$name"
		mv "$folder/merged/$name" "fuzz/corpus/$name"
	done
	kib=$(du -sk --apparent-size fuzz/corpus | cut -f 1)
	echo "$kib KiB in fuzz/corpus"
	[ "$kib" -le $limit_kib ] || { echo "that is more than $limit_kib: leave out the largest, or the latest" >&2; exit 1; }
}

case ${1:-}/$# in
smoke/[12])
	play_again
	build
	search_all "-max_total_time=${2:-60}"
	;;
same/2)
	play_again
	build
	# What was found here before would lead elsewhere.
	found=$folder/same
	rm -rf "$found"
	search_all "-seed=1 -runs=$2"
	;;
run/[23])
	named "$2"
	build
	search "$2" "-max_total_time=${3:-0}" -fork="$(nproc)"
	;;
repeat/3)
	named "$2"
	build
	# The script as Rust prints it, behind what comes of it.
	RUST_LIBFUZZER_DEBUG_PATH=$folder/script.txt RUST_BACKTRACE=1 "$(program "$2")" "$3" || status=$?
	[ ! -f $folder/script.txt ] || cat $folder/script.txt
	exit "${status:-0}"
	;;
minimise/1)
	build
	minimise
	;;
*) usage ;;
esac
