//! Finds every file of the directory that holds messages of a session, and the best one.
//!
//! | module | what it does |
//! |---|---|
//! | `gather` | opens the files, and judges them |
//! | [`best`] | decides which one is the best, if that is certain |
//! | `choice` | compares them as far as that decision needs |
//! | `named` | finds out what somebody means by the name of a source |
//!
//! All functions fail if the directory cannot be listed.

#![allow(
    clippy::missing_errors_doc,
    reason = "the module's documentation names the errors"
)]

pub mod best;
mod choice;
mod gather;
mod named;

use crate::answer::{self, Error, FileState, SourceList};
use crate::app::tombstones::Tombstones;
use crate::directory::{Directory, File};
use crate::listing;
use crate::nearest::{look_up_with_copies, require};
use crate::session::SessionId;
use crate::verdict::compare::{Difference, Extent};
use crate::verdict::heading::heading_of;
use crate::verdict::inspect::judge_pair;
use crate::verdict::judge::{Judged, Whole};

pub use choice::{Choice, Found, Terms};
pub use gather::{Gathered, Opened, is_source, open};
pub use named::{kind_of, no_such_source};

/// Lists every file that holds messages of a session.
pub fn sources<D: Directory>(directory: &D, id: &SessionId) -> Result<SourceList, Error> {
    let names = look_up_with_copies(directory, id)?;
    let tombstones = Tombstones::of(names.system.deleted);
    let [live, backup] = judge_pair(directory, id, names.listed.kinds.beside_backup());
    let gathered = Gathered::of(directory, id, &names.listed);
    let opened = gathered.with(id, [&live, &backup]);
    if opened.is_empty() {
        // What was found by name are no copies.
        require(directory, id, names)?;
    }
    let choice = Choice::of(directory, id, &opened, &tombstones, gathered.terms());
    let sources = opened.iter().map(|source| source.described(&live));
    Ok(SourceList {
        session_id: id.to_string(),
        sources: sources.collect(),
        best: choice.best().map(|place| opened[place].name.clone()),
        why: choice.why,
        unread: gathered.unread,
    })
}

/// Whether there are copies of a session's files.
pub fn has_copies(directory: &impl Directory, id: &SessionId) -> Result<bool, Error> {
    let names = listing::look_up_with_copies(directory, id)?;
    Ok(!Gathered::of(directory, id, &names.listed).is_empty())
}

impl<F: File> Opened<'_, F> {
    /// What there is to say about it, beside this live file.
    fn described(&self, live: &Judged<F>) -> answer::Source {
        let whole = self.judged.whole();
        let messages = whole.as_ref().map(Whole::messages);
        let extent = messages
            .as_ref()
            .and_then(|messages| Extent::of(messages).ok().flatten());
        let difference = difference(live, self.judged);
        let mut file = self.judged.judgement.answer.clone();
        let remains = self.judged.remains.as_ref();
        file.salvage = remains
            .map(|remains| remains.answer.clone())
            .or(file.salvage);
        file.only_here = None;
        answer::Source {
            name: self.name.clone(),
            kind: self.kind,
            file,
            heading: self.judged.facts().map(heading_of).unwrap_or_default(),
            first: extent.and_then(|extent| extent.first),
            last: extent.and_then(|extent| extent.last),
            brings: difference.map(|difference| difference.backup_only),
            hides: difference.map(|difference| difference.live_only),
            doubled: messages
                .zip(extent)
                .map(|(messages, extent)| messages.count - extent.different),
        }
    }
}

/// What a live file and another source hold that the other one lacks, if they can be compared.
fn difference<F: File>(live: &Judged<F>, source: &Judged<F>) -> Option<Difference> {
    let source = source.whole()?;
    let source = source.messages();
    match live.whole() {
        Some(live) => Difference::of(&live.messages(), &source, None).ok()?,
        None if matches!(live.judgement.answer.state, FileState::Undecided(_)) => None,
        None => Some(Difference::of_counts(0, source.count)),
    }
}
