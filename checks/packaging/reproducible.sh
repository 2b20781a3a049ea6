#!/bin/sh
# The same sources make the same bytes: the libraries, built in two folders by users with other settings, with all that a
# debugger wants to know; and the archive of `make dist`, packed by two of them. And what is in the libraries for
# debuggers is what meson's options say: no more, no less.
set -eu
. "$(dirname "$0")/common.sh"
cargo_home=${CARGO_HOME:-$HOME/.cargo}

# A second user's folder of crates.
mkdir "$work/home"
ln -s "$cargo_home/registry" "$work/home/registry"
copy_project "$work/first"
mkdir -p "$work/a second folder/below"
cp -r "$work/first" "$work/a second folder/below/millpond"

quietly meson setup "$work/build" "$work/first" -Dtests=false -Dpoolstat=false -Ddefault_library=both --prefix="$work/installed" --libdir=lib
quietly ninja -C "$work/build"
(
	umask 077
	quietly env CARGO_HOME="$work/home" TZ=Asia/Tokyo LC_ALL=C CARGO_BUILD_JOBS=1 USER=another \
		meson setup "$work/elsewhere/build" "$work/a second folder/below/millpond" -Dtests=false -Dpoolstat=false -Ddefault_library=both
	quietly env CARGO_HOME="$work/home" TZ=Asia/Tokyo LC_ALL=C CARGO_BUILD_JOBS=1 USER=another \
		ninja -C "$work/elsewhere/build"
)
for file in libmillpond.a libmillpond.so.0; do
	same "$file in two folders" "$(sha256sum <"$work/build/$file")" "$(sha256sum <"$work/elsewhere/build/$file")"
	same "paths of this machine in $file" "" \
		"$(strings "$work/build/$file" | grep -F -e "$work" -e "$cargo_home" | head -n 3)"
done

# debugging FILE: whether a debugger finds our functions, and their lines
debugging() {
	LC_ALL=C readelf --debug-dump=line "$1" 2>"$work/warnings" | grep -c 'requests\.rs' |
		sed 's/^[1-9].*/lines/; s/^0$/none/' || true
}
sections() {
	LC_ALL=C readelf -SW "$1" | grep -c '\.debug_' | sed 's/^[1-9].*/sections/' || true
}
quietly meson install -C "$work/build"
library=$work/installed/lib/libmillpond.so.0
same "what debuggers find" "lines sections" "$(debugging "$library") $(sections "$library")"
quietly meson install -C "$work/build" --strip
same "what debuggers find, stripped" "none 0" "$(debugging "$library") $(sections "$library")"
quietly meson configure "$work/build" -Dbuildtype=release
quietly ninja -C "$work/build"
same "what debuggers find in a release" "none 0" \
	"$(debugging "$work/build/libmillpond.so.0") $(sections "$work/build/libmillpond.so.0")"
quietly meson configure "$work/build" -Dbuildtype=plain -Dc_args='-O2 -g'
quietly ninja -C "$work/build"
same "what debuggers find with the flags of packagers" "lines" "$(debugging "$work/build/libmillpond.so.0")"

# packed FOLDER SETTING...: the archive of what was committed there
packed() {
	folder=$1
	shift
	quietly env "$@" make -C "$folder" BUILD="$folder-built" dist
	(cd "$folder-built/dist/meson-dist" && sha256sum --check --quiet ./*.sha256sum && cat ./*.sha256sum)
}
commit_all "$work/first"
git clone --quiet "$work/first" "$work/second"
first=$(packed "$work/first" LC_ALL=C)
second=$(umask 077 && packed "$work/second" CARGO_HOME="$work/home" TZ=Asia/Tokyo)
same "the archive of make dist, packed twice" "$first" "$second"
finish "facts about what is built twice"
