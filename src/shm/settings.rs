//! What a program has set.

/// What a program has set for all its buffers.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The most memory behind a buffer that scrolls; 0: nothing scrolls.
    pub pool_bytes_max: usize,
    /// False: exposed rows keep what stood there.
    pub clears_exposed: bool,
}
