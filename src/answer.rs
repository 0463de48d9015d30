//! Defines what an answer says about a file, a session and a sweep. These are plain data in the
//! shapes of the WIT interface, which documents them. Their JSON form uses WIT's names.

use serde::{Deserialize, Serialize};

/// A session's file, as it was found.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "FileRecord")]
pub struct File {
    /// What it turned out to be.
    pub state: FileState,
    /// Its size in bytes, if it was read to its end.
    pub bytes: Option<u64>,
    /// What is left of it, if it is damaged.
    pub salvage: Option<Salvage>,
    /// How many of its whole messages the other file lacks, if one of the two is damaged.
    pub only_here: Option<u32>,
}

/// What is left of a damaged file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "kebab-case"))]
pub struct Salvage {
    /// How many whole messages it holds.
    pub messages: u32,
    /// How many it says that it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded: Option<u32>,
    /// What is wrong with it, in words.
    pub damage: Vec<String>,
}

/// What a session's file turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileState {
    /// There is none.
    Missing,
    /// A whole session.
    Readable {
        /// The number of its messages.
        messages: u32,
        /// What keeps some interpreters from reading it.
        caveat: Option<Problem>,
    },
    /// No session; a restore may replace it.
    Unreadable(Problem),
    /// Not judged, so neither replaced nor used.
    Undecided(Problem),
}

impl File {
    /// No such file.
    pub const MISSING: Self = Self::without_bytes(FileState::Missing);

    /// A file that was not read to its end.
    #[must_use]
    pub const fn without_bytes(state: FileState) -> Self {
        Self {
            state,
            bytes: None,
            salvage: None,
            only_here: None,
        }
    }

    /// The number of whole messages: all of a readable file, and what is left of a damaged one.
    #[must_use]
    pub fn whole_messages(&self) -> Option<u32> {
        let salvage = self.salvage.as_ref();
        self.messages().or(salvage.map(|salvage| salvage.messages))
    }

    /// The number of messages, if the file is readable.
    #[must_use]
    pub const fn messages(&self) -> Option<u32> {
        match self.state {
            FileState::Readable { messages, .. } => Some(messages),
            _ => None,
        }
    }

    /// What is wrong with the file, if anything is.
    #[must_use]
    pub const fn problem(&self) -> Option<&Problem> {
        match &self.state {
            FileState::Missing => None,
            FileState::Readable { caveat, .. } => caveat.as_ref(),
            FileState::Unreadable(problem) | FileState::Undecided(problem) => Some(problem),
        }
    }
}

/// A file as WIT and JSON have it.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FileRecord {
    /// What it turned out to be.
    pub state: RecordState,
    /// The number of its messages.
    pub messages: Option<u32>,
    /// Its size in bytes.
    pub bytes: Option<u64>,
    /// What is wrong with it.
    pub problem: Option<Problem>,
    /// What is left of it.
    pub salvage: Option<Salvage>,
    /// How many of its whole messages the other file lacks.
    pub only_here: Option<u32>,
}

/// What a file turned out to be, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "documented in wit/recovery.wit")]
pub enum RecordState {
    Missing,
    Readable,
    Unreadable,
    Undecided,
}

impl From<FileRecord> for File {
    fn from(file: FileRecord) -> Self {
        // An answer that lacks what it should have decides nothing.
        let problem = |problem: Option<Problem>| {
            problem.unwrap_or_else(|| Problem::unexplained("the component does not say why"))
        };
        Self {
            state: match (file.state, file.messages) {
                (RecordState::Missing, _) => FileState::Missing,
                (RecordState::Readable, Some(messages)) => FileState::Readable {
                    messages,
                    caveat: file.problem,
                },
                (RecordState::Unreadable, _) => FileState::Unreadable(problem(file.problem)),
                (RecordState::Undecided | RecordState::Readable, _) => {
                    FileState::Undecided(problem(file.problem))
                }
            },
            bytes: file.bytes,
            salvage: file.salvage,
            only_here: file.only_here,
        }
    }
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "kebab-case"))]
pub struct Problem {
    /// The kind of problem.
    pub kind: ProblemKind,
    /// The offset at which it shows, in bytes from the file's start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// What would have been right there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The problem in words.
    pub message: String,
}

impl Problem {
    /// A problem that is known only by its message.
    #[must_use]
    pub fn unexplained(message: &str) -> Self {
        Self {
            kind: ProblemKind::Other,
            offset: None,
            expected: None,
            message: message.to_owned(),
        }
    }

