//! Buffers that are shown in turn, each brought up to date from the newest, beside a picture that is redrawn in full.
//!
//! What the library does with files, mappings and a compositor is done here with rows of numbers: the rules of
//! `src/shm/catching_up.rs`, upon `scroll` and `life`. So a script takes microseconds.

use arbitrary::Arbitrary;
use millpond::life::{Candidate, Choice, Effect, Event, State};
use millpond::scroll::{Lag, Motion, Operation, Ring, Step};
use millpond::units::Rectangle;

use crate::scroll::scrolled;

const WIDTH_MAX: usize = 12;
const ROWS_MAX: usize = 40;
const BUFFERS_MAX: usize = 6;
/// Pixels that hold anything.
const ANYTHING: u32 = u32::MAX;

/// When the compositor gives back what was shown.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Policy {
    /// At once.
    AtOnce,
    /// When the next one is shown.
    OnReplace,
    /// When so many others were shown.
    Late(u8),
    /// Three together, the newest first.
    OutOfOrder,
    /// Never, but where the script says so.
    ByHand,
}

/// A window, and its frames.
#[derive(Arbitrary, Clone, Debug)]
pub struct Script {
    /// Pixels of a row.
    pub width: u8,
    /// Rows.
    pub rows: u8,
    /// Rows of a ring beyond those; 0: the buffers do not scroll.
    pub spare: u8,
    /// When buffers come back.
    pub policy: Policy,
    /// One after the other.
    pub frames: Vec<Frame>,
}

/// What is done in one frame.
#[derive(Arbitrary, Clone, Debug)]
pub struct Frame {
    /// This one comes back first, if there are so many.
    pub released: Option<u8>,
    /// In this order.
    pub acts: Vec<Act>,
}

/// What a program does to a buffer.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Act {
    /// Something is drawn, and recorded.
    Draw {
        /// Left, top, width, height.
        place: [u8; 4],
    },
    /// Very many small things are drawn.
    Crowd {
        /// Where they begin.
        first: u8,
    },
    /// The library scrolls.
    Scroll {
        /// By so many rows.
        rows: i8,
        /// Margins and kept rows.
        kept: [u8; 4],
    },
    /// The program moves the rows by itself, and records that.
    MoveByHand {
        /// By so many rows.
        rows: i8,
        /// Margins and kept rows.
        kept: [u8; 4],
    },
    /// Something is drawn that nobody knows of.
    DrawUnrecorded {
        /// Which pixel.
        pixel: u8,
    },
}

struct Buffer {
    state: State,
    ring: Option<Ring>,
    /// Rows of the ring.
    rows: Vec<Vec<u32>>,
    /// What it lacks of the newest.
    lag: Lag,
    handed_out_at: u64,
    age: u32,
}

struct World {
    width: usize,
    rows: usize,
    spare: usize,
    policy: Policy,
    buffers: Vec<Buffer>,
    /// The buffer of the frame before, and what that frame did.
    newest: Option<(usize, Lag)>,
    /// What is to be seen.
    screen: Vec<Vec<u32>>,
    /// Shown and not given back, the oldest first.
    held: Vec<usize>,
    requests: u64,
    next_number: u32,
}

/// Plays a script; panics where a buffer does not show what a full redraw does.
pub fn play(script: &Script) {
    let (width, rows) = (usize::from(script.width) % WIDTH_MAX + 1, usize::from(script.rows) % ROWS_MAX + 1);
    let mut world = World {
        width,
        rows,
        spare: usize::from(script.spare) % (2 * ROWS_MAX),
        policy: script.policy,
        buffers: Vec::new(),
        newest: None,
        screen: vec![vec![0; width]; rows],
        held: Vec::new(),
        requests: 0,
        next_number: 1,
    };
    for frame in script.frames.iter().take(60) {
        world.show(frame);
    }
}

impl World {
    fn show(&mut self, frame: &Frame) {
        if let Some(number) = frame.released.map(usize::from).filter(|number| *number < self.held.len()) {
            let index = self.held.remove(number);
            self.release(index);
        }
        let Some(index) = self.request() else { return };
        let mut done = Lag::none(self.width, self.rows);
        for act in frame.acts.iter().take(60) {
            self.act(index, &mut done, act);
        }
        assert!(self.buffers[index].view() == self.screen, "the buffer that was drawn shows something else");
        self.buffers[index].lag.clear();
        self.newest = Some((index, done));
        self.buffers[index].age = 0;
        self.held.push(index);
        self.give_back();
    }

