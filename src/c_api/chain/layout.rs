//! What `struct buffer` of foot 1.8.2 and later shows of a buffer of the engine.
//!
//! ```text
//!   all versions  width height stride data wl_buf pix pix_instances age
//!   to 1.13                                                             scroll_damage scroll_damage_count dirty (region)
//!   1.14, 1.15                                                          dirty (region)
//!   from 1.16 on                                                        dirty (pointer to pix_instances regions)
//! ```

use alloc::vec::Vec;
use core::ffi::{c_int, c_uint, c_void};
use core::fmt;
use core::mem::offset_of;
use core::ptr;

use super::types::{buffer, millpond_chain_release_callback};
use crate::c_api::shared::c_buffer::CBuffer;
use crate::c_api::shared::node::{Face, NodeHandle};
use crate::c_api::shared::state::State;
use crate::os::{self, Errno, PrivateMemory};
use crate::pixman::{self, pixman_image_t, pixman_region32_t};
use crate::shm::{DrawnMark, Failure, RecordedScrolls, View};
use crate::units::Rectangle;
use crate::wayland::wl_buffer;

/// What a new buffer has, as in the original: whoever reads it draws everything.
const AGE_OF_NEW: c_uint = 1234;

/// The face of foot 1.8.2 to 1.28.
pub(super) struct Chains;

pub(super) static STATE: State<NodeHandle<Chains>> = State::new(true, "chain");

impl Face for Chains {
    type Buffer = Shown;

    #[inline(always)]
    fn state() -> &'static State<NodeHandle<Chains>> {
        &STATE
    }

    unsafe fn released(public: *mut Shown) {
        // SAFETY: live, as the caller promises; no reference is made to the fields that C writes.
        let callback = unsafe { &raw const (*public).released };
        // SAFETY: as above; it never changes.
        let (callback, data) = unsafe { *callback };
        if let Some(callback) = callback {
            // SAFETY: the program's, with its buffer; nothing of ours is borrowed.
            unsafe { callback(public.cast::<buffer>(), data) };
        }
    }
}

/// What stands behind `age`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// foot 1.8.2 to 1.13: what was scrolled, and what was drawn.
    ScrollsAndRegion,
    /// foot 1.14 and 1.15: what was drawn; what was scrolled is part of it.
    Region,
    /// From 1.16 on: such a region for each image.
    Regions,
}

impl Layout {
    /// The first version of foot with the last one.
    pub(super) const REGIONS_SINCE: c_uint = 11600;

    /// The layout of a version of foot, if its struct has so many bytes. None: no such pair is known.
    pub(super) fn of(foot_version: c_uint, buffer_bytes: usize) -> Option<Layout> {
        let layout = match foot_version {
            10802..=11399 => Layout::ScrollsAndRegion,
            11400..=11599 => Layout::Region,
            11600..=12899 => Layout::Regions,
            _ => return None,
        };
        (buffer_bytes == layout.bytes()).then_some(layout)
    }

    /// sizeof(struct buffer).
    pub(super) const fn bytes(self) -> usize {
        offset_of!(Shown, tail)
            + match self {
                Layout::ScrollsAndRegion => size_of::<ScrollsAndRegion>(),
                Layout::Region => size_of::<pixman_region32_t>(),
                // On machines where a pointer is larger than what stands before it, the compiler fills up.
                Layout::Regions => size_of::<*mut pixman_region32_t>(),
            }
    }
}

#[repr(C)]
#[derive(Clone, Copy)]
struct ScrollsAndRegion {
    scroll_damage: *mut c_void,
    scroll_damage_count: usize,
    dirty: pixman_region32_t,
}

#[repr(C)]
union Tail {
    scrolls_and_region: ScrollsAndRegion,
    region: pixman_region32_t,
    regions: *mut pixman_region32_t,
}

