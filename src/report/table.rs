//! Shows sessions in a table. They are told apart by their titles and dates, and these are cut or
//! moved to lines of their own, so that the rows fit the page. An ID is never cut: it is there to be
//! copied.

use super::columns::{cut, in_one_line, width};
use super::page::{HEADING, Page, Tone};
use super::printable::{lines, printable};
use super::time::Utc;
use crate::answer::Heading;

/// The columns of a page that has no width, as far as titles are concerned.
const USUAL_PAGE: usize = 100;
/// A title with fewer columns than this says too little.
const LEAST_TITLE: usize = 16;
/// A wider ID does not widen the other rows. It stands on a line of its own. If the page has no
/// width, a session stays on one line, because somebody may search the lines.
const WIDEST_ID: usize = 40;
/// The space between two columns.
const GAP: usize = 2;

/// A session in a table. The tone is that of its last cell.
pub struct Row<const CELLS: usize> {
    pub id: String,
    pub title: Option<String>,
    pub updated: Option<u64>,
    pub cells: [String; CELLS],
    pub tone: Tone,
}

impl<const CELLS: usize> Row<CELLS> {
    pub fn new(id: &str, heading: Option<&Heading>, cells: [String; CELLS], tone: Tone) -> Self {
        let title = heading.and_then(|heading| heading.title.as_deref());
        Self {
            id: printable(id),
            title: title.map(in_one_line),
            updated: heading.and_then(|heading| heading.updated),
            cells: cells.map(|cell| printable(&cell)),
            tone,
        }
    }
}

/// Where the titles and the dates stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    /// In columns of the table, if any session has them.
    InColumns { title: Option<usize>, date: Date },
    /// On a line below each session.
    Below,
}

/// How much of a time is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Date {
    Nothing,
    Day,
    Minute,
}

impl Date {
    const fn width(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Day => GAP + "2026-11-28".len(),
            Self::Minute => GAP + "2026-11-28 21:44".len(),
        }
    }

    fn shown(self, time: u64) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Day => Utc::of(time).date(),
            Self::Minute => Utc::of(time).to_string(),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Layout {
    /// The widest ID that stands in its column.
    id: usize,
    about: About,
}

impl Page {
    /// A table of sessions. The headings are those of the further cells.
    pub(super) fn sessions<const CELLS: usize>(
        self,
        headings: [&str; CELLS],
        rows: &[Row<CELLS>],
    ) -> String {
        let layout = self.layout(&headings, rows);
        let mut table = self.unlimited().bare_table();
        table.set_header([&["SESSION"], &*layout.headings(), &headings].concat());
        table.add_rows(rows.iter().map(|row| layout.cells(row)));
        let mut shown = super::page::trimmed(&table).into_iter();
        let header = shown.next().map(|line| self.styled(&line, HEADING));
        let rows = rows.iter().zip(shown).flat_map(|(row, line)| {
            let line = self.toned(&line, row);
            let lines = if width(&row.id) <= layout.id {
                vec![line]
            } else if self.width.is_some() {
                vec![row.id.clone(), line]
            } else {
                let rest = line.get(layout.id..).unwrap_or_default();
                vec![format!("{}{rest}", row.id)]
            };
            lines.into_iter().chain(self.below(row, layout))
        });
        lines(header.into_iter().chain(rows))
    }

    fn layout<const CELLS: usize>(self, headings: &[&str], rows: &[Row<CELLS>]) -> Layout {
        let widest = |number: usize| {
            let cells = rows.iter().map(|row| width(&row.cells[number]));
            cells.chain([width(headings[number])]).max()
        };
        let cells: usize = (0..CELLS).filter_map(widest).map(|cell| GAP + cell).sum();
        let page = self.width.map(usize::from);
        let most = page.map_or(WIDEST_ID, |page| {
            page.saturating_sub(cells).clamp("SESSION".len(), WIDEST_ID)
        });
        let ids = rows.iter().map(|row| width(&row.id));
        let id = ids.filter(|id| *id <= most).max();
        let id = id.unwrap_or_default().max("SESSION".len());
        let titles = rows.iter().filter_map(|row| row.title.as_deref());
        let widest = titles.map(width).max();
        let has_dates = rows.iter().any(|row| row.updated.is_some());
        let about = about(page, id + cells, widest, has_dates);
        Layout { id, about }
    }

    /// Colours the last cell of a row.
    fn toned<const CELLS: usize>(self, line: &str, row: &Row<CELLS>) -> String {
        let last = row.cells.last().map_or("", String::as_str);
        match line.strip_suffix(last) {
            Some(start) => format!("{start}{}", self.styled(last, row.tone.style())),
            None => line.to_owned(),
        }
    }

    fn below<const CELLS: usize>(self, row: &Row<CELLS>, layout: Layout) -> Option<String> {
        if layout.about != About::Below {
            return None;
        }
        let updated = row.updated.map(|time| Utc::of(time).to_string());
        let parts: Vec<_> = updated.into_iter().chain(row.title.clone()).collect();
        if parts.is_empty() {
            return None;
        }
        let page = self.width.map_or(USUAL_PAGE, usize::from);
        let text = cut(&parts.join("  "), page.saturating_sub(GAP));
        Some(format!("  {text}"))
    }

    fn unlimited(self) -> Self {
        Self {
            width: None,
            ..self
        }
    }
}

