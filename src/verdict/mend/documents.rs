//! Brings the messages of several documents together. A shorter save over a longer one, or two
//! programs at once, leave more than one session in a file, with most messages in each of them.

use std::ops::Range;

use super::assemble::{Text, trimmed};
use super::form::Form;
use crate::directory::FsError;
use crate::sorted::sorted;
use crate::verdict::compare::Comparison;
use crate::verdict::messages::Messages;
use session_recovery_salvage::{Document, Region};

/// How many documents are compared one by one with all that follow. The rest are compared together,
/// so that the time stays linear.
const MOST: usize = 7;

/// Compares some messages with others.
type Compare = fn(&Messages, &Messages) -> Result<Option<Comparison>, FsError>;

/// Places of messages in a text. Those in a place follow each other.
#[derive(Debug, Default)]
pub struct Places {
    pub places: Vec<Range<u64>>,
    /// How many messages there are.
    pub count: u32,
}

/// The messages of all documents that are taken, in their order. What the newest document holds is left out of the
/// others. What others hold more than once is there once.
pub fn messages(
    text: Text,
    documents: &[Document],
    newest: usize,
    is_taken: &dyn Fn(&Document) -> Result<bool, FsError>,
) -> Result<Places, FsError> {
    let mut taken = Places::of(text, &documents[newest].regions)?;
    let mut others = Vec::new();
    for (place, document) in documents.iter().enumerate() {
        if place != newest && document.messages() > 0 && is_taken(document)? {
            others.push(document);
        }
    }
    let (first, last) = others.split_at(others.len().saturating_sub(MOST));
    for document in last.iter().rev() {
        let places = Places::of(text, &document.regions)?;
        taken.add(&lacking(text, Comparison::of, &places, &taken)?);
    }
    let regions = first.iter().flat_map(|document| &document.regions);
    let places = Places::of(text, regions)?;
    taken.add(&lacking(text, Comparison::of_different, &places, &taken)?);
    taken.places = in_order(taken.places);
    if documents.iter().any(may_be_context) {
        return up_to_a_repetition(text, &taken);
    }
    Ok(taken)
}

/// Whether what is left of a document may also be the context that is sent to the model. Without a
/// file's beginning, nothing may tell that from its messages.
#[must_use]
pub const fn may_be_context(document: &Document) -> bool {
    document.is_doubtful && !document.has_beginning
}

fn in_order(places: Vec<Range<u64>>) -> Vec<Range<u64>> {
    let places = places.into_iter().map(|place| (place.start, place.end));
    let places = sorted(places.collect());
    places.into_iter().map(|(start, end)| start..end).collect()
}

/// The messages before the first one that is there already. It belongs to the context, which repeats
/// what stands in the messages.
fn up_to_a_repetition(text: Text, taken: &Places) -> Result<Places, FsError> {
    let form = taken.form();
    let formed = form.filled_from(text());
    let (mut timed, mut ends) = (Vec::new(), Vec::new());
    formed.messages().each(&mut |message| {
        if message.identity.is_timed {
            timed.push((message.identity.exact, ends.len()));
        }
        ends.push(message.place.end);
    })?;
    let timed = sorted(timed);
    let repeated = timed.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    let Some(first) = repeated.map(|pair| pair[1].1).min() else {
        return Ok(Places {
            places: taken.places.clone(),
            count: taken.count,
        });
    };
    let end = first.checked_sub(1).and_then(|last| ends.get(last));
    Ok(Places {
        places: form.places_in_file(&(0..end.copied().unwrap_or_default())),
        count: u32::try_from(first).unwrap_or(u32::MAX),
    })
}

/// Those of some messages that are not among others. Gives none if they are too many to compare.
fn lacking(
    text: Text,
    compare: Compare,
    some: &Places,
    others: &Places,
) -> Result<Places, FsError> {
    if some.count == 0 {
        return Ok(Places::default());
    }
    let (some, others) = (some.form(), others.form());
    let (formed, others) = (some.filled_from(text()), others.filled_from(text()));
    let messages = formed.messages();
    let Some(comparison) = compare(&messages, &others.messages())? else {
        return Ok(Places::default());
    };
    let count = comparison.difference().live_only;
    let parts = comparison.parts(&messages)?;
    let places = parts.iter().flat_map(|part| some.places_in_file(part));
    Ok(Places {
        places: places.collect(),
        count,
    })
}

impl Places {
    fn of<'a>(text: Text, regions: impl IntoIterator<Item = &'a Region>) -> Result<Self, FsError> {
        let mut places = Vec::new();
        let mut count = 0_u32;
        for region in regions {
            places.push(region.start..region.end);
            count = count.saturating_add(region.count);
        }
        let places = trimmed(&text(), &places)?;
        Ok(Self { places, count })
    }

    fn add(&mut self, others: &Self) {
        self.places.extend_from_slice(&others.places);
        self.count = self.count.saturating_add(others.count);
    }

    /// The messages alone, each after a comma.
    fn form(&self) -> Form {
        let mut form = Form::default();
        for (number, place) in self.places.iter().enumerate() {
            if number > 0 {
                form.write(b",");
            }
            form.take(place.clone());
        }
        form.messages = self.count;
        form.elements = 0..form.length();
        form
    }
}
