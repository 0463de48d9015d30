//! Finds out what the option `salvage` would bring back: it looks into the damaged files of a
//! session, and compares what they hold with what a restore without the option leaves.

use crate::answer::{self, Error, FileState, Guard, Recommendation, SalvageSource};
use crate::app::guard::{SessionMeta, guard};
use crate::app::tombstones::Tombstones;
use crate::directory::{Bytes, Directory, File, FsError};
use crate::session::SessionId;
use crate::verdict::compare::Difference;
use crate::verdict::judge::{Judged, Whole, read, unopened};
use crate::verdict::mend::{Depth, Remains, is_damaged, left_out, remains};
use crate::verdict::messages::Messages;
use crate::verdict::obstacle::unjudged;
use crate::verdict::salvaging::{Damaged, Held, choose};

/// How many kept files of a session are looked at, the newest first.
const MOST_KEPT: usize = 16;

/// What a salvage would put in place.
pub struct Salvaging<F> {
    /// The damaged file, and what it brings back.
    pub source: SalvageSource,
    /// Which one it is.
    pub which: Damaged,
    /// Why it is not put in place, if there is a reason.
    pub guard: Option<Guard>,
    /// The kept file of which most is left.
    pub kept: Option<Kept<F>>,
}

/// A damaged kept file.
pub struct Kept<F> {
    pub name: String,
    pub file: F,
    pub remains: Remains,
}

/// Looks for whole messages in the damaged ones of a session's two files. Gives why one could not be
/// read.
pub fn look_for_remains<F: File>(
    id: &SessionId,
    live: &mut Judged<F>,
    backup: &mut Judged<F>,
    depth: Depth,
) -> Vec<Error> {
    let mut is_one_damaged = false;
    let mut unread = Vec::new();
    let names = [id.live_name(), id.backup_name()];
    for (judged, name) in [&mut *live, &mut *backup].into_iter().zip(names) {
        let Some(file) = judged
            .file
            .as_ref()
            .filter(|_| is_damaged(&judged.judgement.answer.state))
        else {
            continue;
        };
        if depth.leaves_out(file) {
            judged.judgement.answer.salvage = Some(left_out());
            continue;
        }
        match remains(file, id) {
            Ok(remains) => judged.remains = Some(remains),
            Err(fault) => unread.push(cannot_look_into(&name, &fault)),
        }
        judged.judgement.answer.salvage = judged
            .remains
            .as_ref()
            .map(|remains| remains.answer.clone());
        is_one_damaged = true;
    }
    if is_one_damaged {
        let [of_live, of_backup] = only_in(live, backup);
        live.judgement.answer.only_here = of_live;
        backup.judgement.answer.only_here = of_backup;
    }
    unread
}

pub fn cannot_look_into(name: &str, fault: &FsError) -> Error {
    fault.while_reading(&format!("{name} is damaged, and cannot be read to its end"))
}

/// How many whole messages each of two files holds that the other lacks.
fn only_in<F: File>(live: &Judged<F>, backup: &Judged<F>) -> [Option<u32>; 2] {
    match (live.whole(), backup.whole()) {
        (Some(live), Some(backup)) => {
            let difference = Difference::of(&live.messages(), &backup.messages(), None);
            let difference = difference.ok().flatten();
            [
                difference.map(|difference| difference.live_only),
                difference.map(|difference| difference.backup_only),
            ]
        }
        (live, backup) => {
            let count = |whole: Option<Whole>| whole.map(|whole| whole.messages().count);
            [count(live), count(backup)]
        }
    }
}

impl<F: File> Salvaging<F> {
    /// Decides for a session's live file and backup, and its kept files. Adds to `unread` why one
    /// could not be read.
    pub fn of(
        directory: &impl Directory<File = F>,
        id: &SessionId,
        [live, backup]: [&Judged<F>; 2],
        depth: Depth,
        tombstones: &Tombstones,
        recommendation: Recommendation,
        unread: &mut Vec<Error>,
    ) -> Option<Self> {
        if matches!(live.judgement.answer.state, FileState::Undecided(_)) {
            return None;
        }
        let files = Files {
            live,
            backup,
            kept: best_kept(directory, id, depth, live, unread),
            is_plain_due: recommendation == Recommendation::Restore,
        };
        let (which, forced, merged) = match files.choose() {
            Some(which) => (which, false, false),
            None if files.is_live_lacked() => (Damaged::Live, false, true),
            None => (files.choose_against_the_count()?, true, true),
        };
        let remains = files.remains(which)?;
        let gained = files.gained(which)?;
        let is_unlike = depth.is_careful
            && which == Damaged::Kept
            && gained == remains.messages()
            && live.judgement.answer.messages() > Some(0);
        let source = SalvageSource {
            name: files.name(id, which),
            messages: remains.messages(),
            gained,
            forced: forced || is_unlike,
            merged: merged || is_unlike,
        };
        let guard = match live.judgement.answer.state {
            FileState::Missing => tombstones.guard(directory, id),
            FileState::Readable { .. } => guard_of(live.judgement.meta(), remains.meta()),
            _ => None,
        };
        (source.gained > 0).then_some(Self {
            source,
            which,
            guard,
            kept: files.kept,
        })
    }
}

