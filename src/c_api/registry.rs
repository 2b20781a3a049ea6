//! What all displays share: which there are, and which `struct buffer` pointers are ours. Behind one lock.
//!
//! The lock is held for looking things up only, never while a display works or anything of the program's runs.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, Ordering};

use super::node::{self, Node, NodeHandle};
use super::shm::buffer;
use crate::os::{Lock, try_box};
use crate::shm::{Display, Key};
use crate::wayland::wl_shm;

/// One display. Entries are added at the front and stay until shm_fini, so that looking one up needs no lock.
struct Entry {
    shm: *mut wl_shm,
    display: Display<NodeHandle>,
    next: *mut Entry,
}

static DISPLAYS: AtomicPtr<Entry> = AtomicPtr::new(ptr::null_mut());

struct Registry {
    nodes: Vec<NonNull<Node>>,
}

// SAFETY: the pointers are only compared and copied under the lock.
unsafe impl Send for Registry {}

static REGISTRY: Lock<Registry> = Lock::new(Registry { nodes: Vec::new() });

/// The display of a `wl_shm`, made if it is new. None: no memory.
pub(super) fn display_of(shm: *mut wl_shm) -> Option<NonNull<Display<NodeHandle>>> {
    if let Some(found) = existing_display_of(shm) {
        return Some(found);
    }
    let entry = Box::into_raw(try_box(Entry { shm, display: Display::new(), next: ptr::null_mut() })?);
    REGISTRY.with(|_| {
        // SAFETY: a new entry that nobody else knows.
        unsafe { (*entry).next = DISPLAYS.load(Ordering::Relaxed) };
        DISPLAYS.store(entry, Ordering::Release);
    });
    // SAFETY: entries live until shm_fini.
    NonNull::new(unsafe { &raw mut (*entry).display })
}

/// The display of a `wl_shm`, if buffers were ever asked for.
pub(super) fn existing_display_of(shm: *mut wl_shm) -> Option<NonNull<Display<NodeHandle>>> {
    let mut entry = DISPLAYS.load(Ordering::Acquire);
    while !entry.is_null() {
        // SAFETY: entries live until shm_fini, which the program calls when no other thread is inside this library.
        // These fields do not change once the entry is in the list.
        let (entry_shm, next) = unsafe { links(entry) };
        if entry_shm == shm {
            // SAFETY: as above.
            return NonNull::new(unsafe { &raw mut (*entry).display });
        }
        entry = next;
    }
    None
}

/// # Safety
///
/// The entry is in the list.
unsafe fn links(entry: *mut Entry) -> (*mut wl_shm, *mut Entry) {
    // SAFETY: as the caller promises. No reference is made to the display, which its thread may be using.
    let shm = unsafe { (*entry).shm };
    // SAFETY: as above.
    (shm, unsafe { (*entry).next })
}

/// Destroys all displays.
///
/// # Safety
///
/// No other thread is inside this library, and no reference to a display is alive.
pub(super) unsafe fn drop_displays() {
    let mut entry = DISPLAYS.swap(ptr::null_mut(), Ordering::AcqRel);
    while !entry.is_null() {
        // SAFETY: came from Box::into_raw in display_of, and is in no list any more.
        let owned = unsafe { Box::from_raw(entry) };
        entry = owned.next;
        drop(owned);
    }
}

/// Makes a node known. False: no memory.
pub(super) fn add_node(node: NonNull<Node>) -> bool {
    REGISTRY.with(|registry| {
        let has_room = registry.nodes.try_reserve(1).is_ok();
        if has_room {
            // SAFETY: a new node, under the lock.
            unsafe { node::set_place(node, registry.nodes.len()) };
            registry.nodes.push(node);
        }
        has_room
    })
}

pub(super) fn remove_node(node: NonNull<Node>) {
    REGISTRY.with(|registry| {
        // SAFETY: a live node, under the lock.
        let place = unsafe { node::place(node) };
        if registry.nodes.get(place) == Some(&node) {
            registry.nodes.swap_remove(place);
            if let Some(moved) = registry.nodes.get(place) {
                // SAFETY: nodes are removed from the list, under this lock, before they are freed.
                unsafe { node::set_place(*moved, place) };
            }
        }
        if registry.nodes.is_empty() {
            registry.nodes = Vec::new();
        }
    });
}

/// The gate for `struct buffer` pointers: only those that we handed out, and that are not gone, lead into the engine.
pub(super) fn find_buffer(public: *const buffer) -> Option<(NonNull<Display<NodeHandle>>, Key)> {
    REGISTRY.with(|registry| {
        let node = registry.nodes.iter().rfind(|known| ptr::addr_eq(known.as_ptr(), public))?;
        // SAFETY: nodes are removed from the list, under this lock, before they are freed.
        let (display, key) = unsafe { node::way_back(*node) };
        Some((NonNull::new(display)?, key))
    })
}
