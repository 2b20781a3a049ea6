//! What the library does not do, and how it says so.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::io;
use std::sync::Mutex;

use millpond::c_api::foot_1_4::{SHM_LOG_ERROR, SHM_LOG_WARNING, shm_set_log_handler};
use rust_tests::{ReleasePolicy, Session};

const EINVAL: i32 = 22;
const EOVERFLOW: i32 = 75;

type Messages = Mutex<Vec<(c_int, String)>>;

unsafe extern "C" fn keep(level: c_int, message: *const c_char, user: *mut c_void) {
    // SAFETY: `user` is what was given with the handler: messages that live until the handler is taken back.
    let messages = unsafe { &*user.cast::<Messages>() };
    // SAFETY: the library passes a text that lives through this call.
    let text = unsafe { CStr::from_ptr(message) };
    messages.lock().unwrap().push((level, text.to_str().unwrap().to_owned()));
}

/// Runs `act`, and returns the errors and warnings of the meantime.
fn complaints(act: impl FnOnce()) -> Vec<String> {
    let messages = Messages::default();
    shm_set_log_handler(Some(keep), (&raw const messages).cast_mut().cast());
    act();
    shm_set_log_handler(None, std::ptr::null_mut());
    let all = messages.into_inner().unwrap();
    all.into_iter()
        .filter(|(level, _)| [SHM_LOG_ERROR, SHM_LOG_WARNING].contains(level))
        .map(|(_, text)| text)
        .collect()
}

#[test]
fn sizes_that_make_no_buffer() {
    let session = Session::start(ReleasePolicy::OnReplace, 0);
    let cases =
        [(0, 10, EINVAL), (10, 0, EINVAL), (-1, 10, EINVAL), (10, i32::MIN, EINVAL), (40_000, 40_000, EOVERFLOW)];
    for (width, height, errno) in cases {
        let said = complaints(|| {
            assert!(session.get(width, height, 1, false, 1).is_none(), "{width}x{height}");
            assert_eq!(io::Error::last_os_error().raw_os_error(), Some(errno), "{width}x{height}");
        });
        let [line] = &said[..] else { panic!("{width}x{height}: one line, not {said:?}") };
        assert!(line.contains("shm_get_buffer") && !line.contains('\n'), "{line:?}");
    }
    assert_eq!(session.counts().buffers_made, 0);
    session.finish();
}

#[test]
fn scrolls_that_make_no_sense() {
    let session = Session::start(ReleasePolicy::OnReplace, 0);
    let mut buffer = session.get(64, 48, 1, true, 1).unwrap();
    buffer.pixels().fill(0xff12_3456);
    for rows in [0, 48, -48, i32::MAX, i32::MIN] {
        let said = complaints(|| assert!(!session.scroll(&mut buffer, rows), "{rows} rows"));
        assert_eq!(said.len(), 1, "{rows} rows: {said:?}");
        assert!(buffer.pixels().iter().all(|pixel| *pixel == 0xff12_3456), "{rows} rows: the pixels have changed");
    }
    assert_eq!(complaints(|| assert!(session.scroll(&mut buffer, 47))), [] as [String; 0]);
    session.show(&mut buffer);
    session.finish();
}
