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
#![forbid(unsafe_code)]

use core::mem::offset_of;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::arena_table::ArenaTable;
use super::index::Index;
use super::layout::WORD;
use super::raw_memory::{self as memory, NO_INDEX, PoolPointer, set_word, shared_word, word};
use crate::os;

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

/// An index of a pool in shared memory. It is never given back, but used for another pool.
#[repr(C)]
struct Node {
    next: usize,
    /// The address of the pool; 0: of none.
    pool: usize,
    /// What this process left in the pool when it read the index: a number that no other reading comes upon.
    token: usize,
    /// The process that the index belongs to: not its child, which has a copy.
    process: usize,
    index: Index,
}

const POOL: usize = offset_of!(Node, pool);
const TOKEN: usize = offset_of!(Node, token);
const PROCESS: usize = offset_of!(Node, process);
const INDEX: usize = offset_of!(Node, index);

/// What stands in a pool without an index: 0, or a number with one of these. A token:
const IS_TOKEN: usize = NO_INDEX | 0b010;
/// The address of the pool, which has been reset: it is this process's alone, unless it was copied elsewhere.
const WAS_RESET: usize = NO_INDEX | 0b100;

static FIRST_NODE: AtomicUsize = AtomicUsize::new(0);

/// An index of no pool, all zero, which is kept for the next one: 0 for none.
static SPARE: AtomicUsize = AtomicUsize::new(0);

/// The index of a pool in which there stands none. None: there is no memory for it.
#[cold]
#[inline(never)]
pub(super) fn find<'call>(pool: PoolPointer) -> Option<(&'call mut Index, Standing)> {
    let is_lost = is_lost(pool);
    let (index, standing) = find_or_make(pool)?;
    Some((index, if is_lost { Standing::Lost } else { standing }))
}

fn find_or_make<'call>(pool: PoolPointer) -> Option<(&'call mut Index, Standing)> {
    if !has_index(pool) && (was_reset(pool) || !memory::is_shared(pool)) {
        return make(pool).map(|index| (index, Standing::InPool));
    }
    let token = memory::token_of(pool);
    let Some(node) = node_of(pool) else { return lend(pool).map(|index| (index, Standing::Outdated)) };
    let is_current = token != 0 && token == word(node + TOKEN) && word(node + PROCESS) == os::process_token();
    let standing = if is_current { Standing::Shared } else { Standing::Outdated };
    Some((memory::index_at(node + INDEX), standing))
}

/// True if the pool has arenas, or may have: it has been used since it was made or reset.
pub(super) fn has_index(pool: PoolPointer) -> bool {
    memory::token_of(pool) != 0 && !was_reset(pool)
}

/// True if the pool was used, and its freeroot was written over with nil.
pub(super) fn is_lost(pool: PoolPointer) -> bool {
    memory::token_of(pool) == 0 && (pool.curfree() | pool.curalloc() | pool.arenalist()) != 0
}

fn was_reset(pool: PoolPointer) -> bool {
    memory::token_of(pool) == pool.address() | WAS_RESET
}

/// The index of a pool has been read anew, and says what stands in the arenas. Returns whose it is.
pub(super) fn is_read(pool: PoolPointer) -> Standing {
    if memory::index_of::<Index>(pool).is_some() {
        return Standing::InPool;
    }
    if let Some(node) = node_of(pool) {
        let token = os::random_token() | IS_TOKEN;
        set_word(node + TOKEN, token);
        set_word(node + PROCESS, os::process_token());
        memory::set_token(pool, token);
    }
    Standing::Shared
}

/// It could not be read: the next call tries again.
pub(super) fn is_not_read(pool: PoolPointer) {
    if memory::index_of::<Index>(pool).is_some() {
        memory::set_token(pool, IS_TOKEN);
    }
}

fn make<'call>(pool: PoolPointer) -> Option<&'call mut Index> {
    let address = match SPARE.swap(0, Ordering::Acquire) {
        0 => memory::map(size_of::<Index>()),
        spare => spare,
    };
    if address == 0 {
        return lend(pool);
    }
    memory::set_index(pool, address);
    begin(pool);
    memory::index_of(pool)
}

