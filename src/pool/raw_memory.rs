//! The one file that reads and writes the memory of a pool, and that calls what the program has put into it.
//!
//! A heap is made of addresses that stand in its own memory, so no type can say which of them may be followed. The rule
//! that every function here relies on: an address handed to it lies in an arena of the pool, or in its index, with as
//! many bytes behind it as are used. Whoever reads an address or a size from the heap checks it first: against the
//! arenas where the block comes from the program (`integrity`), and against the index where it comes from there.
#![allow(unsafe_code, reason = "the memory of the heap, and the callbacks of the pool")]

use core::ffi::{c_char, c_int, c_ulong, c_void};
use core::ptr::{self, NonNull};
use core::sync::atomic::AtomicUsize;

use super::record::Pool;
use crate::os;

/// Reads a word.
#[inline(always)]
pub(super) fn word(address: usize) -> usize {
    // SAFETY: the rule in the head of this file. Words of the heap are aligned.
    unsafe { ptr::with_exposed_provenance::<usize>(address).read() }
}

/// Writes a word.
#[inline(always)]
pub(super) fn set_word(address: usize, value: usize) {
    // SAFETY: the rule in the head of this file. Words of the heap are aligned.
    unsafe { ptr::with_exposed_provenance_mut::<usize>(address).write(value) };
}

/// Reads a byte.
#[inline(always)]
pub(super) fn byte(address: usize) -> u8 {
    // SAFETY: the rule in the head of this file.
    unsafe { ptr::with_exposed_provenance::<u8>(address).read() }
}

/// Writes a byte.
#[inline(always)]
pub(super) fn set_byte(address: usize, value: u8) {
    // SAFETY: the rule in the head of this file.
    unsafe { ptr::with_exposed_provenance_mut::<u8>(address).write(value) };
}

/// Reads four bytes at any address.
#[inline(always)]
pub(super) fn four_bytes(address: usize) -> [u8; 4] {
    // SAFETY: the rule in the head of this file.
    unsafe { ptr::with_exposed_provenance::<[u8; 4]>(address).read() }
}

/// Writes four bytes at any address.
#[inline(always)]
pub(super) fn set_four_bytes(address: usize, value: [u8; 4]) {
    // SAFETY: the rule in the head of this file.
    unsafe { ptr::with_exposed_provenance_mut::<[u8; 4]>(address).write(value) };
}

/// Fills bytes.
pub(super) fn fill(address: usize, bytes: usize, value: u8) {
    if os::memory_checker().is_some() {
        return fill_seen(address, bytes, value);
    }
    // SAFETY: the rule in the head of this file.
    unsafe { ptr::write_bytes(ptr::with_exposed_provenance_mut::<u8>(address), value, bytes) };
}

/// Copies bytes; source and target may overlap.
pub(super) fn copy(from: usize, to: usize, bytes: usize) {
    if os::memory_checker().is_some() {
        return copy_seen(from, to, bytes);
    }
    let source = ptr::with_exposed_provenance::<u8>(from);
    // SAFETY: the rule in the head of this file.
    unsafe { ptr::copy(source, ptr::with_exposed_provenance_mut(to), bytes) };
}

/// Writes a byte, and lets the compiler make no call of memcpy() or memset() out of many: AddressSanitizer has its own,
/// which look at what the program may use.
fn set_byte_seen(address: usize, value: u8) {
    // SAFETY: the rule in the head of this file.
    unsafe { ptr::with_exposed_provenance_mut::<u8>(address).write_volatile(value) };
}

#[cold]
#[inline(never)]
fn fill_seen(address: usize, bytes: usize, value: u8) {
    (address..address + bytes).for_each(|place| set_byte_seen(place, value));
}

#[cold]
#[inline(never)]
fn copy_seen(from: usize, to: usize, bytes: usize) {
    let move_byte = |offset: usize| set_byte_seen(to + offset, byte(from + offset));
    if from < to { (0..bytes).rev().for_each(move_byte) } else { (0..bytes).for_each(move_byte) }
}

