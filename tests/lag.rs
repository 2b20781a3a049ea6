//! Catching up, against pictures whose pixels are numbers: what a lag says is carried out, and the pictures are compared.

use millpond::scroll::{Direction, Lag, Step};
use millpond::units::Rectangle;

/// A picture of numbers. 0 is zero, and no pixel is drawn twice in the same number.
#[derive(Clone, PartialEq, Debug)]
struct Picture {
    width: usize,
    rows: Vec<Vec<u32>>,
}

impl Picture {
    fn new(width: usize, rows: usize) -> Picture {
        let number = |index: usize| u32::try_from(index + 1).unwrap();
        let rows = (0..rows).map(|y| (0..width).map(|x| number(y * width + x)).collect()).collect();
        Picture { width, rows }
    }

    fn draw(&mut self, rectangle: &Rectangle, number: u32) {
        for row in &mut self.rows[rectangle.top..rectangle.bottom] {
            row[rectangle.left..rectangle.right].fill(number);
        }
    }

    /// What `shm.h` promises, row by row.
    fn scroll(&mut self, step: &Step) {
        let old = self.rows.clone();
        let kept = &step.kept;
        for (y, row) in self.rows.iter_mut().enumerate() {
            let is_kept_top = (kept.top_margin_rows..kept.top_margin_rows + kept.top_rows).contains(&y);
            let bottom_end = old.len() - kept.bottom_margin_rows.min(old.len());
            let is_kept_bottom = (bottom_end - kept.bottom_rows.min(bottom_end)..bottom_end).contains(&y);
            let source = match step.direction {
                _ if is_kept_top || is_kept_bottom => Some(y),
                Direction::Up => Some(y + step.rows),
                Direction::Down => y.checked_sub(step.rows),
            };
            *row = source.and_then(|source| old.get(source)).cloned().unwrap_or_else(|| vec![0; self.width]);
        }
    }

    /// Carries out what a lag says. Rows from outside are spoilt. Returns the pixels that were copied.
    fn catch_up(&mut self, lag: &Lag, newer: &Picture, copies_all: bool) -> usize {
        let catching_up = lag.catching_up().unwrap();
        let catching_up = if copies_all { catching_up.by_copying_all() } else { catching_up };
        let old = self.rows.clone();
        for (y, row) in self.rows.iter_mut().enumerate() {
            let source = y.checked_add_signed(catching_up.shift).and_then(|source| old.get(source));
            *row = source.cloned().unwrap_or_else(|| vec![u32::MAX; self.width]);
        }
        let (mut pixels, mut pixels_in_runs) = (0, 0);
        catching_up.for_each_copy(|rectangle| {
            assert!(!rectangle.is_empty() && lag.whole().contains(&rectangle));
            pixels += rectangle.pixels();
        });
        catching_up.for_each_run(|runs| {
            assert!(runs.count > 0 && runs.length > 0);
            pixels_in_runs += runs.count * runs.length;
            for run in 0..runs.count {
                for pixel in runs.start + run * self.width..runs.start + run * self.width + runs.length {
                    self.rows[pixel / self.width][pixel % self.width] =
                        newer.rows[pixel / self.width][pixel % self.width];
                }
            }
        });
        assert_eq!(pixels, pixels_in_runs);
        pixels
    }
}

fn legal_steps(rows: usize) -> Vec<Step> {
    let most = i32::try_from(rows).unwrap();
    let mut steps = Vec::new();
    for step in (-most..=most).filter(|step| *step != 0) {
        for numbers in 0..(most * most * most * most) {
            let [a, b, c, d] =
                [numbers % most, numbers / most % most, numbers / most / most % most, numbers / most / most / most];
            steps.extend(Step::new(rows, step, [a, b, c, d]));
        }
    }
    steps
}

/// A small random number, always the same ones.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn rectangle(&mut self, width: usize, rows: usize) -> Rectangle {
        let (left, top) = (self.below(width), self.below(rows));
        let (right, bottom) = (left + 1 + self.below(width - left), top + 1 + self.below(rows - top));
        Rectangle { left, top, right, bottom }
    }
}

#[test]
fn every_pair_of_steps_is_made_up_for() {
    for rows in 2..=5 {
        let steps = legal_steps(rows);
        for first in &steps {
            for second in &steps {
                let older = Picture::new(1, rows);
                let mut newer = older.clone();
                let mut lag = Lag::none(1, rows);
                for step in [first, second] {
                    newer.scroll(step);
                    lag.scroll(step);
                }
                let mut caught_up = older.clone();
                let copied = caught_up.catch_up(&lag, &newer, false);
                assert_eq!(caught_up, newer, "{first:?} {second:?}");
                assert!(copied <= rows);
            }
        }
    }
}

