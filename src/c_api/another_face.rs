//! A face that nobody uses, whose struct has another layout: what `shared` promises holds for it, beside that of foot.
//!
//! No compositor is needed: a connection to nobody takes requests, and releases are made by calling the listener.

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};
use std::os::fd::IntoRawFd;
use std::os::unix::net::UnixStream;
use std::string::String;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::vec::Vec;

use super::foot_1_4;
use super::shared::c_buffer::CBuffer;
use super::shared::calls::{self, NoBuffer, Use};
use super::shared::node::{Face, NodeHandle, find_buffer};
use super::shared::state::State;
use crate::os::{Errno, PrivateMemory};
use crate::shm::{DrawnMark, Kind, RecordedScrolls, View};
use crate::units::{PixelFormat, PixelLayout, Rectangle, StrideAlignment};
use crate::wayland::{BufferListener, ShmGlobal, wl_buffer, wl_shm};

/// Little of what `struct buffer` has, in another order, and what that has not.
#[repr(C)]
struct Slip {
    rows: i32,
    stride_bytes: i32,
    wl_buf: *mut wl_buffer,
    is_held: bool,
    releases: u32,
    pixels: *mut u8,
    drops: &'static AtomicU32,
}

impl Slip {
    fn new(drops: &'static AtomicU32) -> Slip {
        let (wl_buf, pixels) = (ptr::null_mut(), ptr::null_mut());
        Slip { rows: 0, stride_bytes: 0, wl_buf, is_held: true, releases: 0, pixels, drops }
    }
}

impl CBuffer for Slip {
    const HAS_REFERENCES: bool = false;
    const KNOWS_SINGLE_FRAMES: bool = false;

    fn face_name(&self) -> &'static str {
        "another"
    }

    fn age(&self) -> u32 {
        0
    }

    fn set_age(&mut self, _age: u32) {}

    fn show(&mut self, is_held: bool, _is_outdated: bool) {
        self.is_held = is_held;
    }

    fn is_taken_by_hand(&self) -> bool {
        false
    }

    fn show_view(&mut self, view: &View) {
        (self.rows, self.stride_bytes) = (view.picture.height, view.picture.stride_bytes);
        (self.wl_buf, self.pixels) = (view.buffer, view.pixels.cast());
    }

    fn show_given_up(&mut self, _memory: &PrivateMemory) {
        self.wl_buf = ptr::null_mut();
    }

    fn emptied(&mut self) -> &mut Slip {
        self
    }

    fn visit_drawn(&self, _visit: &mut dyn FnMut(Rectangle)) {}

    fn drawn_mark(&self) -> DrawnMark {
        ([0; 4], 0, 0)
    }

    fn recorded_scrolls(&self) -> RecordedScrolls {
        RecordedScrolls::Count(0)
    }
}

impl Drop for Slip {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::Relaxed);
    }
}

struct Slips;

static STATE: State<NodeHandle<Slips>> = State::new(false, "group");

impl Face for Slips {
    type Buffer = Slip;

    fn state() -> &'static State<NodeHandle<Slips>> {
        &STATE
    }

    unsafe fn released(slip: *mut Slip) {
        // SAFETY: live, as the caller promises.
        unsafe { (*slip).releases += 1 };
    }
}

#[repr(C)]
struct Interface {
    _private: [u8; 0],
}

unsafe extern "C" {
    static wl_shm_interface: Interface;
    fn wl_display_connect_to_fd(descriptor: c_int) -> *mut c_void;
    fn wl_display_disconnect(display: *mut c_void);
    fn wl_proxy_create(factory: *mut c_void, interface: *const Interface) -> *mut c_void;
    fn wl_proxy_destroy(proxy: *mut c_void);
    fn wl_proxy_get_listener(proxy: *mut c_void) -> *const c_void;
    fn wl_proxy_get_user_data(proxy: *mut c_void) -> *mut c_void;
}

/// A connection with a `wl_shm`, and nobody at the other end.
struct Connection {
    display: *mut c_void,
    shm: *mut wl_shm,
    _nobody: UnixStream,
    _turn: MutexGuard<'static, ()>,
}