/// Runs a callback of the program's: what it does is watched again.
fn in_program<T>(callback: impl FnOnce() -> T) -> T {
    let checker = os::memory_checker();
    if let Some(checker) = checker {
        checker.resume();
    }
    let result = callback();
    if let Some(checker) = checker {
        checker.pause();
    }
    result
}

/// What was written before may not be left out, even where the memory goes right afterwards.
pub(super) fn keep_writes(address: usize) {
    core::sync::atomic::compiler_fence(core::sync::atomic::Ordering::SeqCst);
    core::hint::black_box(byte(address));
}

/// A pool of the program's, for the time of one call. Made by c_api, from what C passes.
#[derive(Clone, Copy)]
pub struct PoolPointer(NonNull<Pool>);

/// One field, read by address: callbacks change fields too, so no reference to a pool is ever made.
macro_rules! field {
    ($get:ident, $name:ident, $type:ty) => {
        #[inline(always)]
        pub(super) fn $get(self) -> $type {
            // SAFETY: from_c was promised a pool.
            unsafe { (*self.0.as_ptr()).$name }
        }
    };
    ($get:ident, $set:ident, $name:ident, $type:ty) => {
        field!($get, $name, $type);

        #[inline(always)]
        pub(super) fn $set(self, value: $type) {
            // SAFETY: from_c was promised a pool.
            unsafe { (*self.0.as_ptr()).$name = value };
        }
    };
}

impl PoolPointer {
    /// The gate for pools. None for nil.
    ///
    /// # Safety
    ///
    /// `pool` is NULL or keeps the contract in the head of c_api/pool.rs for the time of the call.
    #[inline(always)]
    pub unsafe fn from_c(pool: *mut Pool) -> Option<PoolPointer> {
        NonNull::new(pool).map(PoolPointer)
    }

    pub(super) fn address(self) -> usize {
        self.0.as_ptr().expose_provenance()
    }

    field!(maxsize, maxsize, usize);
    field!(cursize, set_cursize, cursize, usize);
    field!(curfree, set_curfree, curfree, usize);
    field!(curalloc, set_curalloc, curalloc, usize);
    field!(nfree, set_nfree, nfree, c_int);
    field!(lastcompact, set_lastcompact, lastcompact, c_int);
    field!(freeroot, set_freeroot, freeroot, *mut c_void);
    field!(arenalist_pointer, set_arenalist_pointer, arenalist, *mut c_void);
    field!(flags, flags, c_int);
    field!(minarena_long, minarena, c_ulong);
    field!(quantum_long, quantum, c_ulong);
    field!(minblock_long, minblock, c_ulong);

    pub(super) fn arenalist(self) -> usize {
        self.arenalist_pointer().expose_provenance()
    }

    pub(super) fn set_arenalist(self, address: usize) {
        self.set_arenalist_pointer(ptr::with_exposed_provenance_mut(address));
    }

    /// Copies the name into `text`, as much as fits. Returns how many bytes.
    pub(super) fn copy_name(self, text: &mut [u8]) -> usize {
        // SAFETY: from_c was promised a pool.
        let name: *const c_char = unsafe { (*self.0.as_ptr()).name };
        let mut length = 0;
        while !name.is_null() && length < text.len() {
            // SAFETY: a terminated string, and its end has not been reached.
            let place = unsafe { name.cast::<u8>().add(length) };
            // SAFETY: as above.
            let next = unsafe { place.read() };
            if next == 0 {
                break;
            }
            text[length] = next;
            length += 1;
        }
        length
    }

    #[inline(always)]
    pub(super) fn lock(self) {
        // SAFETY: from_c was promised a pool.
        if let Some(lock) = unsafe { (*self.0.as_ptr()).lock } {
            // SAFETY: a callback of the pool's, with its pool.
            unsafe { lock(self.0.as_ptr()) };
        }
    }

