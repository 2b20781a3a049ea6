// Plan 9's own pools: pool.h declares them, and leaves it to the program to define them. The tests are that program.

#[no_mangle]
pub static mut mainmem: *mut Pool = std::ptr::null_mut();
#[no_mangle]
pub static mut imagmem: *mut Pool = std::ptr::null_mut();
#[no_mangle]
pub static mut secrmem: *mut Pool = std::ptr::null_mut();
