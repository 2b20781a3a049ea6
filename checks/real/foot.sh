#!/bin/sh
# foot, as its authors publish it, with millpond instead of its own shm.c: foot.sh VERSION..., as 1.13.1, or newest: the
# newest one of the archive that builds here. It is built as it is and with millpond, foot's own tests run with both,
# and then both do the same in sway and in weston: what is seen must be equal to the last pixel.
#
# The sources come from the archive of the system, as source packages; FOOT_SOURCES=FOLDER: first from there, where
# folders foot-VERSION lie. What cannot be had is skipped with a line. COMPOSITORS: others than all three; empty: both are
# built, and nothing is compared.
set -eu
cd "$(dirname "$0")/../.."
project=$PWD
store=$project/build/real
prefix=$store/prefix
compositors=${COMPOSITORS-sway weston-pixman weston-gl}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. checks/real/archive.sh
PKG_CONFIG_PATH=$prefix/lib/pkgconfig:$prefix/share/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export PKG_CONFIG_PATH
mkdir -p "$store"

fail() {
	echo "foot $version: $*" >&2
	exit 1
}

# skip WHY: the version, with a line
skip() {
	is_skipped=true
	echo "foot $version: skipped: $*"
}

# quietly COMMAND...: shows what it printed only if it fails
quietly() {
	if ! "$@" >"$work/output" 2>&1; then
		tail -n 30 "$work/output" >&2
		fail "failed: $*"
	fi
}

# build_millpond: as it is installed, from this tree
build_millpond() {
	[ -f "$store/millpond/build.ninja" ] ||
		quietly meson setup "$store/millpond" "$project" -Dtests=false -Dpoolstat=false --prefix="$prefix" --libdir=lib
	quietly meson install -C "$store/millpond"
}

# foot_source FOLDER: false if it cannot be had
foot_source() {
	if [ -d "${FOOT_SOURCES:-}/foot-$version" ]; then
		rm -rf "$1"
		cp -r "$FOOT_SOURCES/foot-$version" "$1"
	else
		tarball=$(source_tarball foot "$version") && unpack "$tarball" "$1"
	fi
}

# relink FOLDER: the change that docs/migrating.md describes. What foot's programs need of wayland-client they get
# together with millpond.
relink() {
	rm "$1/shm.c" "$1/shm.h"
	sed -i "
		/^ *'shm\.c', 'shm\.h',\$/d
		s/^wayland_client = dependency('wayland-client').*/&\\nmillpond = dependency('millpond-chain')/
		s/^\\( *dependencies: .*\\)\\bwayland_client,/\\1wayland_client, millpond,/
	" "$1/meson.build"
	number=$(echo "$version" | awk -F . '{ printf "%d%02d%02d", $1, $2, $3 }')
	echo "add_project_arguments('-DMILLPOND_FOOT_VERSION=$number', language: 'c')" >"$work/define"
	sed -i "/^cc = meson.get_compiler('c')/r $work/define" "$1/meson.build"
}

# needs_source: a library that foot wants newer than it is here, built from the archive's source; false if that fails.
# Reads what meson said.
needs_source() {
	name=$(sed -n 's/.*ERROR: Dependency \(lookup for \)\{0,1\}["'"'"']\{0,1\}\([a-z0-9-]*\).*/\2/p' "$1" | head -n 1)
	case $name in
	wayland-protocols) set -- wayland-protocols -Dtests=false ;;
	fcft) set -- fcft -Ddocs=disabled -Drun-shaping=disabled -Dgrapheme-shaping=disabled -Dwerror=false ;;
	*) return 1 ;;
	esac
	[ ! -f "$store/$name.tried" ] || return 1
	touch "$store/$name.tried"
	archive_open || return 1
	for found in $(source_versions "$name"); do
		tarball=$(source_tarball "$name" "$found") || continue
		unpack "$tarball" "$store/$name"
		shift
		meson setup "$store/$name/build" "$store/$name" --prefix="$prefix" --libdir=lib "$@" &&
			meson install -C "$store/$name/build"
		return
	done >"$work/library" 2>&1
	return 1
}

# set_up FOLDER: false if it cannot be built here
set_up() {
	until meson setup "$1/build" "$1" --buildtype=release --wrap-mode=nofallback \
		-Dterminfo=disabled -Dwerror=false >"$work/setup" 2>&1; do
		needs_source "$work/setup" || return 1
		rm -rf "$1/build"
	done
}

# build KIND: foot in $work/KIND, for the sessions; with its own tests
build() {
	quietly ninja -C "$folder/$1/build"
	quietly meson test -C "$folder/$1/build" --no-rebuild
	mkdir "$work/$1"
	cp "$folder/$1/build/foot" "$folder/$1/build/footclient" "$work/$1"
}

