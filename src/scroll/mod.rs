//! How a view moves in its ring, and which rows are copied or zeroed: arithmetic on rows, and nothing else.
//!
//! ```text
//!  row 0      offset                      offset + view       extent            capacity
//!  |          |                           |                   |                 |
//!  |   free   |         the view          |       slack       |    not in use   |
//!  +----------+===========================+-------------------+-----------------+
//!             scrolling by r rows moves the view:  ----r--->
//! ```
//!
//! A view that reaches the end of the extent is carried back by one copy of the rows that stay: it wraps. The extent
//! starts small and grows with the wraps, up to the capacity. What never fits in the slack is moved in place.
//!
//! `lag.rs` says how an older picture is brought up to date from a newer one: by how much its view moves, and what is
//! copied. `remainder.rs` says what of a picture is not drawn.
#![forbid(unsafe_code)]

mod drawn;
mod lag;
mod plan;
mod remainder;
mod row_map;
mod step;

pub use lag::{CatchingUp, Lag, Runs};
pub use plan::{Motion, Operation, Plan, Ring, wanted_ring_bytes};
pub use remainder::Remainder;
pub use step::{BadStep, Direction, Kept, Step};
