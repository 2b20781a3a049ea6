//! The arithmetic of scrolling, exhaustively over small scopes: every ring, every state that can be reached, every step.

use std::collections::HashSet;

use millpond::scroll::{BadStep, Direction, Kept, Motion, Operation, Ring, Step, wanted_ring_bytes};
use millpond::units::{StrideAlignment, round_up};

/// A ring with the content of its rows: a number each, 0 for zero.
#[derive(Clone)]
struct Rows {
    rows: Vec<u32>,
}

impl Rows {
    /// The rows of the view are 1, 2, 3, ...; what lies around it is old.
    fn around(ring: &Ring) -> Rows {
        let mut rows = vec![u32::MAX; ring.extent()];
        for (number, row) in rows[ring.offset()..ring.offset() + ring.view()].iter_mut().enumerate() {
            *row = u32::try_from(number).unwrap() + 1;
        }
        Rows { rows }
    }

    /// Carries a plan out; panics where a row lies outside.
    fn apply(&mut self, operations: impl Iterator<Item = Operation>, extent: usize) {
        self.rows.resize(self.rows.len().max(extent), u32::MAX);
        for operation in operations {
            match operation {
                Operation::Copy { from, to, rows } => self.rows.copy_within(from..from + rows, to),
                Operation::Zero { from, rows } => self.rows[from..from + rows].fill(0),
            }
        }
    }

    fn view(&self, ring: &Ring) -> &[u32] {
        &self.rows[ring.offset()..ring.offset() + ring.view()]
    }
}

/// What `shm.h` promises, written down without any ring: new row y is old row y + rows.
fn expected(view: usize, step: &Step) -> Vec<u32> {
    let old: Vec<u32> = (1..=u32::try_from(view).unwrap()).collect();
    let mut new = vec![0; view];
    for (y, row) in new.iter_mut().enumerate() {
        let source = match step.direction {
            Direction::Up => Some(y + step.rows).filter(|source| *source < view),
            Direction::Down => y.checked_sub(step.rows),
        };
        *row = source.map_or(0, |source| old[source]);
    }
    let Kept { top_margin_rows, top_rows, bottom_margin_rows, bottom_rows } = step.kept;
    if top_rows > 0 {
        new[top_margin_rows..top_margin_rows + top_rows]
            .copy_from_slice(&old[top_margin_rows..top_margin_rows + top_rows]);
    }
    if bottom_rows > 0 {
        let top = view - bottom_margin_rows - bottom_rows;
        new[top..top + bottom_rows].copy_from_slice(&old[top..top + bottom_rows]);
    }
    new
}

/// Every step that is legal for a view, with kept rows.
fn legal_steps(view: usize) -> Vec<Step> {
    let most = i32::try_from(view).unwrap();
    let mut steps = Vec::new();
    for rows in 1 - most..most {
        for code in 0..most.pow(4) {
            let numbers = [code % most, code / most % most, code / most / most % most, code / most / most / most];
            if let Ok(step) = Step::new(view, rows, numbers) {
                steps.push(step);
            }
        }
    }
    steps
}

/// All rings that any sequence of `steps` leads to.
fn reachable(first: Ring, steps: &[Step]) -> Vec<Ring> {
    let mut seen = HashSet::new();
    let mut found = vec![first];
    seen.insert(first);
    let mut next = 0;
    while next < found.len() {
        for step in steps {
            let ring = found[next].plan(step, true).ring;
            if seen.insert(ring) {
                found.push(ring);
            }
        }
        next += 1;
    }
    found
}

#[test]
fn every_legal_step_gives_the_promised_rows() {
    let mut checked = 0_u64;
    for view in 2..=9 {
        let steps = legal_steps(view);
        let expectations: Vec<Vec<u32>> = steps.iter().map(|step| expected(view, step)).collect();
        for capacity in view + 1..=view * 3 {
            let Some(first) = Ring::new(view, capacity) else { continue };
            for ring in reachable(first, &steps) {
                for (step, expected) in steps.iter().zip(&expectations) {
                    for may_move in [true, false] {
                        let mut rows = Rows::around(&ring);
                        let plan = ring.plan(step, may_move);
                        rows.apply(plan.operations(), plan.ring.extent());
                        assert!(plan.ring.extent() <= capacity);
                        assert_eq!(rows.view(&plan.ring), expected, "{ring:?} {step:?} {plan:?}");
                        assert!(may_move || plan.ring == ring);
                        checked += 1;
                    }
                }
            }
        }
    }
    println!("{checked} steps checked row by row");
    assert!(checked > 10_000_000);
}

