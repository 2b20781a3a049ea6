//! A program with a window, written in Rust: the compositor, the buffers of `shm.h`, and what the compositor saw.

use std::ffi::{CStr, c_ulong};
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::{Mutex, MutexGuard, PoisonError};

use millpond::c_api::foot_1_4 as shm;
use pixman::{FormatCode, Image, ffi};

use crate::compositor::{
    Counts, Options, RawCompositor, RawWindow, ReleasePolicy, compositor_counts, compositor_frame,
    compositor_protocol_error, compositor_pump, compositor_release_all, compositor_shm, compositor_start,
    compositor_stop, window_close, window_open, window_show,
};

/// `shm_fini()` is for the whole process, so one test uses the library at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// From the start of the compositor to `shm_fini()`.
#[derive(Debug)]
pub struct Session {
    compositor: NonNull<RawCompositor>,
    window: RawWindow,
    _turn: MutexGuard<'static, ()>,
}

/// Pixels as the compositor read them, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<u32>,
}

/// What `shm_get_buffer()` returned, until the next call that may end it.
#[derive(Debug)]
pub struct Buffer<'session> {
    raw: NonNull<shm::buffer>,
    session: PhantomData<&'session Session>,
}

impl Session {
    pub fn start(policy: ReleasePolicy, late_commits: u32) -> Session {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let options = Options {
            policy,
            late_commits,
            dies_at_message: 0,
            errs_at_message: 0,
            refuses_formats: false,
            refuses_pools: false,
            allows_growing: false,
            sends_no_frame_callbacks: false,
            hashes_nothing: false,
            keeps_memory: false,
            has_deep_formats: false,
        };
        // SAFETY: the options live through the call.
        let compositor = NonNull::new(unsafe { compositor_start(&raw const options) }).expect("the compositor starts");
        // SAFETY: the compositor was just started.
        let window = unsafe { window_open(compositor.as_ptr()) };
        Session { compositor, window, _turn: turn }
    }

    /// `None` if `shm_get_buffer()` returned NULL.
    pub fn get(
        &self,
        width: i32,
        height: i32,
        cookie: c_ulong,
        is_scrollable: bool,
        images: usize,
    ) -> Option<Buffer<'_>> {
        // SAFETY: the compositor lives, its wl_shm with it, and this thread dispatches its events.
        let raw = unsafe {
            shm::shm_get_buffer(compositor_shm(self.compositor.as_ptr()), width, height, cookie, is_scrollable, images)
        };
        NonNull::new(raw).map(|raw| Buffer { raw, session: PhantomData })
    }

    /// Commits the buffer as drawn, and lets the compositor handle it.
    pub fn show(&self, buffer: &mut Buffer<'_>) {
        buffer.set_drawn();
        // SAFETY: the window is open, and the wl_buffer is that of a live buffer.
        let is_alive = unsafe { window_show(&raw const self.window, buffer.raw.as_ref().wl_buf) };
        assert!(is_alive, "the compositor has ended the connection: {:?}", self.protocol_error());
    }

    /// False where the library says that the program must move the pixels itself.
    pub fn scroll(&self, buffer: &mut Buffer<'_>, rows: i32) -> bool {
        // SAFETY: as in get(), and the buffer is live.
        unsafe { shm::shm_scroll(compositor_shm(self.compositor.as_ptr()), buffer.raw.as_ptr(), rows, 0, 0, 0, 0) }
    }

    pub fn purge(&self, cookie: c_ulong) {
        // SAFETY: as in get(); that no Buffer of the cookie is used afterwards is up to the test.
        unsafe { shm::shm_purge(compositor_shm(self.compositor.as_ptr()), cookie) }
    }

    pub fn pump(&self) {
        // SAFETY: the compositor lives.
        let is_alive = unsafe { compositor_pump(self.compositor.as_ptr()) };
        assert!(is_alive, "the compositor has ended the connection: {:?}", self.protocol_error());
    }

    pub fn release_all(&self) {
        // SAFETY: the compositor lives.
        unsafe { compositor_release_all(self.compositor.as_ptr()) };
        self.pump();
    }

    pub fn counts(&self) -> Counts {
        // SAFETY: the compositor lives.
        unsafe { compositor_counts(self.compositor.as_ptr()) }
    }

    /// What the compositor read at the last commit.
    pub fn frame(&self) -> Frame {
        // SAFETY: the compositor lives.
        let raw = unsafe { compositor_frame(self.compositor.as_ptr()) };
        assert!(!raw.pixels.is_null(), "nothing was committed");
        let [width, height, stride_bytes] =
            [raw.width, raw.height, raw.stride_bytes].map(|side| usize::try_from(side).unwrap());
        let stride = stride_bytes / size_of::<u32>();
        // SAFETY: the compositor owns that many rows, until the next commit.
        let all = unsafe { std::slice::from_raw_parts(raw.pixels, stride * height) };
        Frame { width, height, pixels: all.chunks_exact(stride).flat_map(|row| &row[..width]).copied().collect() }
    }

    pub fn protocol_error(&self) -> Option<String> {
        // SAFETY: the compositor lives.
        let text = unsafe { compositor_protocol_error(self.compositor.as_ptr()) };
        // SAFETY: a text of C that the compositor keeps, or NULL.
        NonNull::new(text.cast_mut())
            .map(|text| unsafe { CStr::from_ptr(text.as_ptr()) }.to_string_lossy().into_owned())
    }

    /// Ends the library's part, and says what the compositor thinks of it.
    pub fn finish(self) {
        finish_library();
        self.pump();
        let counts = self.counts();
        assert_eq!(counts.held_changed, 0, "pixels that the compositor was reading were changed: {counts:?}");
        assert_eq!((counts.pools_live, counts.buffers_live), (0, 0), "left behind after shm_fini(): {counts:?}");
        assert_eq!(self.protocol_error(), None);
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        finish_library();
        // SAFETY: the window is open until here.
        unsafe { window_close(&raw mut self.window) };
        // SAFETY: nothing of the compositor is used any more.
        unsafe { compositor_stop(self.compositor.as_ptr()) };
    }
}

