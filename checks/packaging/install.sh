#!/bin/sh
# What `meson install` puts where, for both halves and for each alone; and programs that README.md's lines link with it:
# with the shared library, with the archive, and without any shared library where that can be.
# shellcheck disable=SC2046,SC2086 # flags are words
set -eu
. "$(dirname "$0")/common.sh"

nothing=$work/nothing

# set_up NAME OPTION...: installs into $work/NAME with README.md's lines, through a staging folder as packagers do
set_up() {
	home=$work/$1
	installed=$home/millpond
	library=$installed/lib/libmillpond.so
	shift
	block "### Installed" sh | sed "s|meson setup build/library|& $*|" >"$work/install_lines"
	mkdir "$home"
	(
		cd "$work/millpond"
		rm -rf build
		DESTDIR=$work/staging
		export DESTDIR
		quietly at_home "$home" sh -eu "$work/install_lines"
	)
	mv "$work/staging$installed" "$installed"
	rm -r "$work/staging"
}

# check_library HALF...
check_library() {
	files="lib/libmillpond.a lib/libmillpond.so lib/libmillpond.so.0 lib/libmillpond.so.$version"
	files="$files lib/pkgconfig/millpond.pc include/millpond/millpond.h share/man/man3/millpond.3"
	needs=libc.so.6
	for half; do
		files="$files include/millpond/$half.h share/man/man3/$half.3"
		[ $half = shm ] || continue
		files="$files include/millpond-chain/shm.h lib/pkgconfig/millpond-chain.pc share/man/man3/millpond-chain.3"
		files="$files include/millpond-launcher/shm.h lib/pkgconfig/millpond-launcher.pc share/man/man3/millpond-launcher.3"
		needs="libc.so.6 libpixman-1.so.0 libwayland-client.so.0"
	done
	# The command is left out where there is one half.
	[ $# -lt 2 ] || files="$files bin/poolstat share/man/man1/poolstat.1 share/bash-completion/completions/poolstat
		share/fish/vendor_completions.d/poolstat.fish share/zsh/site-functions/_poolstat"
	same "files of $*" "$(printf '%s\n' $files | sort)" \
		"$(cd "$installed" && find . ! -type d | sed 's|^\./||' | sort)"
	same "links of $*" "libmillpond.so.0 libmillpond.so.$version" "$(readlink "$library") $(readlink "$library.0")"
	same "soname of $*" libmillpond.so.0 \
		"$(LC_ALL=C readelf -d "$library" | sed -n 's/.*(SONAME).*\[\(.*\)\]$/\1/p')"
	same "what the library of $* needs" "$needs" "$(needed "$library")"
	same "names of $*" "$(names "$@")" "$(exported "$library")"
}

# check_pkgconfig HALVES REQUIRED...
check_pkgconfig() {
	PKG_CONFIG_PATH=$installed/lib/pkgconfig
	export PKG_CONFIG_PATH
	same "halves of $1" "$1" "$(pkg-config --variable=halves millpond)"
	same "version of $1" "$version" "$(pkg-config --modversion millpond)"
	same "threads of $1" 1 "$(pkg-config --libs --static millpond | grep -c -e -pthread)"
	halves=$1
	shift
	others=
	[ $# -eq 0 ] || others=$(pkg-config --libs "$@")
	same "requirements of $halves" "$*" "$(pkg-config --print-requires millpond | sed 's/ .*//' | one_line)"
	same "flags of $halves" "$(echo "-L$installed/lib -lmillpond $others" | one_line)" \
		"$(pkg-config --libs millpond | one_line)"
}

# check_programs SOURCE OUTPUT LINES: compiles with each of README.md's lines, and runs the program
check_programs() {
	cp "$tests/buffers_user.c" "$work"
	block "### In a meson project" c >"$work/main.c"
	awk '/^### / { is_behind = ($0 == "### Installed") } is_behind && /^cc / { print }' "$project/README.md" \
		>"$work/lines"
	told=$(awk '/^### / { is_behind = ($0 == "### Installed") } is_behind && /^export /' "$project/README.md")
	tried=0
	while read -r line; do
		case $line in
		"cc -static"*)
			# There is no static libwayland-client in Debian.
			[ "$halves" = pool ] || continue
			way='nothing shared' needs=none
			;;
		*libmillpond.a*) way='the archive' needs=none ;;
		*) way='the shared library' needs=libmillpond.so.0 ;;
		esac
		tried=$((tried + 1))
		(
			cd "$work"
			rm -f example
			# Nothing but what README.md says leads to it.
			unset PKG_CONFIG_PATH
			# shellcheck disable=SC2034 # what is told uses it
			PREFIX=$installed
			eval "$told"
			quietly sh -c "$(echo "$line" | sed "s/main\.c/-Wall -Wextra -Werror $1/")"
			./example 2>/dev/null >said || true
		)
		found=$(needed "$work/example" | tr ' ' '\n' | grep millpond || echo none)
		[ "$way" != 'nothing shared' ] || found=$(needed "$work/example" | grep . || echo none)
		same "what $1 with $way needs" $needs "$found"
		same "$1 with $way" "$2" "$(cat "$work/said")"
	done <"$work/lines"
	same "ways of linking $1 with $halves" "$3" "$tried"
}

