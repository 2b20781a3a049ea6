//! Where a number stands in a record.
#![forbid(unsafe_code)]

use core::marker::PhantomData;

/// A number of a record, of the type that it has there.
#[derive(Clone, Copy, Debug)]
pub struct Field<N> {
    offset: usize,
    number: PhantomData<N>,
}

impl<N> Field<N> {
    /// The field that `field` gives out, so many bytes from the start of a record. `record_field!`
    /// says both.
    #[doc(hidden)]
    pub const fn new<S>(offset: usize, _field: fn(&S) -> &N) -> Field<N> {
        Field { offset, number: PhantomData }
    }

    #[inline(always)]
    pub(super) const fn offset(self) -> usize {
        self.offset
    }
}

/// A field of one of the records in `statistics_page`: `record_field!(GroupRecord, gets)`.
macro_rules! record_field {
    ($record:ty, $field:ident) => {
        $crate::published::Field::new::<$record>(core::mem::offset_of!($record, $field), |record| &record.$field)
    };
}
pub(crate) use record_field;

/// u32 or u64: what records have.
pub trait Number: Copy {
    #[doc(hidden)]
    fn in_cell(cell: u64, offset: usize) -> Self;
    #[doc(hidden)]
    fn put_in_cell(self, cell: impl FnOnce() -> u64, offset: usize) -> u64;
    #[doc(hidden)]
    fn plus(self, more: Self) -> Self;
}

impl Number for u64 {
    #[inline(always)]
    fn in_cell(cell: u64, _offset: usize) -> u64 {
        cell
    }

    #[inline(always)]
    fn put_in_cell(self, _cell: impl FnOnce() -> u64, _offset: usize) -> u64 {
        self
    }

    #[inline(always)]
    fn plus(self, more: u64) -> u64 {
        self.wrapping_add(more)
    }
}

/// Half a cell: the lower half comes first.
impl Number for u32 {
    #[inline(always)]
    fn in_cell(cell: u64, offset: usize) -> u32 {
        let half = cell >> shift_of(offset) & u64::from(u32::MAX);
        u32::try_from(half).unwrap_or(u32::MAX)
    }

    #[inline(always)]
    fn put_in_cell(self, cell: impl FnOnce() -> u64, offset: usize) -> u64 {
        let others = cell() & !(u64::from(u32::MAX) << shift_of(offset));
        others | u64::from(self) << shift_of(offset)
    }

    #[inline(always)]
    fn plus(self, more: u32) -> u32 {
        self.wrapping_add(more)
    }
}

#[inline(always)]
fn shift_of(offset: usize) -> u32 {
    if offset % 8 == 0 { 0 } else { 32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics_page::{BufferRecord, GroupRecord};

    #[test]
    fn halves_do_not_touch_each_other() {
        const WIDTH: Field<u32> = record_field!(GroupRecord, width);
        const HEIGHT: Field<u32> = record_field!(GroupRecord, height);
        assert_eq!(WIDTH.offset() + 4, HEIGHT.offset());
        let cell = 7_u32.put_in_cell(|| 9_u32.put_in_cell(|| u64::MAX, HEIGHT.offset()), WIDTH.offset());
        assert_eq!(cell, 9 << 32 | 7);
        assert_eq!(u32::in_cell(cell, WIDTH.offset()), 7);
        assert_eq!(u32::in_cell(cell, HEIGHT.offset()), 9);
    }

    #[test]
    fn a_field_stands_where_the_record_has_it() {
        const BYTES: Field<u64> = record_field!(BufferRecord, bytes);
        assert_eq!(BYTES.offset(), 48);
        assert_eq!(u64::in_cell(5_u64.put_in_cell(|| 1, BYTES.offset()), BYTES.offset()), 5);
    }
}
