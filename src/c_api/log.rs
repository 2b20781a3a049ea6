//! Messages for people: to the program's handler, or to stderr.

use core::ffi::{CStr, c_int, c_void};
use core::fmt;
use core::sync::atomic::{AtomicI32, Ordering};

use super::shm::{SHM_LOG_DEBUG, SHM_LOG_ERROR, SHM_LOG_INFO, SHM_LOG_WARNING, shm_log_handler};
use crate::os::{self, Lock};
use crate::shm::{Notice, Notices};
use crate::text::Text;

/// A message.
type Line = Text<512>;

#[derive(Clone, Copy)]
struct Receiver {
    handler: shm_log_handler,
    user: *mut c_void,
}

// SAFETY: only passed on to the handler; that both may be used in the thread that calls us is for the program to see to.
unsafe impl Send for Receiver {}

static RECEIVER: Lock<Receiver> = Lock::new(Receiver { handler: None, user: core::ptr::null_mut() });

pub(super) fn set_handler(handler: shm_log_handler, user: *mut c_void) {
    RECEIVER.with(|receiver| *receiver = Receiver { handler, user });
}

/// Something was not done.
pub(super) fn error(message: fmt::Arguments<'_>) {
    emit(SHM_LOG_ERROR, message);
}

/// Something is wrong.
pub(super) fn warning(message: fmt::Arguments<'_>) {
    emit(SHM_LOG_WARNING, message);
}

/// Says what the engine has kept for later.
pub(super) fn say(notices: Option<Notices>) {
    let Some(notices) = notices else { return };
    for notice in notices.iter() {
        emit(level_of(&notice), format_args!("{notice}"));
    }
}

fn level_of(notice: &Notice) -> c_int {
    match notice {
        Notice::ArenaRetired => SHM_LOG_INFO,
        notice if notice.is_warning() => SHM_LOG_WARNING,
        _ => SHM_LOG_DEBUG,
    }
}

fn emit(level: c_int, message: fmt::Arguments<'_>) {
    let receiver = RECEIVER.with(|receiver| *receiver);
    match receiver.handler {
        Some(handler) => {
            let mut line: Line = Text::of(message);
            // SAFETY: the program promised a function of this type; the text is terminated and outlives the call.
            unsafe { handler(level, line.terminated().as_ptr().cast(), receiver.user) };
        }
        None if level <= stderr_level() => {
            let mut line: Line = Text::of(format_args!("millpond: {}: {message}", level_name(level)));
            os::write_to_stderr(line.ended_by(b'\n'));
        }
        None => {}
    }
}

fn level_name(level: c_int) -> &'static str {
    match level {
        SHM_LOG_ERROR => "error",
        SHM_LOG_WARNING => "warning",
        SHM_LOG_INFO => "info",
        _ => "debug",
    }
}

/// What goes to stderr: errors and warnings, or what MILLPOND_LOG says. Read once.
fn stderr_level() -> c_int {
    static KNOWN: AtomicI32 = AtomicI32::new(0);
    const NAMES: [(&CStr, c_int); 4] =
        [(c"error", SHM_LOG_ERROR), (c"warning", SHM_LOG_WARNING), (c"info", SHM_LOG_INFO), (c"debug", SHM_LOG_DEBUG)];
    let known = KNOWN.load(Ordering::Relaxed);
    if known != 0 {
        return known;
    }
    let asked = NAMES.iter().find(|(name, _)| os::environment_value_is(c"MILLPOND_LOG", name));
    let level = asked.map_or(SHM_LOG_WARNING, |(_, level)| *level);
    KNOWN.store(level, Ordering::Relaxed);
    level
}
