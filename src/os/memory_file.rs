//! A file that lives in memory, for sharing pixels with a compositor.

use core::ffi::{CStr, c_int, c_uint};
use core::mem::MaybeUninit;

use super::{Errno, nameless_file};
use crate::limits;
use crate::units::Span;

/// The name that /proc shows: "/memfd:millpond".
const NAME: &CStr = c"millpond";

/// Since Linux 6.3; older kernels answer EINVAL, and filters of system calls that do not know it whatever they like. The
/// libc crate has it for few targets.
const MFD_NOEXEC_SEAL: c_uint = 0x0008;

/// Since Linux 5.1.
const F_SEAL_FUTURE_WRITE: c_int = 0x0010;

/// An open memory file. It is sparse: what was never written takes no memory and reads as zero.
///
/// Programs close descriptors that are not theirs, and open files under the same number: it is looked at before each use.
#[derive(Debug)]
pub struct MemoryFile {
    /// Only [`MemoryFile::descriptor`] reads it.
    number: c_int,
    /// None where the system does not say: then the number is trusted.
    identity: Option<Identity>,
    can_be_sealed: bool,
}

/// What tells a file from all others that are there at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: libc::dev_t,
    inode: libc::ino_t,
}

impl MemoryFile {
    /// An empty file, not executable, closed on exec, with a descriptor above the standard streams. The error is that of
    /// memfd_create, unless it is the other files that cannot be had for want of something.
    pub fn new() -> Result<MemoryFile, Errno> {
        let made = match create(NAME) {
            Ok(number) => MemoryFile::owning(number, true),
            Err(errno) if errno.is_shortage() => return Err(errno),
            Err(errno) => {
                let opened = nameless_file::open();
                MemoryFile::owning(opened.map_err(|other| if other.is_shortage() { other } else { errno })?, false)
            }
        };
        made.moved_above_standard_streams()
    }

    /// The same with another name, or none at all.
    pub(super) fn named(name: &CStr) -> Result<MemoryFile, Errno> {
        MemoryFile::owning(create(name)?, true).moved_above_standard_streams()
    }

    fn owning(number: c_int, can_be_sealed: bool) -> MemoryFile {
        MemoryFile { number, identity: identity_of(number).ok(), can_be_sealed }
    }

    /// Programs close 0, 1 and 2 and open others there: a descriptor of ours must not be among them.
    fn moved_above_standard_streams(self) -> Result<MemoryFile, Errno> {
        if self.number >= limits::LOWEST_DESCRIPTOR { Ok(self) } else { self.duplicate() }
    }