#[test]
fn no_row_lies_outside_and_turning_round_costs_one_wrap() {
    let mut transitions = 0_u64;
    for view in 2..=72_usize {
        let most = i32::try_from(view).unwrap();
        let steps: Vec<Step> = (1 - most..most).filter_map(|rows| Step::new(view, rows, [0, 0, 0, 0]).ok()).collect();
        for capacity in (view + 1..=view * 2).chain([view * 3]) {
            let Some(first) = Ring::new(view, capacity) else { continue };
            for ring in reachable(first, &steps) {
                for step in &steps {
                    check_bounds(&ring, step, capacity);
                    transitions += 1;
                }
            }
        }
    }
    println!("{transitions} steps checked for bounds and wraps");
    assert!(transitions > 100_000_000);
}

fn check_bounds(ring: &Ring, step: &Step, capacity: usize) {
    let plan = ring.plan(step, true);
    assert!(plan.ring.offset() + plan.ring.view() <= plan.ring.extent());
    assert!(plan.ring.extent() <= capacity && plan.ring.extent() >= ring.extent());
    for operation in plan.operations() {
        match operation {
            Operation::Copy { from, to, rows } => assert!(from + rows <= capacity && to + rows <= capacity),
            Operation::Zero { from, rows } => {
                assert!(from >= plan.ring.offset());
                assert!(from + rows <= plan.ring.offset() + plan.ring.view());
            }
        }
    }
    if plan.motion == Motion::Wrap {
        let back = Step { direction: opposite(step.direction), ..*step };
        assert_eq!(plan.ring.plan(&back, true).motion, Motion::Shift, "wrapped twice: {ring:?} {step:?}");
        assert_eq!(plan.ring.plan(step, true).motion, Motion::Shift, "wrapped twice: {ring:?} {step:?}");
    }
}

fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Up => Direction::Down,
        Direction::Down => Direction::Up,
    }
}

/// After a wrap there is room for the next step, whichever way it goes: that can be had for half the slack, and not for more.
#[test]
fn a_step_of_half_the_slack_still_wraps() {
    let step_of = |rows| Step::new(100, rows, [0; 4]).unwrap();
    let mut ring = Ring::new(100, 200).unwrap();
    for _ in 0..1000 {
        ring = ring.plan(&step_of(10), true).ring;
    }
    while ring.offset() <= 50 {
        ring = ring.plan(&step_of(10), true).ring;
    }
    assert_eq!(ring.extent(), 200);
    assert_eq!(ring.plan(&step_of(50), true).motion, Motion::Wrap);
    assert_eq!(ring.plan(&step_of(51), true).motion, Motion::InPlace);
}

/// Half a view of slack while there are other rings for the window, and all again afterwards.
#[test]
fn rings_share_by_making_do_with_less() {
    let mut ring = Ring::new(100, 200).unwrap();
    assert_eq!((ring.capacity(), ring.extent(), ring.used_rows()), (200, 125, 125));
    assert!(ring.share(true), "it could have grown to 200");
    assert!(!ring.share(true) && !ring.share(false) && ring.share(true));
    let step = Step::new(100, 10, [0; 4]).unwrap();
    for _ in 0..1000 {
        ring = ring.plan(&step, true).ring;
    }
    assert_eq!(ring.extent(), 150, "it grows no more than that");
    assert!(!ring.share(true) && !ring.share(false));
    while ring.extent() < 200 || ring.offset() < 80 {
        ring = ring.plan(&step, true).ring;
    }
    let offset = ring.offset();
    assert!(ring.share(true), "what it used goes");
    assert_eq!((ring.extent(), ring.offset()), (150, offset));
    assert_eq!(ring.used_rows(), offset + 100, "the view stays where it is");
    assert!(!ring.share(true));
}

