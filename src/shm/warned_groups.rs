//! Of whose compositor the program has been told.

use crate::limits;

/// Groups whose compositor has been complained about.
#[derive(Debug)]
pub(super) struct WarnedGroups {
    groups: [u64; limits::WARNED_GROUPS_MAX],
    count: usize,
}

impl WarnedGroups {
    pub(super) const fn new() -> WarnedGroups {
        WarnedGroups { groups: [0; limits::WARNED_GROUPS_MAX], count: 0 }
    }

    /// True the first time, as long as there is room to remember it.
    pub(super) fn is_news(&mut self, group: u64) -> bool {
        if self.groups[..self.count].contains(&group) {
            return false;
        }
        let Some(place) = self.groups.get_mut(self.count) else { return false };
        *place = group;
        self.count += 1;
        true
    }
}
