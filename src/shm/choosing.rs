//! The buffers of a group, as `life` chooses among them.

use crate::life::{Candidate, Choice};

use super::kind::Kind;
use super::{Display, Handle};

impl<H: Handle> Display<H> {
    pub(super) fn choose(&self, kind: &Kind) -> Choice {
        let mut choice = Choice::new();
        let mut next = self.buffers.first_tagged(kind.group());
        while let Some(index) = next {
            next = self.buffers.next_tagged(index);
            if let Some(candidate) = self.candidate(index, kind) {
                choice.consider(candidate);
            }
        }
        choice
    }

    /// A buffer of the group as the choice sees it.
    pub(super) fn candidate(&self, index: usize, kind: &Kind) -> Option<Candidate> {
        let buffer = self.buffers.at(index)?;
        Some(Candidate {
            index,
            state: buffer.state,
            is_match: buffer.kind == *kind,
            picture_bytes: buffer.picture.bytes(),
            age: buffer.handle.age(),
            handed_out_at: buffer.handed_out_at,
        })
    }
}