/// The files of a session that may hold messages.
struct Files<'a, F> {
    live: &'a Judged<F>,
    backup: &'a Judged<F>,
    kept: Option<Kept<F>>,
    /// Whether the backup is restored without a salvage.
    is_plain_due: bool,
}

impl<F: File> Files<'_, F> {
    /// What may not be messages at all counts only if nothing else is left of the session.
    fn choose(&self) -> Option<Damaged> {
        let live = held(&self.live.judgement.answer);
        let backup = held_beside(self.backup, &self.live.judgement.answer);
        let kept = self.kept.as_ref();
        let is_certain = |remains: Option<&Remains>| !remains.is_some_and(|one| one.is_doubtful);
        let certain = |held, remains| {
            if is_certain(remains) {
                held
            } else {
                Held::Nothing
            }
        };
        let certain_live = if self.is_backup_more_readable() {
            Held::Nothing
        } else {
            certain(live, self.live.remains.as_ref())
        };
        let certain_backup = certain(backup, self.backup.remains.as_ref());
        let certain_kept = kept.filter(|kept| is_certain(Some(&kept.remains)));
        let messages = |kept: &Kept<F>| kept.remains.messages();
        if (certain_live, certain_backup, certain_kept.is_none())
            == (Held::Nothing, Held::Nothing, true)
        {
            return choose(live, backup, kept.map(messages));
        }
        choose(certain_live, certain_backup, certain_kept.map(messages))
    }

    /// Whether every interpreter reads the backup, but not what is left of the live file.
    fn is_backup_more_readable(&self) -> bool {
        let backup = &self.backup.judgement.answer;
        let is_plain = backup.messages().is_some() && backup.problem().is_none();
        let remains = self.live.remains.as_ref().zip(self.live.file.as_ref());
        is_plain
            && remains.is_some_and(|(remains, file)| has_caveat(&read(&remains.whole(file)).state))
    }

    /// Whether a backup that is restored lacks messages that are left in the damaged live file.
    fn is_live_lacked(&self) -> bool {
        let remains = self.live.remains.as_ref();
        let is_certain = remains.is_some_and(|remains| !remains.is_doubtful);
        is_certain && self.is_plain_due && self.live.judgement.answer.only_here > Some(0)
    }

    /// A damaged file that holds no more messages than a readable live file, but may hold others.
    fn choose_against_the_count(&self) -> Option<Damaged> {
        self.live.judgement.answer.messages()?;
        let is_lacking = self.backup.judgement.answer.only_here > Some(0);
        let may_be_backup = matches!(
            held_beside(self.backup, &self.live.judgement.answer),
            Held::Remains(_)
        );
        if may_be_backup && is_lacking {
            return Some(Damaged::Backup);
        }
        let is_possible = !self.is_plain_due && self.kept.is_some();
        is_possible.then_some(Damaged::Kept)
    }

    fn name(&self, id: &SessionId, which: Damaged) -> String {
        match (which, &self.kept) {
            (Damaged::Backup, _) => id.backup_name(),
            (Damaged::Kept, Some(kept)) => kept.name.clone(),
            _ => id.live_name(),
        }
    }

    fn remains(&self, which: Damaged) -> Option<&Remains> {
        match which {
            Damaged::Live => self.live.remains.as_ref(),
            Damaged::Backup => self.backup.remains.as_ref(),
            Damaged::Kept => self.kept.as_ref().map(|kept| &kept.remains),
        }
    }

    /// How many messages of a damaged file are lacking without a salvage. What cannot be compared is
    /// lacking.
    fn gained(&self, which: Damaged) -> Option<u32> {
        let all = self.remains(which)?.messages();
        let base = if self.is_plain_due {
            self.backup.messages()
        } else {
            self.live.messages()
        };
        let Some(base) = base else {
            return Some(all);
        };
        let lacking = match which {
            Damaged::Live => self.live.judgement.answer.only_here,
            Damaged::Backup => self.backup.judgement.answer.only_here,
            Damaged::Kept => self.kept.as_ref().and_then(|kept| kept.lacking_in(&base)),
        };
        Some(lacking.unwrap_or(all))
    }
}

