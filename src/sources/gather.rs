//! Opens the files that may hold messages of a session, and judges them. Of many, only some.

use super::choice::Terms;
use crate::answer::{FileState, SourceKind};
use crate::count::{Facts, Key, Value};
use crate::directory::{Directory, File, FsError};
use crate::listing::Listed;
use crate::session::SessionId;
use crate::session::copies::{is_certain, is_conflict};
use crate::verdict::judge::{Judged, unopened};
use crate::verdict::mend::Depth;

/// The most kept files that are read, the newest first, and the most temporary files, and the most
/// copies.
const MOST: usize = 16;

/// The sources of a session beside its live file and its backup.
pub struct Gathered<F> {
    files: Vec<(String, SourceKind, Judged<F>)>,
    /// How many more there are that were not read.
    pub unread: u32,
    /// How many of these are temporary files, or certainly copies.
    pub unread_copies: u32,
}

/// A source that was judged.
pub struct Opened<'a, F> {
    /// Its name.
    pub name: String,
    /// Where it comes from.
    pub kind: SourceKind,
    /// What it turned out to be.
    pub judged: &'a Judged<F>,
}

impl<F: File> Gathered<F> {
    /// Opens them. A file that has gone since it was listed is left out.
    pub fn of<D: Directory<File = F>>(directory: &D, id: &SessionId, listed: &Listed) -> Self {
        let kept = listed.kept.iter().rev();
        let kept = kept.filter_map(|number| Some((id.kept_name(*number)?, SourceKind::Kept)));
        let temporary = listed.temporary.iter();
        let temporary = temporary.map(|name| (name.clone(), SourceKind::Temporary));
        let (conflicts, others): (Vec<_>, Vec<_>) =
            listed.copies.iter().partition(|name| is_conflict(name));
        // Their names end with a date.
        let conflicts = conflicts.into_iter().rev();
        let copies = conflicts
            .map(|name| (name.clone(), SourceKind::ConflictCopy))
            .chain(
                others
                    .into_iter()
                    .map(|name| (name.clone(), SourceKind::OtherCopy)),
            );
        let mut gathered = Self {
            files: Vec::new(),
            unread: 0,
            unread_copies: unread_copies(id, listed),
        };
        gathered.add(directory, id, kept);
        gathered.add(directory, id, temporary);
        let (chosen, left) = likeliest(id, copies.collect());
        gathered.add(directory, id, chosen.into_iter());
        gathered.unread += u32::try_from(left).unwrap_or(u32::MAX);
        gathered
    }

    fn add<D: Directory<File = F>>(
        &mut self,
        directory: &D,
        id: &SessionId,
        mut names: impl Iterator<Item = (String, SourceKind)>,
    ) {
        for (name, kind) in names.by_ref().take(MOST) {
            if let Some(judged) = open(directory, id, &name, kind) {
                self.files.push((name, kind, judged));
            }
        }
        self.unread += u32::try_from(names.count()).unwrap_or(u32::MAX);
    }

    /// What is not known of them.
    #[must_use]
    pub fn terms(&self) -> Terms {
        Terms {
            unread: self.unread_copies,
            ..Terms::default()
        }
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// All sources of the session: its live file, its backup, and these.
    pub fn with<'a>(
        &'a self,
        id: &SessionId,
        [live, backup]: [&'a Judged<F>; 2],
    ) -> Vec<Opened<'a, F>> {
        let is_there =
            |source: &Opened<F>| source.judged.judgement.answer.state != FileState::Missing;
        let of = |name, kind, judged| Opened { name, kind, judged };
        let pair = [
            of(id.live_name(), SourceKind::Live, live),
            of(id.backup_name(), SourceKind::Backup, backup),
        ];
        let others = self.files.iter();
        let others = others.map(|(name, kind, judged)| of(name.clone(), *kind, judged));
        pair.into_iter().filter(is_there).chain(others).collect()
    }
}

/// How many temporary files, and files that are certainly copies, are not read.
fn unread_copies(id: &SessionId, listed: &Listed) -> u32 {
    let id = id.to_string();
    let certain = listed.copies.iter().filter(|name| is_certain(name, &id));
    let unread = |number: usize| number.saturating_sub(MOST);
    let unread = unread(listed.temporary.len()) + unread(certain.count());
    u32::try_from(unread).unwrap_or(u32::MAX)
}

/// As many of these copies as are read, in their order, and how many are left. Files of sessions
/// with a similar ID do not keep those from being read that are certainly copies of this one.
fn likeliest(
    id: &SessionId,
    mut copies: Vec<(String, SourceKind)>,
) -> (Vec<(String, SourceKind)>, usize) {
    let id = id.to_string();
    let certain = copies.iter().filter(|(name, _)| is_certain(name, &id));
    let mut doubtful = MOST.saturating_sub(certain.count());
    let mut room = MOST;
    let all = copies.len();
    copies.retain(|(name, _)| {
        let left = if is_certain(name, &id) {
            &mut room
        } else {
            &mut doubtful
        };
        let is_read = *left > 0;
        *left = left.saturating_sub(1);
        is_read
    });
    let left = all - copies.len();
    (copies, left)
}

/// Opens one source of a session, if it is one.
pub fn open<D: Directory>(
    directory: &D,
    id: &SessionId,
    name: &str,
    kind: SourceKind,
) -> Option<Judged<D::File>> {
    let judged = match directory.open(name) {
        Err(FsError::NotFound) => return None,
        Err(fault) => Judged::of(Err(unopened(fault))),
        Ok(file) => Judged::with_remains(file, id, Depth::to_tell(&[])),
    };
    is_source(id, name, kind, judged.facts()).then_some(judged)
}

/// Whether a file is a source of a session: by its name, or by what it says.
#[must_use]
pub fn is_source(id: &SessionId, name: &str, kind: SourceKind, facts: Option<&Facts>) -> bool {
    let is_by_name = !matches!(kind, SourceKind::ConflictCopy | SourceKind::OtherCopy);
    is_by_name || is_copy(id, name, facts)
}

/// Whether a file is a copy of a session's file: by the ID inside, or by its name if it has none.
fn is_copy(id: &SessionId, name: &str, facts: Option<&Facts>) -> bool {
    let id = id.to_string();
    match facts.map(|facts| facts.value(Key::SessionId)) {
        Some(Value::Scalar(inside)) if inside.is_text && !inside.is("") => inside.is(&id),
        _ => is_certain(name, &id),
    }
}
