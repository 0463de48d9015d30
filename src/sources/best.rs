//! Decides which source of a session is the best one. It knows only what each holds, so the rule can
//! be tested by itself.
//!
//! The best source holds everything that the others hold. If none does, it is the most recent one by
//! what is inside, if none of the others holds more messages. If that is not certain either, none is
//! the best: somebody has to choose.
//!
//! ```
//! use session_recovery::answer::SourceKind;
//! use session_recovery::sources::best::{Candidate, fullest, most_recent};
//!
//! let of = |kind, different, last| Candidate {
//!     kind,
//!     different,
//!     is_whole: true,
//!     last: Some(last),
//!     updated: None,
//! };
//! let live = of(SourceKind::Live, 10, 200);
//! let temporary = of(SourceKind::Temporary, 12, 300);
//! assert_eq!(fullest(&[live, temporary]), Some(1));
//! assert_eq!(most_recent(&[live, temporary]), Some(1));
//! // The older one holds more: neither is the best, unless it holds everything.
//! assert_eq!(most_recent(&[of(SourceKind::Backup, 99, 100), live]), None);
//! ```

use std::cmp::Reverse;

use crate::answer::SourceKind;

/// What a source holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Where it comes from.
    pub kind: SourceKind,
    /// How many different messages it holds.
    pub different: u32,
    /// Whether it is not damaged.
    pub is_whole: bool,
    /// The time of its last message, in seconds since 1970.
    pub last: Option<u64>,
    /// When it was saved last, as it says.
    pub updated: Option<u64>,
}

/// The one that holds everything which the others hold, if any does. Of those that hold the same,
/// the live file stays.
#[must_use]
pub fn fullest(candidates: &[Candidate]) -> Option<usize> {
    let rank = |(_, candidate): &(usize, &Candidate)| {
        let Candidate {
            kind,
            different,
            is_whole,
            last,
            updated,
        } = **candidate;
        let is_live = kind == SourceKind::Live;
        (
            different,
            is_whole && is_live,
            is_whole,
            last,
            updated,
            is_live,
            Reverse(kind),
        )
    };
    let first_of_best = candidates.iter().enumerate().rev().max_by_key(rank);
    first_of_best.map(|(place, _)| place)
}

/// The most recent one, if no other one holds more messages.
#[must_use]
pub fn most_recent(candidates: &[Candidate]) -> Option<usize> {
    let mut places = 0..candidates.len();
    places.find(|place| {
        let candidate = &candidates[*place];
        let others = candidates.iter().enumerate();
        let mut others = others.filter(|(other, _)| other != place);
        others.all(|(_, other)| is_newer(candidate, other))
    })
}

/// Whether one is certainly newer than another one, and does not hold fewer messages.
fn is_newer(one: &Candidate, other: &Candidate) -> bool {
    let (Some(last), Some(others)) = (one.last, other.last) else {
        return false;
    };
    let saved = one.updated.zip(other.updated);
    let is_not_older = last >= others && saved.is_none_or(|(one, other)| one >= other);
    let is_newer = last > others || saved.is_some_and(|(one, other)| one > other);
    is_not_older && is_newer && one.different >= other.different
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIVE: Candidate = Candidate {
        kind: SourceKind::Live,
        different: 10,
        is_whole: true,
        last: Some(100),
        updated: Some(100),
    };

    fn other(different: u32, last: Option<u64>, updated: Option<u64>) -> Candidate {
        Candidate {
            kind: SourceKind::OtherCopy,
            different,
            last,
            updated,
            ..LIVE
        }
    }

    #[test]
    fn of_those_that_hold_the_same_the_live_file_stays_if_it_is_whole() {
        let same = other(10, Some(200), Some(200));
        assert_eq!(fullest(&[LIVE, same]), Some(0));
        assert_eq!(fullest(&[same, LIVE]), Some(1));
        let damaged = Candidate {
            is_whole: false,
            ..LIVE
        };
        assert_eq!(fullest(&[damaged, same]), Some(1));
        let backup = Candidate {
            kind: SourceKind::Backup,
            ..LIVE
        };
        assert_eq!(fullest(&[other(10, Some(100), Some(100)), backup]), Some(1));
        assert_eq!(fullest(&[]), None);
    }

    #[test]
    fn what_is_inside_says_which_one_is_the_most_recent() {
        for (copy, chosen) in [
            (other(10, Some(101), Some(101)), Some(1)),
            (other(11, Some(101), None), Some(1)),
            // The count does not decide by itself.
            (other(99, Some(99), Some(99)), None),
            (other(99, None, None), None),
            // Newer, but with fewer messages.
            (other(9, Some(101), Some(101)), None),
            // Saved later, but its last message is older.
            (other(10, Some(99), Some(101)), None),
            // Neither is newer.
            (other(10, Some(100), Some(100)), None),
            (other(10, Some(100), Some(101)), Some(1)),
            (other(10, Some(100), Some(99)), Some(0)),
        ] {
            assert_eq!(most_recent(&[LIVE, copy]), chosen, "{copy:?}");
        }
    }

    #[test]
    fn the_most_recent_one_is_newer_than_all_others() {
        let newest = other(10, Some(300), Some(300));
        let as_new = other(10, Some(300), None);
        assert_eq!(
            most_recent(&[LIVE, newest, other(9, Some(200), None)]),
            Some(1)
        );
        assert_eq!(most_recent(&[LIVE, newest, as_new]), None);
    }
}
