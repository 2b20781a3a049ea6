//! Where the index of a pool stands, and what becomes of it when other processes use the pool too.
//!
//! ```text
//!   pool of one process     freeroot: the index, in memory of the system's; lent by `alloc` where there is none
//!   pool of several ones    freeroot: a token, which says who used the pool last
//!                           each process has an index of its own, in a list of nodes, with the token that it left in
//!                           the pool; it is read anew from the arenas when another one stands there
//! ```
//!
//! A pool is one of several processes' if it lies in memory that is shared, which is asked when it is used first. A reset
//! gives the index back, but for one that the process keeps for the next pool; what was asked is remembered in the pool.
//! In its free blocks stands all that an index needs, as long as no block is outside the lists between two calls.
#![allow(unsafe_code, reason = "memory of the system's becomes an index, and is given back")]

use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::ptr::{self, NonNull};
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use super::arena_table::ArenaTable;
use super::grant::Grant;
use super::index::{Index, LINE_BYTES, LINES};
use super::layout::{ARENA, ARENA_BYTES, ARENA_DOWN, ARENA_MAGIC, HEADER, WORD};
use super::locked::{Locked, NO_INDEX};
use super::marks::Marks;
use super::pool_pointer::{PoolPointer, Record};
use super::room::Room;
use super::system_lock::mark_to_keep;
use super::told::Told;
use crate::os::{self, Errno};

/// Whose index it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It stands in the pool.
    InPool,
    /// It is this process's, and up to date.
    Shared,
    /// It is this process's, and another one has used the pool since, or none yet.
    Outdated,
    /// It is new, and there was none in a pool that was used: the pool itself was written over.
    Lost,
}

impl Standing {
    /// True if the index says what stands in the arenas.
    pub(super) fn is_known(self) -> bool {
        matches!(self, Standing::InPool | Standing::Shared)
    }
}

/// An index of a pool in shared memory. It is never given back, but used for another pool. All zero is one of no pool.
#[repr(C)]
struct Node {
    next: AtomicPtr<Node>,
    /// The address of the pool; 0: of none.
    pool: AtomicUsize,
    /// What this process left in the pool when it read the index: a number that no other reading comes upon.
    token: AtomicUsize,
    /// The process that the index belongs to: not its child, which has a copy.
    process: AtomicUsize,
    index: UnsafeCell<Index<'static>>,
}

/// What stands in a pool without an index: 0, or a number with one of these. A token:
const IS_TOKEN: usize = NO_INDEX | 0b010;
/// The address of the pool, which has been reset: it is this process's alone, unless it was copied elsewhere.
const WAS_RESET: usize = NO_INDEX | 0b100;

const INDEX_BYTES: usize = size_of::<Index>() + (LINES - 1) * LINE_BYTES;

static FIRST_NODE: AtomicPtr<Node> = AtomicPtr::new(ptr::null_mut());

/// An index of no pool, all zero, which is kept for the next one.
static SPARE: AtomicPtr<Index<'static>> = AtomicPtr::new(ptr::null_mut());

/// Finds the index of a pool, or makes one. None: there is no memory for it.
#[cold]
#[inline(never)]
pub(super) fn find(locked: &mut Locked<'_>) -> Option<Standing> {
    let is_lost = is_lost(locked.record());
    // Where the system has no memory, that is no error of the program's call yet.
    let errno = Errno::last();
    let standing = find_or_make(locked);
    errno.set();
    standing.map(|standing| if is_lost { Standing::Lost } else { standing })
}

fn find_or_make(locked: &mut Locked<'_>) -> Option<Standing> {
    let pool = locked.record();
    if locked.know_index_in_pool() {
        return Some(Standing::InPool);
    }
    if !has_index(pool) && (was_reset(pool) || !os::is_shared(pool.touch())) {
        return make(locked).then_some(Standing::InPool);
    }
    let token = pool.token();
    let Some(node) = node_of(pool) else { return lend(locked).then_some(Standing::Outdated) };
    know_index_of(locked, node);
    if token == 0 || node.token.load(Ordering::Relaxed) == 0 {
        // Nobody has used the pool yet, or this process has not: what is remembered is another one's.
        locked.index().marks = Marks::NONE;
        begin_to_tell(locked);
    }
    let is_own = node.process.load(Ordering::Relaxed) == os::process_token();
    let is_current = token != 0 && token == node.token.load(Ordering::Relaxed) && is_own;
    Some(if is_current { Standing::Shared } else { Standing::Outdated })
}

