//! Makes session files, damages them in every way that is known of, and knows which messages have
//! all their bytes left. The same seed makes the same file on every machine.

mod damage;
mod numbers;
mod sessions;

pub use damage::{Damaged, KINDS, Wanted, damaged};
pub use numbers::Numbers;
pub use sessions::{LAYOUTS, Layout, Plan, Session, Times};

/// A damaged file, and what it was made from.
#[derive(Debug)]
pub struct Sample {
    /// How it was damaged: one of [`KINDS`].
    pub kind: &'static str,
    /// What its sessions look like.
    pub plan: Plan,
    /// The file, and what is to be found in it.
    pub damaged: Damaged,
}

/// Makes the file with this seed: the kinds take turns, and a session has at most so many messages.
#[must_use]
pub fn sample(seed: u64, most: usize) -> Sample {
    let numbers = &mut Numbers::new(seed);
    let turn = seed % KINDS.len() as u64;
    let kind = KINDS[usize::try_from(turn).unwrap_or_default()];
    let plan = Plan::new(numbers);
    let damaged = damaged(kind, &plan, numbers, most);
    Sample {
        kind,
        plan,
        damaged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The file as text, as far as it is UTF-8; of UTF-16, whatever follows the mark.
    fn text(sample: &Sample) -> Vec<u8> {
        if sample.kind != "utf-16" {
            return sample.damaged.bytes.clone();
        }
        let units = |decode: fn([u8; 2]) -> u16| {
            let pairs = sample.damaged.bytes.as_chunks().0.iter();
            String::from_utf16_lossy(&pairs.copied().map(decode).collect::<Vec<_>>())
        };
        let both = [units(u16::from_le_bytes), units(u16::from_be_bytes)];
        both.concat().into_bytes()
    }

    #[test]
    fn what_is_to_be_found_is_in_the_file_and_in_its_order() {
        for seed in 0..40 * KINDS.len() as u64 {
            let sample = sample(seed, 50);
            let text = text(&sample);
            let mut rest = &*text;
            for wanted in &sample.damaged.wanted {
                let found = rest
                    .windows(wanted.text.len())
                    .position(|window| window == wanted.text);
                let found = found.unwrap_or_else(|| panic!("{seed} {}", sample.kind));
                rest = &rest[found + wanted.text.len()..];
            }
        }
    }

    #[test]
    fn every_kind_does_what_it_says() {
        for seed in 0..40 * KINDS.len() as u64 {
            let Sample { kind, damaged, .. } = sample(seed, 50);
            let bytes = &damaged.bytes;
            let last = damaged.wanted.last();
            let is_so = match kind {
                "whole" => bytes.ends_with(b"}"),
                "cut in a character" => {
                    str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
                }
                "cut in an escape" => bytes.ends_with(b"\\"),
                "cut before the messages" => last.is_none(),
                "cut behind the last message" => {
                    last.is_some_and(|last| bytes.ends_with(&last.text))
                }
                "mark" => bytes.starts_with(b"\xef\xbb\xbf{"),
                "gzip" => bytes.starts_with(b"\x1f\x8b") && last.is_none(),
                _ => true,
            };
            assert!(is_so, "{seed} {kind}");
        }
    }
}
