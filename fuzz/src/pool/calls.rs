//! What a script says of a call.

use arbitrary::Arbitrary;

use super::program::{Call, Operation, PLACES, Plan};
use millpond::pool::{
    POOL_ANTAGONISM, POOL_DEBUGGING, POOL_FRESH, POOL_LOGGING, POOL_NOREUSE, POOL_PARANOIA, POOL_TOLERANCE, Pool,
};

/// Also of those that `poolzalloc` asks the system about.
const SIZE_MAX: u32 = 150_000;

/// How a program sets up its pool.
#[derive(Arbitrary, Clone, Debug)]
pub struct Setup {
    /// Where its arenas go, and which of them cannot be had.
    pub places: [u8; PLACES],
    /// What its callbacks do.
    pub nested: Option<[u8; PLACES]>,
    /// Arenas may become one.
    pub is_merging: bool,
    /// Blocks may move.
    pub has_move: bool,
    /// Arenas may be given back.
    pub has_free: bool,
    /// There is a lock.
    pub has_lock: bool,
    /// Of blocks.
    pub quantum: Quantum,
    /// The least size of a block.
    pub minblock: u8,
    /// The least size of an arena.
    pub minarena: u16,
    /// Bits of `flags`.
    pub flags: u8,
}

/// What sizes are multiples of.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Quantum {
    /// 2 to that power, from 8 on.
    Power(u8),
    /// Any number, which the pool makes sense of.
    Any(u16),
}

/// How many bytes.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Size {
    /// Few.
    Small(u8),
    /// More.
    Middle(u16),
    /// Many.
    Large(u32),
    /// More than there are.
    Absurd(u8),
}

/// Of `poolallocalign`.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Placing {
    /// An address is a multiple of it, but for `offset`.
    pub align: u16,
    /// What is left of an address.
    pub offset: i8,
    /// 2 to that power, or 0.
    pub span: u8,
}

impl Setup {
    pub(super) fn plan(&self, panic_jumps: bool) -> Plan {
        Plan {
            places: self.places,
            // Without a lock that lets the thread in again nothing is nested.
            nested: self.nested.unwrap_or_default(),
            is_merging: u8::from(self.is_merging),
            has_move: u8::from(self.has_move),
            has_free: u8::from(self.has_free),
            has_lock: u8::from(self.has_lock),
            panic_jumps: u8::from(panic_jumps),
        }
    }

    pub(super) fn configure(&self, pool: &mut Pool) {
        pool.quantum = match self.quantum {
            Quantum::Power(power) => 8 << (power % 8),
            Quantum::Any(number) => number.into(),
        };
        pool.minblock = self.minblock.into();
        pool.minarena = self.minarena.into();
        pool.flags = flags_of(self.flags);
    }
}

/// All but what prints every block with every call.
pub(super) fn flags_of(bits: u8) -> i32 {
    let each = [POOL_ANTAGONISM, POOL_PARANOIA, POOL_DEBUGGING, POOL_LOGGING, POOL_TOLERANCE, POOL_NOREUSE, POOL_FRESH];
    let chosen = each.iter().enumerate().filter(|(number, _)| bits >> number & 1 != 0);
    chosen.fold(0, |flags, (_, flag)| flags | flag)
}

impl Size {
    pub(super) fn bytes(self) -> u64 {
        match self {
            Size::Small(bytes) => bytes.into(),
            Size::Middle(bytes) => (bytes / 8).into(),
            Size::Large(bytes) => (bytes % SIZE_MAX).into(),
            Size::Absurd(bits) => u64::MAX >> (bits % 44),
        }
    }
}

impl Placing {
    pub(super) fn call(self, n: u64) -> Call {
        let span = if self.span == 0 { 0 } else { 1 << (self.span % 24) };
        Call { n, align: self.align.into(), offset: self.offset.into(), span, ..plain(Operation::AllocAligned) }
    }
}

pub(super) fn plain(operation: Operation) -> Call {
    Call { operation, block: 0, n: 0, align: 0, offset: 0, span: 0 }
}

pub(super) fn with_size(operation: Operation, n: u64) -> Call {
    Call { n, ..plain(operation) }
}

pub(super) fn with_block(operation: Operation, block: usize) -> Call {
    Call { block, ..plain(operation) }
}
