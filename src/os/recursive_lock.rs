//! A lock that is nothing but a few words, and that the thread which has it may take again.
//!
//! ```text
//!   word       0: nobody has it    1: a thread has it    2: and others sleep until it is free
//!   favourite  the thread that need not take the word; whoever takes the word sends it there first
//!   inside     1: the favourite has the lock, or is looking whether it still is the favourite
//! ```
//!
//! Only one thread is ever favoured, until it ends: one that has just been sent away may still write `inside`, and would
//! write it for another. It may be favoured again.
//!
//! A thread that is favoured takes no atomic step, which costs more than all the rest of a lock. For it to be safe, what it
//! writes (`inside`) must be seen before it reads (`favourite`): it says so to the compiler alone, and whoever takes the
//! favour away has the system make all processors of this process do so (process_barrier.rs).
//!
//! ```text
//!   the favourite                             another thread
//!   inside = 1                                takes the word
//!   (the compiler keeps the order)            sends the favourite away
//!   favourite is still this thread?           the barrier of the system
//!     yes: it has the lock                    waits until inside = 0: it has the lock
//!     no: inside = 0, and takes the word
//! ```

use core::ffi::c_int;
use core::hint::spin_loop;
use core::ptr;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering, compiler_fence};

use super::questions::keeping_errno;
use super::thread;
use super::{clock, process_barrier};
use crate::limits::{
    FAVOURITE_WAIT_MILLISECONDS, LOCK_SPINS, LOCK_TURNS_UNTIL_FAVOUR, LOCK_TURNS_UNTIL_FAVOUR_MAX, LOCK_YIELDS_FOR_FORK,
};

const FREE: u32 = 0;
const TAKEN: u32 = 1;
const AWAITED: u32 = 2;

// What stands for threads: their numbers, which are even.
const NOBODY: usize = 0;
/// Stands beside the thread that has the lock: it has it as the favourite, without the word.
const FAVOURED: usize = 1;
/// Stands beside the favourite: it must take the word like any other.
const SENT_AWAY: usize = 1;

/// All zero is a lock that nobody has.
pub struct RecursiveLock {
    word: AtomicU32,
    /// How many times more the thread has taken it.
    more: AtomicU32,
    inside: AtomicU32,
    /// How often in a row the thread that had the word last has taken it. It is told from others by part of its number.
    turns: AtomicU32,
    last: AtomicU32,
    /// How often the favour was taken away: what was right once comes later the next time.
    ended_favours: AtomicU32,
    /// The thread that has it, perhaps [`FAVOURED`]; [`NOBODY`].
    thread: AtomicUsize,
    /// The thread that is or was favoured, perhaps [`SENT_AWAY`]; [`NOBODY`].
    favourite: AtomicUsize,
}

impl RecursiveLock {
    pub(super) const fn new() -> RecursiveLock {
        RecursiveLock {
            word: AtomicU32::new(FREE),
            more: AtomicU32::new(0),
            inside: AtomicU32::new(0),
            turns: AtomicU32::new(0),
            last: AtomicU32::new(0),
            ended_favours: AtomicU32::new(0),
            thread: AtomicUsize::new(NOBODY),
            favourite: AtomicUsize::new(NOBODY),
        }
    }

    /// Takes it at once, where there surely is no other thread. False: nothing was done.
    ///
    /// Nothing must be done in one step then. A thread that comes later finds the lock as it was left.
    #[inline(always)]
    pub fn take_alone(&self) -> bool {
        let is_free = thread::is_alone() && self.thread.load(Ordering::Relaxed) == NOBODY;
        if is_free {
            // Whoever it was has ended; a thread that comes later may get its number.
            self.favourite.store(NOBODY, Ordering::Relaxed);
            self.word.store(TAKEN, Ordering::Relaxed);
            self.thread.store(thread::pointer(), Ordering::Relaxed);
        }
        is_free
    }

    /// Gives it back at once, where there surely is no other thread, and it was taken once. False: nothing was done.
    #[inline(always)]
    pub fn give_back_alone(&self) -> bool {
        let is_last = self.more.load(Ordering::Relaxed) | self.inside.load(Ordering::Relaxed) == 0;
        let is_done = is_last && thread::is_alone();
        if is_done {
            self.thread.store(NOBODY, Ordering::Relaxed);
            self.word.store(FREE, Ordering::Relaxed);
        }
        is_done
    }

