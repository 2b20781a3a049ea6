//! Messages for people: to the program's handler, or to stderr.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::fmt;
use core::sync::atomic::{AtomicI32, Ordering};

use crate::os::{self, Lock};
use crate::shm::{Notice, Notices};
use crate::text::Text;

/// Something was not done.
pub(crate) const ERROR: c_int = 1;
/// Something is wrong, and was got round.
pub(crate) const WARNING: c_int = 2;
/// Something that a person may want to know.
pub(crate) const INFO: c_int = 3;
/// What goes on inside.
pub(crate) const DEBUG: c_int = 4;

/// Receives one message, without a line end.
pub(crate) type Handler = Option<unsafe extern "C" fn(level: c_int, message: *const c_char, user: *mut c_void)>;

/// A message.
type Line = Text<512>;

#[derive(Clone, Copy)]
struct Receiver {
    handler: Handler,
    user: *mut c_void,
}

// SAFETY: only passed on to the handler; that both may be used in the thread that calls us is for the program to see to.
unsafe impl Send for Receiver {}

/// Where the messages of one face go.
pub(crate) struct Log {
    receiver: Lock<Receiver>,
    /// What messages call a group.
    group_word: &'static str,
}

impl Log {
    pub(crate) const fn new(group_word: &'static str) -> Log {
        Log { receiver: Lock::new(Receiver { handler: None, user: core::ptr::null_mut() }), group_word }
    }

    pub(crate) fn set_handler(&'static self, handler: Handler, user: *mut c_void) {
        self.receiver.with(|receiver| *receiver = Receiver { handler, user });
    }

    /// Something was not done.
    pub(crate) fn error(&'static self, message: fmt::Arguments<'_>) {
        self.emit(ERROR, message);
    }

    /// Something is wrong.
    pub(crate) fn warning(&'static self, message: fmt::Arguments<'_>) {
        self.emit(WARNING, message);
    }

    /// Says what the engine has kept for later.
    pub(crate) fn say(&'static self, notices: Option<Notices>) {
        let Some(notices) = notices else { return };
        for notice in notices.iter() {
            self.emit(level_of(&notice), format_args!("{}", notice.in_words(self.group_word)));
        }
    }

    fn emit(&'static self, level: c_int, message: fmt::Arguments<'_>) {
        let receiver = self.receiver.with(|receiver| *receiver);
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
}

fn level_of(notice: &Notice) -> c_int {
    match notice {
        Notice::ArenaRetired => INFO,
        notice if notice.is_warning() => WARNING,
        _ => DEBUG,
    }
}

fn level_name(level: c_int) -> &'static str {
    match level {
        ERROR => "error",
        WARNING => "warning",
        INFO => "info",
        _ => "debug",
    }
}

/// What goes to stderr: errors and warnings, or what MILLPOND_LOG says. Read once.
fn stderr_level() -> c_int {
    static KNOWN: AtomicI32 = AtomicI32::new(0);
    const NAMES: [(&CStr, c_int); 4] = [(c"error", ERROR), (c"warning", WARNING), (c"info", INFO), (c"debug", DEBUG)];
    let known = KNOWN.load(Ordering::Relaxed);
    if known != 0 {
        return known;
    }
    let asked = NAMES.iter().find(|(name, _)| os::environment_value_is(c"MILLPOND_LOG", name));
    let level = asked.map_or(WARNING, |(_, level)| *level);
    KNOWN.store(level, Ordering::Relaxed);
    level
}
