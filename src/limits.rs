//! Every limit, with its reason.
#![forbid(unsafe_code)]

/// The greatest size of a picture, and the greatest that a compositor can be told of a memory file: an int32.
pub const WIRE_BYTES_MAX: usize = 0x7fff_ffff;

/// The greatest size of a memory file that several buffers share: the last page below, because ranges are whole pages.
pub const SHARED_BYTES_MAX: usize = 0x7fff_f000;

/// The greatest size of a memory file. Its last byte cannot be told to a compositor, and is in no picture.
pub const FILE_BYTES_MAX: usize = 0x8000_0000;

/// What `shm_set_max_pool_size` is before anybody calls it: the original's 512 MiB.
pub const POOL_BYTES_DEFAULT: usize = 512 * 1024 * 1024;

/// A ring is at most this many times its view. Scrolling copies about 1 / (k - 1) bytes for each byte scrolled, and
/// keeps k views resident: 2 is where the memory of the original's wrap is not exceeded.
pub const RING_VIEWS: usize = 2;

/// A ring is no larger than this, if that is enough for one and a half views: then it stays in the processor's last
/// cache, beside what else is in use there, and a wrap takes little longer than memmove in place.
pub const RING_CACHED_BYTES: usize = 14 * 1024 * 1024;

/// Views above this size do not stay in the cache themselves. Then it counts more that they are copied seldom.
pub const VIEW_CACHED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Of the view's rows, the part by which a new ring may drift before it is carried back: 1/4. It grows with use, so
/// that a program that hardly scrolls touches hardly more than its view.
pub const RING_FIRST_SLACK_DIVISOR: usize = 4;

/// Where two buffers of a window are shown in turn, the part of the view by which the ring of each may drift: together
/// they hold one and a half times what the original does. With less, the views are carried more often.
pub const RING_SHARED_SLACK_DIVISOR: usize = 2;

/// A ring that may drift by less than this part of its view is not worth having.
pub const RING_LEAST_SLACK_DIVISOR: usize = 6;

/// Every Nth time that a ring is to wrap, its slack is doubled instead: new pages are dear, and so is copying the view.
/// docs/performance.md has what was measured.
pub const WRAPS_UNTIL_GROWTH: u32 = 4;

/// Where a ring wraps to: this part of the slack stays behind it, so that going back a little does not wrap
/// it again at once. What stays behind is missing when it goes on: with an eighth, a step copies a tenth more.
pub const WRAP_ROOM_DIVISOR: usize = 32;

/// The same when the ring wrapped the other way the last time: the program goes up and down, and has as much room on
/// either side.
pub const WRAP_ROOM_DIVISOR_GOING_BACK: usize = 2;

/// After so long without a scroll, a ring gives back what is not its view. What a new burst takes again is then less than
/// a hundredth of the time, however often a person scrolls and rests.
pub const MILLISECONDS_UNTIL_RING_RESTS: u64 = 1000;

/// The most bytes that one request or release gives back to the system, about 0.2 ms of work: a frame must not wait for
/// more.
pub const GIVE_BACK_STEP_BYTES: usize = 1024 * 1024;

/// The same for the first request of a size that is not new, after some that were: the window has got its size, and a
/// program that falls quiet then makes few more calls. One frame is 3 ms late.
pub const GIVE_BACK_AFTER_RESIZING_BYTES: usize = 16 * 1024 * 1024;

/// The most free memory that stays resident for the next buffer once sizes do not change.
pub const KEPT_FREE_BYTES: usize = 4 * 1024 * 1024;

/// The same of small buffers: some hundred labels.
pub const KEPT_FREE_SMALL_BYTES: usize = 3 * 1024 * 1024;

/// The part of the memory in use that may stay resident as free memory.
pub const KEPT_FREE_DIVISOR: usize = 8;

