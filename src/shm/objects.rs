//! What stands for a picture in Wayland and in pixman.

use crate::limits;
use crate::os::Errno;
use crate::pixman::Images;
use crate::units::{Picture, Span};
use crate::wayland::{self, Listener};

use super::Failure;
use super::arenas::{Arenas, Range};

/// What stands for the view at one offset.
#[derive(Debug)]
pub(super) struct Objects {
    pub(super) buffer: wayland::Buffer,
    pub(super) images: Images,
}

/// The Wayland buffer and the images of a picture that begins `offset_bytes` into a range.
pub(super) fn make_objects(
    arenas: &Arenas,
    range: Range,
    offset_bytes: usize,
    picture: &Picture,
    image_count: usize,
    listener: Listener,
) -> Result<Objects, Failure> {
    let start = range.span().start + offset_bytes;
    if Span::new(start, picture.bytes()).end() > limits::WIRE_BYTES_MAX {
        return Err(Failure::TooLarge);
    }
    let offset_in_pool = i32::try_from(start).map_err(|_| Failure::TooLarge)?;
    let mapping = arenas.space(range).mapping();
    let images = Images::new(mapping, start, picture, image_count).map_err(|_: Errno| Failure::Images)?;
    let buffer = arenas.pool(range).create_buffer(offset_in_pool, picture, listener);
    Ok(Objects { buffer: buffer.ok_or(Failure::Wayland { request: "wl_shm_pool.create_buffer" })?, images })
}