fn know_index_of(locked: &mut Locked<'_>, node: &'static Node) {
    let Some(index) = NonNull::new(node.index.get()) else { return };
    // SAFETY: nodes stay for ever, and node_of gave out this pool's: nobody else uses it while the pool is locked.
    unsafe { locked.know_index(index.cast()) };
}

/// True if the pool has arenas, or may have: it has been used since it was made or reset.
pub(super) fn has_index(pool: Record<'_>) -> bool {
    pool.token() != 0 && !was_reset(pool)
}

/// True if the pool was used, and its freeroot was written over with nil.
pub(super) fn is_lost(pool: Record<'_>) -> bool {
    pool.token() == 0 && (pool.curfree() | pool.curalloc() | pool.arenalist()) != 0
}

fn was_reset(pool: Record<'_>) -> bool {
    pool.token() == pool.address() | WAS_RESET
}

/// The index of a pool has been read anew, and says what stands in the arenas. Returns whose it is.
pub(super) fn is_read(locked: &mut Locked<'_>) -> Standing {
    if locked.has_index_in_pool() {
        return Standing::InPool;
    }
    if let Some(node) = node_of(locked.record()) {
        let token = os::random_token() | IS_TOKEN;
        node.token.store(token, Ordering::Relaxed);
        node.process.store(os::process_token(), Ordering::Relaxed);
        set_token(locked.record(), token);
    }
    Standing::Shared
}

/// Notes that a pool which was never used is this process's alone.
pub(super) fn is_own(pool: Record<'_>) {
    set_token(pool, pool.address() | WAS_RESET);
}

/// Puts a number in the place of the index.
fn set_token(pool: Record<'_>, token: usize) {
    assert!(token == 0 || token & NO_INDEX == NO_INDEX, "invariant H6: no number in a pool is taken for an index");
    // SAFETY: it is none.
    unsafe { pool.set_freeroot(ptr::without_provenance_mut(token)) };
}

/// It could not be read: the next call tries again.
pub(super) fn is_not_read(locked: &mut Locked<'_>) {
    if locked.has_index_in_pool() {
        set_token(locked.record(), IS_TOKEN);
    }
}

/// False: there is no memory.
fn make(locked: &mut Locked<'_>) -> bool {
    let spare = NonNull::new(SPARE.swap(ptr::null_mut(), Ordering::Acquire));
    let Some(index) = spare.or_else(map_index) else { return lend(locked) };
    // SAFETY: it is an index, of no other pool, and goes only when `Remains` has taken it out.
    unsafe { locked.record().set_freeroot(index.as_ptr().cast()) };
    begin(locked.record());
    locked.know_index_in_pool() && begin_to_tell(locked)
}

/// Zeroed memory of the system's, apart from the program's. None: there is none.
fn map<T>() -> Option<NonNull<T>> {
    os::map_guarded(size_of::<T>()).map(NonNull::cast)
}

/// An index in memory of the system's. What is used of it most would come to the same lines of a cache with all pools.
fn map_index() -> Option<NonNull<Index<'static>>> {
    static MAPPED: AtomicUsize = AtomicUsize::new(0);
    let line = MAPPED.fetch_add(1, Ordering::Relaxed) % LINES;
    let memory = os::map_guarded(INDEX_BYTES)?;
    // SAFETY: INDEX_BYTES has room for it there.
    Some(unsafe { memory.byte_add(line * LINE_BYTES) }.cast())
}

