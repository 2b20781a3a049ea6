#!/bin/sh
# The exported names, for meson: those of the halves that are in, with a prefix or without.
#
#	names.sh map prefix=PREFIX HALF...           the version script
#	names.sh header FILE prefix=PREFIX HALF...   that header for programs that link a library with a prefix: it has the
#	                                             short names too, unless MILLPOND_ONLY_PREFIXED_NAMES is defined
#
# build-aux/millpond.map has the names of both halves without a prefix.
set -eu
map=$(dirname "$0")/millpond.map
kind=$1
shift
if [ "$kind" = header ]; then
	header=$1
	shift
fi
prefix=${1#prefix=}
shift

# How the names of the halves begin, as an expression.
beginnings=
for half; do
	case $half in
	shm) beginning=shm_ ;;
	pool) beginning=pool ;;
	*)
		echo "names.sh: $half is no half" >&2
		exit 2
		;;
	esac
	beginnings=$beginnings${beginnings:+|}$beginning
done

case $kind in
map)
	awk -v prefix="$prefix" -v name="^\t\t($beginnings)" '
		$0 ~ name { sub(/\t\t/, "\t\t" prefix); print; next }
		!/^\t\t[a-z]/ { print }
	' "$map"
	;;
header)
	# The definitions come right behind the guard, and go before its end.
	awk -v prefix="$prefix" -v name="^\t\t($beginnings)" -v map="$map" '
		BEGIN {
			while ((getline line <map) > 0)
				if (line ~ name) {
					gsub(/[\t;]/, "", line)
					short[++count] = line
				}
		}
		/^#endif \/\* MILLPOND_.*_H \*\/$/ {
			print "#ifdef MILLPOND_ONLY_PREFIXED_NAMES"
			for (i = 1; i <= count; i++)
				print "#undef " short[i]
			print "#endif\n"
		}
		{ print }
		/^#define MILLPOND_.*_H$/ {
			print "\n/* This library was built with a prefix. To have the prefixed names only, define"
			print " * MILLPOND_ONLY_PREFIXED_NAMES before this header is included. */"
			for (i = 1; i <= count; i++)
				print "#define " short[i] " " prefix short[i]
		}
	' "$header"
	;;
*)
	echo "names.sh: $kind is neither map nor header" >&2
	exit 2
	;;
esac
