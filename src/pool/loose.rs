//! A free block that stands in no list.
#![allow(unsafe_code, reason = "that it is there is known from its size")]

use super::block::Block;
use super::spot::{Spot, address_of};

/// A free block and its size, or none. All zero is none.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Loose<'heap> {
    block: Option<Spot<'heap>>,
    /// 0 if there is none.
    bytes: usize,
}

impl<'heap> Loose<'heap> {
    pub(super) const NONE: Loose<'heap> = Loose { block: None, bytes: 0 };

    #[inline(always)]
    pub(super) fn new(block: Block<'heap>) -> Loose<'heap> {
        Loose { block: Some(block.spot()), bytes: block.bytes() }
    }

    #[inline(always)]
    pub(super) fn get(self) -> Option<Block<'heap>> {
        // SAFETY: `new` was given a block of this size.
        self.block.map(|block| unsafe { Block::assume(block.address(), self.bytes) })
    }

    /// The block, if it has so many bytes: one comparison says that it is there, and large enough.
    ///
    /// # Safety
    ///
    /// The number is not 0.
    #[inline(always)]
    pub(super) unsafe fn at_least(self, bytes: usize) -> Option<Block<'heap>> {
        if self.bytes < bytes {
            return None;
        }
        // SAFETY: more bytes than 0 has only what `new` has made, with a block.
        let block = unsafe { self.block.unwrap_unchecked() };
        // SAFETY: of this size.
        Some(unsafe { Block::assume(block.address(), self.bytes) })
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
