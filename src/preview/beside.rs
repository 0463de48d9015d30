//! Finds out what of the live file's messages a source lacks, and the other way round.

use crate::directory::{Directory, File, FsError, Kind};
use crate::session::SessionId;
use crate::verdict::compare::Changed;
use crate::verdict::judge::{Judged, Whole};
use crate::verdict::mend::Depth;
use crate::verdict::messages::Messages;

/// The live file, as far as a source can be compared with it.
pub enum Beside<F> {
    /// It is the source.
    Itself,
    /// It holds no messages, or there is none.
    Nothing,
    /// It holds messages, or is readable.
    File(Box<Judged<F>>),
    /// It cannot be read.
    Unknown,
}

impl<F: File> Beside<F> {
    /// Opens the live file; `kind` is what a listing shows.
    pub fn open<D>(directory: &D, id: &SessionId, kind: Option<Kind>) -> Self
    where
        D: Directory<File = F>,
    {
        match kind {
            Some(Kind::Directory | Kind::Special) => return Self::Nothing,
            Some(Kind::Link) => return Self::Unknown,
            // A listing may lack a file that is there.
            Some(Kind::File) | None => {}
        }
        match directory.open(&id.live_name()) {
            Ok(file) => Self::judge(file, id),
            Err(FsError::NotFound) => Self::Nothing,
            Err(_) => Self::Unknown,
        }
    }

    fn judge(file: F, id: &SessionId) -> Self {
        let judged = Judged::with_remains(file, id, Depth::to_salvage(&[]));
        if judged.whole().is_some() {
            Self::File(Box::new(judged))
        } else if judged.remains.is_some() {
            Self::Nothing
        } else {
            Self::Unknown
        }
    }

    /// The messages of the live file, if it is another file than the source and holds any.
    pub fn whole(&self) -> Option<Whole<'_>> {
        match self {
            Self::File(judged) => judged.whole(),
            _ => None,
        }
    }

    /// Compares the messages of the live file, which [`Self::whole`] gives, with those of a source.
    /// At most `most` of each are named. Gives `None` if they cannot be compared.
    pub fn changed(
        &self,
        live: Option<&Messages>,
        source: Option<&Messages>,
        most: u32,
    ) -> Option<Changed> {
        let source = source?;
        match (self, live) {
            (Self::Itself, _) => Some(Changed::of_counts(0, 0, 0)),
            (Self::Unknown, _) => None,
            (_, Some(live)) => Changed::of(live, source, most).ok()?,
            (_, None) => Some(Changed::of_counts(0, source.count, most)),
        }
    }
}