/// What a program does in some frames: draws, scrolls, draws. Returns what was scrolled and drawn.
fn random_frame(random: &mut Random, newer: &mut Picture, steps: &[Step], most: usize) -> Lag {
    let mut frame = Lag::none(newer.width, newer.rows.len());
    for _ in 0..random.below(most) {
        if random.below(3) == 0 {
            let step = &steps[random.below(steps.len())];
            newer.scroll(step);
            frame.scroll(step);
        } else {
            let rectangle = random.rectangle(newer.width, newer.rows.len());
            newer.draw(&rectangle, u32::try_from(1000 + random.below(1_000_000)).unwrap());
            frame.draw(rectangle);
        }
    }
    frame
}

#[test]
fn random_frames_are_made_up_for() {
    let mut random = Random(1);
    let steps = legal_steps(6);
    for turn in 0..40_000 {
        let older = Picture::new(7, 6);
        let mut newer = older.clone();
        let mut lag = Lag::none(7, 6);
        // Now and then more of everything than is kept apart.
        let most = if turn % 10 == 0 { 120 } else { 8 };
        for _ in 0..1 + random.below(3) {
            let frame = random_frame(&mut random, &mut newer, &steps, most);
            lag.append(&frame);
        }
        let mut caught_up = older.clone();
        caught_up.catch_up(&lag, &newer, turn % 7 == 0);
        assert_eq!(caught_up, newer, "turn {turn}");
    }
}

#[test]
fn what_was_drawn_is_copied_and_nothing_else() {
    let mut lag = Lag::none(100, 50);
    lag.draw(Rectangle { left: 10, top: 20, right: 30, bottom: 25 });
    lag.draw(Rectangle { left: 12, top: 21, right: 13, bottom: 22 });
    lag.draw(Rectangle { left: 90, top: 45, right: 400, bottom: 300 });
    let mut pixels = 0;
    lag.catching_up().unwrap().for_each_copy(|rectangle| pixels += rectangle.pixels());
    assert_eq!(pixels, 20 * 5 + 10 * 5);
    assert_eq!(lag.catching_up().unwrap().shift, 0);
}

/// The list is shorter than this, and what it says may be coarser, but nothing is left out.
#[test]
fn of_many_rectangles_none_is_forgotten() {
    let mut lag = Lag::none(200, 200);
    let drawn =
        (0..100).map(|at| Rectangle { left: 2 * at, top: at * 37 % 199, right: 2 * at + 1, bottom: at * 37 % 199 + 1 });
    drawn.clone().for_each(|rectangle| lag.draw(rectangle));
    let mut copied = Vec::new();
    lag.catching_up().unwrap().for_each_copy(|rectangle| copied.push(rectangle));
    assert!(copied.len() < 100);
    for rectangle in drawn {
        assert!(copied.iter().any(|copied| copied.contains(&rectangle)), "{rectangle:?}");
    }
}

/// The list is full with these, and one more goes to the one that grows least by it: neither to the smallest nor to the
/// largest for being so.
#[test]
fn what_is_one_too_many_is_put_to_what_grows_least() {
    let pixel = |left, top| Rectangle { left, top, right: left + 1, bottom: top + 1 };
    let copied_after = |large: Rectangle, small: Rectangle, one_more: Rectangle| {
        let mut lag = Lag::none(400, 400);
        (0..30).for_each(|at| lag.draw(pixel(399, 370 + at)));
        [large, small, one_more].iter().for_each(|rectangle| lag.draw(*rectangle));
        let mut copied = Vec::new();
        lag.catching_up().unwrap().for_each_copy(|rectangle| copied.push(rectangle));
        assert_eq!(copied.len(), 32);
        [copied[30], copied[31]]
    };
    let large = Rectangle { left: 100, top: 100, right: 120, bottom: 120 };
    let beside = Rectangle { left: 120, right: 121, ..large };
    assert_eq!(copied_after(large, pixel(125, 100), beside), [Rectangle { right: 121, ..large }, pixel(125, 100)]);
    let large = Rectangle { left: 100, top: 0, right: 200, bottom: 100 };
    assert_eq!(copied_after(large, pixel(50, 0), pixel(60, 0)), [large, Rectangle { right: 61, ..pixel(50, 0) }]);
}

#[test]
fn what_lies_in_something_larger_is_copied_with_it() {
    let mut lag = Lag::none(100, 50);
    let large = Rectangle { left: 10, top: 10, right: 20, bottom: 20 };
    let aside = Rectangle { left: 30, top: 10, right: 40, bottom: 20 };
    for rectangle in [Rectangle { right: 15, ..large }, aside, Rectangle { top: 15, ..large }, large] {
        lag.draw(rectangle);
    }
    let mut copied = Vec::new();
    lag.catching_up().unwrap().for_each_copy(|rectangle| copied.push(rectangle));
    assert_eq!(copied, [aside, large]);
}

#[test]
fn after_a_clearance_nothing_is_copied() {
    let mut lag = Lag::none(10, 10);
    let mut frame = Lag::none(10, 10);
    frame.scroll(&Step::new(10, 3, [0; 4]).unwrap());
    frame.draw(frame.whole());
    lag.append(&frame);
    assert!(lag.is_known());
    lag.forget();
    assert!(!lag.is_known());
    lag.clear();
    assert!(lag.is_known());
    let catching_up = lag.catching_up().unwrap();
    assert_eq!((catching_up.shift, catching_up.rows_per_frame()), (0, 0));
    catching_up.for_each_copy(|rectangle| panic!("{rectangle:?} is copied"));
    lag.append(&frame);
    assert_eq!(lag.catching_up().unwrap().rows_per_frame(), 3);
}

