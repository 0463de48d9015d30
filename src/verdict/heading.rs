//! Says what a file is about: its title, and when it was saved last.

use crate::answer::Heading;
use crate::count::{Facts, Key, Value};
use crate::directory::File;
use crate::verdict::judge::Judged;

/// How many characters of a title are given.
const LONGEST_TITLE: usize = 200;

/// What the first of these files that says anything is about.
pub fn heading<F: File>(files: [&Judged<F>; 2]) -> Heading {
    let facts = files.into_iter().filter_map(Judged::facts);
    let mut headings = facts.map(heading_of);
    let first = headings.find(|heading| *heading != Heading::default());
    first.unwrap_or_default()
}

/// What a file is about.
#[must_use]
pub fn heading_of(facts: &Facts) -> Heading {
    Heading {
        title: title(facts.value(Key::Title)),
        updated: seconds(facts.value(Key::UpdatedAt)),
    }
}

fn title(value: &Value) -> Option<String> {
    let Value::Scalar(token) = value else {
        return None;
    };
    let title: String = token.characters().take(LONGEST_TITLE).collect();
    (token.is_text && !title.trim().is_empty()).then_some(title)
}

/// A time in seconds since 1970.
#[must_use]
pub fn seconds(value: &Value) -> Option<u64> {
    match value {
        Value::Scalar(token) => token.seconds(),
        _ => None,
    }
}
