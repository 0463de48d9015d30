//! Finds out which messages only one of two files holds, by their numbers, so that they can be shown.
//! They are the ones that a [`Difference`] counts.

use super::{Comparison, Difference, has_all_of_one, in_order};
use crate::count::Identity;
use crate::directory::FsError;
use crate::verdict::messages::Messages;

/// One of the two files that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The live file.
    Live,
    /// The backup, or what else may take the live file's place.
    Backup,
}

/// The messages that only one of two files holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// How many there are.
    pub difference: Difference,
    /// The numbers of the first ones of the live file, from 1.
    pub live_only: Vec<u32>,
    /// The numbers of the first ones of the backup.
    pub backup_only: Vec<u32>,
}

impl Changed {
    /// Compares the messages of two files, and gives the numbers of at most `most` of each. Gives
    /// `None` if they are too many to compare.
    pub fn of(live: &Messages, backup: &Messages, most: u32) -> Result<Option<Self>, FsError> {
        if has_all_of_one(live, backup, None)? {
            return Ok(Some(Self::of_counts(live.count, backup.count, most)));
        }
        let Some(mut comparison) = Comparison::of(live, backup)? else {
            return Ok(None);
        };
        let difference = comparison.difference();
        let [of_live, of_backup] =
            [difference.live_only, difference.backup_only].map(|number| number.min(most));
        Ok(Some(Self {
            difference,
            live_only: comparison.numbers(live, Side::Live, of_live)?,
            backup_only: comparison.numbers(backup, Side::Backup, of_backup)?,
        }))
    }

    /// What changes if the messages of one file begin with all of the other's.
    #[must_use]
    pub fn of_counts(live: u32, backup: u32, most: u32) -> Self {
        let difference = Difference::of_counts(live, backup);
        let behind =
            |other: u32, number: u32| (other.saturating_add(1)..).take(number.min(most) as usize);
        Self {
            difference,
            live_only: behind(backup, difference.live_only).collect(),
            backup_only: behind(live, difference.backup_only).collect(),
        }
    }
}

impl Comparison {
    /// The numbers of the first messages that only this file holds, at most `most`.
    fn numbers(&mut self, file: &Messages, side: Side, most: u32) -> Result<Vec<u32>, FsError> {
        let mut numbers = Vec::new();
        if most == 0 {
            return Ok(numbers);
        }
        let mut number = 0;
        file.each(&mut |message| {
            number = u32::saturating_add(number, 1);
            if numbers.len() < most as usize && self.take(side, &message.identity) {
                numbers.push(number);
            }
        })?;
        Ok(numbers)
    }

    /// Whether the next one of these messages is one that only this file holds. Of equal messages
    /// the last ones are meant, and of those with a time the first one.
    pub(super) fn take(&mut self, side: Side, identity: &Identity) -> bool {
        let place = self
            .messages
            .binary_search_by(|entry| in_order(&entry.identity, identity));
        let Some(entry) = place.ok().and_then(|place| self.messages.get_mut(place)) else {
            // The file has changed since.
            return true;
        };
        let (left, alone, less) = match side {
            Side::Live => (&mut entry.live, entry.surplus, -1),
            Side::Backup => (&mut entry.backup, -entry.surplus, 1),
        };
        let is_alone = *left <= alone && *left > 0;
        *left -= 1;
        if is_alone {
            entry.surplus += less;
        }
        is_alone
    }
}