/// Where the titles and the dates stand if the rest of a row takes so many columns. `widest` is the
/// width of the widest title, if there are any.
fn about(page: Option<usize>, rest: usize, widest: Option<usize>, has_dates: bool) -> About {
    let dates: &[Date] = match (has_dates, page) {
        (false, _) => &[Date::Nothing],
        (true, None) => &[Date::Minute],
        (true, Some(_)) => &[Date::Minute, Date::Day],
    };
    let least = widest.unwrap_or_default().min(LEAST_TITLE);
    let fitting = dates.iter().find_map(|date| {
        let rest = rest + date.width() + widest.map_or(0, |_| GAP);
        let left = page.unwrap_or(USUAL_PAGE).checked_sub(rest)?;
        (left >= least).then_some((left, *date))
    });
    match (fitting, page) {
        (Some((left, date)), _) => About::InColumns {
            title: widest.map(|_| left),
            date,
        },
        (None, None) => About::InColumns {
            title: widest.map(|_| LEAST_TITLE),
            date: dates[0],
        },
        (None, Some(_)) => About::Below,
    }
}

impl Layout {
    fn headings(self) -> Vec<&'static str> {
        let About::InColumns { title, date } = self.about else {
            return Vec::new();
        };
        let title = title.map(|_| "TITLE");
        let date = (date != Date::Nothing).then_some("UPDATED");
        title.into_iter().chain(date).collect()
    }

    /// The cells of a row, as far as they stand in the table.
    fn cells<const CELLS: usize>(self, row: &Row<CELLS>) -> Vec<String> {
        let id = Some(row.id.clone()).filter(|id| width(id) <= self.id);
        let mut cells = vec![id.unwrap_or_default()];
        if let About::InColumns { title, date } = self.about {
            let text = row.title.as_deref().unwrap_or_default();
            cells.extend(title.map(|columns| cut(text, columns)));
            let time = row.updated.map(|time| date.shown(time));
            cells.extend((date != Date::Nothing).then(|| time.unwrap_or_default()));
        }
        cells.extend_from_slice(&row.cells);
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, title: Option<&str>) -> Row<2> {
        let heading = Heading {
            title: title.map(str::to_owned),
            updated: title.map(|_| 1_795_902_263),
        };
        let cells = ["yes", "no"].map(str::to_owned);
        Row::new(id, Some(&heading), cells, Tone::Plain)
    }

    fn shown(columns: Option<u16>, rows: &[Row<2>]) -> String {
        let page = Page {
            width: columns,
            escapes: false,
        };
        page.sessions(["LIVE", "BACKUP"], rows)
    }

    const LONG: &str = "Planning a trip to Lisbon, and what to eat there, with a day in Sintra";

    #[test]
    fn a_title_is_cut_to_the_page() {
        let rows = [
            row("3f2a90c41b7e", Some(LONG)),
            row("77d4e1000000", Some("日本語日本語日本語日本語日本語日本語")),
            row("8", None),
        ];
        assert_eq!(
            shown(Some(80), &rows),
            "\
SESSION       TITLE                               UPDATED           LIVE  BACKUP
3f2a90c41b7e  Planning a trip to Lisbon, and wh…  2026-11-28 21:44  yes   no
77d4e1000000  日本語日本語日本語日本語日本語日…   2026-11-28 21:44  yes   no
8                                                                   yes   no
"
        );
        assert_eq!(
            shown(Some(60), &rows),
            "\
SESSION       TITLE                UPDATED     LIVE  BACKUP
3f2a90c41b7e  Planning a trip to…  2026-11-28  yes   no
77d4e1000000  日本語日本語日本語…  2026-11-28  yes   no
8                                              yes   no
"
        );
    }

    #[test]
    fn on_a_narrow_page_the_title_stands_below() {
        let rows = [row("3f2a90c41b7e", Some(LONG)), row("8", None)];
        assert_eq!(
            shown(Some(50), &rows),
            "\
SESSION       LIVE  BACKUP
3f2a90c41b7e  yes   no
  2026-11-28 21:44  Planning a trip to Lisbon, an…
8             yes   no
"
        );
    }

    #[test]
    fn no_line_is_wider_than_the_page() {
        let titles = [Some(LONG), Some("日本語 e\u{301} 🙂 ❤\u{fe0f}"), None];
        let rows = titles.map(|title| row("3f2a90c41b7e", title));
        for columns in 28..=120 {
            let shown = shown(Some(columns), &rows);
            let fits = |line: &str| width(line) <= usize::from(columns);
            assert!(shown.lines().all(fits), "{columns}\n{shown}");
        }
    }

    #[test]
    fn a_long_id_is_whole_and_widens_no_other_row() {
        let long = "x".repeat(200);
        let rows = [row(&long, Some("Lisbon")), row("8", Some("Porto"))];
        assert_eq!(
            shown(Some(60), &rows),
            format!(
                "\
SESSION  TITLE   UPDATED           LIVE  BACKUP
{long}
         Lisbon  2026-11-28 21:44  yes   no
8        Porto   2026-11-28 21:44  yes   no
"
            )
        );
    }

    #[test]
    fn without_a_width_a_session_is_one_line() {
        let long = "x".repeat(200);
        let rows = [row(&long, Some("Lisbon")), row("8", Some("Porto"))];
        assert_eq!(
            shown(None, &rows),
            format!(
                "\
SESSION  TITLE   UPDATED           LIVE  BACKUP
{long}  Lisbon  2026-11-28 21:44  yes   no
8        Porto   2026-11-28 21:44  yes   no
"
            )
        );
    }

    #[test]
    fn without_dates_there_is_no_column_for_them() {
        let row = Row {
            updated: None,
            ..row("8", Some("Porto"))
        };
        assert_eq!(
            shown(Some(80), &[row]),
            "SESSION  TITLE  LIVE  BACKUP\n8        Porto  yes   no\n"
        );
    }

    #[test]
    fn without_titles_there_is_no_column_for_them() {
        assert_eq!(
            shown(Some(80), &[row("8", None)]),
            "SESSION  LIVE  BACKUP\n8        yes   no\n"
        );
    }
}