    /// Takes it at once where this thread is the favourite, and has not taken it. False: nothing was done.
    #[inline(always)]
    pub fn take_as_favourite(&self) -> bool {
        let this = thread::pointer();
        self.favourite.load(Ordering::Relaxed) == this && self.is_taken_by_favourite(this)
    }

    /// Gives it back at once where it was taken so, and once. False: nothing was done.
    #[inline(always)]
    pub fn give_back_as_favourite(&self) -> bool {
        let is_done = self.more.load(Ordering::Relaxed) == 0 && self.thread.load(Ordering::Relaxed) & FAVOURED != 0;
        if is_done {
            self.leave_as_favourite();
        }
        is_done
    }

    /// The same where it surely was taken so, and once.
    #[inline(always)]
    pub fn leave_as_favourite(&self) {
        self.thread.store(NOBODY, Ordering::Relaxed);
        self.inside.store(0, Ordering::Release);
    }

    /// Takes it, and waits as long as another thread has it.
    #[inline]
    pub fn take(&self) {
        if self.take_alone() {
            return;
        }
        if self.take_as_favourite() {
            return;
        }
        let this = thread::pointer();
        if self.is_of(this) {
            return self.take_again();
        }
        if !self.is_word_taken_at_once() {
            self.wait();
        }
        self.end_favour_of_others(this);
        self.thread.store(this, Ordering::Relaxed);
        self.count_turn(this);
    }

    /// Gives it back as often as it was taken.
    #[inline]
    pub fn give_back(&self) {
        if self.give_back_as_favourite() || self.give_back_alone() {
            return;
        }
        let more = self.more.load(Ordering::Relaxed);
        if more != 0 {
            return self.more.store(more - 1, Ordering::Relaxed);
        }
        self.thread.store(NOBODY, Ordering::Relaxed);
        self.give_word_back();
    }

    #[inline]
    fn give_word_back(&self) {
        if self.word.swap(FREE, Ordering::Release) == AWAITED {
            self.wake_one();
        }
    }

    /// True if the thread that asks, which is this one, has it. Only it writes its own number there.
    #[inline]
    fn is_of(&self, this: usize) -> bool {
        self.thread.load(Ordering::Relaxed) & !FAVOURED == this
    }