    fn duplicate(&self) -> Result<MemoryFile, Errno> {
        let number = self.descriptor()?;
        // SAFETY: an open descriptor; the call reads no memory.
        let found = unsafe { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, limits::LOWEST_DESCRIPTOR) };
        if found < 0 { Err(Errno::last()) } else { Ok(MemoryFile { number: found, ..*self }) }
    }

    /// The one gate to the descriptor. An error, if somebody else has closed it: the number is another file's, or free.
    /// Where the system does not say which, as when it is short of memory, or a sandbox refuses to, the number is trusted.
    pub fn descriptor(&self) -> Result<c_int, Errno> {
        let is_ours = match (identity_of(self.number), self.identity) {
            (Ok(now), Some(identity)) => now == identity,
            (Err(Errno::BAD_DESCRIPTOR), _) => false,
            _ => true,
        };
        if is_ours { Ok(self.number) } else { Err(Errno::BAD_DESCRIPTOR) }
    }

    /// The number by which the system knows the file, as it was made; 0 where the system has not said.
    #[allow(clippy::useless_conversion, reason = "inodes have 32 bits on some machines")]
    pub fn inode(&self) -> u64 {
        self.identity.map_or(0, |identity| identity.inode.into())
    }

    /// Fails as libwayland would if it duplicated the descriptor now. There, it would end the connection.
    pub fn check_can_be_sent(&self) -> Result<(), Errno> {
        self.duplicate().map(drop)
    }

    /// Makes the file `bytes` bytes long, never shorter than it is mapped. The new part is a hole.
    pub fn grow_to(&self, bytes: usize) -> Result<(), Errno> {
        if is_beyond_limit(bytes) {
            return Err(Errno::FILE_TOO_LARGE);
        }
        let bytes = libc::off_t::try_from(bytes).map_err(|_| Errno::OVERFLOW)?;
        let number = self.descriptor()?;
        // SAFETY: an open descriptor; the call touches no memory of ours.
        repeat_interrupted(|| unsafe { libc::ftruncate(number, bytes) })
    }

    /// Promises that the file never changes its size again, nor its seals: then a compositor needs no guard against
    /// vanishing memory. What is no memfd knows no such promise.
    pub fn seal_size(&self) -> Result<(), Errno> {
        if !self.can_be_sealed {
            return Ok(());
        }
        self.seal(libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_SEAL)
    }

    /// The same, and nobody maps it writable any more: what is mapped already stays so. Where the system has no such seal,
    /// without that.
    pub(super) fn seal_for_readers(&self) -> Result<(), Errno> {
        let seals = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_SEAL;
        self.seal(seals | F_SEAL_FUTURE_WRITE).or_else(|_| self.seal(seals))
    }

    fn seal(&self, seals: c_int) -> Result<(), Errno> {
        let number = self.descriptor()?;
        // SAFETY: an open descriptor; the call reads no memory.
        let failed = unsafe { libc::fcntl(number, libc::F_ADD_SEALS, seals) } < 0;
        if failed { Err(Errno::last()) } else { Ok(()) }
    }

    /// Gives the memory of `span` (whole pages) back to the system; it reads as zero again.
    pub fn punch_hole(&self, span: Span) -> Result<(), Errno> {
        let start = libc::off_t::try_from(span.start).map_err(|_| Errno::OVERFLOW)?;
        let bytes = libc::off_t::try_from(span.bytes).map_err(|_| Errno::OVERFLOW)?;
        let mode = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
        let number = self.descriptor()?;
        // SAFETY: an open descriptor. Mappings of the file stay valid; their pages are fresh afterwards.
        repeat_interrupted(|| unsafe { libc::fallocate(number, mode, start, bytes) })
    }
}

impl Drop for MemoryFile {
    fn drop(&mut self) {
        let Ok(number) = self.descriptor() else { return };
        // SAFETY: this value owns the descriptor. Linux closes it whatever the call returns.
        unsafe { libc::close(number) };
    }
}

fn create(name: &CStr) -> Result<c_int, Errno> {
    let flags = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
    create_with(name, flags | MFD_NOEXEC_SEAL).or_else(|_| create_with(name, flags))
}

fn create_with(name: &CStr, flags: c_uint) -> Result<c_int, Errno> {
    // SAFETY: a terminated name.
    let number = unsafe { libc::memfd_create(name.as_ptr(), flags) };
    if number < 0 { Err(Errno::last()) } else { Ok(number) }
}

fn identity_of(number: c_int) -> Result<Identity, Errno> {
    let mut status: MaybeUninit<libc::stat> = MaybeUninit::uninit();
    // SAFETY: whatever the number is, the call writes to `status` and nowhere else.
    let failed = unsafe { libc::fstat(number, status.as_mut_ptr()) } != 0;
    if failed {
        return Err(Errno::last());
    }
    // SAFETY: written, because the call has not failed.
    let status = unsafe { status.assume_init() };
    Ok(Identity { device: status.st_dev, inode: status.st_ino })
}

/// True if a file of this size is larger than the program's files may be: making one so large ends the program by
/// SIGXFSZ, where a smaller one may do.
fn is_beyond_limit(bytes: usize) -> bool {
    let mut limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the call writes to `limit`. Where it fails no limit is known.
    unsafe { libc::getrlimit(libc::RLIMIT_FSIZE, &raw mut limit) };
    libc::rlim_t::try_from(bytes).is_ok_and(|bytes| bytes > limit.rlim_cur)
}

fn repeat_interrupted(mut call: impl FnMut() -> c_int) -> Result<(), Errno> {
    for _ in 0..limits::INTERRUPTED_RETRIES {
        if call() == 0 {
            return Ok(());
        }
        let errno = Errno::last();
        if errno != Errno::INTERRUPTED {
            return Err(errno);
        }
    }
    Err(Errno::INTERRUPTED)
}
