//! What is asked for, and the help, which is enough to find a leak.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// When to write in colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

const ABOUT: &str = "Shows what programs have in their pools and pixel buffers, who holds it, and what leaks";

const LONG_ABOUT: &str = "\
Shows what programs have in their pools and pixel buffers, who holds it, and what leaks.

Programs that use millpond have a page of counts that others may read; poolstat reads it, and stops nobody. \
What programs share with a compositor is seen in /proc, of all programs, whatever library they use.

Without an option it lists the programs that use millpond, and says in words what is wrong with any program.";

/// What stands behind the options, in the help and in the manual page.
pub const WORDS: [(&str, &str); 8] = [
    ("LOST", "buffers that are there, held by nobody, and never handed out again: the program has leaked them"),
    (
        "NOT RELEASED by NAME",
        "buffers held for more than 5 seconds while newer ones came back. A window that stands still keeps one or two \
         for ever, which is no fault and is not said",
    ),
    ("HELD TWICE", "buffers that were taken once more while they were held; the usual cause of LOST"),
    ("ORPHAN", "more than 4 memory files that only the compositor has: their client has closed them, or has ended"),
    ("DESCRIPTOR LEAK", "more than 8 descriptors of one memory file in one process"),
    ("MANY FILES", "more than 64 memory files of one name and size in one process: perhaps one for each frame"),
    ("NEAR RLIMIT_NOFILE", "80 of 100 descriptors that a process may have are open"),
    ("DAMAGED", "blocks of a pool that something has written over; the pool has set them aside"),
];

/// Commands that somebody with a leak types, and why.
pub const EXAMPLES: [(&str, &str); 6] = [
    ("poolstat", "is anything wrong? Each fault is a line, with what to do next"),
    ("poolstat -m", "who has which memory files: a name with a COUNT of hundreds is a leak"),
    ("poolstat -w 10 foot", "what grows in foot, for each minute, looked at every 10 seconds"),
    ("poolstat -b 1234", "each buffer of process 1234: who has it, and since when"),
    ("poolstat -c core", "the same of a program that has crashed"),
    ("poolstat -q || notify-send 'something leaks'", "in a script"),
];

fn after_help() -> String {
    let mut text = String::from("Examples:\n");
    for (command, why) in EXAMPLES {
        text += &format!("  {command}\n          {why}\n");
    }
    text += "\nWhat is said of a fault:\n";
    for (word, meaning) in WORDS {
        text += &format!("  {word}\n          {meaning}\n");
    }
    text += "\nTo find a leak: `poolstat` names it. If it does not, use the program until it has grown, look with\n\
             `poolstat -m` whose files are many, and with `poolstat -w 10` what grows meanwhile. LIVE - HELD - CACHED\n\
             buffers are lost; HELD with an old OLDEST are not released; a pool whose USED only grows is never freed.\n\
             \n\
             Exit code: 0 nothing is wrong, 1 something is, 2 it could not look.";
    text
}

/// The command line.
#[derive(Clone, Debug, Default, Parser)]
#[command(name = "poolstat", version, about = ABOUT, long_about = LONG_ABOUT, after_long_help = after_help())]
#[command(after_help = "poolstat --help has examples, and says what the words mean.")]
pub struct Arguments {
    /// Only these processes: a number, or a name as ps shows it, or longer
    #[arg(value_name = "PROCESS")]
    pub processes: Vec<String>,

    /// Pools, with the columns of vmstat -z
    #[arg(short = 'z', long)]
    pub pools: bool,

    /// Buffers: those of each kind, and each of them
    #[arg(short = 'b', long)]
    pub buffers: bool,

    /// Shared memory files of all programs, and who has them
    #[arg(short = 'm', long)]
    pub memory: bool,

    /// Look again every so many seconds, and say what grows in a minute
    #[arg(short = 'w', long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2", value_parser = seconds)]
    pub watch: Option<f64>,

    /// With -w: end after so many looks
    #[arg(short = 'n', long, value_name = "LOOKS", requires = "watch", value_parser = clap::value_parser!(u64).range(1..))]
    pub looks: Option<u64>,

    /// Read a core instead of the processes that run
    #[arg(short = 'c', long, value_name = "FILE", conflicts_with = "watch")]
    pub core: Option<PathBuf>,

    /// Take this process for a compositor too: a number, or a name
    #[arg(long, value_name = "PROCESS")]
    pub compositor: Vec<String>,

    /// Say what is wrong, and nothing else
    #[arg(short = 'q', long)]
    pub quiet: bool,

    /// Say which processes were passed over, and why
    #[arg(short = 'v', long)]
    pub verbose: bool,

    /// All of it as JSON; with -w a line for each look
    #[arg(long, conflicts_with_all = ["openmetrics", "quiet"])]
    pub json: bool,

    /// All of it as OpenMetrics text
    #[arg(long, conflicts_with_all = ["quiet", "watch"])]
    pub openmetrics: bool,

    /// When to write in colours: auto (on a terminal, unless NO_COLOR is set), always, never
    #[arg(long, alias = "color", value_name = "WHEN", default_value = "auto")]
    #[arg(hide_possible_values = true, hide_default_value = true)]
    pub colour: Colour,
}

/// A tenth of a second at least: a look at a hundred processes takes a good part of that.
fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds is wanted")?;
    if (0.1..=86_400.0).contains(&seconds) { Ok(seconds) } else { Err("0.1 to 86400 seconds".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        <Arguments as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn pauses_are_not_too_short() {
        for (text, wanted) in
            [("2", Some(2.0)), ("0.1", Some(0.1)), ("0", None), ("-1", None), ("NaN", None), ("x", None)]
        {
            assert_eq!(seconds(text).ok(), wanted, "{text}");
        }
        let watch = |words: &[&str]| Arguments::try_parse_from(words).map(|arguments| arguments.watch);
        assert_eq!(watch(&["poolstat", "-w"]).unwrap(), Some(2.0));
        assert_eq!(watch(&["poolstat", "-w", "10", "foot"]).unwrap(), Some(10.0));
        assert!(watch(&["poolstat", "-n", "3"]).is_err());
    }
}
