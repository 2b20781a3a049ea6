//! One C `struct buffer`, and what we keep behind it.
//!
//! ```text
//!   what C has a pointer to -> +---------------------+
//!                              | struct buffer       |  152 bytes on LP64; C reads it, and writes four fields
//!                              +---------------------+
//!                              | display, key        |  which buffer of the engine this is
//!                              | place               |  where the registry has it
//!                              +---------------------+
//! ```

use alloc::boxed::Box;
use core::ffi::{c_int, c_ulong, c_void};
use core::ptr::{self, NonNull};

use super::registry;
use super::shm::{buffer, off_t};
use crate::os::{self, PrivateMemory, try_box};
use crate::pixman::{self, pixman_region32_t};
use crate::shm::{Display, DrawnMark, Handle, Key, View};
use crate::units::Rectangle;
use crate::wayland::{BufferListener, Listener, wl_buffer};

/// What a new buffer has, as in the original: whoever reads it draws everything.
const AGE_OF_NEW: u32 = 1234;

/// No descriptor of its own: the memory file belongs to all buffers of the display.
const NO_DESCRIPTOR: c_int = -1;

/// A `struct buffer` with its way back into the engine.
#[repr(C)]
pub(super) struct Node {
    public: buffer,
    display: *mut Display<NodeHandle>,
    key: Key,
    /// Of the registry; read and written under its lock.
    place: usize,
    /// What `dirty` is when nothing was recorded in it.
    untouched: pixman_region32_t,
}

/// Owns a node. The engine drops it when the buffer goes.
#[derive(Debug)]
pub(super) struct NodeHandle(NonNull<Node>);

static ON_RELEASE: BufferListener = BufferListener { release: buffer_released };

impl NodeHandle {
    /// A node for a buffer that is about to be made. None: no memory.
    pub(super) fn new(display: *mut Display<NodeHandle>, key: Key, cookie: c_ulong) -> Option<NodeHandle> {
        let untouched = pixman::new_region();
        let node = try_box(Node { public: new_buffer(cookie, untouched), display, key, place: 0, untouched })?;
        let node = NonNull::from(Box::leak(node));
        let handle = NodeHandle(node);
        // Where there is no memory to make it known, dropping the handle frees it.
        registry::add_node(node).then_some(handle)
    }

    /// What C gets.
    pub(super) fn as_c(&self) -> *mut buffer {
        self.0.as_ptr().cast()
    }

    /// What C gets from shm_get_buffer(): the program's records are empty.
    #[inline]
    pub(super) fn as_returned(&self) -> *mut buffer {
        // SAFETY: a live node, whose field never changes.
        let untouched = unsafe { &(*self.0.as_ptr()).untouched };
        // SAFETY: as above; C does not run meanwhile.
        let has_region = !pixman::is_same_region(unsafe { &*self.dirty() }, untouched);
        // SAFETY: a live node.
        let has_damage = !unsafe { (*self.as_c()).scroll_damage }.is_null();
        // SAFETY: a live node.
        unsafe { (*self.as_c()).scroll_damage_count = 0 };
        if has_region || has_damage { self.clear_what_there_is() } else { self.as_c() }
    }

    /// Apart and last, so that the shortest way of a request has no register to save.
    #[inline(never)]
    fn clear_what_there_is(&self) -> *mut buffer {
        // SAFETY: the region of a live node is initialised.
        unsafe { pixman::clear_region(self.dirty()) };
        self.free_scroll_damage();
        self.as_c()
    }

    fn dirty(&self) -> *mut pixman_region32_t {
        // SAFETY: a field of a live node.
        unsafe { &raw mut (*self.as_c()).dirty }
    }

    fn free_scroll_damage(&self) {
        let public = self.as_c();
        // SAFETY: a live node.
        let damage = unsafe { (*public).scroll_damage };
        if damage.is_null() {
            return;
        }
        // SAFETY: the program has put malloc's memory or NULL there, as shm.h says, and uses it no more.
        unsafe { os::free_foreign(damage.cast()) };
        // SAFETY: a live node.
        unsafe { (*public).scroll_damage = ptr::null_mut() };
    }

    /// Shows C where the buffer is now.
    pub(super) fn show_view(&self, view: &View) {
        // SAFETY: a live node; C does not run meanwhile, so this is the only reference.
        let public = unsafe { &mut *self.as_c() };
        public.width = view.size.width;
        public.height = view.size.height;
        public.stride = view.size.stride_bytes;
        public.size = view.size.bytes();
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
}

impl Handle for NodeHandle {
    fn age(&self) -> u32 {
        // SAFETY: a live node.
        unsafe { (*self.as_c()).age }
    }

    fn set_age(&mut self, age: u32) {
        // SAFETY: a live node.
        unsafe { (*self.as_c()).age = age };
    }