/// For so many requests after a new buffer was made, memory stays for larger sizes that there were lately: while a window
/// is dragged each size is new, and what one gives back the next would take again.
pub const REQUESTS_UNTIL_MEMORY_RESTS: u64 = 64;

/// With each new size, what is kept for the largest one lately fades by this part.
pub const RESERVE_FADES_BY: usize = 16;

/// Requests leave the housekeeping to every Nth one, because they are among the program's innermost calls.
pub const REQUESTS_BETWEEN_HOUSEKEEPING: u64 = 16;

/// How many buffers a request that chooses or makes one looks at for one that has expired.
pub const EXPIRY_STEP: usize = 2;

/// The same when the housekeeping is done, for sixteen requests that may not have looked.
pub const EXPIRY_STEP_HOUSEKEEPING: usize = 32;

/// A memory file has at least this size: below it, each overlay would cost some system calls.
pub const FILE_BYTES_MIN: usize = 1024 * 1024;

/// The same for small buffers: the decorations of ten windows, or some hundred labels, in one file.
pub const SMALL_FILE_BYTES_MIN: usize = 4 * 1024 * 1024;

/// Memory files have together at most so many times the bytes of the pictures in them: compositors map them whole. A
/// picture that scrolls has room for two, and as much again lets the next sizes of its window fit in.
pub const FILE_BYTES_PER_PICTURE_BYTE: usize = 4;

/// Address space that is not worth a rule.
pub const FILE_BYTES_FREE_OF_RULE: usize = 4 * 1024 * 1024;

/// Buffers below this size have memory files of their own: one that lives for long in a file with a large one that the
/// compositor never gives back would keep all that memory.
pub const SMALL_BYTES_MAX: usize = 256 * 1024;

/// Views from this size on ask for huge pages.
pub const HUGE_PAGES_WORTH_BYTES: usize = 4 * 1024 * 1024;

/// The size of a huge page on the machines that have them for memory files.
pub const HUGE_PAGE_BYTES: usize = 2 * 1024 * 1024;

/// Small buffers share a memory file of at least this size, however low `shm_set_max_pool_size` is: descriptors are
/// scarcer than address space.
pub const ARENA_SHARED_BYTES_MIN: usize = 16 * 1024 * 1024;

/// Wayland buffers that are kept for one ring, one for each offset of a lap; 200 bytes in the compositor each.
pub const OFFSETS_KEPT_MAX: usize = 96;

/// Images that are kept for one ring, over all its offsets; 272 bytes each. Enough for a full set of offsets with 340
/// drawing threads: fewer offsets than a lap has would make an object at every step.
pub const IMAGES_KEPT_MAX: usize = 32_768;

/// Offsets that are kept even if a program has thousands of images for each.
pub const OFFSETS_KEPT_MIN: usize = 8;

/// Images of one buffer: one for each worker thread. More is a mistake of the program.
pub const IMAGES_PER_BUFFER_MAX: usize = 65_536;

/// New Wayland buffers that scrolling makes between two requests. Beyond that the pixels are moved in place: thousands
/// of messages without a dispatch fill the socket, and the compositor hangs up.
pub const NEW_WL_BUFFERS_PER_REQUEST: u32 = 64;

/// Buffers of one group that may be held at a time, whatever their size. Compositors hold 1 to 3, 4 while they are late.
pub const HELD_PER_GROUP_OF_ANY_SIZE: usize = 6;

/// More may be held while they are together no larger than this: programs ask for several small pictures of one cookie
/// before they show any, as the original lets them. Beyond it the oldest is given up: each new frame would take as much
/// memory again.
pub const HELD_PER_GROUP_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The same in buffers, however small they are: a compositor that never releases costs no more than these.
pub const HELD_PER_GROUP_MAX: usize = 64;

/// With more held buffers of one group than this the program is told so, once, unless it or its user has set another number
/// (`SHM_MAX_HELD`): ten times what compositors hold, and half of what is given up at, so that nothing is lost yet.
pub const HELD_PER_GROUP_WARNED_OF: usize = 32;

