//! Remembers what was done in the directory, so that somebody can see it and take it back.
//!
//! Each deed is one line of the log, a file in the directory. The log is never needed for a restore:
//! if it cannot be written, the restore stands.
//!
//! | module | what it does |
//! |---|---|
//! | `line` | holds a line of the log, and reads and writes it |
//! | `log` | appends lines to the file, and reads the newest ones |
//! | `events` | makes events of lines and of kept files |

mod events;
mod line;
mod log;

use crate::answer::{Deed, Error, Event, FileState, Outcome};
use crate::directory::{Directory, Kind};
use crate::listing::{DirEntry, Filter, Listing, Survey};
use crate::session::SessionId;
use crate::verdict::judge::read;
use line::Line;

/// What a host calls what it does now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    name: String,
    time: u64,
}

/// The longest name of a run, in characters.
const LONGEST_NAME: usize = 64;

impl Run {
    /// A run with this name, as far as it can be one, which began at this time, in seconds since
    /// 1970. A name has at most 64 characters. All but the printable ones of ASCII become `?`.
    ///
    /// ```
    /// use session_recovery::history::Run;
    ///
    /// assert_eq!(Run::new("a\nb", 0), Run::new("a?b", 0));
    /// assert_eq!(Run::new(&"a".repeat(65), 0), Run::new(&"a".repeat(64), 0));
    /// ```
    #[must_use]
    pub fn new(name: &str, time: u64) -> Self {
        let is_plain = |character: &char| matches!(character, ' '..='~');
        let name = name.chars().take(LONGEST_NAME);
        let name = name.map(|character| Some(character).filter(is_plain).unwrap_or('?'));
        Self {
            name: name.collect(),
            time,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When it began, in seconds since 1970.
    #[must_use]
    pub const fn time(&self) -> u64 {
        self.time
    }
}

/// Says what was done, the newest first. Kept files that the log does not mention come last. It
/// reads the newest 8 MiB of the log, and gives at most 10,000 events.
///
/// # Errors
///
/// The directory cannot be listed, it is not a session directory, or the log cannot be read.
pub fn history(directory: &impl Directory) -> Result<Vec<Event>, Error> {
    let survey = Survey::of(directory, &|entry| match entry {
        DirEntry::Live(..) | DirEntry::Kept(..) | DirEntry::System(..) => Filter::All,
        _ => Filter::Nothing,
    })?;
    survey.level.require_sessions()?;
    let mut lines = Vec::new();
    log::read(directory, survey.system.log, &mut |line| lines.push(line))?;
    Ok(events::of(&lines, Listing::from(survey.parts)))
}

/// Whether the last deed of a session put its live file where none was, so that there is no kept
/// file of it. `kind` is the kind of entry that has the log's name.
///
/// # Errors
///
/// The log cannot be read.
pub fn was_missing(
    directory: &impl Directory,
    kind: Option<Kind>,
    id: &SessionId,
) -> Result<bool, Error> {
    let session = id.to_string();
    let mut was_missing = false;
    log::read(directory, kind, &mut |line| {
        if line.session == session {
            was_missing = line.was_missing();
        }
    })?;
    Ok(was_missing)
}

/// Writes down what was done about a session, if anything was. If that fails, the outcome says so.
pub fn note(
    directory: &impl Directory,
    run: Option<&Run>,
    deed: Deed,
    mut outcome: Outcome,
) -> Outcome {
    note_all(directory, run, deed, std::slice::from_mut(&mut outcome));
    outcome
}

/// Does what [`note`] does for several sessions. It writes once.
pub fn note_all(
    directory: &impl Directory,
    run: Option<&Run>,
    deed: Deed,
    outcomes: &mut [Outcome],
) {
    let Some(run) = run else {
        return;
    };
    let done = || outcomes.iter().filter(|outcome| outcome.is_restored());
    let lines: String = done()
        .map(|outcome| line_of(directory, run, deed, outcome).to_text())
        .collect();
    if lines.is_empty() {
        return;
    }
    if let Err(error) = log::append(directory, &lines) {
        for outcome in outcomes.iter_mut().filter(|outcome| outcome.is_restored()) {
            outcome.errors.push(error.clone());
        }
    }
}

fn line_of(directory: &impl Directory, run: &Run, deed: Deed, outcome: &Outcome) -> Line {
    let was_missing = outcome.status.live.state == FileState::Missing;
    Line {
        deed,
        time: run.time,
        run: run.name.clone(),
        session: outcome.status.session_id.clone(),
        source: outcome.source.clone(),
        kept: outcome.kept.clone(),
        messages: messages_of_source(directory, outcome),
        discarded: outcome.kept.is_none() && !was_missing,
    }
}

/// How many messages the source holds. A backup was counted before; another file is read for it.
fn messages_of_source(directory: &impl Directory, outcome: &Outcome) -> Option<u32> {
    let source = outcome.source.as_ref()?;
    let status = &outcome.status;
    if outcome.salvaged.is_some() {
        return outcome.salvaged;
    }
    let id = SessionId::new(&status.session_id).ok()?;
    if *source == id.backup_name() {
        return status.backup.messages();
    }
    read(&directory.open(source).ok()?).messages()
}
