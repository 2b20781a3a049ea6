//! The only system calls, and the only memory that is reached by address.
//!
//! Every function here returns `Result<_, Errno>` with the errno of the call, or cannot fail. Memory files and mappings
//! own what they stand for, and give it back when dropped.

mod boxes;
mod checker;
mod clock;
mod copy;
mod discarding;
mod environment;
mod errno;
mod fetching;
mod foreign;
mod fork;
mod guarded;
mod heap;
mod lock;
mod mapping;
mod memory_file;
mod mutex;
mod nameless_file;
mod numbered_locks;
mod pages;
mod placing;
pub mod probes;
mod process;
mod process_barrier;
mod questions;
mod record_numbers;
mod recursive_lock;
mod statistics;
mod statistics_memory;
mod stderr;
mod thread;
mod thread_text;
mod token;
mod token_page;
mod zeroing;

pub use boxes::try_box;
pub use checker::{Checker, memory_checker};
pub use clock::{coarse_nanoseconds, milliseconds, nanoseconds};
pub use discarding::discard_pages;
pub use environment::{environment_number, environment_value_is};
pub use errno::Errno;
pub use fetching::fetch_early;
pub use foreign::free_foreign;
pub use guarded::{map_guarded, unmap_guarded};
pub use lock::{Lock, claim_lock};
pub use mapping::{Mapping, PrivateMemory, RowsShape};
pub use memory_file::MemoryFile;
pub use numbered_locks::{COMMON_LOCK, keep_with_lock, lock_kept_with, numbered_lock, release_lock};
pub use pages::{map_zeroed, page_bytes, unmap};
pub use placing::{lonely_place, map_where_wished, wish_for_place};
pub use process::{abort, find_symbol};
pub use questions::{is_mapped, is_shared, is_writable};
pub use recursive_lock::RecursiveLock;
pub use statistics::with_statistics_page;
pub use statistics_memory::{StatisticsCells, StatisticsPage, look_at_statistics_page, statistics_descriptor};
pub use stderr::write_to_stderr;
pub use thread::{Solitude, solitude};
pub use thread_text::{set_thread_text, thread_text};
pub use token::{process_token, random_token};
pub use zeroing::{zero, zero_fresh};
