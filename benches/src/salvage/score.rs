//! Holds what was found against what was to be found.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Number, Value};

/// What came of some files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Score {
    pub files: u32,
    /// Messages all of whose bytes are there.
    pub there: u64,
    /// Of those.
    pub found: u64,
    /// What is no message of the file.
    pub made_up: u64,
    /// Messages that were found more often than they are there.
    pub doubled: u64,
    /// Messages that stand behind one that comes later in the file.
    pub out_of_order: u64,
    /// The last three, if the answer says that what was found may be the context.
    pub in_doubt: u64,
    /// Files that took too long, or for which the program ended.
    pub given_up: u32,
    pub seconds: f64,
}

impl Score {
    /// Of one file: what is to be found, each with whether it must be, and what was.
    pub fn of<T: AsRef<[u8]>>(wanted: &[(T, bool)], found: &[T]) -> Self {
        let mut times: HashMap<&[u8], u32> = HashMap::new();
        for (text, _) in wanted {
            *times.entry(text.as_ref()).or_default() += 1;
        }
        let there = wanted.iter().filter(|(_, must_be)| *must_be);
        let mut score = Self {
            files: 1,
            there: there.count() as u64,
            ..Self::default()
        };
        let mut rest = wanted;
        for text in found {
            let text = text.as_ref();
            let Some(times) = times.get_mut(text) else {
                score.made_up += 1;
                continue;
            };
            if let Some(at) = rest.iter().position(|(wanted, _)| wanted.as_ref() == text) {
                score.found += u64::from(rest[at].1);
                rest = &rest[at + 1..];
            } else if *times == 0 {
                score.doubled += 1;
            } else {
                score.out_of_order += 1;
            }
            *times = times.saturating_sub(1);
        }
        score
    }

    /// The same, of an answer that says that it may be wrong.
    pub const fn in_doubt(self) -> Self {
        Self {
            made_up: 0,
            doubled: 0,
            out_of_order: 0,
            in_doubt: self.made_up + self.doubled + self.out_of_order,
            ..self
        }
    }

    pub fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.there += other.there;
        self.found += other.found;
        self.made_up += other.made_up;
        self.doubled += other.doubled;
        self.out_of_order += other.out_of_order;
        self.in_doubt += other.in_doubt;
        self.given_up += other.given_up;
        self.seconds += other.seconds;
    }
}

/// The same text for JSON values that are equal: a program that reads and writes them orders keys
/// and writes numbers as it likes. What is no JSON stays as it is, and equals nothing.
pub fn canonical(text: &[u8]) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice(text) else {
        return text.to_vec();
    };
    normalise(&mut value);
    value.to_string().into_bytes()
}

fn normalise(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(same) = number.as_f64().and_then(Number::from_f64) {
                *number = same;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(normalise),
        Value::Object(keys) => keys.values_mut().for_each(normalise),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(found: &[&str]) -> [u64; 4] {
        let wanted = [("a", true), ("b", true), ("c", false), ("a", true)];
        let score = Score::of(&wanted, found);
        assert_eq!(score.there, 3);
        [
            score.found,
            score.made_up,
            score.doubled,
            score.out_of_order,
        ]
    }

    #[test]
    fn each_fault_is_counted_as_what_it_is() {
        assert_eq!(score(&["a", "b", "c", "a"]), [3, 0, 0, 0]);
        assert_eq!(score(&["a", "a"]), [2, 0, 0, 0]);
        assert_eq!(score(&["a", "x", "b"]), [2, 1, 0, 0]);
        assert_eq!(score(&["a", "b", "b"]), [2, 0, 1, 0]);
        assert_eq!(score(&["c", "b"]), [0, 0, 0, 1]);
    }

    #[test]
    fn equal_values_have_one_text() {
        let [one, other] = [r#"{"a": 1.0, "b": "\u00e9"}"#, r#"{"b":"é","a":1}"#];
        assert_eq!(canonical(one.as_bytes()), canonical(other.as_bytes()));
        assert_eq!(canonical(b"{"), b"{");
    }
}
