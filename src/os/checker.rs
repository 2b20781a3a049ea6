//! What a checker of memory that watches the program is told: Valgrind's Memcheck, or AddressSanitizer.
//!
//! Both are detected at run time, and cost nothing where they are not. Memcheck looks for a sequence of instructions
//! that does nothing elsewhere; AddressSanitizer's functions are there, or their addresses are 0. Both ways are written
//! for x86-64 only: on other machines no checker is found.

use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::environment_value_is;

/// Who watches how the program uses its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checker {
    /// Valgrind's.
    Memcheck,
    /// Compiled into the program by gcc or clang.
    AddressSanitizer,
}

const NOT_LOOKED: usize = 0;
const NOBODY: usize = 1;
const MEMCHECK: usize = 2;
const ADDRESS_SANITIZER: usize = 3;

/// Who watches. Nobody either if `MILLPOND_ANNOTATE` is 0 in the environment.
#[inline]
pub fn memory_checker() -> Option<Checker> {
    static KNOWN: AtomicUsize = AtomicUsize::new(NOT_LOOKED);
    let mut known = KNOWN.load(Ordering::Relaxed);
    if known == NOT_LOOKED {
        known = find();
        KNOWN.store(known, Ordering::Relaxed);
    }
    match known {
        MEMCHECK => Some(Checker::Memcheck),
        ADDRESS_SANITIZER => Some(Checker::AddressSanitizer),
        _ => None,
    }
}

#[cold]
#[inline(never)]
fn find() -> usize {
    if environment_value_is(c"MILLPOND_ANNOTATE", c"0") {
        NOBODY
    } else if is_memcheck() {
        MEMCHECK
    } else if machine::sanitizer().is_some() {
        ADDRESS_SANITIZER
    } else {
        NOBODY
    }
}

/// Requests of Valgrind's: numbers of its core, and of Memcheck.
mod request {
    pub(super) const CREATE_MEMPOOL: usize = 0x1303;
    pub(super) const DESTROY_MEMPOOL: usize = 0x1304;
    pub(super) const MEMPOOL_ALLOC: usize = 0x1305;
    pub(super) const MEMPOOL_FREE: usize = 0x1306;
    pub(super) const MEMPOOL_CHANGE: usize = 0x1309;
    pub(super) const MEMPOOL_EXISTS: usize = 0x130A;
    pub(super) const CHANGE_ERROR_DISABLEMENT: usize = 0x1801;
    pub(super) const MAKE_NO_ACCESS: usize = 0x4D43_0000;
    pub(super) const MAKE_UNDEFINED: usize = 0x4D43_0001;
    pub(super) const MAKE_DEFINED: usize = 0x4D43_0002;
}

/// Other tools of Valgrind's leave what stands for the answer as it was.
fn is_memcheck() -> bool {
    let byte = 0_u8;
    machine::ask(request::MAKE_DEFINED, [ptr::from_ref(&byte).expose_provenance(), 1, 0, 0]) != 0
}

impl Checker {
    /// What the library itself does from here on is no fault: it reads and writes what the program may not.
    #[cold]
    #[inline(never)]
    pub fn pause(self) {
        self.tell(request::CHANGE_ERROR_DISABLEMENT, [1, 0, 0, 0]);
    }

    /// The program goes on.
    #[cold]
    #[inline(never)]
    pub fn resume(self) {
        self.tell(request::CHANGE_ERROR_DISABLEMENT, [usize::MAX, 0, 0, 0]);
    }

    /// Begins a pool without blocks.
    #[cold]
    #[inline(never)]
    pub fn pool_begins(self, pool: usize) {
        if self == Checker::Memcheck && machine::ask(request::MEMPOOL_EXISTS, [pool, 0, 0, 0]) != 0 {
            // One that was there before at this address, and was never reset.
            self.pool_ends(pool);
        }
        self.tell(request::CREATE_MEMPOOL, [pool, 0, 0, 0]);
    }

    /// Forgets a pool and its blocks.
    #[cold]
    #[inline(never)]
    pub fn pool_ends(self, pool: usize) {
        self.tell(request::DESTROY_MEMPOOL, [pool, 0, 0, 0]);
    }

    /// The program may use a new block, and has not yet written to it.
    #[cold]
    #[inline(never)]
    pub fn block_begins(self, pool: usize, data: usize, bytes: usize) {
        self.tell(request::MEMPOOL_ALLOC, [pool, data, bytes, 0]);
        self.allow(data, bytes);
    }

    /// The program may no longer use a block.
    #[cold]
    #[inline(never)]
    pub fn block_ends(self, pool: usize, data: usize, bytes: usize) {
        self.tell(request::MEMPOOL_FREE, [pool, data, 0, 0]);
        self.forbid(data, bytes);
    }

