#!/bin/sh
# Builds and tests millpond for other machines: cross.sh [NAME...], of aarch64, riscv64, i686, s390x, musl, pages;
# default: all. cross.sh list: names each test that is run or left out; cross.sh machines: the machines.
#
# Everything comes from Debian's archive into build/cross (about 700 MB to fetch, 3 GB on disk), and nothing is
# installed: Rust 1.85, the oldest that millpond supports, gcc and qemu for the machine, and its libraries. Debian has
# Rust's core library only for some machines, so cargo builds core and alloc from their source.
#
# For each machine: the headers compile (and are refused where off_t has 32 bits), the library, the demo and the tests
# are built, and the C tests run, under qemu or as they are. At the end it says what was done, and what could not be.
#
# musl is this machine with another C library. Debian has no pixman and no libwayland for it, so these are built from its
# sources, and the tests are linked statically; there is no demo. pages is this machine as it is, but its pages seem to have 16 and 64 KiB:
# that needs nothing of all this (checks/machines/pages.sh).
set -eu
cd "$(dirname "$0")/../.."
cross=$PWD/build/cross
machines='aarch64 riscv64 i686 s390x musl pages'
tool_libraries=$cross/tools/lib/x86_64-linux-gnu:$cross/tools/usr/lib/x86_64-linux-gnu

# Left out: programs of the machine under test that do not exist here (weston and what is named after it, poolmalloc),
# the originals (pool_original, pool_large), the terminal (its libraries are not fetched), what is too slow under qemu (faults, chain_faults and launcher_faults fork tens of thousands of times, scroll_soak
# scrolls a million, catching_up shows a million frames), and what qemu itself is not made for: forks while threads run
# (fork, exec, pool_threads, pool_system_threads), and processes that trace others (fork_steps, pool_system_fork_steps) or look into them (leaks, leaks_poolstat, leaks_session). checks/source/test_lists.sh looks whether a test is in neither list.
tests='sanity layout arguments settings life purge small_buffers displays misbehaving protocol_log never_release in_hand held carry_over statistics defects file_errors foreign_files
	scrolling huge_pages held_soak log_handlers memory_files few_objects catching_up_costs parity
	chain_10802 chain_11200 chain_11301 chain_11400 chain_11600 chain_11700
	chain_12100 chain_12203 chain_12500 chain_12600 chain_12800 chain_two_faces launcher readme_buffers readme_pools
	pool_arena pool_example_system pool_example_callbacks pool_system pool_system_stress pool_zeroed pool_layout pool_transcripts pool_sequences pool_arguments pool_settings pool_changes pool_defects
	pool_defects_aligned pool_defects_limits pool_panics pool_diagnosis pool_damage pool_set_aside pool_error pool_reasons
	pool_damage_large pool_callbacks pool_print pool_shared pool_trimming pool_walk pool_statistics pool_statistics_page pool_index pool_faults pool_flips pool_probes probes dlclose dlclose_often'
left_out='faults chain_faults launcher_faults scroll_soak catching_up catching_up_late weston weston_scrolls weston_windows catching_up_weston poolmalloc leaks leaks_poolstat leaks_session
	pool_original pool_large fork exec fork_steps pool_system_fork_steps pool_threads pool_system_threads terminal_changes terminal_scrolling terminal_scrolling_late
	terminal_scrolling_memmove terminal_changing terminal_weston'

# describe MACHINE: sets what belongs to it
describe() {
	machine=$1 architecture=none suite=bookworm qemu='' flags='' endian=little family=$1 what='library, demo and tests' options=''
	case $machine in
	aarch64)
		architecture=arm64 gnu=aarch64-linux-gnu libraries=$gnu
		triplet=aarch64-unknown-linux-gnu qemu=qemu-aarch64-static
		;;
	riscv64) # Debian 12 has no packages for it
		architecture=riscv64 gnu=riscv64-linux-gnu libraries=$gnu suite=trixie
		triplet=riscv64gc-unknown-linux-gnu qemu=qemu-riscv64-static
		;;
	i686) # this machine runs its programs by itself
		architecture=i386 gnu=i686-linux-gnu libraries=i386-linux-gnu flags=-D_FILE_OFFSET_BITS=64 family=x86
		triplet=i686-unknown-linux-gnu
		;;
	s390x) # the one whose words begin with the highest byte
		architecture=s390x gnu=s390x-linux-gnu libraries=$gnu endian=big
		triplet=s390x-unknown-linux-gnu qemu=qemu-s390x-static
		;;
	musl)
		architecture=musl gnu=x86_64-linux-musl libraries=$gnu family=x86_64 what='library and tests'
		triplet=x86_64-unknown-linux-musl options='-Ddemo=false -Ddefault_library=static -Dc_link_args=-static'
		;;
	pages) ;;
	*)
		echo "check-cross: no such machine: $machine (there are $machines)" >&2
		exit 1
		;;
	esac
	root=$cross/root-$architecture
	folder=$cross/$machine
	log=$cross/$machine.log
}

