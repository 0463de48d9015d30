//! What our salvager finds in a file that is in memory.

use std::ops::Range;

use session_recovery_count::{Element, Elements};
use session_recovery_salvage::{Decoder, Encoding, Salvaged, salvage};

/// What is found in a file.
pub struct Found {
    /// The messages, each with all of its bytes.
    pub messages: Vec<Vec<u8>>,
    /// Whether the answer says that these may be the context instead.
    pub is_doubtful: bool,
}

pub fn found(bytes: &[u8]) -> Found {
    let salvaged = salvage(bytes);
    let mut documents = salvaged.documents.iter();
    Found {
        is_doubtful: documents.any(|document| document.is_doubtful),
        messages: messages(bytes, &salvaged),
    }
}

fn messages(bytes: &[u8], salvaged: &Salvaged) -> Vec<Vec<u8>> {
    let decoded = (salvaged.encoding != Encoding::Utf8).then(|| decoded(bytes));
    let text = decoded.as_deref().unwrap_or(bytes);
    let mut messages = Vec::new();
    let documents = salvaged.documents.iter();
    for region in documents.flat_map(|document| &document.regions) {
        let mut take = |element: Element| {
            messages.push(part(text, &element.place).trim_ascii().to_vec());
        };
        let mut elements = Elements::new(region.start);
        elements.feed(part(text, &(region.start..region.end)), &mut take);
        elements.finish(&mut take);
    }
    messages
}

fn part<'a>(text: &'a [u8], place: &Range<u64>) -> &'a [u8] {
    let [start, end] = [place.start, place.end].map(|at| usize::try_from(at).unwrap_or(usize::MAX));
    text.get(start..end).unwrap_or_default()
}

fn decoded(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut decoder = Decoder::default();
    decoder.feed(bytes, &mut |part| text.extend(part));
    decoder.finish(&mut |part| text.extend(part));
    text
}
