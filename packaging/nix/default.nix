# nix-build packaging/nix, in an archive of make dist that was unpacked: its vendor/ has the crates.
{
  pkgs ? import <nixpkgs> { },
}:
pkgs.stdenv.mkDerivation {
  pname = "millpond";
  version = "0.1.0";
  src = ../..;
  outputs = [
    "out"
    "dev"
    "devman"
  ];

  nativeBuildInputs = with pkgs; [
    cargo
    meson
    ninja
    pkg-config
    rustc
  ];
  # Programs that use pixel buffers need their headers too.
  propagatedBuildInputs = with pkgs; [
    pixman
    wayland
  ];

  postPatch = "patchShebangs build-aux";
  # The home of who builds is not there.
  preConfigure = "export CARGO_NET_OFFLINE=true CARGO_HOME=$TMPDIR/cargo";
  mesonFlags = [
    "-Ddefault_library=both"
    "-Dtests=false"
    "-Dpoolstat=false"
  ];

  meta = {
    description = "Pixel buffers for Wayland and heaps over arenas, behind the interfaces of foot's shm.c and Plan 9's pool.c";
    license = pkgs.lib.licenses.mit;
    platforms = pkgs.lib.platforms.linux;
  };
}
