//! The measurements as tables: each is printed as soon as it is there, and all
//! of them make a page.

use std::fmt::{self, Display, Formatter};
use std::fs;
use std::path::Path;

use anyhow::Result;

use super::chart::Chart;

/// A table in Markdown, which is aligned so that it can be read as it is.
pub struct Table {
    title: Option<String>,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    notes: Vec<String>,
}

impl Table {
    /// One without rows. The first column tells what a row is about.
    pub fn new<C: Into<String>>(columns: impl IntoIterator<Item = C>) -> Self {
        Self {
            title: None,
            columns: columns.into_iter().map(C::into).collect(),
            rows: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// With a heading above.
    pub fn titled(mut self, title: &str) -> Self {
        self.title = Some(title.to_owned());
        self
    }

    /// Adds a row.
    pub fn add(&mut self, name: &str, cells: Vec<String>) {
        let mut row = vec![name.to_owned()];
        row.extend(cells);
        self.rows.push(row);
    }

    /// Adds a sentence below.
    pub fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        let cells = cells.chain([&self.columns[column]]);
        let widths = cells.map(|cell| cell.chars().count());
        widths.max().unwrap_or_default()
    }
}

impl Display for Table {
    fn fmt(&self, formatter: &mut Formatter) -> fmt::Result {
        let widths: Vec<_> = (0..self.columns.len())
            .map(|column| self.width(column))
            .collect();
        if let Some(title) = &self.title {
            writeln!(formatter, "### {title}\n")?;
        }
        write_row(formatter, &widths, &self.columns)?;
        let ruler = widths.iter().enumerate().map(|(column, width)| {
            let dashes = "-".repeat(*width + 1);
            if column == 0 {
                format!("{dashes}-")
            } else {
                format!("{dashes}:")
            }
        });
        writeln!(formatter, "|{}|", ruler.collect::<Vec<_>>().join("|"))?;
        for row in &self.rows {
            write_row(formatter, &widths, row)?;
        }
        for note in &self.notes {
            writeln!(formatter, "\n{note}")?;
        }
        Ok(())
    }
}

/// The first cell is a name, and the others are figures.
fn write_row(formatter: &mut Formatter, widths: &[usize], cells: &[String]) -> fmt::Result {
    for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
        if column == 0 {
            write!(formatter, "| {cell:width$} |")?;
        } else {
            write!(formatter, " {cell:>width$} |")?;
        }
    }
    writeln!(formatter)
}

/// All that was measured.
pub struct Report {
    page: String,
    chart: Option<String>,
}

impl Report {
    /// A page that begins with these words.
    pub fn new(preface: &str) -> Self {
        Self {
            page: preface.to_owned(),
            chart: None,
        }
    }

    /// Begins a part of the page.
    pub fn part(&mut self, title: &str, words: &str) {
        self.say(format!("## {title}\n\n{words}\n"));
    }

    /// Adds to the page, and prints what is added.
    pub fn say(&mut self, what: impl Display) {
        let what = format!("\n{what}");
        print!("{what}");
        self.page.push_str(&what);
    }

    /// Adds the page's chart.
    pub fn draw(&mut self, chart: &Chart) {
        self.say(format!("![{}, {}](chart.svg)\n", chart.title, chart.unit));
        self.chart = Some(chart.svg());
    }

    /// Writes the page, and its chart beside it.
    pub fn write(&self, page: &Path) -> Result<()> {
        fs::write(page, &self.page)?;
        if let Some(chart) = &self.chart {
            fs::write(page.with_file_name("chart.svg"), chart)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_aligned() {
        let mut table = Table::new(["", "× ms"]).titled("Two");
        table.add("one", vec!["1".to_owned()]);
        table.add("twelve", vec!["12345".to_owned()]);
        table.note("Failed: none.".to_owned());
        let expected = "### Two\n\n\
                        |        |  × ms |\n\
                        |--------|------:|\n\
                        | one    |     1 |\n\
                        | twelve | 12345 |\n\n\
                        Failed: none.\n";
        assert_eq!(table.to_string(), expected);
    }
}
