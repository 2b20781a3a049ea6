//! The only calls of pixman.

mod formats;
pub mod raw;

use alloc::vec::Vec;
use core::ptr;

pub use raw::{pixman_image_t, pixman_region32_t};

use crate::os::{Errno, Mapping};
use crate::units::{Picture, PixelFormat, Rectangle, Span};

/// `PIXMAN_REPEAT_NONE`, what a new image has.
const REPEAT_NONE: u32 = 0;
/// `PIXMAN_FILTER_NEAREST`, what a new image has.
const FILTER_NEAREST: u32 = 3;

/// True if there are images of this format.
pub fn can_draw(format: PixelFormat) -> bool {
    formats::number_of(format).is_some()
}

/// Some images over the same pixels, one for each thread of the program that draws.
#[derive(Debug)]
pub struct Images {
    /// What C sees as `pix`: no image is NULL, and the array never reallocated.
    images: Vec<*mut pixman_image_t>,
}

impl Images {
    /// `count` images over the picture that begins `offset_bytes` into a mapping. The pixels stay as they are. An error
    /// also if pixman has no images of this format.
    pub fn new(mapping: &Mapping, offset_bytes: usize, picture: &Picture, count: usize) -> Result<Images, Errno> {
        assert!(
            Span::new(offset_bytes, picture.bytes()).end() <= mapping.bytes(),
            "invariant X1: a picture lies inside its mapping"
        );
        let mut images = Images { images: Vec::new() };
        if count == 0 {
            return Ok(images);
        }
        let format = formats::number_of(picture.format).ok_or(Errno::INVALID)?;
        let Picture { width, height, stride_bytes, .. } = *picture;
        images.images.try_reserve_exact(count).map_err(|_| Errno::NO_MEMORY)?;
        let bits = mapping.address(offset_bytes).cast();
        for _ in 0..count {
            // SAFETY: the picture lies inside the mapping, which outlives the images (their owner sees to that).
            let image = unsafe { raw::pixman_image_create_bits_no_clear(format, width, height, bits, stride_bytes) };
            if image.is_null() {
                return Err(Errno::NO_MEMORY);
            }
            images.images.push(image);
        }
        Ok(images)
    }

    /// Makes the images as they were when new: without clip, transformation and the rest.
    pub fn reset(&mut self) {
        for &image in &self.images {
            // SAFETY: a live image of ours; NULL means "no clip".
            unsafe { raw::pixman_image_set_clip_region32(image, ptr::null_mut()) };
            // SAFETY: a live image of ours; NULL means the identity.
            unsafe { raw::pixman_image_set_transform(image, ptr::null()) };
            // SAFETY: a live image of ours.
            unsafe { raw::pixman_image_set_repeat(image, REPEAT_NONE) };
            // SAFETY: a live image of ours; this filter has no parameters.
            unsafe { raw::pixman_image_set_filter(image, FILTER_NEAREST, ptr::null(), 0) };
            // SAFETY: a live image of ours; NULL means "no alpha map".
            unsafe { raw::pixman_image_set_alpha_map(image, ptr::null_mut(), 0, 0) };
            // SAFETY: a live image of ours.
            unsafe { raw::pixman_image_set_component_alpha(image, 0) };
        }
    }

    /// The array that C sees. NULL if there are none.
    pub fn as_c(&mut self) -> *mut *mut pixman_image_t {
        if self.images.is_empty() { ptr::null_mut() } else { self.images.as_mut_ptr() }
    }
}

impl Drop for Images {
    fn drop(&mut self) {
        for &image in &self.images {
            // SAFETY: the reference that creating the image gave us. The program may hold others.
            unsafe { raw::pixman_image_unref(image) };
        }
    }
}

/// A region before it is initialised.
const NO_REGION: pixman_region32_t =
    pixman_region32_t { extents: raw::pixman_box32_t { x1: 0, y1: 0, x2: 0, y2: 0 }, data: ptr::null_mut() };

/// An empty region. It owns nothing yet, so it may be copied.
pub fn new_region() -> pixman_region32_t {
    let mut region = NO_REGION;
    // SAFETY: a region of ours.
    unsafe { raw::pixman_region32_init(&raw mut region) };
    region
}

/// True if nothing tells one from the other: the same corners, and the same list of rectangles.
#[inline(always)]
pub fn is_same_region(left: &pixman_region32_t, right: &pixman_region32_t) -> bool {
    // One comparison of 16 bytes.
    let corners = |region: &pixman_region32_t| {
        let box32 = region.extents;
        [box32.x1, box32.y1, box32.x2, box32.y2]
    };
    corners(left) == corners(right) && ptr::eq(left.data, right.data)
}

/// Makes a region empty again. One that is still as `new_region` made it needs no call.
///
/// # Safety
///
/// `region` points to an initialised region that nobody else uses meanwhile.
pub unsafe fn clear_region(region: *mut pixman_region32_t) {
    // SAFETY: as the caller promises.
    unsafe { raw::pixman_region32_clear(region) };
}

/// Calls `visit` for each rectangle of a region, clipped to what has coordinates from 0 on.
///
/// # Safety
///
/// `region` points to an initialised region that nobody changes meanwhile.
pub unsafe fn for_each_rectangle(region: *const pixman_region32_t, visit: &mut dyn FnMut(Rectangle)) {
    let mut count = 0;
    // SAFETY: as the caller promises; the count is written.
    let boxes = unsafe { raw::pixman_region32_rectangles(region, &raw mut count) };
    for index in 0..usize::try_from(count).unwrap_or(0) {
        // SAFETY: pixman returned so many boxes.
        let box32 = unsafe { boxes.add(index) };
        // SAFETY: as above; they stay as long as the region is not changed.
        let box32 = unsafe { *box32 };
        let coordinate = |number: i32| usize::try_from(number).unwrap_or(0);
        visit(Rectangle {
            left: coordinate(box32.x1),
            top: coordinate(box32.y1),
            right: coordinate(box32.x2),
            bottom: coordinate(box32.y2),
        });
    }
}

/// How many rectangles a region has.
///
/// # Safety
///
/// As for [`for_each_rectangle`].
pub unsafe fn rectangle_count(region: *const pixman_region32_t) -> i32 {
    let mut count = 0;
    // SAFETY: as the caller promises; the count is written.
    unsafe { raw::pixman_region32_rectangles(region, &raw mut count) };
    count
}

/// Frees what a region holds.
///
/// # Safety
///
/// `region` points to an initialised region that nobody uses afterwards.
pub unsafe fn finish_region(region: *mut pixman_region32_t) {
    // SAFETY: as the caller promises.
    unsafe { raw::pixman_region32_fini(region) };
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::os::{MemoryFile, page_bytes};
    use crate::units::{PixelFormat, PixelLayout, StrideAlignment};

    #[test]
    #[should_panic(expected = "invariant X1")]
    fn a_picture_that_ends_behind_its_mapping_is_noticed() {
        let file = MemoryFile::new().unwrap();
        file.grow_to(page_bytes()).unwrap();
        let mapping = Mapping::new(&file, page_bytes()).unwrap();
        let layout = PixelLayout { format: PixelFormat::Argb8888, stride_alignment: StrideAlignment::LEAST };
        let picture = Picture::new(1, 8, layout).unwrap();
        let _ = Images::new(&mapping, page_bytes() - 31, &picture, 1);
    }
}
