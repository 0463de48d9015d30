//! Reads the application's list of deleted sessions. It takes the version and the IDs as the
//! application does, by Python's `int` and `str`. If an entry cannot be taken like this, the list
//! is not used: the entry could be any session.

use crate::app::document::Document;
use crate::app::ids::{Ids, LONGEST_SPELLED, whole_text};
use crate::count::{Bracket, Event, Token, is_stripped};
use crate::directory::{Bytes, FsError};
use crate::session::LONGEST_ID;

/// Why something other than a list is not used.
pub const NO_LIST: &str = "it is not in the known format (version 1)";

/// Gives the IDs of the list, sorted, or says why it cannot be used.
pub fn read(file: &dyn Bytes) -> Result<Result<Vec<String>, &'static str>, FsError> {
    let mut list = List::default();
    let document = Document::holding(LONGEST_SPELLED);
    let read = document.read(file, &mut |depth, event| list.take(depth, &event))?;
    let is_list = read.is_object() && list.is_of_version_1 && list.are_ids_there;
    if !is_list {
        return Ok(Err(NO_LIST));
    }
    let ids = list.ids.sorted();
    Ok(ids.ok_or("it has too many entries, or an entry that is not an ID"))
}

/// The list as far as it is read.
#[derive(Default)]
struct List {
    key: ListKey,
    is_of_version_1: bool,
    are_ids_there: bool,
    ids: Ids,
}

#[derive(Default, PartialEq, Eq)]
enum ListKey {
    Version,
    Ids,
    #[default]
    Other,
}

impl List {
    fn take(&mut self, depth: u32, event: &Event) {
        match (depth, event) {
            (1, Event::Key(key)) => self.begin(key),
            (1, Event::Scalar(version)) if self.key == ListKey::Version => {
                self.is_of_version_1 = is_1(version);
            }
            (1, Event::Opens(Bracket::Array)) if self.key == ListKey::Ids => {
                self.are_ids_there = true;
            }
            (1, Event::Opens(_)) => self.key = ListKey::Other,
            (2, Event::Scalar(entry)) if self.key == ListKey::Ids => self.add(entry),
            // Python has a text for an array or an object that is not empty as well.
            (3, Event::Opens(_) | Event::Scalar(_)) if self.key == ListKey::Ids => {
                self.ids.lack_one();
            }
            _ => {}
        }
    }

    /// If a key is there more than once, the last one counts.
    fn begin(&mut self, key: &Token) {
        self.key = if key.is("version") {
            self.is_of_version_1 = false;
            ListKey::Version
        } else if key.is("ids") {
            self.ids = Ids::default();
            self.are_ids_there = false;
            ListKey::Ids
        } else {
            ListKey::Other
        };
    }

    fn add(&mut self, entry: &Token) {
        if !entry.is_truthy() {
            return;
        }
        match in_python(entry) {
            Some(text) => {
                let id = text.trim_matches(is_stripped);
                if id.len() <= LONGEST_ID {
                    self.ids.take(id.to_owned());
                }
            }
            None if may_be_id(entry) => self.ids.lack_one(),
            None => {}
        }
    }
}

/// What Python's `str` makes of an entry, if that is its spelling.
fn in_python(entry: &Token) -> Option<String> {
    let text = whole_text(entry)?;
    let is_integer = || {
        let mut digits = text.bytes();
        digits.all(|byte| matches!(byte, b'-' | b'0'..=b'9'))
    };
    if entry.is_word("true") {
        return Some("True".to_owned());
    }
    (entry.is_text || is_integer()).then_some(text)
}

/// Whether an entry that is not taken may still be a session's ID: a number with a fraction or an
/// exponent, or a text with much white space around it.
fn may_be_id(entry: &Token) -> bool {
    let is_short = || entry.to_text().trim_matches(is_stripped).len() <= LONGEST_ID;
    !entry.is_text || (entry.is_cut && is_short())
}

/// Whether Python's `int` makes 1 of it: of a number, of `true`, or of a text.
fn is_1(version: &Token) -> bool {
    if version.is_text {
        return whole_text(version).is_some_and(|text| is_1_in_digits(&text));
    }
    let is_1 = |number| (1.0..2.0).contains(&number);
    version.is_word("true") || version.number().is_some_and(is_1)
}

/// Whether a text is the number 1, in ASCII digits: there may be zeros before it, and an underscore
/// between two digits.
fn is_1_in_digits(text: &str) -> bool {
    let text = text.trim_matches(is_stripped);
    let digits = text.strip_prefix('+').unwrap_or(text);
    let Some(zeros) = digits.strip_suffix('1') else {
        return false;
    };
    zeros.split_inclusive('_').all(|zeros| {
        let zeros = zeros.strip_suffix('_').unwrap_or(zeros);
        !zeros.is_empty() && zeros.bytes().all(|digit| digit == b'0')
    })
}
