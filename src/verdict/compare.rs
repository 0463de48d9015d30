//! Finds the messages that only one of two files holds: what a restore would take away, and what it
//! would bring back.

mod agreement;
mod changed;
mod extent;
mod missing;

use std::cmp::Ordering;
use std::ops::Range;

use crate::count::Identity;
use crate::directory::FsError;
use crate::verdict::messages::Messages;

pub use agreement::{Agreement, is_all_of_one};
pub use changed::{Changed, Side};
pub use extent::Extent;
pub use missing::Missing;

/// The most messages of two files that are compared. Each takes 80 bytes of memory.
pub const MOST: u32 = 1_000_000;
/// The application rounds times to the second.
const MICROSECONDS: u64 = 1_000_000;
/// The most candidates that are tried for one message. If more have the same text at the same time,
/// the message counts as one that the other file lacks.
const TRIES: usize = 100;

/// How many messages only one of two files holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Those of the live file.
    pub live_only: u32,
    /// Those of the backup.
    pub backup_only: u32,
}

impl Difference {
    /// The difference between two files if the messages of one begin with all of the other's.
    #[must_use]
    pub const fn of_counts(live: u32, backup: u32) -> Self {
        Self {
            live_only: live.saturating_sub(backup),
            backup_only: backup.saturating_sub(live),
        }
    }

    /// Compares the messages of two files, given how far they agree if that is known. Gives `None`
    /// if they are too many.
    pub fn of(
        live: &Messages,
        backup: &Messages,
        agreement: Option<&Agreement>,
    ) -> Result<Option<Self>, FsError> {
        if has_all_of_one(live, backup, agreement)? {
            return Ok(Some(Self::of_counts(live.count, backup.count)));
        }
        let comparison = Comparison::of(live, backup)?;
        Ok(comparison.map(|comparison| comparison.difference()))
    }
}

/// Whether the messages of one file begin with all of the other's, given how far they agree if that
/// is known.
fn has_all_of_one(
    live: &Messages,
    backup: &Messages,
    agreement: Option<&Agreement>,
) -> Result<bool, FsError> {
    let known = agreement.and_then(|agreement| agreement.is_all_of_one(live, backup));
    match known {
        _ if live.count == 0 || backup.count == 0 => Ok(true),
        Some(known) => Ok(known),
        None => agreement::is_all_of_one(live, backup),
    }
}

/// The messages of two files, and which of them only one holds.
#[derive(Debug)]
pub struct Comparison {
    /// Each different one once: those with the same core together, by time.
    messages: Vec<Entry>,
    /// Where the backup's last message ends.
    pub backup_end: u64,
}

/// A message, however often it is there.
#[derive(Clone, Copy, Debug)]
struct Entry {
    identity: Identity,
    /// How many of them the live file holds.
    live: i32,
    /// How many of them the backup holds.
    backup: i32,
    /// How many more of them the live file holds than the backup, once they are paired.
    surplus: i32,
}

const _: () = assert!(size_of::<Entry>() == 80);

/// Says whether a message of the backup stands for one of the live file, if both have the same
/// core.
type StandsFor = fn(&Identity, &Identity) -> bool;

impl Comparison {
    /// Compares the messages of two files. Gives `None` if they are too many.
    pub fn of(live: &Messages, backup: &Messages) -> Result<Option<Self>, FsError> {
        Self::by(are_compatible, |identity| identity.is_timed, live, backup)
    }

    /// Does what [`Self::of`] does, but a message that the live file holds more than once is there
    /// once, whether it has a time or not.
    pub fn of_different(live: &Messages, backup: &Messages) -> Result<Option<Self>, FsError> {
        Self::by(are_compatible, |_| true, live, backup)
    }

    fn by(
        stands_for: StandsFor,
        is_once: fn(&Identity) -> bool,
        live: &Messages,
        backup: &Messages,
    ) -> Result<Option<Self>, FsError> {
        let number = live.count.saturating_add(backup.count);
        if number > MOST {
            return Ok(None);
        }
        let mut entries = Entries::with_room_for(number);
        live.each(&mut |message| entries.add(message.identity, 1, 0))?;
        let mut backup_end = 0;
        backup.each(&mut |message| {
            entries.add(message.identity, 0, 1);
            backup_end = message.place.end;
        })?;
        let mut messages = entries.into_different(is_once);
        for alike in messages.chunk_by_mut(|one, other| one.identity.core == other.identity.core) {
            pair(alike, stands_for);
        }
        Ok(Some(Self {
            messages,
            backup_end,
        }))
    }

    /// How many messages only one of the files holds.
    #[must_use]
    pub fn difference(&self) -> Difference {
        let sum = |surplus: fn(&Entry) -> i32| {
            let numbers = self.messages.iter().map(surplus);
            numbers.map(|number| number.max(0).unsigned_abs()).sum()
        };
        Difference {
            live_only: sum(|entry| entry.surplus),
            backup_only: sum(|entry| -entry.surplus),
        }
    }

