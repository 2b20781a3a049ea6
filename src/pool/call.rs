//! One call of a pool that is locked: the heap between callbacks, and the callbacks.
//!
//! What is wrong is found in the heap, which calls nothing of the program's. It is told here, when that has ended.
#![forbid(unsafe_code)]

use super::Text;
use super::damage::{Complaint, Findings, Stop};
use super::error::Reason;
use super::flags::Flags;
use super::heap::{Heap, Passed};
use super::index_memory::{self, Standing};
use super::layout::{HEADER, Sizes};
use super::locked::Locked;
use super::numbers::bytes;
use super::room::Room;
use super::watch::Watch;
use crate::limits::POOL_MENDS_PER_CALL;
use crate::os;

/// A pool during one call.
pub(super) struct Call<'call> {
    pub(super) locked: Locked<'call>,
    /// Whose the index is.
    pub(super) standing: Standing,
    pub(super) sizes: Sizes,
    pub(super) flags: Flags,
    /// The C function that runs, for messages.
    pub(super) operation: &'static str,
    /// Whether what is damaged is set aside where the pool comes upon it; not where it is only asked to look.
    pub(super) mends: bool,
    /// Something was set aside: what was begun can be tried again.
    pub(super) has_mended: bool,
    /// The pool has got an arena.
    pub(super) has_grown: bool,
    /// Why this call returns nil, if it does.
    pub(super) refusal: Option<Reason>,
    pub(super) findings: Findings,
    /// Who watches what the program does with its blocks.
    pub(super) watch: Option<Watch>,
}

impl<'call> Call<'call> {
    /// A call begins. Err: the system has no memory for the index.
    #[inline]
    pub(super) fn begin(mut locked: Locked<'call>, operation: &'static str) -> Result<Call<'call>, Locked<'call>> {
        let standing = match locked.know_index_in_pool() {
            true => Standing::InPool,
            false => match index_memory::find(&mut locked) {
                Some(standing) => standing,
                None => return Err(locked),
            },
        };
        let pool = locked.record();
        let sizes = Sizes::new(bytes(pool.quantum_long()), bytes(pool.minblock_long()), bytes(pool.minarena_long()));
        let (flags, watch) = (Flags(pool.flags()), Watch::of(pool.address()));
        let findings = Findings::none();
        Ok(Call {
            locked,
            standing,
            sizes,
            flags,
            operation,
            mends: true,
            has_mended: false,
            has_grown: false,
            refusal: None,
            findings,
            watch,
        })
    }

    /// Where the highest arena below an address begins.
    pub(super) fn arena_below(&mut self, address: usize) -> Option<usize> {
        self.heap().index.arenas.highest_below(address).map(Room::start)
    }

    /// The heap until the next callback.
    #[inline]
    pub(super) fn heap(&mut self) -> Heap<'_> {
        Heap {
            pool: self.locked.record(),
            index: self.locked.index(),
            sizes: self.sizes,
            flags: self.flags,
            is_index_known: self.standing.is_known(),
            findings: &mut self.findings,
        }
    }

    /// At the end of a call: what is known of the past of the pool.
    #[inline]
    pub(super) fn remember(&mut self, has_failed: bool) {
        if !has_failed && !self.has_grown {
            return;
        }
        let allocated = self.locked.record().curalloc();
        let marks = &mut self.locked.index().marks;
        marks.see_allocated(allocated);
        if has_failed {
            marks.count_failed();
        }
    }

    /// Between two calls no block is outside the lists: another process could not tell which that is.
    #[inline]
    pub(super) fn leave(&mut self) {
        if self.standing == Standing::Shared {
            self.locked.index().list_all();
        }
    }

    /// Does something with the heap, again as long as what stood in its way was set aside.
    #[inline]
    pub(super) fn mending<T>(&mut self, mut work: impl FnMut(&mut Heap<'_>) -> Result<T, Stop>) -> Result<T, Stop> {
        self.mending_calls(|call| work(&mut call.heap()))
    }

    /// The same for what makes callbacks.
    #[inline]
    pub(super) fn mending_calls<T>(&mut self, mut work: impl FnMut(&mut Self) -> Result<T, Stop>) -> Result<T, Stop> {
        for _ in 0..POOL_MENDS_PER_CALL {
            match work(self) {
                Ok(done) => return Ok(done),
                Err(Stop) => {
                    self.tell();
                    if !core::mem::take(&mut self.has_mended) {
                        break;
                    }
                }
            }
        }
        Err(Stop)
    }

    /// The block whose data the program means, checked. What is tolerated of it is printed.
    #[inline]
    pub(super) fn block_of(&mut self, data: usize) -> Result<Passed, Stop> {
        let mut complaint = None;
        let result = self.heap().block_of(data, &mut complaint).map(|block| Passed::new(block, data));
        if let Some(complaint) = complaint {
            self.complain_keeping(complaint);
        }
        result
    }

    /// The program may use the pool while it is printed: what was found stays to be told, and the block where it is.
    #[cold]
    fn complain_keeping(&mut self, complaint: Complaint) {
        let damage = self.findings.damage.take();
        self.holding(complaint.block + HEADER, |call| call.complain(complaint));
        self.findings.damage = damage;
    }

    pub(super) fn log(&mut self, text: &mut Text) {
        if self.flags.logs() {
            self.print(text);
        }
    }

    /// Prints a text. The program may use the pool meanwhile.
    pub(super) fn print(&mut self, text: &mut Text) {
        self.locked.print(text.terminated());
        self.look_again();
    }

    /// After a callback: it may have used the pool, and reset it. What is known of the pool is looked up again.
    #[inline]
    pub(super) fn look_again(&mut self) {
        if !self.locked.know_index_in_pool() {
            self.look_again_elsewhere();
        }
    }

    #[cold]
    fn look_again_elsewhere(&mut self) {
        let is_reading = !self.standing.is_known();
        let Some(standing) = index_memory::find(&mut self.locked) else {
            self.locked.panic(Text::of(format_args!("pool panic: no memory for the index")).terminated());
            os::abort();
        };
        // It was just being read anew: whoever does that goes on with it.
        if is_reading {
            return;
        }
        self.standing = standing;
        // Where that fails, the call goes on with no arenas at all.
        if self.catch_up().is_err() {
            self.tell();
        }
    }

    /// Nil, and why.
    #[cold]
    pub(super) fn refuse<T: Default>(&mut self, reason: Reason) -> Result<T, Stop> {
        self.refusal = Some(reason);
        Ok(T::default())
    }
}
