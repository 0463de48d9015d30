//! Shows what was done in the directory, run by run, and how it is undone.

use super::columns::{padded, width};
use super::page::HEADING;
use super::printable::{lines, printable};
use super::text::Writer;
use super::time::Utc;
use crate::answer::{Deed, Event};
use crate::app::temporary::{quoted, word};
use crate::verdict::recommend::many;

/// A wider ID stands on a line of its own.
const WIDEST_ID: usize = 40;

impl Writer {
    pub fn history(self, events: &[Event]) -> String {
        if events.is_empty() {
            return "Nothing was restored in this directory.\n".to_owned();
        }
        let runs = in_runs(events);
        let runs = runs.iter().map(|run| self.run(run));
        [
            runs.collect::<Vec<_>>().join("\n"),
            "\n".to_owned(),
            self.page.ending(&next(events)),
        ]
        .concat()
    }

    /// What one run did.
    fn run(self, events: &[&Event]) -> String {
        let ids = events
            .iter()
            .map(|event| width(&printable(&event.session_id)));
        let widest = ids.filter(|id| *id <= WIDEST_ID).max().unwrap_or_default();
        let heading = self.page.styled(&run_in_words(events), HEADING);
        let events = events.iter().map(|event| {
            let id = printable(&event.session_id);
            let text = deed_in_words(event);
            if width(&id) <= widest {
                return self
                    .page
                    .hanging(&format!("  {}  ", padded(&id, widest)), &text);
            }
            format!("  {id}\n{}", self.page.hanging("    ", &text))
        });
        format!("{heading}\n{}", events.collect::<String>())
    }
}

/// The events of each run, in the order of the first of them.
fn in_runs(events: &[Event]) -> Vec<Vec<&Event>> {
    let mut runs: Vec<Vec<&Event>> = Vec::new();
    for event in events {
        let run = runs.iter_mut().find(|run| run[0].run == event.run);
        match run {
            Some(run) => run.push(event),
            None => runs.push(vec![event]),
        }
    }
    runs
}

fn run_in_words(events: &[&Event]) -> String {
    let first = events.first();
    let name = first.and_then(|event| event.run.as_deref());
    let time = first.and_then(|event| event.time);
    match (time, name) {
        (Some(time), Some(name)) => format!("{}  {}", Utc::of(time), printable(name)),
        (None, Some(name)) => printable(name),
        (_, None) => "Without a run: only kept files tell of it".to_owned(),
    }
}

fn deed_in_words(event: &Event) -> String {
    let id = &event.session_id;
    let name = |name: &str| match name.strip_prefix(id.as_str()) {
        Some(".json.bak") => "the backup".to_owned(),
        Some(".json") => "the live file".to_owned(),
        _ => printable(name),
    };
    let source = event.source.as_deref().map(name);
    let kept = event.kept.as_deref().map(printable);
    let done = match (event.deed, source, kept) {
        (Deed::Restored, Some(source), _) => format!("restored from {source}"),
        (Deed::Restored, None, Some(kept)) => format!("restored; {kept} holds what was replaced"),
        (Deed::Restored, None, None) => "restored".to_owned(),
        (Deed::Undone, Some(source), _) => format!("undone: {source} was put back"),
        (Deed::Undone, None, _) => "undone: the live file was moved away".to_owned(),
    };
    let messages = event
        .messages
        .map(|messages| format!(", {}", many(messages)));
    let can_undo = if event.can_undo {
        " (can be undone)"
    } else {
        ""
    };
    format!("{done}{}{can_undo}", messages.unwrap_or_default())
}

/// How to undo a session and a run.
fn next(events: &[Event]) -> String {
    let Some(event) = events.iter().find(|event| event.can_undo) else {
        return "Nothing of this can be undone.".to_owned();
    };
    let id = word(&printable(&event.session_id));
    let of_run = events
        .iter()
        .find(|event| event.can_undo && event.run.is_some());
    let of_run = of_run.and_then(|event| event.run.as_deref());
    let of_run = of_run.map(|run| format!("\n  undo --run {}", quoted(&printable(run))));
    lines(
        [
            "Next: undo the last restore of one session, or all that one run did:".to_owned(),
            format!("  undo {id}{}", of_run.unwrap_or_default()),
        ]
        .into_iter(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::page::Page;

    fn event(id: &str, run: Option<&str>) -> Event {
        Event {
            deed: Deed::Restored,
            session_id: id.to_owned(),
            time: run.map(|_| 1_795_902_263),
            run: run.map(str::to_owned),
            source: Some(format!("{id}.json.bak")),
            kept: Some(format!("{id}.json.replaced.1")),
            messages: Some(500),
            can_undo: true,
        }
    }

    fn written(events: &[Event], width: Option<u16>) -> String {
        let page = Page {
            width,
            escapes: false,
        };
        Writer {
            page,
            dry_run: true,
        }
        .history(events)
    }

    #[test]
    fn what_was_done_is_shown_by_run_and_how_it_is_undone() {
        let events = [
            event("3f2a90c41b7e", Some("node-20261128T214423Z-1a2b")),
            Event {
                source: Some("b.json.replaced.3".to_owned()),
                ..event("b", Some("node-20261128T214423Z-1a2b"))
            },
            Event {
                deed: Deed::Undone,
                source: None,
                messages: None,
                can_undo: false,
                ..event("c", Some("rust-20261128T214423Z-0000"))
            },
            Event {
                source: None,
                messages: None,
                can_undo: false,
                ..event("d", None)
            },
        ];
        assert_eq!(
            written(&events, None),
            "\
2026-11-28 21:44  node-20261128T214423Z-1a2b
  3f2a90c41b7e  restored from the backup, 500 messages (can be undone)
  b             restored from b.json.replaced.3, 500 messages (can be undone)

2026-11-28 21:44  rust-20261128T214423Z-0000
  c  undone: the live file was moved away

Without a run: only kept files tell of it
  d  restored; d.json.replaced.1 holds what was replaced

Next: undo the last restore of one session, or all that one run did:
  undo 3f2a90c41b7e
  undo --run node-20261128T214423Z-1a2b
"
        );
    }

    #[test]
    fn a_history_fits_a_narrow_page() {
        let long = "x".repeat(200);
        let events = [
            event(&long, Some("node-1")),
            event("3f2a90c41b7e", Some("node-1")),
        ];
        let written = written(&events, Some(60));
        assert!(
            written.starts_with(&format!(
                "\
2026-11-28 21:44  node-1
  {long}
    restored from the backup, 500 messages (can be undone)
  3f2a90c41b7e  restored from the backup, 500 messages (can
                be undone)
"
            )),
            "{written}"
        );
    }

    #[test]
    fn an_empty_history_says_so() {
        assert_eq!(
            written(&[], None),
            "Nothing was restored in this directory.\n"
        );
        let event = Event {
            can_undo: false,
            ..event("a", Some("node-1"))
        };
        let written = written(&[event], None);
        assert!(
            written.ends_with("\nNothing of this can be undone.\n"),
            "{written}"
        );
    }

    #[test]
    fn names_are_escaped() {
        let event = Event {
            source: Some("a\u{1b}[31m.json~".to_owned()),
            ..event("a\u{1b}[31m", Some("x\u{202e}"))
        };
        let written = written(&[event], Some(60));
        assert!(!written.contains(['\u{1b}', '\u{202e}']), "{written}");
    }
}
