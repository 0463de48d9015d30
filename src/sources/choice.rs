//! Compares the sources of a session as far as it takes to say which one is the best.

use super::best::{Candidate, fullest, most_recent};
use super::gather::Opened;
use crate::answer::{FileState, Guard, SourceKind};
use crate::app::guard::guard;
use crate::app::note::id_inside;
use crate::app::tombstones::Tombstones;
use crate::count::Key;
use crate::directory::{Directory, File};
use crate::session::SessionId;
use crate::verdict::compare::{Difference, Extent};
use crate::verdict::heading::seconds;
use crate::verdict::judge::Judged;
use crate::verdict::obstacle::in_the_way;
use crate::verdict::recommend::in_words;

/// Which source of a session is the best.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What was found.
    pub found: Found,
    /// Why, in sentences.
    pub why: String,
}

/// What a choice may do, and what it does not know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// How many temporary files and copies were not read: any of them may be the best.
    pub unread: u32,
    /// Whether the messages that only the live file holds are added to those of the best source.
    pub merge: bool,
    /// Whether a source may be the best although a guard holds for it.
    pub ignore_guards: bool,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The best one, by its place.
    Best(usize),
    /// It is not certain which one is the best.
    Several,
    /// None holds a message that may be put in place.
    Nothing,
    /// A guard keeps the live file, or its absence, as it is.
    Guarded(Guard),
}

impl Choice {
    /// Chooses among these sources.
    pub fn of<D: Directory>(
        directory: &D,
        id: &SessionId,
        sources: &[Opened<D::File>],
        tombstones: &Tombstones,
        terms: Terms,
    ) -> Self {
        let live = sources
            .iter()
            .find(|source| source.kind == SourceKind::Live);
        let live = live.map(|source| source.judged);
        if live.is_none()
            && !terms.ignore_guards
            && let Some(guard) = tombstones.guard(directory, id)
        {
            return Self::guarded(guard);
        }
        if live.is_some_and(|live| matches!(live.judgement.answer.state, FileState::Undecided(_))) {
            let why = "The live file could not be judged, so nothing may take its place.";
            return Self::new(Found::Nothing, why);
        }
        if let Some(obstacle) =
            live.and_then(|live| in_the_way(&id.live_name(), &live.judgement.answer))
        {
            return Self::new(Found::Nothing, obstacle.message);
        }
        if terms.unread > 0 {
            let why = format!(
                "{} files were not read, so it is not certain which one is the best.",
                terms.unread
            );
            return Self::new(Found::Several, why);
        }
        let mut held_back = None;
        let candidates: Vec<_> = sources
            .iter()
            .enumerate()
            .filter_map(|(place, source)| {
                let candidate = candidate(id, source)?;
                let live = live.filter(|_| !terms.ignore_guards);
                let guard = live.and_then(|live| on_purpose(live, source.judged));
                held_back = held_back.or(guard);
                guard.is_none().then_some((place, candidate))
            })
            .collect();
        let chosen = choose(sources, &candidates, terms.merge);
        let chosen = if terms.ignore_guards {
            chosen
        } else {
            chosen.unless_removed(sources)
        };
        match (chosen.found, held_back) {
            (Found::Nothing, Some(guard)) => Self::guarded(guard),
            (Found::Best(place), Some(guard)) if sources[place].kind == SourceKind::Live => Self {
                why: chosen.why + in_words(Some(guard)),
                ..chosen
            },
            _ => chosen,
        }
    }

    /// The same, unless another source records that messages of the best one were removed on
    /// purpose. What the live file holds is there on purpose.
    fn unless_removed<F: File>(self, sources: &[Opened<F>]) -> Self {
        let best = self.best().map(|place| &sources[place]);
        let Some(best) = best.filter(|best| best.kind != SourceKind::Live) else {
            return self;
        };
        let mut others = sources.iter();
        let records = |other: &&Opened<F>| on_purpose(other.judged, best.judged).is_some();
        let Some(other) = others.find(records) else {
            return self;
        };
        let why = format!(
            "{} holds the most, but {} records that messages were removed on purpose.",
            best.name, other.name
        );
        Self::new(Found::Several, why)
    }

