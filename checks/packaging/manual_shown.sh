#!/bin/sh
# The pages of `make manual` in a browser, as wide as a phone and as a desk's screen: nothing is wider than the screen,
# the style sheet and the pictures are there. Leaves a picture of the first page in build/manual-phone.png.
set -eu
. "$(dirname "$0")/common.sh"

for browser in chromium chromium-browser google-chrome none; do
	! command -v $browser >/dev/null 2>&1 || break
done
if [ "$browser" = none ]; then
	echo "skipped: there is no chromium, which shows the pages of the manual"
	exit 0
fi

# show ARGUMENT...: the browser, with nothing of the user's, and able to run as root, since it shows our own pages only.
# What it complains of is shown if it fails.
show() {
	HOME=$work timeout 120 "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars \
		--user-data-dir="$work/profile" "$@" 2>"$work/complaints" || {
		cat "$work/complaints" >&2
		fail "$browser $*"
	}
}

# Each page measures itself, and tells the page that shows it. A page of another file may not look inside.
quietly "$project/build-aux/manual.sh" "$work/manual"
mkdir "$work/pages"
cp "$work/manual"/* "$work/pages"
cat >"$work/measure" <<'END'
<script>
onload = () => {
	const shown = document.documentElement;
	const images = [...document.images];
	const findings = [];
	if (shown.scrollWidth > shown.clientWidth)
		findings.push(`is ${shown.scrollWidth} wide`);
	if (getComputedStyle(document.body).maxWidth === "none")
		findings.push("has no style");
	for (const image of images)
		if (!image.naturalWidth)
			findings.push(`lacks ${image.getAttribute("src")}`);
	parent.postMessage({ findings, images: images.length }, "*");
};
</script>
END
for page in "$work/pages"/*.html; do
	cat "$work/measure" >>"$page"
done

# frames WIDTH FOLDER: a page with all pages of the folder in frames of that width. It says what each of them has said.
frames() {
	cat <<-'END'
		<!DOCTYPE html>
		<body>
		<pre id="said"></pre>
		<script>
		onmessage = ({ source, data }) => {
			const { title } = [...document.querySelectorAll("iframe")].find((frame) => frame.contentWindow === source);
			said.textContent += ["page", title, data.images, ...data.findings].join(" ") + "\n";
		};
		</script>
	END
	for page in "$2"/*.html; do
		name=$(basename "$page")
		echo "<iframe title=\"$name\" src=\"$2/$name\" width=\"$1\" height=\"800\" style=\"border: 0\"></iframe>"
	done
}

# said WIDTH FOLDER: the lines "page NAME IMAGES [FINDING...]"
said() {
	frames "$1" "$2" >"$work/frames.html"
	show --virtual-time-budget=20000 --dump-dom "file://$work/frames.html" | sed 's/.*<pre id="said">//' |
		sed -n 's/^\(page [^ ]*\.html .*\)$/\1/p' | sort
}

names=$(cd "$work/manual" && printf 'page %s\n' *.html | sort)
for width in 360 1280; do
	found=$(said $width "$work/pages")
	same "pages that are shown $width wide" "$names" "$(echo "$found" | cut -d' ' -f1,2)"
	same "what is wrong with them" "" "$(echo "$found" | cut -d' ' -f2,4- | sed -n '/ /p')"
	same "pictures in them" 3 "$(echo "$found" | awk '{ count += $3 } END { print count }')"
done

# What is wrong is seen.
mkdir "$work/faulty"
cp "$work/pages"/README.html "$work/pages"/manual.css "$work/faulty"
echo '<p style="width: 500px">wide</p>' >>"$work/faulty/README.html"
same "faults that are seen" "README.html is 1 wide lacks bench-terminal.svg lacks bench.svg" \
	"$(said 360 "$work/faulty" | cut -d' ' -f2,4- | sed 's/is [0-9]* wide/is 1 wide/')"

mkdir -p "$project/build"
show --window-size=500,900 --screenshot="$project/build/manual-phone.png" "file://$work/manual/index.html"
same "a picture of the first page" PNG "$(head -c 4 "$project/build/manual-phone.png" | tail -c 3)"
finish "facts about the manual in a browser"
