#!/bin/sh
# Loads in one compositor, with one foot after the other: session.sh COMPOSITOR WIDTHxHEIGHT FOLDER PROGRAMS FRAMES RUNS
# PHASE... PROGRAMS is a folder with what prepare.sh puts there. The figures come into FOLDER/stock and FOLDER/relinked.
set -eu
compositor=$1 size=$2 folder=$3 programs=$4 frames=$5 runs=$6
shift 6
# shellcheck source=checks/real/compositor.sh
. "$programs/compositor.sh"
width=${size%x*} height=${size#*x}

cat >"$folder/sway.conf" <<-END
	output * resolution $((width + 100))x$((height + 100))
	default_border none
	default_floating_border none
	for_window [app_id=".*"] floating enable, border none, resize set $width $height, move absolute position 0 0
	for_window [title="Weston.*"] floating enable, border none, move absolute position 0 0
	xwayland disable
END
start_compositor "$width" "$height"

for phase; do
	run=0
	while [ $run -lt "$runs" ]; do
		for kind in stock relinked; do
			timeout 120 "$programs/$kind" --config=/dev/null --override=cursor.blink=no --window-size-pixels="$size" \
				"$programs/load" "$phase" "$frames" "$folder/$kind" >"$folder/foot.log" 2>&1 ||
				fail "$kind foot ended early"
		done
		run=$((run + 1))
	done
done
