//! What the measuring program prints: one JSON object per line, of these kinds. Only what the table needs is named
//! here; all the rest goes into bench.json as it came.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Variant {
    Ours,
    OursUncleared,
    Original,
    Memmove,
    Floor,
}

/// A width and a height, in pixels.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

impl Size {
    /// Bytes of a picture of this size.
    pub fn bytes(self) -> f64 {
        f64::from(self.width) * f64::from(self.height) * 4.0
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}x{}", self.width, self.height)
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    Machine(Machine),
    Scroll(Scroll),
    SystemCalls(SystemCalls),
    TurningRound(TurningRound),
    ColdBurst(Timed),
    Resizing(Resizing),
    ResizingAddressSpace(AddressSpace),
    SmallBuffers(SmallBuffers),
    Cached(Cached),
    Memory(Memory),
    NewBuffer(Timed),
    Weston(Weston),
    Terminal(Terminal),
    TerminalCalls(TerminalCalls),
    TerminalPixels(TerminalPixels),
}

impl Record {
    /// Reads one; an error says what was read.
    pub fn read(value: &serde_json::Value) -> Result<Record, String> {
        Record::deserialize(value).map_err(|error| format!("{error} in {value}"))
    }
}

#[derive(Clone, Debug, Deserialize)]
pub struct Machine {
    pub processor: String,
    pub processors: u32,
    pub kernel: String,
    pub load_at_start: f64,
    pub millpond: String,
    pub has_original: bool,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Scroll {
    pub variant: Variant,
    #[serde(flatten)]
    pub size: Size,
    pub rows: i32,
    pub kept_rows: u32,
    pub steps: f64,
    pub has_whole_laps: bool,
    pub mean_ns: f64,
    pub step_median_ns: f64,
    pub carried_median_ns: f64,
    pub client_faults: f64,
    pub server_faults: f64,
    pub buffers_made: f64,
    pub buffers_destroyed: f64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct SystemCalls {
    pub variant: Variant,
    #[serde(flatten)]
    pub size: Size,
    pub rows: i32,
    pub is_counted: bool,
    pub steps: f64,
    pub in_library: f64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct TurningRound {
    pub variant: Variant,
    #[serde(flatten)]
    pub size: Size,
    pub rows: i32,
    pub carried_in_a_row: f64,
}

/// A time and nothing else.
#[derive(Clone, Debug, Deserialize)]
pub struct Timed {
    pub variant: Variant,
    #[serde(flatten)]
    pub size: Size,
    pub mean_ns: f64,
    /// The system's setting, where that matters.
    #[serde(default)]
    pub huge_pages: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Resizing {
    pub variant: Variant,
    #[serde(flatten)]
    pub size: Size,
    pub sizes: f64,
    pub mean_ns: f64,
    pub server_cpu_ns: f64,
    pub client_faults: f64,
    pub memory_files_made: f64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct AddressSpace {
    pub variant: Variant,
    #[serde(flatten)]
    pub size: Size,
    pub client_views: f64,
    pub server_views: f64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct SmallBuffers {
    pub variant: Variant,
    pub create_ns: f64,
    pub purge_ns: f64,
    pub fini_ns: f64,
    pub descriptors: f64,
    pub mappings: f64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Cached {
    pub variant: Variant,
    pub buffers: u32,
    pub gets: f64,
    pub mean_ns: f64,
    pub allocations_are_counted: bool,
    pub allocations: f64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Memory {
    pub variant: Variant,
    #[serde(flatten)]
    pub size: Size,
    pub view_bytes: f64,
    pub virtual_bytes: f64,
    pub server_virtual_bytes: f64,
    pub resident_scrolling_bytes: f64,
    pub resident_idle_bytes: f64,
    pub given_back_max_bytes: f64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Weston {
    pub variant: Variant,
    #[serde(flatten)]
    pub size: Size,
    pub rows: i32,
    pub mean_ns: f64,
    pub client_faults: f64,
    pub server_faults: f64,
    pub server_cpu_ns: f64,
}

/// Frames of a terminal under one load; a figure without a unit is for each frame.
#[derive(Clone, Debug, Deserialize)]
pub struct Terminal {
    pub variant: Variant,
    #[serde(flatten)]
    pub size: Size,
    pub load: String,
    /// When the compositor gives buffers back.
    pub policy: String,
    pub mean_ns: f64,
    pub median_ns: f64,
    /// The worst frame of each round, in the middle of the rounds.
    pub round_worst_median_ns: f64,
    pub view_memmove_ns: f64,
    pub caller_bytes: f64,
    /// None where the library does not say it.
    pub library_bytes: Option<f64>,
    pub client_faults: f64,
    pub requests: f64,
    pub resident_running_bytes: f64,
    pub resident_end_bytes: f64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct TerminalCalls {
    pub variant: Variant,
    #[serde(flatten)]
    pub size: Size,
    pub load: String,
    pub policy: String,
    pub is_counted: bool,
    pub frames: f64,
    pub in_frames: f64,
}

#[derive(Clone, Debug, Deserialize)]
pub struct TerminalPixels {
    pub variant: Variant,
    pub wrong_pictures: f64,
}

macro_rules! has_variant {
    ($($kind:ty),*) => {
        $(impl HasVariant for $kind {
            fn variant(&self) -> Variant {
                self.variant
            }
        })*
    };
}

/// A record of one variant.
pub trait HasVariant {
    fn variant(&self) -> Variant;
}

has_variant!(Scroll, SystemCalls, TurningRound, Timed, Resizing, AddressSpace, SmallBuffers, Cached, Memory, Weston);
has_variant!(Terminal, TerminalCalls, TerminalPixels);
