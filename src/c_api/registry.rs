//! What all displays share: which there are, and which `struct buffer` pointers are ours. Behind one lock.
//!
//! The lock is held for looking things up only, never while a display works or anything of the program's runs.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use super::node::{self, Node, NodeHandle};
use super::shm::buffer;
use crate::os::{Lock, try_box};
use crate::shm::{Display, Key};
use crate::wayland::{Fingerprint, Identity, ShmGlobal, wl_shm};

/// One display. Entries are added at the front and stay until shm_fini, so that looking one up needs no lock. One that
/// is vacant is used again.
struct Entry {
    /// The pointer by which the program called last, written under the lock; VACANT: the display is a new one, nobody's.
    shm: AtomicPtr<wl_shm>,
    /// What was at that address then. Written under the lock.
    fingerprint: AtomicUsize,
    /// Read and written under the lock.
    identity: Identity,
    display: Display<NodeHandle>,
    next: *mut Entry,
}

/// No proxy is here, and it is not NULL either.
const VACANT: *mut wl_shm = ptr::dangling_mut::<u8>().cast();

static DISPLAYS: AtomicPtr<Entry> = AtomicPtr::new(ptr::null_mut());

struct Registry {
    nodes: Vec<NonNull<Node>>,
}

// SAFETY: the pointers are only compared and copied under the lock.
unsafe impl Send for Registry {}

static REGISTRY: Lock<Registry> = Lock::new(Registry { nodes: Vec::new() });

/// The display of a `wl_shm`, if buffers were asked for with this pointer last.
#[inline(always)]
pub(super) fn existing_display_of(shm: *mut wl_shm) -> Option<NonNull<Display<NodeHandle>>> {
    let mut next = DISPLAYS.load(Ordering::Acquire);
    while let Some(entry) = NonNull::new(next) {
        // SAFETY: an entry of the list; the program calls with NULL or with a live `wl_shm`.
        if unsafe { is_of(entry, shm) } {
            return Some(display_in(entry));
        }
        // SAFETY: as above.
        next = unsafe { after(entry) };
    }
    None
}

/// The display of a `wl_shm`, if buffers were asked for with some pointer to it: with what this one is a wrapper of, or
/// with another wrapper.
pub(super) fn known_display_of(shm: *mut wl_shm, global: ShmGlobal<'_>) -> Option<NonNull<Display<NodeHandle>>> {
    if let Some(found) = existing_display_of(shm) {
        return Some(found);
    }
    let identity = global.identity();
    REGISTRY.with(|_| {
        let entry = find_entry(|entry_shm, entry_identity| entry_shm != VACANT && entry_identity == identity)?;
        // SAFETY: an entry of the list, under the lock. Its display is this thread's.
        unsafe { occupy(entry, shm, global) };
        Some(display_in(entry))
    })
}

/// The display of a `wl_shm`, made if it is new. None: no memory.
pub(super) fn display_of(shm: *mut wl_shm, global: ShmGlobal<'_>) -> Option<NonNull<Display<NodeHandle>>> {
    if let Some(found) = known_display_of(shm, global) {
        return Some(found);
    }
    REGISTRY.with(|_| take_vacant(shm, global)).or_else(|| {
        let entry = new_entry(global)?;
        REGISTRY.with(|_| {
            // SAFETY: a new entry that nobody else knows.
            unsafe { add_entry(entry) };
            take_vacant(shm, global)
        })
    })
}

/// A vacant display becomes this one's. None: there is none. To be called under the lock.
fn take_vacant(shm: *mut wl_shm, global: ShmGlobal<'_>) -> Option<NonNull<Display<NodeHandle>>> {
    let entry = find_entry(|entry_shm, _| entry_shm == VACANT)?;
    // SAFETY: an entry of the list, under the lock. It is nobody's.
    unsafe { occupy(entry, shm, global) };
    Some(display_in(entry))
}

/// A display of which nothing is left is not known any more: its connection may end, and another one may have its
/// `wl_shm` at the same address.
///
/// # Safety
///
/// The display is in the list; this thread uses it, and does no more.
pub(super) unsafe fn vacate(display: NonNull<Display<NodeHandle>>) {
    let entry = REGISTRY.with(|_| find_entry_of(display));
    let Some(entry) = entry.map(NonNull::as_ptr) else { return };
    // SAFETY: an entry of the list, whose display is this thread's. Outside the lock: nodes that go need it.
    drop(unsafe { core::mem::take(&mut (*entry).display) });
    // SAFETY: as above. From here on it is anybody's.
    unsafe { &(*entry).shm }.store(VACANT, Ordering::Release);
}

