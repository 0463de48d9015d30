//! Lays text out on a page: tables by the width of characters, sections, and escapes for a terminal
//! that shows colours.

use std::iter;

use anstyle::{AnsiColor, Style};
use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

use super::columns::{padded, width, wrapped};
use super::printable::{lines, printable};

/// Where a text is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// How many columns it has, if that matters: tables are fitted to it.
    pub width: Option<u16>,
    /// Whether it obeys a terminal's escapes.
    pub escapes: bool,
}

/// How a result is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Good,
    Warning,
    Bad,
}

impl Tone {
    pub(super) const fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Warning => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
        }
    }
}

/// The columns of the names before facts.
const FACTS: usize = "verdict  ".len();
/// A text is not wrapped to fewer columns than this.
const LEAST_COLUMNS: usize = 10;

pub(super) const HEADING: Style = Style::new().bold();

impl Page {
    /// A table with headings. The tone of a row is that of its last cell.
    pub(super) fn table<const COLUMNS: usize>(
        self,
        headings: [&str; COLUMNS],
        rows: impl Iterator<Item = ([String; COLUMNS], Tone)>,
    ) -> String {
        let mut table = self.bare_table();
        table.set_header(headings);
        let mut endings = Vec::new();
        for (cells, tone) in rows {
            let cells = cells.map(|cell| printable(&cell));
            endings.push((cells[COLUMNS - 1].clone(), tone));
            table.add_row(cells);
        }
        let mut endings = endings.into_iter().peekable();
        let lines_of_table = trimmed(&table);
        lines(
            lines_of_table
                .into_iter()
                .enumerate()
                .map(|(number, line)| {
                    if number == 0 {
                        return self.styled(&line, HEADING);
                    }
                    match endings.peek() {
                        Some((ending, tone)) if line.ends_with(ending.as_str()) => {
                            let start = &line[..line.len() - ending.len()];
                            let line = format!("{start}{}", self.styled(ending, tone.style()));
                            endings.next();
                            line
                        }
                        _ => line,
                    }
                }),
        )
    }

    /// A text whose further lines are indented so far as the first one begins. That has a word
    /// before it.
    pub(super) fn hanging(self, start: &str, text: &str) -> String {
        let indent = width(start);
        let Some(page) = self.width else {
            return format!("{start}{text}\n");
        };
        let columns = usize::from(page).saturating_sub(indent).max(LEAST_COLUMNS);
        let texts = wrapped(text, u16::try_from(columns).unwrap_or(page));
        let starts = iter::once(start.to_owned()).chain(iter::repeat(" ".repeat(indent)));
        lines(texts.iter().zip(starts).map(|(text, start)| start + text))
    }

    /// A name and a text.
    pub(super) fn wrapped_fact(self, name: &str, text: &str) -> String {
        self.hanging(&padded(name, FACTS), text)
    }

    /// A heading and its lines, or nothing if there are none.
    pub(super) fn section(self, heading: &str, texts: impl Iterator<Item = String>) -> String {
        let lines = lines(texts.map(|text| format!("  {}", printable(&text))));
        if lines.is_empty() {
            return lines;
        }
        format!(
            "\n{}\n{lines}",
            self.styled(&format!("{heading}:"), HEADING)
        )
    }

    /// Gives the last lines. One of them may say what comes next.
    pub(super) fn ending(self, text: &str) -> String {
        lines(text.lines().map(|line| match line.strip_prefix("Next:") {
            Some(next) => format!("{}{next}", self.styled("Next:", HEADING)),
            None => line.to_owned(),
        }))
    }

    /// A word for standard error.
    pub(super) fn label(self, word: &str, tone: Tone) -> String {
        self.styled(word, tone.style().bold())
    }

    pub(super) fn styled(self, text: &str, style: Style) -> String {
        if self.escapes && style != Style::new() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    pub(super) fn bare_table(self) -> Table {
        let mut table = Table::new();
        table.load_style(NOTHING);
        match self.width {
            Some(width) => table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(width),
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        table
    }
}

/// A name and what it stands for, which is never cut or wrapped: it is there to be copied.
pub(super) fn fact(name: &str, value: &str) -> String {
    format!("{}{value}\n", padded(name, FACTS))
}

pub(super) fn trimmed(table: &Table) -> Vec<String> {
    let rows = table.trim_fmt();
    let rows = rows.lines();
    rows.map(|row| row.strip_prefix(' ').unwrap_or(row).to_owned())
        .collect()
}
