//! What a call finds to be wrong. It is noted where it is found, and told when nothing is being changed any more.
#![forbid(unsafe_code)]

/// The call cannot go on: something is wrong, and noted, or there is no memory.
#[derive(Debug)]
pub(super) struct Stop;

/// What is wrong with a block, in the original's words.
pub(super) type Fault = &'static str;

/// What is wrong with a block, but tolerated.
#[derive(Clone, Copy)]
pub(super) struct Complaint {
    pub(super) block: usize,
    pub(super) what: &'static str,
}

/// What is wrong, and where.
#[derive(Clone, Copy)]
pub(super) enum Damage {
    /// The pool came upon a block that is damaged.
    Block { block: usize, fault: Fault },
    /// The program passed a block that is damaged.
    Passed { block: usize, fault: Fault },
    /// The program passed what is no block.
    NoBlock { data: usize },
    /// The pool came upon an arena that is damaged.
    Arena { start: usize, end: usize, fault: Fault },
    /// A counter of the pool is not what its blocks add up to.
    Count { name: &'static str, found: usize, expected: usize },
}

/// What a call has found so far.
pub(super) struct Findings {
    /// What is to be told.
    pub(super) damage: Option<Damage>,
    /// A block that the program has passed and that has been checked: it is one, whatever is damaged beside it.
    pub(super) known: usize,
    /// A block that the call has made, and that is in nobody's hands yet; 0: none.
    pub(super) made: usize,
}

impl Findings {
    pub(super) fn none() -> Findings {
        Findings { damage: None, known: 0, made: 0 }
    }
}