    /// A block has another size at the same place.
    #[cold]
    #[inline(never)]
    pub fn block_changes(self, pool: usize, data: usize, before_bytes: usize, bytes: usize) {
        self.tell(request::MEMPOOL_CHANGE, [pool, data, data, bytes]);
        if bytes > before_bytes {
            self.allow(data + before_bytes, bytes - before_bytes);
        } else {
            self.forbid(data + bytes, before_bytes - bytes);
        }
    }

    /// The program has no business here.
    #[cold]
    #[inline(never)]
    pub fn forbid(self, address: usize, bytes: usize) {
        self.tell(request::MAKE_NO_ACCESS, [address, bytes, 0, 0]);
        if let Some(sanitizer) = self.sanitizer() {
            sanitizer.poison(address, bytes);
        }
    }

    /// The program may use this, and has not yet written to it.
    #[cold]
    #[inline(never)]
    pub fn allow(self, address: usize, bytes: usize) {
        self.tell(request::MAKE_UNDEFINED, [address, bytes, 0, 0]);
        if let Some(sanitizer) = self.sanitizer() {
            sanitizer.unpoison(address, bytes);
        }
    }

    /// What stands here has been written.
    #[cold]
    #[inline(never)]
    pub fn define(self, address: usize, bytes: usize) {
        self.tell(request::MAKE_DEFINED, [address, bytes, 0, 0]);
    }

    #[cold]
    #[inline(never)]
    fn tell(self, request: usize, arguments: [usize; 4]) {
        if self == Checker::Memcheck {
            machine::ask(request, arguments);
        }
    }

    fn sanitizer(self) -> Option<machine::Sanitizer> {
        if self == Checker::AddressSanitizer { machine::sanitizer() } else { None }
    }
}

#[cfg(all(target_arch = "x86_64", target_pointer_width = "64"))]
mod machine {
    use core::arch::asm;
    use core::ffi::c_void;
    use core::{mem, ptr};

    type Mark = unsafe extern "C" fn(*const c_void, usize);

    /// AddressSanitizer's functions.
    #[derive(Clone, Copy)]
    pub(super) struct Sanitizer {
        poison: Mark,
        unpoison: Mark,
    }

    impl Sanitizer {
        pub(super) fn poison(self, address: usize, bytes: usize) {
            // SAFETY: AddressSanitizer has notes on every address of the program, and only these are written.
            unsafe { (self.poison)(ptr::with_exposed_provenance(address), bytes) };
        }

        pub(super) fn unpoison(self, address: usize, bytes: usize) {
            // SAFETY: as above.
            unsafe { (self.unpoison)(ptr::with_exposed_provenance(address), bytes) };
        }
    }

    /// Its functions, if the program was built with it.
    pub(super) fn sanitizer() -> Option<Sanitizer> {
        let (poison, unpoison): (*const c_void, *const c_void);
        // SAFETY: the symbols are weak: the linker puts 0 where nobody has them, and only the two registers change.
        unsafe {
            asm!(
                ".weak __asan_poison_memory_region",
                ".weak __asan_unpoison_memory_region",
                "mov {poison}, qword ptr [rip + __asan_poison_memory_region@GOTPCREL]",
                "mov {unpoison}, qword ptr [rip + __asan_unpoison_memory_region@GOTPCREL]",
                poison = out(reg) poison,
                unpoison = out(reg) unpoison,
                options(nostack, preserves_flags, readonly),
            );
        }
        // SAFETY: NULL is None, and any other address is that of AddressSanitizer's function of this name and type.
        let poison: Option<Mark> = unsafe { mem::transmute(poison) };
        // SAFETY: as above.
        let unpoison: Option<Mark> = unsafe { mem::transmute(unpoison) };
        Some(Sanitizer { poison: poison?, unpoison: unpoison? })
    }

    /// Asks Valgrind. 0 where there is none, and where its tool does not know the request.
    pub(super) fn ask(request: usize, arguments: [usize; 4]) -> usize {
        let [first, second, third, fourth] = arguments;
        let question = [request, first, second, third, fourth, 0];
        let answer: usize;
        // SAFETY: natively the rotations leave rdi as it was, and nothing else changes. Valgrind reads `question`, and
        // answers in rdx.
        unsafe {
            asm!(
                "rol rdi, 3",
                "rol rdi, 13",
                "rol rdi, 61",
                "rol rdi, 51",
                "xchg rbx, rbx",
                in("rax") &raw const question,
                inout("rdx") 0_usize => answer,
                options(nostack),
            );
        }
        answer
    }
}

/// No checker is found here.
#[cfg(not(all(target_arch = "x86_64", target_pointer_width = "64")))]
mod machine {
    #[derive(Clone, Copy)]
    pub(super) struct Sanitizer;

    impl Sanitizer {
        pub(super) fn poison(self, _address: usize, _bytes: usize) {}
        pub(super) fn unpoison(self, _address: usize, _bytes: usize) {}
    }

    pub(super) fn sanitizer() -> Option<Sanitizer> {
        None
    }

    pub(super) fn ask(_request: usize, _arguments: [usize; 4]) -> usize {
        0
    }
}
