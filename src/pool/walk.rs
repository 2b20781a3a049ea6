//! Showing the program each part of a pool. It may use the pool, and reset it, whenever one is shown: what comes next is
//! looked up then, and nothing is known of the pool any more when it has been shown.
#![forbid(unsafe_code)]

use core::ffi::c_int;

use super::call::Call;
use super::damage::Stop;
use super::inspection::inspect;
use super::parts::Part;
use super::pool_pointer::PoolPointer;

/// Is shown a part. Another number than 0 ends the walk.
type Visit<'visit> = dyn FnMut(&Part) -> c_int + 'visit;

/// What a walk has come to.
#[derive(Default)]
struct Walked {
    /// What the last visit has answered.
    answer: c_int,
    /// An arena was not shown, or not to its end, because it is damaged.
    is_damaged: bool,
}

impl Call<'_> {
    /// Shows the arenas from high to low addresses, each with its blocks from low to high ones. Of an arena that is
    /// damaged, what lies before that; then it is told, and the next one is shown.
    fn walk(&mut self, visit: &mut Visit<'_>) -> Walked {
        let mut walked = Walked::default();
        let mut above = usize::MAX;
        while let Some(start) = self.arena_below(above) {
            match self.walk_arena(start, above, visit) {
                Ok(0) => {}
                Ok(answer) => return Walked { answer, ..walked },
                Err(Stop) => {
                    walked.is_damaged = true;
                    self.tell();
                }
            }
            above = start;
        }
        walked
    }

    /// The same for the arena that begins here, below a limit. What the last visit has answered.
    fn walk_arena(&mut self, start: usize, limit: usize, visit: &mut Visit<'_>) -> Result<c_int, Stop> {
        let Some((arena, mut trail)) = self.heap().arena_part(start, limit)? else { return Ok(0) };
        let mut next = Some(arena);
        while let Some(part) = next {
            let answer = self.locked.show(|| visit(&part));
            self.look_again();
            if answer != 0 {
                return Ok(answer);
            }
            next = self.heap().next_part(&mut trail)?;
        }
        Ok(0)
    }
}

/// The work of `poolwalk`. What the last visit has answered; None: not all could be shown, and that was said.
pub fn walk(pool: PoolPointer<'_>, visit: &mut dyn FnMut(&Part) -> c_int) -> Option<c_int> {
    let walked = inspect(pool, "poolwalk", |call| Ok(Some(call.walk(visit))))?;
    (walked.answer != 0 || !walked.is_damaged).then_some(walked.answer)
}
