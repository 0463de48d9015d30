//! Two files to a verdict: what each holds, and whether the backup should take
//! the live file's place.

use std::ops::{ControlFlow, Range};

use crate::answer::{self, Error, FileState, Guard, Problem, ProblemKind, Recommendation, Status};
use crate::compare::{Comparison, Messages};
use crate::count::{Caveat, Count, Counter, Defect, Facts, are_equal};
use crate::directory::{Directory, Fault, File, Kind, Piece, WHOLE, each_common_piece, each_piece};
use crate::gone::Gone;
use crate::guard::{Save, guard};
use crate::listing::{Kinds, look_up_some};
use crate::obstacle::obstacle;
use crate::session::SessionId;

/// A status, with the live file that was judged.
#[derive(Debug)]
pub struct Inspection<F> {
    /// What was found.
    pub status: Status,
    /// The live file if it was read, still open: as long as it is, no other
    /// file has its mark.
    pub live: Option<F>,
}

/// Compares a session's live file with its backup; `kinds` is what a listing
/// tells about them.
pub fn inspect<D: Directory>(
    directory: &D,
    id: &SessionId,
    kinds: Kinds,
    gone: &Gone<D>,
) -> Inspection<D::File> {
    let live = find(directory, &id.live_name(), kinds.live);
    let backup = find(directory, &id.backup_name(), kinds.backup);
    let [live, backup] = judge_both(live, backup);
    let mut recommendation =
        recommend(&live.judgement.answer.state, &backup.judgement.answer.state);
    let mut guard = None;
    let mut live_only = None;
    if recommendation == Recommendation::Restore {
        guard = match live.judgement.answer.state {
            FileState::Missing => gone.guard(id),
            _ => on_purpose(&live, &backup),
        };
        live_only = self::live_only(&live, &backup);
    }
    if guard.is_some() {
        recommendation = Recommendation::NoAction;
    }
    Inspection {
        status: Status {
            session_id: id.to_string(),
            recommendation,
            guard,
            obstacle: obstacle(
                id,
                &live.judgement.answer,
                &backup.judgement.answer,
                recommendation,
            ),
            reason: reason(&live.judgement.answer, &backup.judgement.answer, live_only)
                + in_words(guard),
            live_only,
            live: live.judgement.answer,
            backup: backup.judgement.answer,
        },
        live: live.file,
    }
}

/// Does what [`inspect`] does for some sessions, in their order, for one
/// listing of the directory.
///
/// # Errors
///
/// The directory cannot be listed.
pub fn inspect_some(directory: &impl Directory, ids: &[SessionId]) -> Result<Vec<Status>, Error> {
    let (listing, system) = look_up_some(directory, ids)?;
    let gone = Gone::of(directory, system.deleted);
    let statuses = ids.iter().map(|id| {
        let listed = listing.get(id);
        let kinds = listed.map_or_else(Kinds::default, |listed| listed.kinds);
        inspect(directory, id, kinds, &gone).status
    });
    Ok(statuses.collect())
}

/// Why a live file that is there holds fewer messages than its backup, if that is
/// on purpose.
fn on_purpose<F>(live: &Judged<F>, backup: &Judged<F>) -> Option<Guard> {
    guard(live.judgement.save()?, backup.judgement.save()?)
}

/// How many messages stand in the live file alone, if that can be told.
fn live_only<F: File>(live: &Judged<F>, backup: &Judged<F>) -> Option<u32> {
    match live.judgement.answer.state {
        FileState::Missing | FileState::Readable { messages: 0, .. } => Some(0),
        _ => {
            let comparison = Comparison::of(&live.messages()?, &backup.messages()?);
            Some(comparison.ok()??.live_only())
        }
    }
}

/// Whether a backup should take the live file's place.
///
/// An undecided file is neither replaced nor used. A backup that only some
/// interpreters read replaces only what no interpreter reads.
#[must_use]
pub const fn recommend(live: &FileState, backup: &FileState) -> Recommendation {
    use FileState::{Missing, Readable, Undecided, Unreadable};
    match (live, backup) {
        (_, Missing) => Recommendation::NoBackup,
        (_, Unreadable(_) | Undecided(_)) | (Undecided(_), _) => Recommendation::NoAction,
        (Missing | Unreadable(_), Readable { .. }) => Recommendation::Restore,
        (Readable { messages: live, .. }, Readable { messages, caveat }) => {
            if *messages > *live && caveat.is_none() {
                Recommendation::Restore
            } else {
                Recommendation::NoAction
            }
        }
    }
}

