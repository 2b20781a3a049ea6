//! What is retained of buffers that were given up: what the program has pointers to.
//!
//! So many buffers of a group are held that the oldest is not going to be released, and its memory is needed. The
//! compositor may still read it, and the program may still have the pointer.
//!
//! ```text
//!               before                                      after
//!   program     struct, images -> pages of the file         struct, images -> pages of the program alone, zero
//!   compositor  wl_buffer -----> the same pages             (wl_buffer destroyed) the pages, until it lets go of them
//! ```

use alloc::vec::Vec;

use crate::os::PrivateMemory;
use crate::pixman::Images;

/// The rest of one buffer.
#[derive(Debug)]
pub(super) struct Retained<H> {
    // Dropped in this order: what names the memory, then what the face keeps, then the memory.
    _images: Images,
    _handle: H,
    group: u64,
    _memory: PrivateMemory,
}

impl<H> Retained<H> {
    pub(super) fn new(images: Images, handle: H, group: u64, memory: PrivateMemory) -> Retained<H> {
        Retained { _images: images, _handle: handle, group, _memory: memory }
    }
}

/// They stay until their group is purged.
#[derive(Debug)]
pub(super) struct RetainedList<H> {
    retained: Vec<Retained<H>>,
}

impl<H> RetainedList<H> {
    pub(super) const fn new() -> RetainedList<H> {
        RetainedList { retained: Vec::new() }
    }

    /// Room for one more. False: no memory.
    pub(super) fn reserve(&mut self) -> bool {
        self.retained.try_reserve(1).is_ok()
    }

    /// Keeps one; there is room for it.
    pub(super) fn keep(&mut self, one: Retained<H>) {
        self.retained.push(one);
    }

    /// The group is purged.
    pub(super) fn drop_group(&mut self, group: u64) {
        if !self.retained.is_empty() {
            self.retained.retain(|one| one.group != group);
        }
        if self.retained.is_empty() {
            self.retained = Vec::new();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.retained.is_empty()
    }
}
