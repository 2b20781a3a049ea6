//! A chain for each size that is asked for, and a struct for each of its buffers.
//!
//! The lock is held for looking things up only: not while a chain works, which may call back.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::{c_int, c_void};
use core::ptr;

use super::types::buffer;
use crate::c_api::chain::{self, Seen, buffer_chain};
use crate::limits::REQUESTS_UNTIL_SIZE_GOES;
use crate::os::{Lock, try_box};
use crate::wayland::wl_shm;

/// A size of one display.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Size {
    shm: *mut wl_shm,
    width: c_int,
    height: c_int,
}

struct Chain {
    size: Size,
    chain: *mut buffer_chain,
    /// The number of the request that asked for it last.
    asked_at: u64,
}

/// A buffer of a chain, which has a reference, and what C has a pointer to.
struct Shown {
    size: Size,
    of_chain: *mut chain::buffer,
    /// C writes `busy`, so no reference to it is made.
    public: *mut buffer,
    /// The compositor has it, or the program.
    is_held: bool,
}

struct Buffers {
    requests: u64,
    chains: Vec<Chain>,
    shown: Vec<Shown>,
}

// SAFETY: all calls come from one thread, as the program promises.
unsafe impl Send for Buffers {}

static BUFFERS: Lock<Buffers> = Lock::new(Buffers { requests: 0, chains: Vec::new(), shown: Vec::new() });

/// # Safety
///
/// The contract in the head of functions.rs.
pub(super) unsafe fn get(shm: *mut wl_shm, width: c_int, height: c_int) -> *mut buffer {
    if shm.is_null() {
        chain::refuse(format_args!("shm_get_buffer: shm is NULL"));
        return ptr::null_mut();
    }
    // SAFETY: the caller keeps the contract in the head of functions.rs.
    unsafe { give_back_unused() };
    let size = Size { shm, width, height };
    // SAFETY: as above.
    let Some(chain) = (unsafe { chain_of(size) }) else { return ptr::null_mut() };
    // SAFETY: as above.
    let of_chain = unsafe { chain::millpond_chain_get_buffer(chain, width, height) };
    // SAFETY: as above: it is NULL, or live, and stays: it has a reference.
    let public = if of_chain.is_null() { ptr::null_mut() } else { unsafe { show(size, of_chain) } };
    // SAFETY: as above.
    unsafe { let_go_of_old_sizes() };
    public
}

/// Where the program has written that it does not use a buffer, that is given back.
///
/// # Safety
///
/// The contract in the head of functions.rs.
unsafe fn give_back_unused() {
    loop {
        let unused = BUFFERS.with(|buffers| {
            // SAFETY: a struct of ours, which C does not write meanwhile.
            let is_unused = |shown: &&mut Shown| shown.is_held && !unsafe { (*shown.public).busy };
            let shown = buffers.shown.iter_mut().find(is_unused)?;
            shown.is_held = false;
            Some(shown.of_chain)
        });
        let Some(of_chain) = unused else { return };
        // SAFETY: a buffer of a chain, which has a reference.
        unsafe { chain::millpond_chain_did_not_use_buf(of_chain) };
    }
}

/// The chain for a size. None: there is none, and that was said.
///
/// # Safety
///
/// The contract in the head of functions.rs.
unsafe fn chain_of(size: Size) -> Option<*mut buffer_chain> {
    let known = BUFFERS.with(|buffers| {
        buffers.requests += 1;
        let request = buffers.requests;
        let known = buffers.chains.iter_mut().find(|known| known.size == size)?;
        known.asked_at = request;
        Some(known.chain)
    });
    if known.is_some() {
        return known;
    }
    let request = chain::plain_request(Some(released));
    // SAFETY: a whole request; the caller keeps the contract in the head of functions.rs.
    let made = unsafe { chain::make(size.shm, &raw const request, "launcher") };
    if made.is_null() {
        return None;
    }
    let is_kept = BUFFERS.with(|buffers| {
        let asked_at = buffers.requests;
        let has_room = buffers.chains.try_reserve(1).is_ok();
        if has_room {
            buffers.chains.push(Chain { size, chain: made, asked_at });
        }
        has_room
    });
    if !is_kept {
        // SAFETY: a chain that nobody knows.
        unsafe { chain::millpond_chain_free(made) };
        no_memory();
    }
    is_kept.then_some(made)
}

