//! Shows the sources of a session: which there are, what each brings and hides, and the best one.

use super::named::{UNSHOWN, commands};
use super::page::{Tone, fact};
use super::printable::{lines, printable};
use super::salvage;
use super::text::{Writer, in_detail};
use super::time::Utc;
use crate::answer::{File, Source, SourceKind, SourceList};
use crate::verdict::recommend::many;

impl Writer {
    pub fn sources(self, list: &SourceList) -> String {
        let title = title(list);
        let best = list.best.as_deref().map_or("none".to_owned(), printable);
        let sources = list.sources.iter();
        let entries = sources.map(|source| self.source(list, source, title));
        [
            fact("session", &printable(&list.session_id)),
            self.title(title),
            fact("best", &best),
            self.page.wrapped_fact("why", &printable(&list.why)),
            entries.collect(),
            unread(list),
            "\n".to_owned(),
            self.page.ending(&next(list)),
        ]
        .concat()
    }

    fn source(self, list: &SourceList, source: &Source, title: Option<&str>) -> String {
        let (mark, tone) = if list.best.as_deref() == Some(&source.name) {
            (", the best source", Tone::Good)
        } else {
            ("", Tone::Plain)
        };
        let name = printable(&source.name);
        let kind = format!(" ({}{mark})", kind_in_words(source.kind));
        let facts = [
            Some(saved(source)),
            salvage::left(&source.file, &File::MISSING, ""),
            times(source),
            changes(source),
            doubled(source),
            other_title(source, title),
        ];
        let facts = facts.into_iter().flatten();
        let facts: String = facts.map(|fact| self.page.hanging("  ", &fact)).collect();
        let name = self.page.label(&name, tone);
        format!("\n{name}{kind}\n{facts}")
    }
}

/// What the session is about: what the first source says that says anything.
fn title(list: &SourceList) -> Option<&str> {
    let mut sources = list.sources.iter();
    sources.find_map(|source| source.heading.title.as_deref())
}

const fn kind_in_words(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Live => "live file",
        SourceKind::Backup => "backup",
        SourceKind::Kept => "kept file",
        SourceKind::Temporary => "temporary file",
        SourceKind::ConflictCopy => "conflict copy",
        SourceKind::OtherCopy => "other copy",
    }
}

fn saved(source: &Source) -> String {
    let file = in_detail(&source.file);
    match source.heading.updated {
        Some(time) => format!("{file}, saved {}", Utc::of(time)),
        None => file,
    }
}

fn times(source: &Source) -> Option<String> {
    let (first, last) = (Utc::of(source.first?), Utc::of(source.last?));
    Some(if first == last {
        format!("from {first}")
    } else {
        format!("from {first} to {last}")
    })
}

/// What changes if it is put in place.
fn changes(source: &Source) -> Option<String> {
    if source.kind == SourceKind::Live {
        return None;
    }
    let (Some(brings), Some(hides)) = (source.brings, source.hides) else {
        return Some("could not be compared with the live file".to_owned());
    };
    Some(match (brings, hides) {
        (0, 0) => "holds the same messages as the live file".to_owned(),
        (0, hides) => format!("brings nothing back, and hides {}", many(hides)),
        (brings, 0) => format!("brings {} back", many(brings)),
        (brings, hides) => format!("brings {} back, and hides {hides}", many(brings)),
    })
}

fn doubled(source: &Source) -> Option<String> {
    match source.doubled? {
        0 => None,
        1 => Some("1 message is in it again".to_owned()),
        n => Some(format!("{n} messages are in it again")),
    }
}

fn other_title(source: &Source, title: Option<&str>) -> Option<String> {
    let own = source.heading.title.as_deref();
    let own = own.filter(|own| Some(*own) != title)?;
    Some(format!("title: {}", super::columns::in_one_line(own)))
}

fn unread(list: &SourceList) -> String {
    let more = match list.unread {
        0 => None,
        1 => Some("\n1 more file was not read, because there are too many.".to_owned()),
        n => Some(format!(
            "\n{n} more files were not read, because there are too many."
        )),
    };
    lines(more.into_iter())
}

fn holds_messages(source: &Source) -> bool {
    source.file.whole_messages() > Some(0)
}

