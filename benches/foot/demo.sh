#!/bin/sh
# The system's foot without and with millpond, side by side: demo.sh VERSION, for `make demo-foot`.
#
# In a Wayland session both open a window, scroll, and stay; elsewhere both scroll in sway without a screen. Then comes
# what each has taken. They are built as checks/real/foot.sh does it, if that was not done before.
set -eu
cd "$(dirname "$0")/../.."
version=${1:-1.13.1}
frames=300 phase=three-lines size=1920x1080
work=$(mktemp -d)
windows=

end() {
	# shellcheck disable=SC2086 # numbers of processes
	[ -z "$windows" ] || kill $windows 2>/dev/null || true
	rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM
. benches/foot/prepare.sh

build() {
	if ! has_programs "$version"; then
		echo "foot $version is built twice first, from the system's source package: as it is, and with millpond"
		COMPOSITORS='' checks/real/foot.sh "$version"
	elif [ -f build/real/millpond/build.ninja ]; then
		# What was changed here since then.
		meson install -C build/real/millpond >"$work/install.log" 2>&1 || { cat "$work/install.log" >&2; exit 1; }
	fi
	if ! has_programs "$version"; then
		echo "demo-foot: foot $version cannot be built here, for the reason above. \`make demo\` needs nothing of it." >&2
		exit 1
	fi
}

# open_window KIND TITLE: it stays when the load has ended
open_window() {
	LD_LIBRARY_PATH=$work "$work/$1" --hold --config=/dev/null --override=cursor.blink=no --title="$2" \
		--window-size-chars=80x40 "$work/load" $phase $frames "$work/here/$1" 2>"$work/$1.log" &
}

# in_windows: in the session that there is
in_windows() {
	mkdir "$work/here"
	open_window stock "foot $version as it is"
	stock=$!
	open_window relinked "foot $version with millpond"
	relinked=$!
	windows="$stock $relinked"
	echo "Two windows scroll by three lines a frame now: foot as it is, and with millpond."
	until [ -s "$work/here/stock" ] && [ -s "$work/here/relinked" ]; do
		for each in stock relinked; do
			[ -s "$work/here/$each" ] || kill -0 "$(eval echo \$$each)" 2>/dev/null || {
				cat "$work/$each.log" >&2
				echo "demo-foot: the window of the foot that is $each went before its load had ended" >&2
				exit 1
			}
		done
		sleep 0.2
	done
	where="in this session"
	results=$work/here
}

in_no_window() {
	in_session sway $size $frames 1 $phase
	where="in sway, $size"
}

# figures: three lines of what each has taken
figures() {
	medians "$results/stock" "$phase" >"$work/one"
	medians "$results/relinked" "$phase" >"$work/other"
	echo
	printf '%-44s %17s %17s\n' "foot $version $where: three lines a frame" "as it is" "with millpond"
	paste -d ' ' "$work/one" "$work/other" | awk '{
		printf "%-44s %14.0f us %14.0f us\n", "CPU time of a frame", $2, $8
		printf "%-44s %17.1f %17.1f\n", "page faults of a frame", $3, $9
		printf "%-44s %5.0f of %4.0f MiB %5.0f of %4.0f MiB\n", "memory in use, of address space", $4 / 1024, $5 / 1024,
			$10 / 1024, $11 / 1024
	}'
}

build
prepare "$version"
if [ -n "${WAYLAND_DISPLAY:-}" ]; then
	in_windows
	figures
	echo
	echo "Close both windows to end."
	wait $stock $relinked || true
else
	in_no_window
	figures
fi
