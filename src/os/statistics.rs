//! The statistics page, for whoever has something to tell.

use super::fork::{is_known_to_fork, make_known_to_fork};
use super::statistics_memory::{StatisticsPage, with_page};

/// Runs `work` with the page, which is made when this is called first: not where fork() does not know of it, because a child
/// would write to its parent's. None: there is none. `work` takes no lock, allocates nothing, and keeps nothing of the page
/// but records that it has taken.
pub fn with_statistics_page<R>(work: impl FnOnce(StatisticsPage<'_>) -> R) -> Option<R> {
    if !is_known_to_fork() {
        make_known_to_fork();
    }
    with_page(is_known_to_fork(), work)
}
