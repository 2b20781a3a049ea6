//! What `struct buffer` shows of a buffer of the engine.

use core::ffi::{c_int, c_ulong};
use core::ptr;

use super::types::{SHM_LOG_DEBUG, SHM_LOG_ERROR, SHM_LOG_INFO, SHM_LOG_WARNING, buffer, off_t};
use crate::c_api::shared::c_buffer::CBuffer;
use crate::c_api::shared::log;
use crate::c_api::shared::node::{Face, NodeHandle};
use crate::c_api::shared::state::State;
use crate::os::{self, PrivateMemory};
use crate::pixman::{self, pixman_region32_t};
use crate::shm::{DrawnMark, RecordedScrolls, View};
use crate::units::Rectangle;

/// What a new buffer has, as in the original: whoever reads it draws everything.
const AGE_OF_NEW: u32 = 1234;

/// No descriptor of its own: the memory file belongs to all buffers of the display.
const NO_DESCRIPTOR: c_int = -1;

/// The face of foot 1.4.
pub(super) struct Foot14;

pub(super) static STATE: State<NodeHandle<Foot14>> = State::new(false, "cookie");

impl Face for Foot14 {
    type Buffer = Shown;

    #[inline(always)]
    fn state() -> &'static State<NodeHandle<Foot14>> {
        &STATE
    }
}

const _: () = assert!(
    SHM_LOG_ERROR == log::ERROR
        && SHM_LOG_WARNING == log::WARNING
        && SHM_LOG_INFO == log::INFO
        && SHM_LOG_DEBUG == log::DEBUG,
    "the levels of shm.h are those of all faces"
);

/// A `struct buffer`, 152 bytes on LP64, of which C writes four fields; and one field more.
#[repr(C)]
pub(super) struct Shown {
    public: buffer,
    /// What `dirty` is when nothing was recorded in it.
    untouched: pixman_region32_t,
}

impl Shown {
    /// A buffer that is about to be made: held, of no size yet.
    pub(super) fn new(cookie: c_ulong) -> Shown {
        let untouched = pixman::new_region();
        let public = buffer {
            cookie,
            width: 0,
            height: 0,
            stride: 0,
            busy: true,
            size: 0,
            mmapped: ptr::null_mut(),
            wl_buf: ptr::null_mut(),
            pix: ptr::null_mut(),
            pix_instances: 0,
            fd: NO_DESCRIPTOR,
            pool: ptr::null_mut(),
            real_mmapped: ptr::null_mut(),
            mmap_size: 0,
            offset: 0,
            scrollable: false,
            purge: false,
            age: AGE_OF_NEW,
            scroll_damage: ptr::null_mut(),
            scroll_damage_count: 0,
            dirty: untouched,
        };
        Shown { public, untouched }
    }

    /// Apart and last, so that the fast path of a request has no register to save.
    #[inline(never)]
    fn clear_what_there_is(&mut self) -> &mut Shown {
        // SAFETY: the region of a live buffer is initialised.
        unsafe { pixman::clear_region(&raw mut self.public.dirty) };
        self.free_scroll_damage();
        self
    }

    fn free_scroll_damage(&mut self) {
        if self.public.scroll_damage.is_null() {
            return;
        }
        // SAFETY: the program has put malloc's memory or NULL there, as shm.h says, and uses it no more.
        unsafe { os::free_foreign(self.public.scroll_damage.cast()) };
        self.public.scroll_damage = ptr::null_mut();
    }
}

impl CBuffer for Shown {
    const HAS_REFERENCES: bool = false;
    const KNOWS_SINGLE_FRAMES: bool = false;

    fn face_name(&self) -> &'static str {
        "foot 1.4"
    }

    fn age(&self) -> u32 {
        self.public.age
    }

    fn set_age(&mut self, age: u32) {
        self.public.age = age;
    }

    fn show(&mut self, is_held: bool, is_outdated: bool) {
        self.public.busy = is_held;
        self.public.purge = is_outdated;
    }

    /// Asked of released buffers only, which are shown as such.
    #[inline(always)]
    fn is_taken_by_hand(&self) -> bool {
        self.public.busy
    }

    fn show_view(&mut self, view: &View) {
        let public = &mut self.public;
        public.width = view.picture.width;
        public.height = view.picture.height;
        public.stride = view.picture.stride_bytes;
        public.size = view.picture.bytes();
        public.mmapped = view.pixels;
        public.wl_buf = view.buffer;
        public.pix = view.images;
        public.pix_instances = view.image_count;
        public.pool = view.pool;
        public.real_mmapped = view.memory;
        public.mmap_size = view.memory_bytes;
        public.offset = off_t::try_from(view.offset_in_pool).unwrap_or(off_t::MAX);
        public.scrollable = view.is_scrollable;
    }

    fn show_given_up(&mut self, memory: &PrivateMemory) {
        let public = &mut self.public;
        public.wl_buf = ptr::null_mut();
        public.pool = ptr::null_mut();
        public.real_mmapped = memory.address();
        public.mmap_size = memory.bytes();
        public.offset = 0;
        public.scrollable = false;
    }

    #[inline]
    fn emptied(&mut self) -> &mut Shown {
        let has_region = !pixman::is_same_region(&self.public.dirty, &self.untouched);
        let has_damage = !self.public.scroll_damage.is_null();
        self.public.scroll_damage_count = 0;
        if has_region || has_damage { self.clear_what_there_is() } else { self }
    }

    fn visit_drawn(&self, visit: &mut dyn FnMut(Rectangle)) {
        // SAFETY: the region of a live buffer is initialised.
        unsafe { pixman::for_each_rectangle(&raw const self.public.dirty, visit) };
    }

    fn drawn_mark(&self) -> DrawnMark {
        let region = &self.public.dirty;
        let corners = region.extents;
        // SAFETY: the region of a live buffer is initialised.
        let count = unsafe { pixman::rectangle_count(region) };
        ([corners.x1, corners.y1, corners.x2, corners.y2], region.data.addr(), count)
    }

    fn recorded_scrolls(&self) -> RecordedScrolls {
        RecordedScrolls::Count(self.public.scroll_damage_count)
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.free_scroll_damage();
        // SAFETY: the region of a live buffer is initialised.
        unsafe { pixman::finish_region(&raw mut self.public.dirty) };
    }
}
