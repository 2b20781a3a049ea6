# shellcheck shell=sh
# What the checks of the built library share; read by them with `.`, in the source folder:
# relative paths among their arguments are seen from there.

checked=0
wrong=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# right CLAIM: one property that is as it should be
right() {
	echo "as it should be: $1"
	checked=$((checked + 1))
}

# differs CLAIM WHAT-TO-DO: one that is not
differs() {
	echo "WRONG: $1. $2" >&2
	wrong=$((wrong + 1))
}

# same CLAIM WANTED FOUND WHAT-TO-DO: two sorted lists of words, one on each line
same() {
	if cmp -s "$2" "$3"; then
		right "$1"
	else
		lacking=$(comm -23 "$2" "$3" | tr '\n' ' ')
		extra=$(comm -13 "$2" "$3" | tr '\n' ' ')
		differs "$1, but${lacking:+ lacking: $lacking}${extra:+ too many: $extra}" "$4"
	fi
}

# total WHAT: the last line; ends with failure if something was wrong
total() {
	if [ $wrong -gt 0 ]; then
		echo "$wrong wrong, $checked as it should be" >&2
		exit 1
	fi
	echo "$checked $1 checked"
}

# differs_in_abi PROMISED NOW OUTPUT: true if abidiff sees a change, with what it says in OUTPUT; ends if abidiff cannot say
differs_in_abi() {
	status=0
	abidiff --harmless "$1" "$2" >"$3" 2>&1 || status=$?
	case $status in
	0) return 1 ;;
	4 | 8 | 12) return 0 ;;
	esac
	cat "$3" >&2
	echo "abidiff could not compare $1 (status $status): is it the one of abigail-tools 2.2 or newer?" >&2
	exit 1
}
