//! What a program has set for all its buffers of one face.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::limits;
use crate::os;
use crate::shm;

/// Read and written by any thread.
pub(crate) struct ProgramSettings {
    /// As the face has it.
    outdated_go_at_once: bool,
    pool_bytes_max: AtomicUsize,
    clears_exposed: AtomicBool,
    returns_errors: AtomicBool,
    /// 0: nobody has said, or asked, yet.
    held_max: AtomicUsize,
}

impl ProgramSettings {
    pub(crate) const fn new(outdated_go_at_once: bool) -> ProgramSettings {
        ProgramSettings {
            outdated_go_at_once,
            pool_bytes_max: AtomicUsize::new(limits::POOL_BYTES_DEFAULT),
            clears_exposed: AtomicBool::new(true),
            returns_errors: AtomicBool::new(false),
            held_max: AtomicUsize::new(0),
        }
    }

    /// What the engine works by.
    pub(crate) fn now(&self) -> shm::Settings {
        shm::Settings {
            pool_bytes_max: self.pool_bytes_max.load(Ordering::Relaxed),
            clears_exposed: self.clears_exposed.load(Ordering::Relaxed),
            held_max: self.held_max(),
            outdated_go_at_once: self.outdated_go_at_once,
        }
    }

    /// What the program has set, or the environment when this was asked first.
    fn held_max(&self) -> usize {
        let known = self.held_max.load(Ordering::Relaxed);
        if known != 0 {
            return known;
        }
        let asked = os::environment_number(c"SHM_MAX_HELD").map(held_max_of);
        let held_max = asked.unwrap_or(limits::HELD_PER_GROUP_WARNED_OF);
        self.held_max.store(held_max, Ordering::Relaxed);
        held_max
    }

    /// 0: however many are held, nothing is said.
    pub(crate) fn set_held_max(&self, count: usize) {
        self.held_max.store(held_max_of(count), Ordering::Relaxed);
    }

    /// More than the wire can say counts as that.
    pub(crate) fn set_pool_bytes_max(&self, bytes: usize) {
        self.pool_bytes_max.store(bytes.min(limits::WIRE_BYTES_MAX), Ordering::Relaxed);
    }

    pub(crate) fn set_clears_exposed(&self, clears: bool) {
        self.clears_exposed.store(clears, Ordering::Relaxed);
    }

    /// False: what cannot be had is the end of the program.
    pub(crate) fn returns_errors(&self) -> bool {
        self.returns_errors.load(Ordering::Relaxed)
    }

    pub(crate) fn set_returns_errors(&self, returns: bool) {
        self.returns_errors.store(returns, Ordering::Relaxed);
    }
}

fn held_max_of(count: usize) -> usize {
    if count == 0 { usize::MAX } else { count }
}
