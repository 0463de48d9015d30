//! Decides which kept files of a session are redundant. In doubt a file stays.
//!
//! The newest file is looked at first. Each is held against the live file and the newer kept files
//! that stay. It is redundant if one of them holds the same bytes. It is also redundant if each of
//! its messages stands in one of them, and nothing else of it could be lost. A message that stands
//! for another one must have all that the other has.

use super::standing::{Standing, unseen};
use crate::answer::{Error, Purged};
use crate::count::{Key, Value};
use crate::directory::{Directory, File, FsError, Kind};
use crate::listing::Listed;
use crate::session::SessionId;
use crate::verdict::compare::{Missing, is_all_of_one};

/// The most files of a session that others are held against: the live file, and the newest kept
/// files that stay.
const MOST_STANDING: usize = 16;
/// How often messages of a session's files are compared, which takes reading both files.
const MOST_COMPARISONS: u32 = 100;

/// The kept files of a session.
pub struct Session<F> {
    pub id: SessionId,
    /// The highest number of its kept files.
    pub newest: u32,
    /// Those that stay, and the live file.
    pub standing: Vec<Standing<F>>,
    /// Those that are redundant.
    pub redundant: Vec<Redundant<F>>,
    /// Why others could not be looked at or removed.
    pub errors: Vec<Error>,
    comparisons: u32,
}

/// A redundant file.
pub struct Redundant<F> {
    pub file: Standing<F>,
    pub number: u32,
    /// The name that it got in order to be removed.
    pub taken: Option<String>,
}

impl<F: File> Session<F> {
    /// Looks at a session's kept files. The listing need not have the live file if it is a file.
    pub fn of(directory: &impl Directory<File = F>, id: SessionId, listed: Listed) -> Self {
        // Nothing is held against a live file that cannot be read.
        let is_file = listed.kinds.live.is_none_or(|kind| kind == Kind::File);
        let live = is_file.then(|| Standing::open(directory, id.live_name()).ok());
        let mut session = Self {
            newest: listed.kept.last().copied().unwrap_or_default(),
            standing: live.flatten().flatten().into_iter().collect(),
            id,
            redundant: Vec::new(),
            errors: Vec::new(),
            comparisons: 0,
        };
        for number in listed.kept.into_iter().rev() {
            session.look_at(directory, number);
        }
        session
    }

    /// How many of its files are open.
    pub const fn open(&self) -> usize {
        self.standing.len() + self.redundant.len()
    }

    /// What is removed, or would be: all that is still called redundant.
    pub fn purged(self) -> Purged {
        let removed = self.redundant.into_iter().map(|each| each.file.name);
        Purged {
            session_id: Some(self.id.to_string()),
            removed: removed.collect(),
            errors: self.errors,
        }
    }

    fn look_at(&mut self, directory: &impl Directory<File = F>, number: u32) {
        let name = self.id.kept_name(number).unwrap_or_default();
        // The highest numbers leave no name for a file that is about to be removed.
        let is_removable = self.id.pruned_name(0, number).is_some();
        match Standing::open(directory, name.clone()) {
            Ok(Some(file)) if is_removable && self.makes_redundant(&file) => {
                self.redundant.push(Redundant {
                    file,
                    number,
                    taken: None,
                });
            }
            Ok(Some(file)) if self.standing.len() < MOST_STANDING => self.standing.push(file),
            Ok(_) => {}
            Err(fault) => self.errors.push(unseen(&name, &fault)),
        }
    }

    fn makes_redundant(&mut self, kept: &Standing<F>) -> bool {
        kept.is_empty()
            || kept.is_among(&self.standing)
            || (holds_only_messages(kept, &self.standing)
                && self.have_all_messages_of(kept).unwrap_or(false))
    }

    /// Whether each message of a kept file stands in one of the files that stay.
    fn have_all_messages_of(&mut self, kept: &Standing<F>) -> Result<bool, FsError> {
        let Some(kept) = kept.messages() else {
            return Ok(false);
        };
        for other in self.standing.iter().filter_map(Standing::messages) {
            if kept.count == 0 || (kept.count <= other.count && is_all_of_one(&kept, &other)?) {
                return Ok(true);
            }
        }
        let mut missing: Option<Missing> = None;
        for other in self.standing.iter().filter_map(Standing::messages) {
            self.comparisons += 1;
            if self.comparisons > MOST_COMPARISONS {
                break;
            }
            match (&mut missing, Missing::from(&kept, &other)?) {
                (_, None) => {}
                (Some(missing), Some(other)) => missing.and(&other),
                (none, other) => *none = other,
            }
            if missing.as_ref().is_some_and(Missing::is_empty) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether a kept file holds nothing but messages that the others could lack. It may hold a message
/// that was sent but not answered, or messages that are only in its context.
fn holds_only_messages<F: File>(kept: &Standing<F>, others: &[Standing<F>]) -> bool {
    let Some(meta) = kept.meta() else {
        return false;
    };
    let pending = meta.facts.value(Key::PendingUserMessage);
    let is_there = |other: &Standing<F>| {
        let meta = other.meta();
        meta.is_some_and(|meta| meta.facts.value(Key::PendingUserMessage) == pending)
    };
    let is_safe = match pending {
        Value::Scalar(token) if token.is_truthy() => !token.is_cut && others.iter().any(is_there),
        other => is_nothing(other),
    };
    is_safe
        && is_nothing(meta.facts.value(Key::PendingAttachments))
        && meta.facts.context <= Some(meta.messages)
}

/// Whether a value cannot hold anything that was sent.
const fn is_nothing(value: &Value) -> bool {
    !matches!(value, Value::Array(1..) | Value::Object { is_empty: false })
}