/// Destroys all displays.
///
/// # Safety
///
/// No other thread is inside this library, and no reference to a display is alive.
pub(super) unsafe fn drop_displays() {
    let mut entry = DISPLAYS.swap(ptr::null_mut(), Ordering::AcqRel);
    while !entry.is_null() {
        // SAFETY: came from Box::into_raw in new_entry, and is in no list any more.
        let owned = unsafe { Box::from_raw(entry) };
        entry = owned.next;
        drop(owned);
    }
}

/// # Safety
///
/// The entry is in the list.
#[inline(always)]
unsafe fn shm_of(entry: NonNull<Entry>) -> *mut wl_shm {
    // SAFETY: entries live until shm_fini, which the program calls when no other thread is inside this library. No
    // reference is made to the display, which its thread may be using.
    unsafe { &(*entry.as_ptr()).shm }.load(Ordering::Acquire)
}

/// # Safety
///
/// The entry is in the list.
#[inline(always)]
unsafe fn after(entry: NonNull<Entry>) -> *mut Entry {
    // SAFETY: as above; this field does not change.
    unsafe { (*entry.as_ptr()).next }
}

/// # Safety
///
/// The entry is in the list, and `shm` is NULL or live.
#[inline(always)]
unsafe fn is_of(entry: NonNull<Entry>, shm: *mut wl_shm) -> bool {
    // SAFETY: as the caller promises.
    if unsafe { shm_of(entry) } != shm {
        return false;
    }
    // SAFETY: as for `shm_of`.
    let known = unsafe { &(*entry.as_ptr()).fingerprint }.load(Ordering::Relaxed);
    // SAFETY: no entry has NULL, so this one is live, as the caller promises.
    let found = unsafe { Fingerprint::of(shm.cast()) };
    found == Fingerprint::from_word(known)
}

/// To be called under the lock.
fn find_entry(is_it: impl Fn(*mut wl_shm, Identity) -> bool) -> Option<NonNull<Entry>> {
    let mut next = DISPLAYS.load(Ordering::Acquire);
    while let Some(entry) = NonNull::new(next) {
        // SAFETY: an entry of the list.
        let shm = unsafe { shm_of(entry) };
        // SAFETY: as above, under the lock.
        if is_it(shm, unsafe { (*entry.as_ptr()).identity }) {
            return Some(entry);
        }
        // SAFETY: as above.
        next = unsafe { after(entry) };
    }
    None
}

fn find_entry_of(display: NonNull<Display<NodeHandle>>) -> Option<NonNull<Entry>> {
    let mut next = DISPLAYS.load(Ordering::Acquire);
    while let Some(entry) = NonNull::new(next) {
        if display_in(entry) == display {
            return Some(entry);
        }
        // SAFETY: an entry of the list.
        next = unsafe { after(entry) };
    }
    None
}

/// A vacant entry in no list. None: no memory. Not under the lock: the program's malloc runs.
fn new_entry(global: ShmGlobal<'_>) -> Option<*mut Entry> {
    try_box(Entry {
        shm: AtomicPtr::new(VACANT),
        fingerprint: AtomicUsize::new(0),
        identity: global.identity(),
        display: Display::new(),
        next: ptr::null_mut(),
    })
    .map(Box::into_raw)
}

/// Puts an entry at the front of the list.
///
/// # Safety
///
/// A new entry that nobody else knows, and the lock is held.
unsafe fn add_entry(entry: *mut Entry) {
    // SAFETY: as the caller promises.
    unsafe { (*entry).next = DISPLAYS.load(Ordering::Relaxed) };
    DISPLAYS.store(entry, Ordering::Release);
}

/// From now on the entry is found by this pointer.
///
/// # Safety
///
/// The entry is in the list, and the lock is held. The entry's display is this thread's, or nobody's.
unsafe fn occupy(entry: NonNull<Entry>, shm: *mut wl_shm, global: ShmGlobal<'_>) {
    let entry = entry.as_ptr();
    // SAFETY: as the caller promises.
    unsafe { (*entry).identity = global.identity() };
    // SAFETY: as above. Other threads may read this one at any time.
    unsafe { &(*entry).fingerprint }.store(global.fingerprint().word(), Ordering::Relaxed);
    // SAFETY: as above.
    unsafe { &(*entry).shm }.store(shm, Ordering::Release);
}

fn display_in(entry: NonNull<Entry>) -> NonNull<Display<NodeHandle>> {
    // SAFETY: entries live until shm_fini; no reference is made.
    let display = unsafe { &raw mut (*entry.as_ptr()).display };
    // SAFETY: a field of something that is not NULL.
    unsafe { NonNull::new_unchecked(display) }
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
