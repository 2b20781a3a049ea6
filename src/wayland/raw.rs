//! What this library uses of libwayland-client, as `wayland-client-core.h` declares it. `tools/abi` compares the two.
#![allow(non_camel_case_types, reason = "the names are those of wayland-client.h")]
#![allow(missing_docs, reason = "wayland-client.h documents them")]

use core::ffi::{c_char, c_int, c_void};

/// Opaque: a proxy of libwayland.
#[repr(C)]
pub struct wl_proxy {
    _private: [u8; 0],
}

/// Opaque: a connection.
#[repr(C)]
pub struct wl_display {
    _private: [u8; 0],
}

/// Opaque: the global `wl_shm`, as the program has bound it.
#[repr(C)]
pub struct wl_shm {
    _private: [u8; 0],
}

/// Opaque: a memory file that the compositor knows.
#[repr(C)]
pub struct wl_shm_pool {
    _private: [u8; 0],
}

/// Opaque: a picture in such a file.
#[repr(C)]
pub struct wl_buffer {
    _private: [u8; 0],
}

/// Opaque: the description of a protocol object.
#[repr(C)]
pub struct wl_interface {
    _private: [u8; 0],
}

/// Opaque: an object as an argument.
#[repr(C)]
pub struct wl_object {
    _private: [u8; 0],
}

/// Opaque: an array as an argument.
#[repr(C)]
pub struct wl_array {
    _private: [u8; 0],
}

/// An argument of a request.
#[repr(C)]
#[derive(Clone, Copy)]
pub union wl_argument {
    pub i: i32,
    pub u: u32,
    pub f: i32,
    pub s: *const c_char,
    pub o: *mut wl_object,
    pub n: u32,
    pub a: *mut wl_array,
    pub h: i32,
}

pub const WL_SHM_FORMAT_ARGB8888: u32 = 0;
pub const WL_SHM_FORMAT_XRGB8888: u32 = 1;
pub const WL_SHM_FORMAT_ARGB2101010: u32 = 0x3033_5241;
pub const WL_SHM_FORMAT_XRGB2101010: u32 = 0x3033_5258;
pub const WL_SHM_FORMAT_ABGR2101010: u32 = 0x3033_4241;
pub const WL_SHM_FORMAT_XBGR2101010: u32 = 0x3033_4258;
pub const WL_SHM_FORMAT_ABGR16161616: u32 = 0x3834_4241;
pub const WL_SHM_FORMAT_XBGR16161616: u32 = 0x3834_4258;
pub const WL_SHM_FORMAT_R8: u32 = 0x2020_3852;

unsafe extern "C" {
    pub static wl_shm_pool_interface: wl_interface;
    pub static wl_buffer_interface: wl_interface;

    pub fn wl_proxy_get_version(proxy: *mut wl_proxy) -> u32;
    pub fn wl_proxy_get_id(proxy: *mut wl_proxy) -> u32;
    pub fn wl_display_get_error(display: *mut wl_display) -> c_int;
    pub fn wl_proxy_add_listener(
        proxy: *mut wl_proxy,
        implementation: *mut Option<unsafe extern "C" fn()>,
        data: *mut c_void,
    ) -> c_int;

    #[cfg(wayland_marshal_flags)]
    pub fn wl_proxy_marshal_array_flags(
        proxy: *mut wl_proxy,
        opcode: u32,
        interface: *const wl_interface,
        version: u32,
        flags: u32,
        args: *mut wl_argument,
    ) -> *mut wl_proxy;

    #[cfg(not(wayland_marshal_flags))]
    pub fn wl_proxy_destroy(proxy: *mut wl_proxy);
    #[cfg(not(wayland_marshal_flags))]
    pub fn wl_proxy_marshal_array(proxy: *mut wl_proxy, opcode: u32, args: *mut wl_argument);
    #[cfg(not(wayland_marshal_flags))]
    pub fn wl_proxy_marshal_array_constructor_versioned(
        proxy: *mut wl_proxy,
        opcode: u32,
        args: *mut wl_argument,
        interface: *const wl_interface,
        version: u32,
    ) -> *mut wl_proxy;
}