    #[inline(always)]
    pub(super) fn unlock(self) {
        // SAFETY: from_c was promised a pool.
        if let Some(unlock) = unsafe { (*self.0.as_ptr()).unlock } {
            // SAFETY: a callback of the pool's, with its pool.
            unsafe { unlock(self.0.as_ptr()) };
        }
    }

    pub(super) fn log_stack(self) {
        // SAFETY: from_c was promised a pool.
        if let Some(logstack) = unsafe { (*self.0.as_ptr()).logstack } {
            // SAFETY: a callback of the pool's, with its pool.
            in_program(|| unsafe { logstack(self.0.as_ptr()) });
        }
    }

    pub(super) fn has_alloc(self) -> bool {
        // SAFETY: from_c was promised a pool.
        unsafe { (*self.0.as_ptr()).alloc }.is_some()
    }

    /// A new arena, or 0.
    pub(super) fn allocate_arena(self, bytes: usize) -> usize {
        // SAFETY: from_c was promised a pool.
        let Some(alloc) = (unsafe { (*self.0.as_ptr()).alloc }) else { return 0 };
        let Ok(wanted) = c_ulong::try_from(bytes) else { return 0 };
        // SAFETY: a callback of the pool's.
        in_program(|| unsafe { alloc(wanted) }).expose_provenance()
    }

    /// True if the program lets two arenas become one.
    pub(super) fn may_merge(self, bottom: usize, top: usize) -> bool {
        // SAFETY: from_c was promised a pool.
        let Some(merge) = (unsafe { (*self.0.as_ptr()).merge }) else { return false };
        let (bottom, top) = (ptr::with_exposed_provenance_mut(bottom), ptr::with_exposed_provenance_mut(top));
        // SAFETY: a callback of the pool's, with two of its arenas.
        in_program(|| unsafe { merge(bottom, top) != 0 })
    }