    /// Gives the places of the messages that only the live file holds, in order. Messages that
    /// follow each other are one part. Of equal messages the last ones are meant, and of those with
    /// a time the first one.
    pub fn parts(mut self, live: &Messages) -> Result<Vec<Range<u64>>, FsError> {
        let mut parts: Vec<Range<u64>> = Vec::new();
        let mut goes_on = false;
        live.each(&mut |message| {
            if !self.take(Side::Live, &message.identity) {
                goes_on = false;
            } else if let Some(part) = parts.last_mut().filter(|_| goes_on) {
                part.end = message.place.end;
            } else {
                parts.push(message.place);
                goes_on = true;
            }
        })?;
        Ok(parts)
    }
}

/// The messages of two files, with no room for more than were counted.
struct Entries {
    entries: Vec<Entry>,
    most: usize,
}

impl Entries {
    fn with_room_for(number: u32) -> Self {
        let most = number as usize;
        let entries = Vec::with_capacity(most);
        Self { entries, most }
    }

    fn add(&mut self, identity: Identity, live: i32, backup: i32) {
        if self.entries.len() < self.most {
            self.entries.push(Entry {
                identity,
                live,
                backup,
                surplus: 0,
            });
        }
    }

    /// Each different one once. Some are there once, however often they were written, like those
    /// with a time.
    fn into_different(self, is_once: fn(&Identity) -> bool) -> Vec<Entry> {
        let mut entries = self.entries;
        entries.sort_unstable_by(|one, other| in_order(&one.identity, &other.identity));
        entries.dedup_by(|entry, first| {
            let is_same = entry.identity.exact == first.identity.exact;
            if is_same {
                first.live += entry.live;
                first.backup += entry.backup;
            }
            is_same
        });
        for entry in &mut entries {
            if is_once(&entry.identity) {
                entry.live = entry.live.min(1);
                entry.backup = entry.backup.min(1);
            }
            entry.surplus = entry.live - entry.backup;
        }
        entries
    }
}

/// Pairs those of these messages that only the live file holds with those that only the backup
/// holds, one with one, where both are the same except for what is added later. All have the same
/// core, and are in the order of time.
fn pair(alike: &mut [Entry], stands_for: StandsFor) {
    let timed = alike.partition_point(|entry| !entry.identity.time.is_there());
    // Before these places no message is left that can be paired.
    let mut first = [0, timed];
    for at in 0..alike.len() {
        let Entry {
            identity, surplus, ..
        } = alike[at];
        if surplus <= 0 {
            continue;
        }
        let is_over = |other: &Entry| other.surplus >= 0 || is_before(&other.identity, &identity);
        first[0] = skip(alike, first[0]..timed, |other| other.surplus >= 0);
        first[1] = skip(alike, first[1]..alike.len(), is_over);
        let places = (first[0]..timed).chain(first[1]..alike.len());
        pair_one(alike, at, places, stands_for);
    }
}

/// The first of these places that is not to be skipped.
fn skip(alike: &[Entry], mut places: Range<usize>, is_over: impl Fn(&Entry) -> bool) -> usize {
    let end = places.end;
    places.find(|place| !is_over(&alike[*place])).unwrap_or(end)
}

/// Pairs the messages at one place with those at others, in this order.
fn pair_one(
    alike: &mut [Entry],
    at: usize,
    places: impl Iterator<Item = usize>,
    stands_for: StandsFor,
) {
    let identity = alike[at].identity;
    let mut tries = 0;
    for place in places {
        let other = alike[place];
        let left = alike[at].surplus;
        if left == 0 || tries == TRIES || is_before(&identity, &other.identity) {
            break;
        }
        if other.surplus < 0 && stands_for(&identity, &other.identity) {
            let number = left.min(-other.surplus);
            alike[at].surplus -= number;
            alike[place].surplus += number;
        } else {
            tries += 1;
        }
    }
}

/// Whether one message is so much older that it is not the other one.
fn is_before(one: &Identity, other: &Identity) -> bool {
    one.time < other.time && !are_close(one, other)
}

/// Whether two messages are of the same time, as far as both have one.
fn are_close(one: &Identity, other: &Identity) -> bool {
    let are_there = one.time.is_there() && other.time.is_there();
    !are_there || one.time.between(other.time) <= MICROSECONDS
}

/// Whether two messages of the same core are the same except for what is added later.
fn are_compatible(one: &Identity, other: &Identity) -> bool {
    let mut later = one.later.iter().zip(&other.later);
    are_close(one, other) && later.all(|(one, other)| one == other || *one == 0 || *other == 0)
}

fn in_order(one: &Identity, other: &Identity) -> Ordering {
    let key = |identity: &Identity| (identity.core, identity.time, identity.exact);
    key(one).cmp(&key(other))
}
