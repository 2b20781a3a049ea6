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
/// The tags stand together, apart from the entries, because every request of a program looks for one of them.
#[derive(Debug)]
pub(super) struct Table<T> {
    tags: Vec<u64>,
    places: Vec<Option<(u64, T)>>,
    /// Places without an entry. There is room in the list for all of them.
    free: Vec<usize>,
    serials: u64,
}

impl<T> Table<T> {
    pub(super) const fn new() -> Table<T> {
        Table { tags: Vec::new(), places: Vec::new(), free: Vec::new(), serials: 0 }
    }

    /// A key for a new entry, and the room for it. None: no memory.
    pub(super) fn reserve(&mut self) -> Option<Key> {
        if self.free.is_empty() {
            self.tags.try_reserve(1).ok()?;
            self.places.try_reserve(1).ok()?;
            self.free.try_reserve(self.places.len() + 1).ok()?;
            self.free.push(self.places.len());
            self.places.push(None);
            self.tags.push(0);
        }
        self.serials += 1;
        self.free.last().map(|index| Key { index: *index, serial: self.serials })
    }

    /// Puts an entry in the place that was reserved for it last.
    pub(super) fn insert(&mut self, key: Key, tag: u64, entry: T) {
        let reserved = self.free.pop();
        assert!(reserved == Some(key.index), "invariant S1: a reserved place is free");
        self.tags[key.index] = tag;
        self.places[key.index] = Some((key.serial, entry));
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

    /// The first entry with this tag from a place on.
    pub(super) fn next_tagged(&self, tag: u64, from: usize) -> Option<usize> {
        let mut start = from;
        loop {
            let index = start + self.tags.get(start..)?.iter().position(|other| *other == tag)?;
            if self.places[index].is_some() {
                return Some(index);
            }
            start = index + 1;
        }
    }

    /// The only entry with this tag; None if there are several, or none.
    pub(super) fn only_tagged(&self, tag: u64) -> Option<usize> {
        let index = self.tags.iter().position(|other| *other == tag)?;
        let is_only = self.places[index].is_some() && !self.tags[index + 1..].contains(&tag);
        is_only.then_some(index)
    }

    pub(super) fn key_at(&self, index: usize) -> Option<Key> {
        self.places.get(index)?.as_ref().map(|(serial, _)| Key { index, serial: *serial })
    }

    pub(super) fn take_at(&mut self, index: usize) -> Option<T> {
        let (_, entry) = self.places.get_mut(index)?.take()?;
        // Not found by its tag any more: the shortest way of a request looks at tags alone.
        self.tags[index] = !self.tags[index];
        self.free.push(index);
        Some(entry)
    }

    /// The number of places, for loops over all.
    pub(super) fn places(&self) -> usize {
        self.places.len()
    }
}
