#!/bin/sh
# What a release tarball holds: tarball.sh [TARBALL]; without one, what one of the present files would hold.
set -eu
tarball=${1:+$(realpath "$1")}
cd "$(dirname "$0")/../.."
. checks/common.sh
LC_ALL=C
export LC_ALL

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
folder=millpond-$version
if [ -z "$tarball" ]; then
	if ! git rev-parse --git-dir >/dev/null 2>&1; then
		echo "skipped: no git repository, and no tarball was named"
		exit 0
	fi
	tarball=$work/$folder.tar
	git ls-files | tar -cf "$tarball" --transform "s|^|$folder/|S" -T -
fi
tar -tf "$tarball" | grep -v '/$' >"$work/paths"

if grep -v "^$folder/" "$work/paths" >"$work/outside"; then
	differs "not all lies below $folder/: $(head -n 1 "$work/outside")" "Give git archive --prefix=$folder/"
else
	right "all lies below $folder/"
fi
sed "s|^$folder/||" "$work/paths" | sort >"$work/inside"

for file in LICENSE README.md CHANGELOG.md Cargo.toml Cargo.lock meson.build include/pool.h include/shm.h include/millpond.h man/millpond.3 \
	include/chain/shm.h man/pool.3 man/shm.3 man/millpond-chain.3 include/launcher/shm.h man/millpond-launcher.3 build-aux/cargo.sh src/c_api/names.txt docs/licences.md; do
	if grep -qxF "$file" "$work/inside"; then
		right "it holds $file"
	else
		differs "it lacks $file" "Commit it, and make the tarball again"
	fi
done
if found=$(grep -E '^(build|target|tools/target|poolstat/target|\.git)/|\.(o|a|so|rlib|orig|rej|swp)$|~$' "$work/inside"); then
	differs "it holds what was built: $(echo "$found" | head -n 3 | tr '\n' ' ')" "Take it out of the repository"
else
	right "nothing that was built"
fi
if tar -tvf "$tarball" | grep '^l' | grep -E -- '-> (/|.*\.\./\.\./)' >"$work/links"; then
	differs "a link leads out of it: $(head -n 1 "$work/links")" "Put the file there"
else
	right "no link leads out of it"
fi
if git ls-files >"$work/tracked" 2>/dev/null && [ -s "$work/tracked" ]; then
	git check-attr --stdin export-ignore <"$work/tracked" | sed -n 's/: export-ignore: unspecified$//p' | sort |
		comm -23 - "$work/inside" >"$work/lacking"
	if [ -s "$work/lacking" ]; then
		differs "it lacks $(head -n 3 "$work/lacking" | tr '\n' ' ')" "Commit, and make the tarball again"
	else
		right "every file of the repository"
	fi
fi
total "things about $folder.tar"
