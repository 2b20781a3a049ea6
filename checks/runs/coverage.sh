#!/bin/sh
# Which lines of src/ the Rust tests and the C tests reach, by file: `make coverage`. The table by rooms is written into
# the document below, between its markers. What was built stays in build/coverage: the second time is quicker.
#
# It needs a rustc whose sysroot has the profiling runtime, as those of rustup have, and an LLVM that reads what it
# writes: the package llvm-19 of Debian 12, or a newer one.
set -eu
cd "$(dirname "$0")/../.."
build-aux/packages.sh build demo terminal check

document=docs/coverage.md
folder=$PWD/build/coverage
copy=$folder/copy
mkdir -p "$copy"

# The counters lie in the file itself, so what a test counts before it is killed, aborts or forks is not lost.
instrumented="-Cinstrument-coverage -Cllvm-args=-runtime-counter-relocation"
export LLVM_PROFILE_FILE="$folder/raw/%m%c.profraw"

fail() {
	echo "coverage: $1" >&2
	exit 1
}

# The newest LLVM here that reads what this rustc writes.
echo 'fn main() {}' >"$folder/probe.rs"
rm -rf "$folder/raw"
# shellcheck disable=SC2086 # the options are words
if ! rustc $instrumented -o "$folder/probe" "$folder/probe.rs" 2>/dev/null || ! "$folder/probe"; then
	fail "this rustc cannot count what runs: take one of rustup"
fi
llvm=
for number in $(seq 40 -1 19); do
	if "llvm-profdata-$number" merge -o "$folder/probe.profdata" "$folder"/raw/*.profraw 2>/dev/null &&
		"llvm-cov-$number" report "$folder/probe" -instr-profile "$folder/probe.profdata" >/dev/null 2>&1; then
		llvm=$number
		break
	fi
done
[ -n "$llvm" ] || fail "no LLVM here reads what this rustc writes; on Debian 12: apt-get install llvm-19"

# A copy, because the library is built in another way there: with all of Rust's own in its archive.
for part in Cargo.toml Cargo.lock build.rs build-aux meson.build meson_options.txt README.md benches c-tests ffi-examples \
	include man protocols src tests; do
	rm -rf "${copy:?}/$part"
	cp -Rp "$part" "$copy"
done
cp -p checks/planted/cargo.sh "$copy/build-aux/cargo.sh"
rm -rf "$folder/raw"

echo "Rust tests ..."
unset CARGO_TARGET_DIR
(cd "$copy" && RUSTFLAGS=$instrumented cargo test --locked --no-run 2>&1) >"$folder/log" || { cat "$folder/log"; exit 1; }
programs=$(sed -n "s|.*Executable.*(\(.*\))|$copy/\1|p" "$folder/log")
(cd "$copy" && RUSTFLAGS=$instrumented cargo test --quiet --locked) >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }

echo "C tests ..."
# Optimised little, so that lines stay lines. Rust's own libraries name what only unwinding needs.
export RUSTFLAGS="$instrumented" CARGO_PROFILE_RELEASE_OPT_LEVEL=1
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
export LDFLAGS=-Wl,--defsym=rust_eh_personality=0
unset MILLPOND_REFERENCE
[ -f "$copy/build/build.ninja" ] || meson setup "$copy/build" "$copy" >"$folder/log" || { cat "$folder/log"; exit 1; }
ninja -C "$copy/build" --quiet >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
# As long as they need to go everywhere. Some count the system calls or the memory of the process, of which the counters
# take some: they have run, whatever they say.
MILLPOND_SOAK_SCROLLS=${MILLPOND_SOAK_SCROLLS:-20000} MILLPOND_POOL_DEPTH=${MILLPOND_POOL_DEPTH:-5} \
	meson test -C "$copy/build" --no-rebuild --num-processes 2 --timeout-multiplier 4 >"$folder/log" 2>&1 || true
sed -n 's|.* / \([a-z0-9_]*\) *\(FAIL\|TIMEOUT\|ERROR\).*|    disturbed by the counting: \1|p' "$folder/log" | sort -u

"llvm-profdata-$llvm" merge -o "$folder/profile" "$folder"/raw/*.profraw 2>"$folder/log" || { cat "$folder/log"; exit 1; }
set --
for program in $programs "$copy/build/c-tests/shm/faults/test_faults"; do
	set -- "$@" -object "$program"
done
"llvm-cov-$llvm" export -format=lcov -instr-profile "$folder/profile" "$copy/build/libmillpond.so.0" "$@" \
	--sources "$copy/src" >"$folder/lcov" 2>"$folder/log" || { cat "$folder/log"; exit 1; }

(cd "$copy" && grep -n '^#\[cfg(.*test.*)\]' -r src) >"$folder/tests" || true
awk -f checks/runs/coverage.awk -v root="$copy/" "$folder/tests" "$folder/lcov" | sort >"$folder/files"
awk -f checks/runs/coverage_table.awk "$folder/files" >"$folder/table"
column -t -s '	' "$folder/files"
cat "$folder/table"

if grep -q '^<!-- coverage -->$' "$document"; then
	awk -v table="$folder/table" '
		/^<!-- end of coverage -->$/ { is_inside = 0 }
		!is_inside { print }
		/^<!-- coverage -->$/ { is_inside = 1; while ((getline line < table) > 0) print line }
	' "$document" >"$folder/document"
	cp "$folder/document" "$document"
fi
