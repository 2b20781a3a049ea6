#!/bin/sh
# What programs and distributors do with it: `make check-packaging`. It takes it as each of them does, with the lines of
# README.md, and plants faults in libraries that the checks of `make check` must find.
set -eu
cd "$(dirname "$0")/../.."
. checks/runs/steps.sh

build-aux/packages.sh build demo terminal check packaging manual
build=build
[ -f $build/build.ninja ] || step "meson setup" meson setup $build
step "build of the C parts" ninja -C $build
step "what is said of what is missing" checks/packaging/requirements.sh
step "as a meson subproject" checks/packaging/subproject.sh
step "what meson setup finds out" checks/packaging/set_up.sh
step "installed, both halves and each alone" checks/packaging/install.sh
step "with prefixed names" checks/packaging/prefix.sh
step "without probes" checks/packaging/probes.sh
step "with cargo and cc alone" checks/packaging/plain.sh
step "with crates of the distribution" checks/packaging/own_crates.sh
step "as Debian packages" checks/packaging/debian.sh
step "as the examples for Alpine and nix say" checks/packaging/examples.sh
step "the package for cargo" checks/packaging/crate.sh
step "from the archive of make dist" checks/packaging/dist.sh
step "the same bytes in two folders" checks/packaging/reproducible.sh
step "the manual in a browser" checks/packaging/manual_shown.sh
step "two Rust archives in one program" checks/artefact/two_archives.sh $build/libmillpond.a
step "faults that a library may have" checks/artefact/library_faults.sh
step "changes of the ABI are seen" checks/artefact/abi_faults.sh
all_passed
