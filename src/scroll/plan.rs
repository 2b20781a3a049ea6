//! From a ring and a step to what is to be done.

use crate::limits;

use super::step::{Direction, Kept, Step};

/// A view in its ring. All numbers are rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ring {
    view: usize,
    capacity: usize,
    /// No more rows than these are used at present.
    most_extent: usize,
    extent: usize,
    offset: usize,
    wraps: u32,
    /// The way of the last step that wrapped.
    wrapped: Option<Direction>,
}

/// How a plan moves the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// The view moves over rows that are already there: nothing is copied but kept rows.
    Shift,
    /// The view wraps: it is carried to the other side of the ring.
    Wrap,
    /// The view stays, its rows are moved.
    InPlace,
}

/// One thing to do to the rows of a ring. Rows count from the start of the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Copy rows; source and target may overlap.
    Copy {
        /// First row of the source.
        from: usize,
        /// First row of the target.
        to: usize,
        /// Number of rows.
        rows: usize,
    },
    /// Make exposed rows zero.
    Zero {
        /// First row.
        from: usize,
        /// Number of rows.
        rows: usize,
    },
}

/// What a step comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The ring afterwards.
    pub ring: Ring,
    /// How the view moves.
    pub motion: Motion,
    operations: [Option<Operation>; 5],
}

impl Plan {
    /// What to do, in this order.
    pub fn operations(&self) -> impl Iterator<Item = Operation> + '_ {
        self.operations.iter().copied().flatten()
    }
}

impl Ring {
    /// A ring of `capacity` rows for a view of `view` rows; None if it is too small to be worth having.
    pub fn new(view: usize, capacity: usize) -> Option<Ring> {
        let most_slack = capacity.checked_sub(view)?;
        if view < 2 || most_slack < part(view, limits::RING_LEAST_SLACK_DIVISOR) {
            return None;
        }
        let slack = part(view, limits::RING_FIRST_SLACK_DIVISOR).min(most_slack);
        Some(Ring { view, capacity, most_extent: capacity, extent: view + slack, offset: 0, wraps: 0, wrapped: None })
    }

    /// The first row of the view.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Rows of the view.
    pub fn view(&self) -> usize {
        self.view
    }

    /// Rows that there are.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Rows that scrolling uses at present.
    pub fn extent(&self) -> usize {
        self.extent
    }

    /// Makes do with less if there are other rings for the same window, and takes all again if there are none. True if
    /// there may be memory now that scrolling does not use.
    pub fn share(&mut self, is_shared: bool) -> bool {
        let before = self.most_extent;
        let shared = self.view + part(self.view, limits::RING_SHARED_SLACK_DIVISOR);
        self.most_extent = if is_shared { shared.min(self.capacity) } else { self.capacity };
        let is_less = self.extent > self.most_extent;
        self.extent = self.extent.min(self.most_extent);
        is_less || self.most_extent < before
    }

    /// Rows from the start that scrolling may use, or that the view is on.
    pub fn used_rows(&self) -> usize {
        self.extent.max(self.offset + self.view)
    }

    /// Where the view goes when its content moves by `shift` rows, before it scrolls by some `next_rows` rows more, the
    /// same way. After anything but `Motion::Shift` all of it is to be copied to where it is then.
    ///
    /// A wrap comes sooner than it must: what it copies is copied anyway then, and the next step need not wrap.
    pub fn follow(&self, shift: isize, next_rows: usize) -> (Ring, Motion) {
        if shift == 0 {
            return (*self, Motion::Shift);
        }
        let direction = if shift > 0 { Direction::Up } else { Direction::Down };
        let step = Step { rows: shift.unsigned_abs(), direction, kept: Kept::default() };
        let (ring, motion) = self.advance(&step);
        if motion != Motion::Shift {
            return (ring, motion);
        }
        match ring.advance(&Step { rows: next_rows.max(1), ..step }) {
            (wrapped, Motion::Wrap) => (wrapped, Motion::Wrap),
            _ => (ring, motion),
        }
    }

