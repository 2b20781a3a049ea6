//! Boxes that may fail to be had: the standard library's end the program then.

use alloc::boxed::Box;
use alloc::vec::Vec;

/// A box, or None if there is no memory.
pub fn try_box<T>(value: T) -> Option<Box<T>> {
    let mut one = Vec::new();
    one.try_reserve_exact(1).ok()?;
    one.push(value);
    let boxed: Box<[T]> = one.into_boxed_slice();
    // SAFETY: a boxed slice of one element has the address and the layout of a box of that element.
    Some(unsafe { Box::from_raw(Box::into_raw(boxed).cast::<T>()) })
}
