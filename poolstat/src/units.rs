//! Numbers as people read them.

use std::time::Duration;

/// "1.5M", in units of 1,024; "-" for what has no end.
pub fn bytes(count: u64) -> String {
    let mut unit = 0;
    // In tenths, rounded down: what is shown is there.
    let mut tenths = u128::from(count) * 10;
    while tenths >= 10_240 && unit < 6 {
        tenths /= 1024;
        unit += 1;
    }
    let letter = ["", "K", "M", "G", "T", "P", "E"][unit];
    if unit == 0 { count.to_string() } else { format!("{}.{}{letter}", tenths / 10, tenths % 10) }
}

/// The same, where a number this large says that there is no limit.
pub fn limit(count: u64) -> String {
    if count == 0 || count >= u64::from(u32::MAX) << 16 || count == u64::from(u32::MAX) {
        "-".into()
    } else {
        bytes(count)
    }
}

/// "1 buffer", "3 processes"
pub fn counted(count: u64, what: &str) -> String {
    let plural = match what {
        _ if count == 1 => "",
        _ if what.ends_with('s') => "es",
        _ => "s",
    };
    format!("{count} {what}{plural}")
}

/// "0.2 s", "61 s", "12 min", "30 h"
pub fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{}.{} s", seconds, time.subsec_millis() / 100),
        10..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_rounded_down_in_each_unit() {
        for (count, text) in [
            (0, "0"),
            (1023, "1023"),
            (1024, "1.0K"),
            (1536, "1.5K"),
            (1024 * 1024 - 1, "1023.9K"),
            (1 << 20, "1.0M"),
            (384_204_800, "366.4M"),
            (u64::MAX, "15.9E"),
        ] {
            assert_eq!(bytes(count), text);
        }
    }

    #[test]
    fn no_limit_is_a_dash() {
        assert_eq!(limit(0), "-");
        assert_eq!(limit(u64::MAX), "-");
        assert_eq!(limit(u64::MAX >> 1), "-");
        assert_eq!(limit(64 << 20), "64.0M");
    }

    #[test]
    fn spans_and_counts() {
        assert_eq!(span(Duration::from_millis(1_290)), "1.2 s");
        assert_eq!(span(Duration::from_secs(61)), "61 s");
        assert_eq!(span(Duration::from_secs(7_199)), "119 min");
        assert_eq!(span(Duration::from_secs(108_000)), "30 h");
        assert_eq!(counted(1, "process"), "1 process");
        assert_eq!(counted(2, "process"), "2 processes");
        assert_eq!(counted(0, "file"), "0 files");
    }
}
