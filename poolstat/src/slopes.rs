//! What grows from look to look, and how fast.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use crate::limits;
use crate::snapshot::Snapshot;

/// Something with a number: whose it is, what it is, and which number of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Quantity {
    /// The process.
    pub pid: u32,
    /// The pool, the group of buffers, or the files of one name.
    pub item: String,
    /// As the column is called.
    pub column: &'static str,
    /// Whether it is a size.
    pub is_bytes: bool,
}

/// How fast one grows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Slope {
    /// What.
    #[serde(flatten)]
    pub quantity: Quantity,
    /// By how much in a minute; below 0 where it becomes less.
    pub per_minute: f64,
}

/// The looks of the last minute.
#[derive(Debug, Default)]
pub struct History {
    looks: VecDeque<(u64, BTreeMap<Quantity, u64>)>,
}

impl History {
    /// Adds a look, and says what has changed since the oldest one that is kept. What is new has no slope yet.
    pub fn add(&mut self, snapshot: &Snapshot) -> Vec<Slope> {
        let quantities = quantities(snapshot);
        let seconds_since = |then: u64| snapshot.now_ns.saturating_sub(then) as f64 / 1e9;
        while self.looks.len() > 1
            && self.looks.get(1).is_some_and(|(then, _)| seconds_since(*then) >= limits::SLOPE_SECONDS)
        {
            self.looks.pop_front();
        }
        let slopes = match self.looks.front() {
            Some((then, oldest)) if seconds_since(*then) > 0.0 => changes(oldest, &quantities, seconds_since(*then)),
            _ => Vec::new(),
        };
        self.looks.push_back((snapshot.now_ns, quantities));
        slopes
    }
}

fn changes(oldest: &BTreeMap<Quantity, u64>, now: &BTreeMap<Quantity, u64>, seconds: f64) -> Vec<Slope> {
    let slope = |(quantity, value): (&Quantity, &u64)| {
        let before = oldest.get(quantity)?;
        let change = *value as f64 - *before as f64;
        (change != 0.0).then(|| Slope { quantity: quantity.clone(), per_minute: change * 60.0 / seconds })
    };
    now.iter().filter_map(slope).collect()
}

/// What may grow, and should not do so for ever. What only counts what was done is none of it.
fn quantities(snapshot: &Snapshot) -> BTreeMap<Quantity, u64> {
    let mut found = BTreeMap::new();
    let mut add = |pid: u32, item: String, column: &'static str, value: u64| {
        let is_bytes = matches!(column, "USED" | "ARENAS" | "BYTES");
        // Of two with one name the sum grows as both do.
        let sum: &mut u64 = found.entry(Quantity { pid, item, column, is_bytes }).or_default();
        *sum = sum.saturating_add(value);
    };
    for process in &snapshot.processes {
        if let Some(descriptors) = process.descriptors {
            add(process.pid, "descriptors".into(), "COUNT", descriptors);
        }
        for page in &process.pages {
            for pool in &page.pools {
                let item = format!("pool \"{}\"", pool.name);
                add(process.pid, item.clone(), "USED", pool.allocated_bytes);
                add(process.pid, item.clone(), "BLOCKS", pool.blocks());
                add(process.pid, item, "ARENAS", pool.arena_bytes);
            }
            for group in &page.groups {
                let item = format!("buffers \"{}\" {:#x}", group.name, group.cookie);
                add(process.pid, item.clone(), "LIVE", group.live);
                add(process.pid, item.clone(), "HELD", group.held);
                add(process.pid, item, "LOST", group.lost());
            }
        }
    }
    for file in &snapshot.files {
        for holder in &file.holders {
            let item = format!("files \"{}\"", file.name);
            add(holder.pid, item.clone(), "COUNT", 1);
            add(holder.pid, item, "BYTES", file.bytes);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{Page, Pool};
    use crate::snapshot::Process;

    fn look(second: u64, used: u64) -> Snapshot {
        let pool = Pool { name: "heap".into(), allocated_bytes: used, ..Pool::default() };
        let page = Page { pools: vec![pool], ..Page::default() };
        let process = Process { pid: 1, pages: vec![page], ..Process::default() };
        Snapshot { now_ns: second * 1_000_000_000, processes: vec![process], ..Snapshot::default() }
    }

    #[test]
    fn a_slope_is_that_of_the_last_minute() {
        let mut history = History::default();
        assert_eq!(history.add(&look(0, 0)), []);
        for second in 1..=300 {
            // A start that is soon over, and then a byte a second.
            let slopes = history.add(&look(second, 1_000_000 + second));
            assert_eq!(slopes.len(), 1);
            if second > 62 {
                assert!((slopes[0].per_minute - 60.0).abs() < 1e-6, "{slopes:?} at {second}");
            }
        }
        assert!(history.looks.len() < 70);
    }

    #[test]
    fn what_stays_has_no_slope() {
        let mut history = History::default();
        history.add(&look(0, 5));
        assert_eq!(history.add(&look(1, 5)), []);
        let less = history.add(&look(2, 3));
        assert!((less[0].per_minute + 60.0).abs() < 1e-6);
        // No time has passed.
        assert!(History::default().add(&look(2, 3)).is_empty());
    }
}
