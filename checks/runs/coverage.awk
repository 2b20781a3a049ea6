# From what llvm-cov exports: PATH, LINES, REACHED LINES, FUNCTIONS, REACHED FUNCTIONS, with tabs between them. Of each
# file what stands before its tests; files with nothing but tests are left out. First come the lines where tests begin, as
# grep says them.
BEGIN { FS = ":"; OFS = "\t" }

FILENAME ~ /tests$/ {
	# What is behind is a mod, or the whole file is for tests.
	if (!($1 in begins))
		begins[$1] = $2
	next
}
/^SF:/ {
	path = substr($0, 4)
	sub(root, "", path)
	end = path in begins ? begins[path] : 1e9
	is_left_out = path ~ /_tests\.rs$/ || path ~ /another_face\.rs$/
	split("", lines)
	split("", functions)
	next
}
/^FN:/ {
	split($2, parts, ",")
	of_name[substr($2, length(parts[1]) + 2)] = parts[1]
	if (!(parts[1] in functions))
		functions[parts[1]] = 0
	next
}
/^FNDA:/ {
	split($2, parts, ",")
	place = of_name[substr($2, length(parts[1]) + 2)]
	functions[place] += parts[1]
	next
}
/^DA:/ {
	split($2, parts, ",")
	lines[parts[1]] += parts[2]
	next
}
/^end_of_record/ && !is_left_out {
	line_count = reached_lines = function_count = reached_functions = 0
	for (line in lines)
		if (line + 0 < end) {
			line_count++
			reached_lines += lines[line] > 0
			if (lines[line] == 0)
				print path ":" line > "/dev/stderr"
		}
	for (line in functions)
		if (line + 0 < end) {
			function_count++
			reached_functions += functions[line] > 0
		}
	if (line_count > 0)
		print path, line_count, reached_lines, function_count, reached_functions
}
