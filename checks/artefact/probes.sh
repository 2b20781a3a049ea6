#!/bin/sh
# The probes of the library are those of docs/probes.md, as tracers find them, with readelf: probes.sh LIBRARY.so
set -eu
library=$1
cd "$(dirname "$0")/../.."
. checks/common.sh
LC_ALL=C
export LC_ALL

# What is stripped has them too: it is what distributions ship.
strip --strip-unneeded -o "$work/stripped" "$library"
readelf -W --notes "$work/stripped" >"$work/notes"
readelf -W --section-headers "$work/stripped" | sed 's/^ *\[ *\([0-9]*\)\]/\1/' >"$work/sections"

case $(readelf --file-header "$library" | sed -n 's/^ *Class: *//p; s/^ *Machine: *//p' | tr '\n' ' ') in
"ELF64 Advanced Micro Devices X86-64 " | "ELF64 AArch64 ") word=8 ;;
"ELF32 Intel 80386 ") word=4 ;;
*)
	grep -q stapsdt "$work/notes" && differs "a machine that no note was made for has notes" "See may_have_probes in build.rs"
	echo "skipped: there are no probes on this machine"
	total "probes"
	exit
	;;
esac

# One probe on a line: its name, and for each argument how many bytes it has; below 0 if it has a sign.
# shellcheck disable=SC2016 # the quotes are those of the table
sed -n 's/^| `\([a-z_]*\)(\(.*\))` |.*/\1,\2/p' docs/probes.md | awk -F ', *' -v word=$word '{
	line = $1
	for (i = 2; i <= NF; i++)
		line = line " " ($i ~ /\*|long/ ? word : $i ~ /^unsigned int / ? 4 : $i ~ /^int / ? -4 : "?")
	print line
}' | sort >"$work/documented"
awk '
	match($0, /Provider: .*/) { provider = substr($0, RSTART + 10) }
	$1 == "Name:" { name = $2 }
	$1 == "Arguments:" && provider == "millpond" {
		line = name
		for (i = 2; i <= NF; i++) {
			sub("@%?[a-z0-9]+$", "", $i)
			line = line " " $i
		}
		print line
	}' "$work/notes" | sort -u >"$work/noted"
same "the probes and their arguments are those of docs/probes.md" "$work/documented" "$work/noted" \
	"See src/os/probes.rs, and the table in docs/probes.md"

# at NAME: where a section begins, and its flags
at() {
	awk -v name="$1" '$2 == name { print $4, $8 }' "$work/sections"
}
base=$(at .stapsdt.base)
sed -n 's/.*Base: 0x0*\([0-9a-f]*\), Semaphore: 0x0*\([0-9a-f]*\)$/\1 \2/p' "$work/notes" | sort -u >"$work/bases"
echo "$base" | sed 's/^0*\([0-9a-f]*\) A$/\1 /' >"$work/base"
same "all are counted from .stapsdt.base, which is loaded and cannot be written, and have no semaphore" \
	"$work/base" "$work/bases" "See _.stapsdt.base in src/os/probes.rs"
case $(at .note.stapsdt) in
*" 0" | *" L") right "the notes are not loaded" ;;
*) differs "the notes are loaded: $(at .note.stapsdt)" "See .note.stapsdt in src/os/probes.rs" ;;
esac

# Each stands on a nop of one byte, or of four on aarch64.
objdump --disassemble "$work/stripped" | sed -n 's/^ *\([0-9a-f]*\):\t[0-9a-f ]*\tnop$/\1/p' | sort >"$work/nops"
sed -n 's/.*Location: 0x0*\([0-9a-f]*\),.*/\1/p' "$work/notes" | sort >"$work/locations"
comm -23 "$work/locations" "$work/nops" >"$work/elsewhere"
same "each of the $(wc -l <"$work/locations") notes names a nop" /dev/null "$work/elsewhere" "See src/os/probes.rs"
total "properties of the probes"
