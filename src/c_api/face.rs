//! From the C functions to the engine: arguments are checked, results shown, messages read out.

use core::ffi::{c_int, c_ulong};
use core::fmt;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::log;
use super::node::NodeHandle;
use super::registry;
use super::shm::{SHM_ERRORS_ABORT, SHM_ERRORS_RETURN, buffer, off_t};
use crate::limits;
use crate::os::{self, Errno};
use crate::scroll::BadStep;
use crate::shm::{Display, Failure, Key, Notices, Refusal, Request, Settings, Wanted};
use crate::units::{BadSize, PictureSize};
use crate::wayland::{ShmGlobal, wl_shm};

static POOL_BYTES_MAX: AtomicUsize = AtomicUsize::new(limits::POOL_BYTES_DEFAULT);
static CLEARS_EXPOSED: AtomicBool = AtomicBool::new(true);
static RETURNS_ERRORS: AtomicBool = AtomicBool::new(false);

/// The numbers of `shm_scroll`.
#[derive(Clone, Copy)]
pub(super) struct ScrollArguments {
    pub(super) rows: c_int,
    pub(super) top_margin: c_int,
    pub(super) top_keep_rows: c_int,
    pub(super) bottom_margin: c_int,
    pub(super) bottom_keep_rows: c_int,
}

/// # Safety
///
/// The contract in the head of shm.rs.
#[inline(always)]
pub(super) unsafe fn get_buffer(
    shm: *mut wl_shm,
    width: c_int,
    height: c_int,
    cookie: c_ulong,
    wants_scrolling: bool,
    image_count: usize,
) -> *mut buffer {
    let wanted = Wanted { group: group_of(cookie), width, height, wants_scrolling, image_count };
    if let Some(mut display) = registry::existing_display_of(shm) {
        // SAFETY: the places of displays live until shm_fini; the program calls with one wl_shm in one thread at a time.
        if let Some(handle) = unsafe { display.as_mut() }.request_again(&wanted) {
            return handle.as_returned();
        }
    }
    // SAFETY: the caller keeps the contract in the head of shm.rs.
    unsafe { get_another(shm, width, height, cookie, wants_scrolling, image_count) }
}

/// Not the same buffer as the last time, or the housekeeping is due. Apart, and with the arguments of C, so that the
/// shortest way has nothing to save.
///
/// # Safety
///
/// The contract in the head of shm.rs.
#[inline(never)]
unsafe fn get_another(
    shm: *mut wl_shm,
    width: c_int,
    height: c_int,
    cookie: c_ulong,
    wants_scrolling: bool,
    image_count: usize,
) -> *mut buffer {
    let wanted = Wanted { group: group_of(cookie), width, height, wants_scrolling, image_count };
    if let Some(mut display) = registry::existing_display_of(shm) {
        // SAFETY: the places of displays live until shm_fini; the program calls with one wl_shm in one thread at a time.
        let display = unsafe { display.as_mut() };
        if let Some(handle) = display.request_only(&wanted) {
            return handle.as_returned();
        }
        if display.keep_house() {
            // SAFETY: as for this function. The housekeeping is not due again.
            return unsafe { get_buffer(shm, width, height, cookie, wants_scrolling, image_count) };
        }
    }
    // SAFETY: the caller keeps the contract in the head of shm.rs.
    unsafe { get_checked(shm, width, height, cookie, wants_scrolling, image_count) }
}

