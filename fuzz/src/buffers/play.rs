//! Carries a script out, beside pictures of what the windows are to show.

use std::ffi::c_uint;
use std::slice;

use millpond::scroll::Step as ScrollStep;

use super::compositor::{
    Options, RawCompositor, RawFrame, RawWindow, ReleasePolicy, compositor_counts, compositor_frame,
    compositor_protocol_error, compositor_pump, compositor_release_all, compositor_shm, compositor_start,
    compositor_stop, window_close, window_open, window_show,
};
use super::face::{Face, RawBuffer, WINDOWS};
use super::script::{Act, Frame, Script, Step};
use super::window::{Window, side};

const ACTS_MAX: usize = 80;
const STEPS_MAX: usize = 12;
const REFERENCES_MAX: usize = 8;
/// The last one is in the memory file of the large ones.
const SIZES: [(usize, usize); 8] = [(24, 32), (33, 40), (7, 3), (1, 50), (40, 2), (64, 96), (24, 33), (300, 230)];
const POOL_BYTES: [i64; 4] = [4 << 20, 0, 20_000, 512 << 20];

unsafe extern "C" {
    fn compositor_release_oldest(compositor: *mut RawCompositor) -> bool;
    fn compositor_release_newest(compositor: *mut RawCompositor) -> bool;
    fn compositor_set_policy(compositor: *mut RawCompositor, policy: ReleasePolicy, late_commits: c_uint);
}

struct World {
    face: Face,
    compositor: *mut RawCompositor,
    surfaces: [RawWindow; WINDOWS],
    windows: [Window; WINDOWS],
    /// Buffers that the program keeps by a reference each.
    references: Vec<*mut RawBuffer>,
    is_alive: bool,
    pool_bytes: i64,
    next_number: u32,
}

/// Plays a script; panics where a buffer, or the compositor, shows something else than it must.
pub fn play(script: &Script) {
    // Chains have no log handler, and warn of compositors that hold too long.
    // SAFETY: a target and a test have one thread each that uses the environment.
    unsafe { std::env::set_var("MILLPOND_LOG", "error") };
    let descriptors = open_descriptors();
    let mut world = World::start(script);
    for act in script.acts.iter().take(ACTS_MAX) {
        world.act(act);
    }
    world.stop();
    assert_eq!(open_descriptors(), descriptors, "descriptors are left behind");
}

/// But for that of the statistics page, which a process keeps from its first buffer on.
fn open_descriptors() -> usize {
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else { return 0 };
    let targets = entries.flatten().map(|entry| std::fs::read_link(entry.path()).unwrap_or_default());
    targets.filter(|target| !target.to_string_lossy().starts_with("/memfd:millpond-stats")).count()
}

fn policy(number: u8) -> ReleasePolicy {
    const ALL: [ReleasePolicy; 7] = [
        ReleasePolicy::OnReplace,
        ReleasePolicy::AtOnce,
        ReleasePolicy::Late,
        ReleasePolicy::OutOfOrder,
        ReleasePolicy::Twice,
        ReleasePolicy::Never,
        ReleasePolicy::ByHand,
    ];
    ALL[usize::from(number) % ALL.len()]
}

impl World {
    fn start(script: &Script) -> World {
        let options = Options {
            policy: policy(script.policy),
            late_commits: c_uint::from(script.late_commits % 6),
            dies_at_message: script.dies_at_message.map_or(0, c_uint::from),
            errs_at_message: 0,
            refuses_formats: false,
            refuses_pools: false,
            allows_growing: false,
            sends_no_frame_callbacks: false,
            hashes_nothing: false,
            keeps_memory: false,
            has_deep_formats: false,
        };
        // SAFETY: the options live through the call.
        let compositor = unsafe { compositor_start(&raw const options) };
        // SAFETY: the compositor was just started.
        let surfaces = [(); WINDOWS].map(|()| unsafe { window_open(compositor) });
        let mut world = World {
            face: Face::of(script.face),
            compositor,
            surfaces,
            windows: [(); WINDOWS].map(|()| Window::new(SIZES[0].0, SIZES[0].1)),
            references: Vec::new(),
            is_alive: true,
            pool_bytes: POOL_BYTES[usize::from(script.pool_size) % POOL_BYTES.len()],
            next_number: 1,
        };
        world.begin();
        world.pump();
        world
    }

