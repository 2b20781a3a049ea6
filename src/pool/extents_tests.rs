//! Extents against a naive model: a list in no order, all of which is looked through.
use std::vec::Vec;

use super::*;

/// Nothing stands at these addresses: extents are numbers.
struct Both {
    extents: Extents,
    model: Vec<(usize, usize)>,
    /// Memory that was lent, and has not come back yet.
    lent: Vec<(usize, usize)>,
}

impl Both {
    fn new() -> Both {
        Both { extents: Extents::none(), model: Vec::new(), lent: Vec::new() }
    }

    /// Makes room in one way or the other.
    fn reserve(&mut self, is_lent: bool) {
        if self.extents.has_room() {
            return;
        }
        if is_lent {
            let lent = Grant::leaked(self.extents.bytes_to_lend() / size_of::<usize>());
            self.lent.push((lent.start(), lent.bytes()));
            self.extents.reserve_in(lent);
        }
        assert!(self.extents.reserve() && self.extents.has_room());
    }

    fn insert(&mut self, start: usize, end: usize) {
        if self.model.iter().any(|(other, other_end)| start < *other_end && end > *other) {
            return;
        }
        assert!(self.extents.insert(Extent { start, end }));
        self.model.push((start, end));
        self.model.sort_unstable();
    }

    fn remove(&mut self, place: usize) {
        if place < self.model.len() {
            self.extents.remove(place);
            self.model.remove(place);
        }
    }

    fn join(&mut self, place: usize) {
        if place + 1 < self.model.len() {
            let upper = self.model.remove(place + 1);
            self.model[place].1 = upper.1;
            let joined = self.extents.join(place);
            assert_eq!((joined.start, joined.end), self.model[place]);
        }
    }

    /// Looks for an address, twice: the second time there is a hint.
    fn look(&self, address: usize) {
        let expected = self.model.iter().copied().find(|(start, end)| address >= *start && address < *end);
        for _ in 0..2 {
            let found = self.extents.of(address).map(|extent| (extent.start, extent.end));
            assert_eq!(found, expected, "what {address:x} lies in");
        }
        let above = self.model.iter().filter(|(start, _)| *start <= address).count();
        assert_eq!(self.extents.place_above(address), above);
        if !self.extents.hints.is_null() && expected.is_some() {
            let hinted = self.extents.hinted(address).map(|extent| (extent.start, extent.end));
            assert_eq!(hinted, expected, "what was found is the hint");
        }
    }

    fn look_around(&self, place: usize) {
        let Some((start, end)) = self.model.get(place).copied() else { return };
        for address in [start.wrapping_sub(1), start, start + (end - start) / 2, end - 1, end] {
            self.look(address);
        }
    }

    fn look_at_all(&self) {
        assert_eq!(self.extents.count(), self.model.len());
        for (place, expected) in self.model.iter().enumerate() {
            let extent = self.extents.at(place);
            assert_eq!((extent.start, extent.end), *expected);
            self.look_around(place);
        }
        [0, 1, usize::MAX / 2, usize::MAX].into_iter().for_each(|address| self.look(address));
    }

    /// What was lent comes back, the last first.
    fn clear(&mut self) {
        let lent = &mut self.lent;
        self.extents.clear(&mut |start, bytes| assert_eq!(lent.pop(), Some((start, bytes))));
        assert!(self.lent.is_empty());
        self.model.clear();
        self.look_at_all();
    }
}

fn numbers(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    move |limit| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % limit
    }
}

/// As in a program: a span comes, sometimes two become one or one goes, and spans are looked for all the time.
fn agrees(seed: u64, places: usize, distance: usize, is_lent: bool) {
    let (mut both, mut below) = (Both::new(), numbers(seed));
    let base = if below(2) == 0 { distance } else { usize::MAX - distance * (places + 1) };
    for turn in 0..2 * places {
        both.reserve(is_lent);
        let start = base + below(places) * distance + below(3) * 16;
        both.insert(start, start + 16 + below(distance - 64));
        let place = below(both.model.len());
        match below(12) {
            0 => both.join(place),
            1 => both.remove(place),
            _ => {}
        }
        both.look_around(place);
        both.look_around(below(both.model.len().max(1)));
        // With 8 entries inside, and some hundreds outside.
        if turn < 20 || turn % 100 == 0 {
            both.look_at_all();
        }
    }
    both.look_at_all();
    both.clear();
}

#[test]
fn agree_with_a_list_that_is_looked_through() {
    for seed in 1..=20 {
        for distance in [256, 4096, 1 << 16, (1 << 20) + 4096] {
            agrees(seed, 12, distance, seed % 2 == 0);
            agrees(seed, 700, distance, seed % 2 == 0);
        }
    }
}

/// Hints say where spans were: all of them are moved by one place, or go, after all were found.
#[test]
fn hints_that_are_wrong_are_not_followed() {
    let make = || {
        let mut both = Both::new();
        for place in 1..=300 {
            both.reserve(false);
            both.insert(place << 16, (place << 16) + 0x8000);
        }
        both.look_at_all();
        both
    };
    let mut both = make();
    both.insert(16, 4096);
    both.look_at_all();
    both.remove(0);
    both.look_at_all();
    both.join(0);
    both.look_at_all();
    while both.extents.count() > 1 {
        both.remove(both.extents.count() / 3);
        both.look_around(both.extents.count() - 1);
    }
    both.look_at_all();
    both.clear();
    // A table that was cleared, and grows again.
    for place in 1..=20 {
        both.reserve(false);
        both.insert(place << 12, (place << 12) + 64);
        both.look_at_all();
    }
    both.clear();
}

/// Also where nothing says how far spans lie apart.
#[test]
fn a_table_of_few_or_none_is_moved() {
    for count in 0..=FEW {
        let mut both = Both::new();
        (1..=count).for_each(|place| both.insert(place << 20, (place << 20) + 4096));
        let lent = Grant::leaked(1024);
        both.lent.push((lent.start(), lent.bytes()));
        both.extents.reserve_in(lent);
        assert!(!both.extents.outside.is_null());
        both.look_at_all();
        both.clear();
    }
}