    /// Says in a sentence, without its full stop, what is wrong with the file of this name.
    #[must_use]
    pub fn said_of(&self, name: &str) -> String {
        use ProblemKind as Kind;
        let message = &self.message;
        match self.kind {
            Kind::NotARegularFile | Kind::Link => format!("{name} is {message}"),
            Kind::NoPermission | Kind::Exhausted | Kind::Io | Kind::Other => {
                format!("{name} cannot be read: {message}")
            }
            Kind::LongInteger | Kind::DeepNesting => {
                format!("{name} is not readable everywhere: {message}")
            }
            Kind::TooDeep => format!("{name} was not judged: {message}"),
            Kind::Empty | Kind::NotUtf8 | Kind::NotJson | Kind::NotAnObject | Kind::NoMessages => {
                format!("{name} is damaged: {message}")
            }
        }
    }
}

/// The kinds of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(serialize = "snake_case", deserialize = "kebab-case"))]
#[allow(missing_docs, reason = "documented in wit/recovery.wit")]
pub enum ProblemKind {
    Empty,
    NotUtf8,
    NotJson,
    NotAnObject,
    NoMessages,
    LongInteger,
    DeepNesting,
    TooDeep,
    NotARegularFile,
    Link,
    NoPermission,
    Exhausted,
    Io,
    Other,
}

/// What should be done about a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(serialize = "snake_case", deserialize = "kebab-case"))]
pub enum Recommendation {
    /// There is no backup.
    NoBackup,
    /// The live file is to stay.
    NoAction,
    /// The backup holds what the live file has lost.
    Restore,
}

/// Why a session is not restored although its backup holds more messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(serialize = "snake_case", deserialize = "kebab-case"))]
pub enum Guard {
    /// The user emptied the conversation.
    Cleared,
    /// The user had it compressed.
    Compressed,
    /// The user took messages back.
    Undone,
    /// The application's list of deleted sessions has it.
    Deleted,
    /// It is not among the sessions that the application knows.
    Unknown,
    /// The list of deleted sessions cannot be used, and nobody named the session.
    DeletionsUnknown,
}

/// What else a session's files say that matters to whoever restores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(serialize = "snake_case", deserialize = "kebab-case"))]
#[allow(missing_docs, reason = "documented in wit/recovery.wit")]
pub enum NoteKind {
    PendingMessage,
    ActiveStream,
    OtherTitle,
    OtherProject,
    OtherId,
    TemporaryFile,
    Other,
}

/// Something that whoever restores a session should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "kebab-case"))]
pub struct Note {
    /// What it is about.
    pub kind: NoteKind,
    /// The note, in sentences.
    pub message: String,
}

/// What a session's files mean for whoever looks after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(serialize = "snake_case", deserialize = "kebab-case"))]
#[allow(missing_docs, reason = "documented in wit/recovery.wit")]
pub enum Verdict {
    Complete,
    Different,
    Shrunken,
    Damaged,
    Missing,
    Guarded,
    Withheld,
    Undecided,
    Lost,
    Absent,
}

/// What the option `salvage` would put in a live file's place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "kebab-case"))]
pub struct SalvageSource {
    /// The name of the damaged file.
    pub name: String,
    /// How many whole messages it holds.
    pub messages: u32,
    /// How many of these are lacking without the option.
    pub gained: u32,
    /// Whether `force` is needed too.
    #[serde(skip_serializing_if = "is_false")]
    pub forced: bool,
    /// Whether `merge` is needed too.
    #[serde(skip_serializing_if = "is_false")]
    pub merged: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// What a file says it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "kebab-case"))]
pub struct Heading {
    /// The beginning of its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// When it was saved last, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated: Option<u64>,
}

/// What was found out about a session.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Status {
    /// The session's ID.
    pub session_id: String,
    /// What it is about.
    #[serde(default)]
    pub heading: Heading,
    /// Its live file.
    pub live: File,
    /// Its backup.
    pub backup: File,
    /// What should be done.
    pub recommendation: Recommendation,
    /// Why the backup is not restored although it holds more messages.
    pub guard: Option<Guard>,
    /// Why, in a sentence.
    pub reason: String,
    /// What keeps the session from being judged or restored.
    pub obstacle: Option<Error>,
    /// How many messages only the live file holds, if both files can be compared.
    pub live_only: Option<u32>,
    /// How many messages only the backup holds, if both files can be compared.
    pub backup_only: Option<u32>,
    /// What else whoever restores it should know.
    pub notes: Vec<Note>,
    /// What a salvage would put in place, if that brings messages back.
    pub salvage: Option<SalvageSource>,
}