/// The recommendation's reason, in a sentence.
fn reason(live: &answer::File, backup: &answer::File, live_only: Option<u32>) -> String {
    use FileState::{Missing, Readable, Undecided, Unreadable};
    match (&live.state, &backup.state) {
        (Missing, Missing) => "There is neither a live file nor a backup.".to_owned(),
        (Readable { messages, .. }, Missing) => {
            format!(
                "There is no backup; the live file holds {}.",
                many(*messages)
            )
        }
        (Unreadable(problem) | Undecided(problem), Missing) => {
            format!(
                "There is no backup, and the live file is no readable session: {}.",
                problem.message
            )
        }
        (Readable { .. } | Missing, Unreadable(problem) | Undecided(problem)) => {
            format!("The backup is no readable session: {}.", problem.message)
        }
        (Unreadable(live) | Undecided(live), Unreadable(backup) | Undecided(backup)) => format!(
            "Neither file is a readable session. Live file: {}; backup: {}.",
            live.message, backup.message
        ),
        (Undecided(problem), Readable { .. }) => format!(
            "The live file could not be judged, so it is left alone: {}.",
            problem.message
        ),
        (Missing, Readable { messages, .. }) => {
            format!(
                "The live file is missing; the backup holds {}.",
                many(*messages)
            )
        }
        (Unreadable(problem), Readable { messages, .. }) => format!(
            "The live file is no readable session ({}); the backup holds {}.",
            problem.message,
            many(*messages)
        ),
        (Readable { messages: live, .. }, Readable { messages, caveat }) => match caveat {
            Some(caveat) if messages > live => format!(
                "The backup holds {}, the live file {live}; but the backup is {}, so it replaces no readable file.",
                many(*messages),
                caveat.message
            ),
            _ if messages > live => {
                format!(
                    "The backup holds {}, the live file {live}{}.",
                    many(*messages),
                    only_there(live_only)
                )
            }
            _ => format!(
                "The live file holds {}, no fewer than the backup's {messages}.",
                many(*live)
            ),
        },
    }
}

/// Why nothing is to be restored all the same, said after the reason to restore.
const fn in_words(guard: Option<Guard>) -> &'static str {
    match guard {
        None => "",
        Some(Guard::Cleared) => {
            " But the live file says that the conversation was cleared on purpose."
        }
        Some(Guard::Compressed) => {
            " But the live file says that the conversation was compressed on purpose."
        }
        Some(Guard::Undone) => {
            " But the live file says that messages were taken back on purpose, by an undo, a retry or an edit."
        }
        Some(Guard::Deleted) => " But the application's list of deleted sessions has it.",
        Some(Guard::Unknown) => " But the application does not know the session.",
    }
}

/// What stands in the live file alone, said after its count.
fn only_there(live_only: Option<u32>) -> String {
    match live_only {
        Some(0) => String::new(),
        Some(1) => ", of which 1 is not in the backup".to_owned(),
        Some(n) => format!(", of which {n} are not in the backup"),
        None => ", and it cannot be told which of them are not in the backup".to_owned(),
    }
}

fn many(messages: u32) -> String {
    match messages {
        1 => "1 message".to_owned(),
        n => format!("{n} messages"),
    }
}

/// An open file, or what there is to say without one.
type Found<F> = Result<F, FileState>;

fn find<D: Directory>(directory: &D, name: &str, kind: Option<Kind>) -> Found<D::File> {
    match kind {
        None => Err(FileState::Missing),
        Some(kind @ Kind::Link) => Err(FileState::Undecided(kind.into())),
        Some(kind @ (Kind::Directory | Kind::Special)) => Err(FileState::Unreadable(kind.into())),
        Some(Kind::File) => directory.open(name).map_err(|fault| match fault {
            Fault::NotFound => FileState::Missing,
            fault => FileState::Undecided(fault.into()),
        }),
    }
}

