#!/bin/sh
# Records the traces that benches/pool replays: record.sh FOLDER [NAME...]
#
# Each of cc1, python3, sqlite3, perl, git, lua5.4 and redis does a small job of a usual kind, once, with
# tools/trace/recorder.c before its malloc. The traces go into FOLDER as NAME.trace; what is there already is kept. A
# program that is not installed is left out, with a line that names its package. CC is the compiler (default: gcc).
set -eu

folder=$1
shift
[ $# -gt 0 ] || set -- cc1 python3 sqlite3 perl git lua5.4 redis
here=$(cd "$(dirname "$0")" && pwd)
CC=${CC:-gcc}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

"$CC" -std=gnu99 -O2 -fPIC -shared -fno-builtin -fvisibility=hidden -pthread "$here/recorder.c" -o librecorder.so
export LC_ALL=C TZ=UTC HOME="$work" GIT_CONFIG_NOSYSTEM=1 PYTHONHASHSEED=0 PERL_HASH_SEED=0 PYTHONDONTWRITEBYTECODE=1

# recorded NAME COMMAND...
recorded() {
	name=$1
	shift
	timeout 300 env MALLOC_TRACE_FILE="$work/$name.part" LD_PRELOAD="$work/librecorder.so" "$@" >/dev/null
	keep "$name"
}

keep() {
	name=$1
	mv "$name.part" "$folder/$name.trace"
	echo "$name: $(($(wc -c <"$folder/$name.trace") / 8)) events"
}

record_cc1() {
	awk 'BEGIN {
		print "struct list { struct list *next; double value; };\nextern double g(struct list *);"
		for (i = 0; i < 120; i++) {
			printf "static double f%d(struct list *l, const int *v, unsigned n)\n{\n\tdouble s = %d;\n", i, i
			printf "\tfor (; l; l = l->next)\n\t\tfor (unsigned k = 0; k < n; k++) {\n"
			printf "\t\t\tswitch ((v[k] + %d) %% 9) {\n", i
			for (j = 0; j < 7; j++) printf "\t\t\tcase %d: s += v[k] * l->value + %d; break;\n", j, i * j
			printf "\t\t\tdefault: s /= 1 + l->value * l->value;\n\t\t\t}\n\t\t}\n\treturn s + g(l);\n}\n\n"
		}
		print "double all(struct list *l, const int *v, unsigned n)\n{\n\tdouble s = 0;"
		for (i = 0; i < 120; i++) printf "\ts += f%d(l, v, n + %d);\n", i, i
		print "\treturn s;\n}"
	}' >job.c
	recorded cc1 "$("$CC" -print-prog-name=cc1)" -quiet -O2 job.c -o job.s
}

# Python's own allocator for small objects is switched off, so that all of them are seen.
record_python3() {
	cat >job.py <<-'END'
		import json, random, re

		random.seed(1)
		words = ["".join(random.choice("abcdefgh") for _ in range(random.randint(1, 9))) for _ in range(6000)]
		tree = {}
		for word in words:
		    node = tree
		    for letter in word:
		        node = node.setdefault(letter, {})
		for _ in range(3):
		    tree = json.loads(json.dumps(tree))
		pairs = sorted((len(match.group()), match.group()) for match in re.finditer(r"(ab|cd)+[e-h]*", " ".join(words)))
		table = [{"id": i, "name": words[i % 6000] * 3, "rest": list(range(i % 20))} for i in range(8000)]
		table.sort(key=lambda row: row["name"])
		print(len(pairs), sum(len(str(row)) for row in table))
	END
	PYTHONMALLOC=malloc recorded python3 "$(python3 -c 'import sys; print(sys.executable)')" job.py
}

record_sqlite3() {
	cat >job.sql <<-'END'
		create table t(id integer primary key, name text, value real);
		with recursive n(i) as (select 1 union all select i + 1 from n where i < 40000)
			insert into t select i, printf('name%d', i * 7919 % 40000), i * 0.25 from n;
		create index by_name on t(name);
		select substr(name, 1, 6) as g, count(*), group_concat(id) from t group by g order by g;
		update t set name = name || '-' || id where id % 3 = 0;
		select count(*) from t a join t b on a.id = b.id + 1 where a.name like '%7%' and b.name glob '*3*';
		select json_group_array(json_object('id', id, 'name', name)) from t where id % 7 = 0;
		delete from t where id % 2;
	END
	awk 'BEGIN { for (i = 0; i < 4000; i++)
		printf "insert into t(name, value) values(\"n%d\", %d); select max(id) from t where name = \"name%d\";\n", i, i, i
	}' >>job.sql
	recorded sqlite3 sqlite3 job.db ".read job.sql"
}

