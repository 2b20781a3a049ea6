//! The Wayland buffers and images of one ring, one set for each offset that its view has had lately.
//!
//! While a program scrolls by the same step, the same offsets come again each lap: then nothing is made or destroyed.

use alloc::vec::Vec;

use crate::limits;
use crate::pixman::Images;

use super::objects::Objects;

#[derive(Debug)]
struct Entry {
    row: usize,
    used_at: u64,
    objects: Objects,
}

/// The entries, sorted by row; one of them is the view's.
#[derive(Debug)]
pub(super) struct Offsets {
    entries: Vec<Entry>,
    current_index: usize,
    uses: u64,
    most: usize,
}

impl Offsets {
    /// The first objects, for the view at row 0. None: no memory.
    pub(super) fn new(objects: Objects, image_count: usize) -> Option<Offsets> {
        let most = limits::IMAGES_KEPT_MAX / image_count.max(1);
        let most = most.clamp(limits::OFFSETS_KEPT_MIN, limits::OFFSETS_KEPT_MAX);
        let mut entries = Vec::new();
        entries.try_reserve(1).ok()?;
        entries.push(Entry { row: 0, used_at: 0, objects });
        Some(Offsets { entries, current_index: 0, uses: 0, most })
    }

    /// What stands for the view now.
    pub(super) fn current(&self) -> &Objects {
        &self.entries[self.current_index].objects
    }

    pub(super) fn current_mut(&mut self) -> &mut Objects {
        &mut self.entries[self.current_index].objects
    }

    /// True if there are objects for this offset.
    pub(super) fn has(&self, row: usize) -> bool {
        self.find(row).is_ok()
    }

    /// Room for objects of one more offset; the ones unused for longest go if there are too many. False: no memory.
    pub(super) fn reserve(&mut self) -> bool {
        while self.entries.len() >= self.most {
            let others = self.entries.iter().enumerate().filter(|(index, _)| *index != self.current_index);
            let Some((oldest, _)) = others.min_by_key(|(_, entry)| entry.used_at) else { break };
            self.entries.remove(oldest);
            self.current_index -= usize::from(oldest < self.current_index);
        }
        self.entries.try_reserve(1).is_ok()
    }

    /// Keeps objects for an offset that has none. There is room: `reserve` came before.
    pub(super) fn insert(&mut self, row: usize, objects: Objects) {
        if let Err(index) = self.find(row) {
            self.entries.insert(index, Entry { row, used_at: self.uses, objects });
            self.current_index += usize::from(index <= self.current_index);
        }
    }

    /// Makes the objects of an offset the view's.
    pub(super) fn switch_to(&mut self, row: usize) {
        self.uses += 1;
        let index = self.find(row).expect("invariant S4: the view has its objects");
        self.entries[index].used_at = self.uses;
        self.current_index = index;
    }

    /// The images of the view. All else goes.
    pub(super) fn into_images(mut self) -> Images {
        self.entries.swap_remove(self.current_index).objects.images
    }

    fn find(&self, row: usize) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&row, |entry| entry.row)
    }
}
