//! What C asks of the engine, behind any face. What there is to say is said when that is done, and no reference to a
//! display is alive then: a log handler of the program may call us again.

use core::ffi::c_void;
use core::ptr::{self, NonNull};

use super::node::{DisplayOf, Face, NodeHandle, find_buffer};
use crate::pixman::{self, pixman_region32_t};
use crate::shm::{Failure, Key, Kind, NotCarried, Notices, Refusal};
use crate::wayland::{ShmGlobal, wl_shm};

/// Why there is no buffer.
pub(crate) enum NoBuffer {
    /// It cannot be had.
    Failed(Failure),
    /// There was one, and the log handler has purged it.
    HandlerDestroyedIt,
}

/// What becomes of a buffer that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// It is handed out again when it has been released.
    Again,
    /// It is a new one, and goes when it has been released.
    Once,
}

/// A buffer that C may have. `make` is called for a new one: its struct, of no size yet, or None if there is no memory.
///
/// # Safety
///
/// `shm` is live, and the program calls with it in one thread at a time.
pub(crate) unsafe fn request<F: Face>(
    shm: *mut wl_shm,
    global: ShmGlobal<'_>,
    (kind, used): (&Kind, Use),
    make: impl Fn() -> Option<F::Buffer>,
) -> Result<*mut F::Buffer, NoBuffer> {
    let found = F::state().displays.find_or_make(shm, global);
    let display = found.ok_or(NoBuffer::Failed(Failure::Memory))?;
    // SAFETY: the places of displays live until shm_fini; the program calls with one wl_shm in one thread at a time.
    let (outcome, notices) = unsafe { request_of::<F>(display, global, (kind, used), make) };
    let has_said_something = notices.is_some();
    F::state().log.say(notices);
    let public = outcome.map_err(NoBuffer::Failed)?;
    if has_said_something && find_buffer::<F>(public.cast()).is_none() {
        return Err(NoBuffer::HandlerDestroyedIt);
    }
    Ok(public)
}

/// # Safety
///
/// The display is live, and nobody else uses it meanwhile.
unsafe fn request_of<F: Face>(
    pointer: NonNull<DisplayOf<F>>,
    global: ShmGlobal<'_>,
    (kind, used): (&Kind, Use),
    make: impl Fn() -> Option<F::Buffer>,
) -> (Result<*mut F::Buffer, Failure>, Option<Notices>) {
    let address = pointer.as_ptr();
    // SAFETY: as the caller promises.
    let display = unsafe { &mut *address };
    let mut make_handle = |key: Key| NodeHandle::<F>::new(address, key, make()?);
    let settings = F::state().settings.now();
    let outcome = match used {
        Use::Again => display.request(global, kind, &settings, &mut make_handle),
        Use::Once => display.request_once(global, kind, &settings, &mut make_handle),
    };
    let shown = outcome.map(|key| show_returned(display, key));
    let (notices, is_bare) = (display.take_notices(), display.is_bare());
    if is_bare {
        // It failed, and the program has nothing to purge.
        // SAFETY: as the caller promises; this is the last use of the display.
        unsafe { F::state().displays.vacate(pointer) };
    }
    (shown, notices)
}

/// A buffer as C gets it: where it is, and no records in it.
fn show_returned<F: Face>(display: &mut DisplayOf<F>, key: Key) -> *mut F::Buffer {
    if display.has_moved() {
        show_moved(display, key);
    }
    let handle = display.handle(key).expect("invariant C1: a buffer just returned exists");
    handle.as_returned()
}

/// Shows C where the pixels of a buffer are now.
fn show_moved<F: Face>(display: &mut DisplayOf<F>, key: Key) {
    let view = display.view(key);
    if let (Some(view), Some(handle)) = (view, display.handle(key)) {
        handle.show_view(&view);
    }
}

/// The display of a `wl_shm` that buffers were asked for with.
///
/// # Safety
///
/// `shm` is NULL or live.
pub(crate) unsafe fn known_display_of<F: Face>(shm: *mut wl_shm) -> Option<NonNull<DisplayOf<F>>> {
    // SAFETY: as the caller promises.
    let global = unsafe { ShmGlobal::from_c(shm) }?;
    F::state().displays.known(shm, global)
}