/// What a face has set, and where its messages go, is for the whole process.
fn take_turn() -> MutexGuard<'static, ()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Connection {
    fn new() -> Connection {
        let turn = take_turn();
        let (ours, nobody) = UnixStream::pair().unwrap();
        // SAFETY: a connected socket, which libwayland closes.
        let display = unsafe { wl_display_connect_to_fd(ours.into_raw_fd()) };
        assert!(!display.is_null());
        // SAFETY: a display is a proxy; the interface is libwayland's.
        let shm = unsafe { wl_proxy_create(display, &raw const wl_shm_interface) };
        assert!(!shm.is_null());
        Connection { display, shm: shm.cast(), _nobody: nobody, _turn: turn }
    }

    fn request(&self, group: u64, rows: i32, drops: &'static AtomicU32) -> *mut Slip {
        let layout = PixelLayout { format: PixelFormat::Argb8888, stride_alignment: StrideAlignment::LEAST };
        self.request_kind(&Kind::new(group, 16, rows, layout, false, 0), drops)
    }

    fn request_kind(&self, kind: &Kind, drops: &'static AtomicU32) -> *mut Slip {
        // SAFETY: live.
        let global = unsafe { ShmGlobal::from_c(self.shm) }.unwrap();
        // SAFETY: live, and of this thread.
        match unsafe { calls::request::<Slips>(self.shm, global, (kind, Use::Again), || Some(Slip::new(drops))) } {
            Ok(slip) => slip,
            Err(NoBuffer::Failed(failure)) => panic!("{failure}"),
            Err(NoBuffer::HandlerDestroyedIt) => panic!("no handler is set"),
        }
    }

    fn purge(&self, group: u64) {
        // SAFETY: live.
        let display = unsafe { calls::known_display_of::<Slips>(self.shm) }.unwrap();
        // SAFETY: of this thread.
        unsafe { calls::purge::<Slips>(display, group) };
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: live.
        if let Some(display) = unsafe { calls::known_display_of::<Slips>(self.shm) } {
            // SAFETY: of this thread; nothing of it is used afterwards.
            unsafe { calls::forget::<Slips>(display) };
        }
        // SAFETY: nothing uses it any more.
        unsafe { wl_proxy_destroy(self.shm.cast()) };
        // SAFETY: nothing of it is left.
        unsafe { wl_display_disconnect(self.display) };
    }
}

/// As libwayland does when the compositor gives the buffer back.
fn release(wl_buf: *mut wl_buffer) {
    // SAFETY: a live proxy.
    let listener = unsafe { wl_proxy_get_listener(wl_buf.cast()) }.cast::<BufferListener>();
    // SAFETY: as above.
    let data = unsafe { wl_proxy_get_user_data(wl_buf.cast()) };
    // SAFETY: the listener of a wl_buffer is static.
    let release = unsafe { (*listener).release };
    // SAFETY: with what it was set with.
    unsafe { release(data, wl_buf) };
}

fn new_count() -> &'static AtomicU32 {
    std::boxed::Box::leak(std::boxed::Box::new(AtomicU32::new(0)))
}

/// Rows, whether it is held, and how many releases were told.
fn seen(slip: *mut Slip) -> (i32, bool, u32) {
    // SAFETY: live.
    let slip = unsafe { &*slip };
    (slip.rows, slip.is_held, slip.releases)
}

fn buffer_of(slip: *mut Slip) -> *mut wl_buffer {
    // SAFETY: live.
    unsafe { (*slip).wl_buf }
}

#[test]
fn a_struct_of_another_layout_shows_its_buffer() {
    let (connection, drops) = (Connection::new(), new_count());
    let slip = connection.request(1, 9, drops);
    assert_eq!(seen(slip), (9, true, 0));
    // SAFETY: live.
    let pixels = unsafe { (*slip).pixels };
    // SAFETY: the rows that were asked for.
    let pixels = unsafe { core::slice::from_raw_parts(pixels, 16 * 9 * 4) };
    assert!(pixels.iter().all(|byte| *byte == 0));
    assert!(!buffer_of(slip).is_null());
}

