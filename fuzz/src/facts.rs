//! What a file says of its last save, beside what `serde_json` reads in it.

use serde_json::Value as Json;
use session_recovery::count::{Facts, Key, Value};

/// Some keys, of each of which the value is looked at in its own way.
const KEYS: [(&str, Key); 3] = [
    ("clear_generation", Key::ClearGeneration),
    ("pending_attachments", Key::PendingAttachments),
    ("truncation_watermark", Key::TruncationWatermark),
];

/// Each key has the value that is in the document, as far as that is held.
///
/// # Panics
///
/// If it has not.
pub fn agree(facts: &Facts, document: &Json) {
    let context = document.get("context_messages").and_then(Json::as_array);
    assert_eq!(
        facts.context.map(|length| length as usize),
        context.map(Vec::len)
    );
    for (name, key) in KEYS {
        let (found, wanted) = (facts.value(key), document.get(name));
        assert!(are_same(found, wanted), "{name}: {found:?}, not {wanted:?}");
    }
}

fn are_same(found: &Value, wanted: Option<&Json>) -> bool {
    match (found, wanted) {
        (Value::Missing, None) => true,
        (Value::Array(length), Some(Json::Array(array))) => *length as usize == array.len(),
        (Value::Object { is_empty }, Some(Json::Object(object))) => *is_empty == object.is_empty(),
        (Value::Scalar(token), Some(Json::String(text))) => {
            let begins = text.starts_with(&token.characters().collect::<String>());
            token.is_text && (token.is_cut && begins || token.is(text))
        }
        (Value::Scalar(token), Some(Json::Number(number))) => {
            // Of what is too small for a number of 64 bits it is not known that it is 0.
            let is_zero = number.as_f64() == Some(0.0);
            !token.is_text && (!token.is_zero() || is_zero)
        }
        (Value::Scalar(token), Some(Json::Bool(value))) => token.is_truthy() == *value,
        (Value::Scalar(token), Some(Json::Null)) => token.is_word("null"),
        _ => false,
    }
}
