//! How a buffer is taken that is held.

/// How a buffer was taken once more while it was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taking {
    /// The program has kept it by a reference already, since it was handed out, and has added another one.
    ByReference,
    /// The program has written that it has a buffer that it was not handed out. It is about to be handed out.
    ByHand,
}