/// What is not there already: arguments are checked, and there may be something to say.
///
/// # Safety
///
/// The contract in the head of shm.rs.
unsafe fn get_checked(
    shm: *mut wl_shm,
    width: c_int,
    height: c_int,
    cookie: c_ulong,
    wants_scrolling: bool,
    image_count: usize,
) -> *mut buffer {
    // SAFETY: the caller keeps the contract in the head of shm.rs.
    let Some(global) = (unsafe { ShmGlobal::from_c(shm) }) else {
        return refuse(Errno::INVALID, format_args!("shm_get_buffer: shm is NULL"));
    };
    let size = match PictureSize::new(width, height) {
        Ok(size) => size,
        Err(bad) => return refuse_size(bad, width, height),
    };
    if image_count > limits::IMAGES_PER_BUFFER_MAX {
        let most = limits::IMAGES_PER_BUFFER_MAX;
        return refuse(
            Errno::INVALID,
            format_args!("shm_get_buffer: pix_instances is {image_count}, more than {most}"),
        );
    }
    let Some(display) = registry::display_of(shm, global) else { return give_up(Failure::Memory, width, height) };
    let request = Request { group: group_of(cookie), size, wants_scrolling, image_count };
    // SAFETY: the places of displays live until shm_fini; the program calls with one wl_shm in one thread at a time.
    let (outcome, notices) = unsafe { request_buffer(display, global, &request, cookie) };
    let has_said_something = notices.is_some();
    log::say(notices);
    match outcome {
        // The log handler may have purged what was just made.
        Ok(public) if has_said_something && registry::find_buffer(public).is_none() => {
            refuse(Errno::INVALID, format_args!("shm_get_buffer: the log handler has destroyed the buffer"))
        }
        Ok(public) => public,
        Err(failure) => give_up(failure, width, height),
    }
}

/// # Safety
///
/// The display is live, and nobody else uses it meanwhile.
unsafe fn request_buffer(
    pointer: NonNull<Display<NodeHandle>>,
    global: ShmGlobal<'_>,
    request: &Request,
    cookie: c_ulong,
) -> (Result<*mut buffer, Failure>, Option<Notices>) {
    let address = pointer.as_ptr();
    // SAFETY: as the caller promises.
    let display = unsafe { &mut *address };
    let mut make_handle = |key: Key| NodeHandle::new(address, key, cookie);
    let outcome = display.request(global, request, &settings(), &mut make_handle);
    let shown = outcome.map(|key| show_returned(display, key));
    let (notices, is_bare) = (display.take_notices(), display.is_bare());
    if is_bare {
        // It failed, and the program has nothing to purge.
        // SAFETY: as the caller promises; this is the last use of the display.
        unsafe { registry::vacate(pointer) };
    }
    (shown, notices)
}

/// A buffer as C gets it from shm_get_buffer: where it is, and no records in it.
fn show_returned(display: &mut Display<NodeHandle>, key: Key) -> *mut buffer {
    if display.has_moved() {
        show_moved(display, key);
    }
    let handle = display.handle(key).expect("invariant C1: a buffer just returned exists");
    handle.as_returned()
}

/// Shows C where the pixels of a buffer are now.
fn show_moved(display: &mut Display<NodeHandle>, key: Key) {
    let view = display.view(key);
    if let (Some(view), Some(handle)) = (view, display.handle(key)) {
        handle.show_view(&view);
    }
}

#[allow(clippy::useless_conversion, reason = "unsigned long has 32 bits on some machines")]
fn group_of(cookie: c_ulong) -> u64 {
    u64::from(cookie)
}

fn settings() -> Settings {
    Settings {
        pool_bytes_max: POOL_BYTES_MAX.load(Ordering::Relaxed),
        clears_exposed: CLEARS_EXPOSED.load(Ordering::Relaxed),
    }
}

/// A call that makes no sense: NULL in every error mode, because the program can know better.
fn refuse(errno: Errno, line: fmt::Arguments<'_>) -> *mut buffer {
    log::error(line);
    errno.set();
    ptr::null_mut()
}

fn refuse_size(bad: BadSize, width: c_int, height: c_int) -> *mut buffer {
    match bad {
        BadSize::Width => refuse(Errno::INVALID, format_args!("shm_get_buffer: width is {width}, must be 1 or more")),
        BadSize::Height => {
            refuse(Errno::INVALID, format_args!("shm_get_buffer: height is {height}, must be 1 or more"))
        }
        BadSize::TooLarge => refuse(
            Errno::OVERFLOW,
            format_args!("shm_get_buffer: width {width} and height {height} are more than a Wayland buffer can have"),
        ),
    }
}

