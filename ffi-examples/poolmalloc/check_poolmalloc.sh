#!/bin/sh
# Runs ordinary programs twice, as they are and with their memory from poolmalloc, and compares what comes out:
#
#	check_poolmalloc.sh libpoolmalloc.so
#
# Output, error output, exit status and the files that are made must be the same. Each heap is checked when its process
# exits. A program that is not installed is skipped. CC compiles the test of the functions (default: cc).
set -u

if [ $# -ne 1 ] || [ ! -f "$1" ]; then
	echo "usage: check_poolmalloc.sh libpoolmalloc.so" >&2
	exit 2
fi
library=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
source=$(cd "$(dirname "$0")" && pwd)
CC=${CC:-cc}
limit_seconds=120

work=$(mktemp -d)
# A path to preload may have no spaces in it. The folder is linked, as what the library needs is found from there.
ln -s "$(dirname "$library")" "$work/built"
library=$work/built/$(basename "$library")
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
skipped=0

# The same surroundings for both runs; nothing of the person's own settings.
export HOME="$work/home" LC_ALL=C TZ=UTC CC GIT_CONFIG_NOSYSTEM=1
export PYTHONHASHSEED=0 PYTHONMALLOC=malloc PYTHONDONTWRITEBYTECODE=1 PERL_HASH_SEED=0
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_AUTHOR_DATE='2001-02-03T04:05:06Z'
export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b GIT_COMMITTER_DATE='2001-02-03T04:05:06Z'
unset LD_PRELOAD POOLMALLOC_REPORT MAKEFLAGS MAKELEVEL

fail() {
	printf 'not ok  %-10s %s\n' "$1" "$2"
	failed=$((failed + 1))
}

skip() {
	printf '# skipped: %s is not installed\n' "$1"
	skipped=$((skipped + 1))
}

# run KIND SETTING...: runs the script in a folder of its own, as it is or with settings for env
run() {
	kind=$1
	shift
	rm -rf "$work/folder"
	mkdir "$work/folder" "$work/home" 2>/dev/null
	(cd "$work/folder" && timeout "$limit_seconds" env "$@" sh "$work/script") \
		>"$work/$kind.output" 2>"$work/$kind.errors" </dev/null
	echo "exit status $?" >>"$work/$kind.output"
}

# compare NAME PROCESS [STATUS]: the script on standard input must give the same in both ways, and one of the processes
# that report must be called PROCESS. STATUS is what the script has to end with.
compare() {
	name=$1 process=$2 status=${3:-0}
	cat >"$work/script"
	rm -f "$work/report"
	run plain POOLMALLOC_REPORT=
	run pool LD_PRELOAD="$library" POOLMALLOC_REPORT="$work/report"
	if ! tail -n 1 "$work/plain.output" | grep -qx "exit status $status"; then
		fail "$name" "the ordinary run is not as expected:"
		tail -n 5 "$work/plain.errors" "$work/plain.output"
	elif ! differences=$(diff "$work/plain.output" "$work/pool.output"); then
		fail "$name" "other output:"
		echo "$differences" | head -n 10
		tail -n 5 "$work/pool.errors"
	elif ! differences=$(diff "$work/plain.errors" "$work/pool.errors"); then
		fail "$name" "other error output:"
		echo "$differences" | head -n 10
	elif ! grep -q "^$process [0-9]*: [0-9]* bytes of arenas" "$work/report" 2>/dev/null; then
		fail "$name" "no process called $process had its memory from the pool"
	else
		processes=$(wc -l <"$work/report")
		largest=$(sed 's/^[^:]*: \([0-9]*\) bytes.*/\1/' "$work/report" | sort -n | tail -n 1)
		printf 'ok      %-10s same output, exit status %s; processes: %s, largest heap: %s KiB\n' \
			"$name" "$status" "$processes" $((largest / 1024))
		passed=$((passed + 1))
	fi
}

has() {
	command -v "$1" >/dev/null 2>&1
}

# A C file that keeps a compiler busy for a second.
make_c_file() {
	echo '#include <stdio.h>'
	awk 'BEGIN { for (i = 0; i < 200; i++) {
		printf "static double f%d(const double *v, int n)\n{\n\tdouble s = %d;\n", i, i
		printf "\tfor (int i = 0; i < n; i++) {\n\t\tswitch ((i * %d) %% 7) {\n", i + 3
		for (j = 0; j < 6; j++) printf "\t\tcase %d: s += v[i] * %d - v[n - i - 1]; break;\n", j, i + j
		printf "\t\tdefault: s /= 1 + v[i] * v[i];\n\t\t}\n\t}\n\treturn s;\n}\n\n"
	}
	print "int main(void)\n{\n\tdouble v[64], s = 0;\n\tfor (int i = 0; i < 64; i++)\n\t\tv[i] = i * 0.5;"
	for (i = 0; i < 200; i++) printf "\ts += f%d(v, 64);\n", i
	print "\tprintf(\"%.6f\\n\", s);\n\treturn 0;\n}" }'
}
make_c_file >"$work/generated.c"
export GENERATED="$work/generated.c"

