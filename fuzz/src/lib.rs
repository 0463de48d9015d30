//! What holds for every input: the fuzz targets look for one that breaks it,
//! and `tests/fuzz.rs` tries the inputs that were worth keeping, with any
//! toolchain and without a fuzzer.

mod chunks;
mod document;
mod facts;
mod merge;
mod names;
mod reference;

pub use merge::merge;
pub use names::names;

use session_recovery::count::{Defect, count};

/// A session file of any bytes has the count, or the defect and its offset,
/// that the reference implementation gives it, in whatever chunks it comes.
///
/// # Panics
///
/// If it has not.
pub fn counter(file: &[u8]) {
    let counted = count(file);
    if let Some(expected) = reference::count(file) {
        let counted = counted.clone();
        let counted = counted.map(|count| (count.messages, count.elements, count.caveat));
        assert_eq!(
            counted,
            expected,
            "the reference implementation differs: {}",
            file.escape_ascii()
        );
    }
    if let Ok(json) = serde_json::from_slice::<serde_json::Value>(file) {
        if let Ok(count) = &counted {
            facts::agree(&count.facts, &json);
        }
        let strict = match json.as_object().map(|top| top.get("messages")) {
            None => Err(Defect::NotAnObject),
            Some(messages) => messages
                .and_then(serde_json::Value::as_array)
                .ok_or(Defect::NoMessages),
        };
        let counted = counted.as_ref().map(|count| count.messages as usize);
        assert_eq!(
            counted.map_err(|defect| *defect),
            strict.map(Vec::len),
            "serde_json differs: {}",
            file.escape_ascii()
        );
    }
    chunks::agree(file, &counted);
}

/// The same, for a document that these choices write.
///
/// # Panics
///
/// If it does not hold.
pub fn json(choices: &[u8]) {
    counter(&document::written(choices));
}
