//! The numbers of a group, and who it is.

/// Who a group is: buffers that are used once are apart from the others of their group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GroupName {
    /// As in the kind that was asked for.
    pub(super) number: u64,
    pub(super) is_used_once: bool,
}

/// Numbers of a group. What happened only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupCounts {
    /// Buffers that were made.
    pub created: u64,
    /// Buffers that have ended.
    pub destroyed: u64,
    /// Buffers that were handed out, new or again.
    pub gets: u64,
    /// Buffers that are held now.
    pub held: u64,
    /// The most that were.
    pub held_most: u64,
    /// Buffers that nobody holds, and that requests hand out or let go.
    pub cached: u64,
    /// So many held buffers are warned about.
    pub held_limit: u64,
    /// Releases of buffers that the program had given up: it has purged them, or their chain.
    pub late_releases: u64,
    /// Releases of buffers that were not held, or of what a buffer was before it was scrolled.
    pub double_releases: u64,
    /// How often a buffer was taken once more while it was held.
    pub taken_twice: u64,
    /// Held buffers that were left to the compositor.
    pub abandoned: u64,
    /// Scrolls that were done by moving the view.
    pub scrolls: u64,
    /// Of these, how often the view was carried back.
    pub wraps: u64,
    /// Bytes that were copied.
    pub copied_bytes: u64,
    /// Pages that a new buffer would have touched, and that were there.
    pub faults_avoided: u64,
    /// Bytes of memory files that are set aside for these buffers.
    pub file_bytes: u64,
    /// The newest size, in pixels.
    pub width: u32,
    /// The newest size, in pixels.
    pub height: u32,
}

impl GroupCounts {
    /// Buffers that are there.
    pub fn live(&self) -> u64 {
        self.created - self.destroyed
    }

    /// Buffers that nothing keeps but references of the program.
    pub fn lost(&self) -> u64 {
        self.live().saturating_sub(self.held + self.cached)
    }
}
