//! The state machine of one buffer.

/// Where a buffer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Nobody holds it: it can be handed out.
    Idle,
    /// The program draws into it, or the compositor reads it (`busy` in shm.h).
    Held,
    /// Idle, and goes with the next request of its group (`purge` in shm.h).
    IdleOutdated,
    /// Held, and goes when it is released.
    HeldCondemned,
    /// Destroyed.
    Gone,
}

/// What happens to a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// It is handed out.
    Reuse,
    /// It is not needed any more: a buffer of another size or kind takes its place, or it is surplus. Only idle buffers
    /// are superseded, as in the original: a held one is still there when the program comes back to its size.
    Supersede,
    /// A request of its group begins.
    NextRequest,
    /// The compositor gives it back.
    Release,
    /// The program wants the buffers of its group to go.
    Purge,
    /// It has been idle, or waiting to go, for so long that it can go.
    Expire,
    /// So many are held that it is not going to be released.
    Abandon,
}

/// What is to be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Nothing but the new state.
    None,
    /// Its objects go, and its memory is free.
    Destroy,
    /// Its objects go, and its memory is never written again: the compositor may still read it.
    Abandon,
    /// The same, but the program has not purged it: what it has pointers to stays, over other memory.
    Retain,
    /// The event makes no sense in this state: ignored, and counted.
    Stray,
}

impl State {
    /// True while the compositor may read the pixels, or the program draws them.
    pub fn is_held(self) -> bool {
        matches!(self, State::Held | State::HeldCondemned)
    }

    /// True if a request may hand it out, or will be able to when it is released.
    pub fn is_current(self) -> bool {
        matches!(self, State::Idle | State::Held)
    }

    /// True if it only waits to go.
    pub fn is_going(self) -> bool {
        !self.is_current()
    }

    /// The state after `event`, and what is to be done.
    pub fn after(self, event: Event) -> (State, Effect) {
        use State::{Gone, Held, HeldCondemned, Idle, IdleOutdated};
        match (event, self) {
            (_, Gone) => (Gone, Effect::Stray),

            (Event::Reuse, Idle) => (Held, Effect::None),
            (Event::Reuse, other) => (other, Effect::Stray),

            (Event::Supersede, Idle) => (IdleOutdated, Effect::None),
            (Event::Supersede, other) => (other, Effect::None),

            (Event::NextRequest, IdleOutdated) => (Gone, Effect::Destroy),
            (Event::NextRequest, other) => (other, Effect::None),

            (Event::Release, Held) => (Idle, Effect::None),
            (Event::Release, HeldCondemned) => (Gone, Effect::Destroy),
            (Event::Release, other) => (other, Effect::Stray),

            (Event::Purge, Idle | IdleOutdated) => (Gone, Effect::Destroy),
            (Event::Purge, _) => (HeldCondemned, Effect::None),

            (Event::Expire, Idle | IdleOutdated) => (Gone, Effect::Destroy),
            (Event::Expire, HeldCondemned) => (Gone, Effect::Abandon),
            (Event::Expire, other) => (other, Effect::None),

            (Event::Abandon, Held) => (Gone, Effect::Retain),
            (Event::Abandon, HeldCondemned) => (Gone, Effect::Abandon),
            (Event::Abandon, other) => (other, Effect::Stray),
        }
    }
}
