#!/bin/sh
# Which lines and branches of src/ the Rust tests and the C tests reach, by file: `make coverage`. The table by rooms is
# written into the document below, in the place of the one there. What was built stays in build/coverage: the second time
# is quicker.
#
# It needs a nightly Rust of rustup, which alone counts branches and has the profiling runtime, and an LLVM that reads what
# it writes: the package llvm-19 of Debian 12, or a newer one.
set -eu
cd "$(dirname "$0")/../.."
build-aux/packages.sh build demo terminal check

document=docs/coverage.md
folder=$PWD/build/coverage
copy=$folder/copy
mkdir -p "$copy"

# The counters lie in the file itself, so what a test counts before it is killed, aborts or forks is not lost.
instrumented="-Cinstrument-coverage -Zcoverage-options=branch -Cllvm-args=-runtime-counter-relocation"
RUSTUP_TOOLCHAIN=nightly
export RUSTUP_TOOLCHAIN
counters_in() {
	LLVM_PROFILE_FILE="$folder/$1/%m%c.profraw"
	export LLVM_PROFILE_FILE
}

fail() {
	echo "coverage: $1" >&2
	exit 1
}

# The newest LLVM here that reads what this rustc writes.
echo 'fn main() {}' >"$folder/probe.rs"
rm -rf "$folder/probed" "$folder/rust" "$folder/c"
counters_in probed
# shellcheck disable=SC2086 # the options are words
if ! rustc $instrumented -o "$folder/probe" "$folder/probe.rs" 2>/dev/null || ! "$folder/probe"; then
	fail "no Rust here counts branches: rustup toolchain install nightly"
fi
llvm=
for number in $(seq 40 -1 19); do
	if "llvm-profdata-$number" merge -o "$folder/probe.profdata" "$folder"/probed/*.profraw 2>/dev/null &&
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
# What counts is not in the archive. It must be linked behind it: what comes first says how counters are found.
runtime=$(find "$(rustc --print sysroot)/lib/rustlib" -name 'libprofiler_builtins*.rlib' | head -n 1)
cat >"$folder/cc" <<END
#!/bin/sh
# Linking has LDFLAGS.
case " \$* " in
*rust_eh_personality*) exec cc "\$@" "$runtime" ;;
*) exec cc "\$@" ;;
esac
END
chmod +x "$folder/cc"

echo "Rust tests ..."
counters_in rust
unset CARGO_TARGET_DIR
(cd "$copy" && RUSTFLAGS=$instrumented cargo test --locked --no-run 2>&1) >"$folder/log" || { cat "$folder/log"; exit 1; }
programs=$(sed -n "s|.*Executable.*(\(.*\))|$copy/\1|p" "$folder/log")
(cd "$copy" && RUSTFLAGS=$instrumented cargo test --quiet --locked) >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }

echo "C tests ..."
counters_in c
# Optimised little, so that lines stay lines. Rust's own libraries name what only unwinding needs, and what is linked with
# the archive must be told to take the counting from it.
export RUSTFLAGS="$instrumented" CARGO_PROFILE_RELEASE_OPT_LEVEL=1
export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
export LDFLAGS=-Wl,--defsym=rust_eh_personality=0,-u,__llvm_profile_runtime CC="$folder/cc"
unset MILLPOND_REFERENCE
[ -f "$copy/build/build.ninja" ] || meson setup -Dpoolstat=false "$copy/build" "$copy" >"$folder/log" || { cat "$folder/log"; exit 1; }
ninja -C "$copy/build" --quiet >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
# As long as they need to go everywhere. Some count the system calls or the memory of the process, of which the counters
# take some: they have run, whatever they say.
MILLPOND_SOAK_SCROLLS=${MILLPOND_SOAK_SCROLLS:-20000} MILLPOND_POOL_DEPTH=${MILLPOND_POOL_DEPTH:-5} \
	meson test -C "$copy/build" --no-rebuild --num-processes 2 --timeout-multiplier 4 >"$folder/log" 2>&1 || true
# What is told to checkers of memory is told where there is one.
checks/runs/annotations.sh "$copy/build" >>"$folder/log" 2>&1 || echo "    disturbed by the counting: annotations"
sed -n 's|.* / \([a-z0-9_]*\) *\(FAIL\|TIMEOUT\|ERROR\).*|    disturbed by the counting: \1|p' "$folder/log" | sort -u

# export_counts TESTS OBJECT...: one function has another profile in the Rust tests than in the C library.
export_counts() {
	tests=$1 first=$2
	shift 2
	for object; do
		shift
		set -- "$@" -object "$object"
	done
	"llvm-profdata-$llvm" merge -o "$folder/$tests.profdata" "$folder/$tests"/*.profraw
	"llvm-cov-$llvm" export -format=lcov -instr-profile "$folder/$tests.profdata" "$first" "$@" --sources "$copy/src" >>"$folder/lcov"
	"llvm-cov-$llvm" show --show-branches=count --show-instantiations=false -instr-profile "$folder/$tests.profdata" \
		"$first" "$@" --sources "$copy/src" >>"$folder/branches"
}
: >"$folder/lcov"
: >"$folder/branches"
# shellcheck disable=SC2086 # the programs are words
export_counts rust $programs
export_counts c "$copy/build/libmillpond.so.0" "$copy/build/c-tests/shm/faults/test_faults"

(cd "$copy" && grep -n '^#\[cfg(.*test.*)\]' -r src) >"$folder/tests" || true
awk -v root="$copy/" -f checks/runs/coverage.awk "$folder/tests" "$folder/lcov" "$folder/branches" 2>"$folder/missed" |
	sort >"$folder/files"
sort "$folder/missed"
awk -f checks/runs/coverage_table.awk "$folder/files" >"$folder/table"
column -t -s '	' "$folder/files"
cat "$folder/table"

# In the place of the table that is there.
awk -v table="$folder/table" '
	/^\| room, and its files / { is_inside = 1; while ((getline line < table) > 0) print line }
	is_inside && !/^\|/ { is_inside = 0 }
	!is_inside { print }
' "$document" >"$folder/document"
cp "$folder/document" "$document"