    /// The place of the best one.
    #[must_use]
    pub const fn best(&self) -> Option<usize> {
        match self.found {
            Found::Best(place) => Some(place),
            _ => None,
        }
    }

    fn new(found: Found, why: impl Into<String>) -> Self {
        let why = why.into();
        Self { found, why }
    }

    fn guarded(guard: Guard) -> Self {
        let words = in_words(Some(guard)).trim_start();
        let words = words.strip_prefix("But t").unwrap_or(words);
        let why = format!("None, because t{words} --ignore-guards overrides this.");
        Self::new(Found::Guarded(guard), why)
    }
}

/// What a source holds, if every interpreter can read it, or will be able to.
fn candidate<F: File>(id: &SessionId, source: &Opened<F>) -> Option<Candidate> {
    let judged = source.judged;
    if source.kind == SourceKind::Temporary
        && judged
            .facts()
            .is_some_and(|facts| id_inside(id, facts).is_some())
    {
        return None;
    }
    let whole = judged.whole()?;
    let messages = whole.messages();
    let is_doubtful = judged
        .remains
        .as_ref()
        .is_some_and(|remains| remains.is_doubtful);
    let has_caveat =
        judged.judgement.answer.messages().is_some() && judged.judgement.answer.problem().is_some();
    if messages.count == 0 || is_doubtful || has_caveat {
        return None;
    }
    let extent = Extent::of(&messages).ok().flatten()?;
    let facts = judged.facts();
    Some(Candidate {
        kind: source.kind,
        different: extent.different,
        is_whole: judged.remains.is_none(),
        last: extent.last.filter(|_| extent.ends_there),
        updated: facts.and_then(|facts| seconds(facts.value(Key::UpdatedAt))),
    })
}

fn on_purpose<F: File>(live: &Judged<F>, source: &Judged<F>) -> Option<Guard> {
    guard(live.any_meta()?, source.any_meta()?)
}

fn choose<F: File>(
    sources: &[Opened<F>],
    candidates: &[(usize, Candidate)],
    merge: bool,
) -> Choice {
    let (places, held): (Vec<_>, Vec<_>) = candidates.iter().copied().unzip();
    let Some(fullest) = fullest(&held) else {
        return Choice::new(Found::Nothing, "No file holds a message of this session.");
    };
    let place = places[fullest];
    if places.len() == 1 {
        return Choice::new(
            Found::Best(place),
            format!(
                "Only {} holds messages of this session.",
                sources[place].name
            ),
        );
    }
    let lacking: Vec<_> = places
        .iter()
        .filter(|other| **other != place && lacks(&sources[place], &sources[**other]) != Some(0))
        .map(|other| sources[*other].kind)
        .collect();
    if merge && lacking == [SourceKind::Live] {
        return Choice::new(
            Found::Best(place),
            format!(
                "{} and the live file together hold every message.",
                sources[place].name
            ),
        );
    }
    if lacking.is_empty() {
        return Choice::new(
            Found::Best(place),
            format!(
                "{} holds every message that the others hold.",
                sources[place].name
            ),
        );
    }
    if let Some(newest) = most_recent(&held) {
        let place = places[newest];
        let why = format!(
            "{} is the most recent one, and none holds more messages. But others hold messages that it lacks.",
            sources[place].name
        );
        return Choice::new(Found::Best(place), why);
    }
    Choice::new(
        Found::Several,
        format!(
            "{} holds the most messages, but lacks some that others hold, and it is not certain which one is the most recent.",
            sources[place].name
        ),
    )
}

/// How many messages of another source one lacks, if they can be compared.
fn lacks<F: File>(one: &Opened<F>, other: &Opened<F>) -> Option<u32> {
    let (one, other) = (one.judged.whole()?, other.judged.whole()?);
    let difference = Difference::of(&one.messages(), &other.messages(), None);
    Some(difference.ok()??.backup_only)
}
