//! What a program with some windows does, and what its compositor is like.

use arbitrary::Arbitrary;

/// The header that a program is compiled with.
#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// `shm.h`
    Cookies,
    /// `chain/shm.h` as foot 1.13.1 has it.
    ChainsWithScrolls,
    /// `chain/shm.h` as foot 1.16 has it.
    Chains,
}

/// From the start of a program to its end.
#[derive(Arbitrary, Clone, Debug)]
pub struct Script {
    /// Its header.
    pub face: Face,
    /// When the compositor gives buffers back: `ReleasePolicy`.
    pub policy: u8,
    /// For the policy that is late.
    pub late_commits: u8,
    /// The connection ends with that request, if it is one of the first.
    pub dies_at_message: Option<u8>,
    /// How large memory files may be.
    pub pool_size: u8,
    /// One after the other.
    pub acts: Vec<Act>,
}

/// What happens. Windows are three; the last one does not scroll.
#[derive(Arbitrary, Clone, Debug)]
pub enum Act {
    /// A frame is drawn, and shown.
    Frame(Frame),
    /// The window has another size from now on.
    Size {
        /// Which window.
        window: u8,
        /// One of some.
        size: u8,
    },
    /// Its buffers are let go of.
    Purge {
        /// Which window.
        window: u8,
    },
    /// The compositor gives the oldest back.
    ReleaseOldest,
    /// The compositor gives the newest back.
    ReleaseNewest,
    /// The compositor gives all back.
    ReleaseAll,
    /// It is another compositor from now on.
    Policy(u8, u8),
    /// How large memory files may be from now on.
    PoolSize(u8),
    /// The program keeps the buffer that the window shows.
    AddReference {
        /// Which window.
        window: u8,
    },
    /// It lets go of the oldest that it keeps.
    DropReference,
    /// Some small buffers are shown once.
    Many {
        /// For which window.
        window: u8,
        /// How large they are; 0: none.
        sides: [u8; 4],
        /// Those of which a bit is set are shown.
        shown: u8,
    },
    /// The library ends, and begins anew.
    Finish,
}

/// One frame.
#[derive(Arbitrary, Clone, Debug)]
pub struct Frame {
    /// Which window.
    pub window: u8,
    /// It is recorded what is done, as the header asks for.
    pub is_recorded: bool,
    /// The buffer goes to the compositor; otherwise it is not used.
    pub is_shown: bool,
    /// In this order.
    pub steps: Vec<Step>,
}

/// What is done to a buffer.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Step {
    /// Something is drawn.
    Draw {
        /// Left, top, width, height.
        place: [u8; 4],
    },
    /// Rows are moved.
    Scroll {
        /// By so many.
        rows: i8,
        /// Margins and kept rows.
        kept: [u8; 4],
    },
    /// The program moves the rows by itself.
    MoveByHand {
        /// By so many.
        rows: i8,
    },
}
