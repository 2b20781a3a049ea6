//! A table whose entries are named by keys that are never reused, and found by a tag.

use alloc::vec::Vec;

/// Names an entry. A key of an entry that is gone finds nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    index: usize,
    serial: u64,
}

impl Key {
    /// The place in the table.
    pub(super) fn index(self) -> usize {
        self.index
    }
}

/// Entries in places that are reused.
///
/// ```text
///   buckets    | 2 | - | 0 | - |      the place of the newest entry whose tag belongs here
///                |       |
///   links        2 -> 1  0            then the older ones, of whatever tag
/// ```
#[derive(Debug)]
pub(super) struct Table<T> {
    places: Vec<Option<(u64, T)>>,
    /// For each place the tag of its entry, and the next place of the bucket. Apart from the entries, because every
    /// request of a program goes through some of them.
    links: Vec<Link>,
    /// A power of two of them, at least as many as places; or none, and no places.
    buckets: Vec<usize>,
    /// Places without an entry. There is room in the list for all of them.
    free: Vec<usize>,
    serials: u64,
    /// What `find_only` found last; NONE if nothing, and after an entry has come or gone.
    only: usize,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    tag: u64,
    next: usize,
}

/// No place.
const NONE: usize = usize::MAX;

/// So many that a program with one window hardly ever finds two tags in one of them.
const BUCKETS_MIN: usize = 64;

/// 2 to the power of 64, divided by the golden ratio: products with it differ in their upper bits where the factors
/// differ anywhere.
const SCATTERING: u64 = 0x9e37_79b9_7f4a_7c15;

impl<T> Table<T> {
    pub(super) const fn new() -> Table<T> {
        Table { places: Vec::new(), links: Vec::new(), buckets: Vec::new(), free: Vec::new(), serials: 0, only: NONE }
    }

    /// A key for a new entry, and the room for it. None: no memory.
    pub(super) fn reserve(&mut self) -> Option<Key> {
        if self.free.is_empty() {
            self.links.try_reserve(1).ok()?;
            self.places.try_reserve(1).ok()?;
            self.free.try_reserve(self.places.len() + 1).ok()?;
            self.reserve_bucket()?;
            self.free.push(self.places.len());
            self.places.push(None);
            self.links.push(Link { tag: 0, next: NONE });
        }
        self.serials += 1;
        self.free.last().map(|index| Key { index: *index, serial: self.serials })
    }

    /// Makes twice as many buckets, and puts the entries into them, if there is one place for each. None: no memory.
    fn reserve_bucket(&mut self) -> Option<()> {
        if self.places.len() < self.buckets.len() {
            return Some(());
        }
        let count = (self.buckets.len() * 2).max(BUCKETS_MIN);
        let mut buckets = Vec::new();
        buckets.try_reserve_exact(count).ok()?;
        buckets.resize(count, NONE);
        self.buckets = buckets;
        for index in 0..self.places.len() {
            if self.places[index].is_some() {
                self.link(index);
            }
        }
        Some(())
    }

    /// Puts an entry in the place that was reserved for it last.
    pub(super) fn insert(&mut self, key: Key, tag: u64, entry: T) {
        let reserved = self.free.pop();
        assert!(reserved == Some(key.index), "invariant S1: a reserved place is free");
        self.links[key.index].tag = tag;
        self.places[key.index] = Some((key.serial, entry));
        self.link(key.index);
    }

