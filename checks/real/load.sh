#!/bin/sh
# What runs in the terminal: load.sh FOLDER NAME. It does the steps that it reads from FOLDER/NAME.steps, and answers
# each in FOLDER/NAME.done when the terminal has understood all of it. The same bytes each time.
set -eu
folder=$1
name=$2
letters=abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ
size=$(stty size)
stty raw -echo

# The terminal answers when it has come to the question.
settle() {
	printf '\033[5n'
	dd bs=1 count=4 >/dev/null 2>&1
}

# frame: what is drawn before and after it is in different frames
frame() {
	settle
	sleep 0.02
}

# text NUMBER: a line in some colour, of some length
text() {
	printf "\033[%dm%05d %.$(($1 * 7 % 50))s\033[0m" $((31 + $1 % 7)) "$1" "$letters"
}

lines() {
	i=$1
	while [ "$i" -lt "$2" ]; do
		printf '\r\n'
		text "$i"
		i=$((i + 1))
		[ $((i % $3)) -ne 0 ] || frame
	done
}

step_begin() {
	size=$(stty size)
	printf '\033[?25l\033[2J\033[H'
	lines 0 60 60
}

step_one_line() { lines 100 200 1; }

step_three_lines() { lines 200 380 3; }

step_half_screens() { lines 400 640 16; }

step_much_text() { lines 1000 3000 5000; }

# The rows above and below stay.
step_region() {
	printf '\033[5;20r\033[20;1H'
	lines 3000 3080 1
	printf '\033[r'
}

step_reverse() {
	i=4000
	while [ $i -lt 4060 ]; do
		printf '\033[H\033M'
		text $i
		i=$((i + 1))
		frame
	done
}

step_reverse_region() {
	printf '\033[6;18r'
	i=4100
	while [ $i -lt 4140 ]; do
		printf '\033[6H\033[2T'
		text $i
		i=$((i + 1))
		frame
	done
	printf '\033[r'
}

# Lines and characters come and go.
step_insert_delete() {
	i=0
	while [ $i -lt 30 ]; do
		printf '\033[%dH\033[2L' $((3 + i % 5))
		text $((5000 + i))
		printf '\033[%dH\033[1M\033[3@\033[%dP' $((9 + i % 4)) $((1 + i % 3))
		i=$((i + 1))
		frame
	done
}

step_typing() {
	printf '\033[10;1H\033[K'
	i=0
	while [ $i -lt 40 ]; do
		printf '\033[%dm%c' $((31 + i % 7)) x
		i=$((i + 1))
		frame
	done
}

step_other_screen() {
	printf '\033[?1049h\033[44m\033[2J'
	lines 6000 6100 2
}

step_first_screen() { printf '\033[0m\033[?1049l'; }

step_colours() {
	printf '\033[H'
	i=0
	while [ $i -lt 256 ]; do
		printf '\033[48;5;%dm  ' $i
		[ $(((i + 1) % 32)) -ne 0 ] || printf '\033[0m\r\n'
		i=$((i + 1))
	done
	i=0
	while [ $i -lt 64 ]; do
		printf '\033[48;2;%d;%d;%dm ' $((i * 4)) $((255 - i * 4)) $((i * i % 256))
		i=$((i + 1))
	done
	printf '\033[0m\r\n\033[1mbold\033[0m \033[3mslanted\033[0m \033[4munder\033[0m \033[9mthrough\033[0m \033[7mreverse\033[0m'
}

# Another background, for the margins as well.
step_background() {
	printf '\033]11;#103020\033\134'
	lines 6200 6210 1
}

step_sixel() {
	printf '\033[H\033[2J\033Pq#0;2;90;10;10#1;2;10;80;20#2;2;20;30;95'
	i=0
	while [ $i -lt 20 ]; do
		printf '#0!%d~#1!%dN#2!%d^$-' $((20 + i * 4)) $((100 - i * 4)) 60
		i=$((i + 1))
	done
	printf '\033\134'
	lines 6300 6304 1
}

# The picture scrolls with the text.
step_sixel_scrolled() {
	printf '\033[999H'
	lines 6310 6318 1
}

step_links() {
	printf '\033[H\033[2J'
	i=0
	while [ $i -lt 60 ]; do
		printf 'https://example.org/%02d ' $i
		[ $(((i + 1) % 3)) -ne 0 ] || printf '\r\n'
		i=$((i + 1))
	done
}

# The window has another size than before.
step_resized() {
	tries=0
	while [ "$(stty size)" = "$size" ] && [ $tries -lt 100 ]; do
		sleep 0.05
		tries=$((tries + 1))
	done
	size=$(stty size)
	printf '\033[999H\r\n%s' "$size"
	lines 7000 7010 1
}

step=
while [ "$step" != close ] && read -r step <"$folder/$name.steps"; do
	[ "$step" = close ] || "step_$step"
	settle
	echo "$step" >"$folder/$name.done"
done
