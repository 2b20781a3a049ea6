//! What is known of one buffer's pixels, where others are shown in turn with it.

use alloc::boxed::Box;

use crate::os::try_box;
use crate::scroll::{Lag, Step};
use crate::units::{Picture, Rectangle};

use super::{DrawnMark, Handle, RecordedScrolls};

/// What is known of a buffer's pixels, beside others of its kind.
#[derive(Debug)]
pub(super) struct Record {
    /// What they lack of the newest ones.
    pub(super) lag: Lag,
    /// What has happened to them since they were handed out.
    pub(super) frame: Lag,
    scrolls: usize,
    /// So many scrolls are the last frame's, which the program does again.
    replays_left: usize,
    /// True if pixels may have been moved in a way that was not seen.
    has_lost_track: bool,
    /// True from the request that hands the buffer out to the next one of its group.
    pub(super) is_open: bool,
    /// What the program had recorded when its frame ended.
    pub(super) mark: DrawnMark,
}

impl Record {
    /// Nothing is known yet. None: no memory.
    pub(super) fn new(picture: &Picture) -> Option<Box<Record>> {
        let frame = Lag::none(picture.stride_pixels(), picture.rows());
        let mut lag = frame;
        lag.forget();
        try_box(Record {
            lag,
            frame,
            scrolls: 0,
            replays_left: 0,
            has_lost_track: false,
            is_open: false,
            mark: DrawnMark::default(),
        })
    }

    /// The buffer is handed out. If it is one frame behind, the program does so many scrolls of that frame first.
    pub(super) fn begin_frame(&mut self, replays: usize) {
        self.frame.clear();
        self.scrolls = 0;
        self.replays_left = replays;
        self.has_lost_track = false;
        self.is_open = true;
    }

    /// The next buffer is asked for, so this one is drawn, if it was drawn at all.
    pub(super) fn end_frame<H: Handle>(&mut self, handle: &H) {
        self.is_open = false;
        self.mark = handle.drawn_mark();
        self.lag.clear();
        if handle.age() != 0 {
            self.lag.forget();
            return self.frame.forget();
        }
        let has_drawn = self.note_drawn(handle);
        if !has_drawn {
            self.frame.forget();
        } else if self.has_lost_track || !self.agrees_with(handle.recorded_scrolls()) {
            if H::KNOWS_SINGLE_FRAMES {
                // It knows what it has moved.
                self.frame.forget();
            } else {
                self.frame.draw(self.frame.whole());
            }
        }
    }

    /// What the program has scrolled by other means is not seen here, but recorded.
    fn agrees_with(&self, recorded: RecordedScrolls) -> bool {
        match recorded {
            RecordedScrolls::Count(scrolls) => self.scrolls == scrolls,
            RecordedScrolls::AsDrawn => true,
        }
    }

    /// Takes over what the program has recorded so far. False if that is nothing.
    fn note_drawn(&mut self, handle: &impl Handle) -> bool {
        let mut has_drawn = false;
        handle.visit_drawn(&mut |rectangle: Rectangle| {
            has_drawn = true;
            self.frame.draw(rectangle);
        });
        has_drawn
    }

    /// Pixels may have been moved that nobody saw moving.
    pub(super) fn lose_track(&mut self) {
        self.has_lost_track = true;
    }

    /// True if nothing of this frame has been scrolled yet.
    pub(super) fn is_unmoved(&self) -> bool {
        self.scrolls == 0
    }

    /// True if the pixels are still those that other buffers are known to lack something of.
    pub(super) fn is_as_known(&self, handle: &impl Handle) -> bool {
        !self.is_open && self.lag.is_known() && self.mark == handle.drawn_mark()
    }

    /// The pixels are those of the frame before, so there is none that the program does again.
    pub(super) fn begin_after_it(&mut self) {
        self.replays_left = 0;
    }

    /// The buffer is scrolled. What was drawn so far was recorded where it stood before.
    pub(super) fn note_scroll(&mut self, handle: &impl Handle, step: &Step) {
        if !self.is_open {
            // Not the newest buffer: nobody follows what it does.
            return self.lag.forget();
        }
        if self.replays_left > 0 {
            // What was done is what the newest buffer has: nothing that others lack.
            self.replays_left -= 1;
            return;
        }
        self.note_drawn(handle);
        self.scrolls += 1;
        match handle.recorded_scrolls() {
            RecordedScrolls::Count(_) => self.frame.scroll(step),
            // Moving the view would save nothing: the program records that it has drawn all of it.
            RecordedScrolls::AsDrawn => self.frame.draw_moved(step),
        }
    }
}
