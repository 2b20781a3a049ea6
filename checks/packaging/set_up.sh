#!/bin/sh
# What `meson setup` finds out before anything is built: for which machine cargo is to build, whether Rust is new enough,
# and what it says where it cannot be. Never is an archive for another machine taken for the right one.
set -eu
. "$(dirname "$0")/common.sh"
target=$project/build-aux/target.sh
unset RUSTC

# stops TEXT COMMAND...: it fails, with one line that has the text
stops() {
	text=$1
	shift
	if "$@" >"$work/output" 2>&1; then
		fail "no failure: $*"
	fi
	grep -E '^(.*ERROR: .*)?millpond: ' "$work/output" >"$work/lines" || fail "no line of ours: $(cat "$work/output")"
	same "lines of: $*" 1 "$(wc -l <"$work/lines")"
	grep -qF -e "$text" "$work/lines" || fail "not '$text': $(cat "$work/lines")"
	checked=$((checked + 1))
}

# rust_named FOLDER VERSION: a cargo and a rustc that say they are of this version, and are of no use otherwise
rust_named() {
	mkdir -p "$work/$1"
	for program in cargo rustc; do
		printf '#!/bin/sh\necho "%s %s (a date)"\n' $program "$2" >"$work/$1/$program"
		chmod +x "$work/$1/$program"
	done
}

# Facts about a machine, and what is made of them.
while read -r family endian bits libc arm triplet elf; do
	same "$family $endian $libc $arm" "$triplet $elf" "$("$target" cross=true family="$family" endian="$endian" \
		bits="$bits" libc="$libc" arm="$arm" 2>"$work/warning")"
done <<'END_OF_MACHINES'
x86_64 little 64 gnu - x86_64-unknown-linux-gnu 2:1:62
x86_64 little 64 musl - x86_64-unknown-linux-musl 2:1:62
x86 little 32 gnu - i686-unknown-linux-gnu 1:1:3
aarch64 little 64 gnu - aarch64-unknown-linux-gnu 2:1:183
aarch64 little 64 musl - aarch64-unknown-linux-musl 2:1:183
arm little 32 gnu 7hf armv7-unknown-linux-gnueabihf 1:1:40
arm little 32 musl 6hf arm-unknown-linux-musleabihf 1:1:40
arm little 32 gnu 5 armv5te-unknown-linux-gnueabi 1:1:40
riscv64 little 64 gnu - riscv64gc-unknown-linux-gnu 2:1:243
s390x big 64 gnu - s390x-unknown-linux-gnu 2:2:22
ppc64 little 64 gnu - powerpc64le-unknown-linux-gnu 2:1:21
loongarch64 little 64 gnu - loongarch64-unknown-linux-gnu 2:1:258
END_OF_MACHINES

# This machine's own, from what rustc says of itself; and a C compiler for another one (cc -m32) without a cross build.
own=$(rustc --print cfg)
own_setting() {
	echo "$own" | sed -n "s/^$1=\"\(.*\)\"$/\1/p"
}
own_machine="family=$(own_setting target_arch) endian=$(own_setting target_endian)"
own_machine="$own_machine bits=$(own_setting target_pointer_width)"
# shellcheck disable=SC2086 # the facts are words
same "this machine" native "$("$target" $own_machine libc="$(own_setting target_env)" | sed 's/ .*//')"
same "the other words of this machine" i686-unknown-linux-gnu \
	"$("$target" family=x86 endian=little bits=32 libc=gnu 2>"$work/warning" | sed 's/ .*//')"

stops "is not the machine that the C compiler builds for (x86, 32 bits" \
	"$target" family=x86 endian=little bits=32 libc=gnu triplet=x86_64-unknown-linux-gnu
stops "is not the machine that the C compiler builds for" \
	"$target" family=x86_64 endian=little bits=64 libc=musl triplet=x86_64-unknown-linux-gnu
stops "knows no machine none-of-these" "$target" family=x86_64 endian=little bits=64 libc=gnu triplet=none-of-these
stops "which of rustc's machines is this (mips, 32 bits, big-endian, gnu)" \
	"$target" cross=true family=mips endian=big bits=32 libc=gnu