record_perl() {
	cat >job.pl <<-'END'
		my %words; my $state = 1;
		for my $i (1 .. 30000) {
			$state = ($state * 1103515245 + 12345) % 2147483648;
			my $word = join "", map { chr(97 + ($state >> $_) % 26) } 3 .. 3 + $state % 9;
			push @{$words{substr $word, 0, 2}{$word}}, $i;
		}
		my @lines;
		for my $start (sort keys %words) {
			my $text = join ",", map { "$_=" . join "+", @{$words{$start}{$_}} } sort keys %{$words{$start}};
			$text =~ s/(\w)\1/<$1>/g;
			push @lines, map { { name => $_, size => length, parts => [split /=/] } } split /,/, $text;
		}
		print scalar(grep { $_->{size} > 9 && @{$_->{parts}} } @lines), "\n";
	END
	recorded perl perl job.pl
}

record_git() {
	git init --quiet --initial-branch=main repository
	awk 'function put(name, text) {
		printf "M 100644 inline %s\ndata %d\n%s\n", name, length(text), text
	}
	BEGIN {
		for (round = 1; round <= 120; round++) {
			printf "commit refs/heads/main\ncommitter a <a@b> %d +0000\ndata 5\nround\n", 1000000000 + round
			for (part = 1; part <= 4; part++) {
				text = ""
				for (i = 0; i < 400; i++) text = text i " " i * part % 97 (i % 60 == round % 60 ? " x" round : "") "\n"
				put("folder" part "/numbers", text)
				put("folder" part "/file" round, round "\n")
			}
		}
	}' | git -C repository fast-import --quiet
	recorded git git -C repository --no-pager log -p --stat --patience
}

# Tables and strings that come and go, closures, and text that is put together: what Lua's collector has to do with.
record_lua5_4() {
	cat >job.lua <<-'END'
		local state = 1
		local function random(n)
			state = (state * 1103515245 + 12345) % 2147483648
			return state // 65536 % n + 1
		end
		local function tree(depth)
			if depth == 0 then return { value = random(1000) } end
			return { left = tree(depth - 1), right = tree(depth - 1), name = "n" .. depth }
		end
		local function sum(node)
			if not node.left then return node.value end
			return sum(node.left) + sum(node.right)
		end
		local kept, total = {}, 0
		for round = 1, 60 do
			total = total + sum(tree(10))
			local words = {}
			for i = 1, 400 do
				words[i] = ("word%d-%d"):format(round, random(5000)):rep(random(4))
			end
			table.sort(words)
			local text, counts = table.concat(words, ","), {}
			for word in text:gmatch("[^,]+") do counts[word] = (counts[word] or 0) + 1 end
			kept[random(20)] = { text = text:gsub("word", "w"), counts = counts, again = function() return #words end }
			for i = 1, 300 do
				local line = ""
				for j = 1, random(8) do line = line .. j * i .. ";" end
				total = total + #line
			end
		end
		for _, one in pairs(kept) do total = total + one.again() end
		print(total)
	END
	recorded lua5.4 lua5.4 job.lua
}

# The server is asked through a socket in the folder, by one client. Keys are random, so no two records are quite the same.
record_redis() {
	timeout 300 env MALLOC_TRACE_FILE="$work/redis.part" LD_PRELOAD="$work/librecorder.so" redis-server --port 0 \
		--unixsocket "$work/redis.socket" --save '' --appendonly no --dir "$work" --io-threads 1 >/dev/null &
	server=$!
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ ! -S redis.socket ] || break
		sleep 1
	done
	redis-benchmark -s redis.socket -q -c 1 -r 5000 -d 100 -n 8000 \
		-t set,get,incr,lpush,lpop,sadd,hset,spop,zadd,zpopmin >/dev/null
	redis-benchmark -s redis.socket -q -c 1 -r 20000 -d 700 -n 8000 -P 16 -t set,lpush,lrange_100 >/dev/null
	redis-cli -s redis.socket shutdown nosave >/dev/null
	wait "$server"
	keep redis
}

# The Debian packages of a program.
package_of() {
	case $1 in
	redis) echo redis-server redis-tools ;;
	*) echo "$1" ;;
	esac
}

is_there() {
	case $1 in
	cc1) true ;;
	redis) command -v redis-server && command -v redis-benchmark && command -v redis-cli ;;
	*) command -v "$1" ;;
	esac
}

for program; do
	[ -s "$folder/$program.trace" ] && continue
	if is_there "$program" >/dev/null 2>&1; then
		"record_$(echo "$program" | tr . _)"
	else
		echo "$program: not installed, left out (Debian: $(package_of "$program"))" >&2
	fi
done
