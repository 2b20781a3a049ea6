#!/bin/sh
# The examples for Alpine and nix, as far as they can be tried without Alpine and nix's packages: the lines of the APKBUILD
# run with what abuild says to meson; nix, where it is, reads the expression, and meson takes the options in it.
set -eu
. "$(dirname "$0")/common.sh"
unset CARGO_NET_OFFLINE
copy_project "$work/millpond"
cd "$work/millpond"

# What the package of that name does, of abuild's: no more than a setup for the system's folders, without debug information.
mkdir "$work/bin"
cat >"$work/bin/abuild-meson" <<'END'
#!/bin/sh
exec meson setup --prefix=/usr --libdir=/usr/lib --buildtype=plain -Db_pie=true "$@"
END
chmod +x "$work/bin/abuild-meson"
quietly shellcheck --shell=dash --exclude=SC2034,SC2154 packaging/alpine/APKBUILD
quietly env PATH="$work/bin:$PATH" CFLAGS=-Os pkgdir="$work/package" sh -euc '. packaging/alpine/APKBUILD; build; check; package'
passed=$(grep -c -E '^ *[0-9]+/[0-9]+ .* OK ' "$work/output" || true)
same "tests that the APKBUILD runs" 8 "$passed"
same "the library in the package" "$(names pool shm)" "$(exported "$work/package/usr/lib/libmillpond.so.0")"
# shellcheck disable=SC1091 # it is there now
. packaging/alpine/APKBUILD
# shellcheck disable=SC2154
same "machines of the package" "$(checks/machines/cross.sh machines | sed 's/musl/x86_64/; s/i686/x86/; s/pages//' |
	tr ' ' '\n' | grep . | sort | one_line)" "$(echo "$arch" | tr ' ' '\n' | sort | one_line)"

if ! command -v nix-instantiate >/dev/null 2>&1; then
	echo "skipped: there is no nix-instantiate, which reads the example for nix"
	skipped=1
	finish "facts about examples of packages"
	exit 0
fi
# Instead of nix's packages, a word for each that is asked for.
cat >"$work/read.nix" <<END
let
  example = import $work/millpond/packaging/nix/default.nix {
    pkgs = {
      stdenv.mkDerivation = facts: facts;
      lib = { licenses.mit = "MIT"; platforms.linux = [ "linux" ]; };
      cargo = "cargo"; meson = "meson"; ninja = "ninja"; pkg-config = "pkg-config"; rustc = "rustc";
      pixman = "pixman"; wayland = "wayland";
    };
  };
in builtins.concatStringsSep " " (example.mesonFlags ++ [ example.version ])
END
flags=$(nix-instantiate --eval --strict "$work/read.nix" 2>"$work/warnings" | tr -d '"')
[ -n "$flags" ] || fail "nix does not read the expression: $(cat "$work/warnings")"
same "the version for nix" "$version" "${flags##* }"
# shellcheck disable=SC2086 # the options are words
quietly meson setup "$work/nix" ${flags% *}
finish "facts about examples of packages"
