#!/bin/sh
# One terminal in one compositor, from its start to its end: session.sh COMPOSITOR PROGRAMS FOLDER, of sway,
# weston-pixman and weston-gl. PROGRAMS is a folder with foot and footclient. What is seen goes into FOLDER/shots, what
# the programs say into FOLDER/foot.log.
set -eu
compositor=$1
programs=$2
folder=$3
here=$(cd "$(dirname "$0")" && pwd)
count=0
mkdir -p "$folder/shots"
. "$here/compositor.sh"

sway_socket() {
	SWAYSOCK=$(find "$XDG_RUNTIME_DIR" -name 'sway-ipc*')
	[ -n "$SWAYSOCK" ]
}

write_sway_conf() {
	cat >"$folder/sway.conf" <<-END
		output * resolution 1100x800
		default_border none
		default_floating_border none
		focus_follows_mouse no
		for_window [app_id=".*"] floating enable, border none
		for_window [app_id="one"] resize set 800 600, move absolute position 20 20
		for_window [app_id="two"] resize set 500 300, move absolute position 20 20
		for_window [app_id="three"] resize set 400 350, move absolute position 540 40
		for_window [app_id="four"] resize set 600 300, move absolute position 200 400
		for_window [title="Weston.*"] move absolute position 0 0
		xwayland disable
	END
}

start() {
	write_sway_conf
	start_compositor 1000 720
	patiently "sway's socket" sway_socket
	export SWAYSOCK
	# A keyboard that is there from the beginning: what a window is told by one that has just come, it may not hear.
	[ "$compositor" != sway ] || in_background keyboard wtype -k Shift_L -s 600000
}

# shot NAME: the picture, when it stays the same
shot() {
	count=$((count + 1))
	file=$folder/shots/$(printf '%02d' $count)-$1.ppm
	outer grim -t ppm "$file"
	same=0
	tries=0
	while [ $same -lt 2 ]; do
		sleep 0.05
		outer grim -t ppm "$folder/again.ppm"
		if cmp -s "$file" "$folder/again.ppm"; then
			same=$((same + 1))
		else
			same=0
			mv "$folder/again.ppm" "$file"
		fi
		tries=$((tries + 1))
		[ $tries -lt 100 ] || fail "the picture $1 does not come to rest"
	done
}

# steps NAME: what a window's load is told through
steps() {
	mkfifo "$folder/$1.steps" "$folder/$1.done"
}

# step WINDOW STEP: done when the terminal has understood it
step() {
	# shellcheck disable=SC2016 # the inner shell's
	timeout $limit_s sh -c 'echo "$3" >"$1/$2.steps" && read -r _ <"$1/$2.done"' sh "$folder" "$1" "$2" ||
		fail "step $2 in window $1 did not end"
}

# load WINDOW STEP...: with a picture after each
load() {
	window=$1
	shift
	for each in "$@"; do
		step "$window" "$each"
		shot "$window-$each"
	done
}

changed() {
	outer grim -t ppm "$folder/again.ppm"
	! cmp -s "$file" "$folder/again.ppm"
}

# appears WINDOW: it is there, and has its size, before its load begins
appears() {
	patiently "window $1" changed
	shot "$1-empty"
}

key() {
	outer wtype -k "$1"
	patiently "what key $1 does" changed
	shot "key-$1"
}

resize() {
	swaymsg "[app_id=\"one\"] resize set $1 $2" >/dev/null
	step one resized
	shot "resized-$1x$2"
}

# what a single window does
one_window() {
	steps one
	in_background foot "$programs/foot" --config="$here/foot.ini" --window-size-pixels=800x600 --app-id=one \
		"$here/load.sh" "$folder" one
	window_process=${started%% *}
	appears one
	load one begin one_line three_lines half_screens much_text region reverse reverse_region insert_delete typing \
		other_screen first_screen colours background sixel sixel_scrolled
	if [ "$compositor" = sway ]; then
		for size in 640x420 900x700 333x217 800x600; do
			resize ${size%x*} ${size#*x}
		done
		load one one_line links
		# URL mode, and out of it; a page back; the search box.
		for key in F9 Escape F7 F6; do
			key $key
		done
	fi
	step one close
	wait "$window_process" || fail "foot ended with status $?"
	shot one-closed
}

# client WINDOW SIZE
client() {
	steps "$1"
	in_background foot "$programs/footclient" --server-socket="$folder/run/server" --window-size-pixels="$2" \
		--app-id="$1" "$here/load.sh" "$folder" "$1"
	appears "$1"
	load "$1" begin
}

# windows of one server that come, scroll at the same time, and go
several_windows() {
	in_background foot "$programs/foot" --config="$here/foot.ini" --server="$folder/run/server"
	server_process=${started%% *}
	patiently "foot's server" test -S "$folder/run/server"
	client two 500x300
	client three 400x350
	client four 600x300
	for window in two three four; do
		step $window one_line &
		eval "${window}_step=\$!"
	done
	# shellcheck disable=SC2154 # set by eval
	wait "$two_step" && wait "$three_step" && wait "$four_step"
	shot several-scrolled
	load three reverse
	for window in three two four; do
		step $window close
		shot $window-closed
	done
	kill "$server_process"
	wait "$server_process" || fail "foot's server ended with status $?"
}

start
shot nothing
one_window
several_windows
