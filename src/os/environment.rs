//! What the environment says.

use core::ffi::CStr;
use core::ptr::NonNull;

/// The value of an environment variable. None: it is not set.
pub(super) fn environment_value(name: &CStr) -> Option<&'static CStr> {
    // SAFETY: a terminated string. As with every getenv, the program must not change its environment meanwhile.
    let found = NonNull::new(unsafe { libc::getenv(name.as_ptr()) })?;
    // SAFETY: getenv returned a terminated string, which stays while the environment is not changed.
    Some(unsafe { CStr::from_ptr(found.as_ptr()) })
}

/// True if the environment variable `name` is set to `value`.
pub fn environment_value_is(name: &CStr, value: &CStr) -> bool {
    environment_value(name) == Some(value)
}

/// The number that an environment variable is set to. None: it is not set, or to something else.
pub fn environment_number(name: &CStr) -> Option<usize> {
    environment_value(name)?.to_str().ok()?.parse().ok()
}
