//! What all displays share: which there are, and which `struct buffer` pointers are ours. Behind one lock.
//!
//! The lock is held for looking things up only, never while a display works or anything of the program's runs.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr::NonNull;

use super::node::{self, Node, NodeHandle};
use super::shm::buffer;
use crate::os::Lock;
use crate::shm::{Display, Key};
use crate::wayland::wl_shm;

struct Entry {
    shm: *mut wl_shm,
    display: *mut Display<NodeHandle>,
}

struct Registry {
    displays: Vec<Entry>,
    nodes: Vec<NonNull<Node>>,
}

// SAFETY: the pointers are only compared and copied under the lock. Displays are used by the thread that the program
// uses their wl_shm in, as the head of shm.rs demands.
unsafe impl Send for Registry {}

static REGISTRY: Lock<Registry> = Lock::new(Registry { displays: Vec::new(), nodes: Vec::new() });

/// The display of a `wl_shm`, made if it is new. None: no memory.
pub(super) fn display_of(shm: *mut wl_shm) -> Option<NonNull<Display<NodeHandle>>> {
    REGISTRY.with(|registry| {
        if let Some(entry) = registry.displays.iter().find(|entry| entry.shm == shm) {
            return NonNull::new(entry.display);
        }
        registry.displays.try_reserve(1).ok()?;
        let display = Box::into_raw(try_box(Display::new())?);
        registry.displays.push(Entry { shm, display });
        NonNull::new(display)
    })
}

/// The display of a `wl_shm`, if buffers were ever asked for.
pub(super) fn existing_display_of(shm: *mut wl_shm) -> Option<NonNull<Display<NodeHandle>>> {
    REGISTRY.with(|registry| {
        let entry = registry.displays.iter().find(|entry| entry.shm == shm)?;
        NonNull::new(entry.display)
    })
}

/// Takes one display out, to be destroyed. None: there are no more.
pub(super) fn take_display() -> Option<Box<Display<NodeHandle>>> {
    let entry = REGISTRY.with(|registry| registry.displays.pop())?;
    // SAFETY: came from Box::into_raw in display_of, and is in no list any more. The program promised shm_fini that no
    // other thread is inside this library.
    Some(unsafe { Box::from_raw(entry.display) })
}

/// Makes a node known. False: no memory.
pub(super) fn add_node(node: NonNull<Node>) -> bool {
    REGISTRY.with(|registry| {
        let has_room = registry.nodes.try_reserve(1).is_ok();
        if has_room {
            registry.nodes.push(node);
        }
        has_room
    })
}

pub(super) fn remove_node(node: NonNull<Node>) {
    REGISTRY.with(|registry| {
        if let Some(index) = registry.nodes.iter().rposition(|known| *known == node) {
            registry.nodes.swap_remove(index);
        }
        if registry.nodes.is_empty() {
            registry.nodes = Vec::new();
        }
    });
}

/// The gate for `struct buffer` pointers: only those that we handed out, and that are not gone, lead into the engine.
pub(super) fn find_buffer(public: *const buffer) -> Option<(NonNull<Display<NodeHandle>>, Key)> {
    REGISTRY.with(|registry| {
        let node = registry.nodes.iter().rfind(|known| core::ptr::addr_eq(known.as_ptr(), public))?;
        // SAFETY: nodes are removed from the list, under this lock, before they are freed.
        let (display, key) = unsafe { node::way_back(*node) };
        Some((NonNull::new(display)?, key))
    })
}

/// True if `display` is that of `shm`.
pub(super) fn is_display_of(display: NonNull<Display<NodeHandle>>, shm: *mut wl_shm) -> bool {
    existing_display_of(shm) == Some(display)
}

/// A box, or None if there is no memory.
pub(super) fn try_box<T>(value: T) -> Option<Box<T>> {
    let mut one = Vec::new();
    one.try_reserve_exact(1).ok()?;
    one.push(value);
    let boxed: Box<[T]> = one.into_boxed_slice();
    // SAFETY: a boxed slice of one element has the address and the layout of a box of that element.
    Some(unsafe { Box::from_raw(Box::into_raw(boxed).cast::<T>()) })
}
