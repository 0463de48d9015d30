//! Judges an open file, or a session's two files, by their bytes. What two files have in common is
//! counted only once.

use std::mem;
use std::ops::{ControlFlow, Range};

use crate::answer::{self, FileState, Problem, ProblemKind};
use crate::app::guard::SessionMeta;
use crate::count::{Caveat, Count, Counter, Defect, Facts};
use crate::directory::{
    Bytes, CHUNK, Chunk, File, FsError, Kind, WHOLE, each_chunk, each_common_chunk,
};
use crate::session::SessionId;
use crate::verdict::compare::Agreement;
use crate::verdict::mend::{Depth, Formed, Remains, is_damaged, remains};
use crate::verdict::messages::Messages;

/// An open file, or what there is to say without one.
pub type OpenResult<F> = Result<F, FileState>;

/// What there is to say about a file that cannot be opened.
pub fn unopened(fault: FsError) -> FileState {
    match fault {
        FsError::NotFound => FileState::Missing,
        fault => FileState::Undecided(fault.into()),
    }
}

/// A file as found, and the open file if it was read.
pub struct Judged<F> {
    pub judgement: Judgement,
    pub file: Option<F>,
    /// What it still holds, if it is damaged.
    pub remains: Option<Remains>,
}

/// What the bytes of a file say.
pub struct Judgement {
    pub answer: answer::File,
    /// What is in the file, if it is readable.
    found: Option<Contents>,
}

/// What is in a readable file.
struct Contents {
    elements: Range<u64>,
    message_count: Option<u64>,
    facts: Facts,
}

/// Judges a live file and its backup. Also says how far their messages agree, if that shows on the
/// way.
pub fn judge_both<F: File>(
    live: OpenResult<F>,
    backup: OpenResult<F>,
) -> ([Judged<F>; 2], Option<Agreement>) {
    let [live, backup] = match (live, backup) {
        (Ok(live), Ok(backup)) => [live, backup],
        (live, backup) => return ([live, backup].map(Judged::of), None),
    };
    let ([of_live, of_backup], agreement) = begin_both([&live, &backup]);
    let judged = [judge_rest(&live, of_live), judge_rest(&backup, of_backup)];
    let [of_live, of_backup] = judged;
    let with = |judgement, file| Judged {
        judgement,
        file: Some(file),
        remains: None,
    };
    ([with(of_live, live), with(of_backup, backup)], agreement)
}

/// Counts what two files have in common only once. After a restore, and until the application
/// saves, this is everything. Otherwise it is what their messages begin with, although the time of
/// the last save before them usually differs.
fn begin_both(files: [&dyn Bytes; 2]) -> ([PartialCount; 2], Option<Agreement>) {
    let mut counter = Counter::default();
    let mut chunks = each_common_chunk(files, [0; 2], &mut |bytes| count(&mut counter, bytes));
    let mut partial = chunks
        .each_ref()
        .map(|chunk| PartialCount::with(counter.clone(), chunk));
    for (number, file) in files.into_iter().enumerate() {
        partial[number].go_on_to_messages(file, &mut chunks[number]);
    }
    let agreement = agreement(&partial, &chunks);
    let counters = agreement
        .as_ref()
        .and_then(|agreement| in_step(&partial, &chunks, agreement));
    // The memory of the chunks is free before more is read.
    drop(chunks);
    let (Some(mut counters), Some(agreement)) = (counters, &agreement) else {
        return (partial, agreement);
    };
    let offsets = counters.each_ref().map(Counter::fed);
    let chunks = each_common_chunk(files, offsets, &mut |bytes| {
        count_in_step(&mut counters, bytes)
    });
    let offsets = counters.each_ref().map(Counter::fed);
    let agreement = match &chunks {
        [Ok(one), Ok(other)] => Some(agreement.read_on(offsets, [&one.bytes, &other.bytes])),
        _ => None,
    };
    let [counter, other] = counters;
    let partial = [
        PartialCount::with(counter, &chunks[0]),
        PartialCount::with(other, &chunks[1]),
    ];
    (partial, agreement)
}

