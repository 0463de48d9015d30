//! Keeps the session IDs of the application's own files, within a limit of memory. A list that does
//! not fit is not used at all, because nobody knows which IDs it lacks.

use crate::count::Token;
use crate::session::LONGEST_ID;
use crate::sorted::sorted;

/// How many bytes of an entry are held as it is spelled. Each byte of an ID may be an escape of
/// six, and there may be white space around it.
pub const LONGEST_SPELLED: usize = LONGEST_ID * 8;
/// How many bytes of memory IDs may take.
const ROOM: usize = 32 << 20;
/// How many of these bytes each ID takes beside its own.
const BESIDE: usize = 40;

/// The IDs of a list, or what it says under each, as far as it is read.
#[derive(Debug, Default)]
pub struct Ids<T = String> {
    taken: Vec<T>,
    /// How many bytes of memory these need.
    bytes: usize,
    /// Whether there was an ID that could not be taken.
    lacks_one: bool,
}

impl Ids {
    /// Takes an ID, if there is room for it.
    pub fn take(&mut self, id: String) {
        self.take_as(id.len(), id);
    }
}

impl<T: Ord> Ids<T> {
    /// Takes what has an ID of this length, if there is room for it.
    pub fn take_as(&mut self, length: usize, item: T) {
        self.bytes = self.bytes.saturating_add(length + BESIDE);
        if self.bytes <= ROOM {
            self.taken.push(item);
        } else {
            self.lacks_one = true;
        }
    }

    /// There is an ID that cannot be taken.
    pub const fn lack_one(&mut self) {
        self.lacks_one = true;
    }

    /// Gives all of them, sorted, or nothing if one could not be taken.
    #[must_use]
    pub fn sorted(self) -> Option<Vec<T>> {
        (!self.lacks_one).then(|| sorted(self.taken))
    }
}

/// The text of an entry, if all of it is held, and it may be part of a file's name: half a pair is
/// in none.
#[must_use]
pub fn whole_text(entry: &Token) -> Option<String> {
    let text: Result<String, _> = entry.units().collect();
    text.ok().filter(|_| !entry.is_cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(number: usize) -> Ids {
        let mut ids = Ids::default();
        for _ in 0..number {
            ids.take("x".repeat((1 << 20) - BESIDE));
        }
        ids
    }

    #[test]
    fn a_list_without_room_for_all_ids_gives_none() {
        let most = ROOM >> 20;
        assert_eq!(ids(most).sorted().map(|ids| ids.len()), Some(most));
        assert_eq!(ids(most + 1).sorted(), None);
    }
}
