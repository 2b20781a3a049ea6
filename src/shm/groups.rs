//! What is counted of the buffers of each group, and since when which of them is held.
//!
//! ```text
//!   Group   its oldest hold began at 3        place   0          1          2          3
//!                                             hold    group, 3   none       group, 7   group, 0: nobody has looked at
//!                                                                                      the clock since
//! ```
//!
//! The fast path of requests does not look at the clock: it hands out the only buffer of a cookie, and that is the newest of
//! its group until the next request, which sees when that is.
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
    /// When the oldest hold began whose begin is known; 0: there is none.
    oldest_ns: u64,
}

/// Whose buffer is held, and since when.
#[derive(Clone, Copy, Debug)]
struct Hold {
    /// NONE: it is not held.
    group: usize,
    /// 0: not known yet.
    since_ns: u64,
}

/// No group.
const NONE: usize = usize::MAX;
const NOT_HELD: Hold = Hold { group: NONE, since_ns: 0 };

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
            self.holds.resize(place + 1, NOT_HELD);
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
        let group = Group { name, counts: GroupCounts::default(), told, oldest_ns: 0 };
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
        let Some(group) = self.groups.at_mut(group) else { return };
        work(&mut group.counts);
        group.told.tell_all(&group.counts);
    }

    /// Tells that a buffer was handed out, or released.
    pub(super) fn tell_holds(&self, group: usize) {
        if let Some(group) = self.groups.at(group) {
            group.told.tell_holds(&group.counts);
        }
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
    #[cfg(test)]
    fn counts(&self, name: GroupName) -> Option<&GroupCounts> {
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

    /// The only buffer of its group is held from now on, having been cached; which is told.
    #[inline(always)]
    pub(super) fn take_cached(&mut self, account: &Account) {
        let Some(group) = self.groups.at_mut(account.group) else { return };
        if let Some(hold) = self.holds.get_mut(account.place) {
            *hold = Hold { group: account.group, since_ns: 0 };
        }
        let counts = &mut group.counts;
        // Cannot wrap: who is counted out was counted in. There is no other, so no more are held than ever before.
        counts.cached = counts.cached.wrapping_sub(1);
        counts.held = counts.held.wrapping_add(1);
        counts.gets = counts.gets.wrapping_add(1);
        counts.faults_avoided = counts.faults_avoided.wrapping_add(account.pages);
        group.told.tell_taken(counts);
    }

    /// A buffer is held no longer, and cached, which is told.
    #[inline(always)]
    pub(super) fn give_back_to_cache(&mut self, account: &Account) {
        let Some(group) = self.groups.at_mut(account.group) else { return };
        let counts = &mut group.counts;
        counts.cached = counts.cached.wrapping_add(1);
        counts.held = counts.held.wrapping_sub(1);
        group.told.tell_given_back(counts);
        let oldest_ns = group.oldest_ns;
        let Some(hold) = self.holds.get_mut(account.place) else { return };
        let since_ns = hold.since_ns;
        *hold = NOT_HELD;
        if since_ns != 0 && since_ns == oldest_ns {
            self.find_oldest(account.group);
        }
    }

    /// The buffer at a place is held from now on.
    pub(super) fn begin_hold(&mut self, group: usize, place: usize, now_ns: u64) {
        let Some(hold) = self.holds.get_mut(place) else { return };
        *hold = Hold { group, since_ns: now_ns };
        let Some(group) = self.groups.at_mut(group) else { return };
        let counts = &mut group.counts;
        counts.gets = counts.gets.wrapping_add(1);
        counts.held = counts.held.wrapping_add(1);
        counts.held_most = counts.held_most.max(counts.held);
        group.know_hold(now_ns);
    }

    /// The buffer at a place is not held any more.
    pub(super) fn end_hold(&mut self, group: usize, place: usize) {
        let Some(hold) = self.holds.get_mut(place) else { return };
        let since_ns = hold.since_ns;
        *hold = NOT_HELD;
        let Some(ended) = self.groups.at_mut(group) else { return };
        ended.counts.held = ended.counts.held.wrapping_sub(1);
        if since_ns != 0 && since_ns == ended.oldest_ns {
            self.find_oldest(group);
        }
    }

    #[cold]
    #[inline(never)]
    fn find_oldest(&mut self, group: usize) {
        let known = self.holds.iter().filter(|hold| hold.group == group && hold.since_ns != 0);
        let oldest_ns = known.map(|hold| hold.since_ns).min().unwrap_or(0);
        if let Some(group) = self.groups.at_mut(group) {
            group.oldest_ns = oldest_ns;
            group.told.tell_oldest(oldest_ns);
        }
    }

    /// Since when the buffer at a place is held; 0: it is not, or that is not known.
    pub(super) fn held_since_ns(&self, place: usize) -> u64 {
        self.holds.get(place).map_or(0, |hold| hold.since_ns)
    }

    /// The buffer at a place is held, and it is not known since when.
    pub(super) fn has_undated_hold(&self, place: usize) -> bool {
        self.holds.get(place).is_some_and(|hold| hold.group != NONE && hold.since_ns == 0)
    }

    /// It is known now, as near as it can be.
    pub(super) fn date_hold(&mut self, place: usize, now_ns: u64) {
        let Some(hold) = self.holds.get_mut(place) else { return };
        hold.since_ns = now_ns;
        if let Some(group) = self.groups.at_mut(hold.group) {
            group.know_hold(now_ns);
        }
    }

    /// Since when the buffer of a group is held that is held longest.
    pub(super) fn oldest_hold_ns(&self, group: usize) -> Option<u64> {
        self.groups.at(group).map(|group| group.oldest_ns).filter(|oldest_ns| *oldest_ns != 0)
    }
}

impl Group {
    /// A hold began then, and no other one began later.
    fn know_hold(&mut self, now_ns: u64) {
        if self.oldest_ns == 0 {
            self.oldest_ns = now_ns;
            self.told.tell_oldest(now_ns);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::units::{Picture, PixelFormat};

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
    fn what_the_fast_path_has_handed_out_is_dated_later() {
        let mut groups = Groups::new();
        let group = group_of(&mut groups, 3, NAME);
        let picture = Picture { width: 1, height: 1, stride_bytes: 4, format: PixelFormat::Argb8888 };
        let account = Account::new(group, 3, &picture);
        groups.begin_hold(group, 3, 5);
        groups.end_hold(group, 3);
        groups.take_cached(&account);
        assert_eq!(groups.oldest_hold_ns(group), None);
        assert!(groups.has_undated_hold(3) && !groups.has_undated_hold(2));
        groups.date_hold(3, 9);
        assert!(!groups.has_undated_hold(3));
        assert_eq!(groups.oldest_hold_ns(group), Some(9));
        assert_eq!(groups.counts(NAME).map(|counts| (counts.gets, counts.held, counts.held_most)), Some((2, 1, 1)));
        groups.give_back_to_cache(&account);
        assert_eq!(groups.oldest_hold_ns(group), None);
        assert!(!groups.has_undated_hold(3));
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