/// A file as found, and the open file if it was read.
struct Judged<F> {
    judgement: Judgement,
    file: Option<F>,
}

/// What the bytes of a file say.
struct Judgement {
    answer: answer::File,
    /// Of a readable file, where its messages are, and what is beside them.
    found: Option<(Range<u64>, Facts)>,
}

/// Judges a live file and its backup.
fn judge_both<F: File>(live: Found<F>, backup: Found<F>) -> [Judged<F>; 2] {
    let [live, backup] = match (live, backup) {
        (Ok(live), Ok(backup)) => [live, backup],
        (live, backup) => return [live, backup].map(Judged::of),
    };
    let [of_live, of_backup] = begin_both([&live, &backup]);
    let judged = [judge_rest(&live, of_live), judge_rest(&backup, of_backup)];
    let [of_live, of_backup] = judged;
    let with = |judgement, file| Judged {
        judgement,
        file: Some(file),
    };
    [with(of_live, live), with(of_backup, backup)]
}

/// Counts what two files have in common. What both begin with is counted once: after a
/// restore, and until the application saves, that is all of them. So is what their
/// messages begin with, where only what is before them differs: as a rule it does,
/// because there is the time of the last save.
fn begin_both<F: File>(files: [&F; 2]) -> [Begun; 2] {
    let mut counter = Counter::default();
    let pieces = each_common_piece(files, [0; 2], &mut |bytes| count(&mut counter, bytes));
    let begun = pieces
        .each_ref()
        .map(|piece| Begun::with(counter.clone(), piece));
    let counters = in_step(&begun, &pieces);
    // The memory of the pieces is free before more is read.
    drop(pieces);
    let Some(mut counters) = counters else {
        return begun;
    };
    let offsets = counters.each_ref().map(Counter::fed);
    let [piece, others] = each_common_piece(files, offsets, &mut |bytes| {
        count_in_step(&mut counters, bytes)
    });
    let [counter, other] = counters;
    [Begun::with(counter, &piece), Begun::with(other, &others)]
}

/// The counters of two files at the same place in their messages, if these begin in the
/// last pieces, and with the same bytes there.
fn in_step(begun: &[Begun; 2], pieces: &[Result<Piece, Fault>; 2]) -> Option<[Counter; 2]> {
    let [one, other] = [0, 1].map(|number| begun[number].messages_in(&pieces[number]));
    let (one, other) = (one?, other?);
    let common = one.len().min(other.len());
    if !are_equal(&one[..common], &other[..common]) {
        return None;
    }
    let is_ahead = one.len() > common;
    let [mut one, mut other] = begun.each_ref().map(|begun| begun.counter.clone());
    let is_in_step = if is_ahead {
        one.follow(&other)
    } else {
        other.follow(&one)
    };
    is_in_step.then_some([one, other])
}

/// Counts what two files hold at the same place in their messages, as long as it is
/// among these.
fn count_in_step([one, other]: &mut [Counter; 2], bytes: &[u8]) -> ControlFlow<()> {
    let fed = one.fed_of_messages();
    one.feed(bytes);
    // A second array of messages may have begun.
    let is_among_them = one.fed_of_messages() == fed.map(|fed| fed + bytes.len() as u64);
    if is_among_them && other.follow(one) {
        return ControlFlow::Continue(());
    }
    other.feed(bytes);
    ControlFlow::Break(())
}

impl<F: File> Judged<F> {
    fn of(found: Found<F>) -> Self {
        match found {
            Ok(file) => Self {
                judgement: judge(&file),
                file: Some(file),
            },
            Err(state) => Self {
                judgement: Judgement::without_bytes(state),
                file: None,
            },
        }
    }

    fn messages(&self) -> Option<Messages<'_, F>> {
        self.judgement.messages(self.file.as_ref()?)
    }
}

impl Judgement {
    const fn without_bytes(state: FileState) -> Self {
        let answer = answer::File { state, bytes: None };
        let found = None;
        Self { answer, found }
    }

