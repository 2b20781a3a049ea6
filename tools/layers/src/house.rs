//! The house as tables: what stands where, and what may be done there.

/// The floor of every module directly below `src/`. A module uses what stands on lower floors, and itself.
pub const FLOORS: &[(&str, u8)] = &[
    ("units", 1),
    ("limits", 1),
    ("text", 1),
    ("placement", 2),
    ("scroll", 2),
    ("life", 2),
    ("os", 2),
    ("wayland", 2),
    ("pixman", 2),
    ("pool", 3),
    ("shm", 3),
    ("stats", 3),
    ("c_api", 4),
];

/// A module that uses another one that does not stand below it, and why that is right.
#[derive(Debug, Clone, Copy)]
pub struct Exception {
    pub from: &'static str,
    pub to: &'static str,
    pub reason: &'static str,
}

/// One that nothing needs any more is reported too.
pub const EXCEPTIONS: &[Exception] = &[
    Exception { from: "pixman", to: "os", reason: "an image lies over mapped memory, and os knows where that ends" },
    Exception {
        from: "wayland",
        to: "os",
        reason: "a pool is made of a memory file, whose descriptor only os gives out",
    },
];

/// Decisions without effects: no unsafe code, no system, no foreign code.
pub const PURE: &[&str] = &["units", "limits", "text", "placement", "scroll", "life"];

/// Where unsafe code may stand.
pub const UNSAFE_MODULES: &[&str] = &["os", "wayland", "pixman", "c_api"];
pub const UNSAFE_FILES: &[&str] = &[
    "src/pool/arena_table.rs",
    "src/pool/block.rs",
    "src/pool/block_data.rs",
    "src/pool/fast_calls.rs",
    "src/pool/grant.rs",
    "src/pool/index_memory.rs",
    "src/pool/locked.rs",
    "src/pool/pool_pointer.rs",
    "src/pool/raw_bytes.rs",
    "src/pool/room.rs",
    "src/pool/fast_path.rs",
    "src/pool/spot.rs",
    "src/pool/victim.rs",
];

/// What pure modules do not use of the standard library.
pub const EFFECTS_OF_STD: &[&str] = &["fs", "io", "net", "process", "env", "thread", "time"];

pub const FILE_LINES: usize = 450;
pub const FUNCTION_LINES: usize = 60;

pub fn floor_of(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

pub fn exception(from: &str, to: &str) -> Option<&'static Exception> {
    EXCEPTIONS.iter().find(|exception| exception.from == from && exception.to == to)
}