# Every function of the family, from several threads that also fork.
cat >"$work/calls.c" <<'END_OF_C'
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLOTS 64
#define ROUNDS 20000
#define REQUIRE(c) do { if (!(c)) { printf("line %d: %s\n", __LINE__, #c); exit(1); } } while (0)

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	return *state ^= *state << 17;
}

static void *any_block(uint64_t random, size_t size)
{
	void *block = NULL;

	switch (random % 4) {
	case 0:
		REQUIRE((block = calloc(1, size)));
		for (size_t i = 0; i < size; i++)
			REQUIRE(((char *)block)[i] == 0);
		return block;
	case 1: return memalign((size_t)16 << (random >> 8) % 8, size);
	case 2: return posix_memalign(&block, 64, size) ? NULL : block;
	default: return malloc(size);
	}
}

/* Holds blocks filled with their slot's number, and looks after them. */
static void churn(uint64_t seed, int rounds)
{
	unsigned char *blocks[SLOTS] = { 0 };
	size_t sizes[SLOTS] = { 0 };

	for (int i = 0; i < rounds; i++) {
		uint64_t random = next(&seed);
		unsigned slot = random % SLOTS;
		size_t size = 1 + (random >> 20) % (random >> 40 & 15 ? 300 : 30000);

		for (size_t j = 0; j < sizes[slot]; j++)
			REQUIRE(blocks[slot][j] == (unsigned char)slot);
		if (blocks[slot] && random >> 50 & 1) {
			unsigned char *moved = realloc(blocks[slot], size);

			REQUIRE(moved);
			for (size_t j = 0; j < size && j < sizes[slot]; j++)
				REQUIRE(moved[j] == (unsigned char)slot);
			blocks[slot] = moved;
		} else {
			free(blocks[slot]);
			REQUIRE((blocks[slot] = any_block(random >> 52, size)));
		}
		sizes[slot] = size;
		REQUIRE(malloc_usable_size(blocks[slot]) >= size);
		memset(blocks[slot], (int)slot, size);
	}
	for (unsigned slot = 0; slot < SLOTS; slot++)
		free(blocks[slot]);
}

static void *thread(void *seed)
{
	churn((uintptr_t)seed, ROUNDS);
	return NULL;
}

static void fork_meanwhile(void)
{
	for (int i = 0; i < 40; i++) {
		int status;
		pid_t child = fork();

		if (child == 0) {
			churn(99, 200);
			_exit(7);
		}
		REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
		REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	}
}

