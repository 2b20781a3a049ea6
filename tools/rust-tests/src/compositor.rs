//! `c-tests/compositor/compositor.h` and `window.h`, as Rust sees them.

use std::ffi::{c_char, c_int, c_uint};

use millpond::wayland::{wl_buffer, wl_shm};

/// `enum release_policy`: when the compositor gives a committed buffer back.
#[repr(u32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleasePolicy {
    AtOnce,
    OnReplace,
    Late,
    OutOfOrder,
    Twice,
    Never,
    ByHand,
}

#[repr(C)]
#[derive(Debug)]
pub struct Options {
    pub policy: ReleasePolicy,
    pub late_commits: c_uint,
    pub dies_at_message: c_uint,
    pub errs_at_message: c_uint,
    pub refuses_formats: bool,
    pub refuses_pools: bool,
    pub allows_growing: bool,
    pub sends_no_frame_callbacks: bool,
    pub hashes_nothing: bool,
    pub keeps_memory: bool,
    pub has_deep_formats: bool,
}

#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    pub pools_made: c_uint,
    pub pools_live: c_uint,
    pub pool_resizes: c_uint,
    pub pool_bytes: u64,
    pub buffers_made: c_uint,
    pub buffers_live: c_uint,
    pub requests: c_uint,
    pub commits: c_uint,
    pub releases: c_uint,
    pub held: c_uint,
    pub broken_rules: c_uint,
    pub held_changed: c_uint,
}

#[repr(C)]
#[derive(Debug)]
pub struct RawFrame {
    pub width: c_int,
    pub height: c_int,
    pub stride_bytes: c_int,
    pub pixels: *const u32,
    pub hash: u64,
}

/// Opaque: `struct compositor`.
#[repr(C)]
#[derive(Debug)]
pub struct RawCompositor {
    _private: [u8; 0],
}

/// Opaque: `struct wl_surface`.
#[repr(C)]
#[derive(Debug)]
pub struct RawSurface {
    _private: [u8; 0],
}

/// `struct window`
#[repr(C)]
#[derive(Debug)]
pub struct RawWindow {
    pub compositor: *mut RawCompositor,
    pub surface: *mut RawSurface,
}

unsafe extern "C" {
    pub fn compositor_start(options: *const Options) -> *mut RawCompositor;
    pub fn compositor_stop(compositor: *mut RawCompositor);
    pub fn compositor_shm(compositor: *mut RawCompositor) -> *mut wl_shm;
    pub fn compositor_pump(compositor: *mut RawCompositor) -> bool;
    pub fn compositor_release_all(compositor: *mut RawCompositor) -> bool;
    pub fn compositor_counts(compositor: *const RawCompositor) -> Counts;
    pub fn compositor_frame(compositor: *const RawCompositor) -> RawFrame;
    pub fn compositor_protocol_error(compositor: *const RawCompositor) -> *const c_char;
    pub fn window_open(compositor: *mut RawCompositor) -> RawWindow;
    pub fn window_close(window: *mut RawWindow);
    pub fn window_show(window: *const RawWindow, buffer: *mut wl_buffer) -> bool;
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;

    use super::*;

    const LAYOUT: [usize; 32] = [
        size_of::<Options>(),
        offset_of!(Options, late_commits),
        offset_of!(Options, dies_at_message),
        offset_of!(Options, errs_at_message),
        offset_of!(Options, refuses_formats),
        offset_of!(Options, refuses_pools),
        offset_of!(Options, hashes_nothing),
        offset_of!(Options, keeps_memory),
        offset_of!(Options, has_deep_formats),
        offset_of!(Options, allows_growing),
        offset_of!(Options, sends_no_frame_callbacks),
        size_of::<Counts>(),
        offset_of!(Counts, pools_live),
        offset_of!(Counts, buffers_made),
        offset_of!(Counts, buffers_live),
        offset_of!(Counts, commits),
        offset_of!(Counts, held),
        offset_of!(Counts, broken_rules),
        offset_of!(Counts, held_changed),
        size_of::<RawFrame>(),
        offset_of!(RawFrame, stride_bytes),
        offset_of!(RawFrame, pixels),
        offset_of!(RawFrame, hash),
        size_of::<RawWindow>(),
        offset_of!(RawWindow, surface),
        ReleasePolicy::AtOnce as usize,
        ReleasePolicy::OnReplace as usize,
        ReleasePolicy::Late as usize,
        ReleasePolicy::OutOfOrder as usize,
        ReleasePolicy::Twice as usize,
        ReleasePolicy::Never as usize,
        ReleasePolicy::ByHand as usize,
    ];

    unsafe extern "C" {
        static layout_of_compositor_h: [usize; LAYOUT.len()];
    }

    #[test]
    fn the_layout_is_that_of_the_header() {
        // SAFETY: layout.c defines an array of as many numbers, which never change.
        assert_eq!(LAYOUT, unsafe { layout_of_compositor_h });
    }
}
