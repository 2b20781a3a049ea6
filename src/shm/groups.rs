//! What is counted of the buffers of each group, and since when which of them is held.
//!
//! ```text
//!   Group   oldest -----> Hold      Hold      Hold <----- newest       of the buffers that are held, in the order in
//!                         since     since     since                    which they were handed out
//!                         later --> later --> NONE
//! ```
//!
//! A group is there while a buffer of it is.

use alloc::vec::Vec;

use super::account::Account;
use super::group_counts::{GroupCounts, GroupName};
use super::table::{Key, Table};
use super::told::ToldGroup;

/// What is counted of a group.
#[derive(Debug)]
pub(super) struct Group {
    name: GroupName,
    counts: GroupCounts,
    told: ToldGroup,
    /// Places of buffers; NONE: none is held.
    oldest: usize,
    newest: usize,
}

/// Since when a buffer is held, and who was handed out before and after it.
#[derive(Clone, Copy, Debug)]
struct Hold {
    since_ns: u64,
    earlier: usize,
    later: usize,
}

/// No place.
const NONE: usize = usize::MAX;

/// The groups of a display.
#[derive(Debug)]
pub(super) struct Groups {
    groups: Table<Group>,
    /// One for each place in the table of buffers.
    holds: Vec<Hold>,
}

impl Drop for Groups {
    fn drop(&mut self) {
        for index in 0..self.groups.places() {
            if let Some(group) = self.groups.at(index) {
                group.told.end();
            }
        }
    }
}

impl Groups {
    pub(super) const fn new() -> Groups {
        Groups { groups: Table::new(), holds: Vec::new() }
    }

    /// Room for one more group, and for a buffer at this place. None: no memory.
    pub(super) fn reserve(&mut self, place: usize) -> Option<Key> {
        let missing = (place + 1).saturating_sub(self.holds.len());
        self.holds.try_reserve(missing).ok()?;
        if missing > 0 {
            self.holds.resize(place + 1, Hold { since_ns: 0, earlier: NONE, later: NONE });
        }
        self.groups.reserve()
    }

    /// The group of a new buffer, made in the room that was reserved for it if it is a new one.
    pub(super) fn join(&mut self, name: GroupName, face: &str, room: Key) -> usize {
        let mut next = self.groups.first_tagged(name.number);
        while let Some(index) = next {
            if self.groups.at(index).is_some_and(|group| group.name == name) {
                return index;
            }
            next = self.groups.next_tagged(index);
        }
        let told = ToldGroup::begin(name, face);
        let group = Group { name, counts: GroupCounts::default(), told, oldest: NONE, newest: NONE };
        self.groups.insert(room, name.number, group);
        room.index()
    }

    /// The last buffer of a group takes it along.
    pub(super) fn leave(&mut self, group: usize) {
        if self.groups.at(group).is_some_and(|group| group.counts.live() == 0) {
            if let Some(gone) = self.groups.take_at(group) {
                gone.told.end();
            }
        }
    }

    /// The number by which the program knows a group.
    pub(super) fn number(&self, group: usize) -> Option<u64> {
        self.groups.at(group).map(|group| group.name.number)
    }

    /// What is counted of a group, to be changed; and told then.
    #[inline(always)]
    pub(super) fn counts_mut(&mut self, group: usize) -> Option<&mut GroupCounts> {
        self.groups.at_mut(group).map(|group| &mut group.counts)
    }

    /// Counts something, and tells it.
    pub(super) fn count(&mut self, group: usize, work: impl FnOnce(&mut GroupCounts)) {
        let oldest_held_ns = self.oldest_hold_ns(group).unwrap_or(0);
        let Some(group) = self.groups.at_mut(group) else { return };
        work(&mut group.counts);
        group.told.tell_all(&group.counts, oldest_held_ns);
    }

    /// Tells that a buffer was handed out, or released.
    #[inline(always)]
    pub(super) fn tell_holds(&self, group: usize) {
        let Some(group) = self.groups.at(group) else { return };
        let oldest_held_ns = self.holds.get(group.oldest).map_or(0, |hold| hold.since_ns);
        group.told.tell_holds(&group.counts, oldest_held_ns);
    }

    /// Tells that a buffer was scrolled, or pixels were copied.
    pub(super) fn tell_scrolls(&self, group: usize) {
        if let Some(group) = self.groups.at(group) {
            group.told.tell_scrolls(&group.counts);
        }
    }

    /// Who a group is, and its record.
    pub(super) fn told(&self, group: usize) -> Option<(GroupName, ToldGroup)> {
        self.groups.at(group).map(|group| (group.name, group.told))
    }

    /// What is counted of a group.
    pub(super) fn counts(&self, name: GroupName) -> Option<&GroupCounts> {
        let mut next = self.groups.first_tagged(name.number);
        while let Some(index) = next {
            let group = self.groups.at(index)?;
            if group.name == name {
                return Some(&group.counts);
            }
            next = self.groups.next_tagged(index);
        }
        None
    }