/// A view that follows another goes where a scroll leads, or wraps now if the next one would.
#[test]
fn a_view_that_follows_wraps_before_it_must() {
    let steps: Vec<Step> = (-7..8).filter_map(|rows| Step::new(8, rows, [0; 4]).ok()).collect();
    let mut wraps_early = 0;
    for capacity in 10..=16 {
        for ring in reachable(Ring::new(8, capacity).unwrap(), &steps) {
            assert_eq!(ring.follow(0, 3), (ring, Motion::Shift));
            for step in &steps {
                for next_rows in 0..8_usize {
                    let rows = isize::try_from(step.rows).unwrap();
                    let followed = ring.follow(if step.direction == Direction::Up { rows } else { -rows }, next_rows);
                    let plan = ring.plan(step, true);
                    let next = plan.ring.plan(&Step { rows: next_rows.max(1), ..*step }, true);
                    let is_early = plan.motion == Motion::Shift && next.motion == Motion::Wrap;
                    let expected = if is_early { &next } else { &plan };
                    assert_eq!(followed, (expected.ring, expected.motion), "{ring:?} {step:?} {next_rows}");
                    wraps_early += u32::from(is_early);
                }
            }
        }
    }
    assert!(wraps_early > 100);
}

/// The sizes that terminals have: a full lap both ways, with the number of wraps that a lap may cost.
#[test]
fn real_sizes_turn_once_a_lap() {
    for (view, rows) in [(384, 16), (500, 14), (1080, 20), (2160, 40), (4320, 80), (2160, 1079)] {
        let ring = Ring::new(view, view * 2).unwrap();
        for sign in [1, -1] {
            let step = Step::new(view, sign * rows, [0, 0, 0, 0]).unwrap();
            let mut warm = ring;
            for _ in 0..10_000 {
                warm = warm.plan(&step, true).ring;
            }
            assert_eq!(warm.extent(), view * 2, "the ring has grown to its capacity");
            let laps = 1000;
            let mut wraps = 0;
            for _ in 0..laps {
                let plan = warm.plan(&step, true);
                wraps += i32::from(plan.motion != Motion::Shift);
                warm = plan.ring;
            }
            let steps_a_lap = (i32::try_from(view).unwrap() * 31 / 32 / rows).max(1);
            assert!(wraps <= laps / steps_a_lap + 1, "{view} {rows}: {wraps} wraps in {laps} steps");
        }
    }
}

/// Wherever the view stands: after one wrap back, going up and down by less than half a view carries nothing.
#[test]
fn going_up_and_down_soon_turns_no_more() {
    let (view, rows) = (1080, 40);
    let steps = [rows, -rows].map(|rows| Step::new(view, rows, [0; 4]).unwrap());
    let mut ring = Ring::new(view, view * 2).unwrap();
    for _ in 0..1000 {
        ring = ring.plan(&steps[0], true).ring;
    }
    for position in 0..100 {
        ring = ring.plan(&steps[0], true).ring;
        let (mut here, mut wraps) = (ring, 0);
        for swing in 0..40 {
            for _ in 0..540 / rows {
                let plan = here.plan(&steps[(swing + 1) % 2], true);
                wraps += i32::from(plan.motion != Motion::Shift);
                here = plan.ring;
            }
        }
        assert!(wraps <= 2, "{wraps} wraps from position {position}");
    }
}

/// The offsets of steady scrolling come again each lap, so that their objects are made once.
#[test]
fn steady_scrolling_visits_the_same_offsets() {
    let step = Step::new(1080, 16, [0, 0, 0, 0]).unwrap();
    let mut ring = Ring::new(1080, 2160).unwrap();
    for _ in 0..1000 {
        ring = ring.plan(&step, true).ring;
    }
    let mut offsets = HashSet::new();
    for _ in 0..10_000 {
        ring = ring.plan(&step, true).ring;
        offsets.insert(ring.offset());
    }
    assert!(offsets.len() <= 68, "{} offsets", offsets.len());
}

