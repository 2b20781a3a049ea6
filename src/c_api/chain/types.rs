//! The structs that pass between a program and the functions of `chain/shm.h`, and nothing else.
//!
//! `include/chain/shm.h` is generated from this file, so every comment here is read by C programmers.
#![allow(non_camel_case_types, reason = "the names are those of shm.h")]

use core::ffi::{c_uint, c_void};

/// `off_t` of C programs that are built with 64-bit file offsets, on every machine (the libc crate's is 32 bits on some).
pub type off_t = i64;

/// A buffer as C sees it: `shm.h` says what stands in it, which is not the same for all versions of foot.
pub enum buffer {}

/// The buffers of one kind that a program uses in turn.
pub enum buffer_chain {}

/// Called when the compositor has released a buffer that the program still may get again.
pub type millpond_chain_release_callback = Option<unsafe extern "C" fn(buf: *mut buffer, data: *mut c_void)>;

/// What a chain is made by. Programs call shm_chain_new(), which fills it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct millpond_chain_request {
    /// The size of this struct, in bytes.
    pub bytes: usize,
    /// MILLPOND_FOOT_VERSION.
    pub foot_version: c_uint,
    /// sizeof(struct buffer).
    pub buffer_bytes: usize,
    /// True: the buffers are to be scrolled by shm_scroll().
    pub scrollable: bool,
    /// The number of images over the pixels of a buffer, and of regions; at most 65536.
    pub pix_instances: usize,
    /// The pixels of buffers that are asked for with alpha, and of all where nothing is said: a format of wl_shm.
    pub format_with_alpha: u32,
    /// The pixels of buffers that are asked for without alpha.
    pub format_without_alpha: u32,
    /// Called when a buffer was released. NULL: nothing is.
    pub release_cb: millpond_chain_release_callback,
    /// For release_cb.
    pub cb_data: *mut c_void,
}