    fn messages<'a, F>(&self, file: &'a F) -> Option<Messages<'a, F>> {
        let (elements, _) = self.found.as_ref()?;
        Some(Messages {
            file,
            count: self.answer.messages()?,
            elements: elements.clone(),
        })
    }

    /// What a file says of its last save, where every interpreter reads it.
    fn save(&self) -> Option<Save<'_>> {
        let (_, facts) = self.found.as_ref()?;
        let messages = self.answer.messages()?;
        let save = Save { messages, facts };
        self.answer.problem().is_none().then_some(save)
    }
}

/// The messages of an open file, if it is readable.
pub fn messages_of<F: File>(file: &F) -> Option<Messages<'_, F>> {
    judge(file).messages(file)
}

/// Judges an open file, reading no further than is needed for it.
pub fn read(file: &impl File) -> answer::File {
    judge(file).answer
}

/// Judges an open file, and tells where its messages are.
fn judge(file: &impl File) -> Judgement {
    let (counter, left) = (Counter::default(), Ok(WHOLE));
    judge_rest(file, Begun { counter, left })
}

/// A file of which a part is counted.
struct Begun {
    counter: Counter,
    /// What is left of it.
    left: Result<Range<u64>, Fault>,
}

impl Begun {
    /// Counts a file's next piece.
    fn with(mut counter: Counter, piece: &Result<Piece, Fault>) -> Self {
        let left = piece.as_ref().map_err(Clone::clone).map(|piece| {
            let _ = count(&mut counter, &piece.bytes);
            let next = counter.fed();
            next..if piece.is_last { next } else { u64::MAX }
        });
        Self { counter, left }
    }

    /// What of its messages is in its last piece, if that holds their beginning and is not
    /// the end of the file.
    fn messages_in<'a>(&self, piece: &'a Result<Piece, Fault>) -> Option<&'a [u8]> {
        let piece = piece.as_ref().ok().filter(|piece| !piece.is_last)?;
        let length = usize::try_from(self.counter.fed_of_messages()?).ok()?;
        piece.bytes.get(piece.bytes.len().checked_sub(length)?..)
    }
}

/// Judges an open file of which a part is counted.
fn judge_rest(file: &impl File, begun: Begun) -> Judgement {
    let Begun { mut counter, left } = begun;
    let stopped = left.and_then(|left| {
        if counter.is_settled() {
            return Ok(Some(()));
        }
        each_piece(file, &left, &mut |_, bytes| count(&mut counter, bytes))
    });
    let stopped = match stopped {
        Ok(stopped) => stopped,
        Err(fault) => return Judgement::without_bytes(FileState::Undecided(fault.into())),
    };
    let bytes = stopped.is_none().then_some(counter.fed());
    let count = counter.finish();
    let found = count.as_ref().ok();
    let found = found.map(|count| (count.elements.clone(), count.facts.clone()));
    let state = count.into();
    let answer = answer::File { state, bytes };
    Judgement { answer, found }
}

/// Counts on, unless what follows makes no difference.
fn count(counter: &mut Counter, bytes: &[u8]) -> ControlFlow<()> {
    if !counter.is_settled() {
        counter.feed(bytes);
    }
    if counter.is_settled() {
        ControlFlow::Break(())
    } else {
        ControlFlow::Continue(())
    }
}

impl From<Result<Count, Defect>> for FileState {
    fn from(judged: Result<Count, Defect>) -> Self {
        match judged {
            Ok(count) => Self::Readable {
                messages: count.messages,
                caveat: count.caveat.map(Problem::from),
            },
            Err(defect @ Defect::TooDeep(_)) => Self::Undecided(defect.into()),
            Err(defect) => Self::Unreadable(defect.into()),
        }
    }
}

impl Problem {
    fn new(kind: ProblemKind, offset: Option<u64>, message: String) -> Self {
        Self {
            kind,
            offset,
            expected: None,
            message,
        }
    }
}

impl From<Defect> for Problem {
    fn from(defect: Defect) -> Self {
        let (kind, offset) = match defect {
            Defect::Empty => (ProblemKind::Empty, Some(0)),
            Defect::NotUtf8(offset) => (ProblemKind::NotUtf8, Some(offset)),
            Defect::NotJson { offset, .. } => (ProblemKind::NotJson, Some(offset)),
            Defect::NotAnObject => (ProblemKind::NotAnObject, None),
            Defect::NoMessages => (ProblemKind::NoMessages, None),
            Defect::TooDeep(offset) => (ProblemKind::TooDeep, Some(offset)),
        };
        let expected = match defect {
            Defect::NotJson { expected, .. } => Some(expected.to_string()),
            _ => None,
        };
        Self {
            expected,
            ..Self::new(kind, offset, defect.to_string())
        }
    }
}

