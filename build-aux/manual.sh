#!/bin/sh
# Makes pages of all documents: manual.sh FOLDER. The one to begin with is FOLDER/index.html, from docs/README.md.
#
# mandoc makes those of the manual pages, cmark-gfm those of the others. All of them lie in one folder, beside the pictures.
set -eu
output=$1
cd "$(dirname "$0")/.."
sources=$PWD
mkdir -p "$output"
output=$(cd "$output" && pwd)
if [ ! -f "$output/manual.css" ] && [ -n "$(ls -A "$output")" ]; then
	echo "manual.sh: $1 has other files in it" >&2
	exit 1
fi
rm -f "$output"/*
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)

# page_of DOCUMENT: the name of its page
page_of() {
	case $1 in
	docs/README.md) echo index.html ;;
	*.md) echo "$(basename "$1" .md).html" ;;
	man/*) echo "$(basename "$1").html" ;;
	*) basename "$1" ;;
	esac
}

# page NAME TITLE: what is read is its body
page() {
	{
		cat <<-END
			<!DOCTYPE html>
			<html lang="en">
			<head>
			<meta charset="utf-8">
			<meta name="viewport" content="width=device-width, initial-scale=1">
			<title>$2 - millpond $version</title>
			<link rel="stylesheet" href="manual.css">
			</head>
			<body>
			<header><a href="index.html">millpond $version</a></header>
			<main>
		END
		cat
		echo '</main></body></html>'
	} >"$output/$1"
}

for document in *.md docs/* man/*; do
	echo "$document $(page_of "$document")"
done >"$work/pages"
cp build-aux/manual.css docs/*.svg "$output"

# mandoc looks whether a manual is here; others are those of Debian.
for document in man/*; do
	touch "$output/$(page_of "$document")"
done
for document in man/*; do
	(cd "$output" && mandoc -T html -O 'fragment,toc,man=%N.%S.html;https://manpages.debian.org/%N.%S' \
		"$sources/$document") >"$work/body"
	name=$(basename "$document")
	page "$(page_of "$document")" "${name%.*}(${name##*.})" <"$work/body"
done
for document in *.md docs/*.md; do
	folder=$(dirname "$document")/
	# Marks for what writes a part of a document are no text.
	grep -v "^<!-- .* -->$" "$document" | cmark-gfm --extension table --extension autolink >"$work/html"
	awk -v folder="${folder#./}" -v pages="$work/pages" -f build-aux/manual.awk "$work/html" >"$work/body"
	page "$(page_of "$document")" "$(sed -n 's/^# //p' "$document" | head -n 1)" <"$work/body"
done
echo "$(find "$output" -name '*.html' | wc -l) pages are in $1; begin with $1/index.html"
