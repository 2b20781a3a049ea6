#!/bin/sh
# Prints the folder with the oldest Rust that the library may be built with: cargo and rustc of the rust-version in Cargo.toml.
#
# rustup's, if it has it; otherwise that of Debian, unpacked below build/ and not installed. Nothing else of the machine changes.
set -eu
cd "$(dirname "$0")/../.."
wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
folder=$PWD/build/rust-$wanted

answer() {
	found=$("$1/rustc" --version)
	case $found in
	"rustc $wanted."*) echo "$1" && exit 0 ;;
	esac
	echo "$1/rustc says: $found" >&2
	exit 1
}

[ ! -x "$folder/bin/cargo" ] || answer "$folder/bin"
if rustup run "$wanted" cargo --version >/dev/null 2>&1; then
	answer "$(dirname "$(rustup which --toolchain "$wanted" cargo)")"
fi

version_in_debian() {
	apt-cache madison rustc-web 2>/dev/null | awk -v wanted="$wanted." 'index($3, wanted) == 1 {print $3; exit}'
}
version=$(version_in_debian)
if [ -z "$version" ] && [ "$(id -u)" = 0 ]; then
	apt-get -qq update >&2 || true
	version=$(version_in_debian)
fi
if [ -z "$version" ]; then
	echo "Rust $wanted is not to be had here. Type: rustup toolchain install $wanted" >&2
	exit 1
fi

rm -rf "$folder"
mkdir -p "$folder/packages" "$folder/bin"
(
	cd "$folder/packages"
	apt-get -qq download "rustc-web=$version" "cargo-web=$version" "libstd-rust-web-dev=$version" \
		"libstd-rust-web-$wanted=$version" libllvm19 libpcre3 libhttp-parser2.9 2>log >&2 || {
		cat log >&2
		exit 1
	}
	for package in *.deb; do
		dpkg -x "$package" "$folder"
	done
)
rm -rf "$folder/packages"
libraries=$(find "$folder/usr/lib" "$folder/lib" -name 'lib*.so*' -path '*-linux-gnu/lib*' -exec dirname {} + |
	sort -u | tr '\n' ':')
for program in cargo rustc; do
	printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$libraries" "$folder/usr/bin/$program" >"$folder/bin/$program.part"
	chmod +x "$folder/bin/$program.part"
	mv "$folder/bin/$program.part" "$folder/bin/$program"
done
answer "$folder/bin"
