//! Holds a line of the log: one deed, as a JSON object.

use serde::Serialize;

use super::Run;
use crate::answer::Deed;
use crate::app::document::Document;
use crate::count::{Event, Token};
use crate::session::SessionId;

/// How many bytes of a value are read, as it is spelled: the longest name, if each of its bytes is
/// spelled as an escape.
const LONGEST_VALUE: usize = 255 * 6;

/// A deed, as the log says it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    pub deed: Deed,
    pub time: u64,
    pub run: String,
    pub session: String,
    /// The file whose bytes were put in place. An undo that took the live file away has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The file that holds what the live file held before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<u32>,
    /// Whether there was a live file that was not kept.
    #[serde(skip_serializing_if = "is_false")]
    pub discarded: bool,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde gives a reference to the field"
)]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl Line {
    /// The line, with its end.
    pub fn to_text(&self) -> String {
        let line = serde_json::to_string(self).unwrap_or_default();
        line + "\n"
    }

    /// Whether the live file was put where none was.
    pub const fn was_missing(&self) -> bool {
        self.source.is_some() && self.kept.is_none() && !self.discarded
    }
}

/// Reads a line in chunks. What is no line of the log is skipped: it is torn, or somebody else's.
#[derive(Debug)]
pub struct Reader {
    document: Document,
    key: String,
    found: Found,
}

/// The values of a line that were read.
#[derive(Debug, Default)]
struct Found {
    deed: Option<Deed>,
    time: Option<u64>,
    run: Option<String>,
    session: Option<String>,
    source: Option<String>,
    kept: Option<String>,
    messages: Option<u32>,
    discarded: bool,
    /// Whether a value is none that a line can have.
    is_foreign: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            document: Document::holding(LONGEST_VALUE),
            key: String::new(),
            found: Found::default(),
        }
    }
}

impl Reader {
    pub fn feed(&mut self, bytes: &[u8]) {
        let Self {
            document,
            key,
            found,
        } = self;
        // What is no document is known for that at the line's end.
        let _ = document.feed(bytes, &mut |depth, event| match (depth, event) {
            (1, Event::Key(name)) => *key = name.to_text(),
            (1, Event::Scalar(value)) => found.take(key, value),
            _ => {}
        });
    }

    pub fn line(self) -> Option<Line> {
        let found = self.found;
        if !self.document.is_object() || found.is_foreign {
            return None;
        }
        let (name, time) = (found.run?, found.time?);
        let session = found.session?;
        SessionId::new(&session).ok()?;
        Some(Line {
            deed: found.deed?,
            time,
            run: Run::new(&name, time).name,
            session,
            source: found.source,
            kept: found.kept,
            messages: found.messages,
            discarded: found.discarded,
        })
    }
}

impl Found {
    fn take(&mut self, key: &str, value: &Token) {
        let text = value.to_text();
        match (key, value.is_text) {
            ("deed", true) => self.deed = deed(&text),
            ("time", false) => self.time = text.parse().ok(),
            ("messages", false) => self.messages = text.parse().ok(),
            ("discarded", false) => self.discarded = text == "true",
            ("run", true) => self.run = Some(text),
            ("session", true) => self.session = Some(text),
            ("source", true) => self.source = Some(text),
            ("kept", true) => self.kept = Some(text),
            _ => return,
        }
        self.is_foreign |= value.is_cut;
    }
}

fn deed(text: &str) -> Option<Deed> {
    match text {
        "restored" => Some(Deed::Restored),
        "undone" => Some(Deed::Undone),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Line> {
        let mut reader = Reader::default();
        for byte in text.as_bytes() {
            reader.feed(&[*byte]);
        }
        reader.line()
    }

    fn restored(session: &str) -> Line {
        Line {
            deed: Deed::Restored,
            time: 1_764_366_263,
            run: "rust-20261128T214423Z-4f2a".to_owned(),
            session: session.to_owned(),
            source: Some(format!("{session}.json.bak")),
            kept: Some(format!("{session}.json.replaced.1")),
            messages: Some(12),
            discarded: false,
        }
    }

    #[test]
    fn a_line_is_plain_json() {
        assert_eq!(
            restored("a").to_text(),
            r#"{"deed":"restored","time":1764366263,"run":"rust-20261128T214423Z-4f2a","session":"a","source":"a.json.bak","kept":"a.json.replaced.1","messages":12}
"#
        );
        let undone = Line {
            deed: Deed::Undone,
            source: None,
            kept: None,
            messages: None,
            discarded: true,
            ..restored("a")
        };
        assert_eq!(
            undone.to_text(),
            r#"{"deed":"undone","time":1764366263,"run":"rust-20261128T214423Z-4f2a","session":"a","discarded":true}
"#
        );
    }

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let longest = "\u{1}".repeat(238);
        for session in ["a", "日本語 \"", &longest] {
            let line = restored(session);
            let kept = line.kept.clone().filter(|kept| kept.len() <= 255);
            let line = Line { kept, ..line };
            assert_eq!(read(&line.to_text()), Some(line));
        }
    }

    #[test]
    fn what_is_no_line_is_skipped() {
        let whole = restored("a").to_text();
        for torn in 0..whole.len() - 1 {
            assert_eq!(read(&whole[..torn]), None, "{torn}");
        }
        for (old, new) in [
            ("restored", "removed"),
            (r#""session":"a""#, r#""session":"_a""#),
            (r#""session":"a""#, r#""session":["a"]"#),
            ("1764366263", "-1"),
            ("1764366263", "\"1\""),
            ("a.json.bak", &"b".repeat(2000)),
            ("{", "[{"),
        ] {
            assert_eq!(read(&whole.replace(old, new)), None, "{new}");
        }
    }

    #[test]
    fn a_line_may_hold_more_than_is_known() {
        let more = restored("a")
            .to_text()
            .replace("12}", r#"12,"by":{"session":"b"}}"#);
        assert_eq!(read(&more), Some(restored("a")));
    }
}