impl From<Caveat> for Problem {
    fn from(caveat: Caveat) -> Self {
        let (kind, offset) = match caveat {
            Caveat::LongInteger(offset) => (ProblemKind::LongInteger, offset),
            Caveat::DeepNesting(offset) => (ProblemKind::DeepNesting, offset),
        };
        Self::new(kind, Some(offset), caveat.to_string())
    }
}

impl From<Kind> for Problem {
    fn from(kind: Kind) -> Self {
        let message = format!("{}, not a regular file", kind.in_words());
        let kind = match kind {
            Kind::Link => ProblemKind::Link,
            _ => ProblemKind::NotARegularFile,
        };
        Self::new(kind, None, message)
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let kind = match fault {
            Fault::Denied => ProblemKind::NoPermission,
            Fault::IsLink => ProblemKind::Link,
            Fault::IsDirectory => ProblemKind::NotARegularFile,
            Fault::Io(_) => ProblemKind::Io,
            Fault::NotFound | Fault::Exists | Fault::NoSpace | Fault::BadName => ProblemKind::Other,
        };
        Self::new(kind, None, format!("it could not be read, {fault}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readable(messages: u32) -> FileState {
        FileState::Readable {
            messages,
            caveat: None,
        }
    }

    fn read_by_some(messages: u32) -> FileState {
        FileState::Readable {
            messages,
            caveat: Some(Caveat::LongInteger(0).into()),
        }
    }

    fn unreadable() -> FileState {
        FileState::Unreadable(Defect::Empty.into())
    }

    fn undecided() -> FileState {
        FileState::Undecided(Fault::Denied.into())
    }

    #[test]
    fn without_a_backup_there_is_nothing_to_restore_from() {
        for live in [FileState::Missing, readable(0), unreadable(), undecided()] {
            let verdict = recommend(&live, &FileState::Missing);
            assert_eq!(verdict, Recommendation::NoBackup, "{live:?}");
        }
    }

    #[test]
    fn a_backup_that_is_no_readable_session_is_never_used() {
        for live in [FileState::Missing, readable(0), unreadable(), undecided()] {
            for backup in [unreadable(), undecided()] {
                let verdict = recommend(&live, &backup);
                assert_eq!(verdict, Recommendation::NoAction, "{live:?} {backup:?}");
            }
        }
    }

    #[test]
    fn a_live_file_that_could_not_be_judged_is_never_replaced() {
        let verdict = recommend(&undecided(), &readable(1000));
        assert_eq!(verdict, Recommendation::NoAction);
    }

    #[test]
    fn a_readable_backup_replaces_what_is_missing_or_unreadable() {
        for live in [FileState::Missing, unreadable()] {
            for backup in [readable(0), readable(7), read_by_some(7)] {
                let verdict = recommend(&live, &backup);
                assert_eq!(verdict, Recommendation::Restore, "{live:?} {backup:?}");
            }
        }
    }

    #[test]
    fn a_readable_live_file_is_replaced_by_more_messages_only() {
        for (live, backup, verdict) in [
            (0, 0, Recommendation::NoAction),
            (0, 1, Recommendation::Restore),
            (1, 1, Recommendation::NoAction),
            (2, 1, Recommendation::NoAction),
            (u32::MAX, u32::MAX, Recommendation::NoAction),
            (u32::MAX - 1, u32::MAX, Recommendation::Restore),
        ] {
            assert_eq!(recommend(&readable(live), &readable(backup)), verdict);
            assert_eq!(recommend(&read_by_some(live), &readable(backup)), verdict);
        }
    }

    #[test]
    fn a_backup_that_only_some_interpreters_read_replaces_no_readable_file() {
        for live in [readable(0), read_by_some(0)] {
            let verdict = recommend(&live, &read_by_some(9));
            assert_eq!(verdict, Recommendation::NoAction);
        }
    }
}
