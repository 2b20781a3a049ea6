//! The table, as text.

use crate::row::{Row, Verdict};

const HEADINGS: [&str; 8] = ["", "size", "ours", "original", "memmove", "ratio", "goal", ""];
/// The first two columns begin at the left; figures end at the right.
const LEFT_COLUMNS: usize = 2;

/// Lines with the rows under their sections, and what came of it.
pub fn text(rows: &[Row]) -> String {
    let cells: Vec<[String; 8]> = rows.iter().map(Row::cells).collect();
    let widths: [usize; 8] = std::array::from_fn(|column| {
        let longest = cells.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
        longest.max(HEADINGS[column].len())
    });
    let mut text = line(&HEADINGS.map(str::to_owned), &widths);
    let mut section = "";
    let mut note = "";
    for (row, cells) in rows.iter().zip(&cells) {
        if row.section != section {
            section = row.section;
            text.push_str(&format!("\n{section}\n"));
        }
        text.push_str(&line(cells, &widths));
        // The same note under many rows says no more than once.
        if !row.note.is_empty() && row.note != note {
            note = &row.note;
            text.push_str(&format!("      ({note})\n"));
        }
    }
    text.push_str(&summary(rows));
    text
}

fn line(cells: &[String; 8], widths: &[usize; 8]) -> String {
    let mut line = String::from(" ");
    for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
        if column < LEFT_COLUMNS {
            line.push_str(&format!(" {cell:<width$}"));
        } else {
            line.push_str(&format!("  {cell:>width$}"));
        }
    }
    line.truncate(line.trim_end().len());
    line.push('\n');
    line
}

fn summary(rows: &[Row]) -> String {
    let count = |verdict| rows.iter().filter(|row| row.verdict == verdict).count();
    format!(
        "\n{} pass, {} short, {} without a goal or without something to compare with\n\
         ratio: original / ours (memmove / ours without the original); mm: ours / memmove; or: ours / original\n",
        count(Verdict::Pass),
        count(Verdict::Short),
        count(Verdict::Open)
    )
}
