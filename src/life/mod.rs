//! Who holds a buffer, when it goes, and which buffer is next: decisions only.
//!
//! Two can hold a buffer, each for itself: the compositor, from the request that hands it out until its release, and the
//! program, from its first reference until it lets go of the last.
//!
//! ```text
//!                       nobody        hand out       the compositor
//!                        Idle  <------------------->  Held
//!                         ^           release          ^
//!     reference, let go   |                            |   reference, let go
//!                         v           hand out         v
//!                     Referenced <--------------> HeldReferenced
//!                     the program     release          both
//! ```
//!
//! These are current. What is not needed any more, or is purged, goes, but not before the last who holds it lets go:
//!
//! ```text
//!   held by     current           outdated              condemned                  gone
//!
//!   nobody      Idle ----------> IdleOutdated --------------------------------+--> Gone
//!                 \  supersede                 next request, purge, expire    |
//!                  \--------------------------------------------purge, expire-+
//!
//!   program     Referenced ----> ReferencedOutdated --> ReferencedCondemned ----> Gone
//!                 \  supersede     next request, purge   ^              let go
//!                  \------------------------------purge--/
//!
//!   compositor  Held ---------------------------purge--> HeldCondemned ---------> Gone
//!                 \                                            release, abandon, expire
//!                  \--------------------------------------------------abandon--> Gone, but what the program has pointers
//!                                                                                to stays: `Effect::Retain`
//!
//!   both        HeldReferenced -----------------purge--> HeldReferencedCondemned
//!                                                            release: to ReferencedCondemned; let go: to HeldCondemned
//! ```
//!
//! A request hands a buffer out, the program draws into it and shows it, and the compositor gives it back: that is one
//! hold, because nobody tells this library when the program shows it. shm.h of foot 1.4 to 1.8 knows no references.
//! Outdated: another size took its place. It stays readable until the next request of its group, because programs look at
//! the last buffer's size while they draw the next.
#![forbid(unsafe_code)]

mod choice;
mod state;

pub use choice::{Candidate, Choice, Dispensable, dispensable, returned_age};
pub use state::{Effect, Event, State};
