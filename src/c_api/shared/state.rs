//! What all displays of a face share: one static for each face.

use core::fmt;

use super::displays::Displays;
use super::log::Log;

use super::settings::ProgramSettings;
use super::ways::Ways;
use crate::limits;
use crate::os::{self, Errno};
use crate::shm::{Failure, Handle};

/// The static of a face. `H`: what the face keeps for each buffer.
pub(crate) struct State<H: Handle> {
    pub(crate) displays: Displays<H>,
    pub(crate) ways: Ways<H>,
    pub(crate) settings: ProgramSettings,
    pub(crate) log: Log,
}

impl<H: Handle> State<H> {
    /// `outdated_go_at_once` as in [`crate::shm::Settings`]; `group_word`: what messages call a group.
    pub(crate) const fn new(outdated_go_at_once: bool, group_word: &'static str) -> State<H> {
        let settings = ProgramSettings::new(outdated_go_at_once);
        State { displays: Displays::new(), ways: Ways::new(), settings, log: Log::new(group_word) }
    }

    /// `shm_set_max_pool_size`: less than nothing counts as that, with one line.
    pub(crate) fn set_max_pool_size(&'static self, bytes: i64) {
        if bytes < 0 {
            self.log.warning(format_args!("shm_set_max_pool_size: max_pool_size is {bytes}: taken as 0, no scrolling"));
        }
        self.settings.set_pool_bytes_max(usize::try_from(bytes.max(0)).unwrap_or(limits::WIRE_BYTES_MAX));
    }

    /// A call that makes no sense fails in every error mode, because the program can know better.
    pub(crate) fn refuse(&'static self, errno: Errno, line: fmt::Arguments<'_>) {
        self.log.error(line);
        errno.set();
    }

    /// What cannot be had: the end, unless the program wants to know.
    pub(crate) fn give_up(&'static self, failure: Failure, line: fmt::Arguments<'_>) {
        self.log.error(line);
        if !self.settings.returns_errors() {
            os::abort();
        }
        failure.errno().set();
    }
}