static void try_limits(void)
{
	volatile size_t huge = SIZE_MAX;
	void *block = (void *)1;
	unsigned char *zeroes;

	errno = 0;
	REQUIRE(!malloc(huge) && errno == ENOMEM);
	errno = 0;
	REQUIRE(!calloc(huge / 2, 3) && errno == ENOMEM);
	REQUIRE((block = malloc(10)));
	errno = 0;
	REQUIRE(!realloc(block, huge - 16) && errno == ENOMEM);
	errno = 0;
	REQUIRE(!reallocarray(block, huge / 2, 3) && errno == ENOMEM);
	REQUIRE((block = reallocarray(block, 10, 10)));
	errno = 0;
	REQUIRE(!realloc(block, 0) && errno == 0);
	REQUIRE((block = realloc(NULL, 0)));
	free(block);
	errno = 0;
	REQUIRE(!memalign(huge, 8) && errno == EINVAL);
	errno = 0;
	REQUIRE(!memalign(huge / 2 + 1, 8) && errno == ENOMEM);
	for (size_t alignment = 0; alignment < 5000; alignment += 7) {
		size_t power = 1;

		while (power < alignment)
			power *= 2;
		REQUIRE((block = memalign(alignment, alignment)) && (uintptr_t)block % power == 0);
		free(block);
	}
	for (size_t i = 1; i < 40; i++) {
		REQUIRE((zeroes = calloc(i, 1 << 20)));
		REQUIRE(zeroes[0] == 0 && !memcmp(zeroes, zeroes + 1, (i << 20) - 1));
		memset(zeroes, 255, i << 18);
		free(zeroes);
	}
	REQUIRE(posix_memalign(&block, 24, 8) == EINVAL);
	REQUIRE(posix_memalign(&block, 64, huge) == ENOMEM);
	REQUIRE((block = malloc(0)));
	free(block);
	free(NULL);
	REQUIRE(malloc_usable_size(NULL) == 0);
	for (size_t alignment = 16; alignment <= 65536; alignment *= 2) {
		REQUIRE(!posix_memalign(&block, alignment, 100) && (uintptr_t)block % alignment == 0);
		memset(block, 1, malloc_usable_size(block));
		free(block);
		REQUIRE((block = aligned_alloc(alignment, 3 * alignment)) && (uintptr_t)block % alignment == 0);
		memset(block, 1, 3 * alignment);
		free(block);
	}
	for (size_t size = 1; size < 5000; size++) {
		REQUIRE((block = malloc(size)) && (uintptr_t)block % 16 == 0);
		memset(block, 255, malloc_usable_size(block));
		free(block);
		REQUIRE((zeroes = calloc(size, 1)));
		for (size_t i = 0; i < size; i++)
			REQUIRE(zeroes[i] == 0);
		free(zeroes);
	}
	REQUIRE((block = valloc(1)) && (uintptr_t)block % (uintptr_t)sysconf(_SC_PAGESIZE) == 0);
	free(block);
}

int main(void)
{
	pthread_t threads[4];

	try_limits();
	for (uintptr_t i = 0; i < 4; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, thread, (void *)(i + 1)));
	fork_meanwhile();
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	puts("as it should be");
	return 0;
}
END_OF_C

if has "$CC"; then
	if "$CC" -std=gnu99 -O1 -w -fno-builtin -pthread "$work/calls.c" -o "$work/calls" 2>"$work/errors"; then
		export CALLS="$work/calls"
		compare calls calls <<-'END'
			exec "$CALLS"
		END
	else
		fail calls "the test program does not compile:"
		head -n 10 "$work/errors"
	fi
else
	skip "$CC"
fi

if has "$CC"; then
	if "$CC" -std=gnu99 -O1 -w -fno-builtin "$source/trimmed.c" -o "$work/trimmed" -ldl 2>"$work/errors"; then
		export TRIMMED="$work/trimmed"
		compare trimmed trimmed <<-'END'
			"$TRIMMED"
		END
	else
		fail trimmed "the test program does not compile:"
		head -n 10 "$work/errors"
	fi
else
	skip "$CC"
fi

if has gcc; then
	compare cc1 cc1 <<-'END'
		gcc -std=c99 -O2 -S "$GENERATED" -o generated.s && cksum <generated.s
		gcc -std=c99 -O2 -g "$GENERATED" -o generated && ./generated
	END
	compare cc1-errors cc1 1 <<-'END'
		echo 'int f(void) { return g(; } struct s { int a }; int h = "x" * 2;' >wrong.c
		gcc -std=c99 -Wall -fdiagnostics-color=never -c wrong.c
	END
else
	skip gcc
fi

python=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null)
if [ -n "$python" ]; then
	export PYTHON="$python"
	compare python3 python3 <<-'END'
		"$PYTHON" - <<'END_OF_PYTHON'
		import collections, hashlib, json, multiprocessing, random, re, threading

		random.seed(1)
		words = ["".join(random.choice("abcdefgh") for _ in range(random.randint(1, 9))) for _ in range(40000)]
		tree = {}
		for word in words:
		    node = tree
		    for letter in word:
		        node = node.setdefault(letter, {})
		text = json.dumps(tree, sort_keys=True)
		assert json.loads(text) == tree
		print(len(text), hashlib.sha256(text.encode()).hexdigest())
		print(collections.Counter(re.findall(r"(?:ab|cd)+[e-h]*", " ".join(words))).most_common(5))

		totals = [0] * 4
		def work(index):
		    totals[index] = sum(len(str(number) * 3) for number in range(50000))
		threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
		for thread in threads: thread.start()
		for thread in threads: thread.join()
		print(totals)
		with multiprocessing.get_context("fork").Pool(2) as pool:
		    print(pool.map(len, [words[i::5] for i in range(5)]))
		END_OF_PYTHON
	END
	compare python3-3 python3 3 <<-'END'
		"$PYTHON" -c 'import sys; print("out"); print("err", file=sys.stderr); sys.exit(3)'
	END