    /// What `step` comes to. `may_move` false: the view must stay where it is.
    pub fn plan(&self, step: &Step, may_move: bool) -> Plan {
        let (ring, motion) = if may_move { self.advance(step) } else { (*self, Motion::InPlace) };
        let operations = match step.direction {
            Direction::Up => operations_up(self, &ring, step, motion),
            Direction::Down => operations_down(self, &ring, step, motion),
        };
        Plan { ring, motion, operations }
    }

    /// Where the view goes.
    fn advance(&self, step: &Step) -> (Ring, Motion) {
        if let Some(offset) = self.shifted(step) {
            return (Ring { offset, ..*self }, Motion::Shift);
        }
        let mut ring = *self;
        ring.count_wrap(step);
        if let Some(offset) = ring.shifted(step) {
            return (Ring { offset, ..ring }, Motion::Shift);
        }
        // A step of up to half the slack leaves room on both sides: the next one, whichever way it goes, finds it.
        let slack = ring.slack();
        if step.rows > slack / 2 {
            return (ring, Motion::InPlace);
        }
        let room = (slack / ring.wrap_room_divisor(step)).max(step.rows);
        ring.wrapped = Some(step.direction);
        ring.offset = match step.direction {
            Direction::Up => agreeing(room, self.offset, step.rows, slack),
            Direction::Down => slack - agreeing(room, slack.saturating_sub(self.offset), step.rows, slack),
        };
        (ring, Motion::Wrap)
    }

    /// The offset after a shift, if there is room for one.
    fn shifted(&self, step: &Step) -> Option<usize> {
        match step.direction {
            Direction::Up => Some(self.offset + step.rows).filter(|offset| *offset <= self.slack()),
            Direction::Down => self.offset.checked_sub(step.rows),
        }
    }

    /// Lets the extent grow with use; at once when the slack is too small for steps of this size.
    fn count_wrap(&mut self, step: &Step) {
        self.wraps += 1;
        if self.wraps >= limits::WRAPS_UNTIL_GROWTH || step.rows > self.slack() / 2 {
            self.wraps = 0;
            self.extent = (self.view + self.slack() * 2).min(self.most_extent);
        }
    }

    /// Who scrolls on and on gets nearly the whole slack; who goes up and down gets the middle of it.
    fn wrap_room_divisor(&self, step: &Step) -> usize {
        let goes_back = self.wrapped.is_some_and(|wrapped| wrapped != step.direction);
        if goes_back { limits::WRAP_ROOM_DIVISOR_GOING_BACK } else { limits::WRAP_ROOM_DIVISOR }
    }

    fn slack(&self) -> usize {
        self.extent - self.view
    }
}

/// How many bytes the ring of a view is to have, if it may.
pub fn wanted_ring_bytes(view_bytes: usize) -> usize {
    let most_bytes = view_bytes.saturating_mul(limits::RING_VIEWS);
    if view_bytes > limits::VIEW_CACHED_BYTES_MAX {
        return most_bytes;
    }
    limits::RING_CACHED_BYTES.clamp(view_bytes + view_bytes / 2, most_bytes)
}

/// A place for the view from about `room` on from which steps of `rows` rows lead to places where it was before: there
/// are Wayland buffers for these. Steps both ways find room there. Where there is no such place, one that steps of other
/// numbers of lines lead to.
fn agreeing(room: usize, offset: usize, rows: usize, slack: usize) -> usize {
    let spacings = [rows, greatest_common_divisor(rows, offset)];
    let places = spacings.into_iter().flat_map(|spacing| {
        let above = room + (offset % spacing + spacing - room % spacing) % spacing;
        [Some(above), above.checked_sub(spacing)]
    });
    places.flatten().find(|place| *place >= rows && place + rows <= slack).unwrap_or(room)
}

fn greatest_common_divisor(one: usize, other: usize) -> usize {
    if other == 0 { one } else { greatest_common_divisor(other, one % other) }
}

fn part(view: usize, divisor: usize) -> usize {
    (view / divisor).max(1)
}

