//! Every threshold, with its reason. The manual page names those that users meet.

/// Bytes of a page that are read at most. A page of the library's own has room for 4,095 records of 256 bytes, which is one
/// MiB; sixteen times that leaves room for larger records and more of them, and none for a page that would fill the memory.
pub const PAGE_BYTES_MAX: u64 = 16 << 20;

/// Pages of one process that are read. A program that has the library twice, itself and in a plugin, has two.
pub const PAGES_OF_A_PROCESS_MAX: usize = 4;

/// How often a page is read again that is being written: records whose counts do not fit together are looked at anew, so
/// that a buffer on its way from one count to another is not taken for a lost one.
pub const LOOKS_AT_A_PAGE_MAX: u32 = 4;

/// The pause before a page is looked at again. A call of the library takes far less.
pub const PAUSE_BETWEEN_LOOKS_MICROSECONDS: u64 = 500;

/// A buffer that is held longer may be one that was forgotten. A compositor gives a buffer back within a frame or two of
/// the next one, so a hundredth of this would do if nothing ever stopped; a busy machine stops for a second or two.
pub const HELD_NS_MAX: u64 = 5_000_000_000;

/// So many buffers of one surface may be held for any time. Most compositors keep what a window shows until the next one
/// comes, and with direct scanout the one before; one or two more are on their way while the compositor is late. A window
/// that stands still keeps them as long as it stands, which is no fault.
pub const HELD_BY_A_SURFACE: usize = 4;

/// More descriptors of one file in one process are a leak. A program has one, a compositor one for each pool that was made
/// of the file, and copies for a helper process or two.
pub const DESCRIPTORS_OF_A_FILE_MAX: u64 = 8;

/// More files of one name and size in one process are a leak. Programs that make a file for each buffer have up to four
/// for a window, and few have more than sixteen windows of one size.
pub const FILES_OF_A_KIND_MAX: usize = 64;

/// So large is a file at least that is called an orphan. What compositors make for themselves and send to others (keymaps,
/// tables of formats) is smaller, and so are single icons; a window's pixels are larger.
pub const ORPHAN_BYTES_MIN: u64 = 128 << 10;

/// So many orphans of a compositor are no fault. A client may end its buffer while it is shown, and a wallpaper does: the
/// compositor has the pixels for as long as it shows them, one file for each screen.
pub const ORPHANS_MAX: u64 = 4;

/// Files whose names begin so, or as the compositor's own, are made by compositors themselves, for their screens. Unless a
/// client has one of that name: weston's clients call theirs as weston does.
pub const NAMES_OF_COMPOSITORS: [&str; 4] = ["wlroots", "mutter", "kwin", "smithay"];

/// Of a hundred descriptors that a process may have, so many are near the end. What comes then fails at some other place: a
/// compositor cannot accept a client, a program cannot open a file.
pub const DESCRIPTORS_PERCENT_MAX: u64 = 80;

/// Bytes of a list that the system gives (mappings, sockets, limits): some hundred thousand lines.
pub const LIST_BYTES_MAX: u64 = 64 << 20;

/// Program headers of a core. The field that counts them has 16 bits.
pub const SEGMENTS_MAX: usize = 65_535;

/// Bytes of the notes of a core, and of its table. The list of mapped files is the largest note, and kernels end it at 4
/// MiB; a thread has a few KiB of registers.
pub const NOTE_BYTES_MAX: u64 = 64 << 20;

/// Mapped memory files of a core that are listed. Kernels allow 65,530 mappings, unless somebody has said otherwise.
pub const FILES_OF_A_CORE_MAX: usize = 65_536;

/// The kernel keeps so many bytes of a process's name (TASK_COMM_LEN, with the zero behind them); ps shows these.
pub const NAME_BYTES: usize = 15;

/// Lines that say what is wrong, and rows of one table. A session with more has said enough.
pub const FINDINGS_MAX: usize = 1_000;

/// Slopes are those of the last minute: what a program does at its start is soon forgotten.
pub const SLOPE_SECONDS: f64 = 60.0;
