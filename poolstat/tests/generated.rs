//! The manual page and the completions are those of the command line: `POOLSTAT_WRITE=1 cargo test --test generated` writes
//! them, after a change of the arguments.

use std::fs;
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;
use poolstat::arguments::{Arguments, EXAMPLES, WORDS};
use poolstat::diagnosis::Fault;

/// Of the manual page: the day of the last change that a user notices.
const DATE: &str = "November 30, 2026";

fn is_current(path: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("POOLSTAT_WRITE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, wanted).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "{} is not current: POOLSTAT_WRITE=1 cargo test --test generated", path.display());
}

/// A text as roff has it: no line is taken for a request, and a dash is one that can be typed.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

fn tagged(entries: impl IntoIterator<Item = (String, String)>) -> String {
    entries.into_iter().map(|(tag, text)| format!(".TP\n\\fB{}\\fR\n{}\n", roff(&tag), roff(&text))).collect()
}

fn owned<const COUNT: usize>(entries: [(&str, &str); COUNT]) -> [(String, String); COUNT] {
    entries.map(|(tag, text)| (tag.into(), text.into()))
}

fn manual_page() -> String {
    let page = clap_mangen::Man::new(Arguments::command());
    let mut rendered = Vec::new();
    page.render_synopsis_section(&mut rendered).unwrap();
    page.render_options_section(&mut rendered).unwrap();
    // Its quotes are a string that each section defines anew.
    let is_used = |line: &&str| !line.contains(" .ds Aq ");
    let rendered: String =
        std::str::from_utf8(&rendered).unwrap().lines().filter(is_used).flat_map(|line| [line, "\n"]).collect();
    let rendered = rendered.replace("\\*(Aq", "\\(aq");
    let advice = tagged(Fault::ALL.map(|fault| (fault.word().into(), fault.advice().into())));
    let description = include_str!("manual/description.man");
    let files = include_str!("manual/behind.man");
    format!(
        ".\\\" Part of millpond; MIT licence. Written by poolstat/tests/generated.rs.\n\
         .TH POOLSTAT 1 \"{DATE}\" \"millpond {}\"\n\
         .SH NAME\npoolstat \\- shows what programs have in their pools and pixel buffers, and what leaks\n\
         {rendered}{description}\
         .SH FAULTS\n{}.SH WHAT TO DO NEXT\n{advice}.SH EXAMPLES\n{}{files}",
        env!("CARGO_PKG_VERSION"),
        tagged(owned(WORDS)),
        tagged(owned(EXAMPLES)),
    )
}

#[test]
fn the_manual_page_is_current() {
    is_current("../man/poolstat.1", &manual_page());
}

#[test]
fn the_completions_are_current() {
    for (shell, name) in [(Shell::Bash, "poolstat.bash"), (Shell::Zsh, "_poolstat"), (Shell::Fish, "poolstat.fish")] {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Arguments::command(), "poolstat", &mut script);
        is_current(&format!("completions/{name}"), &String::from_utf8(script).unwrap());
    }
}

#[test]
fn the_help_has_all_words_and_examples() {
    let help = Arguments::command().render_long_help().to_string();
    for (word, _) in WORDS.iter().chain(&EXAMPLES) {
        assert!(help.contains(word), "{word}");
    }
}
