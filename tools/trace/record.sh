#!/bin/sh
# Records the traces that benches/pool replays: record.sh FOLDER [NAME...]
#
# Each of cc1, python3, sqlite3, perl and git does a small job of a usual kind, once, with tools/trace/recorder.c before
# its malloc. The traces go into FOLDER as NAME.trace; what is there already is kept. A program that is not installed is
# left out, with a line. CC is the compiler (default: gcc).
set -eu

folder=$1
shift
[ $# -gt 0 ] || set -- cc1 python3 sqlite3 perl git
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

for program; do
	[ -s "$folder/$program.trace" ] && continue
	if command -v "$program" >/dev/null 2>&1 || [ "$program" = cc1 ]; then
		"record_$program"
	else
		echo "$program: not installed, left out"
	fi
done
