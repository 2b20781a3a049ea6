//! Shows where two texts part.

use similar::TextDiff;

/// More lines than this are not shown.
const LINES_SHOWN: usize = 40;

/// What must change in the first text to become the second, as `diff -u` shows it.
pub fn between(current: &str, wanted: &str) -> Option<String> {
    if current == wanted {
        return None;
    }
    let all = TextDiff::from_lines(current, wanted).unified_diff().context_radius(1).to_string();
    let mut shown: String = all.split_inclusive('\n').take(LINES_SHOWN).collect();
    let more = all.lines().count().saturating_sub(LINES_SHOWN);
    if more > 0 {
        shown.push_str(&format!("... and {more} lines more\n"));
    }
    Some(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_do_not_differ() {
        assert_eq!(between("a\nb\n", "a\nb\n"), None);
    }

    #[test]
    fn shows_the_lines_that_differ_and_where() {
        assert_eq!(between("a\nb\nc\n", "a\nx\ny\nc\n").unwrap(), "@@ -1,3 +1,4 @@\n a\n-b\n+x\n+y\n c\n");
        assert!(between("a", "a\n").is_some());
    }

    #[test]
    fn a_long_difference_is_cut() {
        let shown = between("", &"x\n".repeat(LINES_SHOWN + 5)).unwrap();
        assert!(shown.ends_with("+x\n... and 6 lines more\n"), "{shown}");
    }
}
