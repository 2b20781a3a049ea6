# The body of a page, from what cmark-gfm makes of a document. It gives headings the names that sites which show Markdown
# give them, puts a list of contents below the first one, and turns links to documents into links to their pages.
#
# folder: of the document, "" or ending in a slash. pages: a file with lines "DOCUMENT PAGE".

function without_markup(text) {
	gsub(/<[^>]*>/, "", text)
	gsub(/&[a-z]*;/, "", text)
	return text
}

function name_of(text,    name) {
	name = tolower(without_markup(text))
	gsub(/[^a-z0-9_ -]/, "", name)
	gsub(/ /, "-", name)
	return names[name]++ ? name "-" (names[name] - 1) : name
}

# The page for what a link names, as seen from the document; what is not of this folder stays.
function target_of(link,    path, anchor) {
	if (link ~ /^[a-z]+:/ || link ~ /^#/)
		return link
	anchor = link
	if (!sub(/^[^#]*#/, "#", anchor))
		anchor = ""
	path = link
	sub(/#.*/, "", path)
	path = folder path
	while (sub(/[^\/]*\/\.\.\//, "", path))
		;
	if (!(path in page)) {
		print "manual: a link leads to " path ", of which there is no page" >"/dev/stderr"
		failed = 1
	}
	return page[path] anchor
}

function with_targets(line,    done) {
	while (match(line, / (href|src)="[^"]*"/)) {
		quote = index(substr(line, RSTART), "\"")
		done = done substr(line, 1, RSTART + quote - 1) \
			target_of(substr(line, RSTART + quote, RLENGTH - quote - 1)) "\""
		line = substr(line, RSTART + RLENGTH)
	}
	return done line
}

# `docs/parity.md` and `pool(3)` lead there too, unless they stand in a link already.
function with_named_pages(line,    done, before, code, text) {
	while (match(line, /<code>[^<]*<\/code>/)) {
		before = substr(line, 1, RSTART - 1)
		code = substr(line, RSTART, RLENGTH)
		text = without_markup(code)
		done = done before
		if (text in page && before !~ /<a [^>]*>$/)
			code = "<a href=\"" page[text] "\">" code "</a>"
		done = done code
		line = substr(line, RSTART + RLENGTH)
	}
	return done line
}

BEGIN {
	while ((getline line <pages) > 0) {
		split(line, field, " ")
		page[field[1]] = field[2]
		if (field[1] ~ /^man\//) {
			text = field[1]
			sub(/^man\//, "", text)
			sub(/\.[0-9]$/, "(&)", text)
			sub(/\(\./, "(", text)
			page[text] = field[2]
		}
	}
}
/raw HTML omitted/ {
	print "manual: there is HTML in the text, which no page has: " $0 >"/dev/stderr"
	failed = 1
}
/^<h[1-6]>.*<\/h[1-6]>$/ {
	text = substr($0, 5, length($0) - 9)
	name = name_of(text)
	if ($0 ~ /^<h2>/ || ($0 ~ /^<h1>/ && lines > 0)) {
		contents = contents "<li" ($0 ~ /^<h1>/ ? " class=\"part\"" : "") "><a href=\"#" name "\">" without_links(text) "</a></li>\n"
		sections++
	}
	$0 = substr($0, 1, 3) " id=\"" name "\">" text substr($0, length($0) - 4)
}
function without_links(text) {
	gsub(/<\/?a[^>]*>/, "", text)
	return text
}
{ body[++lines] = with_named_pages(with_targets($0)) }
END {
	for (i = 1; i <= lines; i++) {
		print body[i]
		if (i == 1 && sections >= 5)
			printf "<nav class=\"contents\">\n<ul>\n%s</ul>\n</nav>\n", contents
	}
	exit failed
}
