//! What a face shows of a buffer.

use core::ffi::c_void;

use crate::pixman::pixman_image_t;
use crate::units::Picture;
use crate::wayland::{wl_buffer, wl_shm_pool};

use super::arenas::Arenas;
use super::buffer::Buffer;

/// What a face shows of a buffer. Addresses are valid until the next call that scrolls it, or that it goes in.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Width, height, stride and format.
    pub picture: Picture,
    /// The first pixel.
    pub pixels: *mut c_void,
    /// What to attach.
    pub buffer: *mut wl_buffer,
    /// The images over the pixels.
    pub images: *mut *mut pixman_image_t,
    /// How many.
    pub image_count: usize,
    /// True if it can scroll.
    pub is_scrollable: bool,
    /// The pool that the pixels are in.
    pub pool: *mut wl_shm_pool,
    /// Where the pixels begin in the pool, in bytes.
    pub offset_in_pool: usize,
    /// The first byte of the buffer's memory, of which the pixels are a part.
    pub memory: *mut c_void,
    /// Bytes of that memory.
    pub memory_bytes: usize,
}

impl<H> Buffer<H> {
    pub(super) fn view(&mut self, arenas: &Arenas) -> View {
        let mapping = arenas.space(self.range).mapping();
        let memory = self.range.span();
        let view = self.view_span();
        let objects = self.offsets.current_mut();
        View {
            picture: self.picture,
            pixels: mapping.address(view.start),
            buffer: objects.buffer.as_c(),
            images: objects.images.as_c(),
            image_count: self.kind.image_count(),
            is_scrollable: self.ring.is_some(),
            pool: arenas.pool(self.range).as_c(),
            offset_in_pool: view.start,
            memory: mapping.address(memory.start),
            memory_bytes: memory.bytes,
        }
    }
}
