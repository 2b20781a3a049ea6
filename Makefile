# millpond. `make` alone says what there is.

BUILD := build
FILE ?= README.md
OUTPUT ?= demo.png
PREFIX ?= /usr/local
PACKAGES := build-aux/packages.sh
# On a terminal ninja counts what it builds.
QUIET := $(shell test -t 2 || echo --quiet)

help:
	@echo "make demo              build everything, and scroll a text file: in a window, or without one in three sizes, with"
	@echo "                       a table of what that costs, and demo.png; then what the pool takes, and finds"
	@echo "                       (FILE=your.txt for another file, OUTPUT=your.png for another picture)"
	@echo "make demo-foot         the system's foot without and with millpond beside each other, and what each takes; builds both"
	@echo "                       first from its source package (two minutes; VERSION=1.21.0: another one of the archive)"
	@echo "make terminal          build a small terminal on shm.h and start it, where there is a Wayland session"
	@echo "make terminal-shot     run a script in it without a screen, and leave what it shows in terminal.png"
	@echo "make install           install it below /usr/local (PREFIX=DIR: elsewhere; DESTDIR=DIR: into a staging folder)"
	@echo "make check             run the tests (six minutes)"
	@echo "make lint              formatting, clippy, and the rules of the sources"
	@echo "make check-packaging   build, link and pack it in each way that is named (seven minutes)"
	@echo "make check-soaks       the random and exhaustive tests at full length, and larger pages (six minutes)"
	@echo "make soak              scroll, resize and allocate for ten minutes, and look whether something grows and which calls"
	@echo "                       took longest: a table, and a picture in $(BUILD)/soak.svg (SECONDS=3600: an hour)"
	@echo "make check-faults      let each call of the system fail once and from then on, in hundreds of scenarios (ten minutes)"
	@echo "make check-originals   how many tests of each suite the originals pass: after make reference (six minutes)"
	@echo "make check-sanitizers  the C tests under the sanitizers of gcc and of clang (four minutes)"
	@echo "make check-valgrind    the C tests under valgrind (eight minutes)"
	@echo "make fuzz-smoke        search by coverage, a minute for each target (SECONDS=10: shorter; SCRIPTS=10000: the same scripts each time), with a nightly Rust"
	@echo "make fuzz TARGET=pool_operations    search on and on in one target (SECONDS=600: ten minutes; docs/testing.md has all)"
	@echo "make check-mutants     change the pure decisions by a little, everywhere: a test must notice (over an hour; ROOM=units: that room)"
	@echo "make check-planted     plant small faults in a copy of the sources: the suite that each names must find it"
	@echo "                       (ONLY=scroll: those with that in their name or file)"
	@echo "make coverage          which lines and branches of src the tests reach, by file"
	@echo "make check-msrv        build and test with the oldest Rust, and build with the oldest crates that are allowed"
	@echo "make check-cross       build and test for aarch64, riscv64, i686 and s390x, with musl, and with larger pages"
	@echo "                       (half an hour; on Debian 12, x86_64; MACHINES=i686, s390x, musl, pages: these; fetches 700 MB once)"
	@echo "make check-elsewhere   type make demo and make check as a newcomer does, in a new Debian 12 and in a new Debian 13"
	@echo "                       (SYSTEMS=debian13: there; needs root and debootstrap; half an hour; fetches 1 GB once)"
	@echo "make check-cinstall    compare what cargo-c and meson install; builds cargo-c first, if it is not there"
	@echo "make check-foot        compare foot without and with millpond, in sway and weston: 1.13.1, and the newest that builds"
	@echo "                       here (three minutes; fetches its source from the system's archive)"
	@echo "make reference         build the originals to compare with, from sources that you have: FOOT=DIR PLAN9=DIR, foot 1.8.1"
	@echo "                       and 9front; then MILLPOND_REFERENCE=$$PWD/$(BUILD)/reference make check, or make bench"
	@echo "make bench             measure what terminals do, scrolling, resizing and small buffers (eight minutes;"
	@echo "                       QUICK=1: two; ONLY=terminal, or another of them: that alone)"
	@echo "make bench-foot        measure foot itself without and with millpond, in sway and weston: after make check-foot"
	@echo "                       (half an hour; QUICK=1: four minutes; VERSION=1.20.2: another of those that were built)"
	@echo "make bench-pool        measure the pool beside other allocators, in many patterns of use (a quarter of an hour;"
	@echo "                       QUICK=1: two minutes; ONLY='a row': that row, or group, or the rows with that in their name)"
	@echo "make bench-programs    measure lua5.4, python3, sqlite3 and redis with a malloc over one pool (five minutes)"
	@echo "make manual            make pages of all documents: begin with $(BUILD)/manual/index.html"
	@echo "make dist              pack what is committed, with the crates it needs, into $(BUILD)/dist/meson-dist"
	@echo "make headers           write include/*.h anew, after a change of src/c_api or src/pool/record.rs"
	@echo "make abi               write the ABI file anew, after a change of the ABI that is meant (docs/release.md)"
	@echo "make licences          write docs/licences.md anew, after a change of the crates"
	@echo "make deny              licences, sources and bans of the crates, with cargo-deny (installed into build/ if need be)"
	@echo "make clean             remove what was built"

