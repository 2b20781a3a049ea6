//! A window, what it showed, and what its next buffer must show.

use std::collections::VecDeque;
use std::slice;

use millpond::scroll::Step;

use super::face::{Face, RawBuffer, Seen};
use crate::scroll::scrolled;

/// As many as are told apart.
const HISTORY_FRAMES: usize = 8;
const AGE_OF_NEW: u32 = 1234;

pub(super) struct Window {
    /// The size that its next frame has.
    wanted: (usize, usize),
    pub(super) width: usize,
    pub(super) height: usize,
    /// What the last frame shows, whether it was shown or not.
    pub(super) picture: Vec<u32>,
    /// The buffer of that frame. None: the next one is drawn from nothing.
    pub(super) last: Option<*mut RawBuffer>,
    /// The pictures of the last frames, the newest first, with the size that the window has.
    history: VecDeque<Vec<u32>>,
}

impl Window {
    pub(super) fn new(width: usize, height: usize) -> Window {
        let wanted = (width, height);
        Window { wanted, width, height, picture: vec![0; width * height], last: None, history: VecDeque::new() }
    }

    /// What was shown is of no use for the next frame.
    pub(super) fn forget(&mut self) {
        self.last = None;
        self.history.clear();
    }

    /// Nobody hears of a size that no frame has.
    pub(super) fn set_size(&mut self, size: (usize, usize)) {
        self.wanted = size;
    }

    pub(super) fn begin_frame(&mut self) {
        if self.wanted != (self.width, self.height) {
            *self = Window::new(self.wanted.0, self.wanted.1);
        }
    }

    /// Nobody draws into the buffer that was returned last.
    pub(super) fn check_last(&self, face: Face) {
        if let Some(last) = self.last {
            assert!(self.shows(&face.look(last), &self.picture), "the last buffer has changed");
        }
    }

    /// What a buffer that was just returned is like, and what its pixels are worth.
    pub(super) fn check_returned(&self, face: Face, seen: &Seen) {
        assert_eq!((side(seen.width), side(seen.height)), (self.width, self.height));
        assert!(!seen.data.is_null() && !seen.wl_buffer.is_null() && seen.is_recorded == 0, "{seen:?}");
        match (seen.age, self.last) {
            (AGE_OF_NEW, _) => assert!(self.shows(seen, &vec![0; self.picture.len()]), "a new buffer is not zero"),
            (0, Some(_)) => assert!(self.shows(seen, &self.picture), "age 0, and it is not what was shown last"),
            (age, None) => assert!(age >= 2, "age {age} where nothing was shown before"),
            (age, Some(_)) => self.check_age(face, age, seen),
        }
    }

    fn check_age(&self, face: Face, age: u32, seen: &Seen) {
        assert!(age != 1 || face.knows_single_frames(), "a program that gets it wrong is told of one frame");
        let before = self.history.get(usize::try_from(age).unwrap());
        if let Some(before) = before.filter(|_| face.knows_single_frames()) {
            assert!(self.shows(seen, before), "age {age}, and it is not what was shown then");
        }
    }

    pub(super) fn shows(&self, seen: &Seen, picture: &[u32]) -> bool {
        (0..self.height).all(|row| self.row(seen, row) == &picture[row * self.width..][..self.width])
    }

    fn row<'pixels>(&self, seen: &Seen, row: usize) -> &'pixels mut [u32] {
        let start = seen.data.cast::<u8>().wrapping_add(row * side(seen.stride));
        // SAFETY: a row of a live buffer of this size, which nothing else refers to.
        unsafe { slice::from_raw_parts_mut(start.cast(), self.width) }
    }

    /// The buffer shows what the window does.
    pub(super) fn copy_to(&self, seen: &Seen) {
        for row in 0..self.height {
            self.row(seen, row).copy_from_slice(&self.picture[row * self.width..][..self.width]);
        }
    }

    /// Left, top, width, height.
    pub(super) fn place(&self, place: [u8; 4]) -> [usize; 4] {
        let [left, top, width, height] = place.map(usize::from);
        let (left, top) = (left % self.width, top % self.height);
        [left, top, 1 + width % (self.width - left), 1 + height % (self.height - top)]
    }

    pub(super) fn draw(&mut self, seen: &Seen, [left, top, width, height]: [usize; 4], number: u32) {
        for row in top..top + height {
            self.picture[row * self.width + left..][..width].fill(number);
            self.row(seen, row)[left..left + width].fill(number);
        }
    }

    pub(super) fn scroll(&mut self, step: &Step) {
        let rows: Vec<Vec<u32>> = self.picture.chunks(self.width).map(<[u32]>::to_vec).collect();
        let moved = scrolled(&rows, step);
        let empty = vec![0; self.width];
        self.picture = moved.iter().flat_map(|row| if row.is_empty() { &empty } else { row }).copied().collect();
    }

    pub(super) fn end_frame(&mut self, buffer: *mut RawBuffer) {
        self.last = Some(buffer);
        self.history.push_front(self.picture.clone());
        self.history.truncate(HISTORY_FRAMES);
    }
}

pub(super) fn side(number: i32) -> usize {
    usize::try_from(number).expect("no size is negative")
}
