#!/bin/sh
# What is made of the list of exported names, src/c_api/names.txt: of the halves that are in, with a prefix or without.
#
#	names.sh map prefix=PREFIX HALF...           the version script
#	names.sh list prefix=PREFIX HALF...          the names: NAME@NODE SINCE on each line, as in Debian's symbols files
#	names.sh header FILE prefix=PREFIX HALF      (also "both": what is not of one half) that header for programs that link a library with a prefix: it has the
#	                                             short names too, unless MILLPOND_ONLY_PREFIXED_NAMES is defined
#
# The shared library of cargo alone has the same names, without versions.
set -eu
names=$(dirname "$0")/../src/c_api/names.txt
kind=$1
shift
if [ "$kind" = header ]; then
	header=$1
	shift
fi
prefix=${1#prefix=}
shift

for half; do
	case $half in
	shm | pool) ;;
	both) [ "$kind" = header ] ;;
	*)
		echo "names.sh: $half is no half" >&2
		exit 2
		;;
	esac
done

# The lines of these halves, and of both where it is about a library.
listed() {
	also=both
	[ "$kind" != header ] || also=
	awk -v halves=" $* $also " '!/^#/ && index(halves, " " $2 " ")' "$names"
}

case $kind in
map)
	listed "$@" | awk -v prefix="$prefix" '
		!($4 in names) { nodes[++count] = $4 }
		{ names[$4] = names[$4] "\t\t" prefix $1 ";\n" }
		END {
			for (i = 1; i <= count; i++) {
				printf "%s {\n\tglobal:\n%s", nodes[i], names[nodes[i]]
				if (i == 1)
					print "\tlocal:\n\t\t*;"
				print "}" (i == 1 ? "" : " " nodes[i - 1]) ";"
			}
		}
	'
	;;
list)
	listed "$@" | awk -v prefix="$prefix" '{ print prefix $1 "@" $4 " " $5 }'
	;;
header)
	# Each of the two headers of shm has its own names. That of buffer chains maps what programs call to them, so there
	# they stay defined.
	chains=0
	! grep -q '^#define MILLPOND_CHAIN_SHM_H$' "$header" || chains=1
	# The definitions come right behind the guard, and go before its end.
	listed "$@" | awk -v prefix="$prefix" -v chains=$chains '
		NR == FNR {
			if (($1 ~ /^millpond_chain_/) == chains)
				short[++count] = $1
			next
		}
		/^#endif \/\* MILLPOND_.*_H \*\/$/ && !chains {
			print "#ifdef MILLPOND_ONLY_PREFIXED_NAMES"
			for (i = 1; i <= count; i++)
				print "#undef " short[i]
			print "#endif\n"
		}
		# What a macro says is there where the short names are not.
		/^#define POOL_SYSTEM_INIT/, !/\\$/ { gsub(/poolsystem_/, prefix "poolsystem_") }
		{ print }
		/^#define MILLPOND_.*_H$/ {
			print "\n/* This library was built with a prefix." (chains ? " */" : " To have the prefixed names only, define")
			if (!chains)
				print " * MILLPOND_ONLY_PREFIXED_NAMES before this header is included. */"
			for (i = 1; i <= count; i++)
				print "#define " short[i] " " prefix short[i]
		}
	' - "$header"
	;;
*)
	echo "names.sh: $kind is none of map, list, header" >&2
	exit 2
	;;
esac