# A build folder that is older than fcft or libpng here does not know the demo.
demo: configured-demo
	@grep -q ffi-examples/scroller/scroller $(BUILD)/build.ninja || meson setup --reconfigure $(BUILD) >/dev/null
	@grep -q ffi-examples/scroller/scroller $(BUILD)/build.ninja || { ninja -C $(BUILD) $(QUIET) libmillpond.a; \
		echo "The library is built: $(BUILD)/libmillpond.a. The demo needs fcft and libpng, which pkg-config does not find" >&2; exit 1; }
	@ninja -C $(BUILD) $(QUIET) ffi-examples/scroller/scroller ffi-examples/pool/pool_demo
	@$(BUILD)/ffi-examples/scroller/scroller -o $(OUTPUT) $(FILE)
	@$(BUILD)/ffi-examples/pool/pool_demo

demo-foot:
	@$(PACKAGES) build foot
	@benches/foot/demo.sh $(or $(VERSION),1.13.1)

terminal: configured-terminal
	@$(BUILD)/ffi-examples/terminal/terminal

terminal-shot: configured-terminal
	@$(BUILD)/ffi-examples/terminal/terminal --embedded --check --statistics \
		--script ffi-examples/terminal/scripts/shot.script sh
	@echo "The compositor saw what a full redraw shows. It is in terminal.png"

install:
	@$(PACKAGES) build
	@test -f $(BUILD)/install/build.ninja || meson setup $(BUILD)/install -Dbuildtype=release -Dtests=false -Ddefault_library=both >/dev/null
	@meson configure $(BUILD)/install -Dprefix="$(PREFIX)"
	@meson install -C $(BUILD)/install
	@build-aux/installed.sh "$(PREFIX)"

check:
	@checks/runs/check.sh

lint:
	@checks/runs/lint.sh

check-packaging:
	@checks/runs/packaging.sh

check-soaks:
	@$(PACKAGES) build demo check
	@checks/runs/soaks.sh

soak: configured-demo
	@ninja -C $(BUILD) --quiet benches/soak/soak
	@$(BUILD)/benches/soak/soak --seconds $(or $(SECONDS),600) --picture $(BUILD)/soak.svg
	@echo "The picture: $(BUILD)/soak.svg"

check-faults:
	@$(PACKAGES) build demo check
	@checks/runs/faults.sh

check-originals:
	@$(PACKAGES) build check
	@checks/runs/originals.sh

check-sanitizers:
	@$(PACKAGES) build demo terminal check
	@checks/runs/sanitizers.sh all
	@checks/runs/thread_sanitizer.sh

check-valgrind:
	@$(PACKAGES) build demo terminal check
	@checks/runs/valgrind.sh quick
	@checks/runs/valgrind.sh rest

