# shellcheck shell=sh
# Source packages of the system's own archive, by the system's own package manager, with lists beside the system's:
# nothing that the system knows changes. Read with `.` by a script that has set $store, the
# folder where all of it stays, and $work, which is new in each run.

# apt_here COMMAND...: an apt program with the lists in $store
apt_here() {
	program=$1
	shift
	# shellcheck disable=SC2154 # set by the reader
	"$program" -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$store/lists.d" \
		-o Dir::State::Lists="$store/lists" -o Dir::Cache="$store/cache" -o APT::Sandbox::User="$(id -un)" "$@"
}

# Sources instead of packages, in the two forms of /etc/apt. Beside the suites of this system those of $other_suites,
# from where its own suite is.
other_suites="oldstable stable unstable"

as_sources() {
	awk -v own="$1" -v others="$other_suites" '
		/^Types:/ { print "Types: deb-src"; next }
		/^Suites:/ { for (i = 2; i <= NF; i++) if ($i == own) { $0 = $0 " " others; break } }
		{ print }
	' "$2"
}

as_source_lines() {
	awk -v own="$1" -v others="$other_suites" '
		$1 != "deb" { next }
		{
			sub(/^deb/, "deb-src")
			print
			if (split(others, names, " ") && match($0, " " own " ")) {
				for (i in names) { line = $0; sub(" " own " ", " " names[i] " ", line); print line }
			}
		}
	' "$2"
}

# archive_open: once in a run; false if there is no archive, or if it does not answer
archive_open() {
	# shellcheck disable=SC2154 # set by the reader
	[ ! -f "$work/opened" ] || return 0
	command -v apt-get >/dev/null || return 1
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	rm -rf "$store/lists.d"
	mkdir -p "$store/lists.d" "$store/lists/partial" "$store/cache/archives/partial" "$store/sources"
	for file in /etc/apt/sources.list.d/*.sources; do
		[ ! -f "$file" ] || as_sources "$codename" "$file" >"$store/lists.d/$(basename "$file")"
	done
	for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ ! -f "$file" ] || as_source_lines "$codename" "$file" >"$store/lists.d/$(basename "$file" .list).list"
	done
	# Fails when one suite is not there; the others are enough.
	apt_here apt-get -o Acquire::Retries=1 -o Acquire::http::Timeout=20 update >"$store/update.log" 2>&1 || true
	[ -n "$(source_versions foot)" ] || return 1
	touch "$work/opened"
}

# source_versions NAME: what the archive lists, newest first, as upstream counts
source_versions() {
	apt_here apt-cache showsrc --only-source "$1" 2>/dev/null | sed -n 's/^Version: //p' |
		sed 's/^[0-9]*://; s/-[^-]*$//' | sort -V -r -u
}

# source_tarball NAME VERSION: where it lies, fetched if need be; false if it cannot be had
source_tarball() {
	for tarball in "$store/sources/$1_$2.orig.tar".*z; do
		[ -f "$tarball" ] || continue
		echo "$tarball"
		return 0
	done
	archive_open || return 1
	full=$(apt_here apt-cache showsrc --only-source "$1" 2>/dev/null | sed -n 's/^Version: //p' |
		grep -E "^([0-9]+:)?$(echo "$2" | sed 's/\./\\./g')-[^-]*$" | sort -V | tail -n 1)
	[ -n "$full" ] || return 1
	(cd "$store/sources" && apt_here apt-get -o Acquire::Retries=1 -o Acquire::http::Timeout=20 \
		source --download-only --tar-only "$1=$full") >"$store/fetch.log" 2>&1 || return 1
	for tarball in "$store/sources/$1_$2.orig.tar".*z; do
		[ -f "$tarball" ] && echo "$tarball" && return 0
	done
	return 1
}

# unpack TARBALL FOLDER
unpack() {
	rm -rf "$2"
	mkdir -p "$2"
	tar -C "$2" --strip-components=1 -xf "$1"
}
