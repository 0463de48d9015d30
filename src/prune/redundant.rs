//! Decides which kept files of a session are redundant. In doubt a file stays.
//!
//! The newest file is looked at first. Each is held against the live file and the newer kept files
//! that stay. It is redundant if one of them holds the same bytes. It is also redundant if each of
//! its messages stands in one of them, and nothing else of it could be lost. A message that another
//! one stands for must have nothing that the other lacks.

use super::standing::Standing;
use crate::answer::{Error, Purged};
use crate::count::{Key, Value};
use crate::directory::{Directory, File, FsError};
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
    /// Those that are redundant, with their numbers.
    pub redundant: Vec<(u32, Standing<F>)>,
    /// Why others could not be looked at.
    pub errors: Vec<Error>,
    comparisons: u32,
}

impl<F: File> Session<F> {
    /// Looks at the kept files with these numbers, which are in ascending order.
    pub fn of<D: Directory<File = F>>(directory: &D, id: SessionId, kept: Vec<u32>) -> Self {
        // Nothing is held against a live file that cannot be read.
        let live = Standing::open(directory, id.live_name());
        let mut session = Self {
            newest: kept.last().copied().unwrap_or_default(),
            standing: live.ok().flatten().into_iter().collect(),
            id,
            redundant: Vec::new(),
            errors: Vec::new(),
            comparisons: 0,
        };
        for number in kept.into_iter().rev() {
            session.look_at(directory, number);
        }
        session
    }

    /// What is or would be removed.
    pub fn would_remove(self) -> Purged {
        let redundant = self.redundant.into_iter();
        Purged {
            session_id: Some(self.id.to_string()),
            removed: redundant.map(|(_, file)| file.name).collect(),
            errors: self.errors,
        }
    }

    /// How many of its files are open.
    pub fn open(&self) -> usize {
        self.standing.len() + self.redundant.len()
    }

    fn look_at<D: Directory<File = F>>(&mut self, directory: &D, number: u32) {
        let Some(name) = self.id.kept_name(number) else {
            return;
        };
        let what = format!("{name} was not checked, and stays");
        match Standing::open(directory, name) {
            Ok(Some(file)) if self.makes_redundant(&file) => self.redundant.push((number, file)),
            Ok(Some(file)) if self.standing.len() < MOST_STANDING => self.standing.push(file),
            Ok(_) => {}
            Err(fault) => self.errors.push(fault.while_reading(&what)),
        }
    }

    fn makes_redundant(&mut self, kept: &Standing<F>) -> bool {
        self.standing.iter().any(|other| other.is_same(kept))
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
    let is_whole = matches!(pending, Value::Scalar(token) if !token.is_cut);
    let is_elsewhere = is_empty(pending) || (is_whole && others.iter().any(is_there));
    let has_more_context = meta.facts.context > Some(meta.messages);
    is_elsewhere && !has_more_context
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Missing => true,
        Value::Scalar(token) => !token.is_truthy(),
        Value::Array(length) => *length == 0,
        Value::Object { is_empty } => *is_empty,
    }
}
