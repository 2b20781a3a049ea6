//! What the flags of a pool ask for.
#![forbid(unsafe_code)]

use super::record::{
    POOL_ANTAGONISM, POOL_FRESH, POOL_LOGGING, POOL_NOREUSE, POOL_PARANOIA, POOL_SYSTEM, POOL_TOLERANCE, POOL_VERBOSITY,
};

/// Flags with which a call has something to print, check or fill.
const WATCHED: i32 = POOL_ANTAGONISM | POOL_PARANOIA | POOL_VERBOSITY | POOL_LOGGING;

/// The flags of a pool when a call began.
#[derive(Clone, Copy)]
pub(super) struct Flags(pub(super) i32);

impl Flags {
    fn has(self, flag: i32) -> bool {
        self.0 & flag != 0
    }

    /// True if the call has nothing to print, check or fill.
    #[inline]
    pub(super) fn is_plain(self) -> bool {
        !self.has(WATCHED)
    }

    /// True if the fast path does all that is asked for.
    #[inline(always)]
    pub(super) fn is_fast(self) -> bool {
        !self.has(WATCHED | POOL_NOREUSE)
    }

    pub(super) fn fills(self) -> bool {
        self.has(POOL_ANTAGONISM)
    }

    pub(super) fn tolerates(self) -> bool {
        self.has(POOL_TOLERANCE)
    }

    pub(super) fn keeps_freed(self) -> bool {
        self.has(POOL_NOREUSE)
    }

    pub(super) fn checks_all(self) -> bool {
        self.has(POOL_PARANOIA)
    }

    pub(super) fn prints_all(self) -> bool {
        self.has(POOL_VERBOSITY)
    }

    /// True if pages of arenas are zero until they are written.
    pub(super) fn are_arenas_fresh(self) -> bool {
        self.has(POOL_FRESH)
    }

    /// True if arenas are pages of the system's, and messages go to stderr.
    pub(super) fn is_of_system(self) -> bool {
        self.has(POOL_SYSTEM)
    }

    pub(super) fn logs(self) -> bool {
        self.has(POOL_LOGGING)
    }
}
