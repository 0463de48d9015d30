//! The application's list of deleted sessions. Its version and its ids are taken as Python
//! takes them, `int` and `str`: whoever wrote the list otherwise means the same by it.

use crate::count::{Bracket, Event, Token, is_stripped};
use crate::directory::{Fault, File};
use crate::document::Document;
use crate::ids::{Ids, LONGEST_SPELLED, whole_text};
use crate::session::LONGEST_ID;

/// Why something else than a list tells nothing.
pub const NO_LIST: &str = "it is no list of version 1";

/// The ids of the list, sorted, or why it tells nothing.
///
/// # Errors
///
/// It cannot be read.
pub fn read(file: &impl File) -> Result<Result<Vec<String>, &'static str>, Fault> {
    let mut list = List::default();
    let document = Document::holding(LONGEST_SPELLED);
    let read = document.read(file, &mut |depth, event| list.take(depth, &event))?;
    let is_list = read.is_object() && list.is_of_version_1 && list.are_ids_there;
    if !is_list {
        return Ok(Err(NO_LIST));
    }
    let ids = list.ids.sorted();
    Ok(ids.ok_or("it holds more than there is memory for"))
}

/// The list as far as it is read.
#[derive(Default)]
struct List {
    key: Key,
    is_of_version_1: bool,
    are_ids_there: bool,
    ids: Ids,
}

#[derive(Default, PartialEq, Eq)]
enum Key {
    Version,
    Ids,
    #[default]
    Other,
}

impl List {
    fn take(&mut self, depth: u32, event: &Event) {
        match (depth, event) {
            (1, Event::Key(key)) => self.begin(key),
            (1, Event::Scalar(version)) if self.key == Key::Version => {
                self.is_of_version_1 = is_1(version);
            }
            (1, Event::Opens(Bracket::Array)) if self.key == Key::Ids => {
                self.are_ids_there = true;
            }
            (1, Event::Opens(_)) => self.key = Key::Other,
            (2, Event::Scalar(entry)) if self.key == Key::Ids => self.add(entry),
            _ => {}
        }
    }

    /// Of the same keys the last one stands.
    fn begin(&mut self, key: &Token) {
        self.key = if key.is("version") {
            self.is_of_version_1 = false;
            Key::Version
        } else if key.is("ids") {
            self.ids = Ids::default();
            self.are_ids_there = false;
            Key::Ids
        } else {
            Key::Other
        };
    }

    fn add(&mut self, entry: &Token) {
        if !entry.is_truthy() {
            return;
        }
        let text = if entry.is_text || entry.is_cut {
            whole_text(entry)
        } else {
            Some(in_python(entry))
        };
        match text {
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

/// Whether what is held of an entry leaves open that it is an id: with much white space
/// around it, or as a number with many digits.
fn may_be_id(entry: &Token) -> bool {
    let is_short = || entry.to_text().trim_matches(is_stripped).len() <= LONGEST_ID;
    entry.is_cut && (!entry.is_text || is_short())
}

/// Whether Python's `int` makes 1 of it: of a number, of `true`, or of a text.
fn is_1(version: &Token) -> bool {
    if version.is_text {
        return whole_text(version).is_some_and(|text| is_1_in_digits(&text));
    }
    let is_1 = |number| (1.0..2.0).contains(&number);
    version.is_word("true") || version.number().is_some_and(is_1)
}

/// Whether a text is the number 1, in ASCII digits: there may be zeros before it, and an
/// underscore between two digits.
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

/// What Python's `str` makes of a number, or of `true`.
fn in_python(entry: &Token) -> String {
    let spelled = entry.to_text();
    let is_integer = spelled
        .bytes()
        .all(|byte| matches!(byte, b'-' | b'0'..=b'9'));
    match entry.number() {
        Some(number) if !is_integer => float_in_python(number),
        _ if entry.is_word("true") => "True".to_owned(),
        _ => spelled,
    }
}

/// Rust has the same digits, and other exponents: `1e16` for `1e+16`, `1e-7` for `1e-07`.
fn float_in_python(number: f64) -> String {
    let spelled = format!("{number:?}").to_ascii_lowercase();
    let Some((digits, exponent)) = spelled.split_once('e') else {
        return spelled;
    };
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}
