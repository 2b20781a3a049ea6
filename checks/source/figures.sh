#!/bin/sh
# Counts and times that documents name are those of what they count, and the same wherever they stand. Sizes of the
# library: checks/artefact/size.sh, as it has to be built.
set -eu
cd "$(dirname "$0")/../.."
. checks/common.sh

# word NUMBER: as it stands in a sentence
word() {
	echo "zero one two three four five six seven eight nine ten" | cut -d ' ' -f $(($1 + 1))
}

# says PLACE PATTERN WANTED: what the pattern's group holds there, in each line that has it
says() {
	sed -n "s/.*$2.*/\1/p" "$1" | sort -u >"$work/said"
	printf '%s\n' "$3" >"$work/wanted"
	same "$1: $2" "$work/wanted" "$work/said" "Write $3 there, or repair figures.sh"
}

recordings=$(cat c-tests/pool/transcripts/*.txt | grep -c '^configuration ')
says docs/parity.md 'pool_transcripts: \([0-9]*\) recordings' "$recordings"
newest_foot=$(grep -o "'1[0-9]\{4\}'" c-tests/chain/meson.build | tr -d "'" | sort -n | tail -n 1 |
	sed 's/^\(.\)\(..\)../\1.\2/; s/\.0/./')
says README.md 'Wayland, foot 1\.4 to \([0-9.]*[0-9]\))' "$newest_foot"
says CHANGELOG.md 'chains of foot 1\.8\.2 to \([0-9.]*[0-9]\),' "$newest_foot"
crates=$(($(grep -c '^name = ' Cargo.lock) - 1))
says README.md 'make dist. makes, which has the \([a-z]*\)' "$(word $crates)"
fields=$(awk '/^struct buffer \{/ { is_inside = 1 } is_inside && /;$/ { count++ } is_inside && /^}/ { print count - 1; exit }' \
	include/launcher/shm.h)
says README.md 'functions and a struct of \([a-z]*\) fields' "$(word "$fields")"

# What each check takes is said by `make`; scripts say the same.
minutes() {
	sed -n "s/.*\"make $1 .*(\(an\{0,1\} [a-z]*\|[a-z]*\) \(minutes\|hour\)).*/\1 \2/p" Makefile
}
says checks/runs/soaks.sh '\([A-Z][a-z]* minutes\) on two cores' "$(minutes check-soaks | sed 's/^f/F/')"
fetched=$(sed -n 's/.*fetches \([0-9]* MB\) once.*/\1/p' Makefile)
says checks/machines/cross.sh '(about \([0-9]* MB\) to fetch' "$fetched"
says CONTRIBUTING.md 'it fetches \([0-9]* MB\) from' "$fetched"
total "figures"
