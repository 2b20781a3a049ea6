#!/bin/sh
# Says for which machine cargo is to build, and stops where it cannot: target.sh NAME=VALUE..., with the words of meson's
# machine files. `meson setup` runs it.
#
#	cargo=PATH rustc=PATH    the programs; RUSTC in the environment goes before the second
#	triplet=TRIPLET          the option of that name; empty: found from the rest
#	cross=true|false         whether meson builds for another machine
#	system=linux family=x86_64 endian=little bits=64
#	libc=gnu|musl            the C library that the C compiler has
#	arm=VERSION[hf]          of family arm: which one, and whether numbers with fractions go through its registers
#
# Prints two words: the triplet, or "native" for rustc's own machine; and what an object for it says in its header
# (class:order:machine, as readelf has them, or "unknown"). On stderr: what may go wrong, or the one line why it stops.
set -eu
cargo=cargo rustc=rustc triplet='' cross=false system=linux family='' endian='' bits='' libc='' arm=''
for setting; do
	case $setting in
	cargo=?*) cargo=${setting#*=} ;;
	rustc=?*) rustc=${setting#*=} ;;
	triplet=*) triplet=${setting#*=} ;;
	cross=*) cross=${setting#*=} ;;
	system=*) system=${setting#*=} ;;
	family=*) family=${setting#*=} ;;
	endian=*) endian=${setting#*=} ;;
	bits=*) bits=${setting#*=} ;;
	libc=*) libc=${setting#*=} ;;
	arm=*) arm=${setting#*=} ;;
	*)
		echo "target.sh: $setting is no setting" >&2
		exit 2
		;;
	esac
done
rustc=${RUSTC:-$rustc}

stop() {
	echo "millpond: $*" >&2
	exit 1
}

# check_version PROGRAM COMMAND: it is there, and as new as Cargo.toml wants it
oldest=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$(dirname "$0")/../Cargo.toml")
remedy="Rust $oldest or newer is needed: Debian 12: apt-get install cargo-web rustc-web; Debian 13: cargo rustc; elsewhere: https://www.rust-lang.org/tools/install"
check_version() {
	found=$("$2" --version 2>/dev/null) || stop "$1 is not there, or does not run ($2). $remedy"
	number=${found#"$1 "}
	minor=${number#*.}
	if [ "${number%%.*}" -lt "${oldest%%.*}" ] || [ "${minor%%.*}" -lt "${oldest#*.}" ]; then
		stop "this is $1 ${number%% *} ($2). $remedy"
	fi
}

# setting_of NAME [TRIPLET]: what rustc says of the machine that it builds for
setting_of() {
	printf '%s\n' "$cfg" | sed -n "s/^$1=\"\(.*\)\"$/\1/p"
}

# names: from meson's name of the machine, rustc's, and what its triplet begins with
name_machine() {
	arch=$family first=$family elf=unknown
	order=1
	[ "$endian" = little ] || order=2
	case $family:$endian in
	x86:little) first=i686 elf=1:1:3 ;;
	x86_64:little) elf=2:1:62 ;;
	aarch64:*) elf=2:$order:183 ;;
	arm:little) elf=1:1:40 ;;
	riscv64:little) first=riscv64gc elf=2:1:243 ;;
	s390x:big) elf=2:2:22 ;;
	loongarch64:little) elf=2:1:258 ;;
	ppc64:little) arch=powerpc64 first=powerpc64le elf=2:1:21 ;;
	ppc64:big) arch=powerpc64 first=powerpc64 elf=2:2:21 ;;
	ppc:big) arch=powerpc first=powerpc elf=1:2:20 ;;
	sparc64:big) elf=2:2:43 ;;
	m68k:big) elf=1:2:4 ;;
	esac
}

# Only what has one answer; a machine that has several is asked for.
triplet_found() {
	case $family:$endian in
	x86:little | x86_64:little | aarch64:little | riscv64:little | s390x:big | loongarch64:little) end=$libc ;;
	ppc64:little | ppc64:big | ppc:big | sparc64:big | m68k:big) end=$libc ;;
	arm:little)
		end=${libc}eabi
		case $arm in
		[7-9]hf) first=armv7 end=${end}hf ;;
		[7-9]) first=armv7 ;;
		6hf) first=arm end=${end}hf ;;
		6) first=arm ;;
		5) first=armv5te ;;
		*) return 1 ;;
		esac
		;;
	*) return 1 ;;
	esac
	case $libc in
	gnu | musl) echo "$first-unknown-linux-$end" ;;
	*) return 1 ;;
	esac
}

# agrees: whether what rustc builds for is what the C compiler builds for. What is not known is not compared.
agrees() {
	for pair in "target_arch:$arch" "target_endian:$endian" "target_pointer_width:$bits" "target_env:$libc"; do
		[ -n "${pair#*:}" ] || continue
		[ "$(setting_of "${pair%%:*}")" = "${pair#*:}" ] || return 1
	done
}

check_version cargo "$cargo"
check_version rustc "$rustc"
[ "$system" = linux ] || stop "it needs Linux, and this is $system (docs/packaging.md says what was tried)"
machine="$family, $bits bits, ${endian}-endian${libc:+, $libc}"
name_machine

if [ -z "$triplet" ] && [ "$cross" = false ]; then
	cfg=$("$rustc" --print cfg)
	if agrees; then
		echo "native $elf"
		exit
	fi
fi
if [ -z "$triplet" ]; then
	triplet=$(triplet_found) ||
		stop "which of rustc's machines is this ($machine)? Say it: meson setup -Dtriplet=NAME; rustc --print target-list has the names"
fi
cfg=$("$rustc" --print cfg --target "$triplet" 2>/dev/null) ||
	stop "$rustc knows no machine $triplet: meson setup -Dtriplet=NAME; rustc --print target-list has the names"
agrees || stop "$triplet is not the machine that the C compiler builds for ($machine): see -Dtriplet, and meson's cross file"
libraries=$("$rustc" --print target-libdir --target "$triplet")
if ! ls "$libraries"/libcore-*.rlib >/dev/null 2>&1; then
	echo "$rustc has no core library for $triplet in $libraries; it may be had by: rustup target add $triplet" >&2
fi
echo "$triplet $elf"