stops "which of rustc's machines is this" "$target" cross=true family=x86_64 endian=little bits=64 libc=uclibc
stops "it needs Linux, and this is freebsd" "$target" system=freebsd

# Rust that is too old, and none.
rust_named old 1.84.1
rust_named new 1.85.0
stops "this is cargo 1.84.1" "$target" cargo="$work/old/cargo" rustc="$work/old/rustc"
stops "this is rustc 1.84.1" "$target" cargo="$work/new/cargo" rustc="$work/old/rustc"
stops "Debian 12: apt-get install cargo-web rustc-web" "$target" cargo="$work/new/cargo" rustc="$work/old/rustc"
stops "cargo is not there" "$target" cargo="$work/nothing"
stops "this is rustc 1.84.1" env RUSTC="$work/old/rustc" "$target"
stops "this is cargo 1.84.1" env PATH="$work/old:$PATH" meson setup "$work/build" "$project" -Dtests=false -Dpoolstat=false

printf "[binaries]\ncargo = '%s'\n" "$work/old/cargo" >"$work/native.ini"
stops "this is cargo 1.84.1" meson setup "$work/build" "$project" -Dtests=false -Dpoolstat=false --native-file "$work/native.ini"

# cross_file FAMILY ENDIAN SYSTEM: a file for meson that says so of a C compiler that is for this machine
cross_file() {
	cat >"$work/cross.ini" <<-END
		[binaries]
		c = '$CC'
		ar = 'ar'
		pkgconfig = 'pkg-config'

		[host_machine]
		system = '$3'
		cpu_family = '$1'
		cpu = '$1'
		endian = '$2'
	END
}

set_up() {
	rm -rf "$work/build"
	meson setup "$work/build" "$project" -Dtests=false -Dpoolstat=false --cross-file "$work/cross.ini" "$@"
}

cross_file aarch64 little linux
quietly set_up
same "what a cross build asks of cargo" "cargo builds for aarch64-unknown-linux-gnu" \
	"$(sed -n 's/^Message: //p' "$work/output" | grep cargo)"
if ! ls "$(rustc --print target-libdir --target aarch64-unknown-linux-gnu)"/libcore-*.rlib >/dev/null 2>&1; then
	same "warnings that there is no core library" 1 "$(grep -c 'WARNING.*rustup target add aarch64' "$work/output")"
fi
stops "x86_64-unknown-linux-gnu is not the machine" set_up -Dtriplet=x86_64-unknown-linux-gnu
cross_file x86_64 little freebsd
stops "it needs Linux" set_up

# A compiler that warns of more than ours must not end a build.
rm -rf "$work/build"
quietly meson setup "$work/build" "$project" -Dtests=false -Dpoolstat=false
same "warnings of the C compiler" warnings \
	"$(meson configure "$work/build" | awk '$1 == "werror" { print $2 == "false" ? "warnings" : "errors" }')"

# cargo alone says it too, before or beside what it lacks for that system.
for system in x86_64-unknown-freebsd x86_64-apple-darwin; do
	if (cd "$project" && cargo check --locked --keep-going --lib --target $system --target-dir "$work/target" \
		--no-default-features --features pool) >"$work/output" 2>&1; then
		fail "cargo builds for $system"
	fi
	same "what cargo says of $system" "millpond needs Linux" "$(grep -o 'error: .*millpond needs Linux' "$work/output" | sed 's/.*: //')"
done

# cargo_sh SETTING...: pools for this machine
cargo_sh() {
	rm -f "$work/libmillpond.a"
	"$project/build-aux/cargo.sh" "$project" "$work/target" "$work/libmillpond.a" "$work/libmillpond.d" halves=pool "$@"
}
# shellcheck disable=SC2086 # the facts are words
elf=$("$target" $own_machine libc="$(own_setting target_env)" | sed 's/.* //')
quietly cargo_sh elf="$elf"
same "an archive for this machine" 1 "$(find "$work" -name libmillpond.a -maxdepth 1 | wc -l)"
stops "cargo has built for another machine (its objects are $elf, and not 2:2:22)" cargo_sh elf=2:2:22
same "archives for another machine" 0 "$(find "$work" -name libmillpond.a -maxdepth 1 | wc -l)"
finish "facts about setting up"
