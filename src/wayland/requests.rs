//! Sending a request: the two ways that libwayland has had.

use core::ptr::{self, NonNull};

use super::raw::{self, wl_argument, wl_interface, wl_proxy};

/// `WL_MARSHAL_FLAG_DESTROY`
#[cfg(wayland_marshal_flags)]
const DESTROYS: u32 = 1;

/// Sends a request that makes an object, of the same version as its parent. None: libwayland has no memory.
///
/// # Safety
///
/// `parent` is a live proxy; `opcode`, `interface` and `arguments` are what its protocol says.
pub(super) unsafe fn send_constructor(
    parent: NonNull<wl_proxy>,
    opcode: u32,
    interface: *const wl_interface,
    arguments: &mut [wl_argument],
) -> Option<NonNull<wl_proxy>> {
    // SAFETY: a live proxy.
    let version = unsafe { raw::wl_proxy_get_version(parent.as_ptr()) };
    #[cfg(wayland_marshal_flags)]
    // SAFETY: the caller vouches for the proxy and the request; the array outlives the call.
    let made = unsafe {
        raw::wl_proxy_marshal_array_flags(parent.as_ptr(), opcode, interface, version, 0, arguments.as_mut_ptr())
    };
    #[cfg(not(wayland_marshal_flags))]
    // SAFETY: as above.
    let made = unsafe {
        raw::wl_proxy_marshal_array_constructor_versioned(
            parent.as_ptr(),
            opcode,
            arguments.as_mut_ptr(),
            interface,
            version,
        )
    };
    NonNull::new(made)
}

/// Sends a destructor without arguments, and destroys the proxy. Events that are already queued for it are dropped.
///
/// # Safety
///
/// `proxy` is live and nobody uses it afterwards; `opcode` is a destructor of its protocol.
pub(super) unsafe fn send_destructor(proxy: NonNull<wl_proxy>, opcode: u32) {
    #[cfg(wayland_marshal_flags)]
    {
        // SAFETY: a live proxy.
        let version = unsafe { raw::wl_proxy_get_version(proxy.as_ptr()) };
        let (proxy, none) = (proxy.as_ptr(), ptr::null_mut());
        // SAFETY: the caller vouches for the proxy and the request, which has no arguments.
        unsafe { raw::wl_proxy_marshal_array_flags(proxy, opcode, ptr::null(), version, DESTROYS, none) };
    }
    #[cfg(not(wayland_marshal_flags))]
    {
        // SAFETY: as above.
        unsafe { raw::wl_proxy_marshal_array(proxy.as_ptr(), opcode, ptr::null_mut()) };
        // SAFETY: the last use of the proxy.
        unsafe { raw::wl_proxy_destroy(proxy.as_ptr()) };
    }
}
