//! Shows the messages of a file, and those that a restore brings back or moves out of sight.

use comfy_table::{CellAlignment, ColumnConstraint, Table};

use super::columns::{cut, in_one_line, width};
use super::named::{UNSHOWN, command, commands};
use super::page::{HEADING, fact, trimmed};
use super::printable::{lines, printable};
use super::text::Writer;
use super::time::Utc;
use crate::answer::{Excerpt, View};
use crate::app::temporary::word;
use crate::verdict::recommend::many;

/// A text in fewer columns than this stands below its message's role and time.
const LEAST_TEXT: usize = 40;
const WIDEST_ROLE: usize = 16;
const WIDEST_TOOL: usize = 40;
/// How many messages a host gives at once.
const MOST: u32 = 10_000;

/// A message, or what stands between messages.
struct Line {
    number: String,
    role: String,
    time: String,
    text: String,
}

impl Writer {
    /// What is in a file.
    pub fn show(self, view: &View) -> String {
        [
            self.about_view(view),
            "\n".to_owned(),
            self.excerpts(shown(view)),
            self.page.ending(&next_to_show(view)),
        ]
        .concat()
    }

    /// What changes if a file is put in place.
    pub fn diff(self, view: &View) -> String {
        let (Some(brings), Some(hides)) = (view.brings, view.hides) else {
            let said = "It could not be compared with the live file.";
            return self.changes_nothing(view, said);
        };
        if brings == 0 && hides == 0 {
            return self.changes_nothing(view, "Nothing changes.");
        }
        let back = match brings {
            0 => "Comes back: nothing".to_owned(),
            n => format!("Comes back: {}", many(n)),
        };
        let out = match hides {
            0 => "Goes out of sight: nothing".to_owned(),
            1 => "Goes out of sight: 1 message (it stays in the kept file)".to_owned(),
            n => format!("Goes out of sight: {n} messages (they stay in the kept file)"),
        };
        [
            self.about_view(view),
            self.changes(&back, brings, &view.brought),
            self.changes(&out, hides, &view.hidden),
            "\n".to_owned(),
            self.page.ending(&next_to_diff(view)),
        ]
        .concat()
    }

    fn changes_nothing(self, view: &View, said: &str) -> String {
        let id = word(&printable(&view.session_id));
        let next = format!("{said}\nNext: `sources {id}` lists all files of the session.");
        [
            self.about_view(view),
            "\n".to_owned(),
            self.page.ending(&next),
        ]
        .concat()
    }

    fn changes(self, heading: &str, number: u32, excerpts: &[Excerpt]) -> String {
        let left = number.saturating_sub(count(excerpts));
        let more = (left > 0).then(|| Line::between(more(left, excerpts)));
        let lines = excerpts.iter().map(Line::from).chain(more);
        let heading = self.page.styled(heading, HEADING);
        format!("\n{heading}\n{}", self.excerpts(lines.collect()))
    }

