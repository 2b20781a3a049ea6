//! `face.h`, as Rust sees it.

use std::ffi::{c_int, c_long, c_uint, c_void};

use millpond::wayland::{wl_buffer, wl_shm};

use super::script;

/// The last one does not scroll.
pub(super) const WINDOWS: usize = 3;
pub(super) const MANY: usize = 4;

/// Opaque: `struct buffer`.
#[repr(C)]
#[derive(Debug)]
pub(super) struct RawBuffer {
    _private: [u8; 0],
}

/// `struct seen`
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) width: c_int,
    pub(super) height: c_int,
    pub(super) stride: c_int,
    pub(super) age: c_uint,
    pub(super) data: *mut c_void,
    pub(super) wl_buffer: *mut wl_buffer,
    pub(super) is_recorded: c_int,
}

/// `struct face`
#[repr(C)]
#[derive(Debug)]
pub(super) struct RawFace {
    has_references: c_int,
    knows_single_frames: c_int,
    start: unsafe extern "C" fn(shm: *mut wl_shm, pool_bytes: c_long),
    finish: unsafe extern "C" fn(),
    set_pool_bytes: unsafe extern "C" fn(pool_bytes: c_long),
    get: unsafe extern "C" fn(window: c_uint, width: c_int, height: c_int) -> *mut RawBuffer,
    get_many: unsafe extern "C" fn(window: c_uint, sides: *const c_int, buffers: *mut *mut RawBuffer),
    look: unsafe extern "C" fn(buffer: *const RawBuffer) -> Seen,
    can_scroll: unsafe extern "C" fn(buffer: *const RawBuffer) -> bool,
    scroll: unsafe extern "C" fn(buffer: *mut RawBuffer, rows: c_int, numbers: *const c_int) -> bool,
    record: unsafe extern "C" fn(buffer: *mut RawBuffer, x: c_int, y: c_int, width: c_int, height: c_int),
    end_frame: unsafe extern "C" fn(buffer: *mut RawBuffer, scrolls: c_uint),
    purge: unsafe extern "C" fn(window: c_uint),
    did_not_use: unsafe extern "C" fn(buffer: *mut RawBuffer),
    add_reference: unsafe extern "C" fn(buffer: *mut RawBuffer),
    drop_reference: unsafe extern "C" fn(buffer: *mut RawBuffer),
}

unsafe extern "C" {
    static face_10400: RawFace;
    static face_11301: RawFace;
    static face_11600: RawFace;
}

/// A header, in use from `start` on. Every buffer that is passed is one that the face has returned, and that the library
/// keeps by the rules of the header: `play` is there to keep them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Face(&'static RawFace);

impl Face {
    pub(super) fn of(face: script::Face) -> Face {
        // SAFETY: statics of face.c that never change.
        Face(unsafe {
            match face {
                script::Face::Cookies => &face_10400,
                script::Face::ChainsWithScrolls => &face_11301,
                script::Face::Chains => &face_11600,
            }
        })
    }

    pub(super) fn has_references(self) -> bool {
        self.0.has_references != 0
    }

    pub(super) fn knows_single_frames(self) -> bool {
        self.0.knows_single_frames != 0
    }

    pub(super) fn start(self, shm: *mut wl_shm, pool_bytes: i64) {
        // SAFETY: the compositor's wl_shm lives until finish().
        unsafe { (self.0.start)(shm, pool_bytes) }
    }

    pub(super) fn finish(self) {
        // SAFETY: the only user of the library.
        unsafe { (self.0.finish)() }
    }

    pub(super) fn set_pool_bytes(self, pool_bytes: i64) {
        // SAFETY: takes any number.
        unsafe { (self.0.set_pool_bytes)(pool_bytes) }
    }

    pub(super) fn get(self, window: usize, width: usize, height: usize) -> *mut RawBuffer {
        // SAFETY: any sizes are looked at.
        unsafe { (self.0.get)(window_number(window), number(width), number(height)) }
    }

    pub(super) fn get_many(self, window: usize, sides: [usize; MANY]) -> [*mut RawBuffer; MANY] {
        let (sides, mut buffers) = (sides.map(number), [std::ptr::null_mut(); MANY]);
        // SAFETY: as many as face.h says.
        unsafe { (self.0.get_many)(window_number(window), sides.as_ptr(), buffers.as_mut_ptr()) }
        buffers
    }

    pub(super) fn look(self, buffer: *const RawBuffer) -> Seen {
        // SAFETY: a live buffer.
        unsafe { (self.0.look)(buffer) }
    }

    pub(super) fn can_scroll(self, buffer: *const RawBuffer) -> bool {
        // SAFETY: a live buffer.
        unsafe { (self.0.can_scroll)(buffer) }
    }

    pub(super) fn scroll(self, buffer: *mut RawBuffer, rows: i32, numbers: [i32; 4]) -> bool {
        // SAFETY: a live buffer; any numbers are looked at.
        unsafe { (self.0.scroll)(buffer, rows, numbers.as_ptr()) }
    }

    pub(super) fn record(self, buffer: *mut RawBuffer, [x, y, width, height]: [usize; 4]) {
        // SAFETY: a live buffer.
        unsafe { (self.0.record)(buffer, number(x), number(y), number(width), number(height)) }
    }

    pub(super) fn end_frame(self, buffer: *mut RawBuffer, scrolls: u32) {
        // SAFETY: a live buffer.
        unsafe { (self.0.end_frame)(buffer, scrolls) }
    }

    pub(super) fn purge(self, window: usize) {
        // SAFETY: no buffer of the window is used afterwards.
        unsafe { (self.0.purge)(window_number(window)) }
    }

    pub(super) fn did_not_use(self, buffer: *mut RawBuffer) {
        // SAFETY: a live buffer that was not attached.
        unsafe { (self.0.did_not_use)(buffer) }
    }

    pub(super) fn add_reference(self, buffer: *mut RawBuffer) {
        // SAFETY: a live buffer.
        unsafe { (self.0.add_reference)(buffer) }
    }

    pub(super) fn drop_reference(self, buffer: *mut RawBuffer) {
        // SAFETY: a buffer that a reference keeps.
        unsafe { (self.0.drop_reference)(buffer) }
    }
}

fn number(value: usize) -> c_int {
    c_int::try_from(value).expect("a small number")
}

fn window_number(window: usize) -> c_uint {
    c_uint::try_from(window).expect("one of three")
}
