#!/bin/sh
# Types what the sessions of docs/leaks.md show, and compares the answers: session.sh DOCUMENT PROGRAMS [POOLSTAT]
#
# A session is a block of the language console: "$ " stands before what is typed, and the answer behind it. It is typed in
# the folder PROGRAMS. What differs from run to run is made the same before answers are compared: numbers of processes,
# ages, sizes, inodes, rates, and how wide columns are. Of other programs nothing is looked at. MILLPOND_WRITE=1: the
# document gets what was answered.
set -eu
LC_ALL=C
export LC_ALL
seconds_max=$((20 * ${MILLPOND_TEST_PATIENCE:-1}))

# of_sessions: an answer without what it says of programs that are not the sessions', and of what they do wrong
of_sessions() {
	awk '
		/\[[0-9]+\]/ && !/leaks?_[a-z_]*\[/ { next }
		match($0, /\]: [A-Z ]+( by |:)/) {
			word = substr($0, RSTART + 3, RLENGTH - 3)
			sub(/( by |:)$/, "", word)
			said[word] = 1
		}
		match($0, /^  [A-Z ]+: /) && !(substr($0, 3, RLENGTH - 4) in said) { next }
		{ print }'
}

# typed COMMAND: what it answers; of one that goes on in the background, what it has said until the program is ready
typed() {
	: >"$work/answer"
	eval "$1" >>"$work/answer" 2>&1 </dev/null || true
	case $1 in
	*'/dev/null &') awaited=. ;;
	*'&') awaited='^ready ' ;;
	*) awaited='' ;;
	esac
	tenths=0
	while ! grep -q "$awaited" "$work/answer" && [ -n "$awaited" ]; do
		[ $tenths -lt $((seconds_max * 10)) ] || { echo "no answer to: $1"; break; }
		sleep 0.1
		tenths=$((tenths + 1))
	done
	of_sessions <"$work/answer"
}

# One session, in a process group of its own: session.sh --block WORK SESSION
if [ "$1" = --block ]; then
	work=$2
	while IFS= read -r line; do
		case $line in
		'$ '*)
			printf '%s\n' "$line"
			typed "${line#??}"
			;;
		esac
	done <"$3"
	exit
fi

document=$1 programs=$2 poolstat=${3:-}
if [ -z "$poolstat" ]; then
	echo "# skipped: poolstat is not built: -Dpoolstat=false"
	exit 77
fi
self=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$poolstat" "$work/bin/poolstat"
PATH=$work/bin:$PATH
export PATH
unset NO_COLOR WAYLAND_DISPLAY WAYLAND_DEBUG MILLPOND_LOG

# Each session in a file, "session NUMBER" in its place.
awk -v folder="$work" '
	is_inside && /^```$/ { is_inside = 0 }
	is_inside { print >(folder "/recorded." count); next }
	{ print }
	/^```console$/ { is_inside = 1; print "session " ++count }' "$document" >"$work/frame"
count=$(grep -c '^session ' "$work/frame" || true)
for number in $(seq "$count"); do
	(cd "$programs" && exec setsid sh "$self" --block "$work" "$work/recorded.$number") >"$work/found.$number" &
	group=$!
	wait $group || true
	kill -- -$group 2>/dev/null || true
done

if [ -n "${MILLPOND_WRITE:-}" ]; then
	awk -v folder="$work" '
		/^session [0-9]+$/ { while ((getline line < (folder "/found." $2)) > 0) print line; next }
		{ print }' "$work/frame" >"$work/document"
	cat "$work/document" >"$document"
	exit
fi

# alike FILE: without what differs from run to run
alike() {
	sed -E 's/\[[0-9]+\]/[N]/g; s/^ready [0-9]+/ready N/; s/[0-9.]+ (s|min)( |$)/T\2/g; s/[0-9]+\.[0-9][KMGT]/SIZE/g
		s#[0-9]+/[0-9]+#N/N#; s/\+[0-9]+/+N/; s/inode [0-9]+/inode N/; s/ [0-9]+ +([0-9]+ +leaks_host)/ N \1/
		s/ +/ /g; s/ $//' "$1"
}
wrong=0
for number in $(seq "$count"); do
	alike "$work/recorded.$number" >"$work/wanted"
	alike "$work/found.$number" >"$work/given"
	if ! diff -u "$work/wanted" "$work/given" >"$work/difference"; then
		echo "session $number of $document (- what it shows, + what was answered):"
		cat "$work/difference"
		wrong=1
	fi
done

# Who has read the help alone knows each option and each word of the sessions.
poolstat --help >"$work/help"
cat "$work"/found.* | sed -n 's/^\$ \(.*| *\)\{0,1\}poolstat \([^|;>&]*\).*/\2/p' | tr ' ' '\n' | grep '^-' | sort -u >"$work/words"
cat "$work"/found.* | sed -nE 's/^  ([A-Z ]+): .*/\1/p' | sort -u >>"$work/words"
while read -r word; do
	grep -qF -- "$word" "$work/help" || { echo "the help has no $word"; wrong=1; }
done <"$work/words"
if [ "$(wc -l <"$work/words")" -lt 8 ] || [ "$count" -lt 5 ]; then
	echo "there are too few sessions"
	wrong=1
fi
[ $wrong -eq 0 ] || echo "Repair it, or write the answers anew: MILLPOND_WRITE=1 meson test -C build leaks_session"
exit $wrong