/// An index in memory of the program's: it stays the pool's until that is reset, and is not counted.
fn lend<'call>(pool: PoolPointer) -> Option<&'call mut Index> {
    let bytes = size_of::<Index>() + align_of::<Index>();
    let lent = pool.allocate_arena(bytes);
    if memory::index_of::<Index>(pool).is_some() {
        // A call that `alloc` made has needed one, too.
        if lent != 0 {
            pool.free_arena_while_locked(lent, bytes);
        }
        return memory::index_of(pool);
    }
    if lent == 0 || !os::is_writable(lent, bytes) {
        return None;
    }
    let address = lent.next_multiple_of(align_of::<Index>());
    memory::fill(address, size_of::<Index>(), 0);
    memory::set_index(pool, address);
    begin(pool);
    let index: &mut Index = memory::index_of(pool)?;
    (index.lent, index.lent_bytes) = (lent, bytes);
    Some(index)
}

fn begin(pool: PoolPointer) {
    if let Some(checker) = os::memory_checker() {
        checker.pool_begins(pool.address());
    }
}

/// This process's node for a pool.
fn node_of(pool: PoolPointer) -> Option<usize> {
    let address = pool.address();
    let known = nodes().find(|node| shared_word(node + POOL).load(Ordering::Acquire) == address);
    known.or_else(|| claim_node(address)).or_else(|| make_node(address)).inspect(|_| {
        if known.is_none() {
            begin(pool);
        }
    })
}

fn nodes() -> impl Iterator<Item = usize> {
    let first = FIRST_NODE.load(Ordering::Acquire);
    core::iter::successors((first != 0).then_some(first), |node| {
        let next = word(*node);
        (next != 0).then_some(next)
    })
}

/// A node that is no pool's any more: its pool was reset here, or there is no memory where it was.
fn claim_node(pool: usize) -> Option<usize> {
    let claimed = nodes().find(|node| {
        let place = shared_word(node + POOL);
        let former = place.load(Ordering::Acquire);
        let is_free = former == 0 || !os::is_mapped(former, WORD);
        is_free && place.compare_exchange(former, pool, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    })?;
    set_word(claimed + TOKEN, 0);
    Some(claimed)
}

fn make_node(pool: usize) -> Option<usize> {
    let node = memory::map(size_of::<Node>());
    if node == 0 {
        return None;
    }
    shared_word(node + POOL).store(pool, Ordering::Relaxed);
    let mut first = FIRST_NODE.load(Ordering::Acquire);
    loop {
        set_word(node, first);
        match FIRST_NODE.compare_exchange(first, node, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => return Some(node),
            Err(now) => first = now,
        }
    }
}

/// What a pool has left when it is reset: to be given back when it is not locked.
pub(super) struct Remains {
    pub(super) arenas: ArenaTable,
    mapped: usize,
    lent: usize,
    lent_bytes: usize,
}

impl Remains {
    /// Of a pool that was never used.
    pub(super) fn none() -> Remains {
        Remains { arenas: ArenaTable::empty(), mapped: 0, lent: 0, lent_bytes: 0 }
    }

    /// Takes all that a pool has. It has no index then.
    pub(super) fn take(pool: PoolPointer) -> Remains {
        let mut remains = Remains::none();
        if let Some(index) = memory::index_of::<Index>(pool) {
            remains.arenas = index.clear();
            (remains.lent, remains.lent_bytes) = (index.lent, index.lent_bytes);
            remains.mapped = if remains.lent == 0 { memory::token_of(pool) } else { 0 };
        } else if let Some(node) = node_of(pool) {
            remains.arenas = memory::index_at::<Index>(node + INDEX).clear();
            set_word(node + TOKEN, 0);
            shared_word(node + POOL).store(0, Ordering::Release);
        }
        memory::set_token(pool, if remains.mapped == 0 { 0 } else { pool.address() | WAS_RESET });
        remains
    }

    /// Gives everything back but the arenas.
    pub(super) fn give_back(&mut self, pool: PoolPointer) {
        self.arenas.clear(&mut |lent, bytes| pool.free_arena(lent, bytes));
        if self.mapped != 0 && SPARE.compare_exchange(0, self.mapped, Ordering::Release, Ordering::Relaxed).is_err() {
            memory::unmap(self.mapped, size_of::<Index>());
        }
        if self.lent != 0 {
            pool.free_arena(self.lent, self.lent_bytes);
        }
    }
}