/// How far the messages of two files agree in the last chunks, if they begin in these or in what
/// both files begin with.
fn agreement(
    partial: &[PartialCount; 2],
    chunks: &[Result<Chunk, FsError>; 2],
) -> Option<Agreement> {
    let [Ok(one), Ok(other)] = chunks else {
        return None;
    };
    let starts = [
        partial[0].counter.last_messages()?,
        partial[1].counter.last_messages()?,
    ];
    let offset = |number: usize, chunk: &Chunk| {
        let fed: u64 = partial[number].counter.fed();
        fed.checked_sub(chunk.bytes.len() as u64)
    };
    let offsets = [offset(0, one)?, offset(1, other)?];
    let inside = [0, 1].map(|number| starts[number].checked_sub(offsets[number]));
    let (length, inside) = match inside {
        [Some(in_one), Some(in_other)] => (0, [in_one, in_other]),
        [None, None] if starts[0] == starts[1] && offsets[0] == offsets[1] => {
            (offsets[0] - starts[0], [0, 0])
        }
        _ => return None,
    };
    let [in_one, in_other] = inside.map(|inside| usize::try_from(inside).unwrap_or(usize::MAX));
    let rest = [one.bytes.get(in_one..)?, other.bytes.get(in_other..)?];
    Some(Agreement::new(starts, length, rest))
}

/// The counters of two files at the same place in their messages, if these begin in the last
/// chunks, and with the same bytes there.
fn in_step(
    partial: &[PartialCount; 2],
    chunks: &[Result<Chunk, FsError>; 2],
    agreement: &Agreement,
) -> Option<[Counter; 2]> {
    let [one, other] = [0, 1].map(|number| partial[number].length_of_messages(&chunks[number]));
    let (one, other) = (one?, other?);
    if agreement.length() < one.min(other) {
        return None;
    }
    let [mut first, mut second] = partial.each_ref().map(|partial| partial.counter.clone());
    let is_in_step = if one > other {
        first.resume_from(&second)
    } else {
        second.resume_from(&first)
    };
    is_in_step.then_some([first, second])
}

/// Counts what two files hold at the same place in their messages, as long as it is among these.
fn count_in_step([one, other]: &mut [Counter; 2], bytes: &[u8]) -> ControlFlow<()> {
    let fed = one.fed_of_messages();
    one.feed(bytes);
    // A second array of messages may have begun.
    let is_among_them = one.fed_of_messages() == fed.map(|fed| fed + bytes.len() as u64);
    if is_among_them && other.resume_from(one) {
        return ControlFlow::Continue(());
    }
    other.feed(bytes);
    ControlFlow::Break(())
}

impl<F: Bytes> Judged<F> {
    /// Judges a file, if it could be opened.
    pub fn of(found: OpenResult<F>) -> Self {
        match found {
            Ok(file) => Self {
                judgement: judge(&file),
                file: Some(file),
                remains: None,
            },
            Err(state) => Self {
                judgement: Judgement::without_bytes(state),
                file: None,
                remains: None,
            },
        }
    }

    pub fn messages(&self) -> Option<Messages<'_>> {
        self.judgement.messages(self.file.as_ref()?)
    }

    /// What it says about its last save, also if it is damaged.
    pub fn any_meta(&self) -> Option<SessionMeta<'_>> {
        let remains = self.remains.as_ref();
        self.judgement.meta().or(remains.map(Remains::meta))
    }

    /// What it says beside its messages, as far as that is known.
    pub fn facts(&self) -> Option<&Facts> {
        let remains = self.remains.as_ref();
        self.judgement.facts().or(remains.map(Remains::facts))
    }

    /// Its whole messages, if it has any: all of a readable file, or what is left of a damaged one.
    pub fn whole(&self) -> Option<Whole<'_>> {
        if let Some(messages) = self.messages() {
            return Some(Whole::Readable(messages));
        }
        let remains = self
            .remains
            .as_ref()
            .filter(|remains| remains.messages() > 0)?;
        Some(Whole::Mended(remains.whole(self.file.as_ref()?)))
    }
}

impl<F: Bytes> Judged<F> {
    /// Judges an open file, and looks for what it still holds if it is damaged.
    pub fn with_remains(file: F, id: &SessionId, depth: Depth) -> Self {
        let judgement = judge(&file);
        let is_damaged = is_damaged(&judgement.answer.state) && !depth.leaves_out(&file);
        let remains = is_damaged.then(|| remains(&file, id).ok()).flatten();
        Self {
            judgement,
            file: Some(file),
            remains,
        }
    }
}

/// The whole messages of a file.
pub enum Whole<'a> {
    /// All of a readable file.
    Readable(Messages<'a>),
    /// Those of a damaged file.
    Mended(Formed<'a>),
}

impl Whole<'_> {
    pub fn messages(&self) -> Messages<'_> {
        match self {
            Self::Readable(messages) => messages.clone(),
            Self::Mended(formed) => formed.messages(),
        }
    }
}

impl Judgement {
    const fn without_bytes(state: FileState) -> Self {
        let answer = answer::File::without_bytes(state);
        let found = None;
        Self { answer, found }
    }