    /// A cached buffer is held from now on, which is told.
    #[inline(always)]
    pub(super) fn take_cached(&mut self, account: &Account, now_ns: u64) {
        self.begin_hold(account.group, account.place, now_ns);
        let Some(group) = self.groups.at_mut(account.group) else { return };
        let counts = &mut group.counts;
        // Cannot wrap: who is counted out was counted in.
        counts.cached = counts.cached.wrapping_sub(1);
        counts.faults_avoided = counts.faults_avoided.wrapping_add(account.pages);
        let oldest_held_ns = self.holds.get(group.oldest).map_or(0, |hold| hold.since_ns);
        group.told.tell_taken(counts, oldest_held_ns);
    }

    /// A buffer is held no longer, and cached, which is told.
    #[inline(always)]
    pub(super) fn give_back_to_cache(&mut self, account: &Account) {
        self.end_hold(account.group, account.place);
        let Some(group) = self.groups.at_mut(account.group) else { return };
        group.counts.cached = group.counts.cached.wrapping_add(1);
        let oldest_held_ns = self.holds.get(group.oldest).map_or(0, |hold| hold.since_ns);
        group.told.tell_given_back(&group.counts, oldest_held_ns);
    }

    /// The buffer at a place is held from now on.
    #[inline(always)]
    pub(super) fn begin_hold(&mut self, group: usize, place: usize, now_ns: u64) {
        let Some(group) = self.groups.at_mut(group) else { return };
        let newest = group.newest;
        group.newest = place;
        if newest == NONE {
            group.oldest = place;
        } else if let Some(hold) = self.holds.get_mut(newest) {
            hold.later = place;
        }
        if let Some(hold) = self.holds.get_mut(place) {
            *hold = Hold { since_ns: now_ns, earlier: newest, later: NONE };
        }
        let counts = &mut group.counts;
        counts.gets = counts.gets.wrapping_add(1);
        counts.held = counts.held.wrapping_add(1);
        counts.held_most = counts.held_most.max(counts.held);
    }

    /// The buffer at a place is not held any more.
    #[inline(always)]
    pub(super) fn end_hold(&mut self, group: usize, place: usize) {
        let Some(group) = self.groups.at_mut(group) else { return };
        let Some(&Hold { earlier, later, .. }) = self.holds.get(place) else { return };
        match self.holds.get_mut(earlier) {
            Some(hold) => hold.later = later,
            None => group.oldest = later,
        }
        match self.holds.get_mut(later) {
            Some(hold) => hold.earlier = earlier,
            None => group.newest = earlier,
        }
        group.counts.held = group.counts.held.wrapping_sub(1);
    }

    /// Since when the buffer of a group is held that is held longest.
    pub(super) fn oldest_hold_ns(&self, group: usize) -> Option<u64> {
        self.groups.at(group).and_then(|group| self.holds.get(group.oldest)).map(|hold| hold.since_ns)
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    const NAME: GroupName = GroupName { number: 7, is_used_once: false };

    fn group_of(groups: &mut Groups, place: usize, name: GroupName) -> usize {
        let room = groups.reserve(place).unwrap();
        let group = groups.join(name, "", room);
        groups.counts_mut(group).unwrap().created += 1;
        group
    }

    /// Every order in which up to five buffers of two groups are handed out and released.
    #[test]
    fn the_oldest_is_the_one_that_was_handed_out_first() {
        const PLACES: usize = 5;
        const STEPS: usize = 7;
        for script in 0..PLACES.pow(u32::try_from(STEPS).unwrap()) {
            let mut groups = Groups::new();
            let other_name = GroupName { is_used_once: true, ..NAME };
            let group_at: Vec<usize> = (0..PLACES)
                .map(|place| group_of(&mut groups, place, if place < 3 { NAME } else { other_name }))
                .collect();
            let mut held: Vec<(usize, u64)> = Vec::new();
            for step in 0..STEPS {
                let place = script / PLACES.pow(u32::try_from(step).unwrap()) % PLACES;
                if held.iter().any(|(other, _)| *other == place) {
                    groups.end_hold(group_at[place], place);
                    held.retain(|(other, _)| *other != place);
                } else {
                    let now_ns = 100 + step as u64;
                    groups.begin_hold(group_at[place], place, now_ns);
                    held.push((place, now_ns));
                }
                for group in [group_at[0], group_at[3]] {
                    let of_group = || held.iter().filter(|(place, _)| group_at[*place] == group);
                    assert_eq!(groups.oldest_hold_ns(group), of_group().next().map(|(_, since_ns)| *since_ns));
                    assert_eq!(groups.counts_mut(group).unwrap().held, of_group().count() as u64);
                }
            }
        }
    }

    #[test]
    fn a_group_is_there_while_a_buffer_of_it_is() {
        let mut groups = Groups::new();
        let (first, second) = (group_of(&mut groups, 0, NAME), group_of(&mut groups, 1, NAME));
        let once = group_of(&mut groups, 2, GroupName { is_used_once: true, ..NAME });
        assert_eq!(first, second);
        assert_ne!(first, once);
        assert_eq!(groups.counts(NAME).map(GroupCounts::live), Some(2));
        groups.counts_mut(first).unwrap().destroyed = 1;
        groups.leave(first);
        assert_eq!(groups.number(first), Some(7));
        groups.counts_mut(first).unwrap().destroyed = 2;
        groups.leave(first);
        assert_eq!(groups.counts(NAME), None);
        assert_eq!(groups.number(once), Some(7));
    }
}
