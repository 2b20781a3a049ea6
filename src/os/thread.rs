//! Which thread this is. Nothing here needs memory, or a lock.

use core::ffi::c_long;

use super::Errno;

/// A thread of this process.
#[derive(Clone, Copy)]
pub(super) struct Thread {
    /// The system's number: no two threads that live have the same. The child of a fork() gets another.
    pub(super) number: i32,
    /// Where its errno stands: no two threads that live have the same, and it stays what it is in the child of a fork().
    pub(super) address: usize,
}

impl Thread {
    /// The one that runs.
    pub(super) fn this() -> Thread {
        Thread { number: number_of_clock().unwrap_or_else(number_of_system), address: address() }
    }

    /// True if the process began with it, or is a child that it has forked.
    pub(super) fn is_first(self) -> bool {
        // SAFETY: the call has no preconditions.
        unsafe { libc::getpid() == self.number }
    }
}

/// The number without a system call: the C library knows it, and says it as that of the thread's CPU-time clock. Linux
/// takes such clocks as the number with all bits turned, and three bits below for the kind.
fn number_of_clock() -> Option<i32> {
    const KIND_BITS: u32 = 3;
    const OF_ONE_THREAD: i32 = 6;
    let mut clock = 0;
    // SAFETY: the call has no preconditions.
    let this = unsafe { libc::pthread_self() };
    // SAFETY: the thread lives, because it is this one.
    let failed = unsafe { libc::pthread_getcpuclockid(this, &raw mut clock) } != 0;
    let is_usual = !failed && clock & ((1 << KIND_BITS) - 1) == OF_ONE_THREAD;
    is_usual.then_some(!(clock >> KIND_BITS))
}

fn number_of_system() -> i32 {
    // SAFETY: the call has no preconditions, and always succeeds.
    let number = unsafe { libc::syscall(libc::SYS_gettid) };
    i32::try_from(number).unwrap_or(0)
}

/// Where the errno of the thread that runs stands. Never 0.
pub(super) fn address() -> usize {
    // SAFETY: the call has no preconditions.
    unsafe { libc::__errno_location() }.addr()
}

/// What is the thread's alone as long as it lives, and never 0; it stays what it is in the child of a fork(). Without a call.
#[cfg(all(target_arch = "x86_64", target_pointer_width = "64"))]
#[inline(always)]
pub(super) fn pointer() -> usize {
    let pointer: usize;
    // SAFETY: the ABI of this machine has the thread's own address at the begin of what fs stands for.
    unsafe {
        core::arch::asm!("mov {pointer}, qword ptr fs:[0]", pointer = out(reg) pointer, options(nostack, preserves_flags, readonly, pure));
    }
    pointer
}

/// As [`address`].
#[cfg(not(all(target_arch = "x86_64", target_pointer_width = "64")))]
#[inline(always)]
pub(super) fn pointer() -> usize {
    address()
}

/// True if the process surely has no other thread, as the C library says. False says nothing.
#[cfg(all(target_arch = "x86_64", target_pointer_width = "64", target_env = "gnu"))]
#[inline(always)]
pub(super) fn is_alone() -> bool {
    let said: *const u8;
    // SAFETY: the symbol is weak: the linker puts 0 where the C library does not have it (before 2.32), and only the
    // register changes.
    unsafe {
        core::arch::asm!(
            ".weak __libc_single_threaded",
            "mov {said}, qword ptr [rip + __libc_single_threaded@GOTPCREL]",
            said = out(reg) said,
            options(nostack, preserves_flags, readonly, pure),
        );
    }
    // SAFETY: the C library's variable of one byte, which it writes when a thread is made.
    !said.is_null() && unsafe { said.read_volatile() } != 0
}

/// Nobody is asked here.
#[cfg(not(all(target_arch = "x86_64", target_pointer_width = "64", target_env = "gnu")))]
#[inline(always)]
pub(super) fn is_alone() -> bool {
    false
}

/// The process has one thread. It stays so as long as nothing of the program's or of the C library's is called.
pub struct Solitude(());

/// That of this process, if it surely has it.
#[inline(always)]
pub fn solitude() -> Option<Solitude> {
    is_alone().then_some(Solitude(()))
}

/// True if the process has no thread of this number, or no more. errno may change.
pub(super) fn has_ended(number: i32) -> bool {
    const NO_SIGNAL: c_long = 0;
    // SAFETY: the call has no preconditions.
    let process = c_long::from(unsafe { libc::getpid() });
    // SAFETY: no signal is sent: the call only says whether one could be.
    let failed = unsafe { libc::syscall(libc::SYS_tgkill, process, c_long::from(number), NO_SIGNAL) } != 0;
    failed && Errno::last() == Errno::NO_SUCH_PROCESS
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;

    fn numbers() -> (Option<i32>, i32) {
        (number_of_clock(), number_of_system())
    }

    #[test]
    fn the_clock_has_the_number_of_the_system() {
        let (here, there) = (numbers(), std::thread::spawn(numbers).join().unwrap());
        assert_eq!(here.0, Some(here.1));
        assert_eq!(there.0, Some(there.1));
        assert_ne!(here, there);
    }

    #[test]
    fn only_a_thread_that_has_ended_has_ended() {
        let ended = std::thread::spawn(number_of_system).join().unwrap();
        assert!(!has_ended(number_of_system()));
        // What join waits for is not yet all of its end.
        while !has_ended(ended) {
            std::thread::yield_now();
        }
    }
}