    fn begin(&self) {
        // SAFETY: the compositor lives.
        self.face.start(unsafe { compositor_shm(self.compositor) }, self.pool_bytes);
    }

    fn stop(mut self) {
        self.face.finish();
        self.pump();
        // SAFETY: the compositor lives.
        let counts = unsafe { compositor_counts(self.compositor) };
        assert_eq!(counts.held_changed, 0, "pixels were changed that the compositor was reading");
        assert_eq!(counts.broken_rules, 0, "a request was none that the protocol allows");
        // SAFETY: the compositor lives.
        let has_error = !unsafe { compositor_protocol_error(self.compositor) }.is_null();
        assert!(!has_error, "the compositor had to send an error");
        if self.is_alive {
            assert_eq!((counts.pools_live, counts.buffers_live), (0, 0), "objects are left behind");
        }
        for surface in &mut self.surfaces {
            // SAFETY: the window is open.
            unsafe { window_close(surface) };
        }
        // SAFETY: nothing of the compositor is used any more.
        unsafe { compositor_stop(self.compositor) };
    }

    fn pump(&mut self) {
        // SAFETY: the compositor lives.
        self.is_alive = unsafe { compositor_pump(self.compositor) };
    }

    fn act(&mut self, act: &Act) {
        let compositor = self.compositor;
        match act {
            Act::Frame(frame) => self.show_frame(frame),
            Act::Size { window, size } => {
                self.windows[number(*window)].set_size(SIZES[usize::from(*size) % SIZES.len()]);
            }
            Act::Purge { window } => {
                self.face.purge(number(*window));
                self.windows[number(*window)].forget();
            }
            // SAFETY: the compositor lives.
            Act::ReleaseOldest => drop(unsafe { compositor_release_oldest(compositor) }),
            // SAFETY: as above.
            Act::ReleaseNewest => drop(unsafe { compositor_release_newest(compositor) }),
            // SAFETY: as above.
            Act::ReleaseAll => drop(unsafe { compositor_release_all(compositor) }),
            // SAFETY: as above.
            Act::Policy(which, late) => unsafe {
                compositor_set_policy(compositor, policy(*which), c_uint::from(late % 6));
            },
            Act::PoolSize(size) => {
                self.pool_bytes = POOL_BYTES[usize::from(*size) % POOL_BYTES.len()];
                self.face.set_pool_bytes(self.pool_bytes);
            }
            Act::AddReference { window } => self.add_reference(number(*window)),
            Act::DropReference => self.drop_reference(),
            Act::Many { window, sides, shown } => self.show_many(number(*window), *sides, *shown),
            Act::Finish => {
                self.face.finish();
                self.references.clear();
                self.windows.iter_mut().for_each(Window::forget);
                self.begin();
            }
        }
        if !matches!(act, Act::Frame(_)) {
            self.pump();
        }
        self.read_kept();
    }

    fn add_reference(&mut self, window: usize) {
        if let Some(last) = self.windows[window].last {
            if self.face.has_references() && self.references.len() < REFERENCES_MAX {
                self.face.add_reference(last);
                self.references.push(last);
            }
        }
    }

    fn drop_reference(&mut self) {
        if !self.references.is_empty() {
            self.face.drop_reference(self.references.remove(0));
        }
    }

    /// What the program keeps can be read, whatever the pixels are.
    fn read_kept(&self) {
        for buffer in &self.references {
            let seen = self.face.look(*buffer);
            let end = (side(seen.height) - 1) * side(seen.stride);
            // SAFETY: the last row of a buffer that a reference keeps.
            let pixel = unsafe { seen.data.cast::<u8>().add(end).cast::<u32>().read_volatile() };
            std::hint::black_box(pixel);
        }
    }

    fn show_frame(&mut self, frame: &Frame) {
        let index = number(frame.window);
        let (face, window) = (self.face, &mut self.windows[index]);
        window.check_last(face);
        window.begin_frame();
        let buffer = face.get(index, window.width, window.height);
        assert!(!buffer.is_null(), "there is no buffer");
        let seen = face.look(buffer);
        window.check_returned(face, &seen);
        if seen.age != 0 || window.last.is_none() {
            window.copy_to(&seen);
        }
        let mut scrolls = 0;
        for step in frame.steps.iter().take(STEPS_MAX) {
            scrolls += self.step(index, buffer, step, frame.is_recorded);
        }
        let window = &mut self.windows[index];
        let seen = face.look(buffer);
        assert!(window.shows(&seen, &window.picture), "a buffer is not as it was drawn");
        face.end_frame(buffer, if frame.is_recorded { scrolls } else { 0 });
        window.end_frame(buffer);
        if frame.is_shown {
            // SAFETY: the window is open, and the wl_buffer is that of a live buffer.
            self.is_alive = unsafe { window_show(&raw const self.surfaces[index], seen.wl_buffer) };
            self.check_shown(index);
        } else if face.has_references() {
            face.did_not_use(buffer);
        }
    }

