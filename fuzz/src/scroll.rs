//! A view that scrolls in its ring, beside rows that are moved one by one.

use arbitrary::Arbitrary;
use millpond::scroll::{BadStep, Direction, Kept, Motion, Operation, Ring, Step};

/// Rows that nobody has drawn.
const OLD: u32 = u32::MAX;

/// A ring, and what happens to its view.
#[derive(Arbitrary, Clone, Debug)]
pub struct Script {
    /// Rows of the view.
    pub view: u8,
    /// Rows of the ring beyond those.
    pub spare: u16,
    /// One after the other.
    pub acts: Vec<Act>,
}

/// What happens to a view.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Act {
    /// A scroll as programs make it.
    Scroll {
        /// By so many rows.
        rows: i8,
        /// Margins and kept rows.
        kept: [u8; 4],
        /// False: the view must stay where it is.
        may_move: bool,
    },
    /// A scroll with any numbers.
    ScrollAnyhow {
        /// By so many rows.
        rows: i32,
        /// Margins and kept rows.
        kept: [i32; 4],
    },
    /// One row is drawn anew.
    Draw {
        /// Counted from the upper edge.
        row: u8,
    },
    /// There are other rings for the same window, or none.
    Share {
        /// There are.
        is_shared: bool,
    },
    /// The view follows that of a newer picture.
    Follow {
        /// Its content moves by so many rows.
        shift: i8,
        /// It scrolls by so many more.
        next_rows: u8,
    },
}

/// The rows of a ring, and beside them what its view is to show.
struct World {
    ring: Ring,
    rows: Vec<u32>,
    expected: Vec<u32>,
    next_number: u32,
}

/// Plays a script; panics where the ring and the model differ.
pub fn play(script: &Script) {
    let (view, capacity) = (usize::from(script.view), usize::from(script.view) + usize::from(script.spare) % 512);
    let Some(ring) = Ring::new(view, capacity) else { return };
    let mut world = World { ring, rows: vec![OLD; capacity], expected: vec![0; view], next_number: 1 };
    (0..view).for_each(|row| world.draw(row));
    for act in script.acts.iter().take(400) {
        world.act(act);
        world.check();
    }
}

impl World {
    fn act(&mut self, act: &Act) {
        match *act {
            Act::Scroll { rows, kept, may_move } => self.scroll(i32::from(rows), kept.map(i32::from), may_move),
            Act::ScrollAnyhow { rows, kept } => self.scroll(rows, kept, true),
            Act::Draw { row } => self.draw(usize::from(row) % self.expected.len()),
            Act::Share { is_shared } => {
                let before = self.ring.used_rows();
                let has_less = self.ring.share(is_shared);
                assert!(has_less || self.ring.used_rows() >= before, "fewer rows are used, and nobody was told");
            }
            Act::Follow { shift, next_rows } => self.follow(isize::from(shift), usize::from(next_rows)),
        }
    }

    fn draw(&mut self, row: usize) {
        self.rows[self.ring.offset() + row] = self.next_number;
        self.expected[row] = self.next_number;
        self.next_number += 1;
    }

    fn scroll(&mut self, rows: i32, numbers: [i32; 4], may_move: bool) {
        let view = self.expected.len();
        let step = Step::new(view, rows, numbers);
        assert_eq!(step.err(), reason_against(view, rows, numbers), "{rows} {numbers:?} in {view}");
        let Ok(step) = step else { return };
        let plan = self.ring.plan(&step, may_move);
        assert!(may_move || plan.ring == self.ring);
        let reach = plan.ring.used_rows().max(self.ring.used_rows());
        for operation in plan.operations() {
            match operation {
                Operation::Copy { from, to, rows } => {
                    assert!(from + rows <= reach && to + rows <= reach, "{operation:?} beyond {reach}");
                    self.rows.copy_within(from..from + rows, to);
                }
                Operation::Zero { from, rows } => self.rows[from..from + rows].fill(0),
            }
        }
        if plan.motion == Motion::Wrap {
            assert_no_wrap_follows(&plan.ring, &step);
        }
        self.expected = scrolled(&self.expected, &step);
        self.ring = plan.ring;
    }

    /// After a shift the rows that are in both pictures are there; otherwise all are copied, and here drawn anew.
    fn follow(&mut self, shift: isize, next_rows: usize) {
        let view = self.expected.len();
        if shift.unsigned_abs() >= view {
            return;
        }
        let (ring, motion) = self.ring.follow(shift, next_rows);
        let old = self.expected.clone();
        self.ring = ring;
        for row in 0..view {
            let source = row.checked_add_signed(shift).and_then(|source| old.get(source));
            match source.filter(|_| motion == Motion::Shift) {
                Some(number) => self.expected[row] = *number,
                None => self.draw(row),
            }
        }
    }

    fn check(&self) {
        let (ring, view) = (&self.ring, self.expected.len());
        assert_eq!(ring.view(), view);
        assert!(ring.used_rows() <= ring.capacity() && ring.extent() > view, "{ring:?}");
        assert_eq!(&self.rows[ring.offset()..ring.offset() + view], self.expected, "{ring:?}");
    }
}

/// Whichever way the next step of that size goes, it finds room.
fn assert_no_wrap_follows(ring: &Ring, step: &Step) {
    for direction in [Direction::Up, Direction::Down] {
        let next = Step { direction, ..*step };
        assert_eq!(ring.plan(&next, true).motion, Motion::Shift, "wraps twice: {ring:?} {next:?}");
    }
}

/// What `shm.h` says of the arguments of a scroll.
fn reason_against(view: usize, rows: i32, numbers: [i32; 4]) -> Option<BadStep> {
    let [top_margin, top_kept, bottom_margin, bottom_kept] = numbers.map(i64::from);
    let (view, distance) = (i64::try_from(view).unwrap(), i64::from(rows).abs());
    let reach = |margin: i64, kept: i64| if kept > 0 { margin + kept } else { 0 };
    if rows == 0 {
        Some(BadStep::NoRows)
    } else if distance >= view {
        Some(BadStep::TooManyRows)
    } else if numbers.iter().any(|number| *number < 0) {
        Some(BadStep::Negative)
    } else if reach(top_margin, top_kept) + reach(bottom_margin, bottom_kept) + distance > view {
        Some(BadStep::Overlap)
    } else {
        None
    }
}

/// What `shm.h` promises, row by row: new row y is old row y + rows, kept rows are where they were, others are zero.
pub fn scrolled<Row: Clone + Default>(old: &[Row], step: &Step) -> Vec<Row> {
    let Kept { top_margin_rows, top_rows, bottom_margin_rows, bottom_rows } = step.kept;
    let bottom_end = old.len() - bottom_margin_rows.min(old.len());
    let bottom_start = bottom_end - bottom_rows.min(bottom_end);
    let is_kept =
        |y: usize| (y >= top_margin_rows && y - top_margin_rows < top_rows) || (bottom_start..bottom_end).contains(&y);
    let source = |y: usize| match step.direction {
        _ if is_kept(y) => Some(y),
        Direction::Up => Some(y + step.rows),
        Direction::Down => y.checked_sub(step.rows),
    };
    (0..old.len()).map(|y| source(y).and_then(|row| old.get(row)).cloned().unwrap_or_default()).collect()
}
