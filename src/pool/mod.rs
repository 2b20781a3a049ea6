//! Plan 9's pool: a heap over arenas that the program provides.
//!
//! ```text
//!   fast_calls    poolalloc, poolfree: the fast path (fast_path, fast_index, fast_whole); fast_resizing: poolrealloc, poolmsize
//!   walk          each part of a pool is shown; statistics: all are counted; inspection: what both begin with
//!   zeroed        poolzalloc: a block, and what of it is not zero already
//!   system        pools over memory of the system's: their callbacks, and how they begin and end
//!   calls         the C functions' work: lock, check, do, log, unlock
//!   operations    allocate, free, resize; aligned, arenas, compaction, trimming, reading_anew: what else a call does
//!   growing       how large an arena is asked for
//!   report        what was found is told; dump: what blocks look like
//!   call          one call: the heap between callbacks, and the callbacks
//!   parts         what a pool consists of, one after the other
//!   integrity     finds what is wrong; neighbours: beside a block; mending sets it aside
//!   heap          between two callbacks: free blocks made, joined, cut, counted
//!   locked        the token that locking makes, and the callbacks; index_memory: where the index stands
//!   index         which blocks are free: exact best fit; lists: the small ones; trees, tree_bits: the large; loose: outside of both
//!   marks         what is known of the past of a pool
//!   told          what the statistics page says of a pool; telling: what a call tells
//!   arena_table   where the arenas are: everything read from the heap is checked against it
//!   extents       their addresses, and where to look for one
//!   room, block   an arena, and a block in it, as types: made of what was checked; block_data, spot: parts of a block
//!   hold          a pool for one call of the fast path: locked, or without a lock where nobody else can come
//!   system_lock   the lock of a system pool
//!   pool_pointer  the fields of a C Pool; grant: memory that the program gave; raw_bytes: memory at addresses
//!   layout        what stands in a block, and sizes: arithmetic; record: struct Pool; damage, flags, error, numbers, watch
//! ```
//!
//! Arrows point down here too. Nothing below `call` calls the program.

mod aligned;
mod arena_table;
mod arenas;
mod block;
mod block_data;
mod call;
mod calls;
mod compaction;
mod damage;
mod dump;
mod error;
mod extents;
mod fast_calls;
mod fast_index;
mod fast_path;
mod fast_resizing;
mod fast_whole;
mod flags;
mod grant;
mod growing;
mod heap;
mod hold;
mod index;
mod index_memory;
mod inspection;
mod integrity;
mod layout;
mod lists;
mod locked;
mod loose;
mod marks;
mod mending;
mod neighbours;
mod numbers;
mod operations;
mod parts;
mod pool_pointer;
mod raw_bytes;
mod reading_anew;
mod record;
mod report;
mod room;
mod spot;
mod statistics;
mod system;
mod system_lock;
mod telling;
mod told;
mod tree_bits;
mod trees;
mod trimming;
mod walk;
mod watch;
mod zeroed;

/// A text for the pool's `print` and `panic`.
type Text = crate::text::Text<768>;

pub use calls::{alloc_aligned, check, check_block, compact, dump, error_text, is_overlap, no_pool, reset, trim};
pub use fast_calls::{alloc, free};
pub use fast_resizing::{resize, usable_size};
pub use inspection::say;
pub use parts::{Part, PartKind};
pub use pool_pointer::PoolPointer;
pub use record::{
    POOL_ANTAGONISM, POOL_DEBUGGING, POOL_FRESH, POOL_LOGGING, POOL_NOREUSE, POOL_PARANOIA, POOL_SYSTEM,
    POOL_TOLERANCE, POOL_VERBOSITY, Pool,
};
pub use statistics::{Statistics, Tally, statistics};
pub use system::{LockCallbacks, destroy, lock, make, map_arena, unlock, unmap_arena};
pub use walk::walk;
pub use zeroed::alloc_zeroed;
