//! One C struct for each buffer of the engine, and what we keep behind it.
//!
//! ```text
//!   what C has a pointer to -> +---------------------+
//!                              | the struct          |  of the face; C reads it, and writes some fields
//!                              +---------------------+
//!                              | way                 |  which buffer of the engine this is
//!                              +---------------------+
//! ```

use alloc::boxed::Box;
use core::ffi::c_void;
use core::mem::offset_of;
use core::ptr::{self, NonNull};

use super::c_buffer::CBuffer;
use super::state::State;
use super::ways::Way;
use crate::os::{PrivateMemory, try_box};
use crate::shm::{Display, DrawnMark, Handle, Key, RecordedScrolls, View};
use crate::units::Rectangle;
use crate::wayland::{BufferListener, Listener, wl_buffer};

/// A C interface over the engine's buffers.
pub(crate) trait Face: Sized + 'static {
    /// What C has a pointer to: `repr(C)`, and begins with the struct of the header.
    type Buffer: CBuffer;

    /// What all displays of this face share.
    fn state() -> &'static State<NodeHandle<Self>>;

    /// The compositor has given the buffer back, and the struct stays: this may tell the program.
    ///
    /// # Safety
    ///
    /// The struct is live until something of the program's runs.
    unsafe fn released(_buffer: *mut Self::Buffer) {}
}

/// The buffers of one `wl_shm`, behind a face.
pub(crate) type DisplayOf<F> = Display<NodeHandle<F>>;

/// The struct of a face with its way back into the engine.
#[repr(C)]
struct Node<F: Face> {
    public: F::Buffer,
    way: Way<NodeHandle<F>>,
}

/// Owns a node. The engine drops it when the buffer goes.
pub(crate) struct NodeHandle<F: Face>(NonNull<Node<F>>);

impl<F: Face> NodeHandle<F> {
    const ON_RELEASE: &'static BufferListener = &BufferListener { release: buffer_released::<F> };

    /// A node for a buffer that is about to be made. None: no memory.
    pub(crate) fn new(display: *mut DisplayOf<F>, key: Key, public: F::Buffer) -> Option<NodeHandle<F>> {
        let node = try_box(Node { public, way: Way::new(display, key) })?;
        let handle = NodeHandle(NonNull::from(Box::leak(node)));
        // Where there is no memory to make it known, dropping the handle frees it.
        F::state().ways.add(handle.way()).then_some(handle)
    }

    /// What C gets.
    pub(crate) fn as_c(&self) -> *mut F::Buffer {
        self.0.as_ptr().cast()
    }

    /// What C gets when it has asked for a buffer: the program's records are empty.
    #[inline]
    pub(crate) fn as_returned(&self) -> *mut F::Buffer {
        // SAFETY: a live node; C does not run meanwhile, so this is the only reference.
        ptr::from_mut(unsafe { &mut *self.as_c() }.emptied())
    }

    /// Shows C where the buffer is now.
    pub(crate) fn show_view(&self, view: &View) {
        // SAFETY: a live node; C does not run meanwhile, so this is the only reference.
        unsafe { &mut *self.as_c() }.show_view(view);
    }

    fn public(&self) -> &F::Buffer {
        // SAFETY: a live node; C does not run meanwhile.
        unsafe { &*self.as_c() }
    }

    fn public_mut(&mut self) -> &mut F::Buffer {
        // SAFETY: a live node; C does not run meanwhile, so this is the only reference.
        unsafe { &mut *self.as_c() }
    }

    fn way(&self) -> NonNull<Way<NodeHandle<F>>> {
        // SAFETY: a field of a live node; no reference is made.
        let way = unsafe { &raw mut (*self.0.as_ptr()).way };
        // SAFETY: a field of something that is not NULL.
        unsafe { NonNull::new_unchecked(way) }
    }
}

impl<F: Face> Handle for NodeHandle<F> {
    const HAS_REFERENCES: bool = F::Buffer::HAS_REFERENCES;
    const KNOWS_SINGLE_FRAMES: bool = F::Buffer::KNOWS_SINGLE_FRAMES;

