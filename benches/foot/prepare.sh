# shellcheck shell=sh
# What the loads of a real foot need: both of its programs, and sessions for them. Read with `.` by a script in the folder of
# the project that has set $work, which is new in each run.

# has_programs VERSION: both have been built
has_programs() {
	[ -x "build/real/foot-$1/stock/build/foot" ] && [ -x "build/real/foot-$1/relinked/build/foot" ]
}

# prepare VERSION: everything into $work
prepare() {
	# shellcheck disable=SC2154 # set by the reader
	chmod 755 "$work"
	cc -O2 -std=c99 -o "$work/load" benches/foot/load.c
	cp benches/foot/session.sh checks/real/compositor.sh build/real/prefix/lib/libmillpond.so.0 "$work"
	cp "build/real/foot-$1/stock/build/foot" "$work/stock"
	cp "build/real/foot-$1/relinked/build/foot" "$work/relinked"
}

# in_session COMPOSITOR SIZE FRAMES RUNS PHASE...: as an ordinary user, which sway wants
in_session() {
	results=$work/$1-$2
	mkdir "$results"
	compositor_and_size="$1 $2"
	shift 2
	# shellcheck disable=SC2086 # two words
	set -- "$work/session.sh" $compositor_and_size "$results" "$work" "$@"
	if [ "$(id -u)" = 0 ]; then
		chown nobody "$results"
		set -- setpriv --reuid="$(id -u nobody)" --regid="$(id -g nobody)" --clear-groups "$@"
	fi
	env LD_LIBRARY_PATH="$work" "$@"
}

# medians FILE PHASE...: of each phase, of each column
medians() {
	file=$1
	shift
	for phase; do
		printf '%s' "$phase"
		for column in 2 3 4 5 6; do
			awk -v phase="$phase" -v column=$column '$1 == phase { print $column }' "$file" | sort -n |
				awk '{ n[NR] = $1 } END { printf " %s", n[int((NR + 1) / 2)] }'
		done
		echo
	done
}
