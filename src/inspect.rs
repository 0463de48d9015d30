//! Two files to a verdict: what each holds, and whether the backup should take
//! the live file's place.

use std::ops::ControlFlow;

use crate::answer::{File, FileState, Problem, ProblemKind, Recommendation, Status};
use crate::count::{Caveat, Count, Counter, Defect};
use crate::directory::{Directory, Fault, Kind, Stat, each_piece};
use crate::session::SessionId;

/// A status, with what shows later whether the files are still those judged.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// What was found.
    pub status: Status,
    /// The live file's stat, if there is one.
    pub live: Option<Stat>,
    /// The backup's stat, if there is one.
    pub backup: Option<Stat>,
}

/// Compares a session's live file with its backup.
pub fn inspect(directory: &impl Directory, id: &SessionId) -> Inspection {
    weigh(directory, id, judge(directory, &id.live_name()))
}

/// Does what [`inspect`] does, if there is a live file; otherwise it reads
/// nothing.
pub fn inspect_live(directory: &impl Directory, id: &SessionId) -> Option<Inspection> {
    let live = judge(directory, &id.live_name());
    (live.file != File::MISSING).then(|| weigh(directory, id, live))
}

fn weigh(directory: &impl Directory, id: &SessionId, live: Judged) -> Inspection {
    let backup = judge(directory, &id.backup_name());
    Inspection {
        status: Status {
            session_id: id.to_string(),
            recommendation: recommend(&live.file.state, &backup.file.state),
            reason: reason(&live.file, &backup.file),
            live: live.file,
            backup: backup.file,
        },
        live: live.stat,
        backup: backup.stat,
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
fn reason(live: &File, backup: &File) -> String {
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
        (_, Unreadable(problem) | Undecided(problem)) => {
            format!("The backup is no readable session: {}.", problem.message)
        }
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
                    "The backup holds {}, the live file {live}.",
                    many(*messages)
                )
            }
            _ => format!(
                "The live file holds {}, no fewer than the backup's {messages}.",
                many(*live)
            ),
        },
    }
}

fn many(messages: u32) -> String {
    match messages {
        1 => "1 message".to_owned(),
        n => format!("{n} messages"),
    }
}

/// A file as found, and what shows later whether it is still the same.
struct Judged {
    file: File,
    stat: Option<Stat>,
}

fn judge(directory: &impl Directory, name: &str) -> Judged {
    let found = directory.stat(name);
    let (state, bytes) = match &found {
        Err(Fault::NotFound) => (FileState::Missing, None),
        Err(fault) => (FileState::Undecided(fault.clone().into()), None),
        Ok(stat) => match stat.kind {
            Kind::File => (read(directory, name), Some(stat.size)),
            Kind::Link => (FileState::Undecided(stat.kind.into()), None),
            Kind::Directory | Kind::Special => (FileState::Unreadable(stat.kind.into()), None),
        },
    };
    Judged {
        file: File { state, bytes },
        stat: found.ok(),
    }
}

fn read(directory: &impl Directory, name: &str) -> FileState {
    let judged = directory.open(name).and_then(|file| {
        let mut counter = Counter::default();
        each_piece(&file, |_, bytes| {
            counter.feed(bytes);
            if counter.is_settled() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        Ok(counter.finish())
    });
    match judged {
        Ok(judged) => judged.into(),
        Err(fault) => FileState::Undecided(fault.into()),
    }
}

impl From<Result<Count, Defect>> for FileState {
    fn from(judged: Result<Count, Defect>) -> Self {
        match judged {
            Ok(Count { messages, caveat }) => Self::Readable {
                messages,
                caveat: caveat.map(Problem::from),
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
