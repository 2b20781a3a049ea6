#!/bin/sh
# Packs what is committed, with the crates that the library needs: dist.sh MESON_BUILD. `make dist` runs it.
#
# meson packs what there is at that moment: times, owners and permissions are those of who packs. It is packed again, so
# that one commit makes one archive, whoever packs it. GNU tar is needed for that.
set -eu
build=$1
committed=$(git -C "$(dirname "$0")" log -1 --format=%ct)
meson dist -C "$build" --no-tests --formats xztar
cd "$build/meson-dist"
archive=$(sed 's/.* \**//' ./*.tar.xz.sha256sum)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -C "$work" -xf "$archive"
tar -C "$work" --format=ustar --sort=name --mtime="@$committed" --owner=0 --group=0 --numeric-owner \
	--mode=u+rwX,go+rX,go-w -cf "$work/packed.tar" "${archive%.tar.xz}"
xz --threads=1 --stdout "$work/packed.tar" >"$archive"
sha256sum "$archive" >"$archive.sha256sum"
