//! The small free blocks of the index: a list for each size, the newest block first.
//!
//! The program may have written over links in its freed memory: each is checked before it is followed.
#![forbid(unsafe_code)]

use super::block::Block;
use super::index::{Index, See, Sized, is_broken_at, lowest};
use super::layout::{LISTS, WORD};
use super::spot::{LEFT, NEXT, PREVIOUS, RIGHT, Spot, address_of};

impl<'heap> Index<'heap> {
    /// The smallest block in a list that has so many bytes, the newest of several, and its size.
    #[inline]
    pub(super) fn find_small(&self, bytes: usize) -> Option<Sized<'heap>> {
        let wanted = bytes / WORD;
        if wanted < LISTS { self.first_listed(wanted) } else { None }
    }

    /// The first block of the first list from one on that has any, and its size.
    #[inline(always)]
    pub(super) fn first_listed(&self, wanted: usize) -> Option<Sized<'heap>> {
        let group = wanted / 64;
        let here = self.bits[group] & u64::MAX << (wanted % 64);
        let above = self.summary & (u64::MAX - 1) << group;
        let next = lowest(above) % 64;
        let (group, bits) = if here == 0 { (next, self.bits[next]) } else { (group, here) };
        let list = (group * 64 + lowest(bits)) % LISTS;
        if here | above == 0 { None } else { self.heads[list].map(|head| (head, list * WORD)) }
    }

    /// The size of the largest blocks in lists; 0 if there is none.
    pub(super) fn largest_small(&self) -> usize {
        let Some(group) = self.summary.checked_ilog2() else { return 0 };
        let group = group as usize;
        self.bits[group].checked_ilog2().map_or(0, |list| (group * 64 + list as usize) * WORD)
    }

    /// What can be a free block of this size at this address, if it also says something.
    #[inline(always)]
    fn listed_if(&self, address: usize, bytes: usize, says: impl FnOnce(Spot<'heap>) -> bool) -> Option<Spot<'heap>> {
        self.arenas.listed(address, bytes).filter(|spot| says(*spot))
    }

    /// Puts a free block into the list of its size.
    #[inline(always)]
    pub(super) fn list_small(&mut self, block: Block<'heap>) {
        self.list_first(block.spot(), (block.bytes() / WORD) % LISTS);
    }

    /// Begins a list with a block that says what is behind it, or puts the one that has begun it before it.
    pub(super) fn begin_list(&mut self, block: Block<'heap>) {
        let list = (block.bytes() / WORD) % LISTS;
        let head = self.heads[list].replace(block.spot());
        self.bits[list / 64] |= 1 << (list % 64);
        self.summary |= 1 << (list / 64);
        if let Some(head) = head {
            self.list_first(head, list);
        }
    }

    #[inline(always)]
    fn list_first(&mut self, block: Spot<'heap>, list: usize) {
        let head = self.heads[list];
        // Without a branch that asks for an empty list, see `unlink_head`: then the block itself is written, and again.
        head.unwrap_or(block).set(PREVIOUS, block.address());
        block.set(LEFT, 0);
        block.set(RIGHT, 0);
        block.set(NEXT, address_of(head));
        block.set(PREVIOUS, 0);
        self.bits[list / 64] |= 1 << (list % 64);
        self.summary |= 1 << (list / 64);
        self.heads[list] = Some(block);
    }

    /// False: its list is broken, and nothing has changed.
    #[inline]
    pub(super) fn unlist_small(&mut self, block: Spot<'heap>, bytes: usize) -> bool {
        let list = bytes / WORD;
        let next = match block.get(NEXT) {
            0 => None,
            // It may become the head, and be taken for a block of this size.
            next => match self.listed_if(next, bytes, |next| next.get(PREVIOUS) == block.address()) {
                Some(next) => Some(next),
                None => return false,
            },
        };
        let before = block.get(PREVIOUS);
        if self.heads[list] == Some(block) {
            if before != 0 {
                return false;
            }
            self.heads[list] = next;
            match next {
                Some(next) => next.set(PREVIOUS, 0),
                None => self.is_empty_now(list),
            }
            return true;
        }
        let Some(previous) = self.spot_if(before, |before| before.get(NEXT) == block.address()) else { return false };
        previous.set(NEXT, address_of(next));
        if let Some(next) = next {
            next.set(PREVIOUS, before);
        }
        true
    }

    fn is_empty_now(&mut self, list: usize) {
        self.bits[list / 64] &= !(1 << (list % 64));
        if self.bits[list / 64] == 0 {
            self.summary &= !(1 << (list / 64));
        }
    }

    pub(super) fn visit_list(&self, list: usize, see: &mut See<'_, 'heap>) -> bool {
        let (mut place, mut before) = (self.heads[list], 0);
        while let Some(block) = place {
            if !see(block, list * WORD) || block.get(PREVIOUS) != before || block.has_children() {
                return is_broken_at(block, see);
            }
            before = block.address();
            let next = block.get(NEXT);
            place = self.arenas.spot(next);
            if place.is_none() && next != 0 {
                return is_broken_at(block, see);
            }
        }
        true
    }
}