# command_named NAME WORDS [SETTING]: a command for the programs that this script starts; its own arguments follow.
command_named() {
	printf '#!/bin/sh\n%s exec %s "$@"\n' "${3-}" "$2" >"$cross/bin/$1"
	chmod +x "$cross/bin/$1"
}

# tool NAME: where a program is that was fetched, or that this machine had
tool() {
	PATH=$cross/tools/usr/bin:$PATH command -v "$1"
}

# tool_named NAME [FLAG...]: the tool, with its libraries
tool_named() {
	name=$1
	shift
	command_named "$name" "$(tool "$name") $*" "LD_LIBRARY_PATH=$tool_libraries"
}

# The C compiler of this machine, with musl's headers and library where they were unpacked.
make_commands_for_musl() {
	specs=usr/lib/$gnu/musl-gcc.specs
	if [ -f "$cross/tools/$specs" ]; then
		sed "s| /usr/| $cross/tools/usr/|g; s|-L/usr/|-L$cross/tools/usr/|g" "$cross/tools/$specs" >"$cross/musl.specs"
	else
		cp "/$specs" "$cross/musl.specs"
	fi
	command_named "$gnu-gcc" "gcc -specs=$cross/musl.specs"
	command_named "$gnu-ar" ar
	command_named "$gnu-strip" strip
	command_named "$machine-run" ''
}

make_commands_for_glibc() {
	tool_named "$gnu-gcc" "--sysroot=$root"
	tool_named "$gnu-ar"
	tool_named "$gnu-strip"
	for compiler in clang clang++; do
		! command -v $compiler >/dev/null || command_named "$gnu-$compiler" "$compiler --target=$gnu --sysroot=$root"
	done
	if [ -n "$qemu" ]; then
		command_named "$machine-run" "$(tool "$qemu") -L $root"
	else
		command_named "$machine-run" \
			"$root/lib/ld-linux.so.2 --library-path $root/lib/$libraries:$root/usr/lib/$libraries"
	fi
}

make_commands_for_machine() {
	if [ "$machine" = musl ]; then
		make_commands_for_musl
	else
		make_commands_for_glibc
	fi
	cat >"$folder.ini" <<END
[binaries]
c = '$cross/bin/$gnu-gcc'
ar = '$cross/bin/$gnu-ar'
strip = '$cross/bin/$gnu-strip'
pkgconfig = 'pkg-config'
exe_wrapper = '$cross/bin/$machine-run'

[host_machine]
system = 'linux'
cpu_family = '$family'
cpu = '$family'
endian = '$endian'

[properties]
sys_root = '$root'
pkg_config_libdir = '$root/usr/lib/$libraries/pkgconfig:$root/usr/share/pkgconfig'
needs_exe_wrapper = true
END
}

get_packages() {
	if [ "$machine" = musl ]; then # the C library came with the tools
		checks/machines/cross_packages.sh sources "$cross/musl-sources" libffi pixman wayland
		return
	fi
	checks/machines/cross_packages.sh root "$root" "$architecture" "$suite" libc6-dev libgcc-12-dev libpixman-1-dev \
		libwayland-dev libfcft-dev libpng-dev wayland-protocols
}

build_libraries_for_musl() {
	checks/machines/musl_libraries.sh "$cross/musl-sources" "$root" "$gnu" "$folder.ini"
}

compile_headers() {
	PKG_CONFIG_LIBDIR=$root/usr/lib/$libraries/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root \
		MILLPOND_C_COMPILERS="$gnu-gcc $gnu-clang" MILLPOND_CPP_COMPILERS="$gnu-clang++" MILLPOND_C_FLAGS=$flags \
		c-tests/headers/header_compile.sh
}

