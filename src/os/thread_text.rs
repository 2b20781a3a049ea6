//! A short text for each thread, as errno is a number for each.
//!
//! It must be there where there is no memory, in a program whose malloc comes from a pool, and after the library was
//! closed. So there is no key of the C library's, which may allocate and runs a destructor of ours when a thread ends,
//! and no lock. Texts stand in tables that are never freed. A text belongs to the thread whose number is written at it; a
//! thread that has none yet takes one that is nobody's, then that of a thread that has ended. Nothing is taken from a
//! thread that lives: where all do, there is another table.

use core::cell::UnsafeCell;
use core::ffi::c_char;
use core::iter;
use core::ptr;
use core::sync::atomic::{AtomicI32, AtomicPtr, AtomicUsize, Ordering};

use super::thread::{Thread, has_ended};
use super::{Errno, map_zeroed, unmap};
use crate::limits::{THREAD_TEXT_BYTES, THREAD_TEXTS_PER_TABLE};

/// What a thread has that has never set a text.
static NO_TEXT: &core::ffi::CStr = c"";

static FIRST_TABLE: Table =
    Table { slots: [const { Slot::new() }; THREAD_TEXTS_PER_TABLE], next: AtomicPtr::new(ptr::null_mut()) };

/// All of it may be zero.
#[repr(C)]
struct Table {
    slots: [Slot; THREAD_TEXTS_PER_TABLE],
    next: AtomicPtr<Table>,
}

#[repr(C)]
struct Slot {
    /// The number of the thread whose text this is, or was; 0 for nobody yet.
    owner: AtomicI32,
    /// The owner's address. An ended thread's number comes back one day, but hardly with the same address.
    address: AtomicUsize,
    text: Bytes,
}

#[repr(transparent)]
struct Bytes(UnsafeCell<[u8; THREAD_TEXT_BYTES]>);

// SAFETY: only the owner reads and writes the text; a new owner only when the last one has ended.
unsafe impl Sync for Bytes {}

impl Slot {
    const fn new() -> Slot {
        let text = Bytes(UnsafeCell::new([0; THREAD_TEXT_BYTES]));
        Slot { owner: AtomicI32::new(0), address: AtomicUsize::new(0), text }
    }

    /// Makes a thread the owner, unless another one was faster.
    fn take(&self, before: i32, thread: Thread) -> bool {
        self.owner.compare_exchange(before, thread.number, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    fn is_at(&self, thread: Thread) -> bool {
        self.address.load(Ordering::Relaxed) == thread.address
    }

    fn as_ptr(&self) -> *mut u8 {
        self.text.0.get().cast()
    }
}

fn tables() -> impl Iterator<Item = &'static Table> {
    iter::successors(Some(&FIRST_TABLE), |table| {
        // SAFETY: NULL, or a table that `add_table` has put there and that is never freed.
        unsafe { table.next.load(Ordering::Acquire).as_ref() }
    })
}

/// The first text that is right, asked with its owner's number.
#[inline(never)]
fn first(is_right: &mut dyn FnMut(&'static Slot, i32) -> bool) -> Option<&'static Slot> {
    tables().find_map(|table| table.slots.iter().find(|slot| is_right(slot, slot.owner.load(Ordering::Acquire))))
}

/// What has a thread's number: its text, or that of an ended thread with the same number.
fn find(thread: Thread) -> Option<&'static Slot> {
    first(&mut |_, owner| owner == thread.number).or_else(|| inherited(thread))
}

/// The child of a fork() has the text of the thread that forked: another number, but the same address.
fn inherited(thread: Thread) -> Option<&'static Slot> {
    if !thread.is_first() {
        return None;
    }
    first(&mut |slot, owner| owner != 0 && slot.is_at(thread) && slot.take(owner, thread))
}

/// The text of a thread that has had none. None: there is no memory for more.
fn claim(thread: Thread) -> Option<&'static Slot> {
    loop {
        let free = first(&mut |slot, owner| owner == 0 && slot.take(0, thread));
        let left = || first(&mut |slot, owner| has_ended(owner) && slot.take(owner, thread));
        if let Some(slot) = free.or_else(left) {
            return Some(slot);
        }
        if !add_table() {
            return None;
        }
    }
}

/// Another table at the end. False: there is no memory.
fn add_table() -> bool {
    let Some(memory) = map_zeroed(size_of::<Table>()) else { return false };
    let end = tables().find(|table| {
        let next = &table.next;
        next.compare_exchange(ptr::null_mut(), memory.as_ptr().cast(), Ordering::AcqRel, Ordering::Relaxed).is_ok()
    });
    if end.is_none() {
        // SAFETY: just mapped, and nobody knows it.
        unsafe { unmap(memory, size_of::<Table>()) };
    }
    true
}

/// Sets this thread's text, cut off after [`THREAD_TEXT_BYTES`]. Where there is no memory for one, it has none. errno
/// stays as it is.
pub fn set_thread_text(text: &[u8]) {
    let errno = Errno::last();
    let thread = Thread::this();
    if let Some(slot) = find(thread).or_else(|| claim(thread)) {
        slot.address.store(thread.address, Ordering::Relaxed);
        let length = text.len().min(THREAD_TEXT_BYTES - 1);
        // SAFETY: this thread's text, longer than that.
        unsafe { ptr::copy_nonoverlapping(text.as_ptr(), slot.as_ptr(), length) };
        // SAFETY: as above.
        let end = unsafe { slot.as_ptr().add(length) };
        // SAFETY: as above.
        unsafe { end.write(0) };
        // Whoever takes the text when this thread has ended, and has read this, comes after what was written.
        slot.owner.store(thread.number, Ordering::Release);
    }
    errno.set();
}

/// This thread's text, terminated; never NULL. Valid until it is set again, or the thread ends.
pub fn thread_text() -> *const c_char {
    let thread = Thread::this();
    let slot = find(thread).filter(|slot| slot.is_at(thread));
    slot.map_or(NO_TEXT.as_ptr(), |slot| slot.as_ptr().cast_const().cast())
}
