#!/bin/sh
# A library without probes, by meson and by cargo; that programs which need half of the archive do not get the rest by
# its probes; and libraries with faults, which checks/artefact/probes.sh must find.
# shellcheck disable=SC2046,SC2086 # flags are words
set -eu
. "$(dirname "$0")/common.sh"
case $(uname -m) in
x86_64 | i?86 | aarch64) ;;
*)
	skipped=1
	finish "builds without probes"
	exit
	;;
esac

# probes FILE: how many notes of ours it has
probes() {
	LC_ALL=C readelf --notes "$1" | grep -c 'Provider: millpond' || true
}

# setting_up FOLDER OPTION...: the library in both forms
setting_up() {
	folder=$work/$1
	shift
	quietly meson setup "$folder" "$project" -Dtests=false -Dpoolstat=false -Ddefault_library=both "$@"
	quietly ninja -C "$folder"
}
setting_up with
setting_up without -Dprobes=false
same "no note without probes" 0 "$(probes "$work/without/libmillpond.so")"
same "no section of them either" "" "$(readelf --wide --sections "$work/without/libmillpond.so" | grep stapsdt || true)"
same "the same names" "$(exported "$work/with/libmillpond.so")" "$(exported "$work/without/libmillpond.so")"

copy_project "$work/sources"
(
	cd "$work/sources"
	MILLPOND_PROBES=false quietly cargo rustc --quiet --release --locked --lib --crate-type cdylib \
		--no-default-features --features pool
	cp target/release/libmillpond.so "$work/cargo_without.so"
	quietly cargo rustc --quiet --release --locked --lib --crate-type cdylib --no-default-features --features pool
	cp target/release/libmillpond.so "$work/cargo_with.so"
	if MILLPOND_PROBES=nonsense cargo build --quiet --locked >"$work/output" 2>&1; then
		fail "MILLPOND_PROBES=nonsense is taken"
	fi
)
same "no note without probes, by cargo" 0 "$(probes "$work/cargo_without.so")"
[ "$(probes "$work/cargo_with.so")" -gt 0 ] || fail "cargo makes no probes"

# A program with pools alone, and of the archive what that needs.
block "### In a meson project" c >"$work/main.c"
for kind in with without; do
	quietly $CC -Wl,--gc-sections -I"$project/include" "$work/main.c" "$work/$kind/libmillpond.a" \
		$(pkg-config --libs pixman-1 wayland-client) -o "$work/main_$kind"
	strip "$work/main_$kind"
	same "the program, $kind probes" "$uses_pool" "$("$work/main_$kind")"
done
more=$(($(wc -c <"$work/main_with") - $(wc -c <"$work/main_without")))
[ $more -lt 8192 ] || fail "by its probes a program with pools alone gets $more bytes more of the archive"
[ "$(probes "$work/main_with")" -gt 0 ] || fail "a program that is linked with the archive has no probes"
checked=$((checked + 3))

# finds WHAT PATTERN FILE
finds() {
	if "$project/checks/artefact/probes.sh" "$3" >"$work/log" 2>&1; then
		fail "probes.sh lets pass: $1"
	fi
	grep -q "WRONG: .*$2" "$work/log" || fail "probes.sh does not name $1, but: $(cat "$work/log")"
	checked=$((checked + 1))
}
finds "a library without probes" "lacking: buffer_get .*wrap" "$work/without/libmillpond.so"
finds "half of them" "lacking: buffer_get .*wrap" "$work/cargo_with.so"
objcopy --set-section-flags .note.stapsdt=alloc,readonly,contents "$work/with/libmillpond.so" "$work/loaded.so" 2>/dev/null
finds "notes that are loaded" "the notes are loaded" "$work/loaded.so"
# One nop is another instruction.
location=$(LC_ALL=C readelf --notes "$work/with/libmillpond.so" | sed -n 's/.*Location: 0x0*\([0-9a-f]*\),.*/\1/p' | head -n 1)
LC_ALL=C readelf --wide --sections "$work/with/libmillpond.so" | sed -n 's/.* \.text *PROGBITS *\([0-9a-f]*\) \([0-9a-f]*\) .*/\1 \2/p' >"$work/text"
read -r address offset <"$work/text"
cp "$work/with/libmillpond.so" "$work/moved.so"
printf '\364' | dd of="$work/moved.so" bs=1 conv=notrunc status=none seek=$((0x$location - 0x$address + 0x$offset))
finds "a note beside its nop" "notes names a nop, but.* too many: $location" "$work/moved.so"
finish "properties of builds with and without probes"