else
	skip python3
fi

if has git; then
	compare git git <<-'END'
		git init --quiet --initial-branch=main . && mkdir folder
		for round in 1 2 3 4 5 6; do
			awk -v round=$round 'BEGIN { for (i = 0; i < 3000; i++) print i, (i * round) % 97 }' >folder/numbers
			awk -v round=$round 'BEGIN { for (i = 0; i < 99; i++) print i + round }' >file$round
			git add . && git commit --quiet -m "round $round"
		done
		git log --stat -p | cksum
		git blame folder/numbers | cksum
		git gc --quiet --aggressive && git fsck --full 2>&1
		git rev-parse HEAD && git diff HEAD~3 --stat
	END
else
	skip git
fi

if has sqlite3; then
	compare sqlite3 sqlite3 <<-'END'
		sqlite3 file.db <<'END_OF_SQL'
		create table t(id integer primary key, name text, value real);
		with recursive n(i) as (select 1 union all select i + 1 from n where i < 60000)
			insert into t select i, printf('name%d', i * 7919 % 60000), i * 0.25 from n;
		create index by_name on t(name);
		select count(*), sum(value), min(name), max(name) from t where name like 'name1%';
		select substr(name, 1, 6) as g, count(*), total(value) from t group by g order by g limit 20;
		delete from t where id % 3 = 0;
		update t set name = name || name where id % 5 = 0;
		pragma integrity_check;
		select a.id, b.id from t a join t b on a.name = b.name and a.id < b.id limit 3;
		END_OF_SQL
		cksum <file.db
	END
else
	skip sqlite3
fi

if has perl; then
	compare perl perl <<-'END'
		perl -e 'my %h; for my $i (1..60000) { my $k = join "-", map { $i % $_ } 7, 11, 13; push @{$h{$k}}, "x" x ($i % 50) }
			my @k = sort keys %h; print scalar(@k), " ", length(join ",", map { @{$h{$_}} } @k), "\n";
			my $s = join " ", @k; my $n = () = $s =~ /(\d)-\1/g; print "$n\n"; die "the end\n" if $n < 0'
	END
else
	skip perl
fi

if has bash; then
	compare bash bash <<-'END'
		bash -c 'declare -A m; for ((i = 0; i < 20000; i++)); do m[k$((i % 700))]+=$i; done
			t=; for k in "${!m[@]}"; do t+="${#m[$k]} "; done; tr " " "\n" <<<"$t" | sort -n | cksum
			x=$(printf "%s\n" {1..3000} | while read -r n; do echo "${n/1/one}"; done); echo "${#x}"'
	END
else
	skip bash
fi

compare sort sort <<-'END'
	awk 'BEGIN { for (i = 0; i < 200000; i++) print (i * 7919) % 200003, i }' >numbers
	sort --parallel=2 --buffer-size=1M -n numbers | cksum
	sort -u -k1,1.2 numbers | sed 's/1/one/g' | tail -n 3
END

if has xz && has tar; then
	compare xz xz <<-'END'
		awk 'BEGIN { for (i = 0; i < 300000; i++) print i * i % 1009 }' >numbers
		tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf numbers.tar numbers
		xz -T2 --block-size=262144 -k numbers.tar && cksum <numbers.tar.xz
		xz -dc numbers.tar.xz | tar -xOf - numbers | cksum
	END
else
	skip xz
fi

if has make; then
	compare make make 2 <<-'END'
		awk 'BEGIN { printf "all:"; for (i = 0; i < 500; i++) printf " t%d", i; print "\n\tfalse"
			for (i = 0; i < 500; i++) printf "t%d: %s\n\t@echo $(subst t,u,$@)\n", i, i ? "t" i - 1 : "" }' >Makefile
		make --no-print-directory 2>&1
	END
else
	skip make
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
