#!/bin/sh
# The scripts as shellcheck wants them.
set -eu
cd "$(dirname "$0")/../.."
. checks/common.sh

{
	printf '%s\n' .ci/*
	git ls-files --cached --others --exclude-standard '*.sh' 2>/dev/null ||
		find . -name '*.sh' ! -path './build/*' ! -path './target/*' ! -path './vendor/*'
} >"$work/scripts"
while read -r script; do
	[ -f "$script" ] || continue
	if shellcheck --external-sources --source-path=SCRIPTDIR --source-path=. "$script" >"$work/log" 2>&1; then
		checked=$((checked + 1))
	else
		cat "$work/log" >&2
		differs "shellcheck complains of $script" "Repair it, or say in the script why it may be so"
	fi
done <"$work/scripts"
total "scripts"
