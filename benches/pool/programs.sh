#!/bin/sh
# What programs take with poolmalloc, a malloc over one pool, and with the C library's own: programs.sh [ROUNDS]
#
# CPU of lua5.4, python3 and sqlite3 for a job each, and of redis-server while redis-benchmark asks it; the two take turns,
# and the least of all rounds (default: 5) and the middle are printed: what other programs and machines do meanwhile only
# adds to it. A program that is not there is left out, with a line. The library and poolmalloc are those that meson has
# built into build/.
set -eu
cd "$(dirname "$0")/../.."
rounds=${1:-5}
folder=$PWD/build/ffi-examples/poolmalloc
# Preloaded by its name, as a path to preload may have no spaces in it.
preload=libpoolmalloc.so
[ -f "$folder/$preload" ] || { echo "programs.sh: $folder/$preload is not there: type \`make bench-programs\`" >&2; exit 1; }
LD_LIBRARY_PATH=$folder:$PWD/build
PYTHONMALLOC=malloc PYTHONHASHSEED=0
export LD_LIBRARY_PATH PYTHONMALLOC PYTHONHASHSEED
work=$(mktemp -d)
server=
trap 'rm -rf "$work"; [ -z "$server" ] || kill "$server"' EXIT

cat >"$work/job.lua" <<'END'
local function tree(depth)
	if depth == 0 then return { value = depth } end
	return { left = tree(depth - 1), right = tree(depth - 1), name = "n" .. depth }
end
local function count(node) return node.left and 1 + count(node.left) + count(node.right) or 1 end
local total, words = 0, {}
for round = 1, 60 do
	total = total + count(tree(14))
	for i = 1, 20000 do words[i % 5000] = ("word%d-%d"):format(i, round):rep(i % 7 + 1) end
end
print(total, #words)
END
cat >"$work/job.py" <<'END'
import json
table = []
for round in range(6):
    table = [{"id": i, "name": "name%d" % i * 3, "rest": list(range(i % 20))} for i in range(40000)]
    table = json.loads(json.dumps(table))
    table.sort(key=lambda row: row["name"])
print(sum(len(str(row)) for row in table))
END
cat >"$work/job.sql" <<'END'
create table t(id integer primary key, name text, value real);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 300000)
	insert into t select i, printf('name%d', i * 7919 % 300000), i * 0.25 from n;
create index by_name on t(name);
select substr(name, 1, 6) as g, count(*), length(group_concat(id)) from t group by g order by g;
update t set name = name || '-' || id where id % 3 = 0;
select count(*) from t a join t b on a.id = b.id + 1 where a.name like '%7%' and b.name glob '*3*';
END

# Some programs bring a malloc of their own, as Debian's redis does: the C library's comes first.
preload_of() {
	if [ "$1" = pool ]; then echo "$preload"; else echo libc.so.6; fi
}

# job KIND PROGRAM ARGUMENT...: milliseconds of CPU, kernel included
job() {
	kind=$1
	shift
	set -- env LD_PRELOAD="$(preload_of "$kind")" "$@"
	sh -c '"$@" >/dev/null; times' job "$@" |
		awk 'END { split($1, user, "[ms]"); split($2, kernel, "[ms]")
			printf "%.0f\n", 1000 * (60 * user[1] + user[2] + 60 * kernel[1] + kernel[2]) }'
}

# redis KIND: the same of the server
redis() {
	kind=$1 socket=$work/redis
	set -- redis-server --port 0 --unixsocket "$socket" --save '' --appendonly no --dir "$work"
	set -- env LD_PRELOAD="$(preload_of "$kind")" "$@"
	"$@" >/dev/null &
	server=$!
	until redis-cli -s "$socket" ping >/dev/null 2>&1; do sleep 0.1; done
	redis-benchmark -s "$socket" -q -n 200000 -r 100000 -d 100 -t set,get,lpush,lpop,sadd,hset >/dev/null
	awk -v ticks="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); printf "%.0f\n", 1000 * ($12 + $13) / ticks }' /proc/$server/stat
	redis-cli -s "$socket" shutdown nosave >/dev/null 2>&1 || true
	wait $server || true
	server=
}

# Of a file of figures, one a line: the least, and the middle.
least_and_middle() {
	sort -n "$1" | awk '{ n[NR] = $1 } END { print n[1], n[int((NR + 1) / 2)] }'
}

# measure NAME PACKAGE FUNCTION [ARGUMENT...]: FUNCTION KIND ARGUMENT... prints a figure
measure() {
	name=$1 package=$2 figure=$3
	shift 3
	if ! command -v "$name" >/dev/null; then
		echo "left out: $name, of Debian's package $package" >&2
		return
	fi
	rm -f "$work"/*.times
	round=0
	while [ $round -lt "$rounds" ]; do
		"$figure" own "$@" >>"$work/own.times"
		"$figure" pool "$@" >>"$work/pool.times"
		round=$((round + 1))
	done
	echo "$name $(least_and_middle "$work/own.times") $(least_and_middle "$work/pool.times")" |
		awk '{ printf "%-14s %6d ms %6d ms %6.2f    %6d ms %6d ms %6.2f\n", $1, $2, $4, $4 / $2, $3, $5, $5 / $3 }'
}

echo "CPU: with the C library's malloc, with poolmalloc, how many times as much; the least of $rounds rounds, then the middle"
measure lua5.4 lua5.4 job lua5.4 "$work/job.lua"
measure python3 python3 job python3 "$work/job.py"
measure sqlite3 sqlite3 job sqlite3 :memory: ".read $work/job.sql"
measure redis-server redis-server redis
