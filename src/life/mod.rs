//! Who holds a buffer, when it goes, and which buffer is next: decisions only.
//!
//! ```text
//!                      reuse
//!           Idle <---------------> Held
//!            |        release       |
//!            | supersede            | purge
//!            v                      v
//!       IdleOutdated          HeldCondemned
//!            |                      |
//!            | next request,        | release,
//!            | purge, expire        | abandon
//!            v                      v
//!           Gone <------------------+         (purge and expire also take an Idle buffer)
//!             ^
//!             | abandon
//!           Held       what the program has pointers to stays until it is purged: `Effect::Retain`
//! ```
//!
//! A buffer is handed out by a request and comes back by the compositor's release; in between the program draws into
//! it, then the compositor reads it. Outdated: another size took its place. It stays readable until the next request of
//! its group, because programs look at the last buffer's size while they draw the next.
#![forbid(unsafe_code)]

mod choice;
mod state;

pub use choice::{Candidate, Choice, Dispensable, dispensable, returned_age};
pub use state::{Effect, Event, State};
