//! A memory file that the compositor knows.

use crate::limits;
use crate::os::MemoryFile;
use crate::placement::{Census, is_right_file};
use crate::units::Span;
use crate::wayland::{Pool, ShmGlobal};

use super::space::Space;
use super::{Failure, Notice, Notices};

/// What to take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    /// Bytes, not yet rounded.
    pub(super) bytes: usize,
    /// Bytes of the picture; the rest is room to scroll in.
    pub(super) picture_bytes: usize,
    /// The size up to which memory files are shared.
    pub(super) shared_bytes_max: usize,
}

impl Need {
    /// True if it goes with the small ones.
    pub(super) fn is_small(&self) -> bool {
        self.bytes < limits::SMALL_BYTES_MAX
    }

    /// The least size of a file for it.
    pub(super) fn file_bytes_min(&self) -> usize {
        if self.is_small() { limits::SMALL_FILE_BYTES_MIN } else { limits::FILE_BYTES_MIN }
    }
}

/// One memory file, one `wl_shm_pool`, one mapping. Its size never changes: a compositor that is told of a larger one
/// moves its mapping, and some read at the old address meanwhile.
#[derive(Debug)]
pub(super) struct Arena {
    // Dropped in this order: what the compositor knows, what is mapped, the descriptor.
    pool: Pool,
    space: Space,
    file: MemoryFile,
    /// True if it is for small buffers.
    is_for_small: bool,
    first_picture_bytes: usize,
    /// Bytes of the pictures in it.
    picture_bytes: usize,
    live_count: usize,
    is_retired: bool,
    /// True if its memory cannot be given back.
    keeps_memory: bool,
}

impl Arena {
    pub(super) fn new(shm: ShmGlobal<'_>, bytes: usize, need: &Need, notices: &mut Notices) -> Result<Arena, Failure> {
        let file = MemoryFile::new().map_err(Failure::of("memfd_create"))?;
        file.grow_to(bytes).map_err(Failure::of("ftruncate"))?;
        if let Err(errno) = file.seal_size() {
            notices.push(Notice::NoSeals { failure: Failure::System { call: "fcntl", errno } });
        }
        let space = Space::new(&file, bytes)?;
        file.check_can_be_sent().map_err(Failure::of("fcntl"))?;
        let pool =
            shm.create_pool(&file, told_bytes(bytes)).ok_or(Failure::Wayland { request: "wl_shm.create_pool" })?;
        notices.push(Notice::ArenaMade { bytes });
        Ok(Arena {
            pool,
            space,
            file,
            is_for_small: need.is_small(),
            first_picture_bytes: need.picture_bytes,
            picture_bytes: 0,
            live_count: 0,
            is_retired: false,
            keeps_memory: false,
        })
    }

    /// Takes `bytes` bytes (whole pages) for a picture of `picture_bytes` bytes.
    pub(super) fn take(&mut self, bytes: usize, picture_bytes: usize) -> Option<Span> {
        // The last byte of a file of the greatest size cannot be told to a compositor: such a file is not shared.
        let is_one_range = self.bytes() > limits::SHARED_BYTES_MAX;
        if is_one_range && bytes != self.bytes() {
            return None;
        }
        let span = self.space.take(bytes)?;
        self.live_count += 1;
        self.picture_bytes += picture_bytes;
        Some(span)
    }

    pub(super) fn give_back(&mut self, span: Span, picture_bytes: usize) {
        self.live_count -= 1;
        self.picture_bytes -= picture_bytes;
        self.space.give_back(span);
    }

    /// Leaves the memory to the compositor. It is not given out or touched again, nor is any other of this file.
    pub(super) fn leave(&mut self, picture_bytes: usize, notices: &mut Notices) {
        self.live_count -= 1;
        self.picture_bytes -= picture_bytes;
        if !self.is_retired {
            self.is_retired = true;
            notices.push(Notice::ArenaRetired);
        }
    }

    /// Gives up to `most_bytes` of free memory back. What was left to the compositor is not free.
    pub(super) fn trim(&mut self, most_bytes: usize) -> Result<usize, Failure> {
        if self.keeps_memory {
            return Ok(0);
        }
        let given = self.space.trim(&self.file, most_bytes);
        self.keeps_memory = given.is_err_and(|failure| failure.is_lost_descriptor());
        given
    }

    /// Gives up to `most_bytes` of a taken span outside `kept` back.
    pub(super) fn trim_around(&mut self, taken: Span, kept: Span, most_bytes: usize) -> Result<usize, Failure> {
        if self.keeps_memory {
            return Ok(0);
        }
        let given = self.space.trim_around(&self.file, taken, kept, most_bytes);
        self.keeps_memory = given.is_err_and(|failure| failure.is_lost_descriptor());
        given
    }

    pub(super) fn space(&self) -> &Space {
        &self.space
    }

    pub(super) fn space_mut(&mut self) -> &mut Space {
        &mut self.space
    }

    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(super) fn inode(&self) -> u64 {
        self.file.inode()
    }

    pub(super) fn bytes(&self) -> usize {
        self.space.mapping().bytes()
    }

    /// Its size, and what lives in it.
    pub(super) fn census(&self) -> Census {
        Census { file_bytes: self.bytes(), picture_bytes: self.picture_bytes }
    }

    /// True if what is needed may be put into it, room or not.
    pub(super) fn is_right_for(&self, need: &Need) -> bool {
        let is_right =
            self.bytes() == need.bytes || is_right_file(self.bytes(), self.first_picture_bytes, need.picture_bytes);
        is_right && self.is_of_kind(need.is_small()) && !self.is_retired
    }

    /// True if something lives in it, or pictures of this size could.
    pub(super) fn is_worth_keeping_for(&self, picture_bytes: usize) -> bool {
        !self.is_empty() || is_right_file(self.bytes(), self.first_picture_bytes, picture_bytes)
    }

    /// True if it is for the buffers of this size, small or large.
    pub(super) fn is_of_kind(&self, is_for_small: bool) -> bool {
        self.is_for_small == is_for_small
    }

    pub(super) fn is_retired(&self) -> bool {
        self.is_retired
    }

    /// True if no buffer lives in it.
    pub(super) fn is_empty(&self) -> bool {
        self.live_count == 0
    }

    /// True if nothing of it is resident.
    pub(super) fn is_untouched(&self) -> bool {
        self.space.is_untouched()
    }

    /// True if somebody else has closed the descriptor. What is mapped is not concerned.
    pub(super) fn has_lost_descriptor(&self) -> bool {
        self.file.descriptor().is_err()
    }

    pub(super) fn touched_free_bytes(&self) -> usize {
        self.space.touched_free_bytes()
    }
}

/// What the compositor is told of a file's size.
fn told_bytes(bytes: usize) -> i32 {
    i32::try_from(bytes.min(limits::WIRE_BYTES_MAX)).unwrap_or(i32::MAX)
}