    /// Where the messages of a readable file are.
    pub fn messages<'a>(&self, file: &'a dyn Bytes) -> Option<Messages<'a>> {
        let found = self.found.as_ref()?;
        Some(Messages {
            file,
            count: self.answer.messages()?,
            elements: found.elements.clone(),
            message_count: found.message_count,
        })
    }

    /// What a readable file says beside its messages.
    pub fn facts(&self) -> Option<&Facts> {
        self.found.as_ref().map(|found| &found.facts)
    }

    /// What a file says about its last save, if every interpreter reads it.
    pub fn meta(&self) -> Option<SessionMeta<'_>> {
        let facts = &self.found.as_ref()?.facts;
        let messages = self.answer.messages()?;
        let meta = SessionMeta { messages, facts };
        self.answer.problem().is_none().then_some(meta)
    }
}

/// The messages of an open file, if it is readable.
pub fn messages_of(file: &dyn Bytes) -> Option<Messages<'_>> {
    judge(file).messages(file)
}

/// Judges an open file, reading no further than is needed for it.
pub fn read(file: &dyn Bytes) -> answer::File {
    judge(file).answer
}

/// Judges an open file, and finds its messages.
pub fn judge(file: &dyn Bytes) -> Judgement {
    let (counter, left) = (Counter::default(), Ok(WHOLE));
    judge_rest(file, PartialCount { counter, left })
}

/// A file that is partly counted.
struct PartialCount {
    counter: Counter,
    /// What is left of it.
    left: Result<Range<u64>, FsError>,
}

impl PartialCount {
    /// Counts a file's next chunk.
    fn with(mut counter: Counter, chunk: &Result<Chunk, FsError>) -> Self {
        let left = chunk.as_ref().map_err(Clone::clone).map(|chunk| {
            let _ = count(&mut counter, &chunk.bytes);
            let next = counter.fed();
            next..if chunk.is_last { next } else { u64::MAX }
        });
        Self { counter, left }
    }

    /// Counts on until the file's messages begin, if it comes to any; `chunk` is the last one that
    /// was read.
    fn go_on_to_messages(&mut self, file: &dyn Bytes, chunk: &mut Result<Chunk, FsError>) {
        while let Ok(Chunk { bytes, is_last }) = chunk
            && !(*is_last || bytes.is_empty() || self.counter.is_settled())
            && self.counter.last_messages().is_none()
        {
            // Its memory is free before more is read.
            *bytes = Vec::new();
            *chunk = file.read(self.counter.fed(), CHUNK / 2);
            *self = Self::with(mem::take(&mut self.counter), chunk);
        }
    }

    /// How many bytes of its messages are in its last chunk, if they begin there and go on after
    /// it.
    fn length_of_messages(&self, chunk: &Result<Chunk, FsError>) -> Option<u64> {
        let chunk = chunk.as_ref().ok().filter(|chunk| !chunk.is_last)?;
        let length = self.counter.fed_of_messages()?;
        (length <= chunk.bytes.len() as u64).then_some(length)
    }
}

/// Judges an open file that is partly counted.
fn judge_rest(file: &dyn Bytes, partial: PartialCount) -> Judgement {
    let PartialCount { mut counter, left } = partial;
    let stopped = left.and_then(|left| {
        if counter.is_settled() {
            return Ok(Some(()));
        }
        each_chunk(file, &left, &mut |_, bytes| count(&mut counter, bytes))
    });
    let stopped = match stopped {
        Ok(stopped) => stopped,
        Err(fault) => return Judgement::without_bytes(FileState::Undecided(fault.into())),
    };
    let bytes = stopped.is_none().then_some(counter.fed());
    let count = counter.finish();
    let found = count.as_ref().ok();
    let found = found.map(|count| Contents {
        elements: count.elements.clone(),
        message_count: count.message_count,
        facts: count.facts.clone(),
    });
    let state = count.into();
    let answer = answer::File {
        bytes,
        ..answer::File::without_bytes(state)
    };
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

impl From<FsError> for Problem {
    fn from(fault: FsError) -> Self {
        let kind = match fault {
            FsError::IsLink => return Kind::Link.into(),
            FsError::IsDirectory => return Kind::Directory.into(),
            FsError::Denied => ProblemKind::NoPermission,
            FsError::Exhausted => ProblemKind::Exhausted,
            FsError::Io(_) => ProblemKind::Io,
            FsError::NotFound | FsError::Exists | FsError::NoSpace | FsError::BadName => {
                ProblemKind::Other
            }
        };
        Self::new(kind, None, fault.to_string())
    }
}
