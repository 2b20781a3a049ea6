//! Pixel buffers: memory files, reuse, scrolling, release.
//!
//! ```text
//!   Display ---- Table of Buffer ---- Offsets: wl_buffer and images for each offset of the ring
//!      |              |        \----- Handle: what the face (c_api) keeps for it
//!      |--- RetainedList: what the program has pointers to, of buffers that were given up
//!      |              | Range
//!      +---- Arenas - Arena ---- Space: the mapping, who is where in it, what was touched
//!                       \------- memory file, wl_shm_pool
//! ```
//!
//! Files use those below them, also where they do something to a [`Display`]:
//!
//! ```text
//!   requests      a buffer is handed out: the fast path, the slow path; releases: it comes back, or its group goes
//!   housekeeping  what is done every Nth time; make: a new buffer
//!   leaks         what loses buffers is counted, and said
//!   eviction      who goes without being asked to; trimming: memory goes back; scrolling; catching_up; carrying_over
//!   choosing      what life chooses among; transitions: what life says is done
//!   display       all that is kept; buffer: one of them; view, offsets, objects, record: parts of it
//!   arenas        memory files; arena: one of them; space: its bytes
//!   table, notices, kind, handle, settings, holdings, retained, sweep, warned_groups, failure, copy_statistics,
//!   account, groups, told, group_counts, taking
//! ```
//!
//! One [`Display`] for each `wl_shm` of the program. The decisions come from `life`, `placement` and `scroll`; here
//! they are carried out. Nothing here knows how C sees a buffer, and nothing here calls the program: what there is to
//! say goes into [`Notices`], which the face reads out when the work is done.
#![forbid(unsafe_code)]

mod account;
mod arena;
mod arenas;
mod buffer;
mod carrying_over;
mod catching_up;
mod choosing;
mod copy_statistics;
mod display;
mod eviction;
mod failure;
mod group_counts;
mod groups;
mod handle;
mod holdings;
mod housekeeping;
mod kind;
mod leaks;
mod make;
mod notices;
mod objects;
mod offsets;
mod record;
mod releases;
mod requests;
mod retained;
mod scrolling;
mod settings;
mod space;
mod sweep;
mod table;
mod taking;
mod told;
mod transitions;
mod trimming;
mod view;
mod warned_groups;

pub use carrying_over::NotCarried;
pub use copy_statistics::CopyStatistics;
pub use display::Display;
pub use failure::Failure;
pub use handle::{DrawnMark, Handle, RecordedScrolls};
pub use kind::Kind;
pub use notices::{Notice, Notices};
pub use scrolling::Refusal;
pub use settings::Settings;
pub use table::Key;
pub use taking::Taking;
pub use view::View;