    fn release(&mut self, index: usize) {
        let (state, effect) = self.buffers[index].state.after(Event::Release);
        assert_eq!(effect, Effect::None);
        self.buffers[index].state = state;
    }

    fn give_back(&mut self) {
        let keeps = match self.policy {
            Policy::AtOnce => 0,
            Policy::OnReplace => 1,
            Policy::Late(commits) => 1 + usize::from(commits % 4),
            Policy::OutOfOrder if self.held.len() >= 3 => 0,
            Policy::OutOfOrder | Policy::ByHand => usize::MAX,
        };
        let count = self.held.len().saturating_sub(keeps);
        let mut released: Vec<usize> = self.held.drain(..count).collect();
        if matches!(self.policy, Policy::OutOfOrder) {
            released.reverse();
        }
        released.into_iter().for_each(|index| self.release(index));
    }

    /// None: too many are held.
    fn request(&mut self) -> Option<usize> {
        self.requests += 1;
        let mut choice = Choice::new();
        for (index, buffer) in self.buffers.iter().enumerate() {
            let Buffer { state, age, handed_out_at, .. } = *buffer;
            choice.consider(Candidate { index, state, is_match: true, picture_bytes: 1, age, handed_out_at });
        }
        let index = match choice.reuse() {
            Some(index) => index,
            None if self.buffers.len() == BUFFERS_MAX => return None,
            None => self.make(),
        };
        self.end_frame();
        for (_, other) in self.buffers.iter_mut().enumerate().filter(|(other, _)| *other != index) {
            other.age += 1;
        }
        let (state, effect) = self.buffers[index].state.after(Event::HandOut);
        assert_eq!(effect, Effect::None);
        (self.buffers[index].state, self.buffers[index].handed_out_at) = (state, self.requests);
        self.bring_up_to_date(index);
        Some(index)
    }

    fn make(&mut self) -> usize {
        let ring = Ring::new(self.rows, self.rows + self.spare).filter(|_| self.spare > 0);
        let mut lag = Lag::none(self.width, self.rows);
        lag.forget();
        let rows = vec![vec![0; self.width]; ring.map_or(self.rows, |ring| ring.capacity())];
        self.buffers.push(Buffer { state: State::Idle, ring, rows, lag, handed_out_at: 0, age: 0 });
        let is_shared = self.buffers.len() > 1;
        for ring in self.buffers.iter_mut().filter_map(|buffer| buffer.ring.as_mut()) {
            ring.share(is_shared);
        }
        self.buffers.len() - 1
    }

    /// What the last frame did is what all others lack.
    fn end_frame(&mut self) {
        let Some((newest, done)) = &self.newest else { return };
        for (_, buffer) in self.buffers.iter_mut().enumerate().filter(|(index, _)| index != newest) {
            buffer.lag.append(done);
        }
    }

    fn bring_up_to_date(&mut self, index: usize) {
        let newest = self.newest.map(|(newest, _)| newest);
        if newest == Some(index) {
            return assert!(self.buffers[index].view() == self.screen, "the newest buffer has changed");
        }
        let source = newest.map_or_else(|| self.screen.clone(), |newest| self.buffers[newest].view().to_vec());
        assert!(source == self.screen, "the newest buffer has changed");
        let buffer = &mut self.buffers[index];
        if !buffer.follow(&source) {
            // The program copies all of it.
            buffer.view_mut().clone_from_slice(&source);
        }
        assert!(buffer.view() == self.screen, "not caught up: {:?}", buffer.lag);
        buffer.lag.clear();
    }

    fn act(&mut self, index: usize, done: &mut Lag, act: &Act) {
        match *act {
            Act::Draw { place } => self.draw(index, Some(done), self.rectangle(place)),
            Act::Crowd { first } => {
                for number in 0..70 {
                    let pixel = (usize::from(first) + number * 7) % (self.width * self.rows);
                    self.draw(index, Some(done), self.one_pixel(pixel));
                }
            }
            Act::Scroll { rows, kept } => self.scroll(index, done, rows, kept, false),
            Act::MoveByHand { rows, kept } => self.scroll(index, done, rows, kept, true),
            Act::DrawUnrecorded { pixel } => {
                self.draw(index, None, self.one_pixel(usize::from(pixel) % (self.width * self.rows)));
                done.forget();
            }
        }
    }

