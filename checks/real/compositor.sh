# shellcheck shell=sh
# A compositor without a screen: sway, or weston in a window of sway, because without a display of its own weston has no
# seat, which foot wants. Read with `.` by a script that has set $compositor, of sway, weston-pixman and weston-gl, and
# $folder, where everything stays: sway.conf is there already, and what the programs say comes into NAME.log.
limit_s=60

# shellcheck disable=SC2154 # set by the reader
HOME=$folder
XDG_RUNTIME_DIR=$folder/run
XDG_CONFIG_HOME=$folder
XDG_CACHE_HOME=${XDG_CACHE_HOME:-$folder/cache}
LC_ALL=C.UTF-8
WLR_BACKENDS=headless
WLR_RENDERER=pixman
WLR_LIBINPUT_NO_DEVICES=1
export HOME XDG_RUNTIME_DIR XDG_CONFIG_HOME XDG_CACHE_HOME LC_ALL WLR_BACKENDS WLR_RENDERER WLR_LIBINPUT_NO_DEVICES
unset WAYLAND_DISPLAY DISPLAY SWAYSOCK
mkdir -m 700 "$XDG_RUNTIME_DIR"
started=

stop() {
	# The last one first.
	for process in $started; do
		kill "$process" 2>/dev/null || true
	done
	wait
}
trap stop EXIT

fail() {
	# shellcheck disable=SC2154
	echo "in $compositor: $*" >&2
	tail -n 5 "$folder"/*.log >&2
	exit 1
}

# patiently WHAT COMMAND...: until it is true
patiently() {
	what=$1
	shift
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt $((limit_s * 20)) ] || fail "$what did not come"
		sleep 0.05
	done
}

# in_background LOG COMMAND...
in_background() {
	output=$folder/$1.log
	shift
	"$@" >>"$output" 2>&1 &
	started="$! $started"
}

# outer COMMAND...: with the display of sway
outer() {
	WAYLAND_DISPLAY=wayland-1 "$@"
}

# The colour of weston's background is @AB in ASCII, so that grep finds it.
background_is_there() {
	outer grim -t ppm "$folder/again.ppm"
	grep -qaF '@AB@AB@AB@AB@AB@AB' "$folder/again.ppm"
}

# start_weston WIDTH HEIGHT OPTION...
start_weston() {
	width=$1 height=$2
	shift 2
	printf '[core]\nidle-time=0\n[shell]\npanel-position=none\nanimation=none\nstartup-animation=none\nbackground-color=0xff404142\n' \
		>"$folder/weston.ini"
	display=weston-1
	in_background weston env WAYLAND_DISPLAY=wayland-1 weston --backend=wayland-backend.so \
		--width="$width" --height="$height" --socket=$display --config="$folder/weston.ini" "$@"
	patiently "weston's display" test -S "$XDG_RUNTIME_DIR/$display"
	patiently "weston's background" background_is_there
}

# start_compositor WIDTH HEIGHT: the size is weston's; sway's stands in sway.conf
start_compositor() {
	in_background sway sway -c "$folder/sway.conf"
	display=wayland-1
	patiently "sway's display" test -S "$XDG_RUNTIME_DIR/$display"
	case $compositor in
	weston-pixman) start_weston "$1" "$2" --use-pixman ;;
	weston-gl) start_weston "$1" "$2" ;;
	esac
	WAYLAND_DISPLAY=$display
	export WAYLAND_DISPLAY
}
