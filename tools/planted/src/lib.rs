//! Faults that are planted in a copy of the sources, and the suites that must find them.
//!
//! A list is a text of faults with an empty line between them; a line that begins with # is a remark:
//!
//! ```text
//! wrap_too_late: the view wraps one row behind the end of its ring
//! in src/scroll/plan.rs
//! found by cargo test --test scroll steady
//! -if end > self.extent {
//! +if end > self.extent + 1 {
//! ```
//!
//! What stands behind - occurs once in the file, and is replaced by what stands behind +. Several lines follow each other,
//! with the indentation that they have in the file; that of the first may be left out.
//! A suite is `cargo test` with a target and perhaps a filter, or a program of the C tests, as its path below the build
//! folder, and perhaps the name of a test.

pub mod copy;
pub mod list;
pub mod suite;

pub use list::{Fault, read};
