//! Chains: what `shm_chain_new` has been told, and which there are.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::c_int;
use core::ptr::{self, NonNull};
use core::sync::atomic::Ordering::Relaxed;
use core::sync::atomic::{AtomicI32, AtomicU64, AtomicUsize};

use super::layout::{Layout, STATE, Shown, give_up_without_memory};
use super::types::{buffer_chain, millpond_chain_release_callback, millpond_chain_request};
use crate::limits;
use crate::os::{Errno, Lock, page_bytes, try_box};
use crate::pixman;
use crate::shm::Kind;
use crate::units::{PixelFormat, PixelLayout, StrideAlignment};
use crate::wayland::{format_of, number_of, wl_shm};

/// A chain.
pub(super) struct Chain {
    pub(super) shm: *mut wl_shm,
    /// Its number: no other chain ever has it.
    pub(super) group: u64,
    /// What programs know the header as.
    face: &'static str,
    layout: Layout,
    with_alpha: PixelFormat,
    without_alpha: PixelFormat,
    request: millpond_chain_request,
    strides: Strides,
}

impl Chain {
    /// What a buffer of it is.
    pub(super) fn kind(&self, width: c_int, height: c_int, with_alpha: bool) -> Kind {
        let format = if with_alpha { self.with_alpha } else { self.without_alpha };
        let stride_alignment = match super::settings::stride_alignment() {
            StrideAlignment::LEAST => StrideAlignment::LEAST,
            wanted => self.strides.alignment_of((width, height), wanted, format),
        };
        let layout = PixelLayout { format, stride_alignment };
        Kind::new(self.group, width, height, layout, self.request.scrollable, self.request.pix_instances)
    }

    /// A buffer of it was scrolled.
    pub(super) fn note_step(&self, rows: c_int) {
        self.strides.note_step(rows);
    }

    /// The struct of a new buffer. None: no memory.
    pub(super) fn new_buffer(&self) -> Option<Shown> {
        Shown::new(self.face, self.layout, self.request.pix_instances, (self.request.release_cb, self.request.cb_data))
    }
}

/// What a face that stands on chains asks for: buffers that do not scroll, with an image.
pub(in crate::c_api) fn plain_request(release_cb: millpond_chain_release_callback) -> millpond_chain_request {
    millpond_chain_request {
        bytes: size_of::<millpond_chain_request>(),
        foot_version: Layout::REGIONS_SINCE,
        buffer_bytes: Layout::Regions.bytes(),
        scrollable: false,
        pix_instances: 1,
        format_with_alpha: number_of(PixelFormat::Argb8888),
        format_without_alpha: number_of(PixelFormat::Xrgb8888),
        release_cb,
        cb_data: ptr::null_mut(),
    }
}

/// With which stride buffers are made where the program wants more than the least: so that the steps by which they are
/// scrolled lead from page to page, if that costs little. It changes when another size is asked for: buffers of one size
/// are shown in turn.
struct Strides {
    /// Of what was asked for last. One thread uses a chain at a time.
    size: (AtomicI32, AtomicI32),
    wanted_bytes: AtomicUsize,
    alignment_bytes: AtomicUsize,
    /// All steps so far were by multiples of so many rows; 0: there were none.
    step_rows: AtomicUsize,
}

impl Strides {
    const fn new() -> Strides {
        Strides {
            size: (AtomicI32::new(0), AtomicI32::new(0)),
            wanted_bytes: AtomicUsize::new(0),
            alignment_bytes: AtomicUsize::new(0),
            step_rows: AtomicUsize::new(0),
        }
    }

    fn alignment_of(
        &self,
        (width, height): (c_int, c_int),
        wanted: StrideAlignment,
        format: PixelFormat,
    ) -> StrideAlignment {
        let is_same = self.size.0.load(Relaxed) == width
            && self.size.1.load(Relaxed) == height
            && self.wanted_bytes.load(Relaxed) == wanted.bytes();
        if !is_same {
            let row_bytes = usize::try_from(width).unwrap_or(0).saturating_mul(format.pixel_bytes());
            let chosen = wanted.suiting(row_bytes, self.step_rows.load(Relaxed), page_bytes());
            self.size.0.store(width, Relaxed);
            self.size.1.store(height, Relaxed);
            self.wanted_bytes.store(wanted.bytes(), Relaxed);
            self.alignment_bytes.store(chosen.bytes(), Relaxed);
        }
        StrideAlignment::new(self.alignment_bytes.load(Relaxed)).unwrap_or(wanted)
    }

    fn note_step(&self, rows: c_int) {
        let (mut one, mut other) = (usize::try_from(rows.unsigned_abs()).unwrap_or(0), self.step_rows.load(Relaxed));
        while other != 0 {
            (one, other) = (other, one % other);
        }
        self.step_rows.store(one, Relaxed);
    }
}

/// The chains that there are. The lock is held for looking them up only.
static CHAINS: Lock<List> = Lock::new(List(Vec::new()));

struct List(Vec<NonNull<Chain>>);

// SAFETY: the pointers are only compared and copied under the lock.
unsafe impl Send for List {}

static NEXT_GROUP: AtomicU64 = AtomicU64::new(1);