/// The buffer of a display that C means, if it is one.
///
/// # Safety
///
/// The display is live, and nobody else uses it meanwhile.
pub(crate) unsafe fn key_of<F: Face>(display: NonNull<DisplayOf<F>>, public: *const c_void) -> Option<Key> {
    // SAFETY: as the caller promises.
    let display = unsafe { display.as_ref() };
    display.find(|handle| ptr::addr_eq(handle.as_c(), public))
}

/// False for what is no buffer of this face.
///
/// # Safety
///
/// The program uses one wl_shm's buffers in one thread at a time.
pub(crate) unsafe fn can_scroll<F: Face>(public: *const c_void) -> bool {
    let Some((display, key)) = find_buffer::<F>(public) else { return false };
    // SAFETY: the places of displays live until shm_fini; one thread at a time, as the caller promises.
    unsafe { display.as_ref() }.can_scroll(key, &F::state().settings.now())
}

/// Scrolls by so many rows; the four numbers are the margin and the kept rows at the top, and those at the bottom.
///
/// # Safety
///
/// The display is live, and nobody else uses it meanwhile but what the log handler calls.
pub(crate) unsafe fn scroll<F: Face>(
    pointer: NonNull<DisplayOf<F>>,
    key: Key,
    rows: i32,
    margins_and_kept: [i32; 4],
) -> Result<(), Refusal> {
    // SAFETY: as the caller promises.
    let (outcome, notices) = unsafe { scroll_of::<F>(pointer, key, rows, margins_and_kept) };
    F::state().log.say(notices);
    outcome
}

/// # Safety
///
/// The display is live, and nobody else uses it meanwhile.
unsafe fn scroll_of<F: Face>(
    mut pointer: NonNull<DisplayOf<F>>,
    key: Key,
    rows: i32,
    margins_and_kept: [i32; 4],
) -> (Result<(), Refusal>, Option<Notices>) {
    // SAFETY: as the caller promises.
    let display = unsafe { pointer.as_mut() };
    let outcome = display.scroll(key, rows, margins_and_kept, &F::state().settings.now());
    if outcome.is_ok() {
        show_moved(display, key);
    }
    (outcome, display.take_notices())
}

/// Copies from one buffer to another all but what the program is going to draw. A region that is NULL is nothing.
///
/// # Safety
///
/// As for [`scroll`]; the region is NULL, or an initialised one.
pub(crate) unsafe fn carry_over<F: Face>(
    mut pointer: NonNull<DisplayOf<F>>,
    (to, from): (Key, Key),
    drawn: *const pixman_region32_t,
) -> Result<(), NotCarried> {
    // SAFETY: as the caller promises.
    let display = unsafe { pointer.as_mut() };
    display.carry_over(to, from, |visit| {
        if !drawn.is_null() {
            // SAFETY: as the caller promises; no call of ours changes it.
            unsafe { pixman::for_each_rectangle(drawn, visit) };
        }
    })
}

/// Does something to a display after which there may be something to say, or nothing left.
///
/// # Safety
///
/// As for [`scroll`].
pub(crate) unsafe fn change<F: Face>(mut pointer: NonNull<DisplayOf<F>>, work: impl FnOnce(&mut DisplayOf<F>)) {
    // SAFETY: as the caller promises.
    let display = unsafe { pointer.as_mut() };
    work(display);
    let (notices, is_bare) = (display.take_notices(), display.is_bare());
    if is_bare {
        // SAFETY: as the caller promises; this is the last use of the display.
        unsafe { F::state().displays.vacate(pointer) };
    }
    F::state().log.say(notices);
}

/// Destroys the buffers of a group.
///
/// # Safety
///
/// As for [`scroll`].
pub(crate) unsafe fn purge<F: Face>(pointer: NonNull<DisplayOf<F>>, group: u64) {
    // SAFETY: as the caller promises.
    unsafe { change::<F>(pointer, |display| display.purge(group)) };
}

/// Ends one display.
///
/// # Safety
///
/// As for [`scroll`]. This is the last use of the display.
pub(crate) unsafe fn forget<F: Face>(mut pointer: NonNull<DisplayOf<F>>) {
    // SAFETY: as the caller promises.
    let notices = unsafe { pointer.as_mut() }.take_notices();
    // SAFETY: as above.
    unsafe { F::state().displays.vacate(pointer) };
    F::state().log.say(notices);
}
