#!/bin/sh
# millpond as a meson subproject, as README.md shows it: with the meson that is installed and with the newest one, static,
# shared and both, from a folder and fetched by the wrap; built again when it must be, and only then.
set -eu
. "$(dirname "$0")/common.sh"
cache=${PACKAGING_CACHE:-$project/build/packaging}

# The newest meson, in an environment of its own that is kept for the next time.
newest_meson() {
	if [ ! -x "$cache/meson/bin/meson" ]; then
		mkdir -p "$cache"
		rm -rf "$cache/meson"
		python3 -m venv "$cache/meson" && "$cache/meson/bin/pip" install --quiet --upgrade meson
	fi
}

# builds MESON FOLDER LIBRARY: sets the example up, where cargo is asked for its version only, builds it, and does nothing twice
builds() {
	(
		cd "$2"
		PATH=$work/no-cargo:$PATH
		touch "$work/no-cargo/setting-up"
		quietly "$1" setup "build-$3" -Ddefault_library="$3"
	)
	rm "$work/no-cargo/setting-up"
	quietly ninja -C "$2/build-$3"
	same "a second build" "ninja: no work to do." "$(ninja -C "$2/build-$3" | tail -n 1)"
	runs "$2/build-$3"
}

runs() {
	same "the example" "$uses_pool" "$("$1/example")"
	same "the example with buffers" "no buffer without a compositor" "$("$1/buffers_user" 2>/dev/null)"
}

# links_as FOLDER static|shared|both
links_as() {
	case $2 in
	static) expected="" ;;
	*) expected=libmillpond.so.0 ;;
	esac
	same "how the program is linked, $2" "$expected" \
		"$(needed "$1/build-$2/example" | tr ' ' '\n' | grep millpond || true)"
}

# rebuilds FOLDER LIBRARY: a change of a Rust file reaches the program, and is the last thing that is built
rebuilds() {
	source=$1/subprojects/millpond/src/c_api/foot_1_4/requests.rs
	cp "$source" "$work/requests.rs"
	sed 's/shm_get_buffer: shm is NULL/shm_get_buffer: a changed line/' "$work/requests.rs" >"$source"
	quietly ninja -C "$1/build-$2"
	same "the text after a change, $2" "millpond: error: shm_get_buffer: a changed line" \
		"$("$1/build-$2/buffers_user" 2>&1 >/dev/null)"
	same "a second build after a change, $2" "ninja: no work to do." "$(ninja -C "$1/build-$2" | tail -n 1)"
	cp "$work/requests.rs" "$source"
}

mkdir "$work/no-cargo"
cat >"$work/no-cargo/cargo" <<END
#!/bin/sh
if [ "\$*" != --version ] && [ -e "$work/no-cargo/setting-up" ]; then
	echo "cargo ran while the project was set up" >&2
	exit 1
fi
exec "$(command -v cargo)" "\$@"
END
chmod +x "$work/no-cargo/cargo"
copy_project "$work/millpond"

# A folder of sources. With spaces in its name, which ninja's files must survive.
folder="$work/a folder"
example "$folder"
cp -r "$work/millpond" "$folder/subprojects/millpond"
for library in static shared both; do
	builds meson "$folder" $library
	links_as "$folder" $library
done
for library in static shared; do
	rebuilds "$folder" $library
done

# Fetched by the wrap, which names a repository; then the name is enough.
commit_all "$work/millpond"
git -C "$work/millpond" tag "v$version"
wrapped=$work/wrapped
example "$wrapped"
block "### In a meson project" ini | sed "s|ADDRESS-OF-MILLPOND|file://$work/millpond|" \
	>"$wrapped/subprojects/millpond.wrap"
sed -i "s/('millpond', fallback: .*)/('millpond')/" "$wrapped/meson.build"
grep -q "dependency('millpond')" "$wrapped/meson.build" || fail "README.md's dependency() has another form"
if newest_meson >"$work/newest" 2>&1; then
	newest=$cache/meson/bin/meson
	for library in static shared both; do
		builds "$newest" "$wrapped" $library
		links_as "$wrapped" $library
	done
	used="meson $(meson --version) and $("$newest" --version)"
else
	tail -n 1 "$work/newest"
	skipped=$((skipped + 3))
	builds meson "$wrapped" shared
	used="meson $(meson --version); the newest one could not be had"
fi
finish "facts with $used"
