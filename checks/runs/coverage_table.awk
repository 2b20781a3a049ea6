# The table of the document, from what coverage.awk prints: a row for each room, below it one for each file that is not
# reached as a whole, and all.
BEGIN { FS = "\t" }

function row(name, lines, reached_lines, functions, reached_functions, branches, reached_branches) {
	printf "| %s | %.1f %% | %d | %d | %d | ", name, 100 * reached_lines / lines, lines, lines - reached_lines,
		functions - reached_functions
	if (branches > 0)
		printf "%.1f %% | %d |\n", 100 * reached_branches / branches, branches - reached_branches
	else
		print "| 0 |"
}
{
	room = $1
	sub(/^src\//, "", room)
	if (!sub(/\/[^\/]*$/, "", room))
		room = "src"
	if (!(room in lines))
		rooms[++room_count] = room
	lines[room] += $2
	reached_lines[room] += $3
	functions[room] += $4
	reached_functions[room] += $5
	branches[room] += $6
	reached_branches[room] += $7
	all_branches += $6
	all_reached_branches += $7
	all_lines += $2
	all_reached_lines += $3
	all_functions += $4
	all_reached_functions += $5
	if ($3 < $2)
		files[room] = files[room] $0 "\n"
}
END {
	print "| room, and its files that are not reached as a whole | lines reached | lines | not reached | functions not reached | branches reached | not reached |"
	print "|---|---|---|---|---|---|---|"
	for (number = 1; number <= room_count; number++) {
		room = rooms[number]
		row("**" room "**", lines[room], reached_lines[room], functions[room], reached_functions[room],
			branches[room], reached_branches[room])
		count = split(files[room], of_room, "\n")
		for (file = 1; file < count; file++) {
			split(of_room[file], parts, "\t")
			name = parts[1]
			sub(/.*\//, "", name)
			row("`" name "`", parts[2], parts[3], parts[4], parts[5], parts[6], parts[7])
		}
	}
	row("**all**", all_lines, all_reached_lines, all_functions, all_reached_functions, all_branches, all_reached_branches)
}