/// Buffers that may be held over all groups: 64 windows with all their decorations and labels. Beyond it, the oldest that
/// has a newer one of its group is given up.
pub const HELD_MAX: usize = 4096;

/// Purged buffers that a compositor may still hold, before the oldest is given up: two closed windows.
pub const CONDEMNED_MAX: usize = 8;

/// The same in bytes: some buffers of a large screen.
pub const CONDEMNED_BYTES_MAX: usize = 128 * 1024 * 1024;

/// A buffer that does not scroll, is idle, and was not asked for while this many others were, is forgotten: its cookie
/// may never come back (foot makes cookies from addresses, and never purges those of labels).
pub const REQUESTS_UNTIL_IDLE_GOES: u64 = 512;

/// Forgotten buffers go when there are more than these. Below, they cost little, and a program may show one again that
/// it has not asked for again.
pub const FORGOTTEN_MAX: usize = 2048;

/// The same in bytes: half of what one picture of a 4K screen takes.
pub const FORGOTTEN_BYTES_MAX: usize = 16 * 1024 * 1024;

/// An idle buffer of the size in use that so many requests of its group have passed over goes. A compositor gives some
/// back together now and then, and wants them all again.
pub const REQUESTS_UNTIL_SURPLUS_GOES: u32 = 16;

/// Groups that are remembered as "has been warned about": so many lines at the most.
pub const WARNED_GROUPS_MAX: usize = 64;

/// System calls that a signal has interrupted are repeated this often, then reported as failed.
pub const INTERRUPTED_RETRIES: u32 = 100;

/// Descriptors below this are the standard streams: programs close and reopen them, also those they do not own.
pub const LOWEST_DESCRIPTOR: i32 = 3;

/// The longest path of a folder that files without a memfd are made in: `/run/user/1000` mostly. A longer one is not used.
pub const FOLDER_BYTES_MAX: usize = 1024;

/// Texts of threads that the library has room for by itself. Where more threads live that have failed, it asks the system
/// for as many again.
pub const THREAD_TEXTS_PER_TABLE: usize = 64;

/// A thread's text, with the NUL at its end: the longest has four numbers, and 126 bytes.
pub const THREAD_TEXT_BYTES: usize = 160;

/// A launcher or notifier has no windows but those it shows: after so many requests for other sizes, nobody asks for one.
pub const REQUESTS_UNTIL_SIZE_GOES: u64 = 64;

/// A buffer that is one frame behind, and of which more than such a part is to be copied, is left to a program that can do
/// that: it leaves out what it is about to draw. Less is copied here, and the program has nothing to do.
pub const CATCHING_UP_PART: usize = 4;

/// A call of a pool that comes upon damage sets it aside and goes on; after so many times it gives up. Each has cost a
/// look at the whole pool.
pub const POOL_MENDS_PER_CALL: u32 = 8;

/// The greatest size that a program may say its `struct poolcounts` has: a larger number is none that it meant, and would
/// have more written than there is. Sixty times what the first one has is enough for all that may be added.
pub const POOL_STATISTICS_BYTES_MAX: usize = 8192;

/// Compacting begins with an arena again if a callback has used what lies where the work was; so many times, for a program
/// that does so with each block. What is left is moved the next time.
pub const POOL_SWEEPS_PER_ARENA: u32 = 1000;

/// So many damaged blocks that are found at once are told of; the rest is set aside as well. More than a program's one
/// write beyond a block leaves, and little enough for a stack.
pub const SET_ASIDE_TOLD_MAX: usize = 32;

/// Locks of pools that need no memory of the system's: more pools than most programs have, in 1 KiB.
pub const LOCKS_IN_FIRST_TABLE: usize = 16;

