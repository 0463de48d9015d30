//! Finds the messages of a file that stand in none of several others, with all that each has. It is
//! for a file that is about to be removed, so it is stricter than a comparison of two files.

use super::{Comparison, Entry, are_close, in_order};
use crate::count::Identity;
use crate::directory::FsError;
use crate::verdict::messages::Messages;

/// The messages of a file that the others lack, in order.
#[derive(Debug)]
pub struct Missing(Vec<Entry>);

impl Missing {
    /// Those that one other file lacks. Gives `None` if the messages are too many to compare.
    pub fn from(file: &Messages, other: &Messages) -> Result<Option<Self>, FsError> {
        let compared = Comparison::by(has_all_of, |identity| identity.is_timed, file, other)?;
        Ok(compared.map(|Comparison { mut messages, .. }| {
            messages.retain(|entry| entry.surplus > 0);
            messages.shrink_to_fit();
            Self(messages)
        }))
    }

    /// Those of them that another file lacks too.
    pub fn and(&mut self, other: &Self) {
        self.0.retain_mut(|entry| {
            let Some(lacked) = other.surplus_of(&entry.identity) else {
                return false;
            };
            entry.surplus = entry.surplus.min(lacked);
            true
        });
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn surplus_of(&self, identity: &Identity) -> Option<i32> {
        let place = self
            .0
            .binary_search_by(|entry| in_order(&entry.identity, identity));
        Some(self.0[place.ok()?].surplus)
    }
}

/// Whether another message has all that one has, if both have the same core.
fn has_all_of(one: &Identity, other: &Identity) -> bool {
    let has_time = !one.time.is_there() || other.time.is_there();
    let mut later = one.later.iter().zip(&other.later);
    has_time && are_close(one, other) && later.all(|(one, other)| one == other || *one == 0)
}