#[test]
fn margins_are_copied_once_a_row() {
    let mut lag = Lag::none(100, 50);
    lag.draw(Rectangle { left: 0, top: 10, right: 3, bottom: 50 });
    lag.draw(Rectangle { left: 95, top: 10, right: 100, bottom: 50 });
    let mut runs = Vec::new();
    lag.catching_up().unwrap().for_each_run(|found| runs.push((found.start, found.length, found.count)));
    assert_eq!(runs, [(1000, 3, 1), (1095, 8, 39), (4995, 5, 1)]);
}

#[test]
fn a_scroll_of_a_line_copies_the_line() {
    let mut lag = Lag::none(100, 50);
    lag.scroll(&Step::new(50, 4, [0, 0, 0, 0]).unwrap());
    lag.draw(Rectangle { left: 0, top: 46, right: 100, bottom: 50 });
    let catching_up = lag.catching_up().unwrap();
    let mut pixels = 0;
    catching_up.for_each_copy(|rectangle| pixels += rectangle.pixels());
    assert_eq!((catching_up.shift, pixels), (4, 400));
}

#[test]
fn there_and_back_copies_what_was_lost_on_the_way() {
    let mut lag = Lag::none(10, 50);
    lag.scroll(&Step::new(50, 4, [0, 0, 0, 0]).unwrap());
    lag.scroll(&Step::new(50, -4, [0, 0, 0, 0]).unwrap());
    let catching_up = lag.catching_up().unwrap();
    let mut pixels = 0;
    catching_up.for_each_copy(|rectangle| pixels += rectangle.pixels());
    assert_eq!((catching_up.shift, pixels), (0, 40));
}

#[test]
fn what_nobody_knows_stays_unknown() {
    let mut lag = Lag::none(10, 10);
    let mut unknown = Lag::none(10, 10);
    unknown.forget();
    lag.append(&unknown);
    lag.append(&Lag::none(10, 10));
    assert!(lag.catching_up().is_none());
    for (width, rows) in [(10, 11), (11, 10), (9, 9)] {
        let mut other_size = Lag::none(10, 10);
        other_size.append(&Lag::none(width, rows));
        assert!(!other_size.is_known());
    }
}

/// Where a scroll counts as drawing, all rows are drawn but those that were kept.
#[test]
fn a_scroll_that_counts_as_drawing_leaves_out_what_was_kept() {
    const ROWS: usize = 7;
    for step in legal_steps(ROWS) {
        let mut lag = Lag::none(3, ROWS);
        lag.draw_moved(&step);
        let mut is_copied = [false; ROWS];
        lag.catching_up().unwrap().for_each_copy(|rectangle| {
            assert_eq!((rectangle.left, rectangle.right), (0, 3));
            is_copied[rectangle.top..rectangle.bottom].fill(true);
        });
        let kept = &step.kept;
        let is_kept = |y: usize| {
            let from_below = ROWS - 1 - y;
            (kept.top_margin_rows..kept.top_margin_rows + kept.top_rows).contains(&y)
                || (kept.bottom_margin_rows..kept.bottom_margin_rows + kept.bottom_rows).contains(&from_below)
        };
        assert!((0..ROWS).all(|y| is_copied[y] != is_kept(y)), "{step:?}: {is_copied:?}");
    }
}

#[test]
fn rows_are_counted_by_frame() {
    let step = Step::new(100, 6, [0; 4]).unwrap();
    let (mut lag, mut frame) = (Lag::none(10, 100), Lag::none(10, 100));
    assert_eq!(lag.catching_up().unwrap().rows_per_frame(), 0);
    frame.scroll(&step);
    for _ in 0..3 {
        lag.append(&frame);
        assert_eq!(lag.catching_up().unwrap().rows_per_frame(), 6);
    }
    let mut copied = Vec::new();
    let all = lag.catching_up().unwrap().by_copying_all();
    all.for_each_copy(|rectangle| copied.push(rectangle));
    assert_eq!((all.shift, copied), (0, vec![lag.whole()]));
}

/// More than a quarter, and nothing moves.
#[test]
fn much_is_left_to_the_program() {
    let mut lag = Lag::none(8, 8);
    lag.draw(Rectangle { left: 2, top: 3, right: 6, bottom: 7 });
    assert!(!lag.catching_up().unwrap().is_mostly_copying(), "a quarter");
    lag.draw(Rectangle { left: 0, top: 0, right: 1, bottom: 1 });
    assert!(lag.catching_up().unwrap().is_mostly_copying(), "and a pixel");
    let mut moved = Lag::none(8, 8);
    moved.scroll(&Step::new(8, 5, [0; 4]).unwrap());
    assert!(!moved.catching_up().unwrap().is_mostly_copying(), "what moves is not for the program");
}
