//! Pixel buffers for Wayland behind the C ABI of foot's `shm.c`, and heaps behind that of Plan 9's `pool.c`.
//!
//! The library is built in floors; a module uses only what stands on lower floors (`docs/architecture.md` has the
//! drawing, `tools/layers` checks it):
//!
//! | floor | module | what it does |
//! |---|---|---|
//! | 4 | [`c_api`] | the exported C functions and types |
//! | 3 | `pool` | a heap over arenas: blocks, lists, checks |
//! | 3 | `shm` | buffers: memory files, reuse, scrolling, release |
//! | 2 | `placement`, `scroll`, `life` | decisions, without effects |
//! | 2 | `published` | records of the statistics page |
//! | 2 | `os`, `wayland`, `pixman` | the only system calls, the only calls of the two libraries |
//! | 1 | `units`, `limits`, `text`, `statistics_page` | sizes, checked arithmetic, every limit with its reason, bounded texts, a layout |
//!
//! Rust programs have [`c_api`], as C has it; the other modules are the house's own, may change in any release, and are
//! public for its tests only.
#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

// Documentation may be made of any of it; nothing runs of that.
#[cfg(all(not(feature = "std"), not(panic = "abort"), not(doc)))]
compile_error!("the C library is built with panic = \"abort\": unwinding into C is undefined behaviour");

#[cfg(not(any(feature = "shm", feature = "pool", doc)))]
compile_error!("millpond has two halves, the features shm and pool: build it with at least one of them");

#[doc(hidden)]
pub mod limits;
#[doc(hidden)]
pub mod statistics_page;
#[doc(hidden)]
pub mod text;
#[doc(hidden)]
pub mod units;

#[cfg(feature = "shm")]
#[doc(hidden)]
pub mod life;
#[cfg(feature = "shm")]
#[doc(hidden)]
pub mod placement;
#[cfg(feature = "shm")]
#[doc(hidden)]
pub mod scroll;

#[expect(unsafe_code, reason = "system calls and mapped memory")]
#[doc(hidden)]
pub mod os;
#[cfg(feature = "shm")]
#[expect(unsafe_code, reason = "calls of pixman")]
#[doc(hidden)]
pub mod pixman;
#[doc(hidden)]
pub mod published;
#[cfg(feature = "shm")]
#[expect(unsafe_code, reason = "calls of libwayland-client")]
#[doc(hidden)]
pub mod wayland;

#[cfg(feature = "pool")]
#[doc(hidden)]
pub mod pool;
#[cfg(feature = "shm")]
#[doc(hidden)]
pub mod shm;

#[expect(unsafe_code, reason = "what C calls, and what C passes")]
pub mod c_api;