# check_other_face NAME SOURCE OUTPUT FLAG...: a program with the header that pkg-config finds by this name
check_other_face() {
	name=$1 source=$2 output=$3
	shift 3
	quietly $CC -Wall -Wextra -Werror "$@" "$tests/$source" $(pkg-config --cflags --libs "$name") -o "$work/example"
	same "what $source needs" libmillpond.so.0 "$(needed "$work/example" | tr ' ' '\n' | grep millpond)"
	same "$source by $name" "$output" "$(LD_LIBRARY_PATH=$installed/lib "$work/example" 2>/dev/null)"
}

# check_cmake OUTPUT: README.md's program as a CMake project
check_cmake() {
	if ! command -v cmake >/dev/null 2>&1; then
		echo "skipped: cmake is not installed"
		skipped=$((skipped + 1))
		return
	fi
	rm -rf "$work/with_cmake"
	mkdir "$work/with_cmake"
	block "### In a CMake project" cmake >"$work/with_cmake/CMakeLists.txt"
	block "### In a meson project" c >"$work/with_cmake/main.c"
	quietly cmake -S "$work/with_cmake" -B "$work/with_cmake/build"
	quietly cmake --build "$work/with_cmake/build"
	example=$work/with_cmake/build/example
	same "what the example of CMake needs" libmillpond.so.0 "$(needed "$example" | tr ' ' '\n' | grep millpond)"
	same "the example of CMake" "$1" "$(LD_LIBRARY_PATH=$installed/lib "$example")"
}

# check_preload: malloc over a pool needs nothing but the C library
check_preload() {
	quietly $CC -O2 -std=gnu99 -fPIC -shared -fno-builtin "$project/ffi-examples/poolmalloc/poolmalloc.c" \
		$(pkg-config --cflags millpond) "$installed/lib/libmillpond.a" -o "$work/libpoolmalloc.so"
	same "what poolmalloc needs" libc.so.6 "$(needed "$work/libpoolmalloc.so")"
	report=$(POOLMALLOC_REPORT=$work/report LD_PRELOAD=$work/libpoolmalloc.so sort "$project/README.md" | cksum)
	same "sort with poolmalloc" "$(sort "$project/README.md" | cksum)" "$report"
	same "heaps of sort" 1 "$(grep -c '^sort ' "$work/report")"
}

# check_make_install: puts where the system wants it what meson has put into lib
check_make_install() {
	quietly make -C "$work/millpond" install PREFIX="$work/made"
	same "files of make install" "$(cd "$installed" && find . -type f -name "*.*" | sed 's|.*/||' | sort)" \
		"$(cd "$work/made" && find . -type f -name "*.*" | sed 's|.*/||' | sort)"
	same "library of make install" "$version" "$(find "$work/made" -name "libmillpond.so.$version" | sed 's/.*\.so\.//')"
}

# refuses TEXT OPTION...: setting up fails, and says this
refuses() {
	text=$1
	shift
	if meson setup "$work/refused" "$project" -Dtests=false "$@" >"$work/output" 2>&1; then
		fail "meson setup $* does not fail"
	fi
	same "lines that say: $text" 1 "$(grep -c "ERROR: .*$text" "$work/output")"
	rm -r "$work/refused"
}

copy_project "$work/millpond"
set_up both
check_library pool shm
check_pkgconfig shm,pool pixman-1 wayland-client
check_programs main.c "$uses_pool" 2
check_programs buffers_user.c "no buffer without a compositor" 2
check_cmake "$uses_pool"
check_make_install
check_other_face millpond-chain chains_user.c "no chain without a compositor" -DMILLPOND_FOOT_VERSION=11600
check_other_face millpond-launcher launcher_user.c "no buffer without a compositor"

same "the command" "poolstat $version" "$("$work/both/millpond/bin/poolstat" --version)"

set_up buffers -Dpool=false -Dpoolstat=false
check_library shm
check_pkgconfig shm pixman-1 wayland-client
check_programs buffers_user.c "no buffer without a compositor" 2

# Nothing that pkg-config could find, so nothing that could be looked for.
PKG_CONFIG_LIBDIR=$nothing
export PKG_CONFIG_LIBDIR
refuses pixman-1
refuses "set the option shm, pool, or both" -Dshm=false -Dpool=false
set_up pools -Dshm=false -Dpoolstat=false
check_library pool
check_pkgconfig pool
check_programs main.c "$uses_pool" 3
check_preload
finish "facts about what is installed"
