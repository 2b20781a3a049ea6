//! What is done now and then, whatever the program asks for.

use crate::limits;
use crate::os;

use super::{Display, Handle};

impl<H: Handle> Display<H> {
    /// Does the housekeeping if it is due. True if that was done and there is nothing to say: `request_again` may do now.
    #[inline(never)]
    pub fn keep_house(&mut self) -> bool {
        if self.requests < self.housekeeping_due_at {
            return false;
        }
        self.housekeeping_due_at = self.requests + limits::REQUESTS_BETWEEN_HOUSEKEEPING;
        self.expire_some(limits::EXPIRY_STEP_HOUSEKEEPING);
        self.tidy();
        self.notices.is_empty()
    }

    /// Gives some memory back that is not in use, if there is any.
    #[inline(never)]
    pub(super) fn tidy(&mut self) {
        let given_bytes = self.rest_rings();
        self.trim(limits::GIVE_BACK_STEP_BYTES.saturating_sub(given_bytes));
    }

    /// The same where there is mostly nothing to do yet.
    #[inline(never)]
    pub(super) fn tidy_if_due(&mut self) {
        if !self.memory_rests || os::milliseconds() >= self.rest_due_at_ms {
            self.tidy();
        }
    }
}