fuzz-smoke:
	@$(PACKAGES) build check
	@checks/runs/fuzz.sh $(if $(SCRIPTS),same $(SCRIPTS),smoke $(SECONDS))

fuzz:
	@$(PACKAGES) build check
	@checks/runs/fuzz.sh run "$(TARGET)" $(SECONDS)

check-elsewhere:
	@checks/machines/elsewhere.sh $(SYSTEMS)

check-planted:
	@$(PACKAGES) build demo terminal check
	@cargo run --quiet --locked --manifest-path tools/Cargo.toml -p planted -- $(ONLY)

check-mutants:
	@checks/runs/mutants.sh $(ROOM)

coverage:
	@checks/runs/coverage.sh

check-cross:
	@checks/machines/cross.sh $(MACHINES)

# QUICK=1: a rough picture in two minutes. MILLPOND_REFERENCE=DIR: beside the original in DIR. ONLY=NAME: a part of it.
bench: configured-demo
	@ninja -C $(BUILD) $(QUIET)
	@cargo run --quiet --locked --release --manifest-path tools/Cargo.toml -p bench -- \
		--program $(BUILD)/benches/shm/measure --library $(BUILD)/libmillpond.so.0 $(if $(QUICK),--quick) $(if $(ONLY),--only $(ONLY))

bench-foot:
	@$(PACKAGES) build foot
	@benches/foot/bench.sh $(if $(QUICK),--quick) $(or $(VERSION),1.13.1)

bench-pool: configured-demo
	@ninja -C $(BUILD) $(QUIET)
	@benches/pool/bench.sh --program $(BUILD)/benches/pool/pool_bench --library $(BUILD)/libmillpond.so.0 \
		$(if $(QUICK),--quick) $(if $(ONLY),--only "$(ONLY)")

bench-programs: configured-demo
	@ninja -C $(BUILD) $(QUIET)
	@benches/pool/programs.sh

# The originals, from sources that you have: FOOT=DIR, PLAN9=DIR, or both.
reference:
	@tools/reference/build.sh $(BUILD)/reference "$(FOOT)" "$(PLAN9)"

headers:
	cargo run --quiet --locked --manifest-path tools/Cargo.toml -p headers

manual:
	@$(PACKAGES) manual
	@build-aux/manual.sh $(BUILD)/manual

dist:
	@$(PACKAGES) build dist
	@test -f $(BUILD)/dist/build.ninja || meson setup $(BUILD)/dist -Dtests=false >/dev/null
	@build-aux/dist.sh $(BUILD)/dist

check-cinstall:
	@$(PACKAGES) build check cinstall
	@checks/packaging/cinstall.sh

check-foot:
	@checks/real/foot.sh 1.13.1 newest

abi:
	@$(PACKAGES) build check
	@checks/artefact/abi.sh --write

licences:
	@checks/source/licences.sh --write

deny:
	@checks/source/deny.sh

check-msrv:
	@$(PACKAGES) build check
	@checks/artefact/msrv.sh

clean:
	rm -rf $(BUILD) target tools/target fuzz/target poolstat/target demo.png terminal.png

configured-demo:
	@$(PACKAGES) build demo
	@test -f $(BUILD)/build.ninja || { echo "building for the first time: a minute or two"; meson setup $(BUILD) >/dev/null; }

# A build folder that is older than libvterm here does not know the terminal.
configured-terminal: configured-demo
	@$(PACKAGES) terminal
	@grep -q ffi-examples/terminal/terminal $(BUILD)/build.ninja || meson setup --reconfigure $(BUILD) >/dev/null
	@ninja -C $(BUILD) $(QUIET) ffi-examples/terminal/terminal

.PHONY: help install demo demo-foot terminal terminal-shot check lint check-packaging check-soaks check-faults soak check-sanitizers check-valgrind check-cross check-cinstall
.PHONY: check-elsewhere check-msrv check-foot check-originals check-planted check-mutants coverage fuzz fuzz-smoke reference bench bench-pool bench-foot bench-programs headers manual dist abi licences deny clean
.PHONY: configured-demo configured-terminal