#[test]
fn a_release_is_told_while_the_struct_stays() {
    let (connection, drops) = (Connection::new(), new_count());
    let slip = connection.request(2, 9, drops);
    release(buffer_of(slip));
    assert_eq!(seen(slip), (9, false, 1));
    assert_eq!(connection.request(2, 9, drops), slip, "the buffer is used again");
    assert_eq!(seen(slip), (9, true, 1));

    connection.purge(2);
    assert_eq!(drops.load(Ordering::Relaxed), 1, "nothing else is left of the display");
    let (held, kept) = (connection.request(3, 9, drops), connection.request(4, 9, drops));
    connection.purge(3);
    assert_eq!(drops.load(Ordering::Relaxed), 1, "the compositor may have it");
    release(buffer_of(held));
    assert_eq!((drops.load(Ordering::Relaxed), seen(kept).2), (2, 0), "it goes, and its program hears nothing");
}

#[test]
fn pixels_of_each_size_in_rows_with_a_gap() {
    let (connection, drops) = (Connection::new(), new_count());
    let request = |format, alignment_bytes, images| {
        let layout = PixelLayout { format, stride_alignment: StrideAlignment::new(alignment_bytes).unwrap() };
        let slip = connection.request_kind(&Kind::new(6, 100, 9, layout, true, images), drops);
        // SAFETY: live.
        let stride_bytes = unsafe { (*slip).stride_bytes };
        (slip, stride_bytes)
    };
    let (small, stride_bytes) = request(PixelFormat::R8, 256, 1);
    assert_eq!(stride_bytes, 256);
    assert_eq!(request(PixelFormat::Xrgb8888, 256, 1).1, 512);
    let (argb, stride_bytes) = request(PixelFormat::Argb8888, 256, 1);
    assert_eq!(stride_bytes, 512);
    assert_eq!(request(PixelFormat::Argb8888, 4, 1).1, 400);
    // Not every pixman has images of such pixels.
    assert_eq!(request(PixelFormat::Abgr16161616, 256, 0).1, 1024);
    release(buffer_of(argb));
    release(buffer_of(small));
    let (again, _) = request(PixelFormat::Argb8888, 256, 1);
    assert_eq!(again, argb, "what has the same layout is used again");
    assert_ne!(request(PixelFormat::Xrgb8888, 256, 1).0, again);
}

#[test]
fn a_pointer_is_known_to_the_face_that_gave_it_alone() {
    let (connection, drops) = (Connection::new(), new_count());
    let slip = connection.request(5, 9, drops);
    let (display, _) = find_buffer::<Slips>(slip.cast()).unwrap();
    // SAFETY: live.
    assert_eq!(Some(display), unsafe { calls::known_display_of::<Slips>(connection.shm) });
    assert!(find_buffer::<Slips>(slip.wrapping_byte_add(8).cast()).is_none());
    assert!(find_buffer::<Slips>(ptr::null()).is_none());
    // SAFETY: a buffer of this face or not is what it asks.
    assert!(!unsafe { foot_1_4::shm_can_scroll(slip.cast()) });
    connection.purge(5);
    assert!(find_buffer::<Slips>(slip.cast()).is_none());
}

unsafe extern "C" fn keep(level: c_int, message: *const c_char, user: *mut c_void) {
    // SAFETY: the handlers of this file are set with such a pointer.
    let said = unsafe { &mut *user.cast::<Vec<(c_int, String)>>() };
    // SAFETY: a terminated text.
    let message = unsafe { CStr::from_ptr(message) };
    said.push((level, message.to_str().unwrap().into()));
}

#[test]
fn messages_and_settings_are_those_of_the_face() {
    let _turn = take_turn();
    let mut ours = Vec::<(c_int, String)>::new();
    let mut foots = Vec::<(c_int, String)>::new();
    STATE.log.set_handler(Some(keep), (&raw mut ours).cast());
    foot_1_4::shm_set_log_handler(Some(keep), (&raw mut foots).cast());
    STATE.refuse(Errno::INVALID, format_args!("slip: no such thing"));
    foot_1_4::shm_set_error_mode(7);
    STATE.log.set_handler(None, ptr::null_mut());
    foot_1_4::shm_set_log_handler(None, ptr::null_mut());
    assert_eq!(ours, [(1, "slip: no such thing".into())]);
    assert_eq!(foots, [(2, "shm_set_error_mode: mode is 7, neither ABORT (0) nor RETURN (1): ignored".into())]);

    foot_1_4::shm_set_max_pool_size(4096);
    assert_ne!(STATE.settings.now().pool_bytes_max, 4096);
    foot_1_4::shm_set_max_pool_size(crate::limits::POOL_BYTES_DEFAULT.try_into().unwrap());
}