/// A `struct buffer` of the largest layout, of which C writes `age` and what stands behind it; and what is ours.
#[repr(C)]
pub(super) struct Shown {
    width: c_int,
    height: c_int,
    stride: c_int,
    data: *mut c_void,
    wl_buf: *mut wl_buffer,
    pix: *mut *mut pixman_image_t,
    pix_instances: usize,
    age: c_uint,
    tail: Tail,
    layout: Layout,
    /// What a region is when nothing was recorded in it.
    untouched: pixman_region32_t,
    /// Whose chain it is of.
    face: &'static str,
    /// What `regions` points to.
    regions: Vec<pixman_region32_t>,
    released: (millpond_chain_release_callback, *mut c_void),
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(
    Layout::ScrollsAndRegion.bytes() == 96 && Layout::Region.bytes() == 80 && Layout::Regions.bytes() == 64,
    "the sizes of foot's struct buffer on LP64"
);
#[cfg(all(target_pointer_width = "32", target_arch = "x86"))]
const _: () = assert!(
    Layout::ScrollsAndRegion.bytes() == 60 && Layout::Region.bytes() == 52 && Layout::Regions.bytes() == 36,
    "the sizes of foot's struct buffer on i686"
);

/// An argument makes no sense: for a face that stands on chains.
pub(in crate::c_api) fn refuse(line: fmt::Arguments<'_>) {
    STATE.refuse(Errno::INVALID, line);
}

/// There is no memory for what a face keeps that stands on chains.
pub(in crate::c_api) fn give_up_without_memory(name: &str) {
    STATE.give_up(Failure::Memory, format_args!("{name}: no memory"));
}

/// What a buffer shows, for a face that stands on chains.
pub(in crate::c_api) struct Seen {
    pub(in crate::c_api) stride: c_int,
    pub(in crate::c_api) data: *mut c_void,
    pub(in crate::c_api) wl_buf: *mut wl_buffer,
    /// The first image; NULL if there is none.
    pub(in crate::c_api) image: *mut pixman_image_t,
}

impl Seen {
    /// # Safety
    ///
    /// A live buffer of a chain.
    pub(in crate::c_api) unsafe fn of(public: *const buffer) -> Seen {
        // SAFETY: as the caller promises; C does not run meanwhile.
        let shown = unsafe { &*public.cast::<Shown>() };
        // SAFETY: `pix` is NULL or points to so many images.
        let first = unsafe { shown.pix.as_ref() };
        Seen {
            stride: shown.stride,
            data: shown.data,
            wl_buf: shown.wl_buf,
            image: first.copied().unwrap_or(ptr::null_mut()),
        }
    }
}

impl Shown {
    /// A buffer that is about to be made: held, of no size yet. None: no memory.
    pub(super) fn new(
        face: &'static str,
        layout: Layout,
        region_count: usize,
        released: (millpond_chain_release_callback, *mut c_void),
    ) -> Option<Shown> {
        let untouched = pixman::new_region();
        let mut regions = Vec::new();
        if layout == Layout::Regions {
            regions.try_reserve_exact(region_count).ok()?;
            regions.resize(region_count, untouched);
        }
        let tail = match layout {
            Layout::ScrollsAndRegion => Tail {
                scrolls_and_region: ScrollsAndRegion {
                    scroll_damage: ptr::null_mut(),
                    scroll_damage_count: 0,
                    dirty: untouched,
                },
            },
            Layout::Region => Tail { region: untouched },
            Layout::Regions if regions.is_empty() => Tail { regions: ptr::null_mut() },
            Layout::Regions => Tail { regions: regions.as_mut_ptr() },
        };
        Some(Shown {
            width: 0,
            height: 0,
            stride: 0,
            data: ptr::null_mut(),
            wl_buf: ptr::null_mut(),
            pix: ptr::null_mut(),
            pix_instances: 0,
            age: AGE_OF_NEW,
            tail,
            layout,
            untouched,
            face,
            regions,
            released,
        })
    }

