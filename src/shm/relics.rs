//! What is left of buffers that were given up: what the program has pointers to.
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

use crate::life::State;
use crate::os::PrivateMemory;
use crate::pixman::Images;

use super::Handle;
use super::buffer::Buffer;
use super::display::Display;

/// The rest of one buffer.
#[derive(Debug)]
pub(super) struct Relic<H> {
    // Dropped in this order: what names the memory, then what the face keeps, then the memory.
    _images: Images,
    _handle: H,
    group: u64,
    _memory: PrivateMemory,
}

impl<H> Relic<H> {
    pub(super) fn new(images: Images, handle: H, group: u64, memory: PrivateMemory) -> Relic<H> {
        Relic { _images: images, _handle: handle, group, _memory: memory }
    }
}

/// They stay until their group is purged.
#[derive(Debug)]
pub(super) struct Relics<H> {
    relics: Vec<Relic<H>>,
}

impl<H> Relics<H> {
    pub(super) const fn new() -> Relics<H> {
        Relics { relics: Vec::new() }
    }

    /// Room for one more. False: no memory.
    pub(super) fn reserve(&mut self) -> bool {
        self.relics.try_reserve(1).is_ok()
    }

    /// Keeps one; there is room for it.
    pub(super) fn keep(&mut self, relic: Relic<H>) {
        self.relics.push(relic);
    }

    /// The group is purged.
    pub(super) fn drop_group(&mut self, group: u64) {
        if !self.relics.is_empty() {
            self.relics.retain(|relic| relic.group != group);
        }
        if self.relics.is_empty() {
            self.relics = Vec::new();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.relics.is_empty()
    }
}

impl<H: Handle> Display<H> {
    /// Leaves a held buffer's memory to the compositor, and keeps what the program has a pointer to. Where that cannot be
    /// done, the buffer stays as it is.
    pub(super) fn retain(&mut self, index: usize) {
        let Some(held) = self.buffers.at(index).filter(|_| self.relics.reserve()) else { return };
        let Ok(memory) = self.arenas.replace(held.range, held.view_span()) else { return };
        let Some(buffer) = self.buffers.take_at(index) else { return };
        self.live_bytes -= buffer.kind.size.bytes();
        self.holdings.change(buffer.state, State::Gone, buffer.range.span().bytes);
        let Buffer { offsets, mut handle, kind, range, .. } = buffer;
        handle.show_given_up(&memory);
        self.relics.keep(Relic::new(offsets.into_images(), handle, kind.group, memory));
        self.leave(range);
    }
}