/// Rows move up: new row y is old row y + rows. Kept rows at the top are laid ahead, so that they arrive where they
/// were; kept rows at the bottom are fetched back.
fn operations_up(old: &Ring, new: &Ring, step: &Step, motion: Motion) -> [Option<Operation>; 5] {
    let (view, rows, kept) = (old.view, step.rows, step.kept);
    let bottom_top = view - kept.bottom_reach();
    let exposed = view - rows;
    let zero_above = bottom_top.max(exposed);
    let zero_below = if kept.bottom_rows > 0 { (bottom_top + kept.bottom_rows).max(exposed) } else { zero_above };
    [
        copy(old.offset + kept.top_margin_rows, old.offset + kept.top_margin_rows + rows, kept.top_rows),
        carry(motion, old.offset + rows, new.offset, view - rows),
        copy(new.offset + bottom_top - rows, new.offset + bottom_top, kept.bottom_rows),
        zero(new.offset + exposed, zero_above - exposed),
        zero(new.offset + zero_below, view - zero_below),
    ]
}

/// Rows move down: new row y is old row y - rows. The mirror image of `operations_up`.
fn operations_down(old: &Ring, new: &Ring, step: &Step, motion: Motion) -> [Option<Operation>; 5] {
    let (view, rows, kept) = (old.view, step.rows, step.kept);
    let bottom_top = view - kept.bottom_reach();
    let top = kept.top_margin_rows;
    let zero_above = if kept.top_rows > 0 { top.min(rows) } else { rows };
    let zero_below = kept.top_reach().clamp(zero_above, rows);
    [
        copy(old.offset + bottom_top, old.offset + bottom_top - rows, kept.bottom_rows),
        carry(motion, old.offset, new.offset + rows, view - rows),
        copy(new.offset + top + rows, new.offset + top, kept.top_rows),
        zero(new.offset, zero_above),
        zero(new.offset + zero_below, rows - zero_below),
    ]
}

/// Moves the rows that stay visible, unless the view itself has moved to them.
fn carry(motion: Motion, from: usize, to: usize, rows: usize) -> Option<Operation> {
    if motion == Motion::Shift { None } else { copy(from, to, rows) }
}

fn copy(from: usize, to: usize, rows: usize) -> Option<Operation> {
    (rows > 0).then_some(Operation::Copy { from, to, rows })
}

fn zero(from: usize, rows: usize) -> Option<Operation> {
    (rows > 0).then_some(Operation::Zero { from, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greatest_common_divisors() {
        let cases = [(6, 4, 2), (4, 6, 2), (12, 18, 6), (7, 5, 1), (5, 0, 5), (8, 8, 8)];
        for (one, other, expected) in cases {
            assert_eq!(greatest_common_divisor(one, other), expected, "{one}, {other}");
        }
    }

    /// A ring whose next step of so many rows up is to wrap.
    fn at_its_end(rows: usize) -> (Ring, Step) {
        let mut ring = Ring::new(1000, 3000).unwrap();
        ring.offset = ring.slack();
        (ring, Step { rows, direction: Direction::Up, kept: Kept::default() })
    }

    #[test]
    fn a_ring_grows_with_use_and_at_once_for_large_steps() {
        let slack = at_its_end(1).0.slack();
        for rows in [1, slack / 2 - 1, slack / 2] {
            let (mut ring, step) = at_its_end(rows);
            for wrap in 1..limits::WRAPS_UNTIL_GROWTH {
                ring.offset = ring.slack();
                ring = ring.plan(&step, true).ring;
                assert_eq!((ring.slack(), ring.wraps), (slack, wrap), "{rows} rows");
            }
            ring.offset = ring.slack();
            ring = ring.plan(&step, true).ring;
            assert_eq!((ring.slack(), ring.wraps), (2 * slack, 0), "{rows} rows");
        }
        let (ring, step) = at_its_end(slack / 2 + 1);
        assert_eq!(ring.plan(&step, true).ring.slack(), 2 * slack);
    }
}
