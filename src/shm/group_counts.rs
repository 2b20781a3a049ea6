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
pub(super) struct GroupCounts {
    /// Buffers that were made.
    pub(super) created: u64,
    /// Buffers that have ended.
    pub(super) destroyed: u64,
    /// Buffers that were handed out, new or again.
    pub(super) gets: u64,
    /// Buffers that are held now.
    pub(super) held: u64,
    /// The most that were.
    pub(super) held_most: u64,
    /// Buffers that nobody holds, and that requests hand out or let go.
    pub(super) cached: u64,
    /// So many held buffers are warned about.
    pub(super) held_limit: u64,
    /// Releases of buffers that the program had given up: it has purged them, or their chain.
    pub(super) late_releases: u64,
    /// Releases of buffers that were not held, or of what a buffer was before it was scrolled.
    pub(super) double_releases: u64,
    /// How often a buffer was taken once more while it was held.
    pub(super) taken_twice: u64,
    /// Held buffers that were left to the compositor.
    pub(super) abandoned: u64,
    /// Scrolls that were done by moving the view.
    pub(super) scrolls: u64,
    /// Of these, how often the view was carried back.
    pub(super) wraps: u64,
    /// Bytes that were copied.
    pub(super) copied_bytes: u64,
    /// Pages that a new buffer would have touched, and that were there.
    pub(super) faults_avoided: u64,
    /// Bytes of memory files that are set aside for these buffers.
    pub(super) file_bytes: u64,
    /// The newest size, in pixels.
    pub(super) width: u32,
    /// The newest size, in pixels.
    pub(super) height: u32,
}

impl GroupCounts {
    /// Buffers that are there.
    pub(super) fn live(&self) -> u64 {
        self.created - self.destroyed
    }
}
