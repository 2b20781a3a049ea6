//! A table whose entries are named by keys that are never reused.

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
#[derive(Debug)]
pub(super) struct Table<T> {
    places: Vec<Option<(u64, T)>>,
    serials: u64,
}

impl<T> Table<T> {
    pub(super) const fn new() -> Table<T> {
        Table { places: Vec::new(), serials: 0 }
    }

    /// A key for a new entry, and the room for it. None: no memory.
    pub(super) fn reserve(&mut self) -> Option<Key> {
        let free = self.places.iter().position(Option::is_none);
        let index = match free {
            Some(index) => index,
            None => {
                self.places.try_reserve(1).ok()?;
                self.places.push(None);
                self.places.len() - 1
            }
        };
        self.serials += 1;
        Some(Key { index, serial: self.serials })
    }

    /// Puts the entry in the place that was reserved for it last.
    pub(super) fn insert(&mut self, key: Key, entry: T) {
        let place = &mut self.places[key.index];
        assert!(place.is_none(), "invariant S1: a reserved place is free");
        *place = Some((key.serial, entry));
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

    pub(super) fn key_at(&self, index: usize) -> Option<Key> {
        self.places.get(index)?.as_ref().map(|(serial, _)| Key { index, serial: *serial })
    }

    pub(super) fn take_at(&mut self, index: usize) -> Option<T> {
        self.places.get_mut(index)?.take().map(|(_, entry)| entry)
    }

    /// The number of places, for loops over all.
    pub(super) fn places(&self) -> usize {
        self.places.len()
    }
}
