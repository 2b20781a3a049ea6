//! The one free block that stands in no list.
#![allow(unsafe_code, reason = "that it is there is known from its size")]

use super::spot::{Spot, address_of};

/// A free block and its size, or none. All zero is none.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Victim<'heap> {
    block: Option<Spot<'heap>>,
    /// 0 if there is none.
    bytes: usize,
}

impl<'heap> Victim<'heap> {
    pub(super) const NONE: Victim<'heap> = Victim { block: None, bytes: 0 };

    #[inline(always)]
    pub(super) fn new(block: Spot<'heap>, bytes: usize) -> Victim<'heap> {
        Victim { block: Some(block), bytes }
    }

    #[inline(always)]
    pub(super) fn get(self) -> Option<(Spot<'heap>, usize)> {
        self.block.map(|block| (block, self.bytes))
    }

    /// The block, if it has so many bytes: one comparison says that it is there, and large enough.
    ///
    /// # Safety
    ///
    /// The number is not 0.
    #[inline(always)]
    pub(super) unsafe fn at_least(self, bytes: usize) -> Option<(Spot<'heap>, usize)> {
        // SAFETY: more bytes than 0 has only what `new` has made, with a block.
        (self.bytes >= bytes).then(|| (unsafe { self.block.unwrap_unchecked() }, self.bytes))
    }

    #[inline(always)]
    pub(super) fn bytes(self) -> usize {
        self.bytes
    }

    #[inline(always)]
    pub(super) fn address(self) -> usize {
        address_of(self.block)
    }

    #[inline(always)]
    pub(super) fn is_none(self) -> bool {
        self.block.is_none()
    }
}