    /// Returns how many scrolls the library has carried out.
    fn step(&mut self, index: usize, buffer: *mut RawBuffer, step: &Step, is_recorded: bool) -> u32 {
        let (face, window) = (self.face, &mut self.windows[index]);
        match *step {
            Step::Draw { place } => {
                let (place, seen) = (window.place(place), face.look(buffer));
                self.next_number += 1;
                window.draw(&seen, place, self.next_number);
                if is_recorded {
                    face.record(buffer, place);
                }
                0
            }
            Step::Scroll { rows, kept } => self.scroll(index, buffer, rows, kept, is_recorded),
            Step::MoveByHand { rows } => {
                self.move_by_hand(index, buffer, rows, [0; 4], is_recorded);
                0
            }
        }
    }

    fn scroll(&mut self, index: usize, buffer: *mut RawBuffer, rows: i8, kept: [u8; 4], is_recorded: bool) -> u32 {
        let (face, window) = (self.face, &mut self.windows[index]);
        let numbers = kept.map(i32::from);
        let Ok(step) = ScrollStep::new(window.height, rows.into(), numbers) else {
            // Chains say that on stderr, which takes longer than all else.
            assert!(
                face.has_references() || !face.scroll(buffer, rows.into(), numbers),
                "a scroll that makes no sense"
            );
            return 0;
        };
        if !face.scroll(buffer, rows.into(), numbers) {
            self.move_by_hand(index, buffer, rows, kept, is_recorded);
            return 0;
        }
        assert!(face.can_scroll(buffer));
        window.scroll(&step);
        1
    }

    fn move_by_hand(&mut self, index: usize, buffer: *mut RawBuffer, rows: i8, kept: [u8; 4], is_recorded: bool) {
        let (face, window) = (self.face, &mut self.windows[index]);
        let Ok(step) = ScrollStep::new(window.height, rows.into(), kept.map(i32::from)) else { return };
        window.scroll(&step);
        window.copy_to(&face.look(buffer));
        if is_recorded {
            face.record(buffer, [0, 0, window.width, window.height]);
        }
    }

    fn check_shown(&self, index: usize) {
        if !self.is_alive {
            return;
        }
        let window = &self.windows[index];
        // SAFETY: the compositor lives.
        let frame: RawFrame = unsafe { compositor_frame(self.compositor) };
        assert_eq!((side(frame.width), side(frame.height)), (window.width, window.height));
        for row in 0..window.height {
            let start = frame.pixels.wrapping_byte_add(row * side(frame.stride_bytes));
            // SAFETY: a row of what the compositor has read, until the next commit.
            let pixels = unsafe { slice::from_raw_parts(start, window.width) };
            assert!(
                pixels == &window.picture[row * window.width..][..window.width],
                "the compositor sees other pixels"
            );
        }
        // SAFETY: the compositor lives.
        assert_eq!(unsafe { compositor_counts(self.compositor) }.held_changed, 0);
    }

    fn show_many(&mut self, window: usize, sides: [u8; 4], shown: u8) {
        if !self.face.has_references() {
            return;
        }
        let sides = sides.map(|side| usize::from(side % 40));
        for (place, buffer) in self.face.get_many(window, sides).into_iter().enumerate() {
            assert_eq!(buffer.is_null(), sides[place] == 0);
            if buffer.is_null() {
                continue;
            }
            let (seen, square) = (self.face.look(buffer), Window::new(sides[place], sides[place]));
            square.check_returned(self.face, &seen);
            self.face.end_frame(buffer, 0);
            if shown >> place & 1 == 0 {
                self.face.did_not_use(buffer);
                continue;
            }
            // SAFETY: the window is open, and the wl_buffer is that of a live buffer.
            self.is_alive = unsafe { window_show(&raw const self.surfaces[window], seen.wl_buffer) };
        }
    }
}

fn number(window: u8) -> usize {
    usize::from(window) % WINDOWS
}
