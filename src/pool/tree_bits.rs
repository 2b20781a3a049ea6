//! Which trees of large free blocks there are: one bit for each, in groups of a power of two.
#![forbid(unsafe_code)]

use super::layout::{LISTS, WORD};

/// The power of two of the smallest size in a tree.
pub(super) const LARGE_LOG: usize = (LISTS * WORD).trailing_zeros() as usize;
/// Each power of two has 2 to the power of this trees: with few sizes in each, most are found without a way down. With
/// one more, the index would have another 12 KiB for a few in a hundred of the time.
const PARTS_LOG: usize = 5;
const PARTS: usize = 1 << PARTS_LOG;
const GROUPS: usize = usize::BITS as usize - LARGE_LOG;
pub(super) const TREES: usize = GROUPS * PARTS;

const _: () = assert!(PARTS <= 64 && GROUPS <= 64, "a group has a word of bits, and one word has a bit for each group");

/// A set of trees. All zero is none.
pub(super) struct TreeBits {
    /// Groups that have any.
    groups: u64,
    parts: [u64; GROUPS],
}

impl TreeBits {
    pub(super) const NONE: TreeBits = TreeBits { groups: 0, parts: [0; GROUPS] };

    #[inline(always)]
    pub(super) fn is_none(&self) -> bool {
        self.groups == 0
    }

    #[inline]
    pub(super) fn add(&mut self, tree: usize) {
        self.parts[tree / PARTS % GROUPS] |= 1 << (tree % PARTS);
        self.groups |= 1 << (tree / PARTS % GROUPS);
    }

    #[inline]
    pub(super) fn remove(&mut self, tree: usize) {
        let group = tree / PARTS % GROUPS;
        self.parts[group] &= !(1 << (tree % PARTS));
        self.groups &= !(u64::from(self.parts[group] == 0) << group);
    }

    /// The first tree of the set from one on.
    #[inline]
    pub(super) fn first_from(&self, tree: usize) -> Option<usize> {
        let group = tree / PARTS;
        let here = *self.parts.get(group)? & u64::MAX << (tree % PARTS);
        if here != 0 {
            return Some(group * PARTS + here.trailing_zeros() as usize);
        }
        let above = self.groups & (u64::MAX - 1) << group;
        let group = above.trailing_zeros() as usize;
        self.parts.get(group).map(|parts| group * PARTS + parts.trailing_zeros() as usize)
    }

    pub(super) fn last(&self) -> Option<usize> {
        let group = self.groups.checked_ilog2()? as usize;
        let part = self.parts.get(group)?.checked_ilog2()? as usize;
        Some(group * PARTS + part)
    }
}

/// The tree for a size: by its power of two, and the bits that follow.
#[inline]
pub(super) fn tree_of(bytes: usize) -> usize {
    let log = bytes.max(1).ilog2() as usize;
    (log - LARGE_LOG) * PARTS + (bytes >> (log - PARTS_LOG)) % PARTS
}

/// The bits of a size below those that all sizes of its tree share, from the top.
#[inline]
pub(super) fn digits_of(bytes: usize, tree: usize) -> usize {
    bytes << (usize::BITS as usize - (tree / PARTS + LARGE_LOG) + PARTS_LOG)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::vec::Vec;

    use super::*;

    #[test]
    fn agrees_with_a_set() {
        let (mut bits, mut set) = (TreeBits::NONE, BTreeSet::new());
        let mut state = 7_usize;
        for _ in 0..20_000 {
            state = state.wrapping_mul(0x5851_F42D).wrapping_add(0x1405_7B7F);
            let tree = (state >> 7) % TREES;
            if state >> 5 & 3 == 0 {
                bits.add(tree);
                set.insert(tree);
            } else {
                bits.remove(tree);
                set.remove(&tree);
            }
            assert_eq!(bits.first_from(tree), set.range(tree..).next().copied(), "from {tree} on");
            assert_eq!((bits.last(), bits.is_none()), (set.last().copied(), set.is_empty()));
        }
        assert_eq!(bits.first_from(TREES), None);
    }

    #[test]
    fn trees_follow_one_another_as_sizes_do() {
        let least = LISTS * WORD;
        let logs = LARGE_LOG..usize::BITS as usize;
        let sizes: Vec<usize> =
            logs.flat_map(|log| (0..4 * PARTS).map(move |part| (1 << log) + (part << (log - PARTS_LOG - 2)))).collect();
        assert_eq!((sizes[0], tree_of(least), tree_of(least - WORD + (least >> PARTS_LOG))), (least, 0, 0));
        assert_eq!(tree_of(usize::MAX / WORD * WORD), TREES - 1);
        for pair in sizes.windows(2) {
            let (one, next) = (tree_of(pair[0]), tree_of(pair[1]));
            assert!(next == one || next == one + 1, "{:x} and {:x}", pair[0], pair[1]);
            // In one tree they differ in the digits, and the larger has the larger ones.
            assert!(next != one || digits_of(pair[0], one) < digits_of(pair[1], one));
        }
    }
}
