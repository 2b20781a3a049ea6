//! What every face of the buffers needs, and no C header: a face is monomorphic code made of this.
//!
//! ```text
//!   the face: names, struct, checks of arguments
//!      | calls.rs      what C asks of the engine; what there is to say is said when that is done
//!      | node.rs       one C struct for each buffer of the engine, and the way back: the trait Face
//!      | c_buffer.rs   what a struct shows, and what the program tells by it: the trait CBuffer
//!      | carrying_over.rs  shm_carry_over, which every face has in the same way
//!      | refusals.rs  what is said of arguments that make no sense
//!      | state.rs      one static for each face: displays.rs, ways.rs (which structs are ours), settings.rs, log.rs
//! ```

pub(super) mod c_buffer;
pub(super) mod calls;
pub(super) mod carrying_over;
pub(super) mod displays;
pub(super) mod log;
pub(super) mod node;
pub(super) mod refusals;
pub(super) mod settings;
pub(super) mod state;
pub(super) mod ways;
