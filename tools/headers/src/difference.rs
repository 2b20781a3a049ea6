//! Shows where two texts part.

use std::fmt::Write as _;

/// More lines than this of either text are not shown.
const LINES_SHOWN: usize = 12;

/// The lines between the common beginning and the common end, `-` of the first and `+` of the second text.
pub fn between(current: &str, wanted: &str) -> Option<String> {
    if current == wanted {
        return None;
    }
    let current: Vec<&str> = current.split('\n').collect();
    let wanted: Vec<&str> = wanted.split('\n').collect();
    let same_before = current.iter().zip(&wanted).take_while(|(one, other)| one == other).count();
    let same_after = current[same_before..]
        .iter()
        .rev()
        .zip(wanted[same_before..].iter().rev())
        .take_while(|(one, other)| one == other)
        .count();

    let mut shown = format!("line {}:\n", same_before + 1);
    show(&mut shown, '-', &current[same_before..current.len() - same_after]);
    show(&mut shown, '+', &wanted[same_before..wanted.len() - same_after]);
    Some(shown)
}

fn show(shown: &mut String, mark: char, lines: &[&str]) {
    for line in lines.iter().take(LINES_SHOWN) {
        writeln!(shown, "{mark} {line}").expect("a string takes every text");
    }
    if lines.len() > LINES_SHOWN {
        writeln!(shown, "{mark} ... and {} lines more", lines.len() - LINES_SHOWN).expect("a string takes every text");
    }
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
        assert_eq!(between("a\nb\nc\n", "a\nx\ny\nc\n").unwrap(), "line 2:\n- b\n+ x\n+ y\n");
        assert_eq!(between("a\na\n", "a\n").unwrap(), "line 2:\n- a\n");
        assert_eq!(between("a", "a\n").unwrap(), "line 2:\n+ \n");
    }

    #[test]
    fn a_long_difference_is_cut() {
        let shown = between("", &"x\n".repeat(LINES_SHOWN + 5)).unwrap();
        assert!(shown.ends_with("+ ... and 5 lines more\n"), "{shown}");
    }
}