impl Status {
    /// What the files mean, in one word.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        if self.guard.is_some() {
            return Verdict::Guarded;
        }
        if matches!(self.recommendation, Recommendation::Restore) {
            return match self.live.state {
                _ if self.obstacle.is_some() => Verdict::Undecided,
                FileState::Missing => Verdict::Missing,
                FileState::Readable { .. } => Verdict::Shrunken,
                FileState::Unreadable(_) | FileState::Undecided(_) => Verdict::Damaged,
            };
        }
        match (&self.live.state, &self.backup.state) {
            (FileState::Undecided(_), _) => Verdict::Undecided,
            (FileState::Readable { .. }, _) => self.verdict_of_readable(),
            (_, backup) => match backup {
                FileState::Undecided(_) => Verdict::Undecided,
                FileState::Missing if matches!(self.live.state, FileState::Missing) => {
                    Verdict::Absent
                }
                _ => Verdict::Lost,
            },
        }
    }

    /// What a readable live file means that is to stay.
    const fn verdict_of_readable(&self) -> Verdict {
        match (self.live.messages(), self.backup.messages()) {
            (Some(live), Some(backup)) if backup > live => Verdict::Withheld,
            _ if matches!(self.backup_only, Some(1..)) => Verdict::Different,
            _ => Verdict::Complete,
        }
    }
}

/// What was done about a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(serialize = "snake_case", deserialize = "kebab-case"))]
pub enum Action {
    /// Nothing was to be done.
    Nothing,
    /// A dry run: a restore was due.
    WouldRestore,
    /// The source's bytes are in place, durably.
    Restored,
    /// The source's bytes are in place; a power failure may undo that.
    RestoredUnconfirmed,
    /// The live file is as it was.
    Failed,
}

/// What was done about a session, and why.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Outcome {
    /// What was found before.
    pub status: Status,
    /// What was done.
    pub action: Action,
    /// Every failure on the way. If the action has a cause, it comes first.
    pub errors: Vec<Error>,
    /// The file whose bytes are in place now, or would be.
    pub source: Option<String>,
    /// How many whole messages that file holds, if it is damaged.
    pub salvaged: Option<u32>,
    /// How many messages of the live file were added to them, or would be.
    pub merged: u32,
    /// The file that holds what the live file held before.
    pub kept: Option<String>,
}

impl Outcome {
    /// A session about which there is no answer, for this reason.
    #[must_use]
    pub fn unanswered(session_id: &str, error: Error) -> Self {
        let undecided = || FileState::Undecided(Problem::unexplained(&error.message));
        let file = || File::without_bytes(undecided());
        Self {
            status: Status {
                session_id: session_id.to_owned(),
                heading: Heading::default(),
                live: file(),
                backup: file(),
                recommendation: Recommendation::NoAction,
                guard: None,
                reason: "The session could not be judged.".to_owned(),
                obstacle: Some(error.clone()),
                live_only: None,
                backup_only: None,
                notes: Vec::new(),
                salvage: None,
            },
            action: Action::Failed,
            errors: vec![error],
            source: None,
            salvaged: None,
            merged: 0,
            kept: None,
        }
    }

    /// Whether the session needs somebody's attention.
    #[must_use]
    pub const fn ended_ill(&self) -> bool {
        matches!(self.action, Action::Failed | Action::RestoredUnconfirmed)
    }

    /// Whether another program was at work on the session, so that it was left as it is.
    #[must_use]
    pub fn has_backed_off(&self) -> bool {
        let first = self.errors.first();
        let is_changed = first.is_some_and(|error| error.code == ErrorCode::Changed);
        self.action == Action::Failed && is_changed
    }

    /// Whether the source's bytes are in place now.
    #[must_use]
    pub const fn is_restored(&self) -> bool {
        matches!(self.action, Action::Restored | Action::RestoredUnconfirmed)
    }
}

/// What a sweep did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Summary {
    /// How many names are those of live files.
    pub scanned: u32,
    /// How many sessions were restored.
    pub restored: u32,
    /// How many sessions with a backup were not checked, because the sweep was stopped.
    pub left: u32,
    /// Every session that is not complete, by file name.
    pub sessions: Vec<Outcome>,
    /// Everything else worth knowing.
    pub oddities: Vec<Error>,
    /// Which kept files were removed after it because they are redundant.
    #[serde(default)]
    pub pruned: Vec<Purged>,
}

/// A session, or an odd entry, in the directory.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Entry {
    /// The session's ID, if the name has one.
    pub session_id: Option<String>,
    /// Whether there is a name for a live file.
    pub live: bool,
    /// Whether there is a name for a backup.
    pub backup: bool,
    /// What the session is about, if that was asked for.
    #[serde(default)]
    pub heading: Option<Heading>,
    /// What is odd about it.
    pub oddity: Option<Error>,
}