build() (
	# Lets this compiler build its core library, which is not for everyone.
	export RUSTC_BOOTSTRAP=1
	# shellcheck disable=SC2086 # the options are words
	[ -f "$folder/build.ninja" ] || meson setup "$folder" --cross-file "$folder.ini" -Dpoolstat=false $options
	grep "cargo builds for $triplet\$" "$folder/meson-logs/meson-log.txt" && ninja -C "$folder"
)

run_tests() (
	# Shorter sequences where each operation more takes several times as long, or says nothing new.
	[ "$machine" = i686 ] || export MILLPOND_POOL_DEPTH=5
	# shellcheck disable=SC2086 # the tests are words
	MILLPOND_TEST_PATIENCE=20 meson test -C "$folder" --no-rebuild --print-errorlogs --num-processes 2 \
		--timeout-multiplier 6 $tests
)

# step NAME COMMAND: for the machine. What went wrong is shown.
step() {
	printf '%s: %s ... ' "$machine" "$1"
	started=$(date +%s)
	if "$2" >"$log" 2>&1 </dev/null; then
		echo "ok ($(($(date +%s) - started)) s)"
		return
	fi
	echo "FAILED"
	tail -n 40 "$log"
	return 1
}

# check: what can be done for the machine. Leaves what is to be said in `done` and `undone`.
check() {
	done='' undone=''
	step packages get_packages || {
		undone="nothing was checked: $(tail -n 1 "$log")"
		return 1
	}
	make_commands_for_machine
	if [ "$machine" = musl ]; then
		step 'pixman and libwayland' build_libraries_for_musl || {
			undone='pixman and libwayland cannot be built'
			return 1
		}
		done='pixman and libwayland built from their sources'
	else
		step 'the headers' compile_headers || {
			undone='the headers do not compile as they should'
			return 1
		}
		done="headers: $(sed -n 's/^header_compile: all \([0-9]*\) .*/\1/p' "$log") compilations as they should be"
	fi
	step "$what" build || {
		undone='it does not build'
		return 1
	}
	done="$done; $what built"
	step 'C tests' run_tests || undone="some C tests fail: see $log"
	results=$folder/meson-logs/testlog.txt
	skipped=$(grep -c '^ok .*# SKIP' "$results" || true)
	done="$done; $(($(grep -c '^ok ' "$results") - skipped)) C tests passed, $skipped skipped"
	[ -z "$undone" ]
}

check_pages() {
	done='' undone=''
	step 'C tests' run_tests_with_pages || {
		undone="some C tests fail: see $log"
		return 1
	}
	done=$(grep ' C tests checked ' "$log" | sed -n '1!s/^/; /; H; ${ x; s/\n//g; p; }')
}

run_tests_with_pages() {
	PATH=$own_path checks/machines/pages.sh all
}

get_tools() {
	printf 'tools ... '
	if ! checks/machines/cross_packages.sh tools "$cross/tools" rustc-web cargo-web rust-web-src qemu-user-static \
		gcc-aarch64-linux-gnu gcc-riscv64-linux-gnu gcc-i686-linux-gnu gcc-s390x-linux-gnu \
		musl-dev 2>"$cross/tools.log"; then
		echo FAILED
		cat "$cross/tools.log" >&2
		exit 1
	fi
	echo ok
	tool_named rustc
	tool_named cargo -Zbuild-std=core,alloc,compiler_builtins
}

if [ "${1:-}" = machines ]; then
	echo "$machines"
	exit
fi
if [ "${1:-}" = list ]; then
	# shellcheck disable=SC2086 # the tests are words
	printf '%s\n' $tests $left_out
	exit
fi
if [ "$(uname -m)" != x86_64 ] || ! grep -q '^VERSION_CODENAME=bookworm' /etc/os-release; then
	echo "check-cross: this needs the packages of Debian 12, on x86_64" >&2
	exit 1
fi
for machine in "$@"; do
	describe "$machine"
done
# shellcheck disable=SC2086 # the machines are words
[ $# -gt 0 ] || set -- $machines
build-aux/packages.sh build demo

own_path=$PATH
mkdir -p "$cross/bin"
[ "$*" = pages ] || get_tools
PATH=$cross/bin:$PATH
export PATH

failures=0
summary=
for machine in "$@"; do
	describe "$machine"
	case $machine in
	pages) check_pages ;;
	*) check ;;
	esac || failures=$((failures + 1))
	summary="$summary
$machine: $done${undone:+${done:+; }$undone}"
done
echo "$summary"
[ "$*" = pages ] || echo "not run on other machines: $left_out"
[ "$failures" -eq 0 ]