/// What cannot be had: the end, unless the program wants to know.
fn give_up(failure: Failure, width: c_int, height: c_int) -> *mut buffer {
    log::error(format_args!("shm_get_buffer: no buffer of {width}x{height} pixels to be had: {failure}"));
    if !RETURNS_ERRORS.load(Ordering::Relaxed) {
        os::abort();
    }
    failure.errno().set();
    ptr::null_mut()
}

/// # Safety
///
/// The contract in the head of shm.rs.
pub(super) unsafe fn finish() {
    // SAFETY: the caller keeps the contract in the head of shm.rs.
    unsafe { registry::drop_displays() };
}

pub(super) fn set_max_pool_size(bytes: off_t) {
    if bytes < 0 {
        log::warning(format_args!("shm_set_max_pool_size: max_pool_size is {bytes}: taken as 0, no scrolling"));
    }
    let most = limits::WIRE_BYTES_MAX;
    let bytes = usize::try_from(bytes.max(0)).unwrap_or(most);
    POOL_BYTES_MAX.store(bytes.min(most), Ordering::Relaxed);
}

pub(super) fn set_clear_exposed(clears: bool) {
    CLEARS_EXPOSED.store(clears, Ordering::Relaxed);
}

pub(super) fn set_error_mode(mode: c_int) {
    match mode {
        SHM_ERRORS_ABORT => RETURNS_ERRORS.store(false, Ordering::Relaxed),
        SHM_ERRORS_RETURN => RETURNS_ERRORS.store(true, Ordering::Relaxed),
        _ => {
            log::warning(format_args!("shm_set_error_mode: mode is {mode}, neither ABORT (0) nor RETURN (1): ignored"))
        }
    }
}

/// # Safety
///
/// The contract in the head of shm.rs.
pub(super) unsafe fn can_scroll(public: *const buffer) -> bool {
    let Some((display, key)) = registry::find_buffer(public) else { return false };
    // SAFETY: the places of displays live until shm_fini; the program uses one wl_shm's buffers in one thread at a time.
    unsafe { display.as_ref() }.can_scroll(key, &settings())
}

/// # Safety
///
/// The contract in the head of shm.rs.
pub(super) unsafe fn scroll(shm: *mut wl_shm, public: *mut buffer, arguments: ScrollArguments) -> bool {
    // SAFETY: the caller keeps the contract in the head of shm.rs.
    let display = unsafe { known_display_of(shm) };
    // SAFETY: the places of displays live until shm_fini; the program calls with one wl_shm in one thread at a time.
    let Some((pointer, key)) = display.and_then(|display| unsafe { key_of(display, public) }) else {
        return refuse_foreign(display, public);
    };
    // SAFETY: as above.
    let (outcome, notices) = unsafe { scroll_buffer(pointer, key, arguments) };
    log::say(notices);
    match outcome {
        Ok(()) => true,
        Err(Refusal::NotScrollable | Refusal::Failed) => false,
        Err(Refusal::NotHandedOut) => {
            refuse_scroll(format_args!("shm_scroll: buf was released, and not returned by shm_get_buffer since"))
        }
        Err(Refusal::BadStep(bad)) => refuse_step(bad, arguments),
    }
}

/// # Safety
///
/// The display is live, and nobody else uses it meanwhile.
unsafe fn scroll_buffer(
    mut pointer: NonNull<Display<NodeHandle>>,
    key: Key,
    arguments: ScrollArguments,
) -> (Result<(), Refusal>, Option<Notices>) {
    // SAFETY: as the caller promises.
    let display = unsafe { pointer.as_mut() };
    let ScrollArguments { rows, top_margin, top_keep_rows, bottom_margin, bottom_keep_rows } = arguments;
    let margins_and_kept = [top_margin, top_keep_rows, bottom_margin, bottom_keep_rows];
    let outcome = display.scroll(key, rows, margins_and_kept, &settings());
    if outcome.is_ok() {
        show_moved(display, key);
    }
    (outcome, display.take_notices())
}