    fn show(&mut self, is_held: bool, is_outdated: bool) {
        // SAFETY: a live node; C does not run meanwhile, so this is the only reference.
        let public = unsafe { &mut *self.as_c() };
        public.busy = is_held;
        public.purge = is_outdated;
    }

    fn show_given_up(&mut self, memory: &PrivateMemory) {
        // SAFETY: a live node; C does not run meanwhile, so this is the only reference.
        let public = unsafe { &mut *self.as_c() };
        public.wl_buf = ptr::null_mut();
        public.pool = ptr::null_mut();
        public.real_mmapped = memory.address();
        public.mmap_size = memory.bytes();
        public.offset = 0;
        public.scrollable = false;
    }

    fn listener(&self) -> Listener {
        let data: *mut c_void = self.0.as_ptr().cast();
        // SAFETY: the engine destroys a buffer's Wayland objects before it drops its handle, which frees the node.
        unsafe { Listener::new(&ON_RELEASE, data) }
    }

    fn visit_drawn(&self, visit: &mut dyn FnMut(Rectangle)) {
        // SAFETY: the region of a live node is initialised; C does not run meanwhile.
        unsafe { pixman::for_each_rectangle(self.dirty(), visit) };
    }

    fn drawn_mark(&self) -> DrawnMark {
        // SAFETY: as above.
        let region = unsafe { *self.dirty() };
        let corners = region.extents;
        // SAFETY: as above.
        let count = unsafe { pixman::rectangle_count(self.dirty()) };
        ([corners.x1, corners.y1, corners.x2, corners.y2], region.data.addr(), count)
    }

    fn recorded_scrolls(&self) -> usize {
        // SAFETY: a live node.
        unsafe { (*self.as_c()).scroll_damage_count }
    }
}

impl Drop for NodeHandle {
    fn drop(&mut self) {
        registry::remove_node(self.0);
        self.free_scroll_damage();
        // SAFETY: the region of a live node is initialised.
        unsafe { pixman::finish_region(self.dirty()) };
        // SAFETY: leaked from a box in `new`; the registry does not know it any more, and C must not.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// A buffer that is about to be made: held, of no size yet.
fn new_buffer(cookie: c_ulong, dirty: pixman_region32_t) -> buffer {
    buffer {
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
        dirty,
    }
}

/// The way from a registered node into the engine.
///
/// # Safety
///
/// The node is live.
pub(super) unsafe fn way_back(node: NonNull<Node>) -> (*mut Display<NodeHandle>, Key) {
    let node = node.as_ptr();
    // SAFETY: as the caller promises. The field never changes; no reference is made to those that C writes.
    let display = unsafe { (*node).display };
    // SAFETY: as above.
    (display, unsafe { (*node).key })
}

/// Where the registry has a node.
///
/// # Safety
///
/// The node is live, and the registry's lock is held.
pub(super) unsafe fn place(node: NonNull<Node>) -> usize {
    // SAFETY: as the caller promises. No reference is made to the fields that C writes.
    unsafe { (*node.as_ptr()).place }
}

/// Remembers where the registry has a node.
///
/// # Safety
///
/// As for [`place`].
pub(super) unsafe fn set_place(node: NonNull<Node>, place: usize) {
    // SAFETY: as the caller promises.
    unsafe { (*node.as_ptr()).place = place };
}

/// libwayland calls this from the program's dispatch, when no function of ours is running in this thread.
unsafe extern "C" fn buffer_released(data: *mut c_void, released: *mut wl_buffer) {
    let Some(node) = NonNull::new(data.cast::<Node>()) else { return };
    // SAFETY: the listener's data is a node that lives as long as the Wayland object that was released.
    let (display, key) = unsafe { way_back(node) };
    // SAFETY: the places of displays live until shm_fini, which destroys the objects first; this thread dispatches for this display,
    // so nobody else uses it now.
    if !unsafe { &mut *display }.release_shortly(key, released) {
        // SAFETY: as above; the reference has ended.
        unsafe { release_otherwise(display, key, released) };
    }
}

/// # Safety
///
/// The display is live, and nobody uses it meanwhile but what the log handler calls.
#[cold]
#[inline(never)]
unsafe fn release_otherwise(display: *mut Display<NodeHandle>, key: Key, released: *mut wl_buffer) {
    // SAFETY: as the caller promises.
    let owner = unsafe { &mut *display };
    owner.release(key, released);
    let (notices, is_bare) = (owner.take_notices(), owner.is_bare());
    // The reference ends before the handler runs.
    if let Some(bare) = NonNull::new(display).filter(|_| is_bare) {
        // SAFETY: as the caller promises; this is the last use of the display.
        unsafe { registry::vacate(bare) };
    }
    super::log::say(notices);
}