/// What an audit can find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "documented in wit/recovery.wit")]
pub enum FindingKind {
    ShrunkenLive,
    OrphanBackup,
    MalformedOrphanBackup,
    DeletedOrphan,
    UnknownOrphan,
    IndexMissingFile,
    IndexMissingEntry,
    PendingTurn,
    UnreadableLive,
    Undecided,
    DifferentMessages,
    Guarded,
    Leftover,
    Kept,
    OddEntry,
    UnreadableRecord,
    TemporaryFile,
    MissingMessages,
    RecordedCount,
    IndexedCount,
    RicherContext,
    OtherLayout,
    OtherId,
    Copy,
    KeptOfDeleted,
    Salvageable,
    BetterSource,
    Other,
}

/// What is to be done about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// Nothing.
    Information,
    /// `repair` can do it.
    Repairable,
    /// Somebody has to look at it.
    ManualReview,
}

/// A turn that the user submitted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Turn {
    /// Its ID in the journal.
    pub turn_id: String,
    /// The last event that the journal has of it.
    pub event: String,
    /// When that was, as the journal spells it.
    pub created_at: Option<String>,
    /// How many characters its text has.
    pub characters: u32,
}

/// One thing that an audit found.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// What is to be done about it.
    pub category: Category,
    /// The session's ID, if it is about one session.
    pub session_id: Option<String>,
    /// The IDs of the sessions, if it is about several.
    pub session_ids: Vec<String>,
    /// The name that it is about, if that is one.
    pub name: Option<String>,
    /// How many messages the file of that name holds, if it is neither the live file nor the
    /// backup.
    pub messages: Option<u32>,
    /// How many messages the live file holds.
    pub live_messages: Option<u32>,
    /// How many the backup holds.
    pub backup_messages: Option<u32>,
    /// The turn that is pending.
    pub turn: Option<Turn>,
    /// What was seen, in sentences.
    pub seen: String,
    /// What to do about it, in sentences.
    pub remedy: String,
}

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct AuditReport {
    /// How many names are those of live files.
    pub scanned: u32,
    /// By kind and name.
    pub findings: Vec<Finding>,
}

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(serialize = "snake_case", deserialize = "kebab-case"))]
pub enum ChangeKind {
    /// Put a backup in a live file's place.
    Restore,
    /// Remove what an interrupted restore left.
    RemoveLeftover,
    /// Give the application's index another name.
    SetIndexAside,
    /// Put the salvaged form of a damaged file in a live file's place.
    Salvage,
}

/// One change of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "kebab-case"))]
pub struct Change {
    /// What it does.
    pub kind: ChangeKind,
    /// The session's ID, for a restore.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// The file that is put in place, removed or renamed.
    pub source: String,
    /// In whose place it is put, or the name that it gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// How many bytes the source has.
    pub bytes: u64,
    /// Why, in a sentence.
    pub why: String,
    /// What the files held when the plan was made, as a digest.
    pub fingerprint: String,
}

/// The changes that repair what an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "kebab-case"))]
pub struct Plan {
    /// The changes, in the order in which to make them.
    pub changes: Vec<Change>,
    /// Why changes are left out that would otherwise be among them.
    pub withheld: Vec<String>,
}

/// What was done about kept files that were to be removed: those of one session, or the index's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "kebab-case"))]
pub struct Purged {
    /// The session's ID. Absent for the kept files of the application's index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// The names of the files that were removed, or would be.
    pub removed: Vec<String>,
    /// Why others were not.
    pub errors: Vec<Error>,
}

/// What was done about a change.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RepairResult {
    /// The change.
    pub change: Change,
    /// Whether it was made.
    pub done: bool,
    /// Every failure on the way; if it was not made, the cause comes first.
    pub errors: Vec<Error>,
    /// The file that holds what was replaced or renamed.
    pub kept: Option<String>,
}

/// What was done about a plan.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Repaired {
    /// What was done about each change.
    pub results: Vec<RepairResult>,
    /// Why changes were left out of the plan.
    pub withheld: Vec<String>,
}

/// Where a source of a session comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all(serialize = "snake_case", deserialize = "kebab-case"))]
#[allow(missing_docs, reason = "documented in wit/recovery.wit")]
pub enum SourceKind {
    Live,
    Backup,
    Kept,
    Temporary,
    ConflictCopy,
    OtherCopy,
}

