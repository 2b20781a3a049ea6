//! Lays out what cbindgen wrote the way the project's C is laid out. Only white space and comment marks change.

/// The width that a line is filled up to. A tab counts as eight.
const LINE_COLUMNS: usize = 120;
const TAB_COLUMNS: usize = 8;
/// What cbindgen indents by: `tab_width` in the configuration.
const CBINDGEN_INDENT: &str = "    ";

/// Short comments in one line, arguments filled into few lines, tabs, no double blank lines, one line end at the end.
pub fn tidy(generated: &str) -> String {
    let lines: Vec<&str> = generated.lines().map(str::trim_end).collect();
    let mut tidied: Vec<String> = Vec::new();
    let mut rest = lines.as_slice();
    while let Some((first, after_first)) = rest.split_first() {
        if let Some(comment) = one_line_comment(rest) {
            tidied.push(tabs_for_indent(&comment));
            rest = &rest[3..];
        } else if let Some(length) = broken_prototype_length(rest) {
            tidied.extend(fill_prototype(&rest[..length]));
            rest = &rest[length..];
        } else {
            let is_second_blank = first.is_empty() && tidied.last().is_none_or(String::is_empty);
            if !is_second_blank {
                tidied.push(tabs_for_indent(first));
            }
            rest = after_first;
        }
    }
    while tidied.last().is_some_and(String::is_empty) {
        tidied.pop();
    }
    tidied.join("\n") + "\n"
}

/// A comment of one line of text that cbindgen spread over three, as one line; `None` if it is not one or is too long.
fn one_line_comment(lines: &[&str]) -> Option<String> {
    let [open, text, close, ..] = lines else { return None };
    let indent = open.strip_suffix("/**")?;
    let text = text.trim_start().strip_prefix("* ")?;
    if !indent.trim().is_empty() || close.trim() != "*/" {
        return None;
    }
    let comment = format!("{indent}/** {text} */");
    (columns(&tabs_for_indent(&comment)) <= LINE_COLUMNS).then_some(comment)
}

/// How many lines a prototype takes that cbindgen wrote with one argument in each line; `None` if there is none here.
fn broken_prototype_length(lines: &[&str]) -> Option<usize> {
    let first = lines.first()?;
    let begins_a_prototype = first.contains('(') && first.ends_with(',') && !first.starts_with([' ', '#', '/']);
    if !begins_a_prototype {
        return None;
    }
    // The head of an inline function is laid out by hand.
    let last = lines.iter().position(|line| line.ends_with(')') || line.ends_with(");"))?;
    lines[last].ends_with(");").then_some(last + 1)
}

/// Puts as many arguments into a line as it holds; further lines begin below the first argument.
fn fill_prototype(lines: &[&str]) -> Vec<String> {
    let open = lines[0].find('(').map_or(0, |position| position + 1);
    let continuation = "\t".repeat(open / TAB_COLUMNS) + &" ".repeat(open % TAB_COLUMNS);
    let mut filled = vec![lines[0].to_owned()];
    for argument in lines[1..].iter().map(|line| line.trim()) {
        let current = filled.last_mut().expect("begins with one line");
        let joined = format!("{current} {argument}");
        if columns(&joined) <= LINE_COLUMNS {
            *current = joined;
        } else {
            filled.push(format!("{continuation}{argument}"));
        }
    }
    filled
}

fn tabs_for_indent(line: &str) -> String {
    let mut text = line;
    let mut depth = 0;
    while let Some(inner) = text.strip_prefix(CBINDGEN_INDENT) {
        text = inner;
        depth += 1;
    }
    "\t".repeat(depth) + text
}

fn columns(line: &str) -> usize {
    line.chars().fold(0, |column, character| match character {
        '\t' => (column / TAB_COLUMNS + 1) * TAB_COLUMNS,
        _ => column + 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_comment_becomes_one_line() {
        assert_eq!(tidy("/**\n * Width, in pixels.\n */\nint a;\n"), "/** Width, in pixels. */\nint a;\n");
        assert_eq!(tidy("    /**\n     * Private.\n     */\n"), "\t/** Private. */\n");
    }

    #[test]
    fn a_comment_that_would_be_too_long_stays() {
        let text = "x".repeat(LINE_COLUMNS - "/**  */".len());
        assert_eq!(tidy(&format!("/**\n * {text}\n */\n")), format!("/** {text} */\n"));
        assert_eq!(tidy(&format!("/**\n * {text}y\n */\n")), format!("/**\n * {text}y\n */\n"));
    }

    #[test]
    fn a_comment_of_two_lines_stays() {
        let two_lines = "/**\n * One.\n * Two.\n */\n";
        assert_eq!(tidy(two_lines), two_lines);
    }

    #[test]
    fn arguments_fill_their_lines() {
        assert_eq!(tidy("void f(int a,\n       int b);\n"), "void f(int a, int b);\n");
        let long_name = "n".repeat(100);
        let broken = format!("void function(int a,\n              int {long_name},\n              int c);\n");
        assert_eq!(tidy(&broken), format!("void function(int a,\n\t      int {long_name},\n\t      int c);\n"));
    }

    #[test]
    fn blank_lines_are_single_and_none_stands_at_the_ends() {
        assert_eq!(tidy("\n\nint a;\n\n\n\nint b;  \n\n\n"), "int a;\n\nint b;\n");
    }

    #[test]
    fn indents_become_tabs() {
        assert_eq!(tidy("struct s {\n    int a;\n        int b;\n};\n"), "struct s {\n\tint a;\n\t\tint b;\n};\n");
    }

    #[test]
    fn the_words_stay() {
        let generated = "/**\n * One.\n */\n\n\nint f(int a,\n      const char *b);\n    /* x */\n";
        let words =
            |text: &str| text.replace("/**", " ").replace(['*', '/'], " ").split_whitespace().collect::<String>();
        assert_eq!(words(&tidy(generated)), words(generated));
    }
}
