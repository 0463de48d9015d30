//! Decides which damaged file of a session the option `salvage` puts in place, if any. It knows only
//! how many whole messages each file holds, so the rule can be tested by itself.
//!
//! ```
//! use session_recovery::verdict::salvaging::{Damaged, Held, choose};
//!
//! let (live, backup) = (Held::Remains(490), Held::Whole(10));
//! assert_eq!(choose(live, backup, None), Some(Damaged::Live));
//! assert_eq!(choose(Held::Whole(10), Held::Nothing, Some(490)), Some(Damaged::Kept));
//! // The backup is not damaged, so a plain restore does it.
//! assert_eq!(choose(Held::Remains(10), Held::Whole(10), None), None);
//! ```

/// The whole messages of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// None: there is no file, it cannot be used, or nothing is left of it.
    Nothing,
    /// All of a readable file.
    Whole(u32),
    /// What is left of a damaged file: one message or more.
    Remains(u32),
}

/// A damaged file whose salvaged form is put in the live file's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damaged {
    /// The live file itself.
    Live,
    /// The backup.
    Backup,
    /// The kept file of which most is left.
    Kept,
}

/// The damaged file that holds most, if that is more than what a restore without it would leave.
/// `kept` is what is left of the damaged kept file of which most is left.
#[must_use]
pub const fn choose(live: Held, backup: Held, kept: Option<u32>) -> Option<Damaged> {
    let (other, messages) = match (backup, kept) {
        (_, Some(kept)) if kept > backup.messages() => (Some(Damaged::Kept), kept),
        (Held::Remains(messages), _) => (Some(Damaged::Backup), messages),
        _ => (None, backup.messages()),
    };
    let is_other_damaged = other.is_some();
    match live {
        Held::Remains(live) if live > messages || (live == messages && is_other_damaged) => {
            Some(Damaged::Live)
        }
        Held::Whole(live) if live >= messages => None,
        _ => other,
    }
}

impl Held {
    const fn messages(self) -> u32 {
        match self {
            Self::Nothing => 0,
            Self::Whole(messages) | Self::Remains(messages) => messages,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_messages_win() {
        use Held::{Nothing, Remains, Whole};
        for (live, backup, kept, chosen) in [
            (Remains(3), Nothing, None, Some(Damaged::Live)),
            (Remains(3), Whole(2), None, Some(Damaged::Live)),
            (Remains(3), Whole(3), None, None),
            (Remains(3), Whole(4), None, None),
            (Remains(3), Remains(3), None, Some(Damaged::Live)),
            (Remains(3), Remains(4), None, Some(Damaged::Backup)),
            (Nothing, Remains(1), None, Some(Damaged::Backup)),
            (Nothing, Whole(1), None, None),
            (Whole(3), Remains(3), None, None),
            (Whole(3), Remains(4), None, Some(Damaged::Backup)),
            (Whole(3), Remains(4), Some(5), Some(Damaged::Kept)),
            (Whole(3), Remains(4), Some(4), Some(Damaged::Backup)),
            (Whole(3), Whole(9), Some(5), None),
            (Remains(5), Whole(1), Some(5), Some(Damaged::Live)),
            (Nothing, Nothing, Some(1), Some(Damaged::Kept)),
            (Nothing, Nothing, None, None),
        ] {
            let found = choose(live, backup, kept);
            assert_eq!(found, chosen, "{live:?} {backup:?} {kept:?}");
        }
    }
}