# uses_millpond: the one does and the other does not; the library lies beside the program
uses_millpond() {
	cp "$prefix"/lib/libmillpond.so.0 "$work/relinked"
	! nm -D "$work/stock/foot" | grep -q millpond || fail "what was built as it is uses millpond"
	calls=$(nm -D --undefined-only "$work/relinked/foot" | grep -c millpond_chain_) || true
	[ "$calls" -gt 0 ] || fail "what was built with millpond does not use it"
	! nm "$work/relinked/foot" | grep -qE ' [Tt] shm_(get|scroll|fini)' ||
		fail "the foot with millpond still has functions of shm.c"
	echo "foot $version: built as it is and with millpond ($calls of its functions), foot's own tests pass with both"
}

# session COMPOSITOR KIND: as an ordinary user, which sway wants
session() {
	to=$work/$1-$2
	mkdir "$to"
	set -- "$work/real/session.sh" "$1" "$work/$2" "$to"
	if [ "$(id -u)" = 0 ]; then
		chown nobody "$to"
		set -- setpriv --reuid="$(id -u nobody)" --regid="$(id -g nobody)" --clear-groups "$@"
	fi
	env XDG_CACHE_HOME="$to/cache" LD_LIBRARY_PATH="$work/relinked" "$@" >"$to.output" 2>&1
}

# both COMPOSITOR: at the same time
both() {
	session "$1" stock &
	stock=$!
	session "$1" relinked &
	relinked=$!
	early=
	wait $stock || early=" stock"
	wait $relinked || early="$early relinked"
	for kind in $early; do
		cat "$work/$1-$kind.output" >&2
	done
	[ -z "$early" ] || fail "in $1 the session ended early:$early"
}

# compare COMPOSITOR
compare() {
	equal=0
	for picture in "$work/$1-stock/shots"/*; do
		name=$(basename "$picture")
		if ! cmp -s "$picture" "$work/$1-relinked/shots/$name"; then
			mkdir -p "$store/different"
			cp "$picture" "$store/different/$version-$1-stock-$name"
			cp "$work/$1-relinked/shots/$name" "$store/different/$version-$1-relinked-$name"
			fail "in $1: $name differs; both are in build/real/different"
		fi
		equal=$((equal + 1))
	done
	seen=$(cksum "$work/$1-stock/shots"/* | awk '{ print $1 }' | sort -u | wc -l)
	! grep -i millpond "$work/$1-relinked/foot.log" >&2 || fail "in $1: millpond said something"
	echo "foot $version, $1: pictures without and with millpond: $equal comparisons, all equal" \
		"($seen different pictures); millpond said nothing"
}

# check_version: sets is_skipped. Not called in a condition: there the shell would go on after a command that failed.
check_version() {
	is_skipped=false
	folder=$store/foot-$version
	rm -rf "$folder" "$work/stock" "$work/relinked" "$work"/*-stock "$work"/*-relinked "$store"/*.tried
	mkdir -p "$folder"
	if ! foot_source "$folder/stock"; then
		skip "the archive does not have its source, or does not answer"
		return
	fi
	cp -r "$folder/stock" "$folder/relinked"
	relink "$folder/relinked"
	if ! set_up "$folder/stock"; then
		skip "it does not build here: $(grep -m 1 ERROR "$work/setup" | sed 's/.*ERROR: //')"
		return
	fi
	if ! ninja -C "$folder/stock/build" >"$work/output" 2>&1; then
		skip "as it is, it does not build here: $(grep -m 1 -E 'error|FAILED' "$work/output")"
		return
	fi
	quietly set_up "$folder/relinked"
	build stock
	build relinked
	uses_millpond
	for compositor in $compositors; do
		both "$compositor"
		compare "$compositor"
	done
}

# the newest that builds here, of those that are newer than the oldest that was asked for
check_newest() {
	archive_open || { echo "newest foot: skipped: the archive does not answer"; return 0; }
	for version in $(source_versions foot); do
		case " $checked " in
		*" $version "*) break ;;
		esac
		check_version
		$is_skipped || return 0
	done
}

if ! build-aux/packages.sh build foot; then
	# Who cannot install is told what to type.
	[ "$(id -u)" = 0 ] || [ -n "${CI:-}" ] || exit 1
	echo "foot: skipped: what it is built of cannot be had"
	exit 0
fi
version="(any)"
chmod 755 "$work"
cp -r checks/real "$work/real"
build_millpond
checked=
for version in "${@:-1.13.1}"; do
	case $version in
	newest) check_newest ;;
	*)
		check_version
		checked="$checked $version"
		;;
	esac
done
