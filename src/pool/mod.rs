//! Plan 9's pool: a heap over arenas that the program provides.
//!
//! ```text
//!   calls         the C functions' work: lock, check, do, log, unlock; busy_calls those of alloc, free and realloc
//!   short         poolalloc, poolfree and poolrealloc where nothing is special; short_index its part of the index
//!   operations    allocate, free, resize, align
//!   annotation    the same as the program sees it: what Memcheck and AddressSanitizer are told
//!   arenas        get arenas, join them, move blocks together
//!   integrity     find what is wrong; report says it; mending sets it aside
//!   heap          blocks: make, mark, join, cut
//!   index         which blocks are free: exact best fit; trees: the large ones
//!   arena_table   where the arenas are
//!   index_memory  where the index is; reading_anew makes it say what another process has made of the pool
//!   layout        what stands in a block, and sizes: arithmetic only
//!   raw_memory    the one file that reads and writes the heap, and calls the program
//! ```

mod aligned;
mod arena_table;
mod arenas;
mod block;
mod block_data;
mod busy_calls;
mod call;
mod calls;
mod compaction;
mod damage;
mod dump;
mod error;
mod flags;
mod grant;
mod heap;
mod index;
mod index_memory;
mod integrity;
mod layout;
mod locked;
mod mending;
mod neighbours;
mod numbers;
mod operations;
mod pool_pointer;
mod raw_bytes;
mod reading_anew;
mod record;
mod report;
mod room;
mod short;
mod short_index;
mod spot;
mod trees;
mod victim;
mod watch;

/// A text for the pool's `print` and `panic`.
type Text = crate::text::Text<768>;

pub use busy_calls::{alloc, free, resize};
pub use calls::{
    alloc_aligned, check, check_block, compact, dump, error_text, is_overlap, no_pool, reset, usable_size,
};
pub use pool_pointer::PoolPointer;
pub use record::{
    POOL_ANTAGONISM, POOL_DEBUGGING, POOL_LOGGING, POOL_NOREUSE, POOL_PARANOIA, POOL_TOLERANCE, POOL_VERBOSITY, Pool,
};
