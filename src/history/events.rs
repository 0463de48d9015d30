//! Makes events of the log's lines, and of the kept files that no line mentions.

use super::line::Line;
use crate::answer::{Deed, Event};
use crate::listing::{Listed, Listing};
use crate::session::{Role, SessionId};
use crate::sorted::sorted;

/// How many events are given at most.
const MOST: usize = 10_000;

/// The events, the newest first. `lines` begin with the oldest.
pub fn of(lines: &[Line], listing: Listing) -> Vec<Event> {
    let last = Last::of(lines);
    let logged = lines.iter().enumerate().rev().map(|(number, line)| {
        let is_last = last.of_session(&line.session) == Some(number);
        let can_undo = is_last && can_undo(line, &listing);
        line.event(can_undo)
    });
    let mut events: Vec<_> = logged.take(MOST).collect();
    let mentioned = lines.iter().filter_map(|line| line.kept.as_deref());
    let mentioned = sorted(mentioned.collect());
    for (live_name, listed) in listing {
        let Some(id) = SessionId::of_live(&live_name).filter(|_| events.len() < MOST) else {
            continue;
        };
        let last = last.of_session(&id.to_string());
        let last = last.map(|number| &lines[number]);
        let kept = kept_events(&id, listed, last);
        let is_new = |event: &Event| {
            let name = event.kept.as_deref().unwrap_or_default();
            mentioned.binary_search(&name).is_err()
        };
        events.extend(kept.filter(is_new));
    }
    events.truncate(MOST);
    events
}

/// The number of each session's last line, by session.
struct Last<'a>(Vec<(&'a str, usize)>);

impl<'a> Last<'a> {
    fn of(lines: &'a [Line]) -> Self {
        let numbers = lines.iter().enumerate();
        let numbers = numbers.map(|(number, line)| (&*line.session, number));
        let mut last: Vec<(&str, usize)> = sorted(numbers.collect());
        last.dedup_by(|later, kept| {
            let is_same = later.0 == kept.0;
            if is_same {
                kept.1 = later.1;
            }
            is_same
        });
        Self(last)
    }

    fn of_session(&self, session: &str) -> Option<usize> {
        let place = self.0.binary_search_by(|(other, _)| (*other).cmp(session));
        Some(self.0[place.ok()?].1)
    }
}

/// Whether an undo takes back the last deed of its session.
fn can_undo(line: &Line, listing: &Listing) -> bool {
    let id = SessionId::new(&line.session).ok();
    let Some(listed) = id.and_then(|id| listing.get(&id)) else {
        return false;
    };
    line.deed == Deed::Restored
        && match line.kept_number() {
            // An undo puts back the newest one.
            Some(number) => listed.kept.iter().max() == Some(&number),
            None => line.was_missing() && listed.kinds.live.is_some(),
        }
}

/// A session's kept files as events, the newest first. `last` is what the log says of it last.
fn kept_events(id: &SessionId, listed: Listed, last: Option<&Line>) -> impl Iterator<Item = Event> {
    let numbers = sorted(listed.kept);
    let newest = numbers.last().copied();
    let is_later =
        move |number| last.is_none_or(|last| last.kept_number().is_some_and(|kept| kept < number));
    numbers.into_iter().rev().map(move |number| Event {
        deed: Deed::Restored,
        session_id: id.to_string(),
        time: None,
        run: None,
        source: None,
        kept: id.kept_name(number),
        messages: None,
        can_undo: Some(number) == newest && is_later(number),
    })
}

impl Line {
    /// The number of the file that was kept, if that is one of the session's.
    fn kept_number(&self) -> Option<u32> {
        match Role::of(self.kept.as_deref()?) {
            Role::Kept(session, number) if session == self.session => Some(number),
            _ => None,
        }
    }

    fn event(&self, can_undo: bool) -> Event {
        Event {
            deed: self.deed,
            session_id: self.session.clone(),
            time: Some(self.time),
            run: Some(self.run.clone()),
            source: self.source.clone(),
            kept: self.kept.clone(),
            messages: self.messages,
            can_undo,
        }
    }
}