    #[cold]
    fn take_again(&self) {
        // Nobody else writes it.
        self.more.store(self.more.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    #[inline]
    fn is_taken_by_favourite(&self, this: usize) -> bool {
        if self.is_of(this) {
            return false;
        }
        self.inside.store(1, Ordering::Relaxed);
        compiler_fence(Ordering::SeqCst);
        if self.favourite.load(Ordering::Acquire) == this {
            self.thread.store(this | FAVOURED, Ordering::Relaxed);
            return true;
        }
        self.inside.store(0, Ordering::Release);
        false
    }

    #[inline]
    fn is_word_taken_at_once(&self) -> bool {
        self.word.compare_exchange(FREE, TAKEN, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    #[cold]
    #[inline(never)]
    fn wait(&self) {
        for _ in 0..LOCK_SPINS {
            if self.word.load(Ordering::Relaxed) == FREE && self.is_word_taken_at_once() {
                return;
            }
            spin_loop();
        }
        // Whoever has slept does not know whether others still do, and says so when it has the lock.
        keeping_errno(|| {
            while self.word.swap(AWAITED, Ordering::Acquire) != FREE {
                // SAFETY: the word is there as long as this runs; the system compares it, and wakes this thread.
                unsafe { libc::syscall(libc::SYS_futex, self.word.as_ptr(), WAIT, AWAITED, NO_TIME) };
            }
        });
    }

    #[cold]
    #[inline(never)]
    fn wake_one(&self) {
        // SAFETY: the address is only a name here.
        keeping_errno(|| unsafe { libc::syscall(libc::SYS_futex, self.word.as_ptr(), WAKE, 1) });
    }
}

/// What whoever has the word does for and against favourites.
impl RecursiveLock {
    #[inline]
    fn end_favour_of_others(&self, this: usize) {
        if self.is_another_favoured(this) {
            self.end_favour();
        }
        // Also one that somebody has sent away who did not wait for it.
        if self.inside.load(Ordering::Acquire) != 0 {
            self.wait_for_favourite();
        }
    }

    /// Mostly it is out at once. But it may be a thread of lower priority, or stay for long: so this one sleeps after a while.
    #[cold]
    #[inline(never)]
    fn wait_for_favourite(&self) {
        let is_out = |_| self.inside.load(Ordering::Acquire) == 0 || let_others_run();
        if (0..LOCK_SPINS).any(is_out) {
            return;
        }
        keeping_errno(|| {
            while self.inside.load(Ordering::Acquire) != 0 {
                clock::sleep(FAVOURITE_WAIT_MILLISECONDS);
            }
        });
    }

    #[inline]
    fn is_another_favoured(&self, this: usize) -> bool {
        let favourite = self.favourite.load(Ordering::Relaxed);
        favourite != NOBODY && favourite != this && favourite & SENT_AWAY == 0
    }

    /// Nobody is favoured from now on. Who was may still be inside.
    #[cold]
    #[inline(never)]
    fn end_favour(&self) {
        self.favourite.store(self.favourite.load(Ordering::Relaxed) | SENT_AWAY, Ordering::Relaxed);
        keeping_errno(process_barrier::order_all_threads);
        self.ended_favours.store(self.ended_favours.load(Ordering::Relaxed).saturating_add(1), Ordering::Relaxed);
    }

    /// A thread that takes the word again and again becomes the favourite.
    #[inline]
    fn count_turn(&self, this: usize) {
        let this_part = part_of(this);
        if self.last.load(Ordering::Relaxed) != this_part {
            self.last.store(this_part, Ordering::Relaxed);
            return self.turns.store(0, Ordering::Relaxed);
        }
        let turns = self.turns.load(Ordering::Relaxed) + 1;
        self.turns.store(turns, Ordering::Relaxed);
        if turns >= LOCK_TURNS_UNTIL_FAVOUR {
            self.consider(this, turns);
        }
    }

    #[cold]
    #[inline(never)]
    fn consider(&self, this: usize, turns: u32) {
        let ended = self.ended_favours.load(Ordering::Relaxed);
        let enough = LOCK_TURNS_UNTIL_FAVOUR.saturating_mul(1_u32.checked_shl(ended).unwrap_or(u32::MAX));
        if turns < enough.min(LOCK_TURNS_UNTIL_FAVOUR_MAX) {
            return;
        }
        self.turns.store(0, Ordering::Relaxed);
        let is_first = self.favourite.load(Ordering::Relaxed) & !SENT_AWAY == NOBODY;
        let may_be = is_first || self.favourite.load(Ordering::Relaxed) == this | SENT_AWAY;
        if may_be && keeping_errno(process_barrier::can_order_all_threads) {
            self.favourite.store(this, Ordering::Relaxed);
        }
    }
}

/// What fork() does.
impl RecursiveLock {
    /// Takes it as a thread does that holds other locks: false if it does not come free soon. Not as the favourite: in a
    /// child, another thread that had the word would have it for ever.
    pub(super) fn take_soon(&self) -> bool {
        let this = thread::pointer();
        if self.is_of(this) {
            self.take_again();
            return true;
        }
        if !(0..LOCK_YIELDS_FOR_FORK).any(|_| self.is_word_taken_at_once() || let_others_run()) {
            return false;
        }
        if self.is_another_favoured(this) {
            self.end_favour();
        }
        let is_alone = |_| self.inside.load(Ordering::Acquire) == 0 || let_others_run();
        if (0..LOCK_YIELDS_FOR_FORK).any(is_alone) {
            self.thread.store(this, Ordering::Relaxed);
            return true;
        }
        self.give_word_back();
        false
    }

    /// In a child, whose one thread has it: what other threads were about to do with it is not done any more.
    pub(super) fn forget_other_threads(&self) {
        let is_favoured = self.thread.load(Ordering::Relaxed) & FAVOURED != 0;
        if is_favoured {
            self.word.store(FREE, Ordering::Relaxed);
        } else {
            self.inside.store(0, Ordering::Relaxed);
            self.favourite.store(NOBODY, Ordering::Relaxed);
        }
    }
}

/// Returns false, for loops that go on.
fn let_others_run() -> bool {
    // SAFETY: the call has no preconditions, and always succeeds.
    unsafe { libc::sched_yield() };
    false
}

/// Part of the number of a thread, an address: where those of others differ.
#[expect(clippy::cast_possible_truncation, reason = "it is a part")]
fn part_of(thread: usize) -> u32 {
    (thread >> 6) as u32
}

const WAIT: c_int = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
const WAKE: c_int = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
/// Without an end.
const NO_TIME: *const libc::timespec = ptr::null();

#[cfg(all(test, feature = "std"))]
#[path = "recursive_lock_tests.rs"]
mod tests;