/// A file that holds messages of a session.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Source {
    /// Its name.
    pub name: String,
    /// Where it comes from.
    pub kind: SourceKind,
    /// What it is.
    pub file: File,
    /// What it says it is about.
    pub heading: Heading,
    /// The time of its first message that has one, in seconds since 1970.
    pub first: Option<u64>,
    /// The time of its last message that has one.
    pub last: Option<u64>,
    /// How many of its messages the live file lacks.
    pub brings: Option<u32>,
    /// How many of the live file's messages it lacks.
    pub hides: Option<u32>,
    /// How many of its messages are in it again.
    pub doubled: Option<u32>,
}

/// The sources of a session.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SourceList {
    /// The session's ID.
    pub session_id: String,
    /// The live file, the backup, the kept files, and then the others.
    pub sources: Vec<Source>,
    /// The name of the best one, if it is certain which one that is.
    pub best: Option<String>,
    /// Why it is the best, or why none is, in sentences.
    pub why: String,
    /// How many more files there are that were not read.
    pub unread: u32,
}

/// A message, cut.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "kebab-case"))]
pub struct Excerpt {
    /// Its place in its file, from 1.
    pub number: u32,
    /// Its role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// When it was written, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<u64>,
    /// The beginning of its text.
    pub text: String,
    /// Whether there is more.
    pub is_cut: bool,
    /// The names of the tools that it calls.
    pub tools: Vec<String>,
}

/// How many messages to show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// How many are skipped before the first ones.
    pub after: u32,
    /// How many of the first ones.
    pub first: u32,
    /// How many of the last ones.
    pub last: u32,
    /// How many of those that come back, and of those that go out of sight.
    pub changed: u32,
}

/// What is in a source, and what changes if it is put in place.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct View {
    /// The session's ID.
    pub session_id: String,
    /// The source's name.
    pub name: String,
    /// What it says it is about.
    pub heading: Heading,
    /// When it was created, in seconds since 1970.
    pub created: Option<u64>,
    /// How many whole messages it holds.
    pub messages: u32,
    /// The first ones.
    pub first: Vec<Excerpt>,
    /// The last ones.
    pub last: Vec<Excerpt>,
    /// How many of its messages the live file lacks.
    pub brings: Option<u32>,
    /// The first of these.
    pub brought: Vec<Excerpt>,
    /// How many of the live file's messages it lacks.
    pub hides: Option<u32>,
    /// The first of these.
    pub hidden: Vec<Excerpt>,
}

/// What was done in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(serialize = "snake_case", deserialize = "kebab-case"))]
pub enum Deed {
    /// A source was put in place.
    Restored,
    /// A restore was undone.
    Undone,
}

/// Something that was done in a directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "kebab-case"))]
pub struct Event {
    /// What it was.
    pub deed: Deed,
    /// The session's ID.
    pub session_id: String,
    /// When it was done, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<u64>,
    /// The run that did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The file whose bytes were put in place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The file that holds what was replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
    /// How many messages the source held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<u32>,
    /// Whether an undo of the session takes this back.
    pub can_undo: bool,
}

/// The answer to one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is named after its operation")]
pub enum Answer {
    Inspect(Status),
    Recover(Outcome),
    RecoverAll(Summary),
    Undo(Outcome),
    Sessions(Vec<Entry>),
    Audit(AuditReport),
    Plan(Plan),
    Repair(Repaired),
    Purge(Vec<Purged>),
    Prune(Vec<Purged>),
    Sources(SourceList),
    Show(View),
    Diff(View),
    History(Vec<Event>),
    UndoRun(Vec<Outcome>),
}

/// Why something failed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "kebab-case"))]
#[error("{}", self.in_full())]
pub struct Error {
    /// The kind of failure.
    pub code: ErrorCode,
    /// What happened, and to which file.
    pub message: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Error {
    /// An error of this kind in these words.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            remedy: None,
        }
    }

    /// The same error, and what to do next.
    #[must_use]
    pub fn remedied_by(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// What happened and what to do next, as one text.
    #[must_use]
    pub fn in_full(&self) -> String {
        match &self.remedy {
            Some(remedy) => format!("{} {remedy}", self.message),
            None => self.message.clone(),
        }
    }
}

/// The kinds of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all(serialize = "snake_case", deserialize = "kebab-case"))]
#[allow(missing_docs, reason = "documented in wit/recovery.wit")]
pub enum ErrorCode {
    InvalidSessionId,
    NoDirectory,
    SeveralDirectories,
    NotASessionDirectory,
    NoSuchSession,
    ReadOnly,
    NoPermission,
    NotARegularFile,
    UnusableName,
    Changed,
    NotMergeable,
    NoSpace,
    Exhausted,
    Io,
    ConflictingOptions,
    NoSuchSource,
    SeveralSources,
    Other,
}