impl<F: File> Kept<F> {
    /// How many of its messages others lack, if they can be compared.
    fn lacking_in(&self, others: &Messages) -> Option<u32> {
        let whole = self.remains.whole(&self.file);
        let difference = Difference::of(&whole.messages(), others, None);
        difference
            .ok()
            .flatten()
            .map(|difference| difference.live_only)
    }
}

fn guard_of(live: Option<SessionMeta>, source: SessionMeta) -> Option<Guard> {
    guard(live?, source)
}

/// What a file holds.
fn held(file: &answer::File) -> Held {
    match (file.messages(), &file.salvage) {
        (Some(messages), _) => Held::Whole(messages),
        (None, Some(salvage)) if salvage.messages > 0 => Held::Remains(salvage.messages),
        _ => Held::Nothing,
    }
}

/// What a backup holds, if that may replace the live file.
fn held_beside<F: File>(backup: &Judged<F>, live: &answer::File) -> Held {
    let answer = &backup.judgement.answer;
    let may_replace = match (held(answer), &backup.remains, &backup.file) {
        (Held::Whole(_), ..) => answer.problem().is_none() || live.messages().is_none(),
        (Held::Remains(_), Some(remains), Some(file)) => may_replace(live, remains, file),
        _ => false,
    };
    if may_replace {
        held(answer)
    } else {
        Held::Nothing
    }
}

/// Whether what is left of a file may replace the live file. What not every interpreter reads
/// replaces no readable one.
fn may_replace(live: &answer::File, remains: &Remains, file: &dyn Bytes) -> bool {
    live.messages().is_none() || !has_caveat(&read(&remains.whole(file)).state)
}

const fn has_caveat(state: &FileState) -> bool {
    matches!(state, FileState::Readable { caveat, .. } if caveat.is_some())
}

/// The damaged kept file of which most is left, of those that hold what the live file lacks.
fn best_kept<D: Directory>(
    directory: &D,
    id: &SessionId,
    depth: Depth,
    live: &Judged<D::File>,
    unread: &mut Vec<Error>,
) -> Option<Kept<D::File>> {
    let held = live.whole();
    let held = held.as_ref().map(Whole::messages);
    let live = &live.judgement.answer;
    let mut best: Option<Kept<D::File>> = None;
    for number in depth.kept.iter().rev().take(MOST_KEPT) {
        let kept = match Kept::open(directory, id, *number, depth) {
            Ok(Some(kept)) => kept,
            Ok(None) => continue,
            Err(error) => {
                unread.push(error);
                continue;
            }
        };
        let most = best.as_ref().map_or(0, |best| best.remains.messages());
        let is_lacking = held
            .as_ref()
            .is_none_or(|held| kept.lacking_in(held) != Some(0));
        if kept.remains.messages() > most
            && is_lacking
            && may_replace(live, &kept.remains, &kept.file)
        {
            best = Some(kept);
        }
    }
    best
}

impl<F: File> Kept<F> {
    /// Opens a kept file, if it is there and damaged.
    fn open(
        directory: &impl Directory<File = F>,
        id: &SessionId,
        number: u32,
        depth: Depth,
    ) -> Result<Option<Self>, Error> {
        let Some(name) = id.kept_name(number) else {
            return Ok(None);
        };
        let opened = directory.open(&name).map_err(unopened);
        let state = match &opened {
            Ok(file) => read(file).state,
            Err(state) => state.clone(),
        };
        if let Some(error) = unjudged(&name, &state) {
            return Err(error);
        }
        let is_wanted = |file: &F| is_damaged(&state) && !depth.leaves_out(file);
        let Some(file) = opened.ok().filter(is_wanted) else {
            return Ok(None);
        };
        let remains = remains(&file, id).map_err(|fault| cannot_look_into(&name, &fault))?;
        Ok(Some(Self {
            name,
            file,
            remains,
        }))
    }
}