    fn rectangle(&self, place: [u8; 4]) -> Rectangle {
        let [left, top, width, height] = place.map(usize::from);
        let (left, top) = (left % self.width, top % self.rows);
        let (right, bottom) = (left + 1 + width % (self.width - left), top + 1 + height % (self.rows - top));
        Rectangle { left, top, right, bottom }
    }

    fn one_pixel(&self, pixel: usize) -> Rectangle {
        let (left, top) = (pixel % self.width, pixel / self.width);
        Rectangle { left, top, right: left + 1, bottom: top + 1 }
    }

    fn draw(&mut self, index: usize, done: Option<&mut Lag>, rectangle: Rectangle) {
        let number = self.next_number;
        self.next_number += 1;
        for rows in [&mut self.screen[..], self.buffers[index].view_mut()] {
            for row in &mut rows[rectangle.top..rectangle.bottom] {
                row[rectangle.left..rectangle.right].fill(number);
            }
        }
        if let Some(done) = done {
            done.draw(rectangle);
        }
    }

    fn scroll(&mut self, index: usize, done: &mut Lag, rows: i8, kept: [u8; 4], is_by_hand: bool) {
        let Ok(step) = Step::new(self.rows, i32::from(rows), kept.map(i32::from)) else { return };
        let expected = zeroed(scrolled(&self.screen, &step), self.width);
        let buffer = &mut self.buffers[index];
        if is_by_hand || buffer.ring.is_none() {
            buffer.view_mut().clone_from_slice(&expected);
            done.draw_moved(&step);
        } else {
            buffer.scroll(&step);
            done.scroll(&step);
        }
        self.screen = expected;
        assert!(self.buffers[index].view() == self.screen, "{step:?}");
    }
}

/// Rows that come in have no pixels yet.
fn zeroed(mut rows: Vec<Vec<u32>>, width: usize) -> Vec<Vec<u32>> {
    rows.iter_mut().for_each(|row| row.resize(width, 0));
    rows
}

impl Buffer {
    fn offset(&self) -> usize {
        self.ring.map_or(0, |ring| ring.offset())
    }

    fn height(&self) -> usize {
        self.ring.map_or(self.rows.len(), |ring| ring.view())
    }

    fn view(&self) -> &[Vec<u32>] {
        &self.rows[self.offset()..self.offset() + self.height()]
    }

    fn view_mut(&mut self) -> &mut [Vec<u32>] {
        let (offset, height) = (self.offset(), self.height());
        &mut self.rows[offset..offset + height]
    }

    fn scroll(&mut self, step: &Step) {
        let Some(ring) = self.ring else { return };
        let plan = ring.plan(step, true);
        for operation in plan.operations() {
            match operation {
                Operation::Copy { from, to, rows } => {
                    let source = self.rows[from..from + rows].to_vec();
                    self.rows[to..to + rows].clone_from_slice(&source);
                }
                Operation::Zero { from, rows } => {
                    self.rows[from..from + rows].iter_mut().for_each(|row| row.fill(0));
                }
            }
        }
        self.ring = Some(plan.ring);
    }

    /// What it lacks is made up for, from the newest. False: that is not known.
    fn follow(&mut self, newest: &[Vec<u32>]) -> bool {
        let lag = self.lag;
        let Some(how) = lag.catching_up() else { return false };
        let has_moved = match self.ring {
            Some(ring) => {
                let (ring, motion) = ring.follow(how.shift, how.rows_per_frame());
                self.ring = Some(ring);
                motion == Motion::Shift
            }
            None => how.shift == 0,
        };
        if has_moved {
            self.spoil_rows_from_outside(how.shift);
        } else {
            self.view_mut().iter_mut().for_each(|row| row.fill(ANYTHING));
        }
        let how = if has_moved { how } else { how.by_copying_all() };
        let (width, pixels) = (newest[0].len(), newest.concat());
        let mut copied = self.view().concat();
        how.for_each_run(|runs| {
            for start in (0..runs.count).map(|run| runs.start + run * width) {
                copied[start..start + runs.length].copy_from_slice(&pixels[start..start + runs.length]);
            }
        });
        for (row, copied) in self.view_mut().iter_mut().zip(copied.chunks(width)) {
            row.copy_from_slice(copied);
        }
        true
    }

    /// Nobody may rely on what stands beside the view.
    fn spoil_rows_from_outside(&mut self, shift: isize) {
        let rows = shift.unsigned_abs().min(self.height());
        let exposed = if shift > 0 { self.height() - rows..self.height() } else { 0..rows };
        self.view_mut()[exposed].iter_mut().for_each(|row| row.fill(ANYTHING));
    }
}