/// The buffer of a display that C means, if it is one.
///
/// # Safety
///
/// The display is live, and nobody else uses it meanwhile.
unsafe fn key_of(
    pointer: NonNull<Display<NodeHandle>>,
    public: *const buffer,
) -> Option<(NonNull<Display<NodeHandle>>, Key)> {
    // SAFETY: as the caller promises.
    let display = unsafe { pointer.as_ref() };
    display.find(|handle| ptr::eq(handle.as_c(), public)).map(|key| (pointer, key))
}

fn refuse_foreign(display: Option<NonNull<Display<NodeHandle>>>, public: *const buffer) -> bool {
    match registry::find_buffer(public) {
        // It was given up: that is not the program's mistake.
        Some((owner, _)) if Some(owner) == display => false,
        Some(_) => refuse_scroll(format_args!("shm_scroll: buf is not a buffer of this shm")),
        None => refuse_scroll(format_args!("shm_scroll: buf is NULL or no buffer of shm_get_buffer")),
    }
}

/// # Safety
///
/// The contract in the head of shm.rs.
unsafe fn known_display_of(shm: *mut wl_shm) -> Option<NonNull<Display<NodeHandle>>> {
    // SAFETY: the caller keeps the contract in the head of shm.rs.
    let global = unsafe { ShmGlobal::from_c(shm) }?;
    registry::known_display_of(shm, global)
}

fn refuse_scroll(line: fmt::Arguments<'_>) -> bool {
    log::error(line);
    Errno::INVALID.set();
    false
}

fn refuse_step(bad: BadStep, arguments: ScrollArguments) -> bool {
    let ScrollArguments { rows, top_margin, top_keep_rows, bottom_margin, bottom_keep_rows } = arguments;
    match bad {
        BadStep::NoRows => refuse_scroll(format_args!("shm_scroll: rows is 0")),
        BadStep::TooManyRows => {
            refuse_scroll(format_args!("shm_scroll: rows is {rows}, as much as the height of the buffer or more"))
        }
        BadStep::Negative => refuse_scroll(format_args!(
            "shm_scroll: a negative number: top_margin {top_margin}, top_keep_rows {top_keep_rows}, bottom_margin \
             {bottom_margin}, bottom_keep_rows {bottom_keep_rows}"
        )),
        BadStep::Overlap => refuse_scroll(format_args!(
            "shm_scroll: rows {rows} and the kept rows overlap: top_margin {top_margin}, top_keep_rows \
             {top_keep_rows}, bottom_margin {bottom_margin}, bottom_keep_rows {bottom_keep_rows}"
        )),
    }
}

/// # Safety
///
/// The contract in the head of shm.rs.
pub(super) unsafe fn purge(shm: *mut wl_shm, cookie: c_ulong) {
    // SAFETY: the caller keeps the contract in the head of shm.rs.
    let Some(pointer) = (unsafe { known_display_of(shm) }) else { return };
    // SAFETY: the places of displays live until shm_fini; the program calls with one wl_shm in one thread at a time.
    let notices = unsafe { purge_group(pointer, group_of(cookie)) };
    log::say(notices);
}

/// # Safety
///
/// The contract in the head of shm.rs.
pub(super) unsafe fn forget(shm: *mut wl_shm) {
    // SAFETY: the caller keeps the contract in the head of shm.rs.
    if let Some(mut pointer) = unsafe { known_display_of(shm) } {
        // SAFETY: the places of displays live until shm_fini; the program calls with one wl_shm in one thread at a time.
        let notices = unsafe { pointer.as_mut() }.take_notices();
        // SAFETY: as above; this is the last use of the display.
        unsafe { registry::vacate(pointer) };
        log::say(notices);
    }
}

/// # Safety
///
/// The display is live, and nobody else uses it meanwhile.
unsafe fn purge_group(mut pointer: NonNull<Display<NodeHandle>>, group: u64) -> Option<Notices> {
    // SAFETY: as the caller promises.
    let display = unsafe { pointer.as_mut() };
    display.purge(group);
    let (notices, is_bare) = (display.take_notices(), display.is_bare());
    if is_bare {
        // SAFETY: as the caller promises; this is the last use of the display.
        unsafe { registry::vacate(pointer) };
    }
    notices
}
