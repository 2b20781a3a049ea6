//! The house as tables: what stands where, and what may be done there.

/// The floor of every module directly below `src/`. A module uses what stands on lower floors, and itself.
pub const FLOORS: &[(&str, u8)] = &[
    ("units", 1),
    ("limits", 1),
    ("statistics_page", 1),
    ("text", 1),
    ("placement", 2),
    ("scroll", 2),
    ("life", 2),
    ("os", 2),
    ("published", 2),
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
    Exception { from: "published", to: "os", reason: "records stand in mapped memory, and os knows where" },
    Exception {
        from: "wayland",
        to: "os",
        reason: "a pool is made of a memory file, whose descriptor only os gives out",
    },
];

/// Folders of `src/` in which files still use each other in circles. One that has none any more is reported too.
pub const FOLDERS_WITH_CIRCLES: &[&str] = &[];

/// Decisions without effects: no unsafe code, no system, no foreign code.
pub const PURE: &[&str] = &["units", "limits", "statistics_page", "text", "placement", "scroll", "life"];

/// What pure modules do not use of the standard library.
pub const EFFECTS_OF_STD: &[&str] = &["fs", "io", "net", "process", "env", "thread", "time"];

pub const FILE_LINES: usize = 450;

pub fn floor_of(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

pub fn exception(from: &str, to: &str) -> Option<&'static Exception> {
    EXCEPTIONS.iter().find(|exception| exception.from == from && exception.to == to)
}
