//! Puts a source in the live file's place that somebody chose, or that is the best one.

use super::done::Done;
use super::leftovers::remove_leftovers;
use super::options::Options;
use super::replace::{are_equal, replace, too_long_to_keep};
use super::source::Source;
use super::{not_mergeable, was_interrupted};
use crate::answer::{
    self, Action, Error, ErrorCode, FileState, Guard, Outcome, Recommendation, SourceKind,
};
use crate::app::guard::guard;
use crate::app::temporary::word;
use crate::app::tombstones::Tombstones;
use crate::directory::{Directory, File};
use crate::listing::Listed;
use crate::nearest::look_up_with_copies;
use crate::session::SessionId;
use crate::sources::{Choice, Found, Gathered, Terms, kind_of, no_such_source, open};
use crate::verdict::compare::{Comparison, Difference};
use crate::verdict::inspect::{Inspection, hold_back, inspect};
use crate::verdict::judge::Judged;
use crate::verdict::mend::{Depth, Remains};
use crate::verdict::obstacle::obstacle_to_undo;
use crate::verdict::recommend::many;

/// Puts a source in the live file's place, whatever it holds.
pub fn recover_from<D: Directory>(
    directory: &D,
    id: &SessionId,
    source: &str,
    options: Options,
) -> Result<Outcome, Error> {
    let names = look_up_with_copies(directory, id)?;
    let tombstones = Tombstones::of(names.system.deleted);
    let kinds = names.listed.kinds.beside_backup();
    let mut inspection = inspect(directory, id, kinds, Depth::to_salvage(&[]), &tombstones);
    let kind = kind_of(id, &names.listed, source);
    // The pair is inspected already. To open a FIFO in its place would wait for ever.
    let other = kind.filter(|kind| !matches!(kind, SourceKind::Live | SourceKind::Backup));
    let other = other.and_then(|kind| open(directory, id, source, kind));
    let judged = match kind {
        Some(SourceKind::Live) => Some(&inspection.live),
        Some(SourceKind::Backup) => Some(&inspection.backup),
        _ => other.as_ref(),
    };
    let judged = judged.filter(|judged| judged.judgement.answer.state != FileState::Missing);
    let Some(judged) = judged else {
        let done = Done::failed(vec![no_such_source(id, source)]);
        return Ok(done.about(inspection.status));
    };
    let guard = guard_of(directory, id, &inspection, judged, &tombstones);
    let chosen = if guard.is_some() && !options.ignore_guards {
        Ok(None)
    } else {
        choose(id, &inspection, source, judged, options)
    };
    let is_due = matches!(chosen, Ok(Some(_)));
    let reason = reason(source, judged, &inspection.status.live);
    let stuck = if !options.dry_run && (is_due || was_interrupted(directory, id, &names)) {
        remove_leftovers(directory, &names.leftovers)
    } else {
        Vec::new()
    };
    let done = place(
        directory,
        id,
        &inspection,
        chosen,
        options,
        &names.listed.kept,
    );
    if is_due {
        inspection.status.reason = reason;
    }
    hold_back(&mut inspection.status, guard);
    let mut outcome = done.about(inspection.status);
    outcome.errors.extend(stuck);
    Ok(outcome)
}

/// Puts the best source of a session in the live file's place, if it is another one.
pub fn recover_best<D: Directory>(
    directory: &D,
    id: &SessionId,
    listed: &Listed,
    mut inspection: Inspection<D::File>,
    options: Options,
    tombstones: &Tombstones,
) -> Outcome {
    let gathered = Gathered::of(directory, id, listed);
    let sources = gathered.with(id, [&inspection.live, &inspection.backup]);
    let terms = Terms {
        merge: options.merge,
        ignore_guards: options.ignore_guards,
        ..gathered.terms()
    };
    let choice = Choice::of(directory, id, &sources, tombstones, terms);
    let chosen = match choice.found {
        Found::Best(place) => {
            let best = &sources[place];
            choose(id, &inspection, &best.name, best.judged, options)
        }
        Found::Several => Err(several_sources(id, &choice.why)),
        Found::Nothing | Found::Guarded(_) => match &inspection.status.obstacle {
            Some(obstacle) => Err(obstacle.clone()),
            None => Ok(None),
        },
    };
    let done = place(directory, id, &inspection, chosen, options, &listed.kept);
    drop(sources);
    if let Found::Guarded(guard) = choice.found {
        hold_back(&mut inspection.status, Some(guard));
    } else {
        if done.action == Action::Nothing {
            inspection.status.recommendation = Recommendation::NoAction;
        }
        inspection.status.reason = choice.why;
    }
    done.about(inspection.status)
}

/// Puts what was chosen in place, if anything was and it is no dry run.
fn place<D: Directory>(
    directory: &D,
    id: &SessionId,
    inspection: &Inspection<D::File>,
    chosen: Result<Option<Source>, Error>,
    options: Options,
    kept: &[u32],
) -> Done {
    match chosen {
        Err(error) => Done::failed(vec![error]),
        Ok(None) => Action::Nothing.into(),
        Ok(Some(source)) if options.dry_run => Done::of(Action::WouldRestore, source),
        Ok(Some(source)) => {
            let kept = (!options.discard).then_some(kept);
            replace(directory, id, inspection, source, kept)
        }
    }
}