    /// The regions that the program writes.
    fn regions_mut(&mut self) -> &mut [pixman_region32_t] {
        match self.layout {
            // SAFETY: what the layout says is in the union.
            Layout::ScrollsAndRegion => core::slice::from_mut(unsafe { &mut self.tail.scrolls_and_region.dirty }),
            // SAFETY: as above.
            Layout::Region => core::slice::from_mut(unsafe { &mut self.tail.region }),
            Layout::Regions => &mut self.regions,
        }
    }

    /// The region of what the program has drawn in this frame.
    fn drawn(&self) -> Option<&pixman_region32_t> {
        match self.layout {
            // SAFETY: what the layout says is in the union.
            Layout::ScrollsAndRegion => Some(unsafe { &self.tail.scrolls_and_region.dirty }),
            // SAFETY: as above.
            Layout::Region => Some(unsafe { &self.tail.region }),
            Layout::Regions => self.regions.first(),
        }
    }

    fn free_scroll_damage(&mut self) {
        if self.layout != Layout::ScrollsAndRegion {
            return;
        }
        // SAFETY: what the layout says is in the union.
        let scrolls = unsafe { &mut self.tail.scrolls_and_region };
        scrolls.scroll_damage_count = 0;
        let memory = core::mem::replace(&mut scrolls.scroll_damage, ptr::null_mut());
        // SAFETY: the program has put malloc's memory or NULL there, as shm.h says, and uses it no more.
        unsafe { os::free_foreign(memory) };
    }
}

impl CBuffer for Shown {
    const HAS_REFERENCES: bool = true;
    const KNOWS_SINGLE_FRAMES: bool = true;

    fn face_name(&self) -> &'static str {
        self.face
    }

    fn age(&self) -> u32 {
        self.age
    }

    fn set_age(&mut self, age: u32) {
        self.age = age;
    }

    fn show(&mut self, _is_held: bool, _is_outdated: bool) {}

    /// There is no field to write that in.
    #[inline(always)]
    fn is_taken_by_hand(&self) -> bool {
        false
    }

    fn show_view(&mut self, view: &View) {
        self.width = view.picture.width;
        self.height = view.picture.height;
        self.stride = view.picture.stride_bytes;
        self.data = view.pixels;
        self.wl_buf = view.buffer;
        self.pix = view.images;
        self.pix_instances = view.image_count;
    }

    fn show_given_up(&mut self, _memory: &PrivateMemory) {
        self.wl_buf = ptr::null_mut();
    }

    fn emptied(&mut self) -> &mut Shown {
        self.free_scroll_damage();
        let untouched = self.untouched;
        for region in self.regions_mut() {
            if !pixman::is_same_region(region, &untouched) {
                // SAFETY: the regions of a live buffer are initialised.
                unsafe { pixman::clear_region(region) };
            }
        }
        self
    }

    fn visit_drawn(&self, visit: &mut dyn FnMut(Rectangle)) {
        if let Some(drawn) = self.drawn() {
            // SAFETY: the regions of a live buffer are initialised.
            unsafe { pixman::for_each_rectangle(drawn, visit) };
        }
    }

    fn drawn_mark(&self) -> DrawnMark {
        let Some(drawn) = self.drawn() else { return DrawnMark::default() };
        let corners = drawn.extents;
        // SAFETY: the regions of a live buffer are initialised.
        let count = unsafe { pixman::rectangle_count(drawn) };
        ([corners.x1, corners.y1, corners.x2, corners.y2], drawn.data.addr(), count)
    }

    fn recorded_scrolls(&self) -> RecordedScrolls {
        match self.layout {
            Layout::ScrollsAndRegion => {
                // SAFETY: what the layout says is in the union.
                let scrolls = unsafe { self.tail.scrolls_and_region };
                RecordedScrolls::Count(scrolls.scroll_damage_count)
            }
            Layout::Region | Layout::Regions => RecordedScrolls::AsDrawn,
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.free_scroll_damage();
        for region in self.regions_mut() {
            // SAFETY: the regions of a live buffer are initialised.
            unsafe { pixman::finish_region(region) };
        }
    }
}
