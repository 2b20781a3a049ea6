//! The only calls of libwayland-client.
//!
//! The `wl_shm` and its connection are the program's own, so requests go through its libwayland and never through a
//! second implementation of the wire. After a fatal error libwayland still hands out proxies and drops what they send:
//! a dead compositor looks like one that never releases.

mod connection;
pub mod raw;
mod requests;

use core::ffi::{c_int, c_void};
use core::marker::PhantomData;
use core::ptr::NonNull;

pub use connection::{Fingerprint, Identity};
use raw::{wl_argument, wl_proxy};
pub use raw::{wl_buffer, wl_shm, wl_shm_pool};

use crate::os::MemoryFile;
use crate::units::{Picture, PixelFormat};

const SHM_CREATE_POOL: u32 = 0;
const POOL_CREATE_BUFFER: u32 = 0;
const POOL_DESTROY: u32 = 1;
const BUFFER_DESTROY: u32 = 0;

/// The format that the compositor has by this number. None: it is not known here.
pub fn format_of(number: u32) -> Option<PixelFormat> {
    PixelFormat::ALL.into_iter().find(|format| number_of(*format) == number)
}

/// The compositor's number of a format.
pub fn number_of(format: PixelFormat) -> u32 {
    match format {
        PixelFormat::Argb8888 => raw::WL_SHM_FORMAT_ARGB8888,
        PixelFormat::Xrgb8888 => raw::WL_SHM_FORMAT_XRGB8888,
        PixelFormat::Argb2101010 => raw::WL_SHM_FORMAT_ARGB2101010,
        PixelFormat::Xrgb2101010 => raw::WL_SHM_FORMAT_XRGB2101010,
        PixelFormat::Abgr2101010 => raw::WL_SHM_FORMAT_ABGR2101010,
        PixelFormat::Xbgr2101010 => raw::WL_SHM_FORMAT_XBGR2101010,
        PixelFormat::Abgr16161616 => raw::WL_SHM_FORMAT_ABGR16161616,
        PixelFormat::Xbgr16161616 => raw::WL_SHM_FORMAT_XBGR16161616,
        PixelFormat::R8 => raw::WL_SHM_FORMAT_R8,
    }
}

/// The program's `wl_shm`, for the time of one call.
#[derive(Clone, Copy)]
pub struct ShmGlobal<'call> {
    proxy: NonNull<wl_proxy>,
    call: PhantomData<&'call ()>,
}

impl ShmGlobal<'_> {
    /// The gate for `wl_shm` pointers. None for NULL.
    ///
    /// # Safety
    ///
    /// `shm` is NULL or a live proxy for as long as the result is used; its connection lives until the last object
    /// made from it, and from those, has been dropped.
    pub unsafe fn from_c<'call>(shm: *mut wl_shm) -> Option<ShmGlobal<'call>> {
        NonNull::new(shm.cast()).map(|proxy| ShmGlobal { proxy, call: PhantomData })
    }

    /// Which object of which connection this is.
    pub fn identity(&self) -> Identity {
        // SAFETY: live for this call, as `from_c` was promised.
        unsafe { Identity::of(self.proxy) }
    }

    /// What tells this proxy from others that were or will be at its address.
    pub fn fingerprint(&self) -> Fingerprint {
        // SAFETY: as above.
        unsafe { Fingerprint::of(self.proxy.as_ptr()) }
    }

    /// True if the connection has ended with an error: nothing is sent any more, and nothing comes.
    pub fn connection_has_failed(&self) -> bool {
        // SAFETY: as above.
        unsafe { connection::has_failed(self.proxy) }
    }

    /// Tells the compositor of the first `bytes` bytes of a file. None: libwayland has no memory, or the file's
    /// descriptor has just been lost.
    pub fn create_pool(&self, file: &MemoryFile, bytes: i32) -> Option<Pool> {
        let mut arguments =
            [wl_argument { n: 0 }, wl_argument { h: file.descriptor().ok()? }, wl_argument { i: bytes }];
        let interface = &raw const raw::wl_shm_pool_interface;
        // SAFETY: wl_shm is live for this call; create_pool makes a wl_shm_pool from new_id, descriptor and size.
        let proxy = unsafe { requests::send_constructor(self.proxy, SHM_CREATE_POOL, interface, &mut arguments) };
        proxy.map(|proxy| Pool { proxy })
    }
}

/// A file that the compositor knows, and has mapped.
#[derive(Debug)]
pub struct Pool {
    proxy: NonNull<wl_proxy>,
}

impl Pool {
    /// A picture `offset_bytes` into the file, whose releases go to `listener`. None: libwayland has no memory.
    pub fn create_buffer(&self, offset_bytes: i32, picture: &Picture, listener: Listener) -> Option<Buffer> {
        let mut arguments = [
            wl_argument { n: 0 },
            wl_argument { i: offset_bytes },
            wl_argument { i: picture.width },
            wl_argument { i: picture.height },
            wl_argument { i: picture.stride_bytes },
            wl_argument { u: number_of(picture.format) },
        ];
        let interface = &raw const raw::wl_buffer_interface;
        // SAFETY: this value owns the proxy; create_buffer makes a wl_buffer from new_id, four ints and a format.
        let made = unsafe { requests::send_constructor(self.proxy, POOL_CREATE_BUFFER, interface, &mut arguments) };
        let buffer = Buffer { proxy: made? };
        let functions = (&raw const *listener.functions).cast_mut().cast();
        // SAFETY: a new proxy without a listener; the functions are static and those of wl_buffer; the data outlives
        // the proxy, as Listener::new was promised.
        let failed: c_int = unsafe { raw::wl_proxy_add_listener(buffer.proxy.as_ptr(), functions, listener.data) };
        (failed == 0).then_some(buffer)
    }

    /// The pointer that C sees.
    pub fn as_c(&self) -> *mut wl_shm_pool {
        self.proxy.as_ptr().cast()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // SAFETY: this value owns the proxy. The compositor keeps the memory while buffers in it live.
        unsafe { requests::send_destructor(self.proxy, POOL_DESTROY) };
    }
}

/// A picture in a pool, to attach to a surface.
#[derive(Debug)]
pub struct Buffer {
    proxy: NonNull<wl_proxy>,
}

impl Buffer {
    /// The pointer that C sees, and by which a release names the buffer.
    pub fn as_c(&self) -> *mut wl_buffer {
        self.proxy.as_ptr().cast()
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: this value owns the proxy.
        unsafe { requests::send_destructor(self.proxy, BUFFER_DESTROY) };
    }
}

/// What is called when the compositor gives a buffer back: `data` is the listener's, `buffer` the proxy.
pub type ReleaseFunction = unsafe extern "C" fn(data: *mut c_void, buffer: *mut wl_buffer);

/// `struct wl_buffer_listener`
#[repr(C)]
#[derive(Debug)]
pub struct BufferListener {
    /// Called with the data given to [`Listener::new`].
    pub release: ReleaseFunction,
}

/// Who hears of a release.
#[derive(Clone, Copy, Debug)]
pub struct Listener {
    functions: &'static BufferListener,
    data: *mut c_void,
}

impl Listener {
    /// Calls `functions` with `data`.
    ///
    /// # Safety
    ///
    /// The functions may be called with `data` until the last buffer that was made with this listener is destroyed.
    pub unsafe fn new(functions: &'static BufferListener, data: *mut c_void) -> Listener {
        Listener { functions, data }
    }
}