/// Gives an index back.
///
/// # Safety
///
/// `map_index` has made it, and no pool knows it any more.
unsafe fn unmap_index(index: NonNull<Index<'static>>) {
    let line = index.addr().get() % os::page_bytes() / LINE_BYTES;
    // SAFETY: it stands so many lines behind what map_guarded gave, which is the start of a page.
    let memory = unsafe { index.byte_sub(line * LINE_BYTES) };
    // SAFETY: as the caller promises.
    unsafe { os::unmap_guarded(memory.cast(), INDEX_BYTES) };
}

/// An index in memory of the program's: it stays the pool's until that is reset, and is not counted. False: there is no
/// memory.
fn lend(locked: &mut Locked<'_>) -> bool {
    let bytes = size_of::<Index>() + align_of::<Index>();
    let lent = locked.allocate_arena(bytes);
    if locked.has_index_in_pool() {
        // A call that `alloc` made has needed one, too.
        if let Some(lent) = lent {
            locked.free_arena(lent);
        }
        return locked.know_index_in_pool();
    }
    let Some(lent) = lent.filter(|lent| os::is_writable(lent.start(), bytes)) else { return false };
    let place: *mut c_void = ptr::with_exposed_provenance_mut(lent.start().next_multiple_of(align_of::<Index>()));
    // SAFETY: `alloc` gave so many bytes from `lent` on, the index fits behind its alignment, and they can be written.
    unsafe { ptr::write_bytes(place.cast::<u8>(), 0, size_of::<Index>()) };
    // SAFETY: all zero is an index. It goes only when `Remains` has taken it out.
    unsafe { locked.record().set_freeroot(place) };
    begin(locked.record());
    if let Some(index) = locked.index_in_pool() {
        (index.lent, index.lent_bytes) = (lent.start(), bytes);
    }
    locked.know_index_in_pool() && begin_to_tell(locked)
}

/// The index is known, and new: it says nothing of the pool yet. Always true.
fn begin_to_tell(locked: &mut Locked<'_>) -> bool {
    let pool = locked.record();
    let index = locked.index();
    index.owner = mark_to_keep(pool);
    if let Some(former) = index.told.take() {
        former.end();
    }
    index.told = Told::begin(pool);
    true
}

fn begin(pool: Record<'_>) {
    if let Some(checker) = os::memory_checker() {
        checker.pool_begins(pool.address());
    }
}

/// This process's node for a pool.
fn node_of(pool: Record<'_>) -> Option<&'static Node> {
    let address = pool.address();
    let known = nodes().find(|node| node.pool.load(Ordering::Acquire) == address);
    known.or_else(|| claim_node(address)).or_else(|| make_node(address)).inspect(|_| {
        if known.is_none() {
            begin(pool);
        }
    })
}

fn nodes() -> impl Iterator<Item = &'static Node> {
    // SAFETY: a node that stands in the list is whole, and is never given back.
    let node = |place: &AtomicPtr<Node>| unsafe { place.load(Ordering::Acquire).as_ref() };
    core::iter::successors(node(&FIRST_NODE), move |before: &&'static Node| node(&before.next))
}

/// A node that is no pool's any more: its pool was reset here, or there is no memory where it was.
fn claim_node(pool: usize) -> Option<&'static Node> {
    let claimed = nodes().find(|node| {
        let former = node.pool.load(Ordering::Acquire);
        let is_free = former == 0 || !os::is_mapped(former, WORD);
        is_free && node.pool.compare_exchange(former, pool, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    })?;
    claimed.token.store(0, Ordering::Relaxed);
    Some(claimed)
}

fn make_node(pool: usize) -> Option<&'static Node> {
    let place: NonNull<Node> = map()?;
    // SAFETY: mapped for a node, which is all zero, and stays for ever.
    let node: &'static Node = unsafe { place.as_ref() };
    node.pool.store(pool, Ordering::Relaxed);
    let mut first = FIRST_NODE.load(Ordering::Acquire);
    loop {
        node.next.store(first, Ordering::Relaxed);
        match FIRST_NODE.compare_exchange(first, place.as_ptr(), Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => return Some(node),
            Err(now) => first = now,
        }
    }
}

