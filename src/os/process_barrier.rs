//! A barrier of memory for all threads of the process at once, made by one of them: the others need none.

use core::ffi::c_int;
use core::sync::atomic::{AtomicU8, Ordering};

use super::clock;
use crate::limits::WRITES_SEEN_MILLISECONDS;

const UNKNOWN: u8 = 0;
const ABLE: u8 = 1;
const UNABLE: u8 = 2;

/// As in linux/membarrier.h. The oldest libc crate that is allowed does not have them.
const REGISTER_PRIVATE_EXPEDITED: c_int = 1 << 4;
const PRIVATE_EXPEDITED: c_int = 1 << 3;

static ABILITY: AtomicU8 = AtomicU8::new(UNKNOWN);

/// True if the system can do it. The first time takes some milliseconds in a process with several threads. errno may
/// change.
pub(super) fn can_order_all_threads() -> bool {
    if ABILITY.load(Ordering::Relaxed) == UNKNOWN {
        let ability = if ask(REGISTER_PRIVATE_EXPEDITED) { ABLE } else { UNABLE };
        ABILITY.store(ability, Ordering::Relaxed);
    }
    ABILITY.load(Ordering::Relaxed) == ABLE
}

/// What any thread of the process has written before is seen, and what it reads later is read later. The system could do
/// it before. errno may change.
pub(super) fn order_all_threads() {
    let order = || ask(PRIVATE_EXPEDITED);
    // A child may have to say again that it wants it.
    let is_ordered = order() || (ask(REGISTER_PRIVATE_EXPEDITED) && order());
    if !is_ordered {
        // The process has filtered its system calls since.
        ABILITY.store(UNABLE, Ordering::Relaxed);
        clock::sleep(WRITES_SEEN_MILLISECONDS);
    }
}

fn ask(command: c_int) -> bool {
    const NO_FLAGS: c_int = 0;
    // SAFETY: the call reads and writes no memory of the program's.
    unsafe { libc::syscall(libc::SYS_membarrier, command, NO_FLAGS) == 0 }
}
