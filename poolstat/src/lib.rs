//! poolstat: what processes have in their pools and pixel buffers, who holds it, and what leaks.
//!
//! ```text
//!  main       arguments, looks, exit code
//!  output     table    json    openmetrics                      what is written
//!  system     look     core                                     the only effects: /proc, and files of cores
//!  diagnosis  slopes                                            what is wrong, and what grows: decisions
//!  core_file                                                    what a core has in it
//!  page       elf      snapshot                                 bytes of others, and what was made of them
//!  limits     names    text     units                           thresholds, names, numbers
//! ```
//!
//! A module uses what stands below it. Bytes of others are read by `page`, `elf` and `core_file`, which may be given any
//! (`fuzz/` does).
#![forbid(unsafe_code)]

pub mod arguments;
pub mod core_file;
pub mod diagnosis;
pub mod elf;
pub mod limits;
pub mod names;
pub mod output;
pub mod page;
pub mod slopes;
pub mod snapshot;
pub mod system;
pub mod text;
pub mod units;
