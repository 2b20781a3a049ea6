#!/bin/sh
# Fetches Debian packages and unpacks them into a folder. Nothing is installed, and apt's own state is not touched.
#
#     cross_packages.sh tools FOLDER PACKAGE...               for this machine; what is installed already is left out
#     cross_packages.sh root FOLDER ARCHITECTURE SUITE PACKAGE...   for another, with all that they need
#     cross_packages.sh sources FOLDER PACKAGE...   what they are built from, without Debian's own changes
#
# The archive is the one that this machine's own packages come from. What is in FOLDER already is not fetched again.
set -eu
what=$1 folder=$2
shift 2
if [ "$what" != root ]; then
	architecture=$(dpkg --print-architecture)
	suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
else
	architecture=$1 suite=$2
	shift 2
fi

wanted="$architecture $suite $*"
if [ "$(cat "$folder/unpacked" 2>/dev/null)" = "$wanted" ]; then
	exit 0
fi
rm -rf "$folder"
mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$folder/apt/sources" "$folder/debs"
folder=$(cd "$folder" && pwd)

give_up() {
	echo "$*; see $folder/log" >&2
	exit 1
}

release=$(. /etc/os-release && echo "$VERSION_CODENAME")
# shellcheck disable=SC2016 # apt fills these in
archive=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
	sed -n "s/ $release main\$//p" | head -n 1)
[ -n "$archive" ] || give_up "apt has no source of Debian packages ($release main)"

keys=/usr/share/keyrings/debian-archive-keyring.gpg
kind="deb [arch=$architecture target=Packages signed-by=$keys]"
[ "$what" != sources ] || kind="deb-src [signed-by=$keys]"
echo "$kind $archive $suite main" >"$folder/apt/sources/debian.list"
: >"$folder/apt/status"
# Unlike options on the command line, this file is read before apt looks for its sources.
cat >"$folder/apt/apt.conf" <<END
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "";
APT::Update::Error-Mode "any";
Dir::State "$folder/apt";
Dir::State::status "$folder/apt/status";
Dir::Cache "$folder/apt/cache";
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "$folder/apt/sources";
END
APT_CONFIG=$folder/apt/apt.conf
export APT_CONFIG

apt-get update >"$folder/log" 2>&1 || give_up "no list of packages for $architecture: is there a network?"
if [ "$what" = sources ]; then
	(cd "$folder/debs" && apt-get source --download-only --tar-only "$@" >>"$folder/log" 2>&1) ||
		give_up "the sources cannot be had: is there a network?"
	for archive in "$folder"/debs/*.tar.*; do
		tar -xf "$archive" -C "$folder" || give_up "$archive cannot be unpacked"
	done
	rm -rf "$folder/debs" "$folder/apt"
	echo "$wanted" >"$folder/unpacked"
	exit 0
fi

apt-get install --simulate --no-install-recommends "$@" >"$folder/apt/plan" 2>>"$folder/log" ||
	give_up "the packages for $architecture cannot be had together"

# With no package installed, apt plans everything down to libc. What the machine has, tools can use from there; but
# Rust's parts look for each other in one place.
chosen=
# shellcheck disable=SC2013 # a line is a word
for package in $(sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1=\2/p' "$folder/apt/plan"); do
	name=${package%%[:=]*}
	case $what-$name in
	root-* | tools-*rust* | tools-cargo*) chosen="$chosen $package" ;;
	*) dpkg-query --show --showformat '${db:Status-Status}' "$name" 2>/dev/null | grep -q '^installed' ||
		chosen="$chosen $package" ;;
	esac
done
# shellcheck disable=SC2086 # the packages are words
(cd "$folder/debs" && apt-get download $chosen >>"$folder/log" 2>&1) ||
	give_up "the packages for $architecture cannot be had: is there a network?"

for package in "$folder"/debs/*.deb; do
	dpkg-deb --extract "$package" "$folder" || give_up "$package cannot be unpacked"
done
rm -rf "$folder/debs" "$folder/apt" "$folder/usr/share/doc"
# In newer suites a package that is not needed here makes /lib a link.
[ -e "$folder/lib" ] || ln -s usr/lib "$folder/lib"
# What links by an absolute path would lead out of the folder.
find "$folder/usr" "$folder/lib/" -type l -lname '/*' | while read -r link; do
	ln -sfn "$folder$(readlink "$link")" "$link"
done
echo "$wanted" >"$folder/unpacked"
