//! The state machine of one buffer.

/// Where a buffer stands.
///
/// Held: handed out. The program draws into it, then the compositor reads it (`busy` in shm.h); where the one ends and the
/// other begins is not seen here, so both are one hold, which the compositor's release ends. Referenced: the program has
/// said that it keeps it, until it lets go.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Nobody holds it: it can be handed out.
    Idle = 0,
    /// The compositor holds it, or will.
    Held = HELD,
    /// The program holds it. It can be handed out: the program may look at the pixels that it draws over.
    Referenced = REFERENCED,
    /// Both hold it.
    HeldReferenced = HELD | REFERENCED,
    /// Nobody holds it, and it goes with the next request of its group (`purge` in shm.h).
    IdleOutdated = OUTDATED,
    /// The program holds it, and it is not handed out again.
    ReferencedOutdated = REFERENCED | OUTDATED,
    /// The compositor holds it, and it goes when it is released.
    HeldCondemned = HELD | CONDEMNED,
    /// The program holds it, and it goes when the program lets go.
    ReferencedCondemned = REFERENCED | CONDEMNED,
    /// Both hold it, and it goes with the last of them.
    HeldReferencedCondemned = HELD | REFERENCED | CONDEMNED,
    /// Destroyed.
    Gone = GONE,
}

// One bit for each question, because each scroll and each request asks.
const HELD: u8 = 1;
const REFERENCED: u8 = 2;
const OUTDATED: u8 = 4;
const CONDEMNED: u8 = 8;
const GONE: u8 = 16;

/// What happens to a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// It is handed out.
    HandOut,
    /// The program says that it keeps it: the first of its references.
    Reference,
    /// The last of the program's references goes.
    LetGo,
    /// It is not needed any more: a buffer of another size or kind takes its place, or it is surplus. Only what the
    /// compositor does not hold is superseded, as in the original: a held one is still there when the program comes back
    /// to its size.
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
    /// True while the compositor may read the pixels, or the program draws them to be shown.
    pub fn is_held(self) -> bool {
        self.has(HELD)
    }

    /// True while the program has a reference.
    pub fn is_referenced(self) -> bool {
        self.has(REFERENCED)
    }

    /// True if a request may hand it out.
    pub fn can_be_handed_out(self) -> bool {
        self.is_current() && !self.is_held()
    }

    /// True if a request may hand it out, or will be able to when it is released.
    pub fn is_current(self) -> bool {
        !self.has(OUTDATED | CONDEMNED | GONE)
    }

    /// True if it only waits to go.
    pub fn is_going(self) -> bool {
        !self.is_current()
    }

    /// True if only those who hold it keep it from going.
    pub fn is_condemned(self) -> bool {
        self.has(CONDEMNED)
    }

    /// True if nobody holds it, and requests decide what becomes of it: one is answered with it, or lets it go.
    pub fn is_cached(self) -> bool {
        !self.has(HELD | CONDEMNED | GONE) && !self.is_lost()
    }

    /// True if nothing keeps it but references of the program, and no request is answered with it any more. That is how it
    /// should be for a moment, after a change of size; where it lasts, the program has forgotten to let go.
    pub fn is_lost(self) -> bool {
        self.is_referenced() && self.is_going() && !self.is_held()
    }

    fn has(self, bits: u8) -> bool {
        self as u8 & bits != 0
    }

    /// The state after `event`, and what is to be done.
    pub fn after(self, event: Event) -> (State, Effect) {
        use State::{
            Gone, Held, HeldCondemned, HeldReferenced, HeldReferencedCondemned, Idle, IdleOutdated, Referenced,
            ReferencedCondemned, ReferencedOutdated,
        };
        match (event, self) {
            (_, Gone) => (Gone, Effect::Stray),

            (Event::HandOut, Idle) => (Held, Effect::None),
            (Event::HandOut, Referenced) => (HeldReferenced, Effect::None),
            (Event::HandOut, other) => (other, Effect::Stray),

            (Event::Reference, Idle) => (Referenced, Effect::None),
            (Event::Reference, Held) => (HeldReferenced, Effect::None),
            (Event::Reference, IdleOutdated) => (ReferencedOutdated, Effect::None),
            (Event::Reference, other) => (other, Effect::Stray),

            (Event::LetGo, Referenced) => (Idle, Effect::None),
            (Event::LetGo, HeldReferenced) => (Held, Effect::None),
            (Event::LetGo, ReferencedOutdated) => (IdleOutdated, Effect::None),
            (Event::LetGo, HeldReferencedCondemned) => (HeldCondemned, Effect::None),
            (Event::LetGo, ReferencedCondemned) => (Gone, Effect::Destroy),
            (Event::LetGo, other) => (other, Effect::Stray),

            (Event::Supersede, Idle) => (IdleOutdated, Effect::None),
            (Event::Supersede, Referenced) => (ReferencedOutdated, Effect::None),
            (Event::Supersede, other) => (other, Effect::None),

            (Event::NextRequest, IdleOutdated) => (Gone, Effect::Destroy),
            (Event::NextRequest, ReferencedOutdated) => (ReferencedCondemned, Effect::None),
            (Event::NextRequest, other) => (other, Effect::None),

            (Event::Release, Held) => (Idle, Effect::None),
            (Event::Release, HeldReferenced) => (Referenced, Effect::None),
            (Event::Release, HeldReferencedCondemned) => (ReferencedCondemned, Effect::None),
            (Event::Release, HeldCondemned) => (Gone, Effect::Destroy),
            (Event::Release, other) => (other, Effect::Stray),

            (Event::Purge, Idle | IdleOutdated) => (Gone, Effect::Destroy),
            (Event::Purge, Held) => (HeldCondemned, Effect::None),
            (Event::Purge, Referenced | ReferencedOutdated) => (ReferencedCondemned, Effect::None),
            (Event::Purge, HeldReferenced) => (HeldReferencedCondemned, Effect::None),
            (Event::Purge, other) => (other, Effect::None),

            (Event::Expire, Idle | IdleOutdated) => (Gone, Effect::Destroy),
            (Event::Expire, HeldCondemned) => (Gone, Effect::Abandon),
            (Event::Expire, other) => (other, Effect::None),

            // What the program holds is not given up: it is there to let go.
            (Event::Abandon, Held) => (Gone, Effect::Retain),
            (Event::Abandon, HeldCondemned) => (Gone, Effect::Abandon),
            (Event::Abandon, other) => (other, Effect::Stray),
        }
    }
}
