#!/bin/sh
# Follows all links of the pages that `make manual` makes: what is named is there, also within its page, and every page
# is reached from the first one. Links to other sites are not followed.
set -eu
cd "$(dirname "$0")/../.."
. checks/common.sh

# broken FOLDER: a line for each link that leads nowhere, and each page that nothing leads to; the last line is how many
# links there are.
broken() {
	(cd "$1" && set -- * && awk '
		BEGIN { quoted = "=\"[^\"]*\"" }
		FNR == 1 { there[FILENAME] = 1 }
		{
			line = $0
			while (match(line, "[ \t](id|href|src)" quoted)) {
				text = substr(line, RSTART + 1, RLENGTH - 2)
				kind = value = text
				sub(/=.*/, "", kind)
				sub(/^[^"]*"/, "", value)
				if (kind == "id")
					there[FILENAME "#" value] = 1
				else if (value !~ /^https?:/)
					links[FILENAME, value] = 1
				line = substr(line, RSTART + RLENGTH)
			}
		}
		function reach(page,    pair, part) {
			if (reached[page]++)
				return
			for (pair in links) {
				split(pair, part, SUBSEP)
				if (part[1] == page) {
					sub(/#.*/, "", part[2])
					if (part[2] != "")
						reach(part[2])
				}
			}
		}
		END {
			for (pair in links) {
				split(pair, part, SUBSEP)
				target = part[2] ~ /^#/ ? part[1] part[2] : part[2]
				if (!(target in there))
					print part[1] " leads to " part[2] ", which is not there"
				count++
			}
			reach("index.html")
			for (file in there)
				if (file !~ /#/ && !(file in reached))
					print "no way leads to " file
			print count + 0
		}' "$@")
}

# finds FAULT COMMAND...: that a fault which the command plants in the pages is found
finds() {
	fault=$1
	shift
	rm -rf "$work/faulty"
	cp -R "$work/manual" "$work/faulty"
	(cd "$work/faulty" && "$@")
	if diff -r "$work/manual" "$work/faulty" >/dev/null; then
		differs "there is no place for a fault: $fault" "Repair manual.sh"
	elif [ "$(broken "$work/faulty" | wc -l)" -eq 2 ]; then
		right "it is seen when there is $fault"
	else
		differs "it is not seen when there is $fault" "Repair manual.sh"
	fi
}

build-aux/manual.sh "$work/manual" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
broken "$work/manual" >"$work/found"
sed '$d' "$work/found" >"$work/wrong"
if [ -s "$work/wrong" ]; then
	cat "$work/wrong" >&2
	differs "the pages have broken links" "Repair the document, or build-aux/manual.awk"
fi
finds "a link to a page that is not there" sed -i 's/href="shm\.3\.html"/href="shm.html"/' index.html
finds "a section that is gone" sed -i 's/ id="two-commands"//' README.html
finds "a picture that is gone" sed -i 's/src="bench\.svg"/src="bench.png"/' README.html
finds "a page that nothing leads to" cp README.html stray.html
count=$(tail -n 1 "$work/found")
[ "$count" -gt 200 ] || differs "only $count links were found" "Repair manual.sh"
checked=$((checked + count))
total "links of the manual"
