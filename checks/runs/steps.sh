# shellcheck shell=sh
# Steps of which each says what it is, and at its end how many seconds it took; the output of a step that fails is shown.
# On a terminal, seconds and tests are counted while a step runs. A script of this folder reads this, goes through its
# steps, and ends with `all_passed`, which lists once more what was skipped, and why.

log=$(mktemp)
left_out=$log.left_out
watcher=
# What a script has begun beside its steps.
beside=
# On a terminal what is left of a longer line goes.
rest_of_line=
[ ! -t 1 ] || rest_of_line=$(printf '\033[K')
tidy_up() {
	for process in $watcher $beside; do
		kill "$process" 2>/dev/null || true
	done
	rm -f "$log" "$left_out"
}
trap tidy_up EXIT
passed=0
counting='^[0-9]+ passed, 0 failed|^test result: .* [1-9][0-9]* passed|checked|comparisons agree|every rule kept|is current|as they should be|injections'
# A test that has passed, as meson, cargo and TAP write it. cargo, when it is quiet, writes a dot for each.
test_passed='^ *[0-9]+/[0-9]+ .* OK |^test .* ok$|^ok '

# watch NAME: as long as this runs, the line of the step is written anew each second
watch() {
	trap - EXIT
	started=$(date +%s)
	# Not longer than the script, whatever ended it.
	while sleep 1 && kill -0 $$ 2>/dev/null; do
		tests=$(($(grep -cE "$test_passed" "$log") + $(grep -E '^[.]+( |$)' "$log" | tr -cd . | wc -c)))
		[ "$tests" -gt 0 ] && tests=", $tests tests" || tests=
		printf '\r%s ... %s s%s ' "$1" $(($(date +%s) - started)) "$tests"
	done
}

unwatch() {
	[ -n "$watcher" ] || return 0
	kill "$watcher" 2>/dev/null || true
	wait "$watcher" 2>/dev/null || true
	watcher=
	printf '\r%s ... ' "$1"
}

# step NAME COMMAND...: runs quietly, shows the lines that count something and those that say what was skipped
step() {
	name=$1
	shift
	printf '%s ... ' "$name"
	if [ -t 1 ]; then
		watch "$name" &
		watcher=$!
	fi
	started=$(date +%s)
	# A function ends where one of its commands fails, as it would not in a condition.
	set +e
	(
		trap - EXIT
		set -e
		"$@"
	) >"$log" 2>&1 </dev/null
	status=$?
	set -e
	unwatch "$name"
	if [ $status = 77 ]; then
		echo "skipped"
	elif [ $status != 0 ]; then
		echo "FAILED"
		cat "$log"
		echo
		echo "failed: $name ($*)" >&2
		exit 1
	else
		echo "ok ($(($(date +%s) - started)) s)$rest_of_line"
		passed=$((passed + 1))
	fi
	grep -E "$counting" "$log" | sed 's/^[# ]*/    /' || true
	grep 'skipped: ' "$log" | while read -r line; do
		skipped "$name" "${line#*skipped: }"
	done
}

# skipped WHAT WHY: is said at once, and at the end
skipped() {
	echo "    skipped: $2"
	echo "    $1: $2" >>"$left_out"
}

# step_with TOOL NAME COMMAND...: a step that is skipped where there is no such tool
step_with() {
	tool=$1
	shift
	if command -v "$tool" >/dev/null 2>&1; then
		step "$@"
	else
		echo "$1 ... skipped"
		skipped "$1" "there is no $tool"
	fi
}

tool() {
	cargo run --quiet --locked --manifest-path tools/Cargo.toml -p "$@"
}

all_passed() {
	echo
	if [ -s "$left_out" ]; then
		echo "skipped:"
		cat "$left_out"
		echo
	fi
	echo "$passed passed, 0 failed"
}