fn next(list: &SourceList) -> String {
    let id = &list.session_id;
    let live = list.sources.iter();
    let live = live.filter(|source| source.kind == SourceKind::Live);
    let is_live = |name: &str| live.clone().any(|source| source.name == name);
    let is_damaged = |name: &str| {
        let mut live = live.clone();
        live.any(|source| source.name == name && source.file.messages().is_none())
    };
    let (said, verbs, name) = match list.best.as_deref() {
        Some(best) if is_damaged(best) => (
            "read what is left of it, or restore it from what is left:",
            &["show", "recover"][..],
            best,
        ),
        Some(best) if is_live(best) => ("read what is in it:", &["show"][..], best),
        Some(best) => (
            "read what is in the best source and what it changes, or put it in place:",
            &["show", "diff", "recover"][..],
            best,
        ),
        None if !list.sources.iter().any(holds_messages) => {
            return "There is nothing to restore.".to_owned();
        }
        None => (
            "choose one. Read what is in it and what it changes, or put it in place:",
            &["show", "diff", "recover"][..],
            "NAME",
        ),
    };
    match commands(verbs, name, id) {
        Some(commands) => format!("Next: {said}{commands}"),
        None => UNSHOWN.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::{FileState, Heading, Problem, Salvage};
    use crate::report::page::Page;

    const ID: &str = "3f2a90c41b7e";

    fn source(name: &str, kind: SourceKind, messages: u32) -> Source {
        Source {
            name: name.to_owned(),
            kind,
            file: File {
                state: FileState::Readable {
                    messages,
                    caveat: None,
                },
                bytes: Some(4_123),
                salvage: None,
                only_here: None,
            },
            heading: Heading {
                title: Some("Planning a trip\nto Lisbon".to_owned()),
                updated: Some(1_795_902_263),
            },
            first: Some(1_790_000_000),
            last: Some(1_795_902_200),
            brings: Some(488),
            hides: Some(3),
            doubled: Some(0),
        }
    }

    fn list() -> SourceList {
        let damaged = Source {
            file: File {
                state: FileState::Unreadable(Problem::unexplained("it is cut off")),
                bytes: Some(900),
                salvage: Some(Salvage {
                    messages: 7,
                    recorded: Some(9),
                    damage: vec!["cut off after message 7 of 9".to_owned()],
                }),
                only_here: None,
            },
            heading: Heading {
                title: Some("An old title".to_owned()),
                updated: None,
            },
            first: None,
            brings: None,
            doubled: Some(2),
            ..source("3f2a90c41b7e copy.json", SourceKind::OtherCopy, 0)
        };
        SourceList {
            session_id: ID.to_owned(),
            sources: vec![
                source("3f2a90c41b7e.json", SourceKind::Live, 12),
                source("3f2a90c41b7e.json.bak", SourceKind::Backup, 500),
                damaged,
            ],
            best: Some("3f2a90c41b7e.json.bak".to_owned()),
            why: "It holds all messages that the other sources hold.".to_owned(),
            unread: 0,
        }
    }

    fn written(list: &SourceList, width: Option<u16>) -> String {
        let page = Page {
            width,
            escapes: false,
        };
        Writer {
            page,
            dry_run: true,
        }
        .sources(list)
    }

    #[test]
    fn each_source_says_what_it_brings_and_the_best_one_is_marked() {
        let shown = "\
session  3f2a90c41b7e
title    Planning a trip to Lisbon
best     3f2a90c41b7e.json.bak
why      It holds all messages that the other sources hold.

3f2a90c41b7e.json (live file)
  12 messages (4123 bytes), saved 2026-11-28 21:44
  from 2026-09-21 14:13 to 2026-11-28 21:43

3f2a90c41b7e.json.bak (backup, the best source)
  500 messages (4123 bytes), saved 2026-11-28 21:44
  from 2026-09-21 14:13 to 2026-11-28 21:43
  brings 488 messages back, and hides 3

3f2a90c41b7e copy.json (other copy)
  damaged (900 bytes; it is cut off)
  7 of 9 messages are whole (cut off after message 7 of 9)
  could not be compared with the live file
  2 messages are in it again
  title: An old title

Next: read what is in the best source and what it changes, or put it in place:
  show --from 3f2a90c41b7e.json.bak 3f2a90c41b7e
  diff --from 3f2a90c41b7e.json.bak 3f2a90c41b7e
  recover --from 3f2a90c41b7e.json.bak 3f2a90c41b7e
";
        for width in [None, Some(100), Some(80)] {
            assert_eq!(written(&list(), width), shown, "{width:?}");
        }
    }

    #[test]
    fn the_sources_are_readable_on_a_narrow_page() {
        let list = SourceList {
            why: "word ".repeat(40),
            ..list()
        };
        let written = written(&list, Some(60));
        let (facts, _) = written.split_once("Next:").unwrap();
        assert!(facts.lines().all(|line| line.len() <= 60), "{facts}");
        assert!(facts.contains("\n         word word"), "{facts}");
    }

    #[test]
    fn without_a_best_source_somebody_has_to_choose() {
        let list = SourceList {
            best: None,
            unread: 7,
            ..list()
        };
        let written = written(&list, None);
        assert!(written.contains("best     none\n"), "{written}");
        assert!(
            written.contains("\n7 more files were not read, because there are too many.\n"),
            "{written}"
        );
        assert!(
            written.ends_with("\n  recover --from NAME 3f2a90c41b7e\n"),
            "{written}"
        );
    }

    #[test]
    fn names_are_escaped_and_no_command_holds_them() {
        let name = format!("{ID}\u{202e}\u{1b}[2J copy.json");
        let list = SourceList {
            sources: vec![source(&name, SourceKind::OtherCopy, 2)],
            best: Some(name),
            ..list()
        };
        let written = written(&list, Some(60));
        assert!(!written.contains(['\u{1b}', '\u{202e}']), "{written}");
        assert!(
            written.ends_with(
                "Next: rename the file. Its name contains characters that no command can show.\n"
            ),
            "{written}"
        );
    }
}
