//! Places where a tracer may stop: static probes, as SystemTap, bpftrace, perf and gdb read them (`docs/probes.md` has a
//! list of them, with what each passes).
//!
//! A probe is one `nop` in the code, and a note beside it (`.note.stapsdt`, version 3) that says where the nop is and in
//! which registers its arguments are. Only what the code has in hand anyway is passed, so that nothing is done for a tracer
//! that is not there. A function with a probe that is inlined twice has two nops, and two notes of the same name.
//!
//! The notes are read from the file, and not loaded. Each belongs to the function in which its nop is, and goes with that
//! where a linker leaves it out. (A note that belonged to nothing would keep it in every program that is linked with the
//! archive.) What is loaded is the byte `_.stapsdt.base`: what changes addresses
//! in a file later moves it too, and leaves the notes as they are. All objects of a program share one.

/// What a note says of where an argument is: a word without a sign, an `unsigned int`, or an `int`.
#[cfg(all(has_probes, target_arch = "x86_64"))]
macro_rules! place {
    (word $argument:ident) => {
        concat!("8@%{", stringify!($argument), ":r}")
    };
    (count $argument:ident) => {
        concat!("4@%{", stringify!($argument), ":e}")
    };
    (int $argument:ident) => {
        concat!("-4@%{", stringify!($argument), ":e}")
    };
}

#[cfg(all(has_probes, target_arch = "x86"))]
macro_rules! place {
    (word $argument:ident) => {
        concat!("4@%{", stringify!($argument), ":e}")
    };
    (count $argument:ident) => {
        concat!("4@%{", stringify!($argument), ":e}")
    };
    (int $argument:ident) => {
        concat!("-4@%{", stringify!($argument), ":e}")
    };
}

#[cfg(all(has_probes, target_arch = "aarch64"))]
macro_rules! place {
    (word $argument:ident) => {
        concat!("8@{", stringify!($argument), ":x}")
    };
    (count $argument:ident) => {
        concat!("4@{", stringify!($argument), ":w}")
    };
    (int $argument:ident) => {
        concat!("-4@{", stringify!($argument), ":w}")
    };
}

/// A word in an assembler's note.
#[cfg(all(has_probes, target_pointer_width = "64"))]
macro_rules! word {
    ($value:literal) => {
        concat!(".8byte ", $value)
    };
}

#[cfg(all(has_probes, target_pointer_width = "32"))]
macro_rules! word {
    ($value:literal) => {
        concat!(".4byte ", $value)
    };
}

#[cfg(has_probes)]
core::arch::global_asm!(
    ".pushsection .stapsdt.base, \"aG\", \"progbits\", .stapsdt.base, comdat",
    ".weak _.stapsdt.base",
    ".hidden _.stapsdt.base",
    "_.stapsdt.base: .space 1",
    ".size _.stapsdt.base, 1",
    ".popsection",
);

/// The type of an argument.
macro_rules! type_of {
    (word) => {
        usize
    };
    (count) => {
        u32
    };
    (int) => {
        i32
    };
}

/// Functions that are one probe each. Where there are none, they do nothing.
macro_rules! probes {
    ($($(#[$text:meta])* $name:ident($first:ident: $first_kind:ident $(, $argument:ident: $kind:ident)*);)*) => {
        $(
            $(#[$text])*
            #[inline(always)]
            pub fn $name($first: type_of!($first_kind) $(, $argument: type_of!($kind))*) {
                #[cfg(has_probes)]
                // SAFETY: nothing is done. The note stands in a section of its own.
                unsafe {
                    core::arch::asm!(
                        // Each has a name of its own: a number more than the last one of this object.
                        ".ifndef .Lprobe_count",
                        ".set .Lprobe_count, 0",
                        ".endif",
                        ".set .Lprobe_count, .Lprobe_count + 1",
                        ".altmacro",
                        ".macro probe number",
                        ".Lprobe_\\number: nop",
                        ".pushsection .note.stapsdt, \"o\", \"note\", .Lprobe_\\number",
                        ".balign 4",
                        ".4byte 992f - 991f, 994f - 993f, 3",
                        "991: .asciz \"stapsdt\"",
                        "992: .balign 4",
                        concat!("993: ", word!(".Lprobe_\\number")),
                        word!("_.stapsdt.base"),
                        word!("0"),
                        ".asciz \"millpond\"",
                        concat!(".asciz \"", stringify!($name), "\""),
                        concat!(
                            ".asciz \"", place!($first_kind $first) $(, " ", place!($kind $argument))*, "\""
                        ),
                        "994: .balign 4",
                        ".popsection",
                        ".endm",
                        "probe %.Lprobe_count",
                        ".purgem probe",
                        ".noaltmacro",
                        $first = in(reg) $first,
                        $($argument = in(reg) $argument,)*
                        options(nostack, preserves_flags, readonly),
                    );
                }
                #[cfg(not(has_probes))]
                let _ = ($first, $($argument,)*);
            }
        )*
    };
}

probes! {
    /// A block has been allocated: so many bytes were asked for. The pool is still locked.
    pool_alloc(pool: word, asked_bytes: word, data: word);
    /// A block has been freed. The pool is still locked.
    pool_free(pool: word, data: word);
    /// A block has another size, and perhaps another address. The pool is still locked.
    pool_resize(pool: word, data: word, asked_bytes: word, new_data: word);
    /// A buffer is handed out.
    buffer_get(buffer: word, cookie: word, width: int, height: int, age: count);
    /// A buffer is given back: it is not held any more.
    buffer_release(buffer: word, cookie: word);
    /// A buffer was scrolled.
    scroll(buffer: word, rows: int, top_rows: int, bottom_rows: int, copied_bytes: word);
    /// A view was carried to the other side of its ring.
    wrap(buffer: word, from_row: word, to_row: word, ring_rows: word);
}
