//! Why something could not be had.

use core::fmt;

use crate::os::Errno;
use crate::units::BadSize;

/// What failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// A system call.
    System {
        /// The call's name.
        call: &'static str,
        /// Its errno.
        errno: Errno,
    },
    /// libwayland returned no object: it has no memory.
    Wayland {
        /// The request.
        request: &'static str,
    },
    /// pixman returned no image: it has no memory.
    Images,
    /// No memory for our own lists.
    Memory,
    /// More bytes than a Wayland memory pool can have.
    TooLarge,
    /// No buffer has such a size. The face has let it through.
    BadSize(BadSize),
}

impl Failure {
    /// The number for a program that looks at errno.
    pub fn errno(&self) -> Errno {
        match self {
            Failure::System { errno, .. } => *errno,
            Failure::Wayland { .. } | Failure::Images | Failure::Memory => Errno::NO_MEMORY,
            Failure::TooLarge | Failure::BadSize(BadSize::TooLarge) => Errno::OVERFLOW,
            Failure::BadSize(_) => Errno::INVALID,
        }
    }

    /// True if somebody else has closed a descriptor of ours.
    pub(super) fn is_lost_descriptor(&self) -> bool {
        matches!(self, Failure::System { errno: Errno::BAD_DESCRIPTOR, .. })
    }

    /// Names the call whose error this is.
    pub(super) fn of(call: &'static str) -> impl Fn(Errno) -> Failure {
        move |errno| Failure::System { call, errno }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::System { call, errno } => write!(f, "{call}: {errno}"),
            Failure::Wayland { request } => write!(f, "{request}: libwayland made no object"),
            Failure::Images => write!(f, "pixman made no image"),
            Failure::Memory => write!(f, "out of memory"),
            Failure::TooLarge => write!(f, "more than a Wayland memory pool can hold"),
            Failure::BadSize(_) => write!(f, "no size that a buffer can have"),
        }
    }
}
