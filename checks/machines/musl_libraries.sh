#!/bin/sh
# Builds pixman and libwayland statically with musl: musl_libraries.sh SOURCES ROOT GNU_NAME MESON_CROSS_FILE
#
# cross.sh calls it. SOURCES has what cross_packages.sh fetched; ROOT gets the libraries as if they had been
# packages. The protocols are files of this machine.
set -eu
sources=$1 root=$2 gnu=$3 cross_file=$4

[ ! -f "$root/built" ] || exit 0
rm -rf "$root" "$sources"/*/build
mkdir -p "$root/usr/share/pkgconfig"
cp -r /usr/share/wayland-protocols "$root/usr/share"
cp /usr/share/pkgconfig/wayland-protocols.pc "$root/usr/share/pkgconfig"
DESTDIR=$root
export DESTDIR

# with_meson FOLDER OPTION...
with_meson() {
	cd "$1"
	shift
	meson setup build --cross-file "$cross_file" --prefix=/usr --libdir="lib/$gnu" -Ddefault_library=static \
		-Dc_link_args=-static "$@"
	ninja -C build install
}

# Its trampolines need the kernel's headers.
cd "$sources"/libffi-*
mkdir build
cd build
../configure --host="$gnu" --prefix=/usr --libdir="/usr/lib/$gnu" --disable-shared --disable-docs \
	--disable-multi-os-directory --disable-exec-static-tramp CC="$gnu-gcc" AR="$gnu-ar"
make -j2 install

with_meson "$sources"/pixman-* -Dtests=disabled -Dgtk=disabled -Dlibpng=disabled -Dopenmp=disabled
with_meson "$sources"/wayland-* -Dtests=false -Ddocumentation=false -Ddtd_validation=false -Dscanner=false
touch "$root/built"