/// What the source and the live file hold.
fn reason<F: File>(name: &str, source: &Judged<F>, live: &answer::File) -> String {
    let held = source.whole().map_or(0, |whole| whole.messages().count);
    let held = format!("{name} holds {}", many(held));
    match live.whole_messages() {
        Some(messages) => format!("{held}, the live file {messages}."),
        None => format!("{held}."),
    }
}

fn guard_of<D: Directory>(
    directory: &D,
    id: &SessionId,
    inspection: &Inspection<D::File>,
    source: &Judged<D::File>,
    tombstones: &Tombstones,
) -> Option<Guard> {
    if inspection.status.live.state == FileState::Missing {
        return tombstones.guard(directory, id);
    }
    guard(inspection.live.any_meta()?, source.any_meta()?)
}

/// What is to be put in the live file's place, unless it is there already.
fn choose<F: File>(
    id: &SessionId,
    inspection: &Inspection<F>,
    name: &str,
    source: &Judged<F>,
    options: Options,
) -> Result<Option<Source>, Error> {
    let live = &inspection.status.live;
    if let Some(obstacle) = obstacle_to_undo(id, live) {
        return Err(obstacle);
    }
    let salvaged = source.remains.as_ref().map(Remains::messages);
    let salvaged = salvaged.filter(|messages| *messages > 0);
    let judged = &source.judgement.answer;
    if salvaged.is_none() && judged.messages().is_none() {
        return Err(holds_nothing(name, judged));
    }
    let has_caveat = salvaged.is_none() && judged.problem().is_some();
    if has_caveat && live.messages().is_some() && !options.force {
        return Err(not_for_all(name, judged));
    }
    if salvaged.is_some() && options.discard {
        return Err(keeps_damaged(name));
    }
    if is_in_place(name, &inspection.live, source)? {
        return Ok(None);
    }
    if !options.discard && inspection.live.file.is_some() && id.kept_name(1).is_none() {
        return Err(too_long_to_keep(id));
    }
    let mut merged = 0;
    if options.merge {
        let Difference {
            live_only,
            backup_only,
        } = difference(id, name, &inspection.live, source)?;
        if live_only > 0 && backup_only == 0 && live.messages().is_some() {
            // A merge would bring nothing back.
            return Ok(None);
        }
        merged = live_only;
    }
    Ok(Some(Source {
        name: name.to_owned(),
        judged: judged.clone(),
        salvaged,
        merged,
    }))
}

/// Whether the live file holds the source's bytes already, or its salvaged form.
fn is_in_place<F: File>(name: &str, live: &Judged<F>, source: &Judged<F>) -> Result<bool, Error> {
    let (Some(live), Some(file)) = (&live.file, &source.file) else {
        return Ok(false);
    };
    let remains = source.remains.as_ref();
    let remains = remains.filter(|remains| remains.messages() > 0);
    let equal = match remains.map(|remains| remains.whole(file)) {
        Some(formed) => are_equal(live, &formed),
        None => are_equal(live, file),
    };
    equal.map_err(|fault| fault.while_reading(&format!("{name} cannot be put in place")))
}

/// What the live file and the source hold that the other one lacks.
fn difference<F: File>(
    id: &SessionId,
    name: &str,
    live: &Judged<F>,
    source: &Judged<F>,
) -> Result<Difference, Error> {
    let (Some(live), Some(source)) = (live.whole(), source.whole()) else {
        return Ok(Difference::of_counts(0, 0));
    };
    if name == id.live_name() {
        return Ok(Difference::of_counts(0, 0));
    }
    let comparison = Comparison::of(&live.messages(), &source.messages());
    let comparison = comparison.ok().flatten().ok_or_else(|| {
        not_mergeable(id, "The two files could not be compared")
            .remedied_by("Restore it without --merge. The replaced file is kept.")
    })?;
    Ok(comparison.difference())
}

fn several_sources(id: &SessionId, why: &str) -> Error {
    let message = format!("{} was not replaced. {why}", id.live_name());
    let id = word(&id.to_string());
    Error::new(ErrorCode::SeveralSources, message).remedied_by(format!(
        "`sources {id}` shows what each holds. Choose one with `recover --from NAME {id}`. Add --merge to keep what only the live file holds."
    ))
}

fn holds_nothing(name: &str, judged: &answer::File) -> Error {
    let why = judged.problem().map(|problem| problem.said_of(name));
    let why = why.unwrap_or_else(|| format!("{name} is missing"));
    let message = format!("{why}. It holds no message that could be put in place.");
    Error::new(ErrorCode::Other, message).remedied_by("Choose another source.")
}

fn not_for_all(name: &str, judged: &answer::File) -> Error {
    let why = judged.problem().map(|problem| problem.said_of(name));
    let message = format!("{}. The live file is.", why.unwrap_or_default());
    Error::new(ErrorCode::Other, message)
        .remedied_by("Choose another source, or add --force to put it in place.")
}

fn keeps_damaged(name: &str) -> Error {
    let message = format!(
        "{name} is damaged. A salvage keeps the file that it replaces, so it does not go together with discard."
    );
    Error::new(ErrorCode::ConflictingOptions, message).remedied_by("Leave discard out.")
}