/// Also before the program gets any memory back: what others are told of a pool does not outlive it.
fn end_telling(index: &mut Index<'_>) {
    if let Some(told) = index.told.take() {
        told.end();
    }
}

/// The arena that begins at an address, and the one below it, as another process has left them. None: none can begin
/// there, or there is no memory up to its end, which lies at or before `above`.
pub(super) fn arena_below(start: usize, above: usize) -> Option<(Grant, usize)> {
    if start >= above || start % WORD != 0 || !os::is_mapped(start, ARENA + HEADER) {
        return None;
    }
    // SAFETY: there is memory for the header of an arena.
    let header = unsafe { Room::assume(start, start + ARENA) };
    let bytes = header.word(start + ARENA_BYTES);
    let is_size = bytes > ARENA + HEADER && bytes % WORD == 0 && bytes <= (above - start).min(usize::MAX / 2);
    if header.word(start) != ARENA_MAGIC || !is_size || !os::is_mapped(start, bytes) {
        return None;
    }
    // SAFETY: the pool's list of arenas leads here, to what says that it is one: what `alloc` has returned, in another
    // process perhaps, where pool.h says that it is at the same address. Whoever has made up an arena in memory that
    // cannot be written has broken that; that there is memory was asked.
    Some((unsafe { Grant::assume(start, bytes) }, header.word(start + ARENA_DOWN)))
}

/// What a pool has left when it is reset: to be given back when it is not locked.
pub(super) struct Remains {
    arenas: ArenaTable<'static>,
    mapped: Option<NonNull<Index<'static>>>,
    lent: usize,
    lent_bytes: usize,
}

impl Remains {
    /// Of a pool that was never used.
    pub(super) fn none() -> Remains {
        Remains { arenas: ArenaTable::empty(), mapped: None, lent: 0, lent_bytes: 0 }
    }

    /// Takes all that a pool has. It has no index then.
    pub(super) fn take(locked: &mut Locked<'_>) -> Remains {
        let mut remains = Remains::none();
        let pool = locked.record();
        if let Some(index) = locked.index_in_pool() {
            // SAFETY: `give_back` asks for each arena before that goes.
            remains.arenas = unsafe { index.clear().for_longer() };
            index.marks = Marks::NONE;
            end_telling(index);
            (remains.lent, remains.lent_bytes) = (index.lent, index.lent_bytes);
            remains.mapped = if remains.lent == 0 { Some(NonNull::from(index).cast()) } else { None };
        } else if let Some(node) = node_of(pool) {
            know_index_of(locked, node);
            // SAFETY: as above.
            remains.arenas = unsafe { locked.index().clear().for_longer() };
            end_telling(locked.index());
            node.token.store(0, Ordering::Relaxed);
            node.pool.store(0, Ordering::Release);
        }
        locked.forget_index();
        set_token(pool, if remains.mapped.is_none() { 0 } else { pool.address() | WAS_RESET });
        remains
    }

    /// Gives everything back, the arenas from high to low addresses. `prepare` sees each of them before it goes. The index
    /// may be kept for another pool.
    pub(super) fn give_back(
        mut self,
        pool: &mut PoolPointer<'_>,
        keeps_index: bool,
        prepare: &mut dyn FnMut(Room<'_>),
    ) {
        for place in (0..self.arenas.count()).rev() {
            let room = self.arenas.at(place);
            prepare(room);
            pool.free_arena(room.start(), room.bytes());
        }
        self.arenas.clear(&mut |lent, bytes| pool.free_arena(lent, bytes));
        if let Some(mapped) = self.mapped {
            let keep =
                || SPARE.compare_exchange(ptr::null_mut(), mapped.as_ptr(), Ordering::Release, Ordering::Relaxed);
            if !keeps_index || keep().is_err() {
                // SAFETY: `make` has mapped it, and no pool knows it any more.
                unsafe { unmap_index(mapped.cast()) };
            }
        }
        if self.lent != 0 {
            pool.free_arena(self.lent, self.lent_bytes);
        }
    }
}
