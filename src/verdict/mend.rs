//! Makes a whole session of what a damaged file still holds. It is not written anywhere yet, but
//! reads like a file, so whatever compares or copies files does the same with it.

mod assemble;
mod decoded;
mod documents;
mod form;
mod words;

use std::ops::ControlFlow;

use crate::answer::{FileState, Salvage};
use crate::app::guard::SessionMeta;
use crate::count::Facts;
use crate::directory::{Bytes, FsError, WHOLE, each_chunk};
use crate::session::SessionId;
use session_recovery_salvage::{Encoding, Salvaged, Salvager};

use assemble::assemble;
use decoded::Decoded;
use form::Form;

pub use form::Formed;

/// What a damaged file still holds.
#[derive(Debug)]
pub struct Remains {
    /// What there is to say about it.
    pub answer: Salvage,
    encoding: Encoding,
    form: Form,
    /// What stands beside the messages.
    facts: Facts,
    /// Whether it is not certain that these are its messages.
    pub is_doubtful: bool,
}

/// How far damaged files are looked into.
#[derive(Clone, Copy, Debug)]
pub struct Depth<'a> {
    /// The numbers of the kept files that are looked at.
    pub kept: &'a [u32],
    /// Longer files are left out.
    longest: u64,
    /// Whether a kept file must have a message of the live file. If it has none, it may be of a
    /// session that the user deleted before.
    pub is_careful: bool,
}

/// Longer files are looked into only if a salvage is asked for, because that takes long.
const LONGEST: u64 = 1 << 30;

impl<'a> Depth<'a> {
    /// To say what there is. `kept` are the numbers of the kept files to look at.
    #[must_use]
    pub const fn to_tell(kept: &'a [u32]) -> Self {
        Self {
            kept,
            longest: LONGEST,
            is_careful: false,
        }
    }

    /// To salvage.
    #[must_use]
    pub const fn to_salvage(kept: &'a [u32]) -> Self {
        Self {
            kept,
            longest: u64::MAX,
            is_careful: false,
        }
    }

    /// The same, if nobody named the session.
    #[must_use]
    pub const fn carefully(self) -> Self {
        Self {
            is_careful: true,
            ..self
        }
    }

    /// Whether a file is too long.
    pub fn leaves_out(self, file: &dyn Bytes) -> bool {
        let behind = file.read(self.longest, 1);
        self.longest < u64::MAX && behind.is_ok_and(|chunk| !chunk.bytes.is_empty())
    }
}

/// What there is to say about a damaged file that is too long.
#[must_use]
pub fn left_out() -> Salvage {
    Salvage {
        messages: 0,
        recorded: None,
        damage: vec!["longer than 1 GiB, so only --salvage looks into it".to_owned()],
    }
}

/// Looks for what a damaged file still holds. It is read once, or some times more if it holds
/// several sessions.
pub fn remains(file: &dyn Bytes, id: &SessionId) -> Result<Remains, FsError> {
    let found = salvage(file)?;
    let text = || Decoded::of(file, found.encoding);
    let (form, facts) = assemble(&text, &found, id)?;
    Ok(Remains {
        answer: Salvage {
            messages: form.messages,
            recorded: recorded(&found),
            damage: words::damage(&found, form.messages),
        },
        is_doubtful: found.documents.iter().any(documents::may_be_context),
        encoding: found.encoding,
        form,
        facts,
    })
}

/// Whether a file in this state may hold whole messages: it was read, and is damaged.
#[must_use]
pub const fn is_damaged(state: &FileState) -> bool {
    use crate::answer::ProblemKind as Kind;
    match state {
        FileState::Unreadable(problem) => matches!(
            problem.kind,
            Kind::Empty | Kind::NotUtf8 | Kind::NotJson | Kind::NotAnObject | Kind::NoMessages
        ),
        _ => false,
    }
}

impl Remains {
    /// How many whole messages there are.
    #[must_use]
    pub const fn messages(&self) -> u32 {
        self.answer.messages
    }

    /// What stands beside the messages.
    #[must_use]
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What it says about its last save.
    #[must_use]
    pub const fn meta(&self) -> SessionMeta<'_> {
        SessionMeta {
            messages: self.answer.messages,
            facts: &self.facts,
        }
    }

    /// The session that is made of them. `file` is the file that they are in.
    pub fn whole<'a>(&'a self, file: &'a dyn Bytes) -> Formed<'a> {
        self.form.filled_from(Decoded::of(file, self.encoding))
    }
}

fn salvage(file: &dyn Bytes) -> Result<Salvaged, FsError> {
    let mut salvager = Salvager::default();
    each_chunk(file, &WHOLE, &mut |_, bytes| {
        salvager.feed(bytes);
        ControlFlow::<()>::Continue(())
    })?;
    Ok(salvager.finish())
}

/// How many messages the newest session of the file says it holds.
fn recorded(found: &Salvaged) -> Option<u32> {
    let documents = found.documents.iter().rev();
    let mut counts = documents.filter_map(|document| document.message_count.as_ref());
    counts
        .next()
        .map(|count| u32::try_from(count.value).unwrap_or(u32::MAX))
}