fn finish_library() {
    // SAFETY: a session is the only user of the library, and its connection is still there. Twice does no harm.
    unsafe { shm::shm_fini() }
}

impl Buffer<'_> {
    fn public(&self) -> &shm::buffer {
        // SAFETY: the library keeps the buffer while this handle is used as its documentation says.
        unsafe { self.raw.as_ref() }
    }

    pub fn size(&self) -> (usize, usize) {
        let public = self.public();
        (usize::try_from(public.width).unwrap(), usize::try_from(public.height).unwrap())
    }

    pub fn age(&self) -> u32 {
        self.public().age
    }

    pub fn is_scrollable(&self) -> bool {
        // SAFETY: the buffer is live.
        unsafe { shm::shm_can_scroll(self.raw.as_ptr()) }
    }

    fn set_drawn(&mut self) {
        // SAFETY: as in public(); nothing else refers to the buffer now.
        unsafe { self.raw.as_mut() }.age = 0;
    }

    /// The pixels, row by row without a gap: the stride of the library is the width.
    pub fn pixels(&mut self) -> &mut [u32] {
        let (width, height) = self.size();
        assert_eq!(usize::try_from(self.public().stride), Ok(width * size_of::<u32>()));
        // SAFETY: the library maps stride * height bytes, and the handle is borrowed for as long as they are.
        unsafe { std::slice::from_raw_parts_mut(self.public().mmapped.cast(), width * height) }
    }

    /// A safe image of the pixman crate over the pixels.
    pub fn canvas(&mut self) -> Image<'_, 'static> {
        let (width, height) = self.size();
        Image::from_slice_mut(FormatCode::A8R8G8B8, width, height, self.pixels(), width * size_of::<u32>(), false)
            .unwrap()
    }

    /// One of the images that the library itself has made over the pixels.
    pub fn image(&mut self, index: usize) -> Image<'_, 'static> {
        assert!(index < self.public().pix_instances);
        // SAFETY: there are that many images.
        let image: *mut ffi::pixman_image_t = unsafe { *self.public().pix.add(index) }.cast();
        // SAFETY: the image is live. What the caller drops is a reference of its own.
        unsafe { Image::from_ptr(ffi::pixman_image_ref(image)) }
    }

    /// Records that a part was drawn, as programs do, for the frames to come.
    pub fn add_damage(&mut self, x: i32, y: i32, width: u32, height: u32) {
        // SAFETY: as in set_drawn().
        let dirty = (&raw mut unsafe { self.raw.as_mut() }.dirty).cast();
        // SAFETY: the library keeps the region initialised.
        unsafe { ffi::pixman_region32_union_rect(dirty, dirty, x, y, width, height) };
    }

    /// True if nothing was recorded.
    pub fn is_without_damage(&mut self) -> bool {
        // SAFETY: as in add_damage().
        let dirty = (&raw mut unsafe { self.raw.as_mut() }.dirty).cast();
        // SAFETY: as in add_damage().
        unsafe { ffi::pixman_region32_not_empty(dirty) == 0 }
    }

    /// Which buffer it is, to tell whether two calls have returned the same one.
    pub fn identity(&self) -> usize {
        self.raw.as_ptr().addr()
    }
}
