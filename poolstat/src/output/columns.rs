//! A table with columns as wide as what stands in them.

/// On which side of its column something stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

pub(super) struct Table {
    heads: Vec<(&'static str, Side)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Columns whose heads begin with "<" stand left.
    pub(super) fn new(heads: &[&'static str]) -> Self {
        let head = |text: &&'static str| match text.strip_prefix('<') {
            Some(text) => (text, Side::Left),
            None => (*text, Side::Right),
        };
        Self { heads: heads.iter().map(head).collect(), rows: Vec::new() }
    }

    pub(super) fn add(&mut self, row: Vec<String>) {
        debug_assert_eq!(row.len(), self.heads.len());
        self.rows.push(row);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The head, and the rows, each with its line's end.
    pub(super) fn write(&self) -> (String, String) {
        let heads: Vec<String> = self.heads.iter().map(|(text, _)| (*text).into()).collect();
        let width = |column: usize| self.rows.iter().chain([&heads]).map(|row| row[column].chars().count()).max();
        let widths: Vec<usize> = (0..heads.len()).map(|column| width(column).unwrap_or(0)).collect();
        let line = |row: &Vec<String>| {
            let mut line = String::new();
            for ((cell, width), (_, side)) in row.iter().zip(&widths).zip(&self.heads) {
                let gap = " ".repeat(width - cell.chars().count());
                let padded = if *side == Side::Left { format!("{cell}{gap}  ") } else { format!("{gap}{cell}  ") };
                line += &padded;
            }
            format!("{}\n", line.trim_end())
        };
        (line(&heads), self.rows.iter().map(line).collect())
    }
}
