//! Says for each kind of finding who repairs it, and how. It fills in what every finding has.

use crate::answer::{Category, Error, FileState, Finding, FindingKind, Status};
use crate::session::SessionId;

impl Finding {
    pub(crate) fn new(kind: FindingKind, seen: &str) -> Self {
        let (category, remedy) = kind.mended_by();
        Self {
            kind,
            category,
            session_id: None,
            session_ids: Vec::new(),
            name: None,
            messages: None,
            live_messages: None,
            backup_messages: None,
            turn: None,
            seen: seen.to_owned(),
            remedy: remedy.to_owned(),
        }
    }

    /// What an error says, with its remedy if it has one.
    pub(crate) fn of_error(kind: FindingKind, error: &Error) -> Self {
        Self::new(kind, &error.message).remedied_by(error.remedy.as_deref())
    }

    pub(crate) fn remedied_by(self, remedy: Option<&str>) -> Self {
        match remedy {
            Some(remedy) => Self {
                remedy: remedy.to_owned(),
                ..self
            },
            None => self,
        }
    }

    pub(crate) fn for_information(self) -> Self {
        let (category, remedy) = FindingKind::Other.mended_by();
        Self {
            category,
            remedy: remedy.to_owned(),
            ..self
        }
    }

    pub(crate) fn about(kind: FindingKind, id: &SessionId, status: &Status, seen: &str) -> Self {
        let name = if status.live.state == FileState::Missing {
            id.backup_name()
        } else {
            id.live_name()
        };
        Self {
            name: Some(name),
            session_id: Some(id.to_string()),
            live_messages: status.live.messages(),
            backup_messages: status.backup.messages(),
            ..Self::new(kind, seen)
        }
    }
}

impl FindingKind {
    /// Says who repairs it, and how.
    const fn mended_by(self) -> (Category, &'static str) {
        use Category::{Information, ManualReview, Repairable};
        match self {
            Self::ShrunkenLive | Self::OrphanBackup => (
                Repairable,
                "`repair` puts the backup in the live file's place.",
            ),
            Self::MalformedOrphanBackup => (
                ManualReview,
                "Look at the backup. Parts of it may still be readable by hand.",
            ),
            Self::DeletedOrphan => (
                ManualReview,
                "Remove the backup, or restore it with --ignore-guards.",
            ),
            Self::UnknownOrphan => (
                ManualReview,
                "Look in the application's database. Then remove the backup, or restore it with --ignore-guards.",
            ),
            Self::IndexMissingFile | Self::IndexMissingEntry => (
                Repairable,
                "`repair` renames the index. The application then creates a new one.",
            ),
            Self::PendingTurn => (
                ManualReview,
                "Find the text in the journal, and send it again.",
            ),
            Self::UnreadableLive => (ManualReview, "Look at the file, or put another copy back."),
            Self::Undecided => (
                ManualReview,
                "Move away what is in the way, then run `audit` again.",
            ),
            Self::DifferentMessages => (
                ManualReview,
                "Compare the two files. Neither holds all messages of the other.",
            ),
            Self::Guarded => (
                Information,
                "If it was not on purpose, restore it with --ignore-guards.",
            ),
            Self::Leftover => (Repairable, "`repair` removes it."),
            Self::Kept => (
                Information,
                "`undo` puts it back. `prune` removes it if other files hold all its messages. `purge` removes it in any case.",
            ),
            Self::TemporaryFile => (ManualReview, "Look at it."),
            Self::MissingMessages => (
                ManualReview,
                "`recover` with this ID, --force and --merge restores the backup and adds the live file's own messages. `undo` reverts this.",
            ),
            Self::RecordedCount | Self::IndexedCount => (
                ManualReview,
                "Look for another copy of the session: `sources` with this ID lists them.",
            ),
            Self::RicherContext => (
                ManualReview,
                "Look at `context_messages` in the file. They may be all that is left of the messages.",
            ),
            Self::OtherLayout => (
                ManualReview,
                "Look at the file before you restore its backup. A newer version of the application may have written it.",
            ),
            Self::OtherId => (
                ManualReview,
                "Rename the file to the ID inside it, unless another file has that name.",
            ),
            Self::Copy => (
                ManualReview,
                "Compare it with the original session, then move it out of the directory.",
            ),
            Self::KeptOfDeleted => (ManualReview, "`purge` removes it."),
            Self::Salvageable => (
                Repairable,
                "`repair --salvage` restores its whole messages, and keeps the damaged file.",
            ),
            Self::BetterSource => (
                ManualReview,
                "`sources` with this ID shows what each copy holds, and `recover` with --from puts one in place.",
            ),
            Self::OddEntry => (ManualReview, "Move it away or rename it."),
            Self::UnreadableRecord => (
                ManualReview,
                "Look at this file. Repair it or move it away.",
            ),
            Self::Other => (Information, "Nothing needs to be done."),
        }
    }
}
