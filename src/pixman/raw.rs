//! What this library uses of pixman, as `pixman.h` declares it. `tools/abi` compares the two.
//!
//! The pixman crates need std and cannot own a region inside a C struct, so these few declarations are our own.
#![allow(non_camel_case_types, reason = "the names are those of pixman.h")]
#![allow(missing_docs, reason = "pixman.h documents them")]

use core::ffi::{c_int, c_uint};

/// Opaque: an image.
#[repr(C)]
pub struct pixman_image_t {
    _private: [u8; 0],
}

/// Opaque: the rectangles of a region that is more than one.
#[repr(C)]
pub struct pixman_region32_data_t {
    _private: [u8; 0],
}

/// Opaque: a transformation.
#[repr(C)]
pub struct pixman_transform_t {
    _private: [u8; 0],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pixman_box32_t {
    pub x1: i32,
    pub y1: i32,
    pub x2: i32,
    pub y2: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct pixman_region32_t {
    pub extents: pixman_box32_t,
    pub data: *mut pixman_region32_data_t,
}

const PIXMAN_TYPE_A: c_uint = 1;
const PIXMAN_TYPE_ARGB: c_uint = 2;
const PIXMAN_TYPE_ABGR: c_uint = 3;
const PIXMAN_TYPE_BGRA: c_uint = 8;

// As `PIXMAN_FORMAT` has it: bits of a pixel, type, bits of each channel.
pub const PIXMAN_A8: c_uint = (8 << 24) | (PIXMAN_TYPE_A << 16) | (8 << 12);
pub const PIXMAN_A8R8G8B8: c_uint = (32 << 24) | (PIXMAN_TYPE_ARGB << 16) | (8 << 12) | (8 << 8) | (8 << 4) | 8;
pub const PIXMAN_X8R8G8B8: c_uint = (32 << 24) | (PIXMAN_TYPE_ARGB << 16) | (8 << 8) | (8 << 4) | 8;
pub const PIXMAN_B8G8R8A8: c_uint = (32 << 24) | (PIXMAN_TYPE_BGRA << 16) | (8 << 12) | (8 << 8) | (8 << 4) | 8;
pub const PIXMAN_B8G8R8X8: c_uint = (32 << 24) | (PIXMAN_TYPE_BGRA << 16) | (8 << 8) | (8 << 4) | 8;
pub const PIXMAN_A2R10G10B10: c_uint = (32 << 24) | (PIXMAN_TYPE_ARGB << 16) | (2 << 12) | (10 << 8) | (10 << 4) | 10;
pub const PIXMAN_X2R10G10B10: c_uint = (32 << 24) | (PIXMAN_TYPE_ARGB << 16) | (10 << 8) | (10 << 4) | 10;
pub const PIXMAN_A2B10G10R10: c_uint = (32 << 24) | (PIXMAN_TYPE_ABGR << 16) | (2 << 12) | (10 << 8) | (10 << 4) | 10;
pub const PIXMAN_X2B10G10R10: c_uint = (32 << 24) | (PIXMAN_TYPE_ABGR << 16) | (10 << 8) | (10 << 4) | 10;

unsafe extern "C" {
    pub fn pixman_image_create_bits_no_clear(
        format: c_uint,
        width: c_int,
        height: c_int,
        bits: *mut u32,
        rowstride_bytes: c_int,
    ) -> *mut pixman_image_t;
    pub fn pixman_format_supported_destination(format: c_uint) -> c_int;
    pub fn pixman_image_unref(image: *mut pixman_image_t) -> c_int;
    pub fn pixman_image_set_clip_region32(image: *mut pixman_image_t, region: *mut pixman_region32_t) -> c_int;
    pub fn pixman_image_set_transform(image: *mut pixman_image_t, transform: *const pixman_transform_t) -> c_int;
    pub fn pixman_image_set_repeat(image: *mut pixman_image_t, repeat: c_uint);
    pub fn pixman_image_set_filter(
        image: *mut pixman_image_t,
        filter: c_uint,
        filter_params: *const i32,
        n_filter_params: c_int,
    ) -> c_int;
    pub fn pixman_image_set_alpha_map(image: *mut pixman_image_t, alpha_map: *mut pixman_image_t, x: i16, y: i16);
    pub fn pixman_image_set_component_alpha(image: *mut pixman_image_t, component_alpha: c_int);

    pub fn pixman_region32_init(region: *mut pixman_region32_t);
    pub fn pixman_region32_fini(region: *mut pixman_region32_t);
    pub fn pixman_region32_clear(region: *mut pixman_region32_t);
    pub fn pixman_region32_rectangles(region: *const pixman_region32_t, n_rects: *mut c_int) -> *mut pixman_box32_t;
}