/// The struct of a buffer, which is the program's from now on. NULL: no memory.
///
/// # Safety
///
/// A live buffer that a chain has just returned.
unsafe fn show(size: Size, of_chain: *mut chain::buffer) -> *mut buffer {
    // SAFETY: as the caller promises.
    let seen = unsafe { Seen::of(of_chain) };
    let now = buffer {
        width: size.width,
        height: size.height,
        stride: seen.stride,
        busy: true,
        size: usize::try_from(i64::from(seen.stride) * i64::from(size.height)).unwrap_or(0),
        mmapped: seen.data,
        wl_buf: seen.wl_buf,
        pix: seen.image,
    };
    let known = BUFFERS.with(|buffers| {
        let shown = buffers.shown.iter_mut().find(|shown| shown.of_chain == of_chain)?;
        shown.is_held = true;
        Some(shown.public)
    });
    if let Some(public) = known {
        // SAFETY: a struct of ours, which shows that it was released, or what the program has written there since.
        if unsafe { (*public).busy } {
            // SAFETY: a live buffer of a chain; the caller keeps the contract in the head of functions.rs.
            unsafe { chain::note_taken_by_hand(of_chain) };
        }
        // SAFETY: a struct of ours; C does not run meanwhile.
        unsafe { public.write(now) };
        return public;
    }
    let Some(public) = try_box(now).map(Box::into_raw) else { return no_memory() };
    let is_kept = BUFFERS.with(|buffers| {
        let has_room = buffers.shown.try_reserve(1).is_ok();
        if has_room {
            buffers.shown.push(Shown { size, of_chain, public, is_held: true });
        }
        has_room
    });
    if !is_kept {
        // SAFETY: from the box above, and nobody knows it.
        drop(unsafe { Box::from_raw(public) });
        // SAFETY: a live buffer of a chain.
        unsafe { chain::millpond_chain_did_not_use_buf(of_chain) };
        return no_memory();
    }
    // SAFETY: a live buffer of a chain.
    unsafe { chain::millpond_chain_addref(of_chain) };
    public
}

fn no_memory() -> *mut buffer {
    chain::give_up_without_memory("shm_get_buffer");
    ptr::null_mut()
}

/// The compositor has given a buffer back.
unsafe extern "C" fn released(of_chain: *mut chain::buffer, _data: *mut c_void) {
    BUFFERS.with(|buffers| {
        if let Some(shown) = buffers.shown.iter_mut().find(|shown| shown.of_chain == of_chain) {
            shown.is_held = false;
            // SAFETY: a struct of ours; C does not run meanwhile.
            unsafe { (*shown.public).busy = false };
        }
    });
}

/// # Safety
///
/// The contract in the head of functions.rs.
unsafe fn let_go_of_old_sizes() {
    loop {
        let old = BUFFERS.with(|buffers| {
            let newest = buffers.requests;
            let shown = &buffers.shown;
            let is_old = |known: &Chain| {
                newest - known.asked_at > REQUESTS_UNTIL_SIZE_GOES
                    && !shown.iter().any(|shown| shown.size == known.size && shown.is_held)
            };
            let place = buffers.chains.iter().position(is_old)?;
            Some(buffers.chains.swap_remove(place))
        });
        let Some(old) = old else { return };
        // SAFETY: a chain that is not known any more, and nobody has its buffers.
        unsafe { let_go(&old) };
    }
}

/// # Safety
///
/// The program uses the buffers of this chain no more.
unsafe fn let_go(old: &Chain) {
    loop {
        let shown = BUFFERS.with(|buffers| {
            let place = buffers.shown.iter().position(|shown| shown.size == old.size)?;
            Some(buffers.shown.swap_remove(place))
        });
        let Some(shown) = shown else { break };
        // SAFETY: a buffer of the chain, which has a reference.
        unsafe { chain::millpond_chain_unref(shown.of_chain) };
        // SAFETY: from a box, and not known any more.
        drop(unsafe { Box::from_raw(shown.public) });
    }
    // SAFETY: made by `chain_of`, and not known any more.
    unsafe { chain::millpond_chain_free(old.chain) };
}

/// # Safety
///
/// The contract in the head of functions.rs.
pub(super) unsafe fn finish() {
    while let Some(chain) = BUFFERS.with(|buffers| buffers.chains.pop()) {
        // SAFETY: as the caller promises.
        unsafe { let_go(&chain) };
    }
    // SAFETY: as the caller promises. What is held goes, too.
    unsafe { chain::millpond_chain_fini() };
}
