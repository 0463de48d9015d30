//! Says how many different messages a file holds, and from when to when.

use super::{Entries, MOST};
use crate::directory::FsError;
use crate::verdict::messages::Messages;

/// What the messages of a file are together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// How many different ones there are. A message with a time or an ID counts once.
    pub different: u32,
    /// The time of the first one that has one, in seconds since 1970.
    pub first: Option<u64>,
    /// The time of the last one that has one.
    pub last: Option<u64>,
    /// Whether that is the last one of all.
    pub ends_there: bool,
}

impl Extent {
    /// Reads the messages of a file. Gives `None` if they are too many.
    pub fn of(messages: &Messages) -> Result<Option<Self>, FsError> {
        if messages.count > MOST {
            return Ok(None);
        }
        let mut entries = Entries::with_room_for(messages.count);
        let mut extent = Self::default();
        messages.each(&mut |message| {
            entries.add(message.identity, 1, 0);
            let seconds = message.identity.time.seconds();
            extent.ends_there = seconds.is_some();
            if let Some(seconds) = seconds {
                extent.first = extent.first.or(Some(seconds));
                extent.last = Some(seconds);
            }
        })?;
        let different = entries.into_different(|identity| identity.is_timed);
        let different = different.iter().map(|entry| entry.live.unsigned_abs());
        Ok(Some(Self {
            different: different.sum(),
            ..extent
        }))
    }
}
