//! How large a memory file is made, and which buffers it is right for.

use crate::limits;

/// Some memory files, and what lives in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Bytes of the files.
    pub file_bytes: usize,
    /// Bytes of the pictures in them. A picture that scrolls takes more room than that.
    pub picture_bytes: usize,
}

impl Census {
    /// Both together.
    pub fn and(self, other: Census) -> Census {
        Census {
            file_bytes: self.file_bytes + other.file_bytes,
            picture_bytes: self.picture_bytes + other.picture_bytes,
        }
    }

    /// The size of a new file, beside all these, for a picture that takes `need_bytes` bytes with its room to scroll.
    ///
    /// Half as much again as is needed, so that the next size of a window that grows fits in as well; half of what the
    /// files for pictures like it have together, so that there are few files however many buffers there are; but no
    /// more than compositors should have mapped.
    pub fn new_file_bytes(&self, need_bytes: usize, picture_bytes: usize, alike_bytes: usize) -> usize {
        let wanted_bytes = need_bytes.saturating_add(need_bytes / 2).max(alike_bytes / 2);
        let pictures_bytes = self.picture_bytes.saturating_add(picture_bytes);
        let most_bytes = pictures_bytes.saturating_mul(limits::FILE_BYTES_PER_PICTURE_BYTE);
        wanted_bytes.min(most_bytes.saturating_sub(self.file_bytes)).max(need_bytes)
    }
}

/// True if a file may take a picture of `picture_bytes` bytes, where `first_bytes` is the size of the first one in it: the
/// file of a large window is not kept for the small pictures that come after it.
pub fn is_right_file(file_bytes: usize, first_bytes: usize, picture_bytes: usize) -> bool {
    file_bytes <= limits::FILE_BYTES_FREE_OF_RULE || picture_bytes >= first_bytes / 4 * 3
}