    fn address(&self) -> usize {
        self.0.as_ptr().addr()
    }

    fn face_name(&self) -> &'static str {
        self.public().face_name()
    }

    fn age(&self) -> u32 {
        self.public().age()
    }

    fn set_age(&mut self, age: u32) {
        self.public_mut().set_age(age);
    }

    fn show(&mut self, is_held: bool, is_outdated: bool) {
        self.public_mut().show(is_held, is_outdated);
    }

    #[inline(always)]
    fn is_taken_by_hand(&self) -> bool {
        self.public().is_taken_by_hand()
    }

    fn show_given_up(&mut self, memory: &PrivateMemory) {
        self.public_mut().show_given_up(memory);
    }

    fn listener(&self) -> Listener {
        let data: *mut c_void = self.0.as_ptr().cast();
        // SAFETY: the engine destroys a buffer's Wayland objects before it drops its handle, which frees the node.
        unsafe { Listener::new(Self::ON_RELEASE, data) }
    }

    fn visit_drawn(&self, visit: &mut dyn FnMut(Rectangle)) {
        self.public().visit_drawn(visit);
    }

    fn drawn_mark(&self) -> DrawnMark {
        self.public().drawn_mark()
    }

    fn recorded_scrolls(&self) -> RecordedScrolls {
        self.public().recorded_scrolls()
    }
}

impl<F: Face> Drop for NodeHandle<F> {
    fn drop(&mut self) {
        // SAFETY: a live node.
        unsafe { F::state().ways.remove(self.way()) };
        // SAFETY: leaked from a box in `new`; nothing leads to it any more, and C must not.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// The gate for pointers to a face's struct: only those that we handed out, and that are not gone, lead into the engine.
pub(crate) fn find_buffer<F: Face>(public: *const c_void) -> Option<(NonNull<DisplayOf<F>>, Key)> {
    // Where the way is, if this is one; the pointer is only compared.
    let way = public.wrapping_byte_add(offset_of!(Node<F>, way)).cast();
    F::state().ways.find(way)
}

/// libwayland calls this from the program's dispatch, when no function of ours is running in this thread.
unsafe extern "C" fn buffer_released<F: Face>(data: *mut c_void, released: *mut wl_buffer) {
    let Some(node) = NonNull::new(data.cast::<Node<F>>()) else { return };
    // SAFETY: the listener's data is a node that lives as long as the Wayland object that was released. No reference is
    // made to the fields that C writes.
    let way = unsafe { &raw const (*node.as_ptr()).way };
    // SAFETY: as above.
    let (display, key) = unsafe { Way::end(way) };
    // SAFETY: the places of displays live until shm_fini, which destroys the objects first; this thread dispatches for this display,
    // so nobody else uses it now.
    if unsafe { &mut *display }.release_fast(key, released) {
        // SAFETY: the buffer of a node is released on the fast path only if it stays.
        unsafe { F::released(node.as_ptr().cast()) };
    } else {
        // SAFETY: as above; the reference has ended.
        unsafe { release_otherwise(display, key, released) };
    }
}

/// # Safety
///
/// The display is live, and nobody uses it meanwhile but what the log handler calls.
#[cold]
#[inline(never)]
unsafe fn release_otherwise<F: Face>(display: *mut DisplayOf<F>, key: Key, released: *mut wl_buffer) {
    // SAFETY: as the caller promises.
    let owner = unsafe { &mut *display };
    owner.release(key, released);
    let (notices, is_bare) = (owner.take_notices(), owner.is_bare());
    let stays = owner.handle(key).map(NodeHandle::as_c);
    // The reference ends before the program runs.
    if let Some(bare) = NonNull::new(display).filter(|_| is_bare) {
        // SAFETY: as the caller promises; this is the last use of the display.
        unsafe { F::state().displays.vacate(bare) };
    }
    if let Some(buffer) = stays {
        // SAFETY: a live node, which is why the display is not bare.
        unsafe { F::released(buffer) };
    }
    F::state().log.say(notices);
}