#[test]
fn steps_that_make_no_sense_are_refused() {
    let refused = |rows, numbers| Step::new(100, rows, numbers).unwrap_err();
    assert_eq!(refused(0, [0; 4]), BadStep::NoRows);
    for rows in [100, -100, 101, i32::MAX, i32::MIN] {
        assert_eq!(refused(rows, [0; 4]), BadStep::TooManyRows);
    }
    for place in 0..4 {
        let mut numbers = [0; 4];
        numbers[place] = -1;
        assert_eq!(refused(1, numbers), BadStep::Negative);
        numbers[place] = i32::MIN;
        assert_eq!(refused(1, numbers), BadStep::Negative);
    }
    assert_eq!(refused(50, [0, 30, 0, 21]), BadStep::Overlap);
    assert_eq!(refused(1, [i32::MAX, 1, 0, 0]), BadStep::Overlap);
    assert_eq!(refused(1, [0, 0, i32::MAX, i32::MAX]), BadStep::Overlap);
    assert!(Step::new(100, 50, [0, 30, 0, 20]).is_ok());
    assert!(Step::new(100, 99, [5, 0, 5, 0]).is_ok(), "margins without kept rows keep nothing");
    assert!(Step::new(1, 1, [0; 4]).is_err());
}

#[test]
fn rings_that_are_too_small_are_refused() {
    assert!(Ring::new(1, 100).is_none());
    assert!(Ring::new(100, 50).is_none());
    assert!(Ring::new(100, 115).is_none());
    assert!(Ring::new(100, 116).is_some());
}

/// Two views; less where a ring of less stays in the cache and its view does.
#[test]
fn rings_of_middling_views_are_shorter() {
    const MIB: usize = 1024 * 1024;
    assert_eq!(wanted_ring_bytes(640 * 384 * 4), 2 * 640 * 384 * 4);
    assert_eq!(wanted_ring_bytes(7 * MIB), 14 * MIB);
    assert_eq!(wanted_ring_bytes(1920 * 1080 * 4), 14 * MIB);
    assert_eq!(wanted_ring_bytes(2560 * 1440 * 4), 2560 * 1440 * 4 / 2 * 3);
    assert_eq!(wanted_ring_bytes(16 * MIB), 24 * MIB);
    assert_eq!(wanted_ring_bytes(16 * MIB + 4), 32 * MIB + 8);
    assert_eq!(wanted_ring_bytes(usize::MAX), usize::MAX);
    for view_bytes in (4..64 * MIB).step_by(4099) {
        let ring_bytes = wanted_ring_bytes(view_bytes);
        assert!(ring_bytes >= view_bytes + view_bytes / 2 && ring_bytes <= 2 * view_bytes);
    }
}

/// With a stride that suits the steps, scrolling leads from page to page, wherever a stride does that costs no more than a
/// hundredth: lines of 8 to 64 rows, at 640 to 7680 pixels.
#[test]
fn offsets_are_whole_pages_where_a_stride_that_costs_little_makes_them_so() {
    const PAGE: usize = 4096;
    let alignment = StrideAlignment::new(256).unwrap();
    let mut suited = 0;
    for line_rows in 8..=64 {
        for width in (640..=7680).step_by(20) {
            let plain = round_up(width * 4, 256).unwrap();
            let stride = round_up(width * 4, alignment.suiting(width * 4, line_rows, PAGE).bytes()).unwrap();
            assert!(stride % 256 == 0 && stride - plain <= plain / 100);
            // Naively: every stride that would cost as little.
            let is_possible = (plain..=plain + plain / 100).step_by(256).any(|stride| stride * line_rows % PAGE == 0);
            assert_eq!(stride * line_rows % PAGE == 0, is_possible, "{line_rows} rows at {width} pixels");
            if is_possible && width % 320 == 0 {
                assert_scrolls_by_pages(stride, line_rows);
                suited += 1;
            }
        }
    }
    assert!(suited > 100);
}

fn assert_scrolls_by_pages(stride: usize, line_rows: usize) {
    let view = line_rows * 40 + 7;
    let mut ring = Ring::new(view, view * 2).unwrap();
    let mut lines = 1_usize;
    for turn in 0..200_usize {
        lines = (lines * 5 + turn) % 13 + 1;
        let direction = if turn % 37 < 30 { Direction::Up } else { Direction::Down };
        ring = ring.plan(&Step { rows: lines * line_rows, direction, kept: Kept::default() }, true).ring;
        assert_eq!(ring.offset() * stride % 4096, 0, "{line_rows} rows, stride {stride}, turn {turn}");
    }
}
