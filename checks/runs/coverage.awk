# From what llvm-cov exports and shows: PATH, LINES, REACHED LINES, FUNCTIONS, REACHED FUNCTIONS, BRANCHES, REACHED BRANCHES,
# with tabs between them. Of each file what stands before its tests; files with nothing but tests are left out. First come
# the lines where tests begin, as grep says them; then what is exported, then what is shown, which has the branches. The
# lines, and the branches, that nothing reaches go to stderr.
BEGIN { FS = ":"; OFS = "\t" }

FILENAME ~ /tests$/ {
	# What is behind is a mod, or the whole file is for tests.
	if (!($1 in begins))
		begins[$1] = $2
	next
}
function begin_file(name) {
	path = name
	sub(root, "", path)
	end = path in begins ? begins[path] : 1e9
	is_left_out = path ~ /_tests\.rs$/ || path ~ /another_face\.rs$/
}
/^SF:/ {
	begin_file(substr($0, 4))
	next
}
FILENAME ~ /branches$/ && /^\/.*\.rs:$/ {
	begin_file(substr($0, 1, length($0) - 1))
	next
}
is_left_out { next }
# Each instance of a function has a line of its own: `|  Branch (101:13): [True: 20.1k, False: 0]`.
FILENAME ~ /branches$/ {
	if (match($0, /\|  Branch \([0-9]+:[0-9]+\): \[True: /)) {
		place = substr($0, RSTART, RLENGTH)
		gsub(/[^0-9:]/, "", place)
		sub(/::*$/, "", place)
		outcomes = substr($0, RSTART + RLENGTH)
		if (place + 0 < end) {
			branches[path, place ":true"] += outcomes !~ /^0,/
			branches[path, place ":false"] += outcomes !~ /False: 0\]/
		}
	}
	next
}
/^FN:/ {
	split($2, parts, ",")
	of_name[substr($2, length(parts[1]) + 2)] = parts[1]
	if (parts[1] + 0 < end)
		functions[path, parts[1]] += 0
}
/^FNDA:/ {
	split($2, parts, ",")
	line = of_name[substr($2, length(parts[1]) + 2)]
	if (line + 0 < end)
		functions[path, line] += parts[1]
}
/^DA:/ {
	split($2, parts, ",")
	if (parts[1] + 0 < end)
		lines[path, parts[1]] += parts[2]
}
END {
	for (place in lines) {
		split(place, parts, SUBSEP)
		line_count[parts[1]]++
		reached_lines[parts[1]] += lines[place] > 0
		if (lines[place] == 0)
			print parts[1] ":" parts[2] >"/dev/stderr"
	}
	for (place in functions) {
		split(place, parts, SUBSEP)
		function_count[parts[1]]++
		reached_functions[parts[1]] += functions[place] > 0
	}
	for (place in branches) {
		split(place, parts, SUBSEP)
		branch_count[parts[1]]++
		reached_branches[parts[1]] += branches[place] > 0
		if (branches[place] == 0)
			print parts[1] ":" parts[2] >"/dev/stderr"
	}
	for (path in line_count)
		print path, line_count[path], reached_lines[path], function_count[path] + 0, reached_functions[path] + 0,
			branch_count[path] + 0, reached_branches[path] + 0
}