/// # Safety
///
/// The contract in the head of functions.rs.
pub(in crate::c_api) unsafe fn make(
    shm: *mut wl_shm,
    request: *const millpond_chain_request,
    face: &'static str,
) -> *mut buffer_chain {
    let Some(request) = NonNull::new(request.cast_mut()) else { return refuse("request is NULL") };
    // SAFETY: the header's inline function passes one.
    let bytes = unsafe { (*request.as_ptr()).bytes };
    if bytes < size_of::<millpond_chain_request>() {
        return refuse("the request is shorter than this library knows it");
    }
    // SAFETY: as long as it says, at least.
    let request = unsafe { request.read() };
    if shm.is_null() {
        return refuse("shm is NULL");
    }
    match chain_of(shm, request, face) {
        Ok(chain) => keep(chain),
        Err(reason) => refuse(reason),
    }
}

fn chain_of(shm: *mut wl_shm, request: millpond_chain_request, face: &'static str) -> Result<Chain, &'static str> {
    let layout = Layout::of(request.foot_version, request.buffer_bytes)
        .ok_or("no foot of this version has a struct buffer of this size: is MILLPOND_FOOT_VERSION right?")?;
    let with_alpha = format_of(request.format_with_alpha).ok_or("format_with_alpha is not known")?;
    let without_alpha = format_of(request.format_without_alpha).ok_or("format_without_alpha is not known")?;
    if request.pix_instances > limits::IMAGES_PER_BUFFER_MAX {
        return Err("pix_instances is more than 65536");
    }
    let with_alpha = drawable(with_alpha, PixelFormat::Argb8888, request.pix_instances);
    let without_alpha = drawable(without_alpha, PixelFormat::Xrgb8888, request.pix_instances);
    let group = NEXT_GROUP.fetch_add(1, Relaxed);
    Ok(Chain { shm, group, face, layout, with_alpha, without_alpha, request, strides: Strides::new() })
}

/// The format, or 8 bits a colour if images are wanted and this pixman has none of the format: it is older than the one
/// that the program was built for, or the machine has its highest byte first.
fn drawable(format: PixelFormat, instead: PixelFormat, image_count: usize) -> PixelFormat {
    if image_count == 0 || pixman::can_draw(format) { format } else { instead }
}

fn refuse(reason: &str) -> *mut buffer_chain {
    STATE.refuse(Errno::INVALID, format_args!("shm_chain_new: {reason}"));
    ptr::null_mut()
}

fn keep(chain: Chain) -> *mut buffer_chain {
    let boxed = try_box(chain);
    let Some(chain) = boxed.map(|chain| NonNull::from(Box::leak(chain))) else { return no_memory() };
    let is_kept = CHAINS.with(|List(chains)| {
        let has_room = chains.try_reserve(1).is_ok();
        if has_room {
            chains.push(chain);
        }
        has_room
    });
    if is_kept {
        return chain.as_ptr().cast();
    }
    // SAFETY: leaked above, and nobody knows it.
    drop(unsafe { Box::from_raw(chain.as_ptr()) });
    no_memory()
}

fn no_memory() -> *mut buffer_chain {
    give_up_without_memory("shm_chain_new");
    ptr::null_mut()
}

/// The gate for chains: only those that we handed out, and that are not freed.
///
/// # Safety
///
/// The program frees the chain only when it uses it no more.
pub(super) unsafe fn find<'call>(chain: *const buffer_chain) -> Option<&'call Chain> {
    let known =
        CHAINS.with(|List(chains)| chains.iter().rfind(|known| ptr::addr_eq(known.as_ptr(), chain)).copied())?;
    // SAFETY: chains are removed from the list before they are freed; the caller promises the rest.
    Some(unsafe { known.as_ref() })
}

/// A buffer of a chain was scrolled by so many rows.
pub(super) fn note_step(group: u64, rows: c_int) {
    if super::settings::stride_alignment() == StrideAlignment::LEAST {
        return;
    }
    CHAINS.with(|List(chains)| {
        for chain in chains.iter() {
            // SAFETY: chains are removed from the list, under this lock, before they are freed.
            let chain = unsafe { chain.as_ref() };
            if chain.group == group {
                chain.note_step(rows);
            }
        }
    });
}

/// Takes a chain out of the list. None: it is none.
pub(super) fn take(chain: *const buffer_chain) -> Option<Box<Chain>> {
    CHAINS.with(|List(chains)| {
        let place = chains.iter().position(|known| ptr::addr_eq(known.as_ptr(), chain))?;
        let chain = chains.swap_remove(place);
        // SAFETY: leaked in `keep`, and not in the list any more.
        Some(unsafe { Box::from_raw(chain.as_ptr()) })
    })
}

/// # Safety
///
/// The contract in the head of functions.rs.
pub(super) unsafe fn bits_per_color(chain: *const buffer_chain) -> c_int {
    // SAFETY: the caller keeps the contract in the head of functions.rs.
    match unsafe { find(chain) }.map(|chain| chain.with_alpha.color_bits()) {
        Some(bits) => bits,
        None => {
            STATE.refuse(Errno::INVALID, format_args!("shm_chain_bit_depth: chain is NULL or no chain"));
            8
        }
    }
}
