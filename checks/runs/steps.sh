# shellcheck shell=sh
# Steps of which each says what it is; the output of a step that fails is shown. A script of this folder reads this, goes
# through its steps, and ends with `all_passed`.

log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0

# step NAME COMMAND...: runs quietly, shows the lines that count something
step() {
	name=$1
	shift
	printf '%s ... ' "$name"
	started=$(date +%s)
	if ! "$@" >"$log" 2>&1 </dev/null; then
		echo "FAILED"
		cat "$log"
		echo
		echo "failed: $name ($*)" >&2
		exit 1
	fi
	echo "ok ($(($(date +%s) - started)) s)"
	grep -E "$counting" "$log" | sed 's/^[# ]*/    /' || true
	passed=$((passed + 1))
}
counting='^[0-9]+ passed, 0 failed|^test result: .* [1-9][0-9]* passed|checked|comparisons agree|every rule kept|is current|as they should be|skipped|injections'

tool() {
	cargo run --quiet --locked --manifest-path tools/Cargo.toml -p "$@"
}

all_passed() {
	echo
	echo "$passed passed, 0 failed"
}