/// So often a thread looks whether a lock has come free before it sleeps: about as long as a call of a pool takes. With
/// more, a thread on a busy machine mostly waits for one that does not run.
pub const LOCK_SPINS: u32 = 10;

/// So often fork() lets other threads run while it waits for one of them to give back a lock, with others in hand; some
/// milliseconds. Whoever has the lock for longer may wait for one of those, so they are given back.
pub const LOCK_YIELDS_FOR_FORK: u32 = 1000;

/// A thread that has taken a lock so often in a row, with no other between, takes it without an atomic step from then on.
/// To take that away again costs the other thread some microseconds, as much as so many turns save.
pub const LOCK_TURNS_UNTIL_FAVOUR: u32 = 1000;

/// The same for a lock whose favour was taken away again and again: each time twice as many, up to this.
pub const LOCK_TURNS_UNTIL_FAVOUR_MAX: u32 = 1_000_000;

/// So long a thread sleeps until it looks again whether the favourite of a lock is out: nobody wakes it, so that the favourite
/// need not look whether somebody waits.
pub const FAVOURITE_WAIT_MILLISECONDS: u64 = 1;

/// So long a thread waits for what others have written where the system does not say that it can be seen. Processors keep
/// it to themselves for less than a microsecond.
pub const WRITES_SEEN_MILLISECONDS: u64 = 10;

/// A new arena of a system pool has at least this part of what the pool has: half as much again. Up to 1 TiB that is
/// 35 arenas, and they are mostly one. Memory is only used where it is written.
pub const ARENA_GROWTH_DIVISOR: usize = 2;

/// The first arena of a system pool, and the least: what a small program needs, because the fast paths are fastest where
/// there is one arena, and a thread's stack may come to lie before the next one. It is address space; memory is used where
/// it is written.
pub const FIRST_ARENA_BYTES: usize = 1024 * 1024;

/// The second arena of a system pool is wished for so far below the first, and others beside it: they become one arena, where
/// libraries and stacks would come between. It is 16 GiB of address space, of which there are 128 TiB.
pub const PLACES_APART_BYTES: usize = if cfg!(target_pointer_width = "64") { 1 << (usize::BITS / 2 + 2) } else { 0 };

/// So many pools of a process have such a place; the arenas of others come where the system has room.
pub const PLACES_MAX: usize = if cfg!(target_pointer_width = "64") { 64 } else { 0 };

/// From this size on, the system is asked which pages of a block are there, before it is made zero. Where all are, the
/// question costs a sixth of writing so much; below it, more.
pub const ZERO_BY_PAGES_BYTES: usize = 128 * 1024;

/// For so many pages at a time the system is asked whether they are there: a byte of the stack for each. A block of 1 GiB
/// takes 256 calls, some tenth of a millisecond.
pub const PAGES_PER_QUESTION: usize = 1024;

const _: () = {
    assert!(SHARED_BYTES_MAX < WIRE_BYTES_MAX && WIRE_BYTES_MAX < FILE_BYTES_MAX);
    assert!(WIRE_BYTES_MAX == i32::MAX as usize);
    assert!(RING_VIEWS >= 2);
    assert!(OFFSETS_KEPT_MIN >= 2, "scrolling keeps the old offset until the new one stands");
    assert!(HELD_PER_GROUP_OF_ANY_SIZE >= 3, "double buffering with one late release must never give one up");
    assert!(HELD_PER_GROUP_MAX >= HELD_PER_GROUP_OF_ANY_SIZE);
    assert!(HELD_PER_GROUP_WARNED_OF < HELD_PER_GROUP_MAX, "told of before it is given up");
};

/// The greatest struct of `millpond.h` that a program can say it has: a page. What is larger is no size, but what stands
/// in memory that was not written.
pub const STATISTICS_STRUCT_BYTES_MAX: usize = 4096;

/// A record that changes while it is copied is copied again so often, for all numbers to be of one time.
pub const STATISTICS_COPIES_MAX: u32 = 8;
