//! A terminal in small: it scrolls, draws what is new, and the compositor shows what the model says, frame by frame.

use std::ffi::c_ulong;

use millpond::limits::HELD_PER_GROUP_MAX;
use pixman::{Box32, Color, Operation};
use rust_tests::{Buffer, ReleasePolicy, Session};

const COOKIE: c_ulong = 7;
const FRAMES: usize = 400;

/// What the window should show.
struct Model {
    width: usize,
    pixels: Vec<u32>,
}

impl Model {
    fn new(width: usize, height: usize) -> Model {
        Model { width, pixels: vec![0; width * height] }
    }

    /// Moves the rows; the exposed ones are zero. Positive rows move the picture up.
    fn scroll(&mut self, rows: i32) {
        let distance = rows.unsigned_abs() as usize * self.width;
        if rows > 0 {
            self.pixels.drain(..distance);
            self.pixels.extend(std::iter::repeat_n(0, distance));
        } else {
            self.pixels.truncate(self.pixels.len() - distance);
            self.pixels.splice(..0, std::iter::repeat_n(0, distance));
        }
    }

    fn exposed(&self, rows: i32) -> std::ops::Range<usize> {
        let distance = rows.unsigned_abs() as usize * self.width;
        if rows > 0 { self.pixels.len() - distance..self.pixels.len() } else { 0..distance }
    }
}

/// The same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from((self.0 >> 20) % u64::from(limit)).unwrap()
    }

    /// Not zero, mostly small, either way.
    fn rows(&mut self, height: u32) -> i32 {
        let most = if self.below(10) == 0 { height - 1 } else { (height / 8).max(1) };
        let rows = 1 + i32::try_from(self.below(most)).unwrap();
        if self.below(4) == 0 { -rows } else { rows }
    }
}

/// Brings the pixels of a buffer up to the last frame, as its age demands.
fn bring_up_to_date(buffer: &mut Buffer<'_>, model: &Model, frame: usize) {
    if buffer.age() == 0 {
        assert!(
            buffer.pixels() == model.pixels,
            "frame {frame}: age 0, but the pixels are not those of the last frame"
        );
    } else {
        assert!(buffer.age() >= 2, "frame {frame}: age 1 is never returned");
        buffer.pixels().copy_from_slice(&model.pixels);
    }
}

/// Scrolls buffer and model. True if the library did it.
fn scroll(session: &Session, buffer: &mut Buffer<'_>, model: &mut Model, rows: i32, frame: usize) -> bool {
    let is_scrolled = session.scroll(buffer, rows);
    if !is_scrolled {
        assert!(buffer.pixels() == model.pixels, "frame {frame}: false, but the pixels have changed");
    }
    model.scroll(rows);
    if is_scrolled {
        assert!(buffer.pixels() == model.pixels, "frame {frame}: {rows} rows: not where they belong, or not zero");
    } else {
        buffer.pixels().copy_from_slice(&model.pixels);
    }
    is_scrolled
}

/// Draws the exposed rows in one colour, with the image that the library has made.
fn draw_exposed(buffer: &mut Buffer<'_>, model: &mut Model, rows: i32, blue: u32) {
    let exposed = model.exposed(rows);
    let [y1, y2] = [exposed.start, exposed.end].map(|pixel| i32::try_from(pixel / model.width).unwrap());
    let color = Color::new(0, 0x8080, u16::try_from(blue * 0x101).unwrap(), 0xffff);
    let box_of_rows = Box32 { x1: 0, y1, x2: i32::try_from(model.width).unwrap(), y2 };
    buffer.image(0).fill_boxes(Operation::Src, color, &[box_of_rows]).unwrap();
    model.pixels[exposed].fill(0xff00_8000 | blue);
}

/// Returns how many scrolls the library did.
fn run(session: &Session, width: u32, height: u32, is_scrollable: bool) -> usize {
    let [columns, lines] = [width, height].map(|side| i32::try_from(side).unwrap());
    let mut model = Model::new(width as usize, height as usize);
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut scrolls = 0;
    for frame in 0..FRAMES {
        let mut buffer = session.get(columns, lines, COOKIE, is_scrollable, 1).unwrap();
        bring_up_to_date(&mut buffer, &model, frame);
        let rows = numbers.rows(height);
        scrolls += usize::from(scroll(session, &mut buffer, &mut model, rows, frame));
        draw_exposed(&mut buffer, &mut model, rows, numbers.below(0x100));
        session.show(&mut buffer);
        assert!(session.frame().pixels == model.pixels, "frame {frame}: the compositor sees other pixels");
    }
    scrolls
}

#[test]
fn a_window_scrolls_under_every_policy_of_release() {
    use ReleasePolicy::{AtOnce, Late, OnReplace, OutOfOrder, Twice};
    for (policy, late_commits) in [(AtOnce, 0), (OnReplace, 0), (Late, 1), (Late, 3), (OutOfOrder, 0), (Twice, 0)] {
        for (width, height) in [(64, 48), (250, 130)] {
            let session = Session::start(policy, late_commits);
            let scrolls = run(&session, width, height, true);
            assert!(scrolls > FRAMES / 2, "{policy:?}: only {scrolls} of {FRAMES} scrolls were done");
            session.finish();
        }
    }
}

#[test]
fn a_buffer_that_cannot_scroll_says_so() {
    let session = Session::start(ReleasePolicy::OnReplace, 0);
    assert!(!session.get(64, 48, COOKIE, false, 1).unwrap().is_scrollable());
    assert_eq!(run(&session, 64, 48, false), 0);
    session.finish();
}

#[test]
fn a_buffer_that_the_compositor_holds_is_not_returned() {
    let session = Session::start(ReleasePolicy::ByHand, 0);
    let mut seen = std::collections::BTreeSet::new();
    for color in 1..HELD_PER_GROUP_MAX {
        let mut buffer = session.get(64, 48, COOKIE, true, 1).unwrap();
        assert!(seen.insert(buffer.identity()), "a buffer that the compositor holds was returned");
        buffer.pixels().fill(u32::try_from(color).unwrap());
        session.show(&mut buffer);
    }
    assert_eq!(session.counts().held as usize, seen.len());
    session.release_all();
    assert_eq!(session.counts().held, 0);
    let buffer = session.get(64, 48, COOKIE, true, 1).unwrap();
    assert!(seen.contains(&buffer.identity()), "there are enough to take from");
    session.finish();
}

#[test]
fn a_compositor_that_gives_nothing_back_costs_no_more_and_no_more() {
    let session = Session::start(ReleasePolicy::Never, 0);
    for color in 1..=300 {
        let mut buffer = session.get(64, 48, COOKIE, false, 1).unwrap();
        buffer.pixels().fill(color);
        session.show(&mut buffer);
        assert!(session.frame().pixels.iter().all(|pixel| *pixel == color), "frame {color}");
        let counts = session.counts();
        assert!(counts.buffers_live as usize <= HELD_PER_GROUP_MAX + 1, "frame {color}: {counts:?}");
        assert!(counts.pools_live as usize <= HELD_PER_GROUP_MAX + 1, "frame {color}: {counts:?}");
    }
    session.finish();
}
