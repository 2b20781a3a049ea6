//! Looking at a pool without changing it: what walks and counts begin with, and what is said where they cannot.
#![forbid(unsafe_code)]

use core::fmt;

use super::Text;
use super::call::Call;
use super::calls::run_and_unlock;
use super::damage::Stop;
use super::error::Reason;
use super::index_memory::{has_index, is_lost};
use super::locked::Locked;
use super::pool_pointer::PoolPointer;
use super::watch::looking_away;
use crate::os;

/// Locks the pool, and looks at it. A pool that was never used has nothing to be seen, and gets no index for that. None:
/// it could not be looked at, and that was said.
pub(super) fn inspect<T: Default>(
    pool: PoolPointer<'_>,
    operation: &'static str,
    work: impl FnOnce(&mut Call<'_>) -> Result<Option<T>, Stop>,
) -> Option<T> {
    let record = pool.record();
    let locked = pool.lock();
    if !has_index(record) && !is_lost(record) {
        locked.unlock();
        return Some(T::default());
    }
    let look = |call: &mut Call<'_>| {
        call.mends = false;
        work(call)
    };
    let (seen, refusal) = run_and_unlock(locked, operation, |_: &Option<T>| false, look);
    if seen.is_none() && matches!(refusal, Some(Reason::NoIndex)) {
        say(Some(PoolPointer::of(record)), operation, format_args!("no memory for the index of the pool"));
    }
    seen
}

/// Says in one line that a call cannot do its work: through the pool's `print`; on stderr, if there is none.
#[cold]
pub fn say(pool: Option<PoolPointer<'_>>, operation: &str, what: fmt::Arguments<'_>) {
    let mut line = Text::of(format_args!("{operation}: "));
    if let Some(pool) = &pool {
        line.add(format_args!("pool "));
        line.add_bytes(|room| pool.record().copy_name(room));
        line.add(format_args!(": "));
    }
    line.add(what);
    match pool.filter(|pool| pool.record().print().is_some()) {
        Some(pool) => {
            line.add(format_args!("\n"));
            print(pool.lock(), &mut line);
        }
        None => os::write_to_stderr(line.ended_by(b'\n')),
    }
}

fn print(locked: Locked<'_>, line: &mut Text) {
    let mut locked = locked;
    looking_away(|| locked.print(line.terminated()));
    locked.unlock();
}
