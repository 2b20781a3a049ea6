//! What there is to say, kept until nothing of ours is being changed: a log handler of the program may call us again.

use core::fmt;

use super::{CopyStatistics, Failure, Taking};

/// Something to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// So many buffers of this group are held that the oldest is given up.
    NeverReleased {
        /// The group.
        group: u64,
        /// How many.
        count: usize,
    },
    /// So many buffers of this group are held.
    ManyHeld {
        /// The group.
        group: u64,
        /// How many.
        count: usize,
        /// How many are not worth a word.
        most: usize,
        /// For how long the one is held that is held longest, in milliseconds.
        oldest_ms: u64,
    },
    /// A buffer of this group was taken once more while it was held.
    TakenTwice {
        /// The group.
        group: u64,
        /// How.
        how: Taking,
    },
    /// No room to scroll could be had, only a plain buffer.
    PlainInstead {
        /// Why.
        failure: Failure,
    },
    /// A scroll could not be carried out.
    ScrollFailed {
        /// Why.
        failure: Failure,
    },
    /// Memory cannot be given back to the system.
    NoHoles {
        /// Why.
        failure: Failure,
    },
    /// The memory file could not be sealed.
    NoSeals {
        /// Why.
        failure: Failure,
    },
    /// The descriptor of a memory file is not ours any more.
    DescriptorLost,
    /// A release for a buffer that nobody held.
    StrayRelease {
        /// How many there were so far.
        count: u64,
    },
    /// A buffer was given up, because the compositor does not release it.
    Abandoned {
        /// How many there were so far.
        count: u64,
    },
    /// A new memory file.
    ArenaMade {
        /// Its size.
        bytes: usize,
    },
    /// A memory file takes no more buffers, because the compositor keeps one in it for ever.
    ArenaRetired,
    /// A memory file was given up.
    ArenaGone,
    /// What scrolling has copied.
    Copied(CopyStatistics),
}

impl Notice {
    /// True if something is wrong, false if it only says what goes on inside.
    pub fn is_warning(&self) -> bool {
        matches!(
            self,
            Notice::NeverReleased { .. }
                | Notice::ManyHeld { .. }
                | Notice::TakenTwice { .. }
                | Notice::PlainInstead { .. }
                | Notice::ScrollFailed { .. }
                | Notice::DescriptorLost
        )
    }
}

impl Notice {
    /// The text. `group_word` is what the program knows a group as.
    pub fn in_words(self, group_word: &'static str) -> impl fmt::Display {
        Words { notice: self, group_word }
    }
}

struct Words {
    notice: Notice,
    group_word: &'static str,
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group_word = self.group_word;
        match self.notice {
            Notice::NeverReleased { group, count } => write!(
                f,
                "{count} buffers of {group_word} {group:#x} were not released; the oldest are given up from now on: their \
                 pixels are zero, and wl_buf is NULL"
            ),
            Notice::ManyHeld { group, count, most, oldest_ms } => write!(
                f,
                "{count} buffers of {group_word} {group:#x} are held, more than SHM_MAX_HELD={most}, the oldest for \
                 {}.{:03} s: they were not attached, or are not released",
                oldest_ms / 1000,
                oldest_ms % 1000
            ),
            Notice::TakenTwice { group, how: Taking::ByReference } => write!(
                f,
                "shm_addref: a buffer of {group_word} {group:#x} was taken once more while it was held: it stays until \
                 shm_unref is called as often"
            ),
            Notice::TakenTwice { group, how: Taking::ByHand } => write!(
                f,
                "shm_get_buffer: a buffer of {group_word} {group:#x} that is handed out is busy by the program's own \
                 hand: it was taken twice, and is used in two places"
            ),
            Notice::PlainInstead { failure } => write!(f, "shm_get_buffer: no room to scroll in: {failure}"),
            Notice::ScrollFailed { failure } => write!(f, "shm_scroll: {failure}; the program has to move the pixels"),
            Notice::NoHoles { failure } => write!(f, "memory cannot be given back: {failure}"),
            Notice::NoSeals { failure } => write!(f, "the memory file cannot be sealed: {failure}"),
            Notice::DescriptorLost => write!(
                f,
                "the descriptor of a memory file has been closed by something else in the program; whatever has its \
                 number now is left alone"
            ),
            Notice::StrayRelease { count } => {
                write!(f, "a release for a buffer that was not held: ignored ({count} so far)")
            }
            Notice::Abandoned { count } => write!(f, "a buffer that is not released is given up ({count} so far)"),
            Notice::ArenaMade { bytes } => write!(f, "new memory file of {} KiB", bytes / 1024),
            Notice::ArenaRetired => write!(f, "a memory file takes no more buffers"),
            Notice::Copied(copied) => write!(f, "{copied}"),
            Notice::ArenaGone => write!(f, "a memory file has gone"),
        }
    }
}

/// More than one call has to say.
const ROOM: usize = 12;

/// The notices of one call. What does not fit is dropped, but warnings take the place of others.
#[derive(Clone, Copy, Debug, Default)]
pub struct Notices {
    notices: [Option<Notice>; ROOM],
    count: usize,
}

impl Notices {
    /// Nothing to say.
    pub const fn new() -> Notices {
        Notices { notices: [None; ROOM], count: 0 }
    }

    /// Keeps one more.
    pub(super) fn push(&mut self, notice: Notice) {
        if let Some(place) = self.notices.get_mut(self.count) {
            *place = Some(notice);
            self.count += 1;
            return;
        }
        let replaced = self.notices.iter_mut().flatten().find(|other| !other.is_warning());
        if let Some(place) = replaced.filter(|_| notice.is_warning()) {
            *place = notice;
        }
    }

    /// What there is, in order.
    pub fn iter(&self) -> impl Iterator<Item = Notice> + '_ {
        self.notices.iter().copied().flatten()
    }

    /// True if there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}