    fn about_view(self, view: &View) -> String {
        let time =
            |label, time: Option<u64>| time.map(|time| fact(label, &Utc::of(time).to_string()));
        [
            Some(fact("session", &printable(&view.session_id))),
            Some(fact("source", &printable(&view.name))),
            Some(self.title(view.heading.title.as_deref())),
            time("created", view.created),
            time("updated", view.heading.updated),
            Some(fact("holds", &many(view.messages))),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Messages, each beside its number, role and time; on a narrow page below its role and time.
    fn excerpts(self, messages: Vec<Line>) -> String {
        let widest = |of: fn(&Line) -> &str| messages.iter().map(|line| width(of(line))).max();
        let beside = [
            widest(|line| &line.number),
            widest(|line| &line.role),
            widest(|line| &line.time),
        ];
        let beside: usize = beside.into_iter().flatten().map(|column| column + 2).sum();
        let is_narrow = |page: u16| usize::from(page) < beside + LEAST_TEXT;
        let rows = messages.into_iter();
        let mut table = self.page.bare_table();
        if self.page.width.is_some_and(is_narrow) {
            table.add_rows(rows.map(Line::stacked));
        } else {
            table.add_rows(rows.map(Line::beside));
        }
        keep_all_but_the_last(&mut table);
        lines(trimmed(&table).into_iter())
    }
}

/// Lets only the texts be wrapped.
fn keep_all_but_the_last(table: &mut Table) {
    let texts = table.column_count().saturating_sub(1);
    for column in table.column_iter_mut().take(texts) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    if let Some(numbers) = table.column_mut(0) {
        numbers.set_cell_alignment(CellAlignment::Right);
    }
}

impl Line {
    fn between(text: String) -> Self {
        Self {
            number: "…".to_owned(),
            role: String::new(),
            time: String::new(),
            text,
        }
    }

    fn beside(self) -> Vec<String> {
        vec![self.number, self.role, self.time, self.text]
    }

    fn stacked(self) -> Vec<String> {
        let parts = [self.role, self.time];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let parts = [parts.join("  "), self.text];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        vec![self.number, parts.join("\n")]
    }
}

impl From<&Excerpt> for Line {
    fn from(excerpt: &Excerpt) -> Self {
        let role = excerpt.role.as_deref().unwrap_or("?");
        let time = excerpt.time.map(|time| Utc::of(time).to_string());
        Self {
            number: excerpt.number.to_string(),
            role: cut(&in_one_line(role), WIDEST_ROLE),
            time: time.unwrap_or_default(),
            text: text(excerpt),
        }
    }
}

/// The words of a message, and the tools that it calls.
fn text(excerpt: &Excerpt) -> String {
    let words = in_one_line(&excerpt.text);
    let cut_off = if excerpt.is_cut { "…" } else { "" };
    let words = Some(words + cut_off).filter(|words| !words.is_empty());
    let tools = excerpt.tools.iter();
    let tools: Vec<_> = tools
        .map(|tool| cut(&in_one_line(tool), WIDEST_TOOL))
        .collect();
    let calls = (!tools.is_empty()).then(|| format!("[calls {}]", tools.join(", ")));
    let parts: Vec<_> = words.into_iter().chain(calls).collect();
    if parts.is_empty() {
        "(no text)".to_owned()
    } else {
        parts.join(" ")
    }
}

/// The first and the last messages, and how many are left out.
fn shown(view: &View) -> Vec<Line> {
    let number = |excerpt: Option<&Excerpt>| excerpt.map(|excerpt| excerpt.number);
    let first = number(view.first.first().or(view.last.first()));
    let before = first.map_or(view.messages, |first| first.saturating_sub(1));
    let before = (before > 0).then(|| Line::between(format!("{} before", many(before))));
    let last = number(view.last.first()).unwrap_or(view.messages.saturating_add(1));
    let left = number(view.first.last()).map(|number| last.saturating_sub(number + 1));
    let left = left.filter(|left| *left > 0);
    let left = left.map(|left| Line::between(more(left, &view.first)));
    let lines = |excerpts: &[Excerpt]| excerpts.iter().map(Line::from).collect::<Vec<_>>();
    let all = before.into_iter().chain(lines(&view.first)).chain(left);
    all.chain(lines(&view.last)).collect()
}

/// That there are more messages, and how to see them.
fn more(left: u32, excerpts: &[Excerpt]) -> String {
    let left = match left {
        1 => "1 more message".to_owned(),
        n => format!("{n} more messages"),
    };
    if count(excerpts) < MOST {
        format!("{left}: --all")
    } else {
        left
    }
}

fn count(excerpts: &[Excerpt]) -> u32 {
    u32::try_from(excerpts.len()).unwrap_or(u32::MAX)
}

fn is_live(view: &View) -> bool {
    view.name.strip_suffix(".json") == Some(&view.session_id)
}

fn next_to_show(view: &View) -> String {
    let seen = count(&view.first);
    if seen >= MOST && seen < view.messages {
        let last = view.first.last().map_or(seen, |excerpt| excerpt.number);
        let next = command(
            &format!("show --all --after {last}"),
            &view.name,
            &view.session_id,
        );
        return next.map_or(String::new(), |next| format!("\nNext: `{next}`"));
    }
    if is_live(view) {
        let id = word(&printable(&view.session_id));
        return format!("\nNext: `sources {id}` lists the other files of the session.");
    }
    match commands(&["diff", "recover"], &view.name, &view.session_id) {
        Some(commands) => {
            format!("\nNext: read what it would change, or put it in place:{commands}")
        }
        None => format!("\n{UNSHOWN}"),
    }
}

fn next_to_diff(view: &View) -> String {
    match commands(&["recover"], &view.name, &view.session_id) {
        Some(commands) => format!("Next: put it in place. `undo` takes that back:{commands}"),
        None => UNSHOWN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Heading;
    use crate::report::page::Page;

    fn excerpt(number: u32, role: &str, text: &str) -> Excerpt {
        Excerpt {
            number,
            role: Some(role.to_owned()),
            time: Some(1_795_902_263),
            text: text.to_owned(),
            is_cut: false,
            tools: Vec::new(),
        }
    }

    fn view() -> View {
        View {
            session_id: "3f2a".to_owned(),
            name: "3f2a.json.bak".to_owned(),
            heading: Heading {
                title: Some("Planning a trip to Lisbon".to_owned()),
                updated: Some(1_795_902_263),
            },
            created: Some(1_790_000_000),
            messages: 500,
            first: vec![
                excerpt(1, "user", "Hello,\n\n  where shall we go?"),
                Excerpt {
                    tools: vec!["read_file".to_owned(), "web\u{1b}[1m".to_owned()],
                    ..excerpt(2, "assistant", "")
                },
            ],
            last: vec![Excerpt {
                is_cut: true,
                time: None,
                ..excerpt(500, "tool", "Lisbon it is")
            }],
            brings: Some(12),
            brought: vec![excerpt(3, "user", "one"), excerpt(4, "assistant", "two")],
            hides: Some(1),
            hidden: vec![excerpt(7, "user", "three")],
        }
    }

    fn writer(width: Option<u16>) -> Writer {
        Writer {
            page: Page {
                width,
                escapes: false,
            },
            dry_run: true,
        }
    }

    const HEAD: &str = "\
session  3f2a
source   3f2a.json.bak
title    Planning a trip to Lisbon
created  2026-09-21 14:13
updated  2026-11-28 21:44
holds    500 messages
";

    #[test]
    fn the_first_and_the_last_messages_are_shown() {
        for width in [None, Some(100), Some(80)] {
            assert_eq!(
                writer(width).show(&view()),
                format!(
                    "\
{HEAD}
  1  user       2026-11-28 21:44  Hello, where shall we go?
  2  assistant  2026-11-28 21:44  [calls read_file, web\\u{{1b}}[1m]
  …                               497 more messages: --all
500  tool                         Lisbon it is…

Next: read what it would change, or put it in place:
  diff --from 3f2a.json.bak 3f2a
  recover --from 3f2a.json.bak 3f2a
"
                ),
                "{width:?}"
            );
        }
    }

    #[test]
    fn on_a_narrow_page_a_text_stands_below_its_role() {
        let text = "where ".repeat(12) + "日本語日本語";
        let view = View {
            first: vec![excerpt(1, "user", &text)],
            last: Vec::new(),
            ..view()
        };
        let written = writer(Some(60)).show(&view);
        assert!(
            written.contains(
                "\
1  user  2026-11-28 21:44
   where where where where where where where where where
   where where where 日本語日本語
…  499 more messages: --all
"
            ),
            "{written}"
        );
        assert!(written.lines().all(|line| width(line) <= 60), "{written}");
    }

    #[test]
    fn a_text_is_wrapped_beside_its_role() {
        let text = "where ".repeat(20);
        let view = View {
            first: vec![excerpt(1, "user", &text)],
            ..view()
        };
        let written = writer(Some(80)).show(&view);
        assert!(
            written.contains(
                "  1  user  2026-11-28 21:44  where where where where where where where where\n                             where where"
            ),
            "{written}"
        );
        assert!(written.lines().all(|line| width(line) <= 80), "{written}");
    }

    #[test]
    fn what_is_skipped_is_counted() {
        let view = View {
            first: vec![excerpt(101, "user", "a"), excerpt(102, "user", "b")],
            ..view()
        };
        let written = writer(None).show(&view);
        assert!(
            written.contains("…                          100 messages before\n101"),
            "{written}"
        );
        assert!(
            written.contains("397 more messages: --all\n500"),
            "{written}"
        );
        let empty = View {
            messages: 2,
            first: Vec::new(),
            last: Vec::new(),
            ..view
        };
        let written = writer(None).show(&empty);
        assert!(written.contains("2 messages before\n"), "{written}");
    }

    #[test]
    fn the_live_file_is_not_put_in_place() {
        let view = View {
            name: "3f2a.json".to_owned(),
            ..view()
        };
        let written = writer(None).show(&view);
        assert!(
            written.ends_with("\nNext: `sources 3f2a` lists the other files of the session.\n"),
            "{written}"
        );
    }

    #[test]
    fn a_diff_shows_what_comes_back_and_what_goes_out_of_sight() {
        assert_eq!(
            writer(Some(80)).diff(&view()),
            format!(
                "\
{HEAD}
Comes back: 12 messages
3  user       2026-11-28 21:44  one
4  assistant  2026-11-28 21:44  two
…                               10 more messages: --all

Goes out of sight: 1 message (it stays in the kept file)
7  user  2026-11-28 21:44  three

Next: put it in place. `undo` takes that back:
  recover --from 3f2a.json.bak 3f2a
"
            )
        );
    }

    #[test]
    fn a_diff_may_find_nothing() {
        let same = View {
            brings: Some(0),
            hides: Some(0),
            ..view()
        };
        let written = writer(None).diff(&same);
        assert!(
            written.ends_with(
                "\nNothing changes.\nNext: `sources 3f2a` lists all files of the session.\n"
            ),
            "{written}"
        );
        let unknown = View {
            brings: None,
            ..same
        };
        let written = writer(None).diff(&unknown);
        assert!(
            written.contains("\nIt could not be compared with the live file.\n"),
            "{written}"
        );
    }

    #[test]
    fn somebodys_words_are_harmless() {
        let bad = "\u{1b}]0;x\u{7}\u{202e}\r\n\u{9b}";
        let view = View {
            heading: Heading {
                title: Some(bad.to_owned()),
                updated: Some(u64::MAX),
            },
            first: vec![Excerpt {
                tools: vec![bad.repeat(100)],
                ..excerpt(1, &bad.repeat(10), bad)
            }],
            brought: vec![excerpt(1, bad, bad)],
            ..view()
        };
        for width in [None, Some(60), Some(10), Some(1), Some(0)] {
            for written in [writer(width).show(&view), writer(width).diff(&view)] {
                let is_bad = |character: char| character.is_control() && character != '\n';
                assert!(!written.contains(is_bad), "{written}");
                assert!(!written.contains('\u{202e}'), "{written}");
            }
        }
    }
}
