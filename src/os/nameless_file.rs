//! A file without a name, for systems that give no memfd: where shm_open() has its files, else where programs keep
//! theirs while the user is logged in.

use core::ffi::{CStr, c_char, c_int};

use super::Errno;
use super::environment::environment_value;
use crate::limits;

/// Where the C libraries of Linux make the files of shm_open(), which would have a name for a moment.
const SHARED_MEMORY: &CStr = c"/dev/shm";
const USERS_FOLDER: &CStr = c"XDG_RUNTIME_DIR";
/// What is unique of a name, where a file system makes no file without one.
const TEMPLATE: &CStr = c"/millpond-XXXXXX";
const ONLY_FOR_THE_USER: libc::mode_t = 0o600;

/// A descriptor of an empty file that has no name (any more), closed on exec. The error is the last one.
pub(super) fn open() -> Result<c_int, Errno> {
    open_in(SHARED_MEMORY).or_else(|errno| match users_folder() {
        Some(folder) => open_in(folder),
        None => Err(errno),
    })
}

/// None: it is not set, or no absolute path, which is to be ignored.
fn users_folder() -> Option<&'static CStr> {
    let folder = environment_value(USERS_FOLDER)?;
    folder.to_bytes().starts_with(b"/").then_some(folder)
}

fn open_in(folder: &CStr) -> Result<c_int, Errno> {
    let flags = libc::O_TMPFILE | libc::O_EXCL | libc::O_RDWR | libc::O_CLOEXEC;
    // SAFETY: a terminated path, and the mode that these flags ask for.
    let descriptor = unsafe { libc::open(folder.as_ptr(), flags, ONLY_FOR_THE_USER) };
    if descriptor < 0 { make_and_unlink(folder) } else { Ok(descriptor) }
}

fn make_and_unlink(folder: &CStr) -> Result<c_int, Errno> {
    let (folder, template) = (folder.to_bytes(), TEMPLATE.to_bytes_with_nul());
    let mut path = [0; limits::FOLDER_BYTES_MAX + TEMPLATE.count_bytes() + 1];
    let end = folder.len() + template.len();
    if end > path.len() {
        return Err(Errno::NAME_TOO_LONG);
    }
    path[..folder.len()].copy_from_slice(folder);
    path[folder.len()..end].copy_from_slice(template);
    let path: *mut c_char = path.as_mut_ptr().cast();
    // SAFETY: a terminated path that ends as mkostemp wants it, in memory that it may write.
    let descriptor = unsafe { libc::mkostemp(path, libc::O_CLOEXEC) };
    if descriptor < 0 {
        return Err(Errno::last());
    }
    // SAFETY: the path as mkostemp has completed it.
    unsafe { libc::unlink(path) };
    Ok(descriptor)
}
