#!/bin/sh
# Changes each decision of the pure rooms by a little (a comparison, a sign, what a function returns), and sees whether a test
# notices: `make check-mutants`, or `make check-mutants ROOM=units` for one room. mutants.sh --list shows the changes.
#
# Those that no test notices must stand in checks/mutants.txt, each with the reason, and each that stands there must still go
# unnoticed. At least 95 of 100 are noticed.
#
# The rooms need nothing else of the library, so they are a crate of their own here, with their tests: a change is built in
# seconds. It takes long. cargo-mutants is used where it is installed, or else made in build/.
set -eu
cd "$(dirname "$0")/../.."
rooms='units limits text life placement scroll'
tests='lag life placement scroll'
# room:tests, of which one must notice what is changed there
# limits.rs has numbers alone, whose reasons stand there.
parts='life:life placement:placement scroll:lag,scroll units:lag,life,placement,scroll text:'
crate=build/mutants/crate
outcome=build/mutants/outcome
noticed_least=95

if ! command -v cargo-mutants >/dev/null; then
	PATH=$PWD/build/mutants/bin:$PATH
	export PATH
	[ -x build/mutants/bin/cargo-mutants ] || cargo install --quiet --locked --root build/mutants cargo-mutants@27.1.0
fi

rm -rf "$crate"
mkdir -p "$crate/src" "$crate/tests"
{
	echo "//! The decisions of the library alone."
	echo "extern crate alloc;"
	for room in $rooms; do
		echo "pub mod $room;"
		cp -R "src/$room" "$crate/src/" 2>/dev/null || cp "src/$room.rs" "$crate/src/"
	done
} >"$crate/src/lib.rs"
for name in $tests; do
	cp "tests/$name.rs" "$crate/tests/"
	# The first test that fails ends them all, where none is meant to.
	! grep -q 'should_panic\|catch_unwind' "tests/$name.rs" || continue
	cat >>"$crate/tests/$name.rs" <<'END'
#[used]
#[unsafe(link_section = ".init_array")]
static AT_START: extern "C" fn() = {
    extern "C" fn end_with_the_first() {
        std::panic::set_hook(Box::new(|why| {
            eprintln!("{why}");
            std::process::exit(101);
        }));
    }
    end_with_the_first
};
END
done
cat >"$crate/Cargo.toml" <<'END'
[package]
name = "millpond"
version = "0.0.0"
edition = "2024"

[profile.test]
opt-level = 3
debug = false
debug-assertions = true
overflow-checks = true

[workspace]
END

if [ "${1:-}" = --list ]; then
	cargo mutants --dir "$crate" "$@"
	exit
fi
if [ -n "${1:-}" ]; then
	case " $parts" in
	*" $1:"*) ;;
	*)
		echo "mutants.sh: $1 is none of the rooms: $(echo "$parts" | sed 's/:[^ ]*//g')" >&2
		exit 2
		;;
	esac
	parts=$(echo "$parts" | tr ' ' '\n' | grep "^$1:")
fi

# A test that hangs is one that notices: what ends when nothing is wrong ends long before.
rm -rf "$outcome"
mkdir -p "$outcome"
for part in $parts; do
	room=${part%%:*}
	# 2: some went unnoticed; 3: some never ended.
	status=0
	# shellcheck disable=SC2046 # words
	# Bits that no other name has: to be in one of two sets, and in exactly one, is the same.
	cargo mutants --dir "$crate" --exclude-re 'life/state.rs.*replace \| with \^' --output "build/mutants/$room" --file "src/$room.rs" --file "src/$room/*.rs" --jobs 2 \
		--timeout 120 --colors never --no-shuffle -- --lib $(echo "${part#*:}" | tr , '\n' | sed 's/./--test &/') || status=$?
	case $status in
	0 | 2 | 3) ;;
	*) exit $status ;;
	esac
	for kind in caught timeout missed unviable; do
		cat "build/mutants/$room/mutants.out/$kind.txt" >>"$outcome/$kind.txt"
	done
done

count() {
	wc -l <"$outcome/$1.txt"
}

# What is listed has no line numbers: they change with every line above.
without_numbers() {
	sed 's/:[0-9]*:[0-9]*: /: /' "$1" | sort
}

sed -e 's/ *#.*//' -e '/^$/d' checks/mutants.txt | grep "^src/${1:-}" | sort >build/mutants/listed.txt || true
without_numbers "$outcome/missed.txt" >build/mutants/unnoticed.txt
noticed=$(($(count caught) + $(count timeout)))
all=$((noticed + $(count missed)))
share=$((noticed * 1000 / all))
echo "$noticed of $all changes noticed ($((share / 10)).$((share % 10)) of 100), $(count unviable) do not compile"
[ "$share" -ge $((noticed_least * 10)) ] || { echo "fewer than $noticed_least of 100 are noticed" >&2; exit 1; }
diff build/mutants/listed.txt build/mutants/unnoticed.txt >build/mutants/difference.txt || {
	echo "checks/mutants.txt is not what goes unnoticed (<: listed and noticed, or gone; >: not listed):" >&2
	grep '^[<>]' build/mutants/difference.txt >&2
	exit 1
}
