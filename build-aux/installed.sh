#!/bin/sh
# What is left to do after `make install`: installed.sh PREFIX. Programs find what lies below /usr and /usr/local once the
# linker's cache knows it; for other places it says what to type.
set -eu
[ -z "${DESTDIR:-}" ] || exit 0
case $1 in
/usr | /usr/local)
	[ "$(id -u)" != 0 ] || ldconfig
	exit 0
	;;
esac
for description in "$1"/lib*/pkgconfig/millpond.pc "$1"/lib*/*/pkgconfig/millpond.pc; do
	[ -f "$description" ] || continue
	folder=${description%/millpond.pc}
	echo "Compilers and programs find it with"
	echo "  export PKG_CONFIG_PATH=\"$folder\" LD_LIBRARY_PATH=\"${folder%/pkgconfig}\""
done
