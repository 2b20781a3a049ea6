//! What a program has set.

/// What a program has set for all its buffers.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The most memory behind a buffer that scrolls; 0: nothing scrolls.
    pub pool_bytes_max: usize,
    /// False: exposed rows keep what stood there.
    pub clears_exposed: bool,
    /// With more held buffers of one group than this, the program is told so.
    pub held_max: usize,
    /// True: buffers of another size or kind than what is asked for go at once. False: with the next request.
    pub outdated_go_at_once: bool,
}
