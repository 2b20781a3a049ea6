#!/bin/sh
# What a newcomer types, in systems that have nothing yet: `make check-elsewhere`. elsewhere.sh [NAME...], of debian12,
# debian13; default: both.
#
# Each is a minimal Debian, unpacked into build/elsewhere from the archive that this system's own packages come from. It
# gets make and Debian's own Rust. An ordinary user then types `make demo` and `make check` in a folder with a space in its
# name: what they ask for is installed by the line that they print. The first build may fetch crates; then there is no
# network. At the end stand the versions that were used, what passed, and each test that was skipped, with its reason.
#
# It needs root, debootstrap and unshare, and for each system 500 MB to fetch and 5 GB on disk; the processors work for a quarter of an
# hour. What it mounts, and what it starts, belongs to namespaces that end with it, however it ends.
set -eu
cd "$(dirname "$0")/../.."
systems='debian12 debian13'

give_up() {
	echo "check-elsewhere: $*" >&2
	exit 1
}

# shellcheck disable=SC2086 # the systems are words
[ $# -gt 0 ] || set -- $systems
for system; do
	case " $systems " in
	*" $system "*) ;;
	*) give_up "no such system: $system (there are $systems)" ;;
	esac
done
if [ -z "${MILLPOND_IN_NAMESPACE:-}" ]; then
	[ "$(id -u)" = 0 ] || give_up "unpacking systems and entering them needs root"
	for tool in debootstrap unshare apt-get; do
		command -v $tool >/dev/null || give_up "there is no $tool: apt-get install debootstrap util-linux apt"
	done
	MILLPOND_IN_NAMESPACE=yes
	export MILLPOND_IN_NAMESPACE
	exec unshare --mount --propagation private --pid --fork --kill-child "$0" "$@"
fi
. checks/packaging/common.sh
# The first process of a namespace hears of no signal that it has not asked for.
trap 'exit 130' INT TERM

store=$project/build/elsewhere
mkdir -p "$store"
place='/home/newcomer/a folder/millpond'

# describe SYSTEM: sets what belongs to it
describe() {
	system=$1
	case $system in
	debian12) suite=bookworm rust='cargo-web rustc-web' ;;
	debian13) suite=trixie rust='cargo rustc' ;;
	esac
	root=$store/$system
	log=$store/$system.log
}

# archive_here: where Debian's packages come from
archive_here() {
	release=$(. /etc/os-release && echo "$VERSION_CODENAME")
	# shellcheck disable=SC2016 # apt fills these in
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
		sed -n "s/ $release main\$//p" | head -n 1
}

# remove FOLDER: never beyond a mount, which may be this machine's /dev
remove() {
	rm -rf --one-file-system "$1"
}

unpack_system() {
	if [ ! -f "$root.tar" ]; then
		archive=$(archive_here)
		[ -n "$archive" ] || give_up "apt has no source of Debian packages"
		proxy=
		eval "$(apt-config shell proxy Acquire::http::Proxy)"
		remove "$root"
		env ${proxy:+"http_proxy=$proxy"} debootstrap --variant=minbase "$suite" "$root" "$archive"
		tar -C "$root" -cf "$root.tar.part" .
		mv "$root.tar.part" "$root.tar"
	fi
	remove "$root"
	mkdir -p "$root" "$store/$system-packages/partial"
	tar -C "$root" -xf "$root.tar"
	mount -t proc proc "$root/proc"
	mount --bind /dev "$root/dev"
	mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
	mount -t tmpfs -o size=4g tmpfs "$root/dev/shm"
	mount --bind "$store/$system-packages" "$root/var/cache/apt/archives"
	cp -L /etc/resolv.conf "$root/etc/resolv.conf"
	as_root useradd --create-home --shell /bin/sh newcomer
	copy_project "$root$place"
	as_root chown -R newcomer:newcomer /home/newcomer
}

# as_root COMMAND...: in the system
as_root() {
	chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive "$@"
}

# types LINE [online]: what the newcomer types in the project's folder, without a network if it is not said
types() {
	online=${2:-}
	# shellcheck disable=SC2016 # for the shell in the system
	set -- chroot --userspec=newcomer:newcomer --groups='' "$root" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/home/newcomer \
		USER=newcomer LC_ALL=C.UTF-8 MILLPOND_TEST_PATIENCE="${MILLPOND_TEST_PATIENCE:-2}" \
		sh -c 'cd "$1" && eval "$2"' sh "$place" "$1"
	[ -n "$online" ] || set -- unshare --net "$@"
	"$@"
}

install_packages() {
	as_root apt-get install -y --no-install-recommends "$@"
}

install_basics() {
	as_root apt-get update
	# shellcheck disable=SC2086 # the packages are words
	install_packages make ca-certificates $rust
	# Where this machine's network has a certificate of its own, so has that of a system in it.
	trusted=/etc/ssl/certs/ca-certificates.crt
	[ ! -f $trusted ] || cp -L $trusted "$root$trusted"
}

# install_as_told LINE: the newcomer types it, is told what is missing, and somebody who may installs that
install_as_told() {
	if types "$1"; then
		echo "'$1' did not ask for anything, in a system that has nothing"
		return 1
	fi >"$work/told" 2>&1
	cat "$work/told"
	packages=$(sed -n 's/^ *sudo apt-get install //p' "$work/told")
	[ -n "$packages" ] || return 1
	# shellcheck disable=SC2086 # the packages are words
	install_packages $packages
}

# What needs the network once: the crates of the library and of the tools.
build_first() {
	types 'make demo && cargo fetch --locked --manifest-path tools/Cargo.toml' online
}

demo() {
	types 'make demo' && types 'test -s demo.png'
}

check() {
	types 'make check' && cp "$root$place/build/meson-logs/testlog.txt" "$store/$system.tests"
}

# in_whole COMMAND...: sets status. A function ends where one of its commands fails, as it would not in a condition.
in_whole() {
	set +e
	(
		set -e
		"$@"
	)
	status=$?
	set -e
}

# step NAME COMMAND...: for the system. What went wrong is shown, and nothing else is done there.
step() {
	printf '%s: %s ... ' "$system" "$1"
	shift
	started=$(date +%s)
	in_whole "$@" >"$log" 2>&1 </dev/null
	if [ $status = 0 ]; then
		echo "ok ($(($(date +%s) - started)) s)"
		return
	fi
	echo "FAILED"
	tail -n 60 "$log"
	exit 1
}

versions() {
	types 'rustc --version; meson --version; cc --version | head -n 1; clang --version | head -n 1
		weston --version; valgrind --version' 2>&1 | sed 's/^/    /'
}

run() {
	step "a minimal $suite" unpack_system
	step "make and Debian's own Rust" install_basics
	step "what make demo asks for" install_as_told 'make demo'
	step "the first build" build_first
	step "what make check asks for" install_as_told 'make check'
	versions
	step "make demo, without a network" demo
	step "make check, without a network" check
	# The steps, what was skipped and why, and the count of what passed.
	sed -n '/ \.\.\. \(ok\|skipped\)/p; / C tests passed, /p; /^skipped:$/,$p' "$log" | tee "$store/$system.result"
}

failures=
for system; do
	describe "$system"
	in_whole run
	[ $status = 0 ] || failures="$failures $system"
	# Mounts of a system that is done with are in the way of the next run's rm.
	umount -R "$root/proc" "$root/dev" "$root/var/cache/apt/archives" 2>/dev/null || true
	case $failures in
	*" $system"*) echo "$system stays in $root, and what was said in $log" ;;
	*) remove "$root" ;;
	esac
done
[ -z "$failures" ] || give_up "failed:$failures"
