#!/bin/sh
# Libraries with faults, which library.sh must find: a test of that check.
set -eu
cd "$(dirname "$0")/../.."
. checks/common.sh

cat >"$work/fault.c" <<-END
	static int value;
	int *address(void);
	int *address(void) { return &value; }
	__attribute__((constructor)) static void start(void) { value = 1; }
END

# finds WHAT PATTERN LINK-FLAGS...: library.sh complains of a library that is linked so
finds() {
	what=$1 pattern=$2
	shift 2
	gcc -shared -o "$work/fault.so" "$work/fault.c" "$@" 2>"$work/gcc" || {
		cat "$work/gcc" >&2
		differs "gcc does not make a library with: $what" "Change the flags"
		return
	}
	if checks/artefact/library.sh "$work/fault.so" >"$work/log" 2>&1; then
		differs "library.sh lets pass: $what" "Repair it"
	elif ! grep -q "WRONG: $pattern" "$work/log"; then
		differs "library.sh does not name: $what" "It says: $(cat "$work/log")"
	else
		right "found: $what"
	fi
}

finds "another library" "it needs .*too many: libm.so.6" -Wl,--no-as-needed -lm
finds "a library that is not there" "it needs .*lacking: .*libpixman"
finds "another SONAME" "not so: its SONAME" -Wl,-soname,libmillpond.so.1
finds "an RPATH" "not so: no RPATH" -Wl,-rpath,/opt
finds "no build-id" "not so: a build-id" -Wl,--build-id=none
finds "a program" "not so: position independent" -shared -no-pie -static -nostdlib -Wl,-e,address -Wl,-no-pie
finds "relocations in the code" "not so: no relocation in the code" -Wl,-z,notext -include /dev/stdin <<-END
	__asm__(".pushsection .text\n.balign 8\n.dc.a address\n.popsection");
END
finds "no RELRO" "not so: relocations read-only" -Wl,-z,norelro
finds "lazy binding" "not so: all of them" -Wl,-z,lazy
finds "a library that goes when it is closed" "not so: it stays" -Wl,-z,now
finds "an executable stack" "not so: a stack" -Wl,-z,execstack
finds "code that can be written" "not so: no segment" -include /dev/stdin <<-END
	__asm__(".pushsection .mixed,\"awx\",@progbits\n.byte 0\n.popsection");
END
finds "a constructor" "not so: no initialiser"
finds "a path of this machine" "it holds paths" -include /dev/stdin <<-END
	extern const char path_text[];
	const char path_text[] = "$PWD/src/lib.rs";
END
# Nothing in it says which Rust made it, so that it may have a tenth more.
largest_bytes=$(sed -n 's/^largest_bytes=\([0-9]*\)$/\1/p' checks/artefact/library.sh)
head -c $((largest_bytes * 11 / 10)) /dev/urandom >"$work/large"
(cd "$work" && ld -r -z noexecstack -b binary -o large.o large)
finds "too large" "not so: stripped at most" "$work/large.o"

total "kinds of faults in libraries are found,"
