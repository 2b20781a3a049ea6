//! How large an arena is asked for. In a system pool: whole pages, the more the pool has the more, and less where the
//! system does not have that; and where it is wished for: so that arenas touch, and become one.
#![forbid(unsafe_code)]

use super::call::Call;
use super::error::Reason;
use super::grant::Grant;
use crate::limits::ARENA_GROWTH_DIVISOR;
use crate::os::{Errno, lonely_place, page_bytes, wish_for_place};

impl Call<'_> {
    /// The least size of an arena for a block. None: there is none.
    pub(super) fn arena_bytes(&self, block_bytes: usize) -> Option<usize> {
        let bytes = self.sizes.arena(block_bytes)?;
        if self.flags.is_of_system() { bytes.checked_next_multiple_of(page_bytes()) } else { Some(bytes) }
    }

    /// Asks for an arena of so many bytes, which `maxsize` allows, or more. Err: there is none, and why.
    pub(super) fn ask_for_arena(&mut self, bytes: usize) -> Result<Grant, Reason> {
        let pool = self.locked.record();
        if !self.flags.is_of_system() {
            let reason = if pool.alloc().is_some() { Reason::NoArena } else { Reason::NoAlloc };
            return self.locked.allocate_arena(bytes).ok_or(reason);
        }
        let before = Errno::last();
        let place = self.next_place();
        let grown = grown_bytes(bytes, pool.cursize(), pool.maxsize(), page_bytes());
        let large = if grown > bytes { self.allocate_arena_at(place, grown) } else { None };
        let granted = large.or_else(|| {
            Errno::NONE.set();
            self.allocate_arena_at(place, bytes)
        });
        let failure = Errno::last();
        before.set();
        granted.ok_or(match failure {
            _ if pool.alloc().is_none() => Reason::NoAlloc,
            Errno::NONE => Reason::NoArena,
            _ => Reason::SystemHasNone(failure),
        })
    }

    /// Where the next arena is wished for; 0: anywhere. The first one comes where the system has room, as most pools stay
    /// small: a place of its own costs a page or two of the kernel's tables.
    fn next_place(&mut self) -> usize {
        let arenas = &self.heap().index.arenas;
        match arenas.count() {
            0 => 0,
            1 => lonely_place(arenas.at(0).start()),
            _ => arenas.at(0).end(),
        }
    }

    fn allocate_arena_at(&mut self, place: usize, bytes: usize) -> Option<Grant> {
        wish_for_place(place);
        let granted = self.locked.allocate_arena(bytes);
        wish_for_place(0);
        granted
    }
}

/// The size of the next arena of a pool that has `cursize` bytes: so that their number grows with the logarithm of that.
/// At least `least`, which `maxsize` allows.
fn grown_bytes(least: usize, cursize: usize, maxsize: usize, page: usize) -> usize {
    let allowed = maxsize.saturating_sub(cursize) / page * page;
    (cursize / ARENA_GROWTH_DIVISOR / page * page).min(allowed).max(least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::FIRST_ARENA_BYTES;

    const PAGE: usize = 4096;

    #[test]
    fn never_less_than_is_needed_nor_more_than_is_allowed() {
        for pages in 1..40 {
            for cursize in (0..200).map(|at| at * 1000) {
                for maxsize in (0..100).map(|at| cursize + pages * PAGE + at * 3000) {
                    let grown = grown_bytes(pages * PAGE, cursize, maxsize, PAGE);
                    assert!(grown >= pages * PAGE && cursize + grown <= maxsize && grown % PAGE == 0);
                }
            }
        }
    }

    #[test]
    fn arenas_are_few() {
        let (mut cursize, mut arenas) = (0, 0);
        while cursize < 1 << 40 {
            cursize += grown_bytes(FIRST_ARENA_BYTES, cursize, usize::MAX, PAGE);
            arenas += 1;
        }
        assert_eq!(arenas, 35);
    }
}