    pub(super) fn can_move(self) -> bool {
        // SAFETY: from_c was promised a pool.
        unsafe { (*self.0.as_ptr()).r#move }.is_some()
    }

    pub(super) fn tell_moved(self, from: usize, to: usize) {
        // SAFETY: from_c was promised a pool.
        if let Some(tell) = unsafe { (*self.0.as_ptr()).r#move } {
            let (from, to) = (ptr::with_exposed_provenance_mut(from), ptr::with_exposed_provenance_mut(to));
            // SAFETY: a callback of the pool's, with the old and the new address of a block.
            in_program(|| unsafe { tell(from, to) });
        }
    }

    pub(super) fn free_arena(self, arena: usize, bytes: usize) {
        // SAFETY: from_c was promised a pool.
        let Some(free) = (unsafe { (*self.0.as_ptr()).free }) else { return };
        let bytes = c_ulong::try_from(bytes).unwrap_or(c_ulong::MAX);
        // SAFETY: a callback of the pool's, with an arena that the pool has forgotten.
        in_program(|| unsafe { free(ptr::with_exposed_provenance_mut(arena), bytes) });
    }

    /// Gives back what `alloc` has returned in a call that is under way. `free` is called without the lock.
    #[cold]
    pub(super) fn free_arena_while_locked(self, arena: usize, bytes: usize) {
        self.unlock();
        self.free_arena(arena, bytes);
        self.lock();
    }

    /// Prints a terminated text, if the pool prints.
    pub(super) fn print(self, text: &mut [u8]) {
        // SAFETY: from_c was promised a pool.
        if let Some(print) = unsafe { (*self.0.as_ptr()).print } {
            // SAFETY: a printf-like callback of the pool's; the format takes one terminated string.
            in_program(|| unsafe { print(self.0.as_ptr(), c"%s".as_ptr().cast_mut(), text.as_mut_ptr()) });
        }
    }

    /// Says what is wrong, for the last time. Returns if the program's panic does.
    pub(super) fn panic(self, text: &mut [u8]) {
        // SAFETY: from_c was promised a pool.
        if let Some(panic) = unsafe { (*self.0.as_ptr()).panic } {
            // SAFETY: a printf-like callback of the pool's; the format takes one terminated string.
            return in_program(|| unsafe { panic(self.0.as_ptr(), c"%s".as_ptr().cast_mut(), text.as_mut_ptr()) });
        }
        let end = text.len() - 1;
        text[end] = b'\n';
        os::write_to_stderr(text);
        os::abort();
    }
}

/// What stands in a pool without an index has these bits: the highest, where no address has it, and the lowest, which no
/// index has. 0 stands there, too.
pub(super) const NO_INDEX: usize = 1 | if cfg!(target_pointer_width = "64") { 1 << (usize::BITS - 1) } else { 0 };

/// True for the address of an index. One comparison says so where addresses have fewer bits than words.
#[cfg(target_pointer_width = "64")]
#[inline(always)]
fn is_index(root: usize) -> bool {
    isize::from_ne_bytes(root.to_ne_bytes()) > 0
}

/// True for the address of an index.
#[cfg(not(target_pointer_width = "64"))]
#[inline(always)]
fn is_index(root: usize) -> bool {
    root != 0 && root & NO_INDEX == 0
}

/// The index of a pool, if it stands in the pool.
#[inline(always)]
pub(super) fn index_of<'call, T>(pool: PoolPointer) -> Option<&'call mut T> {
    let root = pool.freeroot();
    // SAFETY: what stands in a pool without NO_INDEX is what set_index put there. One call at a time uses a pool; a
    // callback of the pool's may make calls in between, and then this is made anew before it is used.
    is_index(root.addr()).then(|| unsafe { &mut *root.cast::<T>() })
}

/// Makes an index the one that stands in the pool.
pub(super) fn set_index(pool: PoolPointer, address: usize) {
    pool.set_freeroot(ptr::with_exposed_provenance_mut(address));
}

/// The index at an address.
pub(super) fn index_at<'call, T>(address: usize) -> &'call mut T {
    // SAFETY: the rule in the head of this file: an index stands there. It is made once in a call, as above.
    unsafe { &mut *ptr::with_exposed_provenance_mut::<T>(address) }
}

/// What stands in the pool in the place of an index.
pub(super) fn token_of(pool: PoolPointer) -> usize {
    pool.freeroot().addr()
}

/// Puts something in the place of an index: 0, or a number with the bits NO_INDEX.
pub(super) fn set_token(pool: PoolPointer, token: usize) {
    pool.set_freeroot(ptr::without_provenance_mut(token));
}

/// True if other processes see what this one does with the pool.
pub(super) fn is_shared(pool: PoolPointer) -> bool {
    // SAFETY: from_c was promised a pool.
    let place = unsafe { &raw mut (*pool.0.as_ptr()).freeroot };
    // SAFETY: as above. What stands there is written again: so the page is this process's own if it is not shared.
    unsafe { place.write_volatile(pool.freeroot()) };
    os::is_shared(place.expose_provenance())
}

/// Zeroed memory of the system's, apart from the program's; 0: there is none.
pub(super) fn map(bytes: usize) -> usize {
    os::map_guarded(bytes).map_or(0, |memory| memory.as_ptr().expose_provenance())
}

/// Gives memory of `map` back, which nobody uses any more. 0: nothing.
pub(super) fn unmap(address: usize, bytes: usize) {
    if let Some(memory) = NonNull::new(ptr::with_exposed_provenance_mut(address)) {
        // SAFETY: the rule in the head of this file: it came from `map` with this size.
        unsafe { os::unmap_guarded(memory, bytes) };
    }
}

/// A word that several threads use.
pub(super) fn shared_word<'word>(address: usize) -> &'word AtomicUsize {
    // SAFETY: the rule in the head of this file; it is a word of memory that is never given back, and is used in no other
    // way.
    unsafe { AtomicUsize::from_ptr(ptr::with_exposed_provenance_mut(address)) }
}
