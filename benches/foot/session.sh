#!/bin/sh
# Loads in one compositor, with one foot after the other: session.sh COMPOSITOR WIDTHxHEIGHT FOLDER STOCK RELINKED LOAD
# FRAMES RUNS PHASE... The figures come into FOLDER/stock and FOLDER/relinked. For bench.sh.
#
# weston runs in a window of sway: without a display of its own it has no seat, which foot wants.
set -eu
compositor=$1 size=$2 folder=$3 stock=$4 relinked=$5 load=$6 frames=$7 runs=$8
shift 8
width=${size%x*} height=${size#*x}

HOME=$folder
XDG_RUNTIME_DIR=$folder/run
LC_ALL=C.UTF-8
WLR_BACKENDS=headless
WLR_RENDERER=pixman
WLR_LIBINPUT_NO_DEVICES=1
export HOME XDG_RUNTIME_DIR LC_ALL WLR_BACKENDS WLR_RENDERER WLR_LIBINPUT_NO_DEVICES
unset WAYLAND_DISPLAY DISPLAY SWAYSOCK
mkdir -m 700 "$XDG_RUNTIME_DIR"
started=

stop() {
	for process in $started; do
		kill "$process" 2>/dev/null || true
	done
	wait
}
trap stop EXIT

fail() {
	echo "bench-foot: in $compositor: $*" >&2
	tail -n 5 "$folder"/*.log >&2
	exit 1
}

# wait_for DISPLAY
wait_for() {
	tries=0
	until [ -S "$XDG_RUNTIME_DIR/$1" ]; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || fail "$1 did not come"
		sleep 0.05
	done
}

cat >"$folder/sway.conf" <<-END
	output * resolution $((width + 100))x$((height + 100))
	default_border none
	default_floating_border none
	for_window [app_id=".*"] floating enable, border none, resize set $width $height, move absolute position 0 0
	for_window [title="Weston.*"] floating enable, border none, move absolute position 0 0
	xwayland disable
END
sway -c "$folder/sway.conf" >"$folder/sway.log" 2>&1 &
started=$!
wait_for wayland-1
WAYLAND_DISPLAY=wayland-1
export WAYLAND_DISPLAY
if [ "$compositor" != sway ]; then
	renderer=
	[ "$compositor" != weston-pixman ] || renderer=--use-pixman
	printf '[core]\nidle-time=0\n[shell]\npanel-position=none\nanimation=none\nstartup-animation=none\n' >"$folder/weston.ini"
	# shellcheck disable=SC2086 # none is no argument
	weston --backend=wayland-backend.so --width="$width" --height="$height" --socket=weston-1 \
		--config="$folder/weston.ini" $renderer >"$folder/weston.log" 2>&1 &
	started="$! $started"
	wait_for weston-1
	sleep 1
	WAYLAND_DISPLAY=weston-1
fi

for phase; do
	run=0
	while [ $run -lt "$runs" ]; do
		for kind in stock relinked; do
			foot=$stock
			[ $kind = stock ] || foot=$relinked
			timeout 120 "$foot" --config=/dev/null --override=cursor.blink=no --window-size-pixels="$size" \
				"$load" "$phase" "$frames" "$folder/$kind" >"$folder/foot.log" 2>&1 || fail "$kind foot ended early"
		done
		run=$((run + 1))
	done
done