    pub(super) fn get(&self, key: Key) -> Option<&T> {
        self.places.get(key.index)?.as_ref().filter(|(serial, _)| *serial == key.serial).map(|(_, entry)| entry)
    }

    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        self.places.get_mut(key.index)?.as_mut().filter(|(serial, _)| *serial == key.serial).map(|(_, entry)| entry)
    }

    /// The entry at a place, for loops over all.
    pub(super) fn at(&self, index: usize) -> Option<&T> {
        self.places.get(index)?.as_ref().map(|(_, entry)| entry)
    }

    pub(super) fn at_mut(&mut self, index: usize) -> Option<&mut T> {
        self.places.get_mut(index)?.as_mut().map(|(_, entry)| entry)
    }

    /// The place of an entry with this tag; the others follow with `next_tagged`.
    pub(super) fn first_tagged(&self, tag: u64) -> Option<usize> {
        self.tagged_from(*self.buckets.get(self.bucket_of(tag))?, tag)
    }

    /// The place of the next entry with the same tag. To be asked for before the entry at `index` goes.
    pub(super) fn next_tagged(&self, index: usize) -> Option<usize> {
        let link = self.links.get(index)?;
        self.tagged_from(link.next, link.tag)
    }

    fn tagged_from(&self, start: usize, tag: u64) -> Option<usize> {
        let mut index = start;
        // NONE lies behind the end.
        while let Some(link) = self.links.get(index) {
            if link.tag == tag {
                return Some(index);
            }
            index = link.next;
        }
        None
    }

    /// Looks for an entry that is the only one with this tag: `only_mut` has it then, until an entry comes or goes.
    pub(super) fn find_only(&mut self, tag: u64) {
        let found = self.first_tagged(tag).filter(|index| self.next_tagged(*index).is_none());
        self.only = found.unwrap_or(NONE);
    }

    /// What `find_only` found last, and its place.
    pub(super) fn only_mut(&mut self) -> Option<(usize, &mut T)> {
        let index = self.only;
        self.at_mut(index).map(|entry| (index, entry))
    }

    pub(super) fn key_at(&self, index: usize) -> Option<Key> {
        self.places.get(index)?.as_ref().map(|(serial, _)| Key { index, serial: *serial })
    }

    pub(super) fn take_at(&mut self, index: usize) -> Option<T> {
        let (_, entry) = self.places.get_mut(index)?.take()?;
        self.unlink(index);
        self.free.push(index);
        Some(entry)
    }

    /// The number of places, for loops over all.
    pub(super) fn places(&self) -> usize {
        self.places.len()
    }

    fn link(&mut self, index: usize) {
        self.only = NONE;
        let bucket = self.bucket_of(self.links[index].tag);
        self.links[index].next = self.buckets[bucket];
        self.buckets[bucket] = index;
    }

    fn unlink(&mut self, index: usize) {
        self.only = NONE;
        let Link { tag, next } = self.links[index];
        let bucket = self.bucket_of(tag);
        let mut before = self.buckets[bucket];
        if before == index {
            self.buckets[bucket] = next;
            return;
        }
        while self.links[before].next != index {
            before = self.links[before].next;
        }
        self.links[before].next = next;
    }

    fn bucket_of(&self, tag: u64) -> usize {
        let mask = self.buckets.len().wrapping_sub(1);
        // The upper half, which all bits of the tag have a part in.
        usize::try_from(tag.wrapping_mul(SCATTERING) >> 32).unwrap_or(0) & mask
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::vec::Vec;

    use super::*;

    fn places_of(table: &Table<u64>, tag: u64) -> Vec<usize> {
        let mut found = Vec::new();
        let mut next = table.first_tagged(tag);
        while let Some(index) = next {
            next = table.next_tagged(index);
            found.push(index);
        }
        found.sort_unstable();
        found
    }

    fn check(table: &mut Table<u64>, expected: &BTreeMap<usize, u64>, tags: &[u64]) {
        for tag in tags {
            let places: Vec<usize> =
                expected.iter().filter(|(_, other)| *other == tag).map(|(index, _)| *index).collect();
            assert_eq!(places_of(table, *tag), places, "tag {tag:#x}");
            table.find_only(*tag);
            let only = table.only_mut().map(|(index, _)| index);
            assert_eq!(only, if places.len() == 1 { Some(places[0]) } else { None });
        }
    }

    #[test]
    #[should_panic(expected = "invariant S1")]
    fn a_key_that_is_used_twice_is_noticed() {
        let mut table = Table::new();
        let key = table.reserve().unwrap();
        table.insert(key, 1, 0);
        table.insert(key, 1, 0);
    }

    #[test]
    fn finds_by_tag_what_a_list_of_all_would_find() {
        // Like addresses with a little added, some of them in one bucket; 0 is a tag like any other.
        let tags: Vec<u64> = (0..40).map(|number| number % 8 + number / 8 * 0x5500_0000_1000).collect();
        let mut table = Table::new();
        let mut expected = BTreeMap::new();
        check(&mut table, &expected, &tags);
        let mut random = 1_u64;
        let mut most = 0;
        for turn in 0..20_000_u64 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let choice = usize::try_from(random >> 33).unwrap();
            // More and more, then less and less, again and again.
            if choice % 8 < if turn / 2500 % 2 == 0 { 5 } else { 3 } {
                let key = table.reserve().unwrap();
                table.insert(key, tags[choice / 8 % tags.len()], turn);
                expected.insert(key.index(), tags[choice / 8 % tags.len()]);
                assert_eq!(table.get(key), Some(&turn));
            } else if let Some(index) = expected.keys().nth(choice / 8 % expected.len().max(1)).copied() {
                assert!(table.take_at(index).is_some());
                expected.remove(&index);
            }
            most = most.max(expected.len());
            check(&mut table, &expected, &tags[choice % tags.len()..][..1]);
        }
        check(&mut table, &expected, &tags);
        assert!(most > 4 * BUCKETS_MIN, "{most} entries at the most: the buckets have grown several times");
    }
}
