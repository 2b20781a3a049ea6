//! Memory that the program has given to a pool.
#![allow(unsafe_code, reason = "what the program has promised is said here in types")]

/// So many bytes from an address on, which the pool may read and write until it gives them back. There is one for each
/// time that the program gives something: it becomes an arena, or memory for a table, or goes back.
#[derive(Debug)]
pub(super) struct Grant {
    start: usize,
    bytes: usize,
}

impl Grant {
    /// Memory of the program's.
    ///
    /// # Safety
    ///
    /// The program has promised it: its `alloc` has returned it, in this process or, at the same address, in another one.
    pub(super) unsafe fn assume(start: usize, bytes: usize) -> Grant {
        Grant { start, bytes }
    }

    pub(super) fn start(&self) -> usize {
        self.start
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Where it ends. None: beyond all addresses.
    pub(super) fn end(&self) -> Option<usize> {
        self.start.checked_add(self.bytes)
    }
}

/// The program lets two arenas become one: also what lies between them may be read and written.
#[derive(Debug)]
pub(super) struct MayMerge {
    bottom: usize,
    top: usize,
}

impl MayMerge {
    /// # Safety
    ///
    /// The program's `merge` has just said so of the arenas that begin at these addresses.
    pub(super) unsafe fn assume(bottom: usize, top: usize) -> MayMerge {
        MayMerge { bottom, top }
    }

    pub(super) fn bottom(&self) -> usize {
        self.bottom
    }

    pub(super) fn top(&self) -> usize {
        self.top
    }
}

#[cfg(test)]
impl Grant {
    /// So many words of memory that nobody gives back.
    pub(super) fn leaked(words: usize) -> Grant {
        let memory = std::vec![0_usize; words].leak();
        Grant { start: memory.as_mut_ptr().expose_provenance(), bytes: size_of_val(memory) }
    }
}
