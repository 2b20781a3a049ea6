//! A file that lives in memory, for sharing pixels with a compositor.

use core::ffi::{c_int, c_uint};

use super::Errno;
use crate::limits;
use crate::units::Span;

/// The name that /proc shows: "/memfd:millpond".
const NAME: &core::ffi::CStr = c"millpond";

/// Since Linux 6.3; older kernels answer EINVAL. The libc crate has it for few targets.
const MFD_NOEXEC_SEAL: c_uint = 0x0008;

/// An open memory file. It is sparse: what was never written takes no memory and reads as zero.
#[derive(Debug)]
pub struct MemoryFile {
    descriptor: c_int,
}

impl MemoryFile {
    /// An empty file, not executable, closed on exec, with a descriptor above the standard streams.
    pub fn new() -> Result<MemoryFile, Errno> {
        let flags = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
        let created = match create(flags | MFD_NOEXEC_SEAL) {
            Err(Errno::INVALID) => create(flags),
            other => other,
        };
        MemoryFile { descriptor: created? }.moved_above_standard_streams()
    }

    /// Programs close 0, 1 and 2 and open others there: a descriptor of ours must not be among them.
    fn moved_above_standard_streams(self) -> Result<MemoryFile, Errno> {
        if self.descriptor >= limits::LOWEST_DESCRIPTOR {
            return Ok(self);
        }
        Ok(MemoryFile { descriptor: self.duplicate()? })
    }

    fn duplicate(&self) -> Result<c_int, Errno> {
        // SAFETY: an open descriptor; the call reads no memory.
        let found = unsafe { libc::fcntl(self.descriptor, libc::F_DUPFD_CLOEXEC, limits::LOWEST_DESCRIPTOR) };
        if found < 0 { Err(Errno::last()) } else { Ok(found) }
    }

    /// The descriptor, for libwayland, which duplicates it.
    pub fn descriptor(&self) -> c_int {
        self.descriptor
    }

    /// Fails as libwayland would if it duplicated the descriptor now. There, it would end the connection.
    pub fn check_can_be_sent(&self) -> Result<(), Errno> {
        let duplicate = self.duplicate()?;
        drop(MemoryFile { descriptor: duplicate });
        Ok(())
    }

    /// Makes the file `bytes` bytes long, never shorter than it is mapped. The new part is a hole.
    pub fn grow_to(&self, bytes: usize) -> Result<(), Errno> {
        let bytes = libc::off_t::try_from(bytes).map_err(|_| Errno::OVERFLOW)?;
        // SAFETY: an open descriptor; the call touches no memory of ours.
        repeat_interrupted(|| unsafe { libc::ftruncate(self.descriptor, bytes) })
    }

    /// Promises that the file never changes its size again, nor its seals: then a compositor needs no guard against
    /// vanishing memory.
    pub fn seal_size(&self) -> Result<(), Errno> {
        let seals = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_SEAL;
        // SAFETY: an open descriptor; the call reads no memory.
        let failed = unsafe { libc::fcntl(self.descriptor, libc::F_ADD_SEALS, seals) } < 0;
        if failed { Err(Errno::last()) } else { Ok(()) }
    }

    /// Gives the memory of `span` (whole pages) back to the system; it reads as zero again.
    pub fn punch_hole(&self, span: Span) -> Result<(), Errno> {
        let start = libc::off_t::try_from(span.start).map_err(|_| Errno::OVERFLOW)?;
        let bytes = libc::off_t::try_from(span.bytes).map_err(|_| Errno::OVERFLOW)?;
        let mode = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
        // SAFETY: an open descriptor. Mappings of the file stay valid; their pages are fresh afterwards.
        repeat_interrupted(|| unsafe { libc::fallocate(self.descriptor, mode, start, bytes) })
    }
}

impl Drop for MemoryFile {
    fn drop(&mut self) {
        // SAFETY: this value owns the descriptor. Linux closes it whatever the call returns.
        unsafe { libc::close(self.descriptor) };
    }
}

fn create(flags: c_uint) -> Result<c_int, Errno> {
    // SAFETY: a terminated name.
    let descriptor = unsafe { libc::memfd_create(NAME.as_ptr(), flags) };
    if descriptor < 0 { Err(Errno::last()) } else { Ok(descriptor) }
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
