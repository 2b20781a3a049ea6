#!/bin/sh
# The exported names, wherever they stand, are those of src/c_api/names.txt: names.sh LIBRARY.so ARCHIVE.a
set -eu
library=$1 archive=$2
cd "$(dirname "$0")/../.."
. checks/common.sh
LC_ALL=C
export LC_ALL

list=src/c_api/names.txt
add="Write it into $list, the header and its manual page, or take it out of all three"

build-aux/names.sh list prefix= shm pool | awk '{print $1}' | sort >"$work/listed"
sed 's/@.*//' "$work/listed" >"$work/plain"

nm -D --defined-only "$library" | awk '$2 != "A" {sub("@@", "@", $3); print $3}' | sort >"$work/library"
same "the library exports the names of $list, with their versions" "$work/listed" "$work/library" "$add"

printf '#include "include/pool.h"\n#include "include/shm.h"\n#include "include/millpond.h"\n' >"$work/headers.c"
# shellcheck disable=SC2046 # the flags are words
gcc -aux-info "$work/prototypes" -I. $(pkg-config --cflags pixman-1 wayland-client) -fsyntax-only "$work/headers.c"
sed -n 's#^/\* ./include/[^ ]* \*/ ##p' "$work/prototypes" >"$work/declared"
# The header of buffer chains, as the latest foot has it: what is declared there (NC), and what is inline (NF).
echo '#include "include/chain/shm.h"' >"$work/chain.c"
# shellcheck disable=SC2046 # the flags are words
gcc -aux-info "$work/prototypes" -I. -Ic-tests/chain/program -DMILLPOND_FOOT_VERSION=12800 \
	$(pkg-config --cflags pixman-1 wayland-client) -fsyntax-only "$work/chain.c"
sed -n 's#^/\* ./include/chain/shm.h:[0-9]*:NC \*/ ##p' "$work/prototypes" >"$work/declared_chain"
echo '#include "include/launcher/shm.h"' >"$work/launcher.c"
# shellcheck disable=SC2046 # the flags are words
gcc -aux-info "$work/prototypes_launcher" -I. $(pkg-config --cflags pixman-1 wayland-client) -fsyntax-only \
	"$work/launcher.c"
sed -n 's#^/\* ./include/launcher/shm.h:[0-9]*:NC \*/ ##p' "$work/prototypes_launcher" >"$work/declared_launcher"
cat "$work/declared" "$work/declared_chain" "$work/declared_launcher" |
	sed -n 's/^extern [^(]*[ *]\([a-z_0-9]*\) (.*/\1/p' | sort >"$work/functions"
same "the headers declare them" "$work/plain" "$work/functions" "$add"

documented_in() {
	sed -n '/^\.Sh NAME/,/^\.Sh SYN/s/^\.Nm \([a-z_0-9]*\).*/\1/p' "$@" | sort
}
grep -vE '^millpond_(chain|launcher)_' "$work/plain" >"$work/plain_without_chains"
sed -n 's/^static [^(]*[ *]\([a-z_0-9]*\) (.*/\1/p' "$work/declared" | sort "$work/plain_without_chains" - >"$work/documentable"
documented_in man/pool.3 man/shm.3 man/millpond.3 >"$work/documented"
same "the manual pages name them and the inline functions" "$work/documentable" "$work/documented" "$add"

# Programs know buffer chains by the names that the header maps to the exported ones, or has functions inline for.
{
	sed -n 's/^#define \(shm_[a-z_]*\) millpond_chain_.*/\1/p' include/chain/shm.h
	sed -n 's#^/\* ./include/chain/shm.h:[0-9]*:NF \*/ extern [^(]*[ *]\(shm_[a-z_]*\) (.*#\1#p' "$work/prototypes"
} | sort -u >"$work/documentable"
documented_in man/millpond-chain.3 >"$work/documented"
same "man/millpond-chain.3 names what programs call" "$work/documentable" "$work/documented" "$add"
grep '^millpond_chain_' "$work/plain" >"$work/chains"
sed -n '/^#define shm_chain_free/,$p' include/chain/shm.h | grep -o 'millpond_chain_[a-z_]*' | sort -u |
	comm -12 "$work/chains" - >"$work/called"
same "include/chain/shm.h has a name for each of them" "$work/chains" "$work/called" "$add"

# Launchers know two names.
sed -n 's/^#define \(shm_[a-z_]*\) millpond_launcher_.*/\1/p' include/launcher/shm.h | sort >"$work/documentable"
documented_in man/millpond-launcher.3 >"$work/documented"
same "man/millpond-launcher.3 names what programs call" "$work/documentable" "$work/documented" "$add"
grep '^millpond_launcher_' "$work/plain" >"$work/launchers"
sed -n 's/^#define shm_[a-z_]* //p' include/launcher/shm.h | sort >"$work/called"
same "include/launcher/shm.h has a name for each of them" "$work/launchers" "$work/called" "$add"

# All objects with probes have the byte from which the places of these are counted, and share one.
nm -g --defined-only "$archive" | awk 'NF == 3 && $3 != "_.stapsdt.base" {print $3}' | sort >"$work/archive"
same "the archive defines them and nothing else" "$work/plain" "$work/archive" \
	"Something of Rust's own leaks if it is too many: see build-aux/cargo.sh"

nm -D --undefined-only "$library" | awk '{print $NF}' | grep -E '^_R|^_ZN|rust' | sort >"$work/rust" || true
same "the library asks for nothing of Rust" /dev/null "$work/rust" \
	"It is built without std and with LTO: see build-aux/cargo.sh"

if [ $wrong = 0 ]; then
	echo "$(wc -l <"$work/listed") exported names are everywhere the same"
fi
total "lists of names"
