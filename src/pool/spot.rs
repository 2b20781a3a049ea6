//! Where a block may begin in an arena: its header, and the links of a free one.
//!
//! ```text
//!   spot | magic | bytes | left | right | next | previous | parent, or the tail |
//! ```
//!
//! A spot is made by the table of arenas, or from the block around it. Nothing that the program writes into its memory
//! makes one, so what is reached through spots is memory of the pool, whatever stands there.
#![allow(unsafe_code, reason = "memory of the pool, at addresses that were checked")]

use core::marker::PhantomData;
use core::num::NonZeroUsize;
use core::ptr;

use super::layout::{HEADER, MINIMUM, WORD};

/// A place in a header or behind it, in bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Link(usize);

const MAGIC: Link = Link(0);
const BYTES: Link = Link(WORD);
pub(super) const LEFT: Link = Link(HEADER);
pub(super) const RIGHT: Link = Link(HEADER + WORD);
pub(super) const NEXT: Link = Link(HEADER + 2 * WORD);
pub(super) const PREVIOUS: Link = Link(HEADER + 3 * WORD);
/// Only in blocks that stand in a tree, which are large.
pub(super) const PARENT: Link = Link(HEADER + 4 * WORD);

const _: () = assert!(PARENT.0 + WORD <= MINIMUM, "all links lie in the smallest block");

/// An aligned address in an arena of the pool, with `MINIMUM` bytes behind it, as long as no callback runs.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub(super) struct Spot<'heap> {
    address: NonZeroUsize,
    heap: PhantomData<&'heap ()>,
}

impl<'heap> Spot<'heap> {
    /// The spot at an address.
    ///
    /// # Safety
    ///
    /// The address is a multiple of a word, and `MINIMUM` bytes from there on lie in memory that may be read and written,
    /// and that does not go during `'heap`: an arena of the pool, while no callback runs.
    #[inline(always)]
    pub(super) unsafe fn assume(address: usize) -> Spot<'heap> {
        // SAFETY: no arena begins at 0.
        Spot { address: unsafe { NonZeroUsize::new_unchecked(address) }, heap: PhantomData }
    }

    #[inline(always)]
    pub(super) fn address(self) -> usize {
        self.address.get()
    }

    /// What stands there: another address, or anything that the program has written.
    #[inline(always)]
    pub(super) fn get(self, link: Link) -> usize {
        // SAFETY: as `assume` was promised; a link lies below MINIMUM.
        unsafe { ptr::with_exposed_provenance::<usize>(self.address().wrapping_add(link.0)).read() }
    }

    #[inline(always)]
    pub(super) fn set(self, link: Link, value: usize) {
        // SAFETY: as `assume` was promised; a link lies below MINIMUM.
        unsafe { ptr::with_exposed_provenance_mut::<usize>(self.address().wrapping_add(link.0)).write(value) };
    }

    #[inline(always)]
    pub(super) fn magic(self) -> usize {
        self.get(MAGIC)
    }

    /// The size that the header says.
    #[inline(always)]
    pub(super) fn bytes(self) -> usize {
        self.get(BYTES)
    }

    #[inline(always)]
    pub(super) fn set_magic(self, magic: usize) {
        self.set(MAGIC, magic);
    }

    #[inline(always)]
    pub(super) fn set_bytes(self, bytes: usize) {
        self.set(BYTES, bytes);
    }

    /// Links nothing with it.
    #[inline(always)]
    pub(super) fn clear_links(self) {
        [LEFT, RIGHT, NEXT, PREVIOUS].into_iter().for_each(|link| self.set(link, 0));
    }

    pub(super) fn has_links(self) -> bool {
        [LEFT, RIGHT, NEXT, PREVIOUS].into_iter().any(|link| self.get(link) != 0)
    }

    pub(super) fn has_children(self) -> bool {
        self.get(LEFT) != 0 || self.get(RIGHT) != 0
    }
}

/// The address of a spot; 0 for none.
#[inline(always)]
pub(super) fn address_of(spot: Option<Spot<'_>>) -> usize {
    spot.map_or(0, Spot::address)
}
